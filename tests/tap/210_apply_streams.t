# apply_streams: several groups from one consistent point, each with a stream of its own. They are made, drained, switched over and removed
# together, and go on after whatever happens to some of them.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my @two = ('--apply-streams', 2, '--jobs', 3);
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 8000); # larger than the gated table, which is not to be alone in its group
make_gate($template);
my $n = 0;

# A migration of its own for each case.
sub streaming
{
	my ($what, $code) = @_;
	my $m = clone_of($template, 'shop' . ++$n);
	case_of($what => sub { $code->($m) });
	drop_databases($m);
	return;
}

# What status says of the streams.
sub streams
{
	my ($m) = @_;
	my $report = json_of(pgbaton('--json', 'status', ends($m)));
	return @{ $report->{databases}[0]{streams} // [] };
}

# The source's publications, with their tables: "a,b c". Markers are not told.
sub published
{
	my ($m) = @_;
	return sql($source, $m->{database}, <<'SQL');
SELECT string_agg(tables, ' ' ORDER BY pubname) FROM (
	SELECT pubname, string_agg(tablename, ',' ORDER BY tablename) AS tables
	FROM pg_publication_tables WHERE schemaname <> 'pgbaton' GROUP BY pubname) AS publications
SQL
}

# As after any migration, whatever happened during it.
sub finish
{
	my ($m, $traffic, $n_slots) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	more_traffic($m);
	stop_traffic($m, $traffic);
	sql($source, $m->{database}, "INSERT INTO gated VALUES (100000, 'last'); INSERT INTO big VALUES (100000, 1, 'last')");
	wait_streams($m);
	# A crash empties unlogged tables; the switchover copies them anyway.
	check_same($m, sequences => 0, oracle => { exclude_tables => ['public.scratch'] });
	check_ledger($m);
	is(n_slots($source, $m->{database}), $n_slots, "the source has $n_slots slots");
	is(scalar streams($m), $n_slots, 'as many as there are streams');
	is(sql($source, $m->{database}, 'SELECT count(*) = count(DISTINCT (schemaname, tablename)) FROM pg_publication_tables'), 't', 'no table is in two of them');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	return;
}

streaming('three streams, from check to cleanup' => sub {
	my ($m) = @_;
	my @three = ('--apply-streams', 3);
	my $traffic = start_traffic($m, '--rate', 300);
	pgbaton_ok('check', ends($m), @three);
	my $plan = pgbaton_ok('migrate', ends($m), @three, '--dry-run');
	is(() = $plan->{out} =~ /^CREATE PUBLICATION /mg, 3, 'the plan has three publications');
	is(() = $plan->{out} =~ /^SELECT pg_catalog\.pg_copy_logical_replication_slot\('pgbaton_main_\d+_1', 'pgbaton_main_\d+_[23]'\);$/mg, 2, 'two copied slots');
	is(() = $plan->{out} =~ /^CREATE SUBSCRIPTION /mg, 3, 'and three subscriptions');
	is(orphans($source, $m->{database}), '', 'and nothing was made');
	return if pgbaton_ok('migrate', ends($m), @three)->{rc} != 0;
	my @streams = streams($m);
	is(join(' ', map { "$_->{name} $_->{state} " . ($_->{worker_running} ? 'runs' : 'stands') } @streams) =~ s/pgbaton_main_\d+/x/gr,
		'x_1 streaming runs x_2 streaming runs x_3 streaming runs', 'status has three streams');
	my $n_tables = sql($source, $m->{database},
		"SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND relpersistence = 'p' AND nspname !~ '^(pg_|information_schema|pgbaton\$)'");
	is(eval { my $sum = 0; $sum += $_->{tables} for @streams; $sum }, $n_tables, 'which have all tables');
	is(scalar(grep { $_->{tables} > 0 } @streams), 3, 'each of them some');
	like(pgbaton_ok('status', ends($m))->{out}, qr/pgbaton_main_\d+_3\s+streaming/, 'people are told too');
	more_traffic($m);
	return if pgbaton_ok('switchover', ends($m), '--yes')->{rc} != 0;
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
	is(n_slots($source, $m->{database}), 0, 'no forward slot is left');
	check_read_only($m, 'source');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	check_writable($m, 'target');
});

case_of('tables are spread by what is written to them' => sub {
	my $m = migration(source => $source, target => $target, database => 'spread');
	sql($source, 'postgres', 'CREATE DATABASE spread');
	sql($source, 'spread', <<"SQL") for ([ a => 1000 ], [ b => 900 ], [ c => 600 ], [ d => 500 ]);
CREATE TABLE $_->[0] (id int PRIMARY KEY, t text);
INSERT INTO $_->[0] SELECT i, repeat('x', CASE WHEN '$_->[0]' = 'd' THEN 500 ELSE 1 END) FROM generate_series(1, $_->[1]) AS i;
SQL
	wait_sql($source, 'spread', 'SELECT sum(n_tup_ins) FROM pg_stat_user_tables', 3000);
	kill_at($m, 'migrate.copy.slots', 'migrate', '--apply-streams', 2);
	is(published($m), 'a,d b,c', 'by their writes, largest first');
	is(sql($source, 'spread', 'SELECT count(*), count(DISTINCT confirmed_flush_lsn), count(DISTINCT (restart_lsn, catalog_xmin::text)) FROM pg_replication_slots'),
		'2|1|1', 'both slots begin at the same point');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	sql($source, 'spread', 'SELECT pg_stat_reset()');
	wait_sql($source, 'spread', 'SELECT sum(n_tup_ins) FROM pg_stat_user_tables', 0);
	drop_databases($m, 'target');
	pgbaton_ok('migrate', ends($m), '--apply-streams', 2);
	is(published($m), 'd a,b,c', 'by their size if nothing is written');
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m, 'target');
	pgbaton_ok('migrate', ends($m), '--apply-streams', 9);
	is(published($m), 'd a b c', 'no more of them than there are tables');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

# Killed, and run again.
for my $point (qw(migrate.copy.announced migrate.copy.first_slot migrate.copy.slots),
	grep { /\.(?:copy|subscribe|catch_up)\./ } steps('migrate'))
{
	streaming("killed at $point" => sub {
		my ($m) = @_;
		my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
		kill_at($m, $point, 'migrate', @two);
		check_writable($m, 'source', 'after the kill');
		return if pgbaton_ok('migrate', ends($m), @two)->{rc} != 0;
		finish($m, $traffic, 2);
	});
}

# In the middle of the copy: one table stands at the gate, the others are complete.
sub in_the_middle
{
	my ($what, $n_slots, $code, @more) = @_;
	streaming($what => sub {
		my ($m) = @_;
		my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
		my $gate = close_gate($m);
		my $migrate = start_pgbaton('migrate', ends($m), @two, @more);
		my $xmin = wait_at_gate($m, $migrate);
		is(join(' ', map { $_->{state} } streams($m)), 'copying copying', 'both groups are being copied');
		my $is_copied_again = ($code->($m, $migrate) // '') eq 'again';
		$gate->quit;
		my $result = $migrate->wait;
		pgbaton_ok('migrate', ends($m), @two) if ($result->{rc} // -1) != 0;
		is(PgbatonFlow::xmin_of_big($m), $xmin, 'what was complete was not copied again') if !$is_copied_again;
		finish($m, $traffic, $n_slots);
	});
	return;
}

sub kill_it
{
	my ($migrate) = @_;
	$migrate->kill('KILL');
	return $migrate->wait;
}

in_the_middle('SIGKILL in the middle of the copy', 3, sub { my ($m, $migrate) = @_; kill_it($migrate); return });
in_the_middle('the keeper is terminated in the middle of the copy', 3, sub {
	my ($m, $migrate) = @_;
	sql($source, $m->{database}, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgbaton main keeper'");
	wait_until('it connects again', sub { $migrate->err =~ /connecting again/ });
	return;
});
in_the_middle('the source crashes in the middle of the copy', 3, sub {
	my ($m, $migrate) = @_;
	$source->stop('immediate');
	$source->start;
	wait_until('it connects again', sub { $migrate->err =~ /connecting again/ });
	return;
});
in_the_middle('the target crashes in the middle of the copy', 2, sub { $target->stop('immediate'); $target->start; return });
for my $lost (1, 2)
{
	in_the_middle("slot $lost is lost with the snapshot", 2, sub {
		my ($m, $migrate) = @_;
		kill_it($migrate);
		sql($source, $m->{database}, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name ~ '_$lost\$' AND database = current_database()");
		return 'again';
	});
}
in_the_middle('the slots keep too much WAL', 2, sub {
	my ($m, $migrate) = @_;
	sql($source, $m->{database}, "SELECT pg_logical_emit_message(false, 'x', 'x'); SELECT pg_switch_wal()") for 1 .. 3;
	my $result = $migrate->wait;
	is($result->{rc}, 3, 'it is refused');
	like($result->{err}, qr/error: .*slots "\w+_1", "\w+_2" kept .* given up\n.*detail: .*\n.*hint: /, 'both are given up');
	is(n_slots($source, $m->{database}), 0, 'neither is left');
	return 'again';
}, '--max-wal-retained', '32MB');

# A group of which nothing was complete.
case_of('a group of one table' => sub {
	my $m = migration(source => $source, target => $target, database => 'lone');
	make_small($m, no_traffic => 1);
	make_gate($m);
	sql($source, 'lone', 'DROP TABLE child; UPDATE gated SET t = md5(t)') ;
	sql($source, 'lone', 'UPDATE gated SET t = md5(t); INSERT INTO arrival DEFAULT VALUES') for 1 .. 15;
	wait_sql($source, 'lone', "SELECT n_tup_ins + n_tup_upd FROM pg_stat_user_tables WHERE relname = 'gated'", 1700);
	my $gate = close_gate($m);
	my $migrate = start_pgbaton('migrate', ends($m), @two);
	my $xmin = wait_at_gate($m, $migrate);
	is(published($m), 'gated arrival,big', 'the table at the gate is alone');
	kill_it($migrate);
	$gate->quit;
	pgbaton_ok('migrate', ends($m), @two);
	is(PgbatonFlow::xmin_of_big($m), $xmin, 'the other group was complete');
	is(join(' ', map { $_->{name} =~ /_(\d+)$/ } streams($m)), '2 3', 'it stays, the first is made anew');
	sql($source, 'lone', "UPDATE gated SET t = 'x'; DELETE FROM big WHERE id % 2 = 0");
	wait_streams($m);
	check_same($m, sequences => 0);
	pgbaton_ok('switchover', ends($m), '--yes');
	check_reverse($m);
	check_same($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

# Given up half-way.
for my $point (qw(migrate.copy.announced migrate.copy.first_slot migrate.copy.slots migrate.subscribe.ending))
{
	streaming("cleanup after a kill at $point" => sub {
		my ($m) = @_;
		kill_at($m, $point, 'migrate', @two);
		pgbaton_ok('cleanup', ends($m), '--yes');
		check_nothing_left($m);
		check_writable($m, 'source');
	});
}
streaming('cleanup in the middle of the copy' => sub {
	my ($m) = @_;
	my $gate = close_gate($m);
	my $migrate = start_pgbaton('migrate', ends($m), @two);
	wait_at_gate($m, $migrate);
	kill_it($migrate);
	pgbaton_ok('cleanup', ends($m), '--yes');
	$gate->quit;
	check_nothing_left($m);
});

streaming('no room for the second slot' => sub {
	my ($m) = @_;
	my $free = sql($source, 'postgres', "SELECT current_setting('max_replication_slots')::int - count(*) FROM pg_replication_slots");
	sql($source, 'postgres', "SELECT pg_create_physical_replication_slot('taken_' || i) FROM generate_series(1, $free - 1) AS i");
	pgbaton_fails(3, qr/source-slots/, 'migrate', ends($m), @two);
	my $result = pgbaton('migrate', ends($m), @two, '--skip-check', 'source-slots');
	is($result->{rc}, 1, 'it fails if that check is skipped');
	like($result->{err}, qr/all replication slots are in use/, 'with the reason');
	is(n_slots($source, $m->{database}), 0, 'and leaves no slot that keeps WAL');
	sql($source, 'postgres', "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name ~ '^taken'");
	pgbaton_ok('migrate', ends($m), @two);
	wait_streams($m);
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
});

streaming('one of the streams stands still' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	pgbaton_ok('migrate', ends($m), @two);
	my ($second) = map { $_->{name} } grep { $_->{name} =~ /_2$/ } streams($m);
	sql($target, $m->{database}, "SET default_transaction_read_only = off; ALTER SUBSCRIPTION $second DISABLE");
	is(pgbaton('status', ends($m))->{rc}, 1, 'status is not healthy');
	pgbaton_fails(3, qr/subscription "$second" is disabled/, 'switchover', ends($m), '--yes');
	check_writable($m, 'source', 'all the same');
	sql($target, $m->{database}, "SET default_transaction_read_only = off; ALTER SUBSCRIPTION $second ENABLE");
	kill_at($m, 'switchover.point_of_no_return.ending', 'switchover', '--yes');
	pgbaton_ok('switchover', ends($m), '--yes');
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
});

# What check warns of, and what docs/limits.md says can be done.
case_of('a TRUNCATE in two parts' => sub {
	my $m = migration(source => $source, target => $target, database => 'parts');
	make_small($m, no_traffic => 1);
	wait_sql($source, 'parts', "SELECT sum(n_tup_ins) FROM pg_stat_user_tables WHERE relname IN ('big', 'child')", 1100);
	like(pgbaton_ok('check', ends($m), @two)->{out}, qr/truncate-in-parts.*"public\.child"/, 'check warns');
	unlike(pgbaton_ok('check', ends($m))->{out}, qr/WARNING\s+truncate-in-parts|public\.child/, 'but not if there is one stream');
	pgbaton_ok('migrate', ends($m), @two);
	is(published($m), 'big arrival,child', 'the two tables are in two groups');
	sql($source, 'parts', 'TRUNCATE big CASCADE');
	wait_until('status tells', sub { pgbaton('status', ends($m))->{out} =~ /cannot truncate a table referenced in a foreign key constraint/ });
	my $definition = sql($target, 'parts', "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'child_big_id_fkey'");
	sql($target, 'parts', 'SET default_transaction_read_only = off; ALTER TABLE child DROP CONSTRAINT child_big_id_fkey');
	wait_streams($m);
	sql($target, 'parts', "SET default_transaction_read_only = off; ALTER TABLE child ADD CONSTRAINT child_big_id_fkey $definition");
	sql($source, 'parts', "INSERT INTO big VALUES (1, 1, 'after'); INSERT INTO child VALUES (1, 1)");
	wait_streams($m);
	check_same($m, sequences => 0);
	pgbaton_ok('switchover', ends($m), '--yes');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

# A source that cannot copy slots.
case_of('PostgreSQL 10' => sub {
	my $old = server('old', '10');
	my $m = migration(source => $old, target => $target, database => 'ten');
	make_small($m, no_traffic => 1);
	my $refused = qr/apply-streams/;
	like(pgbaton_fails(3, $refused, 'check', ends($m), @two)->{out}, qr/FAILED\s+apply-streams\s+PostgreSQL 10 .* 2 apply streams\n.*detail: .*pg_copy_logical_replication_slot.*\n(?:.*\n)*?.*hint: .*--apply-streams/,
		'check refuses it, with the remedy');
	pgbaton_fails(3, $refused, 'migrate', ends($m), @two);
	is(orphans($old, 'ten'), '', 'and nothing was made');
	kill_at($m, 'migrate.copy.begun', 'migrate');
	pgbaton_fails(3, $refused, 'migrate', ends($m), @two);
	is(n_slots($old, 'ten'), 0, 'nor when it had begun');
	pgbaton_ok('migrate', ends($m));
	wait_forward($m);
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
});

done_testing();
