-- $1 migration, $2 subscription of this database: does it still follow tables that are not the migration's any more?
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_subscription_rel AS r
      JOIN pg_catalog.pg_subscription AS s ON s.oid = r.srsubid
      JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
      JOIN pg_catalog.pg_class AS c ON c.oid = r.srrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE s.subname = $2 AND d.datname = pg_catalog.current_database() AND n.nspname <> 'pgbaton'
       AND NOT EXISTS (SELECT FROM pgbaton.relation AS j
                        WHERE j.migration = $1 AND j.schema_name = n.nspname AND j.name = c.relname))
