-- Rows for demo/schema.sql. See there how to run it. About 40,000 rows, 15 MB; the same on every run.

\set QUIET on
\encoding UTF8
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET timezone = 'UTC';
SET statement_timeout = 0;
SET extra_float_digits = 1;
SET search_path = pg_catalog;
SELECT n >= 110000 AS v11, n >= 120000 AS v12, n >= 130000 AS v13, n >= 140000 AS v14,
       n >= 150000 AS v15, n >= 160000 AS v16, n >= 170000 AS v17, n >= 180000 AS v18,
       to_regclass('types.insensitive') IS NOT NULL AS insensitive
FROM (SELECT current_setting('server_version_num')::int) AS s (n) \gset

-- sequences

SELECT nextval('shop.small') FROM generate_series(1, 7) \g /dev/null
SELECT nextval('shop.down') FROM generate_series(1, 9) \g /dev/null
SELECT nextval('shop.exhausted') FROM generate_series(1, 5) \g /dev/null
SELECT nextval('shop.at_the_end') FROM generate_series(1, 2) \g /dev/null
SELECT nextval('shop.small_end') \g /dev/null
SELECT nextval('shop.down_end') \g /dev/null
SELECT nextval('shop.cycling') FROM generate_series(1, 4) \g /dev/null
SELECT nextval('shop.cached') FROM generate_series(1, 3) \g /dev/null
SELECT nextval('shop.huge_step') FROM generate_series(1, 3) \g /dev/null
SELECT nextval('shop."Seq ""with""; ''quotes'' é"') \g /dev/null
SELECT setval('shop.never_called_start', 500, false) \g /dev/null
\if :v15
SELECT nextval('shop.unlogged_seq') FROM generate_series(1, 3) \g /dev/null
\endif

-- shop

BEGIN;
INSERT INTO shop.customers (email, name, mood, address, attributes, balance, discount, created_at)
SELECT format('User%s@Example.org', i), format('Müller Nr. %s', i), (enum_range(NULL::types.mood))[1 + i % 4],
       CASE WHEN i % 5 > 0 THEN ROW('Straße "' || i || '", \ (' || i || ')', lpad(i::text, 5, '0'), 'happy', 'DE')::types.address END,
       ext.hstore(ARRAY['k' || i % 9, 'quote"d', 'null'], ARRAY[i::text, 'a=>b, "c"', NULL]),
       i * 1.2345, i % 50, timestamptz '2020-01-01 00:00:00+00' + i * interval '7 hours 13 minutes'
FROM generate_series(1, 2000) i;
UPDATE shop.customers SET referred_by = id / 3 WHERE id % 3 = 0;
INSERT INTO shop.products (sku, title, price, tags, spec, description)
SELECT 'SKU-' || i, format('Ding %s für "alle"; 100%% gut', i), i * 1.07, ARRAY['t' || i % 7, 'with,comma', 'NULL', NULL, ''],
       jsonb_build_object('n', i, 'nested', jsonb_build_array(1, 1.0, 1.00, 'x' || i, NULL), 'uni', '表🐘'), repeat('text ' || i || ' ', i % 300)
FROM generate_series(1, 1000) i;
INSERT INTO shop.orders (customer_id, state, placed, note)
SELECT 1 + i * 7 % 2000, (ARRAY['new', 'paid', 'sent', 'closed'])[1 + i % 4], date '2023-01-01' + i % 900, CASE WHEN i % 11 = 0 THEN E'line\nbreak\ttab\\ backslash \\N \\.' END
FROM generate_series(1, 5000) i;
INSERT INTO shop.order_items (order_id, product_id, quantity, price)
SELECT 1 + i % 5000, 10 + 5 * (i % 1000), 1 + i % 9, (i % 77) * 1.25 FROM generate_series(1, 12000) i;
UPDATE shop.orders o SET main_item = (SELECT min(id) FROM shop.order_items i WHERE i.order_id = o.id) WHERE o.id % 2 = 0;
INSERT INTO shop.returns (item_id, reason) SELECT i, CASE WHEN i % 2 = 0 THEN 'broken' END FROM generate_series(1, 300) i;
INSERT INTO shop.half_indexed SELECT i, i + 10 FROM generate_series(1, 100) i;
INSERT INTO shop.bookings SELECT i, i % 20, tsrange(timestamp '2024-01-01' + i / 20 * interval '1 day', timestamp '2024-01-01' + (i / 20 + 1) * interval '1 day'),
       box(point(i, i), point(i + 1.5, i + 2.5)) FROM generate_series(1, 1000) i;
