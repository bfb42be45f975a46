-- What makes $1 a role that pgbaton can do its work with on this side ($2: source or target), in this database: a row is a statement, or a warning of what the current
-- user cannot give. $3: owners on the source, as a JSON array, whose objects are to be made here; NULL: not known. Nothing for what is so already.
WITH me AS (
    SELECT r.rolname AS name, r.rolsuper AS super, r.rolcreaterole AS createrole, r.rolreplication AS replication, v.num,
           r.rolsuper OR (v.num < 160000 AND r.rolcreaterole) AS grants_all
      FROM pg_catalog.pg_roles AS r
     CROSS JOIN (SELECT pg_catalog.current_setting('server_version_num')::int AS num) AS v
     WHERE r.rolname = CURRENT_USER
), role AS (
    SELECT w.name, r.oid, COALESCE(r.rolsuper, false) AS super, COALESCE(r.rolcanlogin, false) AS login, COALESCE(r.rolreplication, false) AS replication,
           COALESCE(r.rolcreaterole, false) AS createrole, COALESCE(r.rolcreatedb, false) AS createdb,
           p.oid AS provider_oid, p.rolname AS provider
      FROM (SELECT $1::text AS name) AS w
      LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = w.name
      LEFT JOIN pg_catalog.pg_roles AS p ON p.rolname = 'rds_replication'
), attribute (n, word, needed, may_give) AS (
    SELECT 1, 'LOGIN', NOT role.login, true FROM role
    UNION ALL
    SELECT 2, 'REPLICATION', NOT role.replication AND (me.super OR (me.num >= 160000 AND me.replication) OR role.provider IS NULL),
           me.super OR (me.num >= 160000 AND me.replication) FROM role CROSS JOIN me
    UNION ALL
    SELECT 3, 'CREATEROLE', NOT role.createrole AND $2 = 'target', me.super OR me.createrole FROM role CROSS JOIN me
    UNION ALL
    SELECT 4, 'CREATEDB', NOT role.createdb AND $2 = 'target', me.super OR me.num < 160000 OR r.rolcreatedb
      FROM role CROSS JOIN me JOIN pg_catalog.pg_roles AS r ON r.rolname = me.name
), relation AS (
    SELECT c.oid, c.relkind, n.nspname, c.relname, n.oid AS schema_oid, c.relowner
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'S', 'v', 'm', 'f') AND c.relpersistence <> 't'
       AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
), owner AS (
    SELECT o.oid, o.rolname AS name, o.rolsuper AS super
      FROM pg_catalog.pg_roles AS o
     WHERE o.oid IN (SELECT r.relowner FROM relation AS r
                      UNION SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
        OR ($3::pg_catalog.jsonb ? o.rolname::text AND $2 = 'target')
), membership AS (
    SELECT g.oid, g.rolname AS name, w.why
      FROM (VALUES ('pg_monitor', 'to see sessions, settings and sizes', 100000), ('pg_signal_backend', 'to end sessions that are in the way', 100000),
                   ('pg_create_subscription', 'to subscribe', 160000)) AS w (name, why, since)
      JOIN pg_catalog.pg_roles AS g ON g.rolname = w.name
     CROSS JOIN me
     WHERE me.num >= w.since
    UNION ALL
    SELECT role.provider_oid, role.provider, 'to replicate' FROM role CROSS JOIN me
     WHERE role.provider IS NOT NULL AND NOT role.replication AND NOT (me.super OR (me.num >= 160000 AND me.replication))
    UNION ALL
    SELECT o.oid, o.name, 'to publish, lock and make what it owns' FROM owner AS o CROSS JOIN role
     WHERE NOT o.super AND o.name <> role.name AND o.name <> CURRENT_USER
), wanted AS (
    SELECT m.name, m.why, me.grants_all OR pg_catalog.pg_has_role(m.oid, 'MEMBER WITH ADMIN OPTION') AS may_grant
      FROM membership AS m
     CROSS JOIN me
     CROSS JOIN role
     WHERE role.oid IS NULL OR NOT pg_catalog.pg_has_role(role.oid, m.oid, 'USAGE')
), database AS (
    SELECT p.word, pg_catalog.has_database_privilege(pg_catalog.current_database(), p.word || ' WITH GRANT OPTION') AS may_grant
      FROM (VALUES ('CONNECT'), ('CREATE')) AS p (word)
     CROSS JOIN role
     WHERE role.oid IS NULL OR NOT pg_catalog.has_database_privilege(role.oid, pg_catalog.current_database(), p.word)
), schema AS (
    SELECT n.oid, n.nspname AS name, pg_catalog.has_schema_privilege(n.oid, 'USAGE WITH GRANT OPTION') AS may_grant
      FROM pg_catalog.pg_namespace AS n
     CROSS JOIN role
     WHERE n.oid IN (SELECT r.schema_oid FROM relation AS r)
       AND (role.oid IS NULL OR NOT pg_catalog.has_schema_privilege(role.oid, n.oid, 'USAGE'))
), unread AS (
    SELECT r.*, CASE r.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(r.oid, 'SELECT WITH GRANT OPTION')
                               ELSE pg_catalog.has_table_privilege(r.oid, 'SELECT WITH GRANT OPTION') END AS may_grant
      FROM relation AS r
     CROSS JOIN role
     WHERE role.oid IS NULL OR NOT CASE r.relkind WHEN 'S' THEN pg_catalog.has_sequence_privilege(role.oid, r.oid, 'SELECT')
                                                  ELSE pg_catalog.has_table_privilege(role.oid, r.oid, 'SELECT') END
), future AS (
    SELECT o.name, k.word
      FROM owner AS o
     CROSS JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('n', 'SCHEMAS')) AS k (kind, word)
     CROSS JOIN role
     WHERE $2 = 'source' AND o.name <> role.name AND pg_catalog.pg_has_role(o.oid, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl AS d
                        CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS a
                        WHERE d.defaclrole = o.oid AND d.defaclnamespace = 0 AND d.defaclobjtype = k.kind::"char" AND a.grantee = role.oid)
), planned (n, object, sql, warning) AS (
    SELECT 1, 'role', CASE WHEN role.oid IS NULL THEN pg_catalog.format('CREATE ROLE %I', role.name) ELSE pg_catalog.format('ALTER ROLE %I', role.name) END
                      || ' WITH ' || (SELECT pg_catalog.string_agg(a.word, ' ' ORDER BY a.n) FROM attribute AS a WHERE a.needed AND a.may_give), NULL
      FROM role WHERE EXISTS (SELECT FROM attribute AS a WHERE a.needed AND a.may_give)
    UNION ALL
    SELECT 2, 'role', NULL, pg_catalog.format('User "%s" may not give %s. A superuser, or the provider: ALTER ROLE %I %s', me.name, a.word, role.name, a.word)
      FROM attribute AS a CROSS JOIN role CROSS JOIN me WHERE a.needed AND NOT a.may_give
    UNION ALL
    SELECT 3, 'role', CASE WHEN w.may_grant THEN pg_catalog.format('GRANT %I TO %I', w.name, role.name) END,
           pg_catalog.format('User "%s" may not grant membership in "%s", which it takes %s: GRANT %I TO %I', me.name, w.name, w.why, w.name, role.name)
      FROM wanted AS w CROSS JOIN role CROSS JOIN me
    UNION ALL
    -- the roles that it makes are then its own to give objects to
    SELECT 4, 'role', pg_catalog.format('ALTER ROLE %I SET createrole_self_grant = %L', role.name, 'set, inherit'), NULL
      FROM role CROSS JOIN me
     WHERE $2 = 'target' AND me.num >= 160000
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s WHERE s.setrole = role.oid AND s.setdatabase = 0 AND 'createrole_self_grant=set, inherit' = ANY (s.setconfig))
    UNION ALL
    SELECT 5, 'database', CASE WHEN d.may_grant THEN pg_catalog.format('GRANT %s ON DATABASE %I TO %I', d.word, pg_catalog.current_database(), role.name) END,
           pg_catalog.format('User "%s" may not grant %s on database "%s": its owner may.', me.name, d.word, pg_catalog.current_database())
      FROM database AS d CROSS JOIN role CROSS JOIN me
    UNION ALL
    SELECT 6, 'schema', CASE WHEN s.may_grant THEN pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', s.name, role.name) END,
           pg_catalog.format('User "%s" may not grant USAGE on schema "%s": its owner may.', me.name, s.name)
      FROM schema AS s CROSS JOIN role CROSS JOIN me
    UNION ALL
    SELECT 7, 'tables', CASE WHEN u.may_grant
                             THEN pg_catalog.format('GRANT SELECT ON %s TO %I', pg_catalog.string_agg(pg_catalog.format('%I.%I', u.nspname, u.relname), ', ' ORDER BY u.relname), role.name) END,
           pg_catalog.format('User "%s" may not grant SELECT on %s: %s.', me.name, CASE WHEN pg_catalog.count(*) = 1 THEN 'this' ELSE 'these' END,
                             pg_catalog.string_agg(pg_catalog.format('"%s.%s"', u.nspname, u.relname), ', ' ORDER BY u.relname))
      FROM unread AS u CROSS JOIN role CROSS JOIN me
     WHERE NOT role.super
     GROUP BY u.nspname, u.may_grant, me.name, role.name
    UNION ALL
    SELECT 8, 'future tables', pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %I', f.name, CASE f.word WHEN 'SCHEMAS' THEN 'USAGE' ELSE 'SELECT' END, f.word, role.name), NULL
      FROM future AS f CROSS JOIN role
    UNION ALL
    SELECT 9, 'tables', NULL, pg_catalog.format('Table "%s.%s" belongs to superuser "%s": only a superuser may publish and lock it. Give it another owner, or migrate as a superuser.', r.nspname, r.relname, o.name)
      FROM relation AS r JOIN owner AS o ON o.oid = r.relowner
     WHERE o.super AND r.relkind IN ('r', 'p') AND $2 = 'source'
    UNION ALL
    SELECT 10, 'database', NULL, pg_catalog.format('Database "%s" belongs to superuser "%s": only a superuser may make it read-only at the switchover. Give it another owner.', pg_catalog.current_database(), o.rolname)
      FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_roles AS o ON o.oid = d.datdba
     WHERE d.datname = pg_catalog.current_database() AND o.rolsuper
    UNION ALL
    -- membership in the administrator would be all but least privilege
    SELECT 10, 'database', NULL, pg_catalog.format('User "%s" itself owns what is to be published, locked or made read-only here. Give it to another role, or migrate as "%s".', me.name, me.name)
      FROM owner AS o CROSS JOIN me WHERE o.name = me.name AND NOT o.super
    UNION ALL
    SELECT 11, 'role', NULL, 'Before PostgreSQL 16 only superusers may create subscriptions, or the admin role of a managed server.'
      FROM me WHERE $2 = 'target' AND me.num < 160000
    UNION ALL
    SELECT 12, 'role', NULL, 'Before PostgreSQL 16 a role is no member of the roles it makes: after "pgbaton roles copy" run this again, so that it may give them their objects.'
      FROM me WHERE $2 = 'target' AND me.num < 160000
    UNION ALL
    SELECT 13, 'role', NULL, 'Password hashes of roles and large objects can be read by superusers only: they are not moved.' WHERE $2 = 'source'
)
SELECT CASE p.object WHEN 'role' THEN pg_catalog.format('role "%s"', role.name) ELSE p.object END AS object, p.sql, false AS secret, p.warning
  FROM planned AS p CROSS JOIN role CROSS JOIN me
 WHERE NOT (role.super AND p.n > 1)
 ORDER BY p.n, p.sql, p.warning
