-- Ends the sessions $2, whose message from the client came at $3, if they still wait for a lock of session $1 on behalf of that very message. Tells
-- how many it ended, and how many locks session $1 has after that: being the inner side of the join, they are looked at last.
SELECT e.n, f.n
  FROM (SELECT pg_catalog.count(*) FILTER (WHERE pg_catalog.pg_terminate_backend(a.pid)) AS n
          FROM ROWS FROM (pg_catalog.unnest($2::integer[]), pg_catalog.unnest($3::timestamptz[])) AS k (pid, query_start)
          JOIN pg_catalog.pg_stat_activity AS a ON a.pid = k.pid AND a.query_start = k.query_start AND a.state = 'active'
         WHERE EXISTS (SELECT
                         FROM pg_catalog.pg_locks AS w
                         JOIN pg_catalog.pg_locks AS h ON h.pid = $1::integer AND h.granted AND h.locktype = 'relation' AND h.mode = 'ExclusiveLock'
                                                      AND h.database = w.database AND h.relation = w.relation
                        WHERE w.pid = a.pid AND NOT w.granted AND w.locktype = 'relation' AND w.mode <> 'AccessShareLock')) AS e
  LEFT JOIN LATERAL (
        SELECT pg_catalog.count(*) AS n
          FROM pg_catalog.pg_locks AS h
         WHERE e.n >= 0 AND h.pid = $1::integer AND h.granted AND h.locktype = 'relation' AND h.mode = 'ExclusiveLock') AS f ON true
