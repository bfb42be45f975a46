-- May this role set the progress of a replication origin? Before 14 the function itself asks for a superuser.
SELECT pg_catalog.current_setting('is_superuser') = 'on'
       OR (pg_catalog.current_setting('server_version_num')::integer >= 140000
           AND pg_catalog.has_function_privilege('pg_catalog.pg_replication_origin_advance(text,pg_lsn)', 'EXECUTE'))
