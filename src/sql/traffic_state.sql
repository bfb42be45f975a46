-- $1 the tag. Is the schema there, is it tagged, which of the tables lacks its tag (NULL: none).
SELECT pg_catalog.to_regnamespace('pgbaton_traffic') IS NOT NULL AS there,
       COALESCE(pg_catalog.obj_description(pg_catalog.to_regnamespace('pgbaton_traffic')::oid, 'pg_namespace') = $1,
                false) AS tagged,
       (SELECT pg_catalog.min(t.name)
          FROM (VALUES ('txn'), ('item'), ('note'), ('document'), ('account'), ('counter')) AS t (name)
         WHERE pg_catalog.obj_description(
                   pg_catalog.to_regclass('pgbaton_traffic.' || t.name)::oid, 'pg_class') IS DISTINCT FROM $1) AS lacking
