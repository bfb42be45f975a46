-- The database itself. Rows as difference.c reads them: see schema_diff_relations.sql. What pgbaton fences with is not compared.
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
SELECT 'pg_catalog.pg_database'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8 AS catalog, d.oid::pg_catalog.int8 AS oid, 'database' AS kind,
       ''::text AS schema, ''::text AS name, NULL::text AS parent, false AS optional, pg_catalog.quote_ident(d.datname) AS self, NULL::text AS host, NULL::text AS ddl,
       pg_catalog.json_build_object(
           'owner', pg_catalog.pg_get_userbyid(d.datdba),
           'encoding', pg_catalog.pg_encoding_to_char(d.encoding), 'collation', d.datcollate, 'character type', d.datctype,
           'locale provider', CASE COALESCE(j.r ->> 'datlocprovider', 'c') WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END,
           'locale', COALESCE(j.r ->> 'datlocale', j.r ->> 'daticulocale'), 'collation rules', j.r ->> 'daticurules',
           'connection limit', d.datconnlimit,
           'settings', (SELECT s.items FROM setting AS s WHERE s.setdatabase = d.oid AND s.setrole = 0),
           'grants', (SELECT pg_catalog.json_agg(g.item ORDER BY g.item COLLATE pg_catalog."C")
                        FROM (SELECT DISTINCT x.privilege_type || pg_catalog.chr(31) || ' TO ' || pg_catalog.chr(31)
                                     || CASE WHEN x.grantee = 0 THEN 'PUBLIC' WHEN x.grantee = d.datdba THEN '{owner}'
                                             ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END
                                     || pg_catalog.chr(31) || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
                                FROM pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS x) AS g (item)),
           'comment', pg_catalog.shobj_description(d.oid, 'pg_database')) AS properties
  FROM pg_catalog.pg_database AS d
 CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(d)) AS j (r)
 WHERE d.datname = pg_catalog.current_database()
