-- What a pgbaton that takes part in another's copy has to know; no row: there is no such migration. $1 migration
SELECT (SELECT s.state FROM pgbaton.step AS s WHERE s.migration = m.name AND s.flow = 'migrate' AND s.name = 'copy') AS copy_step,
       (SELECT g.snapshot FROM pgbaton.replication_group AS g
         WHERE g.migration = m.name AND g.state = 'copying' AND g.snapshot IS NOT NULL ORDER BY g.id DESC LIMIT 1) AS snapshot,
       EXISTS (SELECT FROM pgbaton.relation AS r WHERE r.migration = m.name AND (r.chunks_left IS NULL OR r.chunks_left > 0)) AS rows_left,
       EXISTS (SELECT FROM pgbaton.work AS w WHERE w.migration = m.name AND w.kind IN ('index', 'analyze') AND NOT w.is_done) AS builds_left
  FROM pgbaton.migration AS m
 WHERE m.name = $1
