-- $1 oid of a subscription. From 19 on the count of errors in table synchronization has another name.
SELECT v.apply_error_count, COALESCE(pg_catalog.to_jsonb(v) ->> 'sync_error_count', pg_catalog.to_jsonb(v) ->> 'sync_table_error_count')
  FROM pg_catalog.pg_stat_subscription_stats AS v
 WHERE v.subid = $1::pg_catalog.oid
