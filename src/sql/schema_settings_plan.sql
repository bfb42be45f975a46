-- On the target. $1: the source's settings, $2: the target's (schema_settings.sql), $3: which ones: "roles" in all databases, "database" for it and for
-- roles in it, "roles in database" for the latter alone; $4: roles that will be there, $5: the only roles wanted; NULL: all.
-- Settings that only the target has are reset with "database", else left alone.
WITH source AS (
    SELECT * FROM pg_catalog.json_to_recordset($1::pg_catalog.json) AS x (in_database bool, role text, name text, n int, expression text)
     WHERE x.in_database = ($3 <> 'roles')
), target AS (
    SELECT * FROM pg_catalog.json_to_recordset($2::pg_catalog.json) AS x (in_database bool, role text, name text, n int, expression text)
     WHERE x.in_database = ($3 <> 'roles')
), change AS (
    SELECT COALESCE(s.role, t.role) AS role, COALESCE(s.name, t.name) AS name, s.n, s.expression
      FROM source AS s
      FULL JOIN target AS t ON t.role = s.role AND t.name = s.name
     WHERE s.expression IS DISTINCT FROM t.expression AND (s.name IS NOT NULL OR $3 = 'database')
       AND ($3 <> 'roles in database' OR s.role <> '')
       AND ($5::pg_catalog.jsonb IS NULL OR s.role IN (SELECT pg_catalog.jsonb_array_elements_text($5::pg_catalog.jsonb)))
), judged AS (
    SELECT c.*,
           CASE WHEN $3 <> 'roles' THEN pg_catalog.format('database "%s"', pg_catalog.current_database()) ELSE '' END
           || CASE WHEN $3 <> 'roles' AND c.role <> '' THEN ', ' ELSE '' END
           || CASE WHEN c.role <> '' THEN pg_catalog.format('role "%s"', c.role) WHEN $3 <> 'roles' THEN '' ELSE 'all roles' END AS object,
           CASE WHEN $3 <> 'roles' AND c.role = '' THEN pg_catalog.format('ALTER DATABASE %I', pg_catalog.current_database())
                WHEN $3 <> 'roles' THEN pg_catalog.format('ALTER ROLE %I IN DATABASE %I', c.role, pg_catalog.current_database())
                WHEN c.role = '' THEN 'ALTER ROLE ALL'
                ELSE pg_catalog.format('ALTER ROLE %I', c.role) END AS command,
           CASE WHEN c.expression IS NULL THEN NULL
                WHEN $3 <> 'roles' AND c.role = '' AND c.name = 'default_transaction_read_only' THEN 'pgbaton uses it to fence a database'
                WHEN g.name IS NULL AND c.name NOT LIKE '%.%' THEN 'the target has no such setting'
                WHEN (g.name IS NULL OR g.context LIKE 'superuser%') AND NOT me.rolsuper THEN 'only a superuser may set it'
                WHEN $3 <> 'roles' AND c.role <> '' AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = c.role)
                     AND c.role NOT IN (SELECT pg_catalog.jsonb_array_elements_text($4::pg_catalog.jsonb))
                THEN 'the role does not exist on the target' END AS obstacle
      FROM change AS c
      JOIN pg_catalog.pg_roles AS me ON me.rolname = CURRENT_USER
      LEFT JOIN pg_catalog.pg_settings AS g ON pg_catalog.lower(g.name) = c.name
)
SELECT j.object,
       CASE WHEN j.obstacle IS NULL AND j.expression IS NULL THEN pg_catalog.format('%s RESET %I', j.command, j.name)
            WHEN j.obstacle IS NULL THEN pg_catalog.format('%s SET %I TO %s', j.command, j.name, j.expression) END AS sql,
       false AS secret,
       pg_catalog.format('Setting "%s" of %s is not copied: %s.', j.name, j.object, j.obstacle) AS warning
  FROM judged AS j
 WHERE j.obstacle IS NOT NULL OR j.expression IS NOT NULL OR j.name <> 'default_transaction_read_only'
 ORDER BY j.role, j.n, j.name -- the order in which they were made is kept, and dumped
