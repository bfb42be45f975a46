-- On the target. $1: the source's extensions (extensions_read.sql), $2: the names wanted, NULL: all, $3: update those that are there, $4: refuse
-- another version. What an extension requires comes before it, also when the source does without. A row is a statement, a warning or a refusal.
WITH RECURSIVE source AS (
    SELECT x.*
      FROM pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb)
           AS x (name text, version text, schema text, owner text, schema_is_member bool, config jsonb, preload bool)
), version AS (
    SELECT v.name::text, v.version, v.superuser, v.schema, v.requires, COALESCE((pg_catalog.to_jsonb(v) ->> 'trusted')::bool, false) AS trusted
      FROM pg_catalog.pg_available_extension_versions AS v
), available AS (
    SELECT a.name::text, a.default_version, s.schema,
           -- the one that the source has, if it is to be had
           COALESCE((SELECT v.version FROM version AS v WHERE v.name = a.name AND v.version = s.version), a.default_version) AS version
      FROM pg_catalog.pg_available_extensions AS a
      LEFT JOIN source AS s ON s.name = a.name
), needed AS (
    SELECT s.name, a.version, s.schema, 0 AS depth, NULL::text AS needed_by
      FROM source AS s
      LEFT JOIN available AS a ON a.name = s.name
     WHERE $2::pg_catalog.jsonb IS NULL OR $2::pg_catalog.jsonb ? s.name
    UNION ALL
    SELECT r.name::text COLLATE pg_catalog."default", a.version, COALESCE(a.schema, n.schema), n.depth + 1, n.name
      FROM needed AS n
      JOIN version AS v ON v.name = n.name AND v.version = n.version
     CROSS JOIN LATERAL pg_catalog.unnest(v.requires) AS r (name)
      LEFT JOIN available AS a ON a.name = r.name
     WHERE n.depth < 20
), extension AS (
    SELECT DISTINCT ON (n.name) n.name, n.version, n.schema, n.needed_by, pg_catalog.max(n.depth) OVER (PARTITION BY n.name) AS depth,
           s.version AS wanted, s.owner, s.schema_is_member, s.config, s.preload,
           e.extversion AS present, p.nspname::text AS present_schema, v.superuser, v.trusted, v.schema AS fixed_schema
      FROM needed AS n
      LEFT JOIN source AS s ON s.name = n.name
      LEFT JOIN version AS v ON v.name = n.name AND v.version = n.version
      LEFT JOIN pg_catalog.pg_extension AS e ON e.extname = n.name
      LEFT JOIN pg_catalog.pg_namespace AS p ON p.oid = e.extnamespace
     ORDER BY n.name, n.depth
), me AS (
    SELECT r.rolsuper, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create,
           pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
           (SELECT pg_catalog.regexp_split_to_array(s.setting, '[\s",]+') FROM pg_catalog.pg_settings AS s WHERE s.name = 'shared_preload_libraries') AS preloaded
      FROM pg_catalog.pg_roles AS r
     WHERE r.rolname = CURRENT_USER
), schema AS (
    SELECT e.schema AS name, pg_catalog.min(e.owner) AS owner,
           pg_catalog.bool_or(o.oid IS NOT NULL AND pg_catalog.pg_has_role(o.oid, 'MEMBER')) AS may_give
      FROM extension AS e
      LEFT JOIN pg_catalog.pg_roles AS o ON o.rolname = e.owner
     WHERE e.present IS NULL AND e.fixed_schema IS NULL AND NOT COALESCE(e.schema_is_member, false)
       AND e.schema NOT IN (SELECT n.nspname FROM pg_catalog.pg_namespace AS n)
     GROUP BY e.schema
), planned (n, depth, object, sql, warning, refusal, hint) AS (
    SELECT 0, 0, pg_catalog.format('extension "%s"', e.name), NULL, NULL, pg_catalog.format('extension "%s" is not available on the target', e.name),
           pg_catalog.format('Install it on the host of the target, e.g. the package postgresql-%s-%s (Debian) or %s_%s (RPM; contrib modules: postgresql%s-contrib), or leave it out by naming the others with --extension.',
                             me.major, pg_catalog.translate(e.name, '_', '-'), e.name, me.major, me.major)
      FROM extension AS e CROSS JOIN me
     WHERE e.version IS NULL AND e.present IS NULL
    UNION ALL
    SELECT 0, 0, pg_catalog.format('extension "%s"', e.name), NULL, NULL,
           pg_catalog.format('extension "%s" is not available on the target in version %s', e.name, e.wanted),
           pg_catalog.format('The target has version %s: take it by leaving --exact out.', e.version)
      FROM extension AS e
     WHERE $4::bool AND e.version <> e.wanted AND e.present IS DISTINCT FROM e.wanted
    UNION ALL
    SELECT 1, 0, 'extensions', NULL, NULL, pg_catalog.format('user "%s" may not create extensions in database "%s"', CURRENT_USER, pg_catalog.current_database()),
           pg_catalog.format('Run on the target: GRANT CREATE ON DATABASE %I TO %I', pg_catalog.current_database(), CURRENT_USER)
      FROM me
     WHERE NOT me.rolsuper AND NOT me.may_create AND EXISTS (SELECT FROM extension AS e WHERE e.present IS NULL)
    UNION ALL
    SELECT 2, 0, pg_catalog.format('schema "%s"', s.name),
           pg_catalog.format('CREATE SCHEMA %I', s.name) || CASE WHEN s.may_give THEN pg_catalog.format(' AUTHORIZATION %I', s.owner) ELSE '' END, NULL, NULL, NULL
      FROM schema AS s
    UNION ALL
    SELECT 3, 0, pg_catalog.format('schema "%s"', s.name), NULL,
           pg_catalog.format('Schema "%s" belongs to user "%s", who cannot give it to "%s".', s.name, CURRENT_USER, s.owner), NULL, NULL
      FROM schema AS s
     WHERE NOT s.may_give
    UNION ALL
    SELECT 4, -e.depth, pg_catalog.format('extension "%s"', e.name),
           pg_catalog.format('CREATE EXTENSION %I WITH', e.name)
           || CASE WHEN e.fixed_schema IS NULL THEN pg_catalog.format(' SCHEMA %I', e.schema) ELSE '' END || pg_catalog.format(' VERSION %L', e.version), NULL, NULL, NULL
      FROM extension AS e
     WHERE e.present IS NULL AND e.version IS NOT NULL
    UNION ALL
    SELECT 5, -e.depth, pg_catalog.format('extension "%s"', e.name),
           CASE WHEN $3::bool AND u.path IS NOT NULL THEN pg_catalog.format('ALTER EXTENSION %I UPDATE TO %L', e.name, e.version) END,
           CASE WHEN u.path IS NULL THEN pg_catalog.format('Extension "%s" is there in version %s, on the source in %s; no update leads from the one to the other.', e.name, e.present, e.wanted)
                ELSE pg_catalog.format('Extension "%s" is there in version %s, on the source in %s: --update brings it to %s.', e.name, e.present, e.wanted, e.version) END, NULL, NULL
      FROM extension AS e
      LEFT JOIN LATERAL pg_catalog.pg_extension_update_paths(e.name) AS u ON u.source = e.present AND u.target = e.version
     WHERE e.present <> e.wanted AND e.present IS DISTINCT FROM e.version
    UNION ALL
    SELECT 6, 0, pg_catalog.format('extension "%s"', e.name), NULL,
           pg_catalog.format('Extension "%s" is version %s on the target, %s on the source, which the target does not have.', e.name, e.version, e.wanted), NULL, NULL
      FROM extension AS e
     WHERE e.wanted <> e.version AND COALESCE(e.present, e.version) = e.version
    UNION ALL
    SELECT 7, 0, pg_catalog.format('extension "%s"', e.name), NULL,
           pg_catalog.format('Extension "%s" is in schema "%s" on the target, in "%s" on the source.', e.name, e.present_schema, e.schema), NULL, NULL
      FROM extension AS e
     WHERE e.wanted IS NOT NULL AND e.present_schema <> e.schema
    UNION ALL
    SELECT 8, 0, pg_catalog.format('extension "%s"', e.name), NULL,
           pg_catalog.format('Extension "%s", which the source does without, is made too: the target''s version of "%s" requires it.', e.name, e.needed_by), NULL, NULL
      FROM extension AS e
     WHERE e.wanted IS NULL AND e.present IS NULL AND e.version IS NOT NULL
    UNION ALL
    SELECT 9, 0, pg_catalog.format('extension "%s"', e.name), NULL,
           pg_catalog.format('Extension "%s" works only once shared_preload_libraries of the target has "%s" and the server has been restarted%s.', e.name, e.name,
                             CASE WHEN me.preloaded IS NULL THEN pg_catalog.format('; user "%s" may not see whether it has', CURRENT_USER) ELSE '' END), NULL, NULL
      FROM extension AS e CROSS JOIN me
     WHERE e.version IS NOT NULL AND (e.preload OR e.name IN ('citus', 'pg_cron', 'pg_net', 'pg_qualstats', 'pg_squeeze', 'pg_stat_kcache', 'pg_stat_monitor', 'pg_stat_statements',
                                      'pg_tde', 'pg_wait_sampling', 'pgaudit', 'pglogical', 'pgsodium', 'set_user', 'spock', 'timescaledb'))
       AND (me.preloaded IS NULL OR NOT e.name = ANY (me.preloaded))
    UNION ALL
    SELECT 10, 0, pg_catalog.format('extension "%s"', e.name), NULL,
           pg_catalog.format('Extension "%s" is one that superusers create: user "%s" can only where a managed server makes an exception.', e.name, CURRENT_USER), NULL, NULL
      FROM extension AS e CROSS JOIN me
     WHERE e.present IS NULL AND e.superuser AND NOT e.trusted AND NOT me.rolsuper
    UNION ALL
    SELECT 11, 0, pg_catalog.format('extension "%s"', e.name), NULL,
           pg_catalog.format('Table "%s" of extension "%s" has rows of its user''s, which are not copied: "pgbaton migrate" does, or pg_dump --data-only --table.', t.value, e.name), NULL, NULL
      FROM extension AS e
     CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(e.config) AS t
     WHERE e.present IS NULL AND e.version IS NOT NULL
)
SELECT p.object, p.sql, false AS secret, p.warning, p.refusal, p.hint
  FROM planned AS p
 ORDER BY p.n, p.depth, p.object, p.warning
