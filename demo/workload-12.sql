-- pgbench script: the tables of demo/schema.sql that exist from PostgreSQL 12 on. See workload.sql.
\set small random(1, 100)
\set n random(1, 1000000000)
BEGIN;
SET LOCAL search_path = pg_catalog;
UPDATE shop.generated SET net = :small, tail = md5(:n::text) WHERE id = :small;
INSERT INTO shop.generated (net, rate) VALUES (:small, 0.19);
UPDATE shop.generated_full SET a = :n % 10000, b = md5(:n::text) WHERE b = 'b' || :small;
INSERT INTO shop.generated_rest DEFAULT VALUES;
INSERT INTO shop.generated_only DEFAULT VALUES;
UPDATE shop.other_am SET v = md5(:n::text) WHERE id = :small;
UPDATE parts.by_hash SET v = :n WHERE k = 'key ' || :small;
UPDATE parts.by_hash SET k = 'moved ' || :n WHERE k = 'key ' || (:small + 500);
INSERT INTO parts.by_hash VALUES ('new ' || :n, :small) ON CONFLICT DO NOTHING;
UPDATE parts.events SET at = date '2023-06-01' + :small * 4 WHERE id = 3000 + :n % 2000; -- moves between partitions
INSERT INTO parts.events VALUES (100000 + :n, date '2023-01-01' + :n % 1000, 'us', 'new') ON CONFLICT DO NOTHING;
UPDATE parts.event_notes SET note = md5(:n::text) WHERE id = :small;
UPDATE parts.generated_parts SET kind = CASE kind WHEN 'a' THEN 'z' ELSE 'a' END WHERE id = :small;
UPDATE types.insensitive SET word = upper(word) WHERE n = :small; -- an equal key with other bytes
COMMIT;
