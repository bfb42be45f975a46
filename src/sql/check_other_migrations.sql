-- The target's journals are in its databases; this one's is asked. $1: our migration
SELECT m.name AS object FROM pgbaton.migration AS m WHERE m.name <> $1::text ORDER BY m.name
