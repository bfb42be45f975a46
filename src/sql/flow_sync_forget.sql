-- $1 migration, $2 schema, $3 name: takes a table out of the journal, with what was still to be done on it
WITH gone AS (
    DELETE FROM pgbaton.relation AS r
     WHERE r.migration = $1 AND r.schema_name = $2 AND r.name = $3 AND r.kind <> 'large objects'
    RETURNING r.id
)
DELETE FROM pgbaton.work AS w
 WHERE w.migration = $1
   AND (w.relation_id IN (SELECT g.id FROM gone AS g)
        OR (NOT w.is_done AND w.relation_id IS NULL AND pg_catalog.strpos(w.label || ' ', ' ' || $2 || '.' || $3 || ' ') > 0))