INSERT INTO shop.bookings VALUES (2001, 3, 'empty', NULL), (2002, -1, '(,)', '(0,0),(1,1)'), (2003, -1, '[2024-01-01,infinity)', NULL);
COMMIT;

INSERT INTO shop.only_unique SELECT 'c' || i, i % 5, repeat('v', i % 40) FROM generate_series(1, 1000) i;
INSERT INTO shop.full_identity SELECT i, CASE WHEN i % 3 > 0 THEN 'b' || i END, CASE i % 4 WHEN 0 THEN 'NaN' ELSE i / 7.0 END,
       timestamptz '2024-03-31 01:30:00+00' + i * interval '1 minute', jsonb_build_object('i', i), CASE i % 5 WHEN 0 THEN 'NaN' WHEN 1 THEN '-0' ELSE i / 3.0 END::float8,
       ARRAY[md5(i::text)::uuid, NULL] FROM generate_series(1, 500) i;
INSERT INTO shop.deferrable_key SELECT i, 'v' || i FROM generate_series(1, 300) i;
INSERT INTO shop.duplicates SELECT 'same', i % 2 FROM generate_series(1, 50) i;
INSERT INTO shop.duplicates VALUES (NULL, NULL), (NULL, NULL), ('', 0), (' ', 0);
INSERT INTO shop.full_with_key (v) SELECT md5(i::text) FROM generate_series(1, 500) i;
INSERT INTO shop.no_columns DEFAULT VALUES;
INSERT INTO shop.no_columns DEFAULT VALUES;
INSERT INTO shop.no_columns DEFAULT VALUES;
INSERT INTO shop.identity_only DEFAULT VALUES;
INSERT INTO shop.identity_only DEFAULT VALUES;
\if :v12
INSERT INTO shop.generated (net, rate, tail) SELECT i, (i % 30) / 100.0, 't' || i FROM generate_series(1, 500) i;
INSERT INTO shop.generated_full (a, b) SELECT i, 'b' || i FROM generate_series(1, 200) i;
INSERT INTO shop.generated_rest DEFAULT VALUES;
INSERT INTO shop.generated_rest DEFAULT VALUES;
INSERT INTO shop.generated_only DEFAULT VALUES;
INSERT INTO shop.generated_only DEFAULT VALUES;
INSERT INTO shop.other_am SELECT i, 'v' || i FROM generate_series(1, 100) i;
\endif
\if :v15
INSERT INTO shop.nulls_not_distinct SELECT i, nullif(i, 5) FROM generate_series(1, 100) i;
\endif

-- large and odd rows

INSERT INTO shop.documents (id, title, body, scan, main, ext, plain)
SELECT i, 'document ' || i, repeat('compressible ' || i || ' ', 20 * i), decode(repeat(md5(i::text), i), 'hex'), repeat('m', i * 7), repeat(md5(i::text), i), repeat('p', i * 3)
FROM generate_series(1, 200) i;
INSERT INTO shop.documents (id, title, body, scan)
SELECT 1000 + i, 'big', (SELECT string_agg(md5((i * g)::text), E'\n') FROM generate_series(1, 40000) g),
       (SELECT decode(string_agg(md5((i + g)::text), ''), 'hex') FROM generate_series(1, 80000) g)
