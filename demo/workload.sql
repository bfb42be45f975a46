-- pgbench script: one transaction over a few of the tables of demo/schema.sql, so that every type and every kind of replica
-- identity goes through the stream.
--   pgbench -n -f demo/workload.sql -c 2 -R 200 -T 20 --max-tries=20 CONNINFO
-- With PGCLIENTENCODING=UTF8. Every statement succeeds at any time in any order; the literals are independent of datestyle.

\set what random(1, 14)
\set id random(1, 2000)
\set small random(1, 200)
\set n random(1, 1000000000)
BEGIN;
SET LOCAL search_path = pg_catalog;
\if :what = 1
INSERT INTO shop.orders (customer_id, placed, note) VALUES (:id, date '2024-01-01' + :small, repeat(md5(:n::text), :small)) RETURNING id AS order_id \gset
INSERT INTO shop.order_items (order_id, product_id, quantity, price) VALUES (:order_id, 5 + 5 * :small, 1 + :small, :small * 1.25), (:order_id, 10 + 5 * :small, 2, 0.01);
UPDATE shop.orders SET main_item = (SELECT min(id) FROM shop.order_items WHERE order_id = :order_id) WHERE id = :order_id;
\elif :what = 2
UPDATE shop.order_items SET quantity = 1 + :small % 20, price = :n % 1000 / 100.0 WHERE id = :id;
UPDATE shop.order_items SET price = price + 1 WHERE id = :id + 1;
\elif :what = 3
DELETE FROM shop.orders WHERE id = 1000 + :id AND id % 3 = 0;
INSERT INTO shop.returns (item_id, reason) VALUES (:n, 'too "late"; \ ');
\elif :what = 4
UPDATE shop.customers SET balance = balance + :n / 7.0, mood = (enum_range(NULL::types.mood))[1 + :n % 5], attributes = ext.hstore('n', :n::text),
    address = ROW('Straße ' || :n, :small, 'sad', 'FR')::types.address WHERE id = :id;
