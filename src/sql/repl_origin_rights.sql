-- What this role may do with replication origins. Before 14 the functions themselves ask for a superuser.
SELECT u.is_superuser OR (v.grantable AND pg_catalog.has_function_privilege('pg_catalog.pg_show_replication_origin_status()', 'EXECUTE')) AS may_list,
       u.is_superuser OR (v.grantable AND pg_catalog.has_function_privilege('pg_catalog.pg_replication_origin_progress(text,boolean)', 'EXECUTE')) AS may_read,
       u.is_superuser OR (v.grantable AND pg_catalog.has_function_privilege('pg_catalog.pg_replication_origin_advance(text,pg_lsn)', 'EXECUTE')) AS may_set,
       v.grantable, pg_catalog.quote_ident(CURRENT_USER) AS role
  FROM (SELECT pg_catalog.current_setting('is_superuser') = 'on' AS is_superuser) AS u,
       (SELECT pg_catalog.current_setting('server_version_num')::integer >= 140000 AS grantable) AS v
