-- Roles that own something in this database, and the database itself, but superusers: a JSON array.
SELECT COALESCE(pg_catalog.jsonb_agg(o.rolname), '[]')
  FROM pg_catalog.pg_roles AS o
 WHERE NOT o.rolsuper AND o.rolname !~ '^pg_'
   AND (o.oid IN (SELECT c.relowner FROM pg_catalog.pg_class AS c) OR o.oid IN (SELECT n.nspowner FROM pg_catalog.pg_namespace AS n)
        OR o.oid IN (SELECT p.proowner FROM pg_catalog.pg_proc AS p) OR o.oid IN (SELECT t.typowner FROM pg_catalog.pg_type AS t)
        OR o.oid IN (SELECT d.datdba FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