UPDATE shop.products SET title = 'Ding ' || :n, spec = jsonb_build_object('n', :n, 'x', 1.00), tags = ARRAY[:n::text, NULL, ''], price = :small * 1.01 WHERE id = 5 + 5 * :small;
\elif :what = 5
UPDATE shop.full_identity SET c = CASE WHEN c = 'NaN' THEN :n / 3.0 ELSE 'NaN' END, f = CASE WHEN f = 'NaN' THEN '-0' ELSE f / 3 END WHERE a = :small;
DELETE FROM shop.full_identity WHERE a = :small + 200 AND a % 7 = 0;
INSERT INTO shop.full_identity VALUES (1000 + :small, NULL, :n / 9.0, timestamptz 'epoch' + :n * interval '1 second', '{"a": 1.0}', :n / 7.0, NULL);
\elif :what = 6
UPDATE shop.only_unique SET v = md5(:n::text) WHERE code = 'c' || :small AND region = :small % 5;
UPDATE shop.only_unique SET code = 'x' || :n WHERE code = 'c' || (:small + 200) AND region = :small % 5;
UPDATE shop.deferrable_key SET v = md5(:n::text) WHERE id = :small;
UPDATE shop.full_with_key SET v = md5(:n::text) WHERE id = :small;
INSERT INTO shop.no_columns DEFAULT VALUES;
INSERT INTO shop.identity_only DEFAULT VALUES;
\elif :what = 7
DELETE FROM shop.duplicates WHERE ctid = (SELECT min(ctid) FROM shop.duplicates WHERE n = :n % 2 AND v = 'same');
INSERT INTO shop.duplicates VALUES ('same', :n % 2), ('same', :n % 2), (NULL, NULL);
UPDATE types.full_types SET n = n + 1, f = -f, m = m + '1'::money, a = ROW(:n::text, NULL, 'happy', NULL)::types.address WHERE o = :small;
\elif :what = 8
UPDATE shop.documents SET title = 'changed ' || :n WHERE id = 1001 + :n % 3; -- the large values stay where they are: "unchanged TOAST" in the stream
UPDATE shop.documents SET body = repeat(md5(:n::text), :small * 20), scan = decode(repeat(md5(:n::text), :small), 'hex'), plain = repeat('p', :small * 30) WHERE id = :small;
UPDATE shop.wide SET "column number 77" = md5(:n::text), "column number 8" = :n WHERE id = :small;
UPDATE shop.page_wide SET c1 = :n, c950 = c950 - 1 WHERE id = :small % 40;
\elif :what = 9
UPDATE parts.events SET payload = md5(:n::text) WHERE id = :id;
DELETE FROM parts.events WHERE id = 5000 + :small;
UPDATE parts.no_key SET note = md5(:n::text) WHERE n = :small % 200 AND note = 'note 1';
UPDATE parts.mixed_here SET v = :n WHERE n = 1 + :n % 3 AND v = 'v' || :small;
\elif :what = 10
UPDATE inherit.a_star SET a = :n, later = 'l' || :n WHERE id = :small * 3;
UPDATE inherit.d_star SET d = :n / 7.0 WHERE id = 300 + :small;
UPDATE inherit.f_star SET f = '((0,0),(1,1),(2,0.1))', extra = :n WHERE id = 500 + :small;
UPDATE odd."Robert'); DROP TABLE students;--" SET "quo""te" = :n, "select" = E'new\nline' WHERE id = :small;
UPDATE odd."emoji 🐘🎉" SET "é" = :n WHERE "🐘" = :small;
DELETE FROM odd."table" WHERE "order" = :small;
INSERT INTO odd."table" VALUES (:small, 'g', :n::text, NULL);
INSERT INTO "Mixed Case"."Mixed Case Table" ("Some Value") VALUES ('v' || :n);
\elif :what = 11
UPDATE types.numbers SET num = CASE WHEN num = 'NaN' THEN :n / 3.0 ELSE 'NaN' END, f8 = :n / 7.0::float8, f4 = '-0' WHERE id = 200 + :small;
UPDATE types.times SET ts = 'infinity', tstz = timestamptz '4713-11-24 00:00:00+00 BC' + :small * interval '1 day', iv = - :n * interval '1 day 0.001 seconds', d = '-infinity' WHERE id = 100 + :small;
UPDATE types.texts SET t = E'\\N\t' || :n, by = decode(md5(:n::text), 'hex'), tsv = to_tsvector('english', md5(:n::text)) WHERE id = 100 + :small;
UPDATE types.json_things SET j = '{"x":  1, "x": 2}', jb = jsonb_build_array(:n) WHERE id = 1 + :n % 5;
UPDATE types.shapes SET p = point(:n, -0.0), pa = '[(0,0),(1,1)]' WHERE id = :small;
\elif :what = 12
UPDATE types.user_types SET e = 'überglücklich 🎉', ea = ARRAY['sad', NULL]::types.mood[], odd = 'NULL', compa = ARRAY[ROW(:n::text, NULL, NULL, NULL)::types.address],
    hs = ext.hstore('x', NULL), nested = ROW(:small, 'n', 'ok')::types.row_of, opaque = '7' WHERE id = :small;
UPDATE types.arrays SET i = ARRAY[:n, NULL] WHERE id = :small;
UPDATE types.ranges SET i4 = int4range(:small, :small + 5), f = '[0.1,0.5]' WHERE id = 1;
UPDATE types.references_to SET c = 'shop.customers', t = 'types.percent', acl = 'shop_read=r/shop_owner' WHERE id = 1;
UPDATE types.internals SET l = '1/FF' WHERE id = 1;
UPDATE types.network SET i = '10.0.0.1/8' WHERE id = 2;
\elif :what = 13
UPDATE shop.triggered SET v = :n % 1000 WHERE id = :small;
INSERT INTO shop.triggered (id, v) VALUES (:n, :small) ON CONFLICT DO NOTHING;
UPDATE shop.forced SET body = md5(:n::text) WHERE id = :small;
UPDATE shop.owner_may_not SET body = md5(:n::text) WHERE id = :small;
UPDATE shop.secrets SET body = md5(:n::text) WHERE id = :small;
UPDATE shop.dropped_columns SET d = md5(:n::text), a = :small WHERE id = :small;
UPDATE shop.typed SET title = md5(:n::text) WHERE id = :small;
UPDATE shop.ruled SET v = md5(:n::text) WHERE id = :small;
UPDATE shop.sessions SET token = md5(:n::text) WHERE id = :small;
\else
SELECT nextval('shop.down'), nextval('shop.cycling'), nextval('shop.cached'), nextval('shop."Seq ""with""; ''quotes'' é"'), nextval('shop.huge_step');
INSERT INTO shop.full_with_key (v) VALUES ('rolled back');
INSERT INTO shop.identity_only DEFAULT VALUES;
SELECT 1 / (:n % 2 + 1);
\endif
\if :what = 14
ROLLBACK;
\else
COMMIT;
\endif
