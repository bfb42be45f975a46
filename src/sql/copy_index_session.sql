-- Memory for index builds: what the administrator gave maintenance, or a share of shared_buffers if that is more. $1 builds at a time
SELECT pg_catalog.set_config('maintenance_work_mem', w.kb || 'kB', false)
  FROM (SELECT LEAST(pg_catalog.max(s.setting::bigint) FILTER (WHERE s.name = 'shared_buffers') * 8 / 4 / $1::bigint, 1048576)::bigint AS kb,
               pg_catalog.max(s.setting::bigint) FILTER (WHERE s.name = 'maintenance_work_mem') AS present_kb
          FROM pg_catalog.pg_settings AS s
         WHERE s.name IN ('shared_buffers', 'maintenance_work_mem')) AS w
 WHERE w.kb > w.present_kb
