-- The next statements to run one after the other. $1 migration, $2 kind
SELECT w.position, w.sql, w.label
  FROM pgbaton.work AS w
 WHERE w.migration = $1 AND w.kind = $2 AND NOT w.is_done
 ORDER BY w.position
 LIMIT 100
