-- $1: source_toast
SELECT pg_catalog.pg_size_pretty(w.toast_bytes) AS toast
  FROM (SELECT $1::bigint AS toast_bytes) AS w, pg_catalog.pg_settings AS s
 WHERE s.name = 'default_toast_compression' AND s.setting = 'pglz' AND 'lz4' = ANY (s.enumvals)
   AND w.toast_bytes > 104857600
