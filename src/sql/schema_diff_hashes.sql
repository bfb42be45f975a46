SELECT q.catalog, q.oid, q.kind, q.schema, q.name, q.parent, q.optional, pg_catalog.md5(q.properties::text)
  FROM (%R) AS q
