-- One transaction locks every table: the guard of the copy and the fence on the source, CREATE SUBSCRIPTION on the subscriber.
-- $1 number of tables; NULL: count them here
WITH setting AS (
    SELECT COALESCE($1::bigint,
                    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                      WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'pgbaton'))) AS tables,
           pg_catalog.current_setting('max_locks_per_transaction')::bigint AS per_transaction,
           pg_catalog.current_setting('max_connections')::bigint
           + pg_catalog.current_setting('max_prepared_transactions')::bigint AS transactions
)
SELECT s.tables, s.per_transaction * s.transactions AS capacity,
       ((s.tables + 500) / s.transactions + 1) AS wanted
  FROM setting AS s
 WHERE s.tables + 500 > s.per_transaction * s.transactions
