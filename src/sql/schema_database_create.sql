-- On the target. $1: the source's database (schema_database_read.sql), $2: the name, $3: roles that will be
-- there. Providers of locales: 15 icu, 17 builtin; 16 rules.
WITH source AS (
    SELECT s.*, v.num,
           s.provider = 'c' OR (s.provider = 'i' AND v.num >= 150000) OR (s.provider = 'b' AND v.num >= 170000) AS has_provider,
           EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = s.owner)
           OR s.owner IN (SELECT pg_catalog.jsonb_array_elements_text($3::pg_catalog.jsonb)) AS has_owner,
           EXISTS (SELECT FROM pg_catalog.pg_tablespace AS t WHERE t.spcname = s.tablespace) AS has_tablespace
      FROM pg_catalog.json_to_record($1::pg_catalog.json)
           AS s (owner text, encoding text, "collate" text, ctype text, provider text, locale text, rules text, connlimit int, tablespace text)
     CROSS JOIN (SELECT pg_catalog.current_setting('server_version_num')::int AS num) AS v
), planned (n, sql, warning) AS (
    SELECT 1, pg_catalog.format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L', $2::text, s.encoding)
              || CASE WHEN s.num < 150000 THEN ''
                      WHEN s.provider = 'i' THEN pg_catalog.format(' LOCALE_PROVIDER icu ICU_LOCALE %L', s.locale)
                      WHEN s.provider = 'b' AND s.has_provider THEN pg_catalog.format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', s.locale)
                      ELSE ' LOCALE_PROVIDER libc' END
              || CASE WHEN s.rules IS NOT NULL AND s.num >= 160000 THEN pg_catalog.format(' ICU_RULES %L', s.rules) ELSE '' END
              || pg_catalog.format(' LC_COLLATE %L LC_CTYPE %L', s.collate, s.ctype)
              || CASE WHEN s.has_owner THEN pg_catalog.format(' OWNER %I', s.owner) ELSE '' END
              || CASE WHEN s.connlimit >= 0 THEN pg_catalog.format(' CONNECTION LIMIT %s', s.connlimit) ELSE '' END
              || CASE WHEN s.has_tablespace AND s.tablespace !~ '^pg_' THEN pg_catalog.format(' TABLESPACE %I', s.tablespace) ELSE '' END, NULL
      FROM source AS s
    UNION ALL
    SELECT 2, NULL, pg_catalog.format('The locale provider of database "%s" does not exist on the target: libc''s "%s" is used, which may sort differently.', $2::text, s.collate)
      FROM source AS s WHERE NOT s.has_provider
    UNION ALL
    SELECT 3, NULL, pg_catalog.format('The collation rules of database "%s" are not copied: the target is older than 16.', $2::text)
      FROM source AS s WHERE s.rules IS NOT NULL AND s.num < 160000
    UNION ALL
    SELECT 4, NULL, pg_catalog.format('Owner "%s" of database "%s" does not exist on the target.', s.owner, $2::text)
      FROM source AS s WHERE NOT s.has_owner
    UNION ALL
    SELECT 5, NULL, pg_catalog.format('Tablespace "%s" of database "%s" does not exist on the target: the default one is used.', s.tablespace, $2::text)
      FROM source AS s WHERE NOT s.has_tablespace
)
SELECT pg_catalog.format('database "%s"', $2::text) AS object, p.sql, false AS secret, p.warning
  FROM planned AS p
 ORDER BY p.n
