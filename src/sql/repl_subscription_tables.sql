-- $1 oid of a subscription, $2 the tables it knew before: which ones it knows in addition, which ones no more, and all
WITH now AS (SELECT r.srrelid AS oid FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = $1::pg_catalog.oid),
before AS (SELECT b.oid FROM pg_catalog.unnest($2::pg_catalog.oid[]) AS b (oid)),
named AS (
    SELECT t.oid, COALESCE(pg_catalog.format('%I.%I', n.nspname, c.relname), t.oid::text) AS name
      FROM (SELECT now.oid FROM now UNION SELECT before.oid FROM before) AS t
      LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.oid
      LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace)
SELECT COALESCE(pg_catalog.json_agg(named.name ORDER BY named.name) FILTER (WHERE named.oid NOT IN (SELECT before.oid FROM before)), '[]') AS added,
       COALESCE(pg_catalog.json_agg(named.name ORDER BY named.name) FILTER (WHERE named.oid NOT IN (SELECT now.oid FROM now)), '[]') AS removed,
       (SELECT COALESCE(pg_catalog.array_agg(now.oid), '{}') FROM now) AS tables
  FROM named
