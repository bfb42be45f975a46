-- Roles. Rows as difference.c reads them: see schema_diff_relations.sql. $1: their names, as a JSON array.
WITH setting AS (
    -- what goes after SET name TO: see schema_settings.sql
    SELECT s.setdatabase, s.setrole, pg_catalog.json_agg(c.name || pg_catalog.chr(31) || ' = ' || pg_catalog.chr(31) || e.expression ORDER BY c.name COLLATE pg_catalog."C") AS items
      FROM pg_catalog.pg_db_role_setting AS s
     CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS u (item)
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
     WHERE NOT (s.setrole = 0 AND c.name = 'default_transaction_read_only')
     GROUP BY 1, 2
)
SELECT 'pg_catalog.pg_authid'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, r.oid::pg_catalog.int8 AS oid, 'role' AS kind,
       ''::text AS schema, r.rolname::text AS name, NULL::text AS parent, false AS optional, pg_catalog.quote_ident(r.rolname) AS self,
       pg_catalog.quote_ident(pg_catalog.current_database()) AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'superuser', r.rolsuper, 'inherits', r.rolinherit, 'creates roles', r.rolcreaterole, 'creates databases', r.rolcreatedb,
           'logs in', r.rolcanlogin, 'replicates', r.rolreplication, 'bypasses row security', r.rolbypassrls,
           'connection limit', r.rolconnlimit, 'valid until', NULLIF(r.rolvaliduntil, 'infinity')::text,
           -- INHERIT and SET options, which 16 brought, are the member's attribute before
           'member of', (SELECT pg_catalog.json_agg(DISTINCT pg_catalog.quote_ident(g.rolname) || pg_catalog.chr(31) || '' || pg_catalog.chr(31)
                                                    || CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END)
                           FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
                          WHERE m.member = r.oid
                            AND (m.admin_option OR NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members AS a
                                                                WHERE a.member = m.member AND a.roleid = m.roleid AND a.admin_option))),
           'settings', (SELECT s.items FROM setting AS s WHERE s.setdatabase = 0 AND s.setrole = r.oid),
           'settings in the database', (SELECT s.items FROM setting AS s JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
                                         WHERE s.setrole = r.oid AND d.datname = pg_catalog.current_database()),
           'comment', pg_catalog.shobj_description(r.oid, 'pg_authid')) AS properties
  FROM pg_catalog.pg_roles AS r
 WHERE r.rolname IN (SELECT pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb))
