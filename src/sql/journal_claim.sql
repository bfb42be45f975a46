-- Claims work that can be done now, for the life of this transaction, the heaviest first.
-- $1 migration, $2 also chunks, of tables whose group is copied under this snapshot (NULL: none), $3 also what runs on the target alone, $4 at most so many; $5 NULL, or the id of a piece claimed before: then
-- others of kind $6, of tables without conditions and not larger than $7 bytes
SELECT w.id, w.kind, w.label, w.sql, w.first_page, w.end_page, w.key_column, w.first_key, w.end_key, w.relation_id,
       r.kind AS relation_kind, r.schema_name, r.name, r.columns, r.copy_options, r.condition, r.table_bytes, r.rows_copied,
       (SELECT pg_catalog.count(*) FROM pgbaton.work AS o
         WHERE o.migration = w.migration AND o.relation_id = w.relation_id AND o.kind = 'chunk') AS n_chunks
  FROM pgbaton.work AS w
  JOIN pgbaton.relation AS r ON r.migration = w.migration AND r.id = w.relation_id
 WHERE w.migration = $1 AND w.is_ready AND NOT w.is_done
   AND CASE w.kind WHEN 'chunk'
            THEN $2::text IS NOT NULL
                 -- What is not replicated is copied again in the end: any snapshot will do.
                 AND (r.kind <> 'table'
                      OR EXISTS (SELECT FROM pgbaton.replication_group AS g
                                  WHERE g.migration = r.migration AND g.id = r.group_id AND g.snapshot = $2::text))
            ELSE $3::boolean END
   AND ($5::bigint IS NULL
        OR (w.id <> $5::bigint AND w.kind = $6 AND r.table_bytes <= $7::bigint AND r.kind <> 'large objects' AND r.condition IS NULL))
 ORDER BY w.weight DESC, w.id
 LIMIT $4::bigint
   FOR UPDATE OF w SKIP LOCKED
