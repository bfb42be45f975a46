-- $1 subscription's oid, $2 conflicts as read before, or null. Which conflicts are counted depends on the version.
SELECT s.apply_error_count,
       (SELECT pg_catalog.jsonb_object_agg(d.conflict, d.n)
          FROM (SELECT pg_catalog.substr(c.key, 7) AS conflict,
                       c.value::text::bigint - COALESCE(($2::jsonb ->> pg_catalog.substr(c.key, 7))::bigint, 0) AS n
                  FROM pg_catalog.jsonb_each(pg_catalog.to_jsonb(s)) AS c (key, value)
                 WHERE c.key ~ '^confl_') AS d
         WHERE d.n > 0) AS conflicts
  FROM pg_catalog.pg_stat_subscription_stats AS s
 WHERE s.subid = $1::oid
