# Tables that are created on the source while a migration replicates join it: under traffic, killed anywhere and run again, so that status is
# healthy, switchover accepts, and a rollback brings them back. What sync cannot bring is told with its DDL, and nothing is half done.
use strict;
use warnings;

use PgbatonBlocks;
use PgbatonFlow;
use PgbatonTest;
use IPC::Run ();
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 300);
sql($source, 'template', <<'SQL');
CREATE TABLE old_name (id int PRIMARY KEY);
CREATE TABLE events (id int, at date NOT NULL, big_id int REFERENCES big, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX events_big ON events (big_id);
INSERT INTO events SELECT i, '2024-05-01', i FROM generate_series(1, 50) AS i;
SQL

my $hostile = (grep { /DROP TABLE/ } hostile_names())[0];
my $new = <<"SQL";
CREATE SCHEMA late;
CREATE TYPE late.mood AS ENUM ('good', 'bad');
CREATE FUNCTION late.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT \$1 + 1';
CREATE TABLE late.filled (id serial PRIMARY KEY, big_id int REFERENCES public.big, m late.mood DEFAULT 'good', t text, CHECK (late.f(id) > 1));
INSERT INTO late.filled (big_id, t) SELECT i % 300 + 1, repeat('x', 100) FROM generate_series(1, 5000) AS i;
CREATE INDEX ON late.filled (t, id);
COMMENT ON TABLE late.filled IS 'came late';
CREATE TABLE late.empty (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, filled_id int REFERENCES late.filled);
CREATE TABLE public.events_2 PARTITION OF public.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO public.events SELECT i, '2025-05-01', i FROM generate_series(1, 50) AS i;
CREATE TABLE late.parts (id int PRIMARY KEY, t text) PARTITION BY HASH (id);
CREATE TABLE late.parts_0 PARTITION OF late.parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE late.parts_1 PARTITION OF late.parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO late.parts SELECT i, 'p' FROM generate_series(1, 100) AS i;
CREATE TABLE late.@{[ quoted($hostile) ]} (id int PRIMARY KEY, @{[ quoted($hostile) ]} text);
INSERT INTO late.@{[ quoted($hostile) ]} VALUES (1, 'one');
CREATE UNLOGGED TABLE late.scratch (id int PRIMARY KEY);
INSERT INTO late.scratch VALUES (1);
CREATE VIEW late.v AS SELECT count(*) FROM late.filled;
SQL

# Parents and children of tables that are in different streams, all the time.
sub write_pairs
{
	my ($node, $from, $n) = @_;
	sql($node, 'shop', join ";\n", map { "BEGIN; INSERT INTO big VALUES ($_, 1, 'pair'); INSERT INTO late.filled (big_id) VALUES ($_);"
		. " INSERT INTO events VALUES ($_, '2025-06-01', $_); COMMIT" } $from .. $from + $n - 1);
	return;
}

sub same_counts
{
	my ($m, $what) = @_;
	my $query = 'SELECT (SELECT count(*) FROM late.filled), (SELECT count(*) FROM events), (SELECT count(*) FROM late.parts), (SELECT count(*) FROM events_2),'
	  . ' (SELECT count(*) FROM late.empty)';
	is(sql($m->{target}, $m->{database}, $query), sql($m->{source}, $m->{database}, $query), "the same rows: $what");
	return;
}

case_of('new tables of every kind, then switchover and rollback' => sub {
	my $m = clone_of($template, 'shop');
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	sql($source, 'shop', $new);
	is(pgbaton('status', ends($m))->{rc}, 1, 'status tells of the drift');
	like(pgbaton('switchover', ends($m), '--yes')->{err}, qr/pgbaton sync/, 'switchover refuses and says what to do');

	my $before = sql($target, 'shop', 'SELECT count(*) FROM pg_class');
	my $plan = pgbaton_ok('sync', ends($m), '--dry-run')->{out};
	like($plan, qr/CREATE TABLE "late"\."filled".*CREATE_REPLICATION_SLOT.*COPY.*CREATE SUBSCRIPTION.*VALIDATE CONSTRAINT/s, 'the plan has all of it');
	unlike($plan, qr/TABLE "public"\."big" \(/, 'and nothing that is there');
	is(sql($target, 'shop', 'SELECT count(*) FROM pg_class'), $before, 'a dry run changes nothing');
	is(n_slots($source, 'shop'), 1, 'nor does it make a slot');

	write_pairs($source, 1000, 50);
	my $writer = IPC::Run::start([ client_bin($m) . '/psql', '-X', '-q', '-d', conninfo($source, 'shop'), '-c',
		q{DO $$ BEGIN FOR i IN 2000 .. 3500 LOOP INSERT INTO big VALUES (i, 1, 'pair'); INSERT INTO late.filled (big_id) VALUES (i);
		INSERT INTO events VALUES (i, '2025-06-01', i); COMMIT; PERFORM pg_sleep(0.002); END LOOP; END $$} ]);
	my $document = block_json('sync', 'sync', ends($m));
	is($document->{databases}[0]{outcome}, 'synced', 'it joined while rows that refer to each other were written') if $document;
	$writer->finish;
	my $status = pgbaton('status', ends($m));
	is($status->{rc}, 0, 'status is healthy') or diag($status->{out});
	is(n_slots($source, 'shop'), 2, 'a stream more');
	is(sql($target, 'shop', 'SELECT count(*) FROM pg_constraint WHERE NOT convalidated'), 0, 'every foreign key was checked');
	is(sql($target, 'shop', q{SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'events_2'}),
		sql($source, 'shop', q{SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = 'events_2'}), 'the partition is attached');
	is(sql($target, 'shop', q{SELECT count(*) FROM pg_indexes WHERE tablename = 'events_2'}), 2, 'with its own indexes, and no others');
	is(block_json('sync', 'sync', ends($m))->{databases}[0]{outcome}, 'unchanged', 'twice: nothing to do');

	write_pairs($source, 4000, 20);
	more_traffic($m);
	return if pgbaton_ok('switchover', ends($m), '--yes')->{rc} != 0;
	more_traffic($m);
	write_pairs($target, 5000, 20);
	pgbaton_fails(3, qr/has been switched over/, 'sync', ends($m));
	wait_reverse($m);
	same_counts($m, 'after the switchover');
	return if pgbaton_ok('rollback', ends($m), '--yes')->{rc} != 0;
	write_pairs($source, 6000, 20);
	more_traffic($m);
	stop_traffic($m, $traffic);
	wait_forward($m);
	same_counts($m, 'after the rollback');
	check_ledger($m, 'source');
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

case_of('what has to be made by hand' => sub {
	my $m = clone_of($template, 'hand');
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	pgbaton_ok('sync', ends($m));
	sql($source, 'hand', q{CREATE TABLE joins (id int PRIMARY KEY); ALTER TABLE big ADD note text DEFAULT 'x', DROP COLUMN filler;
		ALTER TABLE child ALTER big_id TYPE bigint; ALTER TABLE old_name RENAME TO new_name; CREATE INDEX child_late ON child (big_id, id)});
	my $result = pgbaton('sync', ends($m), '--json');
	is($result->{rc}, 3, 'refused');
	is_deeply([ grep { $_->{action} eq 'added' } @{ json_of($result)->{databases}[0]{objects} } ] ? 1 : 0, 1, 'the new table is told');
	is(sql($target, 'hand', q{SELECT to_regclass('joins') IS NULL}), 't', 'but not made: nothing is half done');
	is(n_slots($source, 'hand'), 1, 'no slot either');
	pgbaton_fails(3, qr/have to be made on the target first/, 'sync', ends($m));
	my $ddl = join '', map { $_->{ddl} // '' } @{ json_of($result)->{databases}[0]{objects} };
	like($ddl, qr/ALTER TABLE public\.big ADD COLUMN note text DEFAULT 'x'::text;/, 'ADD COLUMN');
	like($ddl, qr/ALTER TABLE public\.big DROP COLUMN filler;/, 'DROP COLUMN');
	like($ddl, qr/if it was renamed, instead: ALTER TABLE "public"\."big" RENAME COLUMN "filler" TO "note"/, 'which may have been a rename');
	like($ddl, qr/ALTER TABLE public\.child ALTER COLUMN big_id TYPE bigint/, 'TYPE');
	like($ddl, qr/CREATE INDEX child_late/, 'CREATE INDEX');
	like($ddl, qr/ALTER TABLE "public"\."old_name" RENAME TO "new_name"/, 'RENAME');
	sql($target, 'hand', "SET default_transaction_read_only = off; $ddl");
	is(block_json('sync', 'sync', ends($m))->{databases}[0]{outcome}, 'synced', 'once it was made, it is accepted');
	is(pgbaton('status', ends($m))->{rc}, 0, 'and status is healthy');
	sql($source, 'hand', q{INSERT INTO new_name VALUES (1); INSERT INTO big (id, note) VALUES (9999, 'new')});
	wait_forward($m);
	is(sql($target, 'hand', 'SELECT count(*) FROM new_name'), 1, 'that of the renamed table, too');
	is(sql($target, 'hand', 'SELECT note FROM big WHERE id = 9999'), 'new', 'the streams go on');

	sql($source, 'hand', 'INSERT INTO joins VALUES (1); DROP TABLE joins; DROP TABLE child');
	pgbaton_ok('sync', ends($m));
	is(sql($target, 'hand', q{SELECT to_regclass('joins') IS NOT NULL}), 't', 'a dropped table stays on the target');
	is(sql($target, 'hand', q{SELECT count(*) FROM pg_subscription_rel WHERE srrelid IN ('joins'::regclass, 'child'::regclass)}), 0, 'but is not followed');
	is(pgbaton('status', ends($m))->{rc}, 0, 'status is healthy');
	sql($source, 'hand', 'CREATE TABLE joins (id int PRIMARY KEY, other text)');
	pgbaton_fails(3, qr/made on the target first/, 'sync', ends($m));
	sql($target, 'hand', 'SET default_transaction_read_only = off; DROP TABLE joins');
	pgbaton_ok('sync', ends($m));
	sql($source, 'hand', 'DROP TABLE joins; CREATE TABLE joins (id int PRIMARY KEY, third text); INSERT INTO joins VALUES (1)');
	pgbaton_fails(3, qr/made on the target first/, 'sync', ends($m));
	pgbaton_ok('sync', ends($m), '--yes');
	is(sql($target, 'hand', 'SELECT count(third) + count(*) FROM joins'), '1', 'made anew: with --yes it is dropped and copied');
	sql($source, 'hand', 'CREATE TABLE out_of_it (id int PRIMARY KEY)');
	pgbaton_ok('sync', ends($m), '--exclude', 'public.out_of_it');
	is(sql($target, 'hand', q{SELECT to_regclass('out_of_it') IS NULL}), 't', 'what the patterns leave out stays out');
	sql($source, 'hand', 'DROP TABLE out_of_it');
	is(pgbaton('switchover', ends($m), '--yes')->{rc}, 0, 'the switchover accepts');
	drop_databases($m);
});

my $kills = migration(source => $source, target => $target, database => 'killed');
case_of('killed anywhere' => sub {
	my $m = clone_of($template, 'killed');
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	my $n = 0;
	my @points = grep { /\.ending$|schema\.done|ready|copy\.begun/ } steps('sync');
	for my $point (@points, 'migrate.copy.announced', 'migrate.copy.first_slot', 'migrate.copy.slots')
	{
		next if $point !~ ($ENV{PGBATON_TEST_POINTS} // '.');
		$n++;
		sql($source, 'killed', "CREATE TABLE late_$n (id serial PRIMARY KEY, big_id int REFERENCES big);"
			. " INSERT INTO late_$n (big_id) SELECT i FROM generate_series(1, 200) AS i");
		kill_at($m, $point, 'sync');
		check_writable($m, 'source', "after the kill at $point");
		my $result = pgbaton('sync', ends($m));
		is($result->{rc}, 0, "$point: run again, it completes") or diag($result->{err});
		sql($source, 'killed', "INSERT INTO late_$n (big_id) VALUES (1)");
		last if $result->{rc} != 0;
	}
	wait_forward($m);
	is(sql($target, 'killed', join ' + ', 'SELECT 0', map { "(SELECT count(*) FROM late_$_)" } 1 .. $n), $n * 201, 'every row is there once');
	is(n_slots($source, 'killed'), $n + 1, 'each has its slot, and there is no other');
	is(pgbaton('status', ends($m))->{rc}, 0, 'status is healthy');
	return if pgbaton_ok('switchover', ends($m), '--yes')->{rc} != 0;
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

case_of('from 10 to 18, two databases, several streams' => sub {
	my ($old, $new) = (server('oldest', '10'), server('newest', '18'));
	my @m = map { migration(source => $old, target => $new, database => $_, options => [ '--databases', 'one,two' ]) } qw(one two);
	for my $m (@m)
	{
		make_small($m, rows => 300);
		sql($old, $m->{database}, q{CREATE TABLE events (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
			CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01'); ALTER TABLE events_1 ADD PRIMARY KEY (id, at)});
	}
	return if pgbaton_ok('migrate', ends($m[0]))->{rc} != 0;
	for my $m (@m)
	{
		sql($old, $m->{database}, q{CREATE TABLE late (id serial PRIMARY KEY, big_id int REFERENCES big); INSERT INTO late (big_id) SELECT generate_series(1, 100);
			CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); ALTER TABLE events_2 ADD PRIMARY KEY (id, at);
			INSERT INTO events VALUES (1, '2025-02-02'); CREATE TABLE made (id int PRIMARY KEY, at timestamptz DEFAULT now())});
		sql($new, $m->{database}, 'SET default_transaction_read_only = off; CREATE TABLE made (id int PRIMARY KEY, at timestamptz DEFAULT now())');
	}
	sql($old, 'two', 'ALTER TABLE big ADD note text NOT NULL DEFAULT $$x$$');
	is(pgbaton('sync', ends($m[0]))->{rc}, 3, 'one of them needs a hand');
	is(sql($new, 'one', q{SELECT to_regclass('late') IS NULL}), 't', 'so nothing was done in the other either');
	sql($new, 'two', 'SET default_transaction_read_only = off; ALTER TABLE big ADD note text NOT NULL DEFAULT $$x$$');
	my $document = block_json('sync', 'sync', ends($m[0])) or return;
	is_deeply([ map { $_->{outcome} } @{ $document->{databases} } ], [ 'synced', 'synced' ], 'both are in');
	is(scalar(grep { $_->{action} eq 'joined' && $_->{name} eq 'made' } @{ $document->{databases}[0]{objects} }), 1, 'a table that was made by hand joined');
	for my $m (@m)
	{
		is(sql($new, $m->{database}, 'SELECT (SELECT count(*) FROM late), (SELECT count(*) FROM events)'), '100|1', "$m->{database}: rows are there");
		check_same($m, sequences => 0);
	}
	is(pgbaton('status', ends($m[0]))->{rc}, 0, 'status is healthy');
	is(pgbaton('switchover', ends($m[0]), '--yes')->{rc}, 0, 'the switchover accepts');
});

done_testing();
