-- What role $1 owns in this database that holds data, and the database itself, but for pgbaton's own.
SELECT n.nspname || '.' || c.relname AS object
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS r ON r.oid = c.relowner AND r.rolname = $1
 WHERE c.relkind IN ('r', 'p', 'S', 'm', 'f') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'pgbaton'
UNION ALL
SELECT 'large object ' || l.oid
  FROM pg_catalog.pg_largeobject_metadata AS l
  JOIN pg_catalog.pg_roles AS r ON r.oid = l.lomowner AND r.rolname = $1
UNION ALL
SELECT 'database ' || d.datname
  FROM pg_catalog.pg_database AS d
  JOIN pg_catalog.pg_roles AS r ON r.oid = d.datdba AND r.rolname = $1
 WHERE d.datname = pg_catalog.current_database()
 ORDER BY 1
