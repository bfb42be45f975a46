-- The migration that keeps this database read-only until its switchover; no row: none.
SELECT g.migration
  FROM pgbaton.step AS g
 WHERE g.flow = 'migrate' AND g.name = 'guard' AND g.state <> 'undone'
   AND NOT EXISTS (SELECT FROM pgbaton.step AS o
                    WHERE o.migration = g.migration AND o.flow = 'switchover' AND o.name = 'open' AND o.state = 'done')
 LIMIT 1
