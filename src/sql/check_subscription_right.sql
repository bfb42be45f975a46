-- Superusers; from 16 on members of pg_create_subscription; on managed servers the role that stands in for a superuser.
SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000
            THEN pg_catalog.format('GRANT pg_create_subscription TO %I', current_user)
            ELSE pg_catalog.format('ALTER ROLE %I SUPERUSER', current_user) END AS command,
       CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN 'membership in pg_create_subscription'
            ELSE 'a superuser (before PostgreSQL 16)' END AS takes
  FROM pg_catalog.pg_roles AS r
 WHERE r.rolname = current_user AND NOT r.rolsuper
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS m
                    WHERE m.rolname IN ('pg_create_subscription', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin')
                      AND pg_catalog.pg_has_role(m.oid, 'USAGE'))
