-- Triggers and rules of a migration's tables that also fire on replicated rows. $1 its name. Columns: schema, table, TRIGGER or RULE, name
SELECT n.nspname, c.relname, f.kind, f.name
  FROM pgbaton.relation AS r
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = r.schema_name
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = r.name
  JOIN (SELECT t.tgrelid AS relation, 'TRIGGER' AS kind, t.tgname AS name
          FROM pg_catalog.pg_trigger AS t
         WHERE NOT t.tgisinternal AND t.tgenabled IN ('A', 'R')
        UNION ALL
        SELECT w.ev_class, 'RULE', w.rulename
          FROM pg_catalog.pg_rewrite AS w
         WHERE w.ev_enabled IN ('A', 'R')) AS f ON f.relation = c.oid
 WHERE r.migration = $1 AND r.kind <> 'large objects'
 ORDER BY 1, 2, 3, 4
