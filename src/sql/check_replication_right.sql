-- Managed servers give the right by membership in a role of theirs.
SELECT pg_catalog.format('ALTER ROLE %I REPLICATION', r.rolname) AS command
  FROM pg_catalog.pg_roles AS r
 WHERE r.rolname = current_user AND NOT r.rolsuper AND NOT r.rolreplication
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS m
                    WHERE m.rolname = 'rds_replication' AND pg_catalog.pg_has_role(m.oid, 'USAGE'))
