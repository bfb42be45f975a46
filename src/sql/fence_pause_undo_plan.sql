-- What puts back all that a pause has changed, as far as it still is as the pause has left it.
SELECT c.kind, c.role, c.before,
       CASE c.kind
       WHEN 'setting' THEN
            CASE WHEN c.role = 0 THEN pg_catalog.format('ALTER DATABASE %I', db.datname)
                 ELSE pg_catalog.format('ALTER ROLE %I IN DATABASE %I', r.rolname, db.datname) END
            || CASE WHEN c.before IS NULL THEN ' RESET default_transaction_read_only'
                    ELSE pg_catalog.format(' SET default_transaction_read_only TO %L', c.before) END
       WHEN 'granted' THEN pg_catalog.format('REVOKE CONNECT ON DATABASE %I FROM %I', db.datname, r.rolname)
       WHEN 'revoked' THEN
            pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %s', db.datname, CASE WHEN c.role = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END)
            || CASE WHEN c.before = 'grantable' THEN ' WITH GRANT OPTION' ELSE '' END
       END AS statement
  FROM pgbaton.write_pause_change AS c
  JOIN pg_catalog.pg_database AS db ON db.datname = pg_catalog.current_database()
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = c.role
 WHERE (c.role = 0 OR r.oid IS NOT NULL)
   AND (c.kind <> 'setting'
        OR EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS s
                    WHERE s.setdatabase = db.oid AND s.setrole = c.role AND 'default_transaction_read_only=on' = ANY (s.setconfig)))
 ORDER BY c.kind = 'revoked', c.kind = 'granted', c.n
