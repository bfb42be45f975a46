-- What makes the current database read-only for the sessions to come, in this order. $1: take CONNECT away, too.
-- CONNECT is left to the roles without which neither replication nor pgbaton could come back; what PUBLIC gave them is granted to them before.
WITH db AS (
    SELECT d.oid, d.datname, d.datdba, COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba)) AS acl
      FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()
), setting AS (
    SELECT s.setdatabase, s.setrole, pg_catalog.substr(u.item, pg_catalog.strpos(u.item, '=') + 1) AS value
      FROM pg_catalog.pg_db_role_setting AS s
     CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS u (item)
     WHERE s.setdatabase IN (0, (SELECT db.oid FROM db))
       AND pg_catalog.lower(u.item) ~ '^default_transaction_read_only='
), connect AS (
    SELECT a.grantor, a.grantee, a.is_grantable, a.n
      FROM db
     CROSS JOIN LATERAL ROWS FROM (pg_catalog.aclexplode(db.acl)) WITH ORDINALITY AS a (grantor, grantee, privilege_type, is_grantable, n)
     WHERE a.privilege_type = 'CONNECT' AND $1::boolean
), needed AS (
    SELECT r.oid, r.rolname
      FROM db, pg_catalog.pg_roles AS r
     WHERE (r.rolname = CURRENT_USER OR r.rolreplication
            OR r.oid IN (SELECT s.usesysid FROM pg_catalog.pg_stat_replication AS s))
       AND NOT r.rolsuper AND pg_catalog.has_database_privilege(r.oid, db.oid, 'CONNECT')
)
SELECT 'setting' AS kind, 0::pg_catalog.oid AS role, NULL AS rolename,
       (SELECT s.value FROM setting AS s WHERE s.setdatabase = db.oid AND s.setrole = 0) AS before,
       pg_catalog.format('ALTER DATABASE %I SET default_transaction_read_only = on', db.datname) AS statement, 0 AS step, 0 AS n
  FROM db
UNION ALL
-- A role's own setting beats the database's.
SELECT 'setting', r.oid, r.rolname, here.value,
       pg_catalog.format('ALTER ROLE %I IN DATABASE %I SET default_transaction_read_only = on', r.rolname, db.datname), 1, 0
  FROM db
 CROSS JOIN pg_catalog.pg_roles AS r
  LEFT JOIN setting AS here ON here.setrole = r.oid AND here.setdatabase = db.oid
  LEFT JOIN setting AS everywhere ON everywhere.setrole = r.oid AND everywhere.setdatabase = 0
 WHERE pg_catalog.lower(COALESCE(here.value, everywhere.value)) ~ '^(of|f|n|0)'
UNION ALL
SELECT 'granted', n.oid, n.rolname, NULL, pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', db.datname, n.rolname), 2, 0
  FROM db, needed AS n
 WHERE $1::boolean AND NOT EXISTS (SELECT FROM connect AS c WHERE c.grantee = n.oid)
UNION ALL
SELECT 'revoked', c.grantee, r.rolname, CASE WHEN c.is_grantable THEN 'grantable' END,
       pg_catalog.format('REVOKE CONNECT ON DATABASE %I FROM %s', db.datname,
                         CASE WHEN c.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END), 3, c.n
  FROM db
 CROSS JOIN connect AS c
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = c.grantee
 WHERE c.grantor = db.datdba AND NOT EXISTS (SELECT FROM needed AS n WHERE n.oid = c.grantee)
UNION ALL
-- What another role granted on only that role can take back, and give again.
SELECT 'foreign', c.grantee, CASE WHEN c.grantee = 0 THEN 'PUBLIC' ELSE r.rolname END, g.rolname, NULL, 4, c.n
  FROM db
 CROSS JOIN connect AS c
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = c.grantee
  LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = c.grantor
 WHERE c.grantor <> db.datdba AND NOT EXISTS (SELECT FROM needed AS n WHERE n.oid = c.grantee)
 ORDER BY step, n, role