FROM generate_series(1, 3) i;
INSERT INTO shop.documents (id, title, plain) VALUES (2001, 'nearly a page that cannot be toasted', repeat('x', 8000));
INSERT INTO shop.documents (id, title, body, scan) VALUES (2002, '', '', ''), (2003, NULL, E'\\.', E'\\x00ff5c0a27'), (2004, '\N', '\N', '\\N');
INSERT INTO shop.wide (id) SELECT i FROM generate_series(1, 100) i;
UPDATE shop.wide SET "column number 77" = 'changed ' || id, "column number 3" = NULL WHERE id % 3 = 0;
DO $do$
BEGIN
    EXECUTE 'INSERT INTO shop.page_wide SELECT i, ' || (SELECT string_agg(format('i * %s', g), ', ') FROM generate_series(1, 950) g) || ' FROM generate_series(1, 40) i';
END
$do$;
INSERT INTO shop.dropped_columns (id, d, e) SELECT i, 'd' || i, 'happy' FROM generate_series(10, 200) i;
INSERT INTO shop.typed SELECT i, 'title ' || i, 'ok' FROM generate_series(1, 100) i;
INSERT INTO shop.sessions (id, token) SELECT i, md5(i::text) FROM generate_series(1, 400) i;
INSERT INTO shop.ruled SELECT i, 'v' || i FROM generate_series(1, 50) i;
INSERT INTO shop.triggered (id, v) SELECT i, i * 3 FROM generate_series(1, 300) i;
INSERT INTO shop.secrets SELECT i, CASE i % 2 WHEN 0 THEN 'shop_app' ELSE 'somebody' END, 'secret ' || i FROM generate_series(1, 100) i;
INSERT INTO shop.forced SELECT i, 'forced ' || i FROM generate_series(1, 100) i;
INSERT INTO shop.owner_may_not SELECT i, 'x' FROM generate_series(1, 100) i;
INSERT INTO audit.log (who, what) SELECT 'user ' || i, jsonb_build_object('i', i) FROM generate_series(1, 200) i;

-- types

