-- Settings made by ALTER ROLE … SET and ALTER DATABASE … SET for the current database or for all, as JSON text.
-- expression is what goes after SET name TO: list settings are kept as quoted names and must be given as a list again
-- (pg_dump's makeAlterConfigCommand and variable_is_guc_list_quote).
SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object(
                    'in_database', s.setdatabase <> 0, 'role', COALESCE(r.rolname::text, ''), 'name', c.name,
                    'n', u.n, 'expression', e.expression))::text, '[]')
  FROM pg_catalog.pg_db_role_setting AS s
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS u (item, n)
 CROSS JOIN LATERAL (SELECT pg_catalog.lower(pg_catalog.substr(u.item, 1, pg_catalog.strpos(u.item, '=') - 1)) AS name,
                            pg_catalog.substr(u.item, pg_catalog.strpos(u.item, '=') + 1) AS value) AS c
 CROSS JOIN LATERAL (
        SELECT CASE WHEN c.name NOT IN ('local_preload_libraries', 'search_path', 'session_preload_libraries',
                                        'shared_preload_libraries', 'temp_tablespaces', 'unix_socket_directories')
                    THEN pg_catalog.quote_literal(c.value)
                    ELSE COALESCE((SELECT pg_catalog.string_agg(pg_catalog.quote_literal(
                                              CASE WHEN m.part[1] LIKE '"%'
                                                   THEN pg_catalog.replace(pg_catalog.substr(m.part[1], 2, pg_catalog.length(m.part[1]) - 2), '""', '"')
                                                   ELSE pg_catalog.btrim(m.part[1]) END), ', ' ORDER BY m.n)
                                     FROM pg_catalog.regexp_matches(c.value, '("(?:[^"]|"")*"|[^",\s][^",]*)', 'g')
                                          WITH ORDINALITY AS m (part, n)), '''''')
               END AS expression) AS e
 WHERE (s.setdatabase = 0 OR s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
   AND (s.setrole = 0 OR (r.rolname IS NOT NULL AND r.rolname !~ '^pg_'))
