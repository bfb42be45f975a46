-- Does another migration still need schema pgbaton of this database, or "identity restore"? $1 our name
SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c
                WHERE c.relnamespace = pg_catalog.to_regnamespace('pgbaton') AND c.relkind = 'r' AND c.relname ~ '^marker_'
                  AND c.relname !~ ('^marker_' || $1 || '_([0-9]+|r0?|f0)$'))
    OR pg_catalog.to_regclass('pgbaton.identity_change') IS NOT NULL AS in_use,
       pg_catalog.to_regclass('pgbaton.identity_change') IS NOT NULL AS has_identities
