-- Claims the heaviest piece of work that can be done now, for the life of this transaction.
-- $1 migration, $2 also chunks, $3 also index builds
SELECT w.id, w.kind, w.label, w.sql, w.first_page, w.end_page, w.relation_id,
       r.kind AS relation_kind, r.schema_name, r.name, r.columns, r.copy_options, r.condition, r.chunks_left,
       r.table_bytes, r.group_id,
       (SELECT pg_catalog.count(*) FROM pgbaton.work AS o
         WHERE o.migration = w.migration AND o.relation_id = w.relation_id AND o.kind = 'chunk') AS n_chunks
  FROM pgbaton.work AS w
  JOIN pgbaton.relation AS r ON r.migration = w.migration AND r.id = w.relation_id
 WHERE w.migration = $1 AND w.is_ready AND NOT w.is_done
   AND CASE w.kind WHEN 'chunk' THEN $2::boolean ELSE $3::boolean END
 ORDER BY w.weight DESC, w.id
 LIMIT 1
   FOR UPDATE OF w SKIP LOCKED
