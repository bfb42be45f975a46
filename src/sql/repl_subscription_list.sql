-- $1 rows of pg_subscription as JSON (see repl_subscription_rows), $2 only of this database. What belongs to a database's own catalogs is null for another one.
SELECT d.datname AS database, s.j ->> 'subname' AS name, pg_catalog.pg_get_userbyid((s.j ->> 'subowner')::pg_catalog.oid) AS owner,
       (s.j ->> 'subenabled')::boolean AS enabled,
       w.pid IS NOT NULL AS worker,
       s.j ->> 'subslotname' AS slot,
       s.j -> 'subpublications' AS publications,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(p.name), ',') FROM pg_catalog.json_array_elements_text(s.j -> 'subpublications') AS p (name)) AS publication_identifiers,
       CASE WHEN o.is_here AND o.oid IS NOT NULL THEN t.tables END AS tables,
       CASE WHEN o.is_here AND o.oid IS NOT NULL THEN t.tables_ready END AS tables_ready,
       CASE WHEN o.is_here AND o.oid IS NOT NULL THEN t.not_ready END AS not_ready,
       w.received_lsn, w.latest_end_lsn,
       NULLIF(s.j ->> 'subskiplsn', '0/0') AS skip_lsn,
       pg_catalog.json_strip_nulls(pg_catalog.json_build_object(
           'binary', (s.j ->> 'subbinary')::boolean,
           'streaming', CASE s.j ->> 'substream' WHEN 't' THEN 'on' WHEN 'true' THEN 'on' WHEN 'f' THEN 'off' WHEN 'false' THEN 'off' WHEN 'p' THEN 'parallel' END,
           'synchronous_commit', s.j ->> 'subsynccommit',
           'two_phase', s.j ->> 'subtwophasestate' <> 'd',
           'disable_on_error', (s.j ->> 'subdisableonerr')::boolean,
           'password_required', (s.j ->> 'subpasswordrequired')::boolean,
           'run_as_owner', (s.j ->> 'subrunasowner')::boolean,
           'origin', s.j ->> 'suborigin',
           'failover', (s.j ->> 'subfailover')::boolean,
           'retain_dead_tuples', (s.j ->> 'subretaindeadtuples')::boolean,
           'max_retention_duration', (s.j ->> 'submaxretention')::integer)) AS options,
       CASE WHEN o.is_here THEN (pg_catalog.regexp_match(pg_catalog.obj_description(o.oid, 'pg_subscription'), '^made by pgbaton, migration "(.*)"$'))[1] END AS migration,
       o.oid
  FROM pg_catalog.json_array_elements($1::json) AS s (j)
  JOIN pg_catalog.pg_database AS d ON d.oid = (s.j ->> 'subdbid')::pg_catalog.oid
 CROSS JOIN LATERAL (
       SELECT d.datname = pg_catalog.current_database() AS is_here,
              -- Before 12 an ordinary role may not read the oid; the view tells it of what has a name of its own.
              COALESCE((s.j ->> 'oid')::pg_catalog.oid,
                       (SELECT CASE WHEN pg_catalog.count(DISTINCT v.subid) = 1 THEN pg_catalog.max(v.subid) END
                          FROM pg_catalog.pg_stat_subscription AS v WHERE v.subname = s.j ->> 'subname')) AS oid) AS o
  LEFT JOIN LATERAL (
       SELECT v.pid, v.received_lsn, v.latest_end_lsn
         FROM pg_catalog.pg_stat_subscription AS v
        WHERE v.subid = o.oid AND v.pid IS NOT NULL AND v.relid IS NULL AND pg_catalog.to_jsonb(v) ->> 'leader_pid' IS NULL
        LIMIT 1) AS w ON true
 CROSS JOIN LATERAL (
       SELECT pg_catalog.count(*) AS tables, pg_catalog.count(*) FILTER (WHERE r.srsubstate = 'r') AS tables_ready,
              COALESCE(pg_catalog.json_agg(pg_catalog.json_build_object('schema', n.nspname, 'table', c.relname, 'state',
                          CASE r.srsubstate WHEN 'i' THEN 'initializing' WHEN 'd' THEN 'copying' WHEN 'f' THEN 'copied' WHEN 's' THEN 'synchronized' END)
                          ORDER BY n.nspname, c.relname) FILTER (WHERE r.srsubstate <> 'r'), '[]') AS not_ready
         FROM pg_catalog.pg_subscription_rel AS r
         LEFT JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
         LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE r.srsubid = o.oid) AS t
 WHERE o.is_here OR NOT $2::boolean
 ORDER BY NOT o.is_here, d.datname, 2
