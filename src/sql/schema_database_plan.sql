-- On the target. $1: the source's database, $2: the target's (schema_database_read.sql), $3: roles that will be there. The owner's own grants have an empty grantee:
-- they move with the ownership.
WITH role AS (
    SELECT r.rolname::text AS name FROM pg_catalog.pg_roles AS r
    UNION SELECT pg_catalog.jsonb_array_elements_text($3::pg_catalog.jsonb)
), source AS (
    SELECT s.*, s.owner IN (SELECT r.name FROM role AS r) AS has_owner
      FROM pg_catalog.json_to_record($1::pg_catalog.json) AS s (owner text, connlimit int, comment text)
), target AS (
    SELECT * FROM pg_catalog.json_to_record($2::pg_catalog.json) AS t (owner text, connlimit int, comment text)
), final AS (
    SELECT CASE WHEN s.has_owner THEN s.owner ELSE t.owner END AS owner FROM source AS s CROSS JOIN target AS t
), wanted AS (
    SELECT CASE WHEN x.grantee = '' THEN pg_catalog.quote_ident(f.owner) ELSE x.grantee END AS grantee, x.privilege, x.grantable
      FROM pg_catalog.json_to_recordset($1::pg_catalog.json -> 'acl') AS x (grantee text, privilege text, grantable bool)
     CROSS JOIN final AS f
), present AS (
    SELECT CASE WHEN x.grantee = '' THEN pg_catalog.quote_ident(f.owner) ELSE x.grantee END AS grantee, x.privilege, x.grantable
      FROM pg_catalog.json_to_recordset($2::pg_catalog.json -> 'acl') AS x (grantee text, privilege text, grantable bool)
     CROSS JOIN final AS f
), grants AS (
    SELECT COALESCE(w.grantee, p.grantee) AS grantee, COALESCE(w.privilege, p.privilege) AS privilege,
           w.grantable AS wanted, p.grantable AS present,
           COALESCE(w.grantee, p.grantee) = 'PUBLIC'
           OR COALESCE(w.grantee, p.grantee) IN (SELECT pg_catalog.quote_ident(r.name) FROM role AS r) AS has_grantee
      FROM wanted AS w
      FULL JOIN present AS p ON p.grantee = w.grantee AND p.privilege = w.privilege
     WHERE w.grantable IS DISTINCT FROM p.grantable
), planned (n, sql, warning) AS (
    SELECT 1, CASE WHEN s.has_owner THEN pg_catalog.format('ALTER DATABASE %I OWNER TO %I', pg_catalog.current_database(), s.owner) END,
           pg_catalog.format('Owner "%s" of the database does not exist on the target.', s.owner)
      FROM source AS s CROSS JOIN target AS t WHERE s.owner <> t.owner
    UNION ALL
    SELECT 2, pg_catalog.format('ALTER DATABASE %I CONNECTION LIMIT %s', pg_catalog.current_database(), s.connlimit), NULL
      FROM source AS s CROSS JOIN target AS t WHERE s.connlimit <> t.connlimit AND s.connlimit >= -1
    UNION ALL
    SELECT 3, pg_catalog.format('COMMENT ON DATABASE %I IS %L', pg_catalog.current_database(), s.comment), NULL
      FROM source AS s CROSS JOIN target AS t WHERE s.comment IS DISTINCT FROM t.comment
    UNION ALL
    SELECT 4, CASE WHEN g.wanted IS NULL
                   THEN pg_catalog.format('REVOKE %s ON DATABASE %I FROM %s CASCADE', g.privilege, pg_catalog.current_database(), g.grantee)
                   ELSE pg_catalog.format('REVOKE GRANT OPTION FOR %s ON DATABASE %I FROM %s CASCADE', g.privilege, pg_catalog.current_database(), g.grantee)
              END, NULL
      FROM grants AS g WHERE g.present IS NOT NULL AND (g.wanted IS NULL OR NOT g.wanted)
    UNION ALL
    SELECT 5, CASE WHEN g.has_grantee
                   THEN pg_catalog.format('GRANT %s ON DATABASE %I TO %s', g.privilege, pg_catalog.current_database(), g.grantee)
                        || CASE WHEN g.wanted THEN ' WITH GRANT OPTION' ELSE '' END END,
           pg_catalog.format('%s on the database is not granted to %s, which does not exist on the target.', g.privilege, g.grantee)
      FROM grants AS g WHERE g.wanted IS NOT NULL AND (g.present IS NULL OR g.wanted)
)
SELECT pg_catalog.format('database "%s"', pg_catalog.current_database()) AS object, p.sql, false AS secret, p.warning
  FROM planned AS p
 ORDER BY p.n, p.sql
