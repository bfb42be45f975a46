# Databases and servers that are not what one expects: each is moved right, or refused before anything is made.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '16', target => '17', map { ("${_}_opt" => { scram => 1 }) } qw(source target));
my $n = 0;

# A database made by SQL; with => what CREATE DATABASE is given.
sub surprise
{
	my ($what, $sql, $code, %opt) = @_;
	my $m = migration(source => $source, target => $target, database => 'surprise_' . ++$n);
	sql($source, 'postgres', "CREATE DATABASE $m->{database} " . ($opt{with} // ''));
	sql($source, $m->{database}, "CREATE TABLE public.arrival (id bigserial PRIMARY KEY, at timestamptz DEFAULT now()); $sql");
	case_of($what => sub { $code->($m) });
	drop_databases($m);
	return;
}

# $write is done on the source between migrate and switchover. Where the text has no Unicode the oracle cannot look: sum is asked of both
# sides instead. switchover => further options of it.
sub moves
{
	my ($m, $write, %opt) = @_;
	my @switchover = @{ $opt{switchover} // [] };
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	sql($source, $m->{database}, $write) if $write;
	wait_forward($m);
	return if pgbaton_ok('switchover', ends($m), '--yes', @switchover)->{rc} != 0;
	my $is_followed = !grep { $_ eq '--no-reverse' } @switchover;
	if ($is_followed)
	{
		check_writable($m, 'target');
		check_reverse($m);
	}
	if (my $sum = $opt{sum})
	{
		isnt(sql($target, $m->{database}, $sum), '', 'there is something to compare');
		is(sql($target, $m->{database}, $sum), sql($source, $m->{database}, $sum), 'rows are equal');
	}
	else
	{
		check_same($m);
	}
	check_writable($m, 'target') if !$is_followed;
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	return;
}

surprise(
	'triggers that fire on replicated rows', <<'SQL',
CREATE TABLE t (id int PRIMARY KEY, n int);
CREATE TABLE audit (id bigserial PRIMARY KEY, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.audit (what) VALUES (TG_OP || NEW.id); RETURN NEW; END$$;
CREATE TRIGGER always AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE t ENABLE ALWAYS TRIGGER always;
CREATE UNLOGGED TABLE u (id int PRIMARY KEY);
CREATE TRIGGER always AFTER INSERT ON u FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE u ENABLE ALWAYS TRIGGER always;
INSERT INTO t SELECT i, i FROM generate_series(1, 10) AS i;
INSERT INTO u VALUES (100);
SQL
	sub {
		my ($m) = @_;
		my $found = pgbaton_ok('check', ends($m));
		like($found->{out}, qr/warning  always-triggers .*"public\.t\.always"\n.*--no-reverse/s, 'check tells of it');
		unlike(pgbaton_ok('check', ends($m), '--no-reverse')->{out}, qr/warning  always-triggers/, 'not where nothing comes back');
		like(pgbaton_ok('migrate', ends($m), '--dry-run')->{out}, qr/CREATE TRIGGER.*CREATE SUBSCRIPTION.*ENABLE ALWAYS TRIGGER/s, 'the plan enables it last');
		moves($m, 'INSERT INTO t VALUES (11, 11); INSERT INTO u VALUES (101)', switchover => ['--no-reverse']);
	});

surprise(
	'bytes that have no Unicode', <<'SQL',
SET client_encoding = 'WIN1252';
CREATE TABLE t (id int PRIMARY KEY, t text);
INSERT INTO t SELECT i, E'a\x81\x8d\xe4' || i FROM generate_series(1, 10) AS i;
SQL
	sub { my ($m) = @_; moves($m, q{SET client_encoding = 'WIN1252'; INSERT INTO t VALUES (11, E'\x9d')},
			sum => q{SELECT string_agg(encode(convert_to(t, 'WIN1252'), 'hex'), ' ' ORDER BY id) FROM t}) },
	with => "TEMPLATE template0 ENCODING 'WIN1252' LC_COLLATE 'C' LC_CTYPE 'C'");

surprise(
	'bytes of no encoding', <<'SQL',
SET client_encoding = 'SQL_ASCII';
CREATE TABLE t (id int PRIMARY KEY, t text);
INSERT INTO t SELECT i, E'a\xff\xfe' || i FROM generate_series(1, 10) AS i;
SQL
	sub { my ($m) = @_; moves($m, q{INSERT INTO t VALUES (11, E'\xfd')},
			sum => q{SELECT string_agg(encode(convert_to(t, 'SQL_ASCII'), 'hex'), ' ' ORDER BY id) FROM t}) },
	with => "TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");

surprise(
	'settings of the database that disturb', <<'SQL',
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, i interval, f float8, b bytea, m money, x xml);
INSERT INTO t SELECT i, timestamptz '2024-02-03 04:05:06.789+01' + i * interval '1 day', i * interval '1 day 2 hours', i / 3.0, '\x00ff', i::text::money, '<a/>'
FROM generate_series(1, 10) AS i;
DO $$
DECLARE s text;
BEGIN
	FOREACH s IN ARRAY ARRAY['datestyle = ''SQL, DMY''', 'intervalstyle = sql_standard', 'bytea_output = escape', 'extra_float_digits = -3',
		'statement_timeout = ''50ms''', 'lock_timeout = ''1ms''', 'idle_in_transaction_session_timeout = ''20ms''', 'search_path = ''$user''',
		'default_transaction_isolation = serializable', 'default_transaction_deferrable = on', 'timezone = ''Asia/Kathmandu''', 'row_security = off',
		'standard_conforming_strings = off', 'backslash_quote = on', 'synchronous_commit = off', 'xmloption = document',
		'quote_all_identifiers = on', 'default_with_oids = off', 'check_function_bodies = off', 'default_tablespace = ''pg_default''', 'vacuum_defer_cleanup_age = 0',
		'synchronize_seqscans = on', 'enable_seqscan = off', 'work_mem = ''64kB''', 'client_min_messages = error']
	LOOP
		BEGIN
			EXECUTE pg_catalog.format('ALTER DATABASE %I SET %s', current_database(), s);
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
	END LOOP;
END$$;
SQL
	sub {
		my ($m) = @_;
		local $PgbatonTest::deadline = 60;
		moves($m, "SET statement_timeout = 0; SET search_path = public; INSERT INTO t SELECT i, now(), '1 day', i / 7.0, '\\x01', '1', '<b/>' FROM generate_series(11, 20) AS i");
	});

surprise(
	'identity columns, generated ones, and defaults that are not evaluated again', <<'SQL',
CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, r float8 DEFAULT random(), g text GENERATED ALWAYS AS ('g' || '1') STORED, dropped int, late int);
INSERT INTO t (dropped) SELECT i FROM generate_series(1, 20) AS i;
ALTER TABLE t DROP dropped;
ALTER TABLE t ADD filled float8 DEFAULT 4.5;
SQL
	sub { my ($m) = @_; moves($m, 'INSERT INTO t (late) VALUES (1); UPDATE t SET late = 2 WHERE id = 3; DELETE FROM t WHERE id = 4') });

surprise(
	'truncate and restart', <<'SQL',
CREATE TABLE p (id serial PRIMARY KEY);
CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p);
CREATE TABLE lonely (id int PRIMARY KEY);
INSERT INTO p SELECT FROM generate_series(1, 30);
INSERT INTO c SELECT i, i FROM generate_series(1, 30) AS i;
INSERT INTO lonely SELECT i FROM generate_series(1, 30) AS i;
SQL
	sub {
		my ($m) = @_;
		moves($m, 'TRUNCATE p RESTART IDENTITY CASCADE; INSERT INTO p DEFAULT VALUES; INSERT INTO c VALUES (5, 1); TRUNCATE ONLY lonely; INSERT INTO lonely VALUES (3)');
	});

surprise(
	'event triggers that forbid everything', <<'SQL',
CREATE TABLE t (id int PRIMARY KEY);
CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no DDL here'; END$$;
CREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no();
SQL
	sub { my ($m) = @_; moves($m, 'INSERT INTO t VALUES (1)') });

# Writes could not be moved to a server that stays read-only by itself.
for my $how ([ 'by ALTER SYSTEM', 'ALTER SYSTEM SET default_transaction_read_only = on', 'ALTER SYSTEM RESET default_transaction_read_only' ])
{
	surprise(
		"a target that is read-only $how->[0]", 'CREATE TABLE t (id int PRIMARY KEY)',
		sub {
			my ($m) = @_;
			pgbaton_ok('migrate', ends($m));
			sql($target, 'postgres', $how->[1]);
			$target->reload;
			wait_sql($target, 'postgres', 'SHOW default_transaction_read_only', 'on');
			pgbaton_fails(3, qr/read.only/, 'switchover', ends($m), '--yes');
			check_writable($m, 'source', 'after the refusal');
			sql($target, 'postgres', "SET default_transaction_read_only = off; $how->[2]");
			$target->reload;
			wait_sql($target, 'postgres', 'SHOW default_transaction_read_only', 'off');
			pgbaton_ok('switchover', ends($m), '--yes');
			check_writable($m, 'target');
			pgbaton_ok('cleanup', ends($m), '--yes');
		});
}

# As on a rented server: nobody is a superuser.
case_of('roles that are no superusers' => sub {
	for my $node ($source, $target)
	{
		sql($node, 'postgres', "CREATE ROLE mover LOGIN REPLICATION CREATEDB CREATEROLE PASSWORD 'secret mover'; GRANT pg_create_subscription TO mover;
			GRANT pg_read_all_settings, pg_read_all_stats, pg_signal_backend TO mover");
	}
	sql($source, 'postgres', 'CREATE DATABASE plain OWNER mover');
	my $m = migration(source => $source, target => $target, database => 'plain');
	my $as_mover = sub { my ($sql) = @_; return sql($source, 'plain', "SET ROLE mover; $sql") };
	sql($source, 'plain', 'ALTER SCHEMA public OWNER TO mover');
	$as_mover->("CREATE TABLE public.arrival (id bigserial PRIMARY KEY, at timestamptz DEFAULT now()); CREATE TABLE t (id serial PRIMARY KEY, t text);
		INSERT INTO t (t) SELECT 'x' || i FROM generate_series(1, 100) AS i; CREATE UNLOGGED TABLE u (id int); INSERT INTO u VALUES (1);
		CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW mv AS SELECT count(*) FROM t");
	my @ends = map { ("--$_->[0]", conninfo($_->[1], 'plain', tcp => 1, user => 'mover', password => 'secret mover')) } [ source => $source ], [ target => $target ];
	pgbaton_ok('check', @ends);
	return if pgbaton_ok('migrate', @ends)->{rc} != 0;
	$as_mover->("INSERT INTO t (t) VALUES ('streamed'); INSERT INTO u VALUES (2)");
	pgbaton_ok('status', @ends);
	return if pgbaton_ok('switchover', @ends, '--yes')->{rc} != 0;
	check_read_only($m, 'source');
	check_writable($m, 'target');
	check_reverse($m);
	check_same($m);
	pgbaton_ok('cleanup', @ends, '--yes');
	check_nothing_left($m);
});

done_testing();
