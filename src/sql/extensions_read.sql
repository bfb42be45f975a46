-- Extensions of the database, as JSON text. config: tables that hold rows of the user's. preload: does the server load a library of that name at its start (a
-- setting that not everybody may see)?
SELECT COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
           'name', e.extname, 'version', e.extversion, 'schema', n.nspname, 'owner', pg_catalog.pg_get_userbyid(n.nspowner),
           'schema_is_member', EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                                        WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = n.oid AND d.deptype = 'e'),
           'config', (SELECT COALESCE(pg_catalog.jsonb_agg(t.nspname || '.' || c.relname ORDER BY t.nspname, c.relname), '[]')
                        FROM pg_catalog.unnest(e.extconfig) AS u (relid)
                        JOIN pg_catalog.pg_class AS c ON c.oid = u.relid AND c.relkind = 'r'
                        JOIN pg_catalog.pg_namespace AS t ON t.oid = c.relnamespace
                       WHERE pg_catalog.pg_relation_size(c.oid) > 0),
           'preload', COALESCE((SELECT e.extname = ANY (pg_catalog.regexp_split_to_array(s.setting, '[\s",]+'))
                                  FROM pg_catalog.pg_settings AS s
                                 WHERE s.name = 'shared_preload_libraries'), false))), '[]')::text
  FROM pg_catalog.pg_extension AS e
  JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
 WHERE e.extname NOT LIKE 'pgbaton%'
