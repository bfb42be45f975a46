-- Which of the schema's entries are there. $1: [[number, type, schema, tag], …] as pg_dump names them; quote_all_identifiers is to be on, as it was in the
-- dump, since the tags of functions hold the names of types.
WITH entry AS (
    SELECT (e.item ->> 0)::int AS n, k.kind, e.item ->> 1 AS type, e.item ->> 2 AS schema, e.item ->> 3 AS tag
      FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb) AS e (item)
      JOIN (VALUES ('TABLE', 'c'), ('VIEW', 'c'), ('MATERIALIZED VIEW', 'c'), ('FOREIGN TABLE', 'c'), ('SEQUENCE', 'c'), ('INDEX', 'c'),
                   ('TYPE', 't'), ('DOMAIN', 't'), ('FUNCTION', 'f'), ('PROCEDURE', 'f'), ('AGGREGATE', 'f'),
                   ('CONSTRAINT', 'k'), ('FK CONSTRAINT', 'k'), ('CHECK CONSTRAINT', 'k'), ('TRIGGER', 'g'), ('RULE', 'r'), ('POLICY', 'p'),
                   ('SCHEMA', 's'), ('EXTENSION', 'e')) AS k (type, kind) ON k.type = e.item ->> 1
), relation AS (
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), present (kind, schema, tag) AS (
    SELECT 'c', r.schema, r.name FROM relation AS r
    UNION ALL
    SELECT 't', n.nspname, t.typname FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
    UNION ALL
    SELECT 'f', n.nspname, p.proname || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')'
      FROM pg_catalog.pg_proc AS p
      JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
    UNION ALL
    SELECT 'k', r.schema, r.name || ' ' || k.conname FROM pg_catalog.pg_constraint AS k JOIN relation AS r ON r.oid = k.conrelid
    UNION ALL
    SELECT 'g', r.schema, r.name || ' ' || g.tgname FROM pg_catalog.pg_trigger AS g JOIN relation AS r ON r.oid = g.tgrelid
    UNION ALL
    SELECT 'r', r.schema, r.name || ' ' || w.rulename FROM pg_catalog.pg_rewrite AS w JOIN relation AS r ON r.oid = w.ev_class
    UNION ALL
    SELECT 'p', r.schema, r.name || ' ' || p.polname FROM pg_catalog.pg_policy AS p JOIN relation AS r ON r.oid = p.polrelid
    UNION ALL
    SELECT 's', '', n.nspname FROM pg_catalog.pg_namespace AS n
    UNION ALL
    SELECT 'e', '', e.extname FROM pg_catalog.pg_extension AS e
)
SELECT DISTINCT e.n
  FROM entry AS e
  JOIN present AS p ON p.kind = e.kind AND p.schema = e.schema AND p.tag = e.tag
 ORDER BY e.n
