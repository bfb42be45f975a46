-- Before journal_finish, in the order that keeps two workers from waiting for each other. $1 migration, $2 work ids
SELECT
  FROM pgbaton.relation AS r
 WHERE r.migration = $1
   AND r.id IN (SELECT w.relation_id FROM pgbaton.work AS w WHERE w.migration = $1 AND w.id = ANY ($2::bigint[]))
 ORDER BY r.id
   FOR UPDATE
