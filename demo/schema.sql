-- pgbaton demo schema: the kind of database that makes a migration hard.
--
--   psql -X -v ON_ERROR_STOP=1 -d shop -f demo/schema.sql     (superuser, fresh database, server 10 to 18)
--   psql -X -v ON_ERROR_STOP=1 -d shop -f demo/data.sql
--
-- Everything in it is legal, and has been seen in somebody's production. What a version lacks is left out by \if.
-- Roles are created in the cluster, all called shop_*. Every table that is updated or deleted from has a usable replica
-- identity. Comments beginning with "Trap:" say what a naive migration does wrong with the object below.
-- Deterministic: no random(), no now(); the same server version gives the same rows each time.

\set QUIET on
\encoding UTF8
SET client_min_messages = warning;
SET check_function_bodies = on;
SELECT current_database() AS db,
       n >= 110000 AS v11, n >= 120000 AS v12, n >= 130000 AS v13, n >= 140000 AS v14,
       n >= 150000 AS v15, n >= 160000 AS v16, n >= 170000 AS v17, n >= 180000 AS v18,
       EXISTS (SELECT FROM pg_catalog.pg_settings
               WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)) AS lz4,
       EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i') AS icu
FROM (SELECT pg_catalog.current_setting('server_version_num')::int) AS s (n) \gset

-- roles

DO $do$
DECLARE
    r record;
BEGIN
    FOR r IN VALUES ('shop_owner', 'NOLOGIN'), ('shop_app', 'LOGIN PASSWORD ''demo-app-password'''), ('shop_read', 'NOLOGIN'),
                    ('shop_audit', 'NOLOGIN NOINHERIT'), ('shop_Mixed "Case" rôle; --', 'LOGIN CONNECTION LIMIT 7 VALID UNTIL ''2099-12-31 00:00:00+00''')
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r.column1) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I %s', r.column1, r.column2);
        END IF;
    END LOOP;
END
$do$;

GRANT shop_read TO shop_owner WITH ADMIN OPTION;
GRANT pg_monitor TO shop_audit;
-- Trap: until 15 the recorded grantor keeps no link to its own right; 16 and later reject "GRANTED BY shop_owner" in the
-- output of pg_dumpall 15 once that right is gone.
SET ROLE shop_owner;
GRANT shop_read TO shop_app;
RESET ROLE;
\if :v16
\else
REVOKE ADMIN OPTION FOR shop_read FROM shop_owner;
\endif
GRANT shop_read TO "shop_Mixed ""Case"" rôle; --";
ALTER ROLE shop_app SET work_mem = '7MB';
ALTER ROLE shop_app SET search_path = shop, "Mixed Case", public;
ALTER ROLE shop_app IN DATABASE :"db" SET statement_timeout = '61s';
COMMENT ON ROLE shop_app IS 'what the shop''s application logs in as';
\if :v15
GRANT SET ON PARAMETER log_min_duration_statement TO shop_app;
\endif

-- database

ALTER DATABASE :"db" OWNER TO shop_owner;
COMMENT ON DATABASE :"db" IS 'pgbaton demo; ''quoted'' — ünïcode 🐘';
REVOKE ALL ON DATABASE :"db" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"db" TO shop_app;
GRANT CONNECT ON DATABASE :"db" TO shop_read WITH GRANT OPTION;
ALTER DATABASE :"db" CONNECTION LIMIT 150;

-- schemas, extensions

CREATE SCHEMA shop AUTHORIZATION shop_owner;
CREATE SCHEMA types AUTHORIZATION shop_owner;
CREATE SCHEMA parts AUTHORIZATION shop_owner;
CREATE SCHEMA inherit AUTHORIZATION shop_owner;
CREATE SCHEMA audit AUTHORIZATION shop_audit;
CREATE SCHEMA ext;
CREATE SCHEMA odd;
CREATE SCHEMA "Mixed Case";
CREATE SCHEMA "sch'ema; ""DROP"" -- é";
CREATE SCHEMA empty_one;
COMMENT ON SCHEMA shop IS 'the shop itself';
GRANT USAGE ON SCHEMA shop, types, parts, inherit, "Mixed Case" TO shop_app, shop_read;
GRANT CREATE ON SCHEMA shop TO shop_app WITH GRANT OPTION;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO PUBLIC;
GRANT ALL ON SCHEMA public TO shop_owner;