INSERT INTO types.numbers (id, i2, i4, i8, num, num_scale, f4, f8, m, b, o, "char", n, bit3, vbit) VALUES
    (1, -32768, -2147483648, -9223372036854775808, 'NaN', 'NaN', 'NaN', 'NaN', '-92233720368547758.08', true, 0, '', '', B'000', B''),
    (2, 32767, 2147483647, 9223372036854775807, 1e-1000, 12345678901234567890.0123456789, 'Infinity', '-Infinity', '92233720368547758.07', false, 4294967295, 'x', 'a name', B'101', B'1010101'),
    (3, 0, 0, 0, 0.000, 0, '-0', '-0', 0, NULL, 16384, '\', E'\u00e9', NULL, NULL),
    (4, NULL, NULL, NULL, 1.0, 1, '1e-45', '5e-324', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (5, 1, 1, 1, 1.00, 1, 3.4028235e38, '1.7976931348623157e308', 1, true, 1, 'Z', 'n', B'111', B'1'),
    (6, 1, 1, 1, '1e5000', 1, 0.1, 0.1, 1, true, 1, 'Z', 'n', B'111', B'1'),
    (7, 1, 1, 1, '-123456789012345678901234567890.123456789012345678901234567890', 1, 1.1754944e-38, '2.2250738585072014e-308', 1, true, 1, 'Z', 'n', B'111', B'1');
INSERT INTO types.numbers (id, f8, f4, num) SELECT i, i / 7.0::float8, i / 7.0::float8, i / 7.0 FROM generate_series(100, 400) i;
\if :v14
INSERT INTO types.numbers (id, num) VALUES (8, 'Infinity'), (9, '-Infinity');
\endif
INSERT INTO types.times VALUES
    (1, 'infinity', '24:00:00', '24:00:00-15:59', 'infinity', 'infinity', 'infinity', '178000000 years', '-178 days 23:59:59.999'),
    (2, '-infinity', '00:00:00', '00:00:00+15:59', '-infinity', '-infinity', '-infinity', '-178000000 years', '00:00:00.001'),
    (3, '4713-11-24 BC', '23:59:59.999999', '12:00:00.000001+05:45', '4713-11-24 00:00:00 BC', '4713-11-24 00:00:00+00 BC', '2024-02-29 23:59:59.5', '-1 days +02:03:04', '-1 days +02:03:04'),
    (4, '5874897-12-31', '01:02:03', '01:02:03+00', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '2000-01-01', '-1 years -2 mons +3 days -04:05:06.789', NULL),
    (5, '0044-03-15 BC', NULL, NULL, '1582-10-10', '1883-11-18 12:03:57+00', NULL, '00:00:00', '0'),
    (6, '2024-03-04', '02:30', '02:30+01', '2024-03-31 02:30', '2024-10-27 02:30+01', '1999-12-31 23:59:59.4999', '1 mon -1 day', '1 day');
INSERT INTO types.times (id, d, ts, tstz, iv) SELECT i, date '2024-01-01' + i, timestamp '2024-01-02 03:04:05.678901' + i * interval '17 minutes', timestamptz '1950-01-02 03:04:05.678901+00' + i * interval '17 days',
       i * interval '-1 hour 3 minutes 0.000001 seconds' FROM generate_series(100, 500) i;
INSERT INTO types.texts (id, t, v, c, by, ci, tc, tsv, tsq, x, u) VALUES
    (1, '', '', '', '', '', '', '', '', NULL, '00000000-0000-0000-0000-000000000000'),
    (2, E'\\N', E'\\.', E'tab\there', E'\\x000102fffe5c', 'CaSe', 'ä', 'a:1A fat:2B,4C ''quo''''te'':7', 'fat & (rat | !cat) <-> x:A*', '<a b="c">&lt;é</a>', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    (3, E'a\rb\nc\x01\x7f\x0b\x08', '  spaces  ', 'pad', E'\\\\', 'é', 'Z', to_tsvector('pg_catalog.german', 'Die Katzen fressen Mäuse'), NULL, 'content <b/> only', NULL),
    (4, E'\U0001F418 \u0301\u200f\ufeff', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '<?xml version="1.0"?><root><!-- c --></root>', NULL);
INSERT INTO types.texts (id, t, by, u) SELECT i, repeat(chr(200 + i), i), decode(md5(i::text), 'hex'), md5(i::text)::uuid FROM generate_series(100, 400) i;
INSERT INTO types.json_things (id, j, jb, jba) VALUES
    (1, '{"b": 1, "a": 2, "b":  3}', '{"b": 1.0, "a": 1.00, "c": 1e300}', ARRAY['1'::jsonb, 'null', NULL, '"\\u00e9"']),
    (2, ' [ ] ', '[]', '{}'), (3, 'null', 'null', NULL), (4, NULL, NULL, NULL), (5, '"\ud83d\ude00"', '"\ud83d\ude00 \" \\ \n"', NULL);
\if :v12
UPDATE types.json_things SET jp = '$.a[*] ? (@.b > 1)' WHERE id < 3;
\endif
INSERT INTO types.network VALUES (1, '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'), (2, '::1', '2001:db8::/32', NULL, NULL),
    (3, '0.0.0.0/0', '::/0', 'ff:ff:ff:ff:ff:ff', '00:00:00:00:00:00:00:00');
INSERT INTO types.shapes VALUES (1, '(1.5,-0)', '{1,-1,0}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(0,0),5>', ARRAY[point '(1,2)', NULL]),
    (2, '(NaN,Infinity)', NULL, NULL, '(1e300,1e-300),(0,0)', '((0,0))', '((0.1,0.2))', '<(0.1,0.2),0>', '{}');
INSERT INTO types.shapes (id, p, b) SELECT i, point(i / 7.0, i), box(point(i, i / 3.0), point(0, 0)) FROM generate_series(10, 200) i;
INSERT INTO types.ranges (id, i4, i8, n, ts, tstz, d, f, tx, arr) VALUES
    (1, '[1,10]', '(,5)', '[1.0,1.00]', '(,)', '["2024-01-01 00:00:00+00",infinity]', '[2024-01-01,2024-12-31]', '[0.1,0.3)', '[a,"b,c]")', ARRAY[int4range '[1,2]', 'empty', NULL]),
    (2, 'empty', NULL, '[NaN,NaN]', '[-infinity,infinity]', NULL, '(-infinity,)', '[-Infinity,Infinity]', '["\\","]"]', '{}');
\if :v14
UPDATE types.ranges SET mr = '{[1,3),[5,9)}', mf = '{[0.1,0.2]}', mts = '{["2024-01-01 00:00:00+00","2024-01-02 00:00:00+00")}' WHERE id = 1;
UPDATE types.ranges SET mr = '{}' WHERE id = 2;
\endif
INSERT INTO types.user_types (id, e, ea, odd, comp, compa, dom, pct, hs, hsa, cia, nested, opaque)
SELECT i, (enum_range(NULL::types.mood))[1 + i % 5], enum_range(NULL::types.mood), (enum_range(NULL::types."Odd ""Type""; é"))[1 + i % 4],
       ROW('s,"' || i, NULL, 'happy', 'DE')::types.address, ARRAY[ROW('', '', 'sad', NULL)::types.address, NULL], i, i % 100,
       ext.hstore('a', i::text), ARRAY[ext.hstore('b', NULL), NULL], ARRAY['X', 'x']::ext.citext[], ROW(i, 't', 'überglücklich 🎉')::types.row_of, i::text::types.opaque4
FROM generate_series(1, 100) i;
INSERT INTO types.user_types (id) VALUES (999);
\if :v11
UPDATE types.user_types SET doma = ARRAY[id, id + 1], dcomp = ROW('s', 'zip', 'ok', 'FR')::types.address WHERE id % 2 = 0;
\endif
INSERT INTO types.arrays VALUES (1, '{}', '{{1,2},{3,NULL}}', '{"a,b","NULL",NULL,"","\"\\"}', '{NaN,1.00}', '{infinity,-infinity}', '[-2:0]={7,8,9}'), (2, NULL, '{}', '{}', '{}', '{}', '[5:5][2:3]={{1,2}}');
INSERT INTO types.arrays (id, i) SELECT i, ARRAY(SELECT generate_series(1, i)) FROM generate_series(10, 200) i;
INSERT INTO types.references_to (id, c, t, p, pr, r, ns, cfg, dic, op, acl) VALUES
    (1, 'shop.orders', 'types.mood', 'now', 'shop.norm(text)', 'shop_app', 'shop', 'shop.search_de', 'shop.plain', 'shop.~~~(numeric, numeric)', 'shop_app=r*w/shop_owner'),
    (2, 'odd."Robert''); DROP TABLE students;--"', 'types.address[]', 'shop.sum_order', 'lower(text)', '"shop_Mixed ""Case"" rôle; --"', '"Mixed Case"', 'german', 'simple', '+(integer,integer)', '=r/shop_owner'),
    (3, 'pg_class', 'integer', '-', '-', 'shop_owner', 'pg_catalog', NULL, NULL, NULL, NULL);
\if :v13
UPDATE types.references_to SET coll = 'types.byte_order' WHERE id = 1;
\endif
INSERT INTO types.internals (id, l, x, ci, tt, snap, iv, ov) VALUES (1, '0/0', '0', '0', '(0,0)', '10:20:10,14,15', '1 2 3', '1 2'), (2, 'FFFFFFFF/FFFFFFFF', '4294967295', '7', '(4294967295,65535)', '1:1:', '', '');
\if :v13
UPDATE types.internals SET x8 = '18446744073709551615', ps = '10:20:10,14,15' WHERE id = 1;
\endif
INSERT INTO types.full_types SELECT (enum_range(NULL::types.mood))[1 + i % 5], i / 3.0, CASE i % 9 WHEN 0 THEN 'NaN' WHEN 1 THEN '-0' ELSE i / 9.0 END::float8, i / 9.0,
       timestamptz '2024-01-01 00:00:00+00' + i * interval '1 day', i * interval '1 hour', inet '10.0.0.0' + i, i::bit(4), md5(i::text)::uuid, int4range(i, i + 5),
       ROW('s' || i, 'z', 'ok', 'DE')::types.address, i, ARRAY['sad', 'ok']::types.mood[], jsonb_build_array(i, 1.0), 'n' || i, i, ext.hstore('k', i::text)
FROM generate_series(1, 200) i;
INSERT INTO types.full_types DEFAULT VALUES;
\if :insensitive
INSERT INTO types.insensitive SELECT 'Word ' || i, i FROM generate_series(1, 100) i;
\endif

-- partitions, inheritance, names

INSERT INTO parts.events SELECT i, date '2023-01-01' + i % 1000, (ARRAY['de', 'fr', 'it', 'us', 'jp'])[1 + i % 5], 'Payload ' || i FROM generate_series(1, 6000) i;
INSERT INTO parts.no_key SELECT i % 200, 'note ' || i % 3 FROM generate_series(1, 600) i;
INSERT INTO parts.mixed SELECT 1 + i % 3, 'v' || i FROM generate_series(1, 100) i;
\if :v11
INSERT INTO parts.events SELECT i, date '2030-01-01', 'far future', 'P' FROM generate_series(10001, 10100) i;
INSERT INTO parts.by_hash SELECT 'key ' || i, i FROM generate_series(1, 1000) i;
\endif
\if :v12
INSERT INTO parts.event_notes SELECT i, i, date '2023-01-01' + i % 1000, (ARRAY['de', 'fr', 'it', 'us', 'jp'])[1 + i % 5], 'note' FROM generate_series(1, 500) i;
INSERT INTO parts.generated_parts (id, kind) SELECT i, chr(97 + i % 3) FROM generate_series(1, 100) i;
\endif
\if :v17
INSERT INTO parts.identity_parts (k) SELECT i FROM generate_series(1, 50) i;
INSERT INTO types.times (id, iv) VALUES (7, 'infinity'), (8, '-infinity');
\endif
\if :v18
INSERT INTO shop.virtual_generated SELECT i, i FROM generate_series(1, 50) i;
INSERT INTO shop.without_overlaps SELECT i, daterange(date '2024-01-01' + i, date '2024-01-03' + i), 'v' FROM generate_series(1, 50) i;
\endif
INSERT INTO inherit.a_star (id, class, a) SELECT i, 'a', i FROM generate_series(1, 100) i;
INSERT INTO inherit.b_star (id, class, a, b) SELECT i, 'b', i, 'b' || i FROM generate_series(101, 200) i;
INSERT INTO inherit.c_star (id, class, a, c) SELECT i, 'c', i, 'c' || i FROM generate_series(201, 300) i;
INSERT INTO inherit.d_star (id, class, b, c, d) SELECT i, 'd', 'b', 'c', i / 7.0 FROM generate_series(301, 400) i;
INSERT INTO inherit.e_star (id, class, c, e, c_later) SELECT i, 'e', 'c', i, -i FROM generate_series(401, 500) i;
INSERT INTO inherit.f_star (id, class, c, e, f, extra) SELECT i, 'f', 'c', i, '((1,2),(3,4),(0.1,0.2))', i FROM generate_series(501, 600) i;
INSERT INTO inherit.other_parent SELECT i, 'own' FROM generate_series(1, 20) i;
INSERT INTO inherit.left_parent (id, class, a, z) SELECT i, 'l', i, i FROM generate_series(1, 20) i;

INSERT INTO odd."Robert'); DROP TABLE students;--" SELECT i, 's' || i, 'c''' || i, ';', '"', '\', '%s', E'\t', E'\n', '表🐘', ' ', ' ', '?', '--', '/* */', 'c', ':x', '`id`' FROM generate_series(1, 200) i;
INSERT INTO odd."new
line; table" SELECT i, E'a\nb' FROM generate_series(1, 50) i;
INSERT INTO odd." " SELECT i, ' ' FROM generate_series(1, 50) i;
INSERT INTO odd."table" SELECT i, 'g', 't', 'u' FROM generate_series(1, 50) i;
INSERT INTO odd."UPPER" SELECT i, -i FROM generate_series(1, 50) i;
INSERT INTO odd.upper SELECT -i, i FROM generate_series(1, 60) i;
INSERT INTO odd."dot.ted" SELECT i, 'c' FROM generate_series(1, 50) i;
INSERT INTO odd."*" SELECT i, '?' FROM generate_series(1, 50) i;
INSERT INTO odd."\." SELECT i, '\.' FROM generate_series(1, 50) i;
INSERT INTO odd."emoji 🐘🎉" SELECT i, 'composed', 'decomposed' FROM generate_series(1, 50) i;
INSERT INTO odd.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 SELECT i, 'one' FROM generate_series(1, 50) i;
INSERT INTO odd.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2 (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2) SELECT 'two' FROM generate_series(1, 60) i;
INSERT INTO odd."ééééééééééééééééééééééééééééééé1" ("ééééééééééééééééééééééééééééééé2") SELECT 'é' || i FROM generate_series(1, 50) i;
INSERT INTO odd.orders SELECT i, 'not the shop''s' FROM generate_series(1, 50) i;
INSERT INTO odd.pgbaton_marker SELECT i, 'a user''s own' FROM generate_series(1, 5) i;
INSERT INTO "Mixed Case"."Mixed Case Table" ("Some Value", "Mood") SELECT 'v' || i, ' ' FROM generate_series(1, 300) i;
INSERT INTO "sch'ema; ""DROP"" -- é"."ta""ble" SELECT i, 'v' FROM generate_series(1, 50) i;

-- large objects

-- Trap: not in the stream; owner, comment and grants are not in a dump of the schema.
SELECT lo_from_bytea(900001, decode(string_agg(md5(g::text), ''), 'hex')) FROM generate_series(1, 20000) g \g /dev/null
SELECT lo_from_bytea(900002, '') \g /dev/null
SELECT lo_from_bytea(900003, E'\\x00ff00') \g /dev/null
SELECT lo_create(4294967290) \g /dev/null
SELECT lo_from_bytea(900004, 'a hole follows') \g /dev/null
SELECT lo_put(900004, 100000, 'after the hole') \g /dev/null
ALTER LARGE OBJECT 900001 OWNER TO shop_owner;
ALTER LARGE OBJECT 900002 OWNER TO "shop_Mixed ""Case"" rôle; --";
GRANT SELECT ON LARGE OBJECT 900001 TO shop_read;
GRANT SELECT, UPDATE ON LARGE OBJECT 900003 TO shop_app WITH GRANT OPTION;
COMMENT ON LARGE OBJECT 900001 IS 'a large object; ''with'' a comment';
CREATE TABLE shop.attachments (id integer PRIMARY KEY, lo oid);
ALTER TABLE shop.attachments OWNER TO shop_owner;
INSERT INTO shop.attachments VALUES (1, 900001), (2, 900002), (3, 4294967290);

REFRESH MATERIALIZED VIEW shop.stock;
REFRESH MATERIALIZED VIEW shop.stock_summary;
ANALYZE;
