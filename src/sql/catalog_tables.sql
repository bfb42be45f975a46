-- Tables, with their replica identity and the publications they are in. System schemas, schema pgbaton and temporary tables are left out.
-- $1 only these (an array of OIDs) with their partitions, NULL: all
-- $2 or those of these schemas (a JSON array of names), NULL: none
-- $3 the publications, as repl_publications.sql tells them
-- $4 sizes too
-- $5, $6 include and exclude patterns (config/filter.h)
-- $7 a pattern of LIKE for the schema, NULL: any
WITH RECURSIVE family AS (
    -- each table with itself and all it is a partition of
    SELECT c.oid, c.oid AS ancestor, 0 AS level FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'p', 'f')
    UNION ALL
    SELECT f.oid, i.inhparent, f.level + 1
      FROM family AS f
      JOIN pg_catalog.pg_class AS a ON a.oid = f.ancestor AND a.relispartition
      JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = a.oid
), publication AS (
    SELECT p.value ->> 'name' AS name, (p.value ->> 'all_tables')::boolean AS all_tables, (p.value ->> 'via_root')::boolean AS via_root,
           p.value ->> 'publishes' ~ 'update|delete' AS publishes_changes, p.value -> 'schemas' AS schemas, p.value -> 'tables' AS tables,
           p.value -> 'except_tables' AS except_tables
      FROM pg_catalog.jsonb_array_elements($3::pg_catalog.jsonb) AS p
), named AS (
    SELECT (t.value ->> 'oid')::pg_catalog.oid AS oid, t.value -> 'columns' AS columns, t.value ->> 'where' AS filter, p.*
      FROM publication AS p, LATERAL pg_catalog.jsonb_array_elements(p.tables) AS t
), membership AS (
    SELECT DISTINCT ON (m.oid, m.name) m.oid, m.name, m.publishes_changes, m.columns, m.filter
      FROM (SELECT f.oid, n.name, n.publishes_changes, n.columns, n.filter, CASE WHEN n.via_root THEN - f.level ELSE f.level END AS distance
              FROM named AS n
              JOIN family AS f ON f.ancestor = n.oid
            UNION ALL
            SELECT f.oid, p.name, p.publishes_changes, NULL, NULL, 1000
              FROM publication AS p
              JOIN pg_catalog.pg_namespace AS s ON p.schemas ? s.nspname::text
              JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p')
              JOIN family AS f ON f.ancestor = c.oid
            UNION ALL
            SELECT c.oid, p.name, p.publishes_changes, NULL, NULL, 1000
              FROM publication AS p
              JOIN pg_catalog.pg_class AS c ON p.all_tables AND c.relkind IN ('r', 'p')
             WHERE (p.name, c.oid) NOT IN (SELECT q.name, f.oid
                                             FROM publication AS q, LATERAL pg_catalog.jsonb_array_elements(q.except_tables) AS e
                                             JOIN family AS f ON f.ancestor = (e.value ->> 'oid')::pg_catalog.oid)) AS m
      JOIN pg_catalog.pg_class AS c ON c.oid = m.oid AND c.relpersistence = 'p' AND c.relkind IN ('r', 'p') AND c.oid >= 16384
     ORDER BY m.oid, m.name, m.distance
), published AS (
    SELECT m.oid, pg_catalog.json_agg(m.name ORDER BY m.name) AS publications,
           pg_catalog.json_agg(m.name ORDER BY m.name) FILTER (WHERE m.publishes_changes) AS publications_of_changes,
           pg_catalog.json_agg(pg_catalog.json_build_object('name', m.name, 'columns', m.columns, 'where', m.filter) ORDER BY m.name) AS memberships
      FROM membership AS m
     GROUP BY m.oid
), key AS (
    SELECT i.indrelid, x.relname AS index_name, i.indisprimary, i.indisreplident, x.relpages, k.columns, k.n_columns,
           -- a deferrable or partial one does not count
           i.indisvalid AND i.indimmediate AND i.indpred IS NULL AS is_usable, i.indimmediate, i.indisvalid,
           i.indisvalid AND i.indisready AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND k.all_not_null AND m.amname = 'btree' AS is_candidate
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
      JOIN pg_catalog.pg_am AS m ON m.oid = x.relam
     CROSS JOIN LATERAL (
            SELECT pg_catalog.json_agg(a.attname ORDER BY u.place) AS columns, pg_catalog.count(*) AS n_columns,
                   pg_catalog.bool_and(a.attnotnull AND a.attnum > 0) AS all_not_null
              FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, place)
              LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
             -- the columns after them are only carried along (INCLUDE)
             WHERE u.place <= COALESCE((pg_catalog.to_jsonb(i) ->> 'indnkeyatts')::integer, i.indnatts)) AS k
     WHERE i.indisunique
), keys AS (
    SELECT k.indrelid,
           pg_catalog.max(k.index_name::text) FILTER (WHERE k.indisprimary) AS primary_key,
           pg_catalog.bool_or(k.indimmediate) FILTER (WHERE k.indisprimary) AS primary_is_immediate,
           pg_catalog.max(k.index_name::text) FILTER (WHERE k.indisprimary AND k.is_usable) AS usable_primary_key,
           pg_catalog.max(k.index_name::text) FILTER (WHERE k.indisreplident) AS chosen,
           pg_catalog.max(k.index_name::text) FILTER (WHERE k.indisreplident AND k.is_usable) AS usable_chosen,
           (pg_catalog.array_agg(k.index_name::text ORDER BY k.relpages, k.n_columns, k.index_name) FILTER (WHERE k.is_candidate))[1] AS best
      FROM key AS k
     GROUP BY k.indrelid
), own_size AS (
    SELECT c.oid, pg_catalog.pg_total_relation_size(c.oid) AS total, pg_catalog.pg_indexes_size(c.oid) AS indexes,
           CASE WHEN c.reltoastrelid <> 0 THEN pg_catalog.pg_total_relation_size(c.reltoastrelid) ELSE 0 END AS toast,
           CASE WHEN c.reltuples > 0 OR c.relpages > 0 THEN c.reltuples::pg_catalog.int8 END AS rows
      FROM pg_catalog.pg_class AS c
     WHERE $4::boolean AND c.relkind = 'r'
), size AS (
    SELECT f.ancestor AS oid, pg_catalog.sum(o.total)::pg_catalog.int8 AS total, pg_catalog.sum(o.indexes)::pg_catalog.int8 AS indexes,
           pg_catalog.sum(o.toast)::pg_catalog.int8 AS toast, pg_catalog.sum(o.rows)::pg_catalog.int8 AS rows
      FROM own_size AS o
      JOIN family AS f ON f.oid = o.oid
     GROUP BY f.ancestor
), effective AS (
    SELECT c.oid,
           CASE WHEN c.relkind <> 'r' THEN NULL WHEN c.relreplident = 'd' THEN k.usable_primary_key WHEN c.relreplident = 'i' THEN k.usable_chosen END AS index_name
      FROM pg_catalog.pg_class AS c
      LEFT JOIN keys AS k ON k.indrelid = c.oid
)
SELECT c.oid::pg_catalog.int8 AS oid, n.nspname AS schema, c.relname AS name,
       CASE WHEN c.relkind = 'f' THEN 'foreign table' WHEN c.relkind = 'p' THEN 'partitioned table'
            WHEN c.relpersistence = 'u' AND c.relispartition THEN 'unlogged partition' WHEN c.relpersistence = 'u' THEN 'unlogged table'
            WHEN c.relispartition THEN 'partition' ELSE 'table' END AS kind,
       (SELECT pg_catalog.json_build_object('schema', b.nspname, 'name', a.relname)
          FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS a ON a.oid = i.inhparent JOIN pg_catalog.pg_namespace AS b ON b.oid = a.relnamespace
         WHERE i.inhrelid = c.oid AND c.relispartition) AS partition_of,
       s.rows AS estimated_rows, s.total AS total_bytes, s.total - s.indexes - s.toast AS table_bytes, s.indexes AS index_bytes, s.toast AS toast_bytes,
       (SELECT e.extname FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
           AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) AS extension,
       COALESCE(p.publications, '[]') AS publications, COALESCE(p.publications_of_changes, '[]') AS publications_of_changes,
       COALESCE(p.memberships, '[]') AS memberships,
       CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END AS setting,
       k.chosen AS setting_index, e.index_name AS identity_index,
       CASE WHEN c.relkind <> 'r' THEN NULL WHEN c.relreplident = 'f' THEN 'full' WHEN c.relreplident = 'n' THEN 'nothing'
            ELSE COALESCE(e.index_name, 'none') END AS identity,
       y.columns AS identity_columns,
       CASE WHEN c.relkind = 'r' THEN c.relpersistence = 'p' AND (c.relreplident = 'f' OR e.index_name IS NOT NULL) END AS is_usable,
       CASE WHEN c.relkind <> 'r' THEN NULL
            WHEN c.relpersistence = 'u' THEN 'it is unlogged, and not replicated at all'
            WHEN c.relreplident = 'f' OR e.index_name IS NOT NULL THEN NULL
            WHEN c.relreplident = 'n' THEN 'it is set to NOTHING'
            WHEN c.relreplident = 'i' AND k.chosen IS NULL THEN 'the index that it was set to is gone'
            WHEN c.relreplident = 'i' THEN 'the index that it is set to is not valid'
            WHEN k.primary_key IS NULL THEN 'it has no primary key'
            WHEN NOT k.primary_is_immediate THEN 'its primary key is deferrable'
            ELSE 'its primary key is not valid' END AS reason,
       k.usable_primary_key IS NOT NULL AS has_primary_key, k.best AS best_index,
       c.relpersistence = 'u' AS is_unlogged, r.rolname AS owner, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS is_own,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS may_lock
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS r ON r.oid = c.relowner
  JOIN effective AS e ON e.oid = c.oid
  LEFT JOIN published AS p ON p.oid = c.oid
  LEFT JOIN keys AS k ON k.indrelid = c.oid
  LEFT JOIN size AS s ON s.oid = c.oid
  LEFT JOIN key AS y ON y.indrelid = c.oid AND y.index_name = e.index_name
 WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (n.nspname <> 'pgbaton' OR $1::pg_catalog.oid[] IS NOT NULL)
   AND ($1::pg_catalog.oid[] IS NULL
        OR c.oid IN (SELECT f.oid
                       FROM family AS f
                       JOIN pg_catalog.pg_class AS a ON a.oid = f.ancestor
                       JOIN pg_catalog.pg_namespace AS b ON b.oid = a.relnamespace
                      WHERE f.ancestor = ANY ($1::pg_catalog.oid[]) OR $2::pg_catalog.jsonb ? b.nspname::text))
   AND (pg_catalog.jsonb_array_length($5::pg_catalog.jsonb) = 0
        OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($5::pg_catalog.jsonb) AS w WHERE n.nspname LIKE w.value ->> 0 AND c.relname LIKE w.value ->> 1))
   AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($6::pg_catalog.jsonb) AS w WHERE n.nspname LIKE w.value ->> 0 AND c.relname LIKE w.value ->> 1)
   AND ($7::text IS NULL OR n.nspname LIKE $7)
 ORDER BY n.nspname, c.relname