CREATE EXTENSION hstore SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION btree_gist SCHEMA ext;
CREATE EXTENSION file_fdw SCHEMA ext;
CREATE EXTENSION postgres_fdw SCHEMA ext;
COMMENT ON EXTENSION hstore IS 'a comment of our own on an extension';
GRANT USAGE ON SCHEMA ext TO PUBLIC;
-- Trap: privileges on members of an extension and on built-in objects differ from what CREATE EXTENSION and initdb give.
REVOKE EXECUTE ON FUNCTION ext.hstore(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ext.hstore(text, text) TO shop_owner, shop_app;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_reset() TO shop_audit;
GRANT SELECT ON pg_catalog.pg_subscription TO shop_audit;

-- Trap: whatever a migration creates as this superuser inherits these.
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO shop_read;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT, INSERT ON TABLES TO shop_app;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT USAGE ON SEQUENCES TO shop_app WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT USAGE ON TYPES TO shop_app;

SET ROLE shop_owner;

-- types

CREATE TYPE types.mood AS ENUM ('sad', 'ok', 'happy');
ALTER TYPE types.mood ADD VALUE 'it''s "complicated"; --' BEFORE 'ok';
ALTER TYPE types.mood ADD VALUE 'überglücklich 🎉';
COMMENT ON TYPE types.mood IS 'values were added out of order';
CREATE TYPE types."Odd ""Type""; é" AS ENUM ('', ' ', 'NULL', '\N');
CREATE TYPE types.address AS (street text, gone integer, zip varchar(10), mood types.mood);
ALTER TYPE types.address DROP ATTRIBUTE gone;
ALTER TYPE types.address ADD ATTRIBUTE country char(2);
COMMENT ON COLUMN types.address.zip IS 'a comment on an attribute';
CREATE TYPE types.row_of AS (id integer, title text, mood types.mood);
CREATE DOMAIN types.positive AS integer CONSTRAINT positive_check CHECK (VALUE > 0);
CREATE DOMAIN types.short AS varchar(40) COLLATE "C" DEFAULT 'none' NOT NULL;
CREATE DOMAIN types.percent AS numeric(5, 2) CHECK (VALUE >= 0) CHECK (VALUE <= 100);
CREATE DOMAIN types.small_percent AS types.percent CHECK (VALUE < 50);
COMMENT ON DOMAIN types.percent IS '0 to 100';
COMMENT ON CONSTRAINT positive_check ON DOMAIN types.positive IS 'one to many';
CREATE TYPE types.floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE types.textrange AS RANGE (subtype = text, collation = "C");
\if :v11
CREATE DOMAIN types.checked_address AS types.address CHECK ((VALUE).zip <> '');
\endif
GRANT USAGE ON TYPE types.mood TO shop_read WITH GRANT OPTION;
RESET ROLE;

-- Trap: a base type without send and receive functions has no binary COPY; nor has it an equality operator.
CREATE TYPE types.opaque4;
CREATE FUNCTION types.opaque4_in(cstring) RETURNS types.opaque4 AS 'int4in' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION types.opaque4_out(types.opaque4) RETURNS cstring AS 'int4out' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE types.opaque4 (INTERNALLENGTH = 4, INPUT = types.opaque4_in, OUTPUT = types.opaque4_out,
                           ALIGNMENT = int4, DEFAULT = 42, PASSEDBYVALUE);
COMMENT ON TYPE types.opaque4 IS 'text form only';

CREATE COLLATION types.byte_order FROM "C";
COMMENT ON COLLATION types.byte_order IS 'bytes';
\if :icu
CREATE COLLATION types.german_phonebook (PROVIDER = icu, LOCALE = 'de@collation=phonebook');
\endif

-- functions, operators, casts

SET ROLE shop_owner;
CREATE FUNCTION shop.norm(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 3
    AS $$ SELECT pg_catalog.lower(pg_catalog.btrim($1)) $$;
RESET ROLE;
CREATE FUNCTION shop.add_tax(amount numeric, rate numeric DEFAULT 0.19, VARIADIC extra numeric[] DEFAULT '{}') RETURNS numeric
    LANGUAGE plpgsql STABLE LEAKPROOF SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '5MB'
    AS $$ BEGIN RETURN amount * (1 + rate) + coalesce((SELECT sum(e) FROM unnest(extra) e), 0); END $$;
ALTER FUNCTION shop.add_tax(numeric, numeric, numeric[]) OWNER TO shop_owner;
SET ROLE shop_owner;
CREATE FUNCTION shop.split_name(full_name text, OUT first text, OUT last text) LANGUAGE sql IMMUTABLE
    AS $$ SELECT pg_catalog.split_part($1, ' ', 1), pg_catalog.split_part($1, ' ', 2) $$;
CREATE FUNCTION shop.series(n integer) RETURNS TABLE (i integer, "Square Root" float8) LANGUAGE sql ROWS 10
    AS $$ SELECT g, pg_catalog.sqrt(g) FROM pg_catalog.generate_series(1, $1) g $$;
CREATE FUNCTION shop."weird ""fn""; --"("arg one" integer, "ärg" types.mood DEFAULT 'ok') RETURNS text LANGUAGE plpgsql
    AS $fn$ BEGIN -- a body with $$ and 'quotes' and \backslashes
        RETURN $x$;'"$x$ || $1::text || $2::text; END $fn$;
COMMENT ON FUNCTION shop."weird ""fn""; --"(integer, types.mood) IS E'line one\nline two; -- ''x''';
\if :v11
CREATE PROCEDURE shop.touch(INOUT n integer, note text DEFAULT 'x;y') LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$;
COMMENT ON PROCEDURE shop.touch(integer, text) IS 'a procedure';
GRANT EXECUTE ON PROCEDURE shop.touch(integer, text) TO shop_app;
\endif
\if :v14
CREATE FUNCTION shop.standard_body(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN a * 2 + b;
CREATE PROCEDURE shop.standard_proc(a integer, OUT b integer) LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END;
\endif
GRANT EXECUTE ON FUNCTION shop.norm(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION shop.series(integer) TO shop_read WITH GRANT OPTION;

CREATE FUNCTION shop.concat_step(text, text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN $1 IS NULL THEN $2 WHEN $2 IS NULL THEN $1 ELSE $1 || '|' || $2 END $$;
CREATE AGGREGATE shop.join_bar(text) (SFUNC = shop.concat_step, STYPE = text, PARALLEL = SAFE);
CREATE AGGREGATE shop.span(integer) (SFUNC = pg_catalog.int4larger, STYPE = integer, SORTOP = >,
    MSFUNC = pg_catalog.int4pl, MINVFUNC = pg_catalog.int4mi, MSTYPE = integer, MINITCOND = '0');
COMMENT ON AGGREGATE shop.join_bar(text) IS 'joins by a bar';
CREATE FUNCTION shop.close_to(numeric, numeric) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT pg_catalog.abs($1 - $2) < 1 $$;
CREATE OPERATOR shop.~~~ (PROCEDURE = shop.close_to, LEFTARG = numeric, RIGHTARG = numeric, COMMUTATOR = OPERATOR(shop.~~~),
    RESTRICT = eqsel, JOIN = eqjoinsel);
COMMENT ON OPERATOR shop.~~~ (numeric, numeric) IS 'less than one apart';
CREATE FUNCTION types.mood_to_int(types.mood) RETURNS integer LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT CASE $1 WHEN 'sad' THEN -1 WHEN 'happy' THEN 1 ELSE 0 END $$;
CREATE CAST (types.mood AS integer) WITH FUNCTION types.mood_to_int(types.mood) AS ASSIGNMENT;
CREATE CAST (types.address AS text) WITH INOUT;
COMMENT ON CAST (types.mood AS integer) IS 'sad is minus one';
RESET ROLE;
CREATE FUNCTION types.reverse_cmp(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.btint4cmp($2, $1) $$;
CREATE OPERATOR FAMILY types.reverse_family USING btree;
CREATE OPERATOR CLASS types.reverse_ops FOR TYPE integer USING btree FAMILY types.reverse_family AS
    OPERATOR 1 > , OPERATOR 2 >= , OPERATOR 3 = , OPERATOR 4 <= , OPERATOR 5 < , FUNCTION 1 types.reverse_cmp(integer, integer);
COMMENT ON OPERATOR CLASS types.reverse_ops USING btree IS 'integers, greatest first';
CREATE TEXT SEARCH DICTIONARY shop.plain (TEMPLATE = pg_catalog.simple, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION shop.search_de (COPY = pg_catalog.german);
ALTER TEXT SEARCH CONFIGURATION shop.search_de ALTER MAPPING FOR asciiword WITH shop.plain, pg_catalog.german_stem;
COMMENT ON TEXT SEARCH CONFIGURATION shop.search_de IS 'German, plain first';
CREATE CONVERSION shop.my_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
\if :v12
CREATE ACCESS METHOD shop_heap TYPE TABLE HANDLER heap_tableam_handler;
\endif

-- sequences

SET ROLE shop_owner;
CREATE SEQUENCE shop.never_called;
CREATE SEQUENCE shop.never_called_start START 1000 MINVALUE 10;
CREATE SEQUENCE shop.small AS smallint INCREMENT 3 MAXVALUE 30000;
CREATE SEQUENCE shop.down INCREMENT -2 START -10 MAXVALUE -1 MINVALUE -1000000;
-- Trap: "last_value plus a margin" overflows these: at the end of a range, of bigint, of smallint, and going down.
CREATE SEQUENCE shop.exhausted MAXVALUE 5;
CREATE SEQUENCE shop.at_the_end START 9223372036854775806;
CREATE SEQUENCE shop.small_end AS smallint START 32766;
CREATE SEQUENCE shop.down_end INCREMENT -1 MINVALUE -9223372036854775808 MAXVALUE -1 START -9223372036854775807;
CREATE SEQUENCE shop.cycling MINVALUE 3 MAXVALUE 7 START 5 CYCLE;
CREATE SEQUENCE shop.cached CACHE 50 INCREMENT 10;
CREATE SEQUENCE shop.huge_step INCREMENT 1000000000000;
CREATE SEQUENCE shop."Seq ""with""; 'quotes' é";
CREATE SEQUENCE shop.shared_by_two;
\if :v15
CREATE UNLOGGED SEQUENCE shop.unlogged_seq;
\endif
COMMENT ON SEQUENCE shop.cycling IS 'three to seven and again';
GRANT SELECT, UPDATE ON SEQUENCE shop.cycling TO shop_read;

-- shop: the plain business part

CREATE TABLE shop.customers (
    id bigint GENERATED ALWAYS AS IDENTITY (START WITH 1 CACHE 20) PRIMARY KEY,
    email ext.citext NOT NULL UNIQUE,
    name text NOT NULL,
    mood types.mood DEFAULT 'ok' NOT NULL,
    referred_by bigint REFERENCES shop.customers ON DELETE SET NULL,
    address types.address,
    attributes ext.hstore DEFAULT '',
    balance numeric(14, 4) DEFAULT 0 NOT NULL,
    discount types.small_percent,
    created_at timestamp with time zone DEFAULT '2024-02-29 12:00:00+00' NOT NULL,
    CONSTRAINT customers_name_check CHECK (name <> '')
);
CREATE TABLE shop.products (
    id integer GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY 5 START WITH 10),
    sku types.short,
    title text NOT NULL,
    price numeric(10, 2) NOT NULL CHECK (price >= 0),
    tags text[] DEFAULT '{}' NOT NULL,
    spec jsonb DEFAULT '{}' NOT NULL,
    search tsvector,
    description text,
    CONSTRAINT "products PK" PRIMARY KEY (id)
);
CREATE TABLE shop.orders (
    id bigserial PRIMARY KEY,
    customer_id bigint NOT NULL,
    state text DEFAULT 'new' NOT NULL,
    total numeric(14, 2) DEFAULT 0 NOT NULL,
    main_item bigint,
    placed date DEFAULT '2024-01-01' NOT NULL,
    note text
);
CREATE TABLE shop.order_items (
    id bigint DEFAULT nextval('shop.shared_by_two') PRIMARY KEY,
    order_id bigint NOT NULL,
    product_id integer NOT NULL,
    quantity types.positive DEFAULT 1 NOT NULL,
    price numeric(10, 2) NOT NULL
);
CREATE TABLE shop.returns (
    id bigint DEFAULT nextval('shop.shared_by_two') PRIMARY KEY,
    item_id bigint,
    reason text
);
-- cyclic and deferrable: an order names its main item, an item its order
ALTER TABLE shop.orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES shop.customers ON UPDATE CASCADE;
ALTER TABLE shop.order_items ADD CONSTRAINT items_order FOREIGN KEY (order_id) REFERENCES shop.orders ON DELETE CASCADE
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE shop.order_items ADD CONSTRAINT items_product FOREIGN KEY (product_id) REFERENCES shop.products
    DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE shop.orders ADD CONSTRAINT orders_main_item FOREIGN KEY (main_item) REFERENCES shop.order_items
    DEFERRABLE INITIALLY DEFERRED;
COMMENT ON TABLE shop.orders IS 'orders; names its main item, which names it';
COMMENT ON COLUMN shop.orders.state IS 'new, paid, sent; "closed"';
COMMENT ON CONSTRAINT items_order ON shop.order_items IS 'half of a cycle';

CREATE INDEX customers_name ON shop.customers (lower(name), name COLLATE "C" DESC NULLS LAST);
CREATE INDEX customers_attributes ON shop.customers USING gin (attributes);
CREATE INDEX customers_trgm ON shop.customers USING gin (name ext.gin_trgm_ops);
CREATE INDEX orders_open ON shop.orders (customer_id, placed DESC) WHERE state <> 'closed';
CREATE INDEX orders_brin ON shop.orders USING brin (placed) WITH (pages_per_range = 16, autosummarize = true);
CREATE INDEX orders_hash ON shop.orders USING hash (state);
CREATE INDEX products_search ON shop.products USING gin (search) WITH (fastupdate = off);
CREATE INDEX products_spec ON shop.products USING gin (spec jsonb_path_ops);
CREATE INDEX products_tags ON shop.products USING gin (tags);
CREATE INDEX items_expression ON shop.order_items ((quantity * price), (shop.norm(price::text))) WITH (fillfactor = 77);
CREATE INDEX items_reverse ON shop.order_items USING btree ((product_id) types.reverse_ops);
CREATE UNIQUE INDEX "products; unique ""title""" ON shop.products (shop.norm(title), id);
COMMENT ON INDEX shop.orders_brin IS 'an index comment';
\if :v11
CREATE INDEX items_include ON shop.order_items (order_id) INCLUDE (quantity, price);
ALTER INDEX shop.items_expression ALTER COLUMN 1 SET STATISTICS 500;
ALTER TABLE shop.returns ADD CONSTRAINT returns_item_include UNIQUE (id, item_id) INCLUDE (reason);
\endif
ALTER TABLE shop.orders CLUSTER ON orders_pkey;
ALTER TABLE shop.orders ALTER COLUMN state SET STATISTICS 250;
ALTER TABLE shop.orders ALTER COLUMN customer_id SET (n_distinct = -0.25, n_distinct_inherited = -0.5);
ALTER TABLE shop.orders SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_enabled = true);
CREATE STATISTICS shop.orders_stats (ndistinct, dependencies) ON customer_id, placed FROM shop.orders;
COMMENT ON STATISTICS shop.orders_stats IS 'they go together';
\if :v13
CREATE STATISTICS shop.orders_mcv (mcv) ON state, placed FROM shop.orders;
ALTER STATISTICS shop.orders_mcv SET STATISTICS 321;
\endif
\if :v14
CREATE STATISTICS shop."Stats, ""odd""" ON (total * 2), (date_trunc('month', placed::timestamp)) FROM shop.orders;
\endif

-- Trap: an index left invalid by a failed CREATE INDEX CONCURRENTLY is not dumped; building it from pg_get_indexdef fails on the duplicates.
CREATE TABLE shop.half_indexed (id integer PRIMARY KEY, v integer);
INSERT INTO shop.half_indexed VALUES (1001, 1), (1002, 1);
CREATE INDEX half_indexed_v ON shop.half_indexed (v);
RESET ROLE;
UPDATE pg_catalog.pg_index SET indisvalid = false, indisunique = true WHERE indexrelid = 'shop.half_indexed_v'::regclass;
SET ROLE shop_owner;

CREATE TABLE shop.bookings (
    id integer PRIMARY KEY,
    room integer NOT NULL,
    during tsrange NOT NULL,
    area box,
    CONSTRAINT no_overlap EXCLUDE USING gist (room ext.gist_int4_ops WITH =, during WITH &&) WHERE (room > 0)
        DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX bookings_area ON shop.bookings USING gist (area);
CREATE INDEX bookings_range ON shop.bookings USING spgist (during);

-- replica identities

CREATE TABLE shop.only_unique (code text NOT NULL, region integer NOT NULL, v text, UNIQUE (code, region));
CREATE UNIQUE INDEX "only unique; identity" ON shop.only_unique (region, code);
ALTER TABLE shop.only_unique REPLICA IDENTITY USING INDEX "only unique; identity";
CREATE TABLE shop.full_identity (a integer, b text, c numeric, d timestamptz, e jsonb, f float8, g uuid[]);
ALTER TABLE shop.full_identity REPLICA IDENTITY FULL;
CREATE INDEX full_identity_a ON shop.full_identity (a);
-- Trap: a deferrable primary key is no replica identity.
CREATE TABLE shop.deferrable_key (id integer, v text, PRIMARY KEY (id) DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE shop.deferrable_key REPLICA IDENTITY FULL;
-- Trap: rows that are wholly equal; verification by set, resume by "insert what is missing" and splitting by value go wrong.
CREATE TABLE shop.duplicates (v text, n integer);
ALTER TABLE shop.duplicates REPLICA IDENTITY FULL;
-- the identity is FULL although there is a key
CREATE TABLE shop.full_with_key (id bigserial PRIMARY KEY, v text);
ALTER TABLE shop.full_with_key REPLICA IDENTITY FULL;
CREATE TABLE shop.empty_table (id integer PRIMARY KEY, v text);
CREATE TABLE shop.empty_full (v text);
ALTER TABLE shop.empty_full REPLICA IDENTITY FULL;
-- Trap: no columns at all, but rows.
CREATE TABLE shop.no_columns ();
ALTER TABLE shop.no_columns REPLICA IDENTITY FULL;
CREATE TABLE shop.identity_only (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
\if :v12
CREATE TABLE shop.generated (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    net numeric(10, 2), rate numeric(4, 3),
    gross numeric GENERATED ALWAYS AS (net * (1 + rate)) STORED,
    label text GENERATED ALWAYS AS (shop.norm('  ' || rate::text)) STORED,
    tail text
);
CREATE INDEX generated_gross ON shop.generated (gross);
CREATE TABLE shop.generated_full (a integer, twice integer GENERATED ALWAYS AS (a * 2) STORED, b text);
ALTER TABLE shop.generated_full REPLICA IDENTITY FULL;
CREATE TABLE shop.generated_rest (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    g bigint GENERATED ALWAYS AS (id * 10::bigint) STORED);
-- Trap: the list of columns to copy is empty, the rows are not.
CREATE TABLE shop.generated_only (answer integer GENERATED ALWAYS AS (42) STORED);
ALTER TABLE shop.generated_only REPLICA IDENTITY FULL;
\endif
\if :v15
CREATE TABLE shop.nulls_not_distinct (id integer PRIMARY KEY, a integer, CONSTRAINT one_null UNIQUE NULLS NOT DISTINCT (a));
\endif

-- shapes of rows

CREATE TABLE shop.documents (id integer PRIMARY KEY, title varchar(200), body text, scan bytea, main text, ext text, plain text);
ALTER TABLE shop.documents ALTER COLUMN scan SET STORAGE EXTERNAL;
ALTER TABLE shop.documents ALTER COLUMN main SET STORAGE MAIN;
ALTER TABLE shop.documents ALTER COLUMN ext SET STORAGE EXTERNAL;
ALTER TABLE shop.documents ALTER COLUMN plain SET STORAGE PLAIN;
\if :v11
ALTER TABLE shop.documents SET (toast_tuple_target = 4080);
\endif
\if :lz4
ALTER TABLE shop.documents ALTER COLUMN body SET COMPRESSION lz4;
\endif
\if :v14
ALTER TABLE shop.documents ALTER COLUMN title SET COMPRESSION pglz;
\endif
DO $do$
BEGIN
    EXECUTE 'CREATE TABLE shop.wide (id integer PRIMARY KEY, '
        || (SELECT string_agg(format('%I %s DEFAULT %L', 'column number ' || i, (ARRAY['integer', 'text', 'numeric', 'boolean'])[1 + i % 4],
                              CASE i % 4 WHEN 3 THEN 'true' ELSE i::text END), ', ' ORDER BY i) FROM generate_series(1, 199) i) || ')';
    -- 950 bigints fill a page and cannot be toasted
    EXECUTE 'CREATE TABLE shop.page_wide (id integer PRIMARY KEY, '
        || (SELECT string_agg(format('c%s bigint', i), ', ' ORDER BY i DESC) FROM generate_series(1, 950) i) || ')';
END
$do$;
CREATE TABLE shop.dropped_columns (a text, id integer, b integer, c numeric, d text, e types.mood);
INSERT INTO shop.dropped_columns VALUES ('before', 1, 2, 3, 'kept', 'sad');
ALTER TABLE shop.dropped_columns DROP COLUMN a;
ALTER TABLE shop.dropped_columns DROP COLUMN c;
ALTER TABLE shop.dropped_columns ADD COLUMN a integer DEFAULT 7 NOT NULL;
ALTER TABLE shop.dropped_columns DROP COLUMN b;
ALTER TABLE shop.dropped_columns ADD PRIMARY KEY (id);
ALTER TABLE shop.dropped_columns ALTER COLUMN d TYPE varchar(90);
CREATE TABLE shop.typed OF types.row_of (id WITH OPTIONS PRIMARY KEY, title WITH OPTIONS NOT NULL DEFAULT 'untitled');
-- Trap: not in the stream.
CREATE UNLOGGED TABLE shop.sessions (id integer PRIMARY KEY, token text, n bigserial);
\if :v12
SET default_table_access_method = shop_heap;
CREATE TABLE shop.other_am (id integer PRIMARY KEY, v text);
RESET default_table_access_method;
\endif

-- Trap: a constraint not yet valid stays so, with the rows that break it.
CREATE TABLE shop.legacy (id integer PRIMARY KEY, customer_id bigint, n integer, p integer);
INSERT INTO shop.legacy VALUES (1, -1, -5, -3), (2, NULL, 5, 3), (3, -99, 0, NULL);
ALTER TABLE shop.legacy ADD CONSTRAINT legacy_customer FOREIGN KEY (customer_id) REFERENCES shop.customers NOT VALID;
ALTER TABLE shop.legacy ADD CONSTRAINT legacy_n CHECK (n > 0) NOT VALID;
-- Trap: the same for a domain; its rows can be loaded only before the constraint is there, and are never updated by the workload.
CREATE DOMAIN types.late AS integer;
CREATE TABLE shop.late_domain (id integer PRIMARY KEY, v types.late);
INSERT INTO shop.late_domain VALUES (1, -1), (2, 2);
ALTER DOMAIN types.late ADD CONSTRAINT late_check CHECK (VALUE > 0) NOT VALID;

-- every type

CREATE TABLE types.numbers (
    id integer PRIMARY KEY, i2 smallint, i4 integer, i8 bigint, num numeric, num_scale numeric(30, 10), f4 real, f8 double precision,
    m money, b boolean, o oid, "char" "char", n name, bit3 bit(3), vbit bit varying);
CREATE TABLE types.times (
    id integer PRIMARY KEY, d date, t time, ttz time with time zone, ts timestamp, tstz timestamptz, ts0 timestamp(0), iv interval,
    iv_day interval day to second(3));
CREATE TABLE types.texts (
    id integer PRIMARY KEY, t text, v varchar(50), c char(12), by bytea, ci ext.citext, tc text COLLATE types.byte_order,
    tsv tsvector, tsq tsquery, x xml, u uuid);
CREATE TABLE types.json_things (id integer PRIMARY KEY, j json, jb jsonb, jba jsonb[]);
\if :v12
ALTER TABLE types.json_things ADD COLUMN jp jsonpath;
\endif
CREATE TABLE types.network (id integer PRIMARY KEY, i inet, c cidr, m macaddr, m8 macaddr8);
-- no equality operators here: only a key makes it replicable
CREATE TABLE types.shapes (id integer PRIMARY KEY, p point, l line, s lseg, b box, pa path, po polygon, ci circle, pts point[]);
CREATE TABLE types.ranges (id integer PRIMARY KEY, i4 int4range, i8 int8range, n numrange, ts tsrange, tstz tstzrange, d daterange,
    f types.floatrange, tx types.textrange, arr int4range[]);
\if :v14
ALTER TABLE types.ranges ADD COLUMN mr int4multirange, ADD COLUMN mf types.floatmultirange, ADD COLUMN mts tstzmultirange;
\endif
-- Trap: binary COPY of an array or a composite carries the OIDs of user-defined types, which differ on the target.
CREATE TABLE types.user_types (
    id integer PRIMARY KEY, e types.mood, ea types.mood[], odd types."Odd ""Type""; é", comp types.address, compa types.address[],
    dom types.positive, pct types.percent, hs ext.hstore, hsa ext.hstore[], cia ext.citext[],
    nested types.row_of, opaque types.opaque4);
\if :v11
ALTER TABLE types.user_types ADD COLUMN dcomp types.checked_address, ADD COLUMN doma types.positive[];
\endif
CREATE TABLE types.arrays (id integer PRIMARY KEY, i integer[], i2 integer[][], t text[], n numeric[], ts timestamptz[], lower_bound integer[]);
-- Trap: binary COPY of these carries OIDs of objects, which differ on the target; text carries names.
CREATE TABLE types.references_to (
    id integer PRIMARY KEY, c regclass, t regtype, p regproc, pr regprocedure, r regrole, ns regnamespace, cfg regconfig, dic regdictionary,
    op regoperator, acl aclitem);
\if :v13
ALTER TABLE types.references_to ADD COLUMN coll regcollation;
\endif
CREATE TABLE types.internals (id integer PRIMARY KEY, l pg_lsn, x xid, ci cid, tt tid, snap txid_snapshot, iv int2vector, ov oidvector);
\if :v13
ALTER TABLE types.internals ADD COLUMN x8 xid8, ADD COLUMN ps pg_snapshot;
\endif
CREATE TABLE types.full_types (k types.mood, n numeric, f float8, f4 real, ts timestamptz, iv interval, i inet, b bit(4), u uuid, r int4range,
    a types.address, m money, ar types.mood[], jb jsonb, nm name, o oid, h ext.hstore);
ALTER TABLE types.full_types REPLICA IDENTITY FULL;
\if :icu
\if :v12
CREATE COLLATION types.no_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
-- Trap: values that are equal and not identical.
CREATE TABLE types.insensitive (word text COLLATE types.no_case PRIMARY KEY, n integer);
\endif
\endif

-- partitions

CREATE TABLE parts.events (id bigint NOT NULL, at date NOT NULL, region text NOT NULL, payload text) PARTITION BY RANGE (at);
\if :v11
ALTER TABLE parts.events ADD CONSTRAINT events_pkey PRIMARY KEY (id, at, region);
CREATE INDEX events_payload ON parts.events (lower(payload));
\endif
CREATE TABLE parts.events_2023 PARTITION OF parts.events FOR VALUES FROM (MINVALUE) TO ('2024-01-01') PARTITION BY LIST (region);
CREATE TABLE parts.events_2023_eu PARTITION OF parts.events_2023 FOR VALUES IN ('de', 'fr', 'it');
CREATE TABLE parts."events 2023; other" PARTITION OF parts.events_2023 FOR VALUES IN ('us', 'jp') PARTITION BY RANGE (id);
CREATE TABLE parts."events 2023; other/1" PARTITION OF parts."events 2023; other" FOR VALUES FROM (MINVALUE) TO (500);
CREATE TABLE parts."events 2023; other/2" PARTITION OF parts."events 2023; other" FOR VALUES FROM (500) TO (MAXVALUE);
CREATE TABLE parts.events_2024 PARTITION OF parts.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
-- Trap: attached, with another order of columns and a hole in it
CREATE TABLE parts.events_2025 (payload text, gone integer, region text NOT NULL, at date NOT NULL, id bigint NOT NULL);
ALTER TABLE parts.events_2025 DROP COLUMN gone;
ALTER TABLE parts.events ATTACH PARTITION parts.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
\if :v11
CREATE TABLE parts.events_default PARTITION OF parts.events DEFAULT;
-- an index on the parent only, valid for one child
CREATE INDEX events_region ON ONLY parts.events (region);
CREATE INDEX events_2024_region ON parts.events_2024 (region);
ALTER INDEX parts.events_region ATTACH PARTITION parts.events_2024_region;
CREATE TABLE parts.by_hash (k text, v integer, PRIMARY KEY (k)) PARTITION BY HASH (k);
CREATE TABLE parts.by_hash_0 PARTITION OF parts.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE parts.by_hash_1 PARTITION OF parts.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 1) WITH (fillfactor = 60);
CREATE TABLE parts.by_hash_2 PARTITION OF parts.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 2);
\else
-- 10: keys and indexes only on leaves
ALTER TABLE parts.events_2023_eu ADD PRIMARY KEY (id, at, region);
ALTER TABLE parts."events 2023; other/1" ADD PRIMARY KEY (id, at, region);
ALTER TABLE parts."events 2023; other/2" ADD PRIMARY KEY (id, at, region);
ALTER TABLE parts.events_2024 ADD PRIMARY KEY (id, at, region);
ALTER TABLE parts.events_2025 ADD PRIMARY KEY (id, at, region);
\endif
CREATE TABLE parts.no_key (n integer, note text) PARTITION BY RANGE (n);
CREATE TABLE parts.no_key_1 PARTITION OF parts.no_key FOR VALUES FROM (0) TO (100);
CREATE TABLE parts.no_key_2 PARTITION OF parts.no_key FOR VALUES FROM (100) TO (200);
ALTER TABLE parts.no_key_1 REPLICA IDENTITY FULL;
ALTER TABLE parts.no_key_2 REPLICA IDENTITY FULL;
CREATE TABLE parts.no_children (n integer) PARTITION BY LIST (n);
\if :v12
CREATE TABLE parts.event_notes (id integer PRIMARY KEY, event_id bigint, event_at date, event_region text, note text,
    CONSTRAINT notes_event FOREIGN KEY (event_id, event_at, event_region) REFERENCES parts.events ON DELETE CASCADE);
CREATE TABLE parts.generated_parts (id integer, kind text, up text GENERATED ALWAYS AS (upper(kind)) STORED, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
CREATE TABLE parts.generated_a PARTITION OF parts.generated_parts FOR VALUES IN ('a');
CREATE TABLE parts.generated_null PARTITION OF parts.generated_parts DEFAULT;
\endif
\if :v17
CREATE TABLE parts.identity_parts (id bigint GENERATED BY DEFAULT AS IDENTITY, k integer, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE parts.identity_parts_1 PARTITION OF parts.identity_parts FOR VALUES FROM (0) TO (1000);
\endif
COMMENT ON TABLE parts.events_2024 IS 'a comment on a partition';

-- inheritance

CREATE TABLE inherit.a_star (id integer PRIMARY KEY, class char(1), a integer CHECK (a > -100) NO INHERIT);
CREATE TABLE inherit.b_star (b text, PRIMARY KEY (id)) INHERITS (inherit.a_star);
CREATE TABLE inherit.c_star (c name, PRIMARY KEY (id)) INHERITS (inherit.a_star);
CREATE TABLE inherit.d_star (d float8, a integer DEFAULT 4, PRIMARY KEY (id)) INHERITS (inherit.b_star, inherit.c_star);
CREATE TABLE inherit.e_star (e smallint, PRIMARY KEY (id)) INHERITS (inherit.c_star);
CREATE TABLE inherit.f_star (f polygon, PRIMARY KEY (id)) INHERITS (inherit.e_star);
ALTER TABLE inherit.b_star ALTER COLUMN a SET DEFAULT 17;
ALTER TABLE inherit.c_star ADD CONSTRAINT c_not_empty CHECK (c <> '');
-- Trap: here the dump gives b, c, d, e, f another order of columns than the source has
ALTER TABLE inherit.a_star ADD COLUMN later text DEFAULT 'added later';
ALTER TABLE inherit.c_star ADD COLUMN c_later integer;
CREATE TABLE inherit.other_parent (extra integer NOT NULL, later text);
ALTER TABLE inherit.other_parent REPLICA IDENTITY FULL;
ALTER TABLE inherit.f_star ADD COLUMN extra integer NOT NULL DEFAULT 0;
ALTER TABLE inherit.f_star INHERIT inherit.other_parent;
-- Trap: "FOR TABLE parent" without ONLY publishes the children too; COPY parent copies the parent's own rows only
CREATE TABLE inherit.left_parent (z integer PRIMARY KEY) INHERITS (inherit.a_star);
ALTER TABLE inherit.left_parent REPLICA IDENTITY FULL;
ALTER TABLE inherit.left_parent NO INHERIT inherit.a_star;
RESET ROLE;

-- names

RESET ROLE;
CREATE TABLE odd."Robert'); DROP TABLE students;--" (
    id integer PRIMARY KEY, "select" text, "col'umn" text, "semi;colon" text, "quo""te" text, "back\slash" text, "%s %I $1 {0}" text,
    "tab	inside" text, "new
line" text, "ünïcödé 表 🐘" text, " lead" text, "trail " text, "?column?" text, "--" text, "/*" text, "ctid?" text,
    ":variable" text, "${HOME}`id`" text);
CREATE TABLE odd."new
line; table" (id integer PRIMARY KEY, "a
b" text);
CREATE TABLE odd." " (" " integer PRIMARY KEY, "  " text);
CREATE TABLE odd."table" ("order" integer PRIMARY KEY, "group" text, "table" text, "user" text);
CREATE TABLE odd."UPPER" ("ID" integer PRIMARY KEY, id integer);
CREATE TABLE odd.upper ("ID" integer, id integer PRIMARY KEY);
CREATE TABLE odd."dot.ted" ("a.b" integer PRIMARY KEY, "c.d.e" text);
CREATE TABLE odd."*" ("*" integer PRIMARY KEY, "?" text);
CREATE TABLE odd."\." ("\N" integer PRIMARY KEY, "\t" text);
CREATE TABLE odd."emoji 🐘🎉" ("🐘" integer PRIMARY KEY, "é" text, "é" text); -- the last two differ by normal form only
-- Trap: 63 bytes, and equal in all but the last
CREATE TABLE odd.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 integer PRIMARY KEY,
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2 text);
CREATE TABLE odd.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2 (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1 serial PRIMARY KEY,
    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa2 text);
CREATE TABLE odd."ééééééééééééééééééééééééééééééé1" (id serial PRIMARY KEY, "ééééééééééééééééééééééééééééééé2" text);
CREATE TABLE "Mixed Case"."Mixed Case Table" ("Id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, "Some Value" text DEFAULT 'x"y''z',
    "Mood" types."Odd ""Type""; é");
CREATE TABLE "sch'ema; ""DROP"" -- é"."ta""ble" ("co""l'" integer PRIMARY KEY, v text);
ALTER TABLE "Mixed Case"."Mixed Case Table" OWNER TO "shop_Mixed ""Case"" rôle; --";
ALTER TABLE "Mixed Case"."Mixed Case Table" ADD CONSTRAINT "Constraint; with 'quotes'" CHECK ("Some Value" <> 'a;b''c');
COMMENT ON COLUMN odd."Robert'); DROP TABLE students;--"."new
line" IS 'a comment
of two lines; \restrict';
-- the same name in two schemas, and as one of pgbaton's likely names
CREATE TABLE odd.orders (id integer PRIMARY KEY, v text);
CREATE TABLE odd.pgbaton_marker (id integer PRIMARY KEY, v text);
RESET ROLE;

-- views

SET ROLE shop_owner;
CREATE VIEW shop.open_orders AS SELECT o.*, c.name FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id WHERE o.state <> 'closed';
CREATE VIEW shop.open_totals WITH (security_barrier) AS SELECT name, sum(total) AS total, count(*) AS n FROM shop.open_orders GROUP BY name;
CREATE VIEW shop."top; 'totals'" AS SELECT * FROM shop.open_totals WHERE total > 100 ORDER BY total DESC LIMIT 10;
-- depends on the primary key: dumped after the data
CREATE VIEW shop.by_key AS SELECT c.id, c.name, c.balance, count(o.id) AS orders FROM shop.customers c LEFT JOIN shop.orders o ON o.customer_id = c.id GROUP BY c.id;
CREATE VIEW shop.on_by_key AS SELECT * FROM shop.by_key WHERE orders > 1;
CREATE RECURSIVE VIEW shop.referrals (id, depth) AS
    SELECT id, 0 FROM shop.customers WHERE referred_by IS NULL
    UNION ALL SELECT c.id, r.depth + 1 FROM shop.customers c JOIN referrals r ON c.referred_by = r.id;
CREATE VIEW shop.updatable AS SELECT id, v FROM shop.half_indexed WHERE v > 0 WITH LOCAL CHECK OPTION;
ALTER VIEW shop.updatable ALTER COLUMN v SET DEFAULT 11;
-- a view and a function that need each other
CREATE VIEW shop.circular AS SELECT 1 AS x;
CREATE FUNCTION shop.from_circular() RETURNS SETOF shop.circular LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE OR REPLACE VIEW shop.circular AS SELECT x FROM shop.from_circular();
CREATE VIEW shop.on_catalog AS SELECT c.oid::regclass AS rel, c.relkind, c.reltuples FROM pg_catalog.pg_class c WHERE c.relnamespace = 'shop'::regnamespace;
COMMENT ON VIEW shop.open_orders IS 'not closed yet';
COMMENT ON COLUMN shop.open_orders.name IS 'of the customer';
GRANT SELECT ON shop.open_orders TO shop_read;
GRANT SELECT (id, name) ON shop.by_key TO shop_read WITH GRANT OPTION;
\if :v15
CREATE VIEW shop.as_invoker WITH (security_invoker) AS SELECT * FROM shop.half_indexed;
\endif
CREATE MATERIALIZED VIEW shop.stock AS SELECT id, title, price FROM shop.products;
CREATE UNIQUE INDEX stock_id ON shop.stock (id);
CREATE MATERIALIZED VIEW shop.stock_summary WITH (fillfactor = 90) AS SELECT count(*) AS n, sum(price) AS total, max(title) AS t FROM shop.stock;
CREATE UNIQUE INDEX stock_summary_n ON shop.stock_summary (n);
CREATE MATERIALIZED VIEW shop.not_populated AS SELECT * FROM shop.stock WITH NO DATA;
CREATE INDEX not_populated_id ON shop.not_populated (id);
COMMENT ON MATERIALIZED VIEW shop.stock IS 'refreshed at night';

-- rules and triggers

CREATE TABLE shop.rule_log (id bigserial PRIMARY KEY, what text);
CREATE TABLE shop.ruled (id integer PRIMARY KEY, v text);
-- Trap: an INSERT fires it, COPY and apply do not
CREATE RULE log_insert AS ON INSERT TO shop.ruled DO ALSO INSERT INTO shop.rule_log (what) VALUES (NEW.v);
CREATE RULE no_rename AS ON UPDATE TO shop.ruled WHERE OLD.v <> NEW.v AND NEW.v = 'forbidden' DO INSTEAD NOTHING;
ALTER TABLE shop.ruled DISABLE RULE no_rename;
CREATE VIEW shop.ruled_view AS SELECT * FROM shop.ruled;
CREATE RULE "ins; rule" AS ON INSERT TO shop.ruled_view DO INSTEAD INSERT INTO shop.ruled VALUES (NEW.id, NEW.v) RETURNING *;
COMMENT ON RULE log_insert ON shop.ruled IS 'a comment on a rule';

CREATE FUNCTION shop.sum_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN UPDATE shop.orders SET total = total - OLD.quantity * OLD.price WHERE id = OLD.order_id; END IF;
    IF TG_OP <> 'DELETE' THEN UPDATE shop.orders SET total = total + NEW.quantity * NEW.price WHERE id = NEW.order_id; END IF;
    RETURN NULL;
END $$;
-- Trap: fired by apply or by the copy it would count twice
CREATE TRIGGER sum_order AFTER INSERT OR DELETE OR UPDATE OF quantity, price ON shop.order_items FOR EACH ROW EXECUTE PROCEDURE shop.sum_order();
CREATE FUNCTION shop.fill_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.search := pg_catalog.to_tsvector('pg_catalog.simple', NEW.title); RETURN NEW; END $$;
CREATE TRIGGER fill_search BEFORE INSERT OR UPDATE ON shop.products FOR EACH ROW WHEN (NEW.title IS NOT NULL) EXECUTE PROCEDURE shop.fill_search();

CREATE TABLE shop.triggered (id integer PRIMARY KEY, v integer, doubled integer, note text);
CREATE FUNCTION shop.set_doubled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.doubled := NEW.v * 2; RETURN NEW; END $$;
CREATE FUNCTION shop.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'this trigger is disabled and must not fire'; END $$;
CREATE FUNCTION shop.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION shop.mark_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'origin ' || NEW.id; RETURN NEW; END $$;
-- The ALWAYS one fires in apply and in the copy too: it computes from the row alone, so it sets the value that is there already.
-- The REPLICA one fires only there, and changes nothing.
CREATE TRIGGER t_always BEFORE INSERT OR UPDATE ON shop.triggered FOR EACH ROW EXECUTE PROCEDURE shop.set_doubled();
CREATE TRIGGER t_replica AFTER INSERT OR UPDATE OR DELETE ON shop.triggered FOR EACH ROW EXECUTE PROCEDURE shop.nothing();
CREATE TRIGGER t_disabled BEFORE INSERT OR UPDATE OR DELETE ON shop.triggered FOR EACH ROW EXECUTE PROCEDURE shop.refuse();
CREATE TRIGGER t_origin BEFORE INSERT ON shop.triggered FOR EACH ROW EXECUTE PROCEDURE shop.mark_note();
CREATE TRIGGER t_statement AFTER UPDATE ON shop.triggered REFERENCING OLD TABLE AS o NEW TABLE AS n FOR EACH STATEMENT EXECUTE PROCEDURE shop.nothing();
CREATE TRIGGER t_truncate BEFORE TRUNCATE ON shop.triggered FOR EACH STATEMENT EXECUTE PROCEDURE shop.nothing();
CREATE CONSTRAINT TRIGGER t_constraint AFTER INSERT ON shop.triggered DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE PROCEDURE shop.nothing('arg; one', 'a''b');
ALTER TABLE shop.triggered ENABLE ALWAYS TRIGGER t_always;
ALTER TABLE shop.triggered ENABLE REPLICA TRIGGER t_replica;
ALTER TABLE shop.triggered DISABLE TRIGGER t_disabled;
COMMENT ON TRIGGER t_always ON shop.triggered IS 'fires in apply too';
CREATE TRIGGER ruled_instead INSTEAD OF DELETE ON shop.open_orders FOR EACH ROW EXECUTE PROCEDURE shop.nothing();
CREATE FUNCTION shop.pass_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
\if :v11
CREATE TRIGGER on_partitions AFTER INSERT OR UPDATE ON parts.events FOR EACH ROW EXECUTE PROCEDURE shop.nothing();
\endif
\if :v13
CREATE TRIGGER before_partitions BEFORE INSERT ON parts.events FOR EACH ROW EXECUTE PROCEDURE shop.pass_row();
ALTER TABLE parts.events_2024 DISABLE TRIGGER before_partitions;
\endif

-- row-level security and grants

CREATE TABLE shop.secrets (id integer PRIMARY KEY, owner name DEFAULT 'shop_app' NOT NULL, body text);
ALTER TABLE shop.secrets ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON shop.secrets FOR ALL TO shop_app, shop_read USING (owner = CURRENT_USER) WITH CHECK (owner = CURRENT_USER AND id > 0);
CREATE POLICY "read; all" ON shop.secrets AS RESTRICTIVE FOR SELECT TO PUBLIC USING (true);
COMMENT ON POLICY own_rows ON shop.secrets IS 'each his own';
-- Trap: apply runs as the table's owner unless run_as_owner (16), and FORCE puts the owner under the policy: apply then stops with an error.
-- A copy by anyone but a superuser would see no rows.
CREATE TABLE shop.forced (id integer PRIMARY KEY, body text);
ALTER TABLE shop.forced ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.forced FORCE ROW LEVEL SECURITY;
-- Trap: the owner itself may not write.
CREATE TABLE shop.owner_may_not (id integer PRIMARY KEY, body text);
REVOKE ALL ON shop.owner_may_not FROM shop_owner;
CREATE TABLE shop.policies_off (id integer PRIMARY KEY);
CREATE POLICY unused ON shop.policies_off USING (id > 1);

GRANT SELECT, INSERT, UPDATE, DELETE ON shop.customers, shop.products, shop.orders, shop.order_items TO shop_app;
GRANT SELECT ON shop.customers TO shop_read WITH GRANT OPTION;
GRANT SELECT (id, name), UPDATE (name) ON shop.customers TO "shop_Mixed ""Case"" rôle; --";
GRANT REFERENCES, TRIGGER, TRUNCATE ON shop.products TO shop_app;
GRANT SELECT ON parts.events TO PUBLIC;
REVOKE SELECT ON shop.returns FROM shop_read, shop_app;
SET ROLE shop_read;
GRANT SELECT ON shop.customers TO shop_audit; -- granted by another than the owner
RESET ROLE;

-- audit, foreign data, large objects, the rest

SET ROLE shop_audit;
CREATE TABLE audit.log (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, who name, what jsonb);
RESET ROLE;
CREATE TABLE audit.ddl (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tag text, object text);
ALTER TABLE audit.ddl OWNER TO shop_audit;
CREATE FUNCTION audit.log_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO audit.ddl (tag, object)
    SELECT command_tag, object_identity FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp';
END $$;
CREATE FUNCTION audit.watch_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM pg_catalog.pg_event_trigger_dropped_objects(); END $$;

CREATE FOREIGN DATA WRAPPER shop_wrapper OPTIONS (debug 'true');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SERVER elsewhere TYPE 'postgresql' VERSION '9.6' FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host 'no-such-host.invalid', dbname 'it''s; elsewhere', port '5433');
CREATE USER MAPPING FOR shop_app SERVER elsewhere OPTIONS ("user" 'bob', password 'demo-mapping-password');
GRANT USAGE ON FOREIGN SERVER elsewhere TO shop_app WITH GRANT OPTION;
-- Trap: not to be copied, counted, compared or published
CREATE FOREIGN TABLE shop.far_away (id integer OPTIONS (column_name 'ID') NOT NULL, v text) SERVER elsewhere OPTIONS (schema_name 'public', table_name 'far');
CREATE FOREIGN TABLE shop.from_file (line text) SERVER files OPTIONS (filename '/dev/null', format 'csv');
COMMENT ON FOREIGN TABLE shop.far_away IS 'nobody is there';
-- Trap: a partition that is a foreign table
CREATE TABLE parts.mixed (n integer, v text) PARTITION BY LIST (n);
CREATE TABLE parts.mixed_here PARTITION OF parts.mixed FOR VALUES IN (1, 2, 3);
ALTER TABLE parts.mixed_here REPLICA IDENTITY FULL;
CREATE FOREIGN TABLE parts.mixed_far PARTITION OF parts.mixed FOR VALUES IN (4) SERVER files OPTIONS (filename '/dev/null', format 'csv');
COMMENT ON SERVER elsewhere IS 'far';

-- a publication of the user's own: stays where it is
CREATE PUBLICATION shop_own FOR TABLE shop.orders, shop.order_items WITH (publish = 'insert, update');

\if :v18
CREATE TABLE shop.virtual_generated (id integer PRIMARY KEY, a integer, b integer GENERATED ALWAYS AS (a * 3) VIRTUAL);
CREATE TABLE shop.without_overlaps (id integer, valid daterange, v text, PRIMARY KEY (id, valid WITHOUT OVERLAPS));
ALTER TABLE shop.without_overlaps REPLICA IDENTITY FULL;
CREATE TABLE shop.not_null_named (id integer PRIMARY KEY, v integer CONSTRAINT "v; named" NOT NULL);
\endif

-- last: what acts on DDL and on sessions

-- Trap: DDL by a migration on the target writes rows into a replicated table (and takes its keys) unless event triggers are off in its
-- sessions (session_replication_role = replica, event_triggers = off in 17).
CREATE EVENT TRIGGER shop_log_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX') EXECUTE PROCEDURE audit.log_ddl();
CREATE EVENT TRIGGER shop_watch_drop ON sql_drop EXECUTE PROCEDURE audit.watch_drop();
ALTER EVENT TRIGGER shop_watch_drop DISABLE;
COMMENT ON EVENT TRIGGER shop_log_ddl IS 'keeps a log of DDL';

-- Trap: every session in this database starts with these. A COPY in text form between two sessions that do not pin them loses digits or
-- swaps day and month; the keeper of a snapshot is killed while idle; a long COPY is cut. (Not here: client_encoding. Set for
-- the database of a subscription, it makes PostgreSQL's own apply worker convert every text that arrives; seen on 17.11.)
ALTER DATABASE :"db" SET datestyle = 'German, DMY';
ALTER DATABASE :"db" SET intervalstyle = 'sql_standard';
ALTER DATABASE :"db" SET timezone = 'Asia/Kathmandu';
ALTER DATABASE :"db" SET extra_float_digits = '-3';
ALTER DATABASE :"db" SET bytea_output = 'escape';
ALTER DATABASE :"db" SET search_path = shop, "Mixed Case", public, ext;
ALTER DATABASE :"db" SET statement_timeout = '60s';
ALTER DATABASE :"db" SET lock_timeout = '20s';
ALTER DATABASE :"db" SET idle_in_transaction_session_timeout = '5s';
ALTER DATABASE :"db" SET default_text_search_config = 'pg_catalog.german';
