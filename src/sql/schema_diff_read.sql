SELECT q.kind, q.schema, q.name, q.parent, q.self, q.host, q.ddl, q.properties
  FROM (%R) AS q
 WHERE q.oid = ANY (%R::pg_catalog.int8[])
