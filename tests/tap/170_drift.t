# DDL on the source after migrate has read the schema: whatever pg_dump would write is noticed, status names it, switchover refuses, and undoing
# the DDL is enough. What is no DDL is not taken for it.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 300);
sql($source, 'postgres', 'CREATE ROLE drifter; CREATE ROLE other');
sql($source, 'template', <<'SQL');
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('good', 'bad');
CREATE TYPE app.pair AS (a int, b text);
CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1';
CREATE FUNCTION app.to_int(app.pair) RETURNS int LANGUAGE sql AS 'SELECT $1.a';
CREATE PROCEDURE app.p() LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE FUNCTION app.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION app.et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE AGGREGATE app.total (int) (sfunc = int4pl, stype = int, initcond = '0');
CREATE TABLE app.orders (id bigserial PRIMARY KEY, n int DEFAULT 1, t text COLLATE "C", m app.mood, CHECK (n > 0));
CREATE INDEX orders_n ON app.orders (n);
CREATE TABLE app.events (id int, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE app.events_1 PARTITION OF app.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
ALTER TABLE app.events REPLICA IDENTITY FULL;
ALTER TABLE app.events_1 REPLICA IDENTITY FULL;
CREATE TRIGGER t1 BEFORE UPDATE ON app.orders FOR EACH ROW EXECUTE FUNCTION app.trg();
CREATE POLICY mine ON app.orders USING (n > 0);
CREATE VIEW app.v AS SELECT id, n FROM app.orders WHERE t < 'x';
CREATE RULE r AS ON DELETE TO app.v DO INSTEAD NOTHING;
CREATE MATERIALIZED VIEW app.mv AS SELECT n, count(*) AS c FROM app.orders GROUP BY n;
CREATE UNIQUE INDEX mv_n ON app.mv (n);
CREATE SEQUENCE app.seq;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION app.et();
CREATE STATISTICS app.stats ON n, t FROM app.orders;
CREATE EXTENSION hstore SCHEMA app;
CREATE EXTENSION postgres_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere');
CREATE FOREIGN TABLE app.away (id int) SERVER far;
CREATE USER MAPPING FOR drifter SERVER far OPTIONS (user 'a');
CREATE COLLATION app.bytes (locale = 'C');
CREATE TEXT SEARCH DICTIONARY app.dict (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = simple);
CREATE OPERATOR app.### (leftarg = int, rightarg = int, function = int4eq);
CREATE OPERATOR CLASS app.ops FOR TYPE int USING btree AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE CAST (app.pair AS int) WITH FUNCTION app.to_int(app.pair);
SQL

# DDL; what takes it back; all that is said of it.
my $orders = 'table "app.orders" was changed';
my @ddl = (
	[ 'CREATE TABLE app.late (id serial PRIMARY KEY)', 'DROP TABLE app.late', 'sequence "app.late_id_seq" was added', 'table "app.late" was added' ],
	[ 'ALTER TABLE app.orders RENAME TO bills', 'ALTER TABLE app.bills RENAME TO orders',
		'materialised view "app.mv" was changed', 'sequence "app.orders_id_seq" was changed', 'statistics object "app.stats" was changed',
		'table "app.bills" was added', 'table "app.orders" was dropped', 'view "app.v" was changed' ],
	[ 'ALTER TABLE app.orders ADD late int', 'ALTER TABLE app.orders DROP late', $orders ],
	[ 'ALTER TABLE child ALTER big_id TYPE bigint', 'ALTER TABLE child ALTER big_id TYPE int', 'table "public.child" was changed' ],
	[ 'ALTER TABLE app.orders ALTER n SET NOT NULL', 'ALTER TABLE app.orders ALTER n DROP NOT NULL', $orders ],
	[ 'ALTER TABLE app.orders ALTER n SET DEFAULT 2', 'ALTER TABLE app.orders ALTER n SET DEFAULT 1', $orders ],
	[ 'CREATE INDEX late ON app.orders (t) WHERE n > 1', 'DROP INDEX app.late', $orders ],
	[ 'ALTER TABLE app.orders ADD UNIQUE (t)', 'ALTER TABLE app.orders DROP CONSTRAINT orders_t_key', $orders ],
	[ 'ALTER TABLE app.orders ADD FOREIGN KEY (n) REFERENCES big NOT VALID', 'ALTER TABLE app.orders DROP CONSTRAINT orders_n_fkey', $orders ],
	[ 'ALTER TABLE app.orders ALTER n SET (n_distinct = 5)', 'ALTER TABLE app.orders ALTER n RESET (n_distinct)', $orders ],
	[ 'ALTER TABLE app.orders SET (fillfactor = 70)', 'ALTER TABLE app.orders RESET (fillfactor)', $orders ],
	[ 'ALTER TABLE app.orders REPLICA IDENTITY FULL', 'ALTER TABLE app.orders REPLICA IDENTITY DEFAULT', $orders ],
	[ 'ALTER TABLE app.orders DISABLE TRIGGER t1', 'ALTER TABLE app.orders ENABLE TRIGGER t1', $orders ],
	[ 'CREATE TRIGGER late AFTER INSERT ON app.orders EXECUTE FUNCTION app.trg()', 'DROP TRIGGER late ON app.orders', $orders ],
	[ 'ALTER POLICY mine ON app.orders USING (n > 1)', 'ALTER POLICY mine ON app.orders USING (n > 0)', $orders ],
	[ 'CREATE POLICY late ON app.orders TO drifter', 'DROP POLICY late ON app.orders', $orders ],
	[ 'ALTER TABLE app.orders ENABLE ROW LEVEL SECURITY', 'ALTER TABLE app.orders DISABLE ROW LEVEL SECURITY', $orders ],
	[ 'CREATE RULE late AS ON DELETE TO app.orders DO ALSO NOTHING', 'DROP RULE late ON app.orders', $orders ],
	[ 'GRANT SELECT ON app.orders TO drifter', 'REVOKE SELECT ON app.orders FROM drifter', $orders ],
	[ 'GRANT UPDATE (n) ON app.orders TO drifter', 'REVOKE UPDATE (n) ON app.orders FROM drifter', $orders ],
	[ 'ALTER TABLE child OWNER TO other', 'ALTER TABLE child OWNER TO postgres', 'table "public.child" was changed' ],
	[ "CREATE TABLE app.events_2 PARTITION OF app.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')", 'DROP TABLE app.events_2',
		'table "app.events_2" was added' ],
	[ 'ALTER TABLE app.events DETACH PARTITION app.events_1',
		"ALTER TABLE app.events ATTACH PARTITION app.events_1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
		'table "app.events_1" was changed' ],
	[ "CREATE OR REPLACE VIEW app.v AS SELECT id, n FROM app.orders WHERE t < 'y'",
		"CREATE OR REPLACE VIEW app.v AS SELECT id, n FROM app.orders WHERE t < 'x'", 'view "app.v" was changed' ],
	[ 'CREATE VIEW app.late AS SELECT 1 AS one', 'DROP VIEW app.late', 'view "app.late" was added' ],
	[ 'DROP RULE r ON app.v', 'CREATE RULE r AS ON DELETE TO app.v DO INSTEAD NOTHING', 'view "app.v" was changed' ],
	[ 'GRANT SELECT ON app.v TO drifter', 'REVOKE SELECT ON app.v FROM drifter', 'view "app.v" was changed' ],
	[ 'DROP INDEX app.mv_n', 'CREATE UNIQUE INDEX mv_n ON app.mv (n)', 'materialised view "app.mv" was changed' ],
	[ 'DROP VIEW app.v', "CREATE VIEW app.v AS SELECT id, n FROM app.orders WHERE t < 'x'; CREATE RULE r AS ON DELETE TO app.v DO INSTEAD NOTHING",
		'view "app.v" was dropped' ],
	[ 'CREATE SEQUENCE app.late', 'DROP SEQUENCE app.late', 'sequence "app.late" was added' ],
	[ 'ALTER SEQUENCE app.seq INCREMENT 2', 'ALTER SEQUENCE app.seq INCREMENT 1', 'sequence "app.seq" was changed' ],
	[ 'ALTER SEQUENCE app.seq OWNED BY app.orders.n', 'ALTER SEQUENCE app.seq OWNED BY NONE', 'sequence "app.seq" was changed' ],
	[ 'GRANT USAGE ON SEQUENCE app.seq TO drifter', 'REVOKE USAGE ON SEQUENCE app.seq FROM drifter', 'sequence "app.seq" was changed' ],
	[ "CREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 2'",
		"CREATE OR REPLACE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1'", 'function "app.f(a integer)" was changed' ],
	[ 'CREATE FUNCTION app.f(text) RETURNS int LANGUAGE sql RETURN 1', 'DROP FUNCTION app.f(text)', 'function "app.f(text)" was added' ],
	[ 'ALTER FUNCTION app.f(int) SECURITY DEFINER', 'ALTER FUNCTION app.f(int) SECURITY INVOKER', 'function "app.f(a integer)" was changed' ],
	[ 'REVOKE EXECUTE ON FUNCTION app.f(int) FROM public', 'GRANT EXECUTE ON FUNCTION app.f(int) TO public', 'function "app.f(a integer)" was changed' ],
	[ 'ALTER PROCEDURE app.p() SET work_mem = 64', 'ALTER PROCEDURE app.p() RESET work_mem', 'procedure "app.p()" was changed' ],
	[ "CREATE OR REPLACE AGGREGATE app.total (int) (sfunc = int4pl, stype = int, initcond = '1')",
		"CREATE OR REPLACE AGGREGATE app.total (int) (sfunc = int4pl, stype = int, initcond = '0')", 'aggregate "app.total(integer)" was changed' ],
	[ "ALTER TYPE app.mood RENAME VALUE 'bad' TO 'worse'", "ALTER TYPE app.mood RENAME VALUE 'worse' TO 'bad'", $orders, 'type "app.mood" was changed' ],
	[ 'ALTER TYPE app.pair RENAME ATTRIBUTE b TO c', 'ALTER TYPE app.pair RENAME ATTRIBUTE c TO b', 'type "app.pair" was changed' ],
	[ 'CREATE TYPE app.late AS RANGE (subtype = int)', 'DROP TYPE app.late', 'type "app.late" was added' ],
	[ 'ALTER DOMAIN app.positive SET DEFAULT 1', 'ALTER DOMAIN app.positive DROP DEFAULT', 'domain "app.positive" was changed' ],
	[ 'ALTER DOMAIN app.positive ADD CONSTRAINT late CHECK (VALUE < 9)', 'ALTER DOMAIN app.positive DROP CONSTRAINT late', 'domain "app.positive" was changed' ],
	[ 'CREATE SCHEMA late', 'DROP SCHEMA late', 'schema "late" was added' ],
	[ 'GRANT USAGE ON SCHEMA app TO drifter', 'REVOKE USAGE ON SCHEMA app FROM drifter', 'schema "app" was changed' ],
	[ 'ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO drifter', 'ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM drifter',
		'default privileges "tables of postgres in schema app" was added' ],
	[ 'CREATE OPERATOR app.#### (rightarg = int, function = int4up)', 'DROP OPERATOR app.#### (NONE, int)', 'operator "app.####(-, integer)" was added' ],
	[ 'ALTER OPERATOR app.### (int, int) SET (RESTRICT = eqsel)', 'ALTER OPERATOR app.### (int, int) SET (RESTRICT = NONE)',
		'operator "app.###(integer, integer)" was changed' ],
	[ 'ALTER OPERATOR CLASS app.ops USING btree OWNER TO other', 'ALTER OPERATOR CLASS app.ops USING btree OWNER TO postgres',
		'operator class "app.ops for btree" was changed' ],
	[ 'ALTER OPERATOR FAMILY app.ops USING btree ADD FUNCTION 2 (int, int) btint4sortsupport(internal)',
		'ALTER OPERATOR FAMILY app.ops USING btree DROP FUNCTION 2 (int, int)', 'operator family "app.ops for btree" was changed' ],
	[ 'DROP CAST (app.pair AS int)', 'CREATE CAST (app.pair AS int) WITH FUNCTION app.to_int(app.pair)', 'cast "app.pair as integer" was dropped' ],
	[ 'ALTER COLLATION app.bytes OWNER TO other', 'ALTER COLLATION app.bytes OWNER TO postgres', 'collation "app.bytes" was changed' ],
	[ q(CREATE CONVERSION app.late FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8), 'DROP CONVERSION app.late', 'conversion "app.late" was added' ],
	[ 'ALTER TEXT SEARCH DICTIONARY app.dict (accept = false)', 'ALTER TEXT SEARCH DICTIONARY app.dict (accept)', 'text search dictionary "app.dict" was changed' ],
	[ 'ALTER TEXT SEARCH CONFIGURATION app.words ALTER MAPPING FOR word WITH app.dict',
		'ALTER TEXT SEARCH CONFIGURATION app.words ALTER MAPPING FOR word WITH simple', 'text search configuration "app.words" was changed' ],
	[ 'CREATE TEXT SEARCH PARSER app.late (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
		'DROP TEXT SEARCH PARSER app.late', 'text search parser "app.late" was added' ],
	[ 'CREATE TEXT SEARCH TEMPLATE app.late (LEXIZE = dsimple_lexize)', 'DROP TEXT SEARCH TEMPLATE app.late', 'text search template "app.late" was added' ],
	[ 'CREATE EXTENSION citext SCHEMA app', 'DROP EXTENSION citext', 'extension "citext" was added' ],
	[ 'ALTER EXTENSION hstore SET SCHEMA public', 'ALTER EXTENSION hstore SET SCHEMA app', 'extension "hstore" was changed' ],
	[ 'CREATE FOREIGN DATA WRAPPER late', 'DROP FOREIGN DATA WRAPPER late', 'foreign-data wrapper "late" was added' ],
	[ "ALTER SERVER far OPTIONS (SET host 'here')", "ALTER SERVER far OPTIONS (SET host 'nowhere')", 'server "far" was changed' ],
	[ 'ALTER FOREIGN TABLE app.away ADD late int', 'ALTER FOREIGN TABLE app.away DROP late', 'foreign table "app.away" was changed' ],
	[ "ALTER USER MAPPING FOR drifter SERVER far OPTIONS (SET user 'b')", "ALTER USER MAPPING FOR drifter SERVER far OPTIONS (SET user 'a')",
		'user mapping "drifter on far" was changed' ],
	[ 'ALTER EVENT TRIGGER watch DISABLE', 'ALTER EVENT TRIGGER watch ENABLE', 'event trigger "watch" was changed' ],
	[ 'ALTER STATISTICS app.stats SET STATISTICS 7', 'ALTER STATISTICS app.stats SET STATISTICS -1', 'statistics object "app.stats" was changed' ],
	[ 'CREATE ACCESS METHOD late TYPE TABLE HANDLER heap_tableam_handler', 'DROP ACCESS METHOD late', 'access method "late" was added' ],
	[ 'CREATE LANGUAGE late HANDLER plpgsql_call_handler', 'DROP LANGUAGE late', 'language "late" was added' ],
	[ 'CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal))',
		'DROP TRANSFORM FOR int LANGUAGE sql', 'transform "integer for sql" was added' ]);

# What status says is wrong, without the end that all drifts have.
sub problems
{
	my ($m, $rc) = @_;
	my $result = pgbaton('--json', 'status', ends($m));
	is($result->{rc}, $rc, "status ends with $rc") or diag($result->{err});
	return [ sort map { $_->{message} =~ s/ on the source$//r } @{ json_of($result)->{databases}[0]{problems} } ];
}

sub check_untouched
{
	my ($m) = @_;
	check_writable($m, 'source', 'after the refusal');
	check_read_only($m, 'target');
	is(n_slots($m->{target}, $m->{target_database}), 0, 'nothing of the way back is left');
	return;
}

case_of('every kind of DDL' => sub {
	my $m = clone_of($template, 'kinds');
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	for my $case (@ddl)
	{
		my ($there, $back, @expected) = @$case;
		sql($source, 'kinds', $there);
		is_deeply(problems($m, 1), \@expected, "told: $there");
		my $regex = join '.*', map { quotemeta } @expected[ 0 .. ($#expected > 4 ? 4 : $#expected) ];
		pgbaton_fails(3, qr/$regex/, 'switchover', ends($m), '--yes');
		sql($source, 'kinds', $back);
	}
	is_deeply(problems($m, 0), [], 'nothing is left of it');
	check_untouched($m);
	sql($source, 'kinds', 'GRANT SELECT ON ALL TABLES IN SCHEMA pg_catalog TO drifter; COMMENT ON TABLE app.orders IS $$late$$');
	is_deeply(problems($m, 0), [], 'grants on system objects and comments are not compared');
	pgbaton_ok('switchover', ends($m), '--yes');
	check_same($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

# The writers go on; what comes after the gates is noticed before the pause or in it.
case_of('DDL during the switchover' => sub {
	my $m = clone_of($template, 'meanwhile');
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	for my $case (
		[ 'CREATE SEQUENCE app.late', 'DROP SEQUENCE app.late', qr/sequence "app\.late" was added/ ],
		[ 'ALTER TABLE big ADD late int', 'ALTER TABLE big DROP late', qr/table "public\.big" was changed/ ])
	{
		my ($there, $back, $regex) = @$case;
		my $session = $source->background_psql('meanwhile');
		$session->query_safe('BEGIN; UPDATE big SET n = n WHERE id = 1');
		my $switchover = start_pgbaton('switchover', ends($m), '--yes', '--pause-budget-ms', '60s');
		wait_sql($source, 'postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'pgbaton main fence' AND wait_event_type = 'Lock'");
		$session->query_safe("$there; COMMIT");
		my $result = $switchover->wait;
		is($result->{rc}, 3, "refused: $there") or diag($result->{err});
		like($result->{err}, $regex, 'it says why');
		$session->quit;
		check_untouched($m);
		sql($source, 'meanwhile', $back);
	}
	pgbaton_ok('switchover', ends($m), '--yes');
	check_same($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

# The new table is not published, whatever it looks like.
case_of('a table and a column dropped and made again' => sub {
	my $m = clone_of($template, 'again');
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	sql($source, 'again', 'ALTER TABLE app.orders DROP m, ADD m app.mood');
	is_deeply(problems($m, 1), [$orders], 'another column of the same name');
	sql($source, 'again', 'DROP TABLE child; CREATE TABLE child (id int PRIMARY KEY, big_id int REFERENCES big, UNIQUE (big_id, id))');
	is_deeply(problems($m, 1), [ $orders, 'table "public.child" was changed' ], 'another table of the same name');
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

case_of('what is left out' => sub {
	my $m = clone_of($template, 'part');
	sql($source, 'part', <<'SQL');
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.t (id serial);
CREATE FUNCTION elsewhere.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE app.skipped (id serial, n int);
CREATE VIEW app.of_skipped AS SELECT n FROM app.skipped;
SQL
	$m->{options} = [ '--exclude', 'elsewhere', '--exclude', 'app.skipped' ];
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	sql($source, 'part', <<'SQL');
ALTER TABLE elsewhere.t ADD late int;
ALTER SEQUENCE elsewhere.t_id_seq INCREMENT 2;
CREATE OR REPLACE FUNCTION elsewhere.f() RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE TYPE elsewhere.late AS ENUM ('a');
ALTER TABLE app.skipped ADD late int;
ALTER SEQUENCE app.skipped_id_seq INCREMENT 2;
CREATE OR REPLACE VIEW app.of_skipped AS SELECT n + 1 - 1 AS n FROM app.skipped;
GRANT SELECT ON app.of_skipped TO drifter;
GRANT USAGE ON SCHEMA elsewhere TO drifter;
SQL
	is_deeply(problems($m, 0), [], 'is not compared');
	sql($source, 'part', 'CREATE VIEW app.late AS SELECT 1 AS one');
	is_deeply(problems($m, 1), ['view "app.late" was added'], 'the rest is');
	sql($source, 'part', 'DROP VIEW app.late');
	pgbaton_ok('switchover', ends($m), '--yes');
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

case_of('no DDL is taken for any' => sub {
	my $m = clone_of($template, 'calm');
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	sql($source, 'calm', "ALTER SYSTEM SET $_") for "lc_messages = 'C'", "datestyle = 'german'", "search_path = 'app, public'", "extra_float_digits = '0'";
	sql($source, 'calm', <<'SQL');
SELECT pg_reload_conf();
SELECT nextval('app.seq'), setval('public.counter', 4711);
INSERT INTO app.orders (n, t, m) SELECT i, 'x' || i, 'good' FROM generate_series(1, 1000) AS i;
UPDATE app.orders SET n = n + 1;
TRUNCATE app.events;
CREATE TEMP TABLE mine (id serial PRIMARY KEY, t text);
CREATE TEMP VIEW of_mine AS SELECT * FROM mine;
CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1';
REFRESH MATERIALIZED VIEW app.mv;
REFRESH MATERIALIZED VIEW CONCURRENTLY app.mv;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO drifter;
GRANT ALL ON SCHEMA app TO drifter;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA app TO drifter;
REVOKE SELECT ON ALL TABLES IN SCHEMA app FROM drifter;
REVOKE ALL ON SCHEMA app FROM drifter;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA app FROM drifter;
CLUSTER app.orders USING orders_n;
REINDEX TABLE app.orders;
ANALYZE;
SQL
	sql($source, 'calm', $_) for 'VACUUM FULL app.orders', 'VACUUM (FREEZE, ANALYZE)', 'REINDEX TABLE CONCURRENTLY app.orders', 'CHECKPOINT';
	# autovacuum at once
	sql($source, 'calm', "ALTER SYSTEM SET $_") for "autovacuum_naptime = '1s'", "autovacuum_vacuum_scale_factor = '0'", "autovacuum_vacuum_threshold = '1'";
	sql($source, 'calm', 'SELECT pg_reload_conf(); DELETE FROM app.orders WHERE id % 2 = 0');
	wait_sql($source, 'calm', "SELECT autovacuum_count > 0 FROM pg_stat_user_tables WHERE relid = 'app.orders'::regclass");
	is_deeply(problems($m, 0), [], 'nothing to tell');
	more_traffic($m);
	pgbaton_ok('switchover', ends($m), '--yes');
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
});

done_testing();
