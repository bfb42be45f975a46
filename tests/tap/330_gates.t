# The gates of a handover: each refuses, names what is in the way and how to mend it, and lets itself be skipped; the moment of --at and
# --when-lag-below; and what becomes of sessions that are in the way of the locks. Every case ends in a refusal that leaves the source in use,
# or in a switchover that loses no row.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;
use Time::HiRes ();

my ($source, $target) = pair(source => '15', target => '17', source_opt => { conf => 'max_prepared_transactions = 5' });
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 300);
sql($source, 'template', <<'SQL');
CREATE TABLE numbers (small_id smallserial, id serial PRIMARY KEY, own int GENERATED ALWAYS AS IDENTITY, fed int);
CREATE SEQUENCE feeds_int OWNED BY numbers.fed;
CREATE SEQUENCE goes_down INCREMENT -1;
CREATE SEQUENCE goes_round AS smallint CYCLE;
CREATE SEQUENCE has_end MAXVALUE 1000;
CREATE TABLE filled (id int PRIMARY KEY, t text);
INSERT INTO filled SELECT i, repeat('x', 500) FROM generate_series(1, 5000) AS i;
CREATE TABLE slowly (LIKE filled INCLUDING ALL) WITH (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_insert_threshold = -1,
	autovacuum_analyze_threshold = 1000000000, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 10);
INSERT INTO slowly SELECT i, repeat('x', 500) FROM generate_series(1, 20000) AS i;
SQL

sub ready
{
	return ready_clone($template, @_);
}

# As if nobody had tried to switch over.
sub check_untouched
{
	my ($m, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	check_writable($m, 'source', $what);
	is(n_slots($target, $m->{database}), 0, "nothing of the way back is left on the target $what");
	is(sql($source, $m->{database}, "SELECT count(*) FROM pg_subscription WHERE subname ~ '^pgbaton_'"), 0, 'nor on the source');
	return;
}

# The states of the gates by name, and the texts of one, as a dry run tells them.
sub look
{
	my ($m, $rc, $command, @options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton('--json', $command, ends($m), '--dry-run', @options);
	is($result->{rc}, $rc, "$command --dry-run @options ends with $rc") or diag($result->{err});
	my $gates = json_of($result)->{databases}[0]{gates} // [];
	return { map { $_->{name} => $_ } @$gates };
}

sub states
{
	my ($gates, $state) = @_;
	return join ' ', sort grep { $gates->{$_}{state} eq $state } keys %$gates;
}

sub write_to
{
	my ($m, $sql) = @_;
	return sql($target, $m->{database}, "SET default_transaction_read_only = off; $sql");
}

# A session of either side with an open transaction.
sub session
{
	my ($node, $m, $sql) = @_;
	my $session = $node->background_psql($m->{database});
	$session->query_safe("SET default_transaction_read_only = off; BEGIN; $sql");
	return $session;
}

sub psql_in_background
{
	my ($node, $m, @sql) = @_;
	return start_pgbaton('-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', conninfo($node, $m->{database}), (map { ('-c', $_) } @sql),
		{ program => $node->install_path . '/bin/psql' });
}

# One gate alone refuses, is skipped by its name, and passes afterwards. $break and $mend are code; $mend gets the hint.
sub gate
{
	my ($m, $name, $regex, $break, $mend, @options) = @_;
	subtest $name => sub {
		$break->();
		my $gates = look($m, 3, 'switchover', @options);
		is(states($gates, 'refused'), $name, 'it refuses, and no other does');
		is(states($gates, 'not run'), 'gate-lag', 'no marker is sent');
		my $texts = join "\n", map { $gates->{$name}{$_} // '' } qw(message detail hint);
		like($texts, $regex, 'it tells why');
		pgbaton_fails(3, $regex, 'switchover', ends($m), '--yes', @options);
		check_untouched($m, 'after the refusal');
		$gates = look($m, 0, 'switchover', @options, '--skip-check', $name);
		is(states($gates, 'skipped'), $name, 'it can be skipped');
		like($gates->{$name}{message}, $regex, 'and still tells what it has found') if $gates->{$name}{message} =~ $regex;
		$mend->($gates->{$name}{hint});
		$gates = look($m, 0, 'switchover', @options[ 0 .. -1 ]);
		is(states($gates, 'refused'), '', 'it passes when it is mended');
	};
	return;
}

ready('each gate' => sub {
	my ($m) = @_;
	my $db = $m->{database};
	my $session;
	my $end = sub { $session->query_safe('ROLLBACK'); $session->quit };
	my $follow = sub { my ($hint) = @_; follow($target, $hint =~ /(PGOPTIONS=.*)/) };

	gate($m, 'gate-prepared-transactions', qr/in 'doubt'|'in doubt'/,
		sub { sql($source, $db, "BEGIN; INSERT INTO child VALUES (1000, 1); PREPARE TRANSACTION 'in doubt'") },
		sub { sql($source, $db, "ROLLBACK PREPARED 'in doubt'") });
	gate($m, 'gate-subscriptions', qr/\bothers\b/,
		sub {
			sql($source, $db, "CREATE SUBSCRIPTION others CONNECTION 'host=127.0.0.1 port=1 dbname=none' PUBLICATION none WITH (connect = false)");
			sql($source, $db, 'ALTER SUBSCRIPTION others ENABLE');
		},
		sub { sql($source, $db, 'ALTER SUBSCRIPTION others DISABLE'); sql($source, $db, 'ALTER SUBSCRIPTION others SET (slot_name = NONE)'); sql($source, $db, 'DROP SUBSCRIPTION others') });
	gate($m, 'gate-role-settings', qr/stubborn/,
		sub { sql($source, $db, 'CREATE ROLE stubborn; ALTER ROLE stubborn SET default_transaction_read_only = off') },
		sub { sql($source, $db, 'DROP ROLE stubborn') });
	gate($m, 'gate-read-only-server', qr/ALTER SYSTEM RESET/,
		sub { $target->append_conf('postgresql.conf', 'default_transaction_read_only = on'); $target->reload; wait_sql($target, 'postgres', 'SHOW default_transaction_read_only', 'on') },
		sub { $target->adjust_conf('postgresql.conf', 'default_transaction_read_only', undef); $target->reload; wait_sql($target, 'postgres', 'SHOW default_transaction_read_only', 'off') });
	gate($m, 'gate-transactions', qr/user postgres, idle in transaction for .*UPDATE big(?s:.*)pg_terminate_backend\(\d+\)/,
		sub { $session = session($source, $m, 'UPDATE big SET n = n WHERE id = 1'); Time::HiRes::sleep(0.2) },
		$end, '--max-transaction-age', '100ms');
	gate($m, 'gate-transactions', qr/idle in transaction for .*FOR UPDATE/,
		sub { $session = session($source, $m, 'SELECT FROM big WHERE id = 1 FOR UPDATE'); Time::HiRes::sleep(0.2) },
		$end, '--max-transaction-age', '100ms');
	gate($m, 'gate-strangers', qr/user postgres.*INSERT INTO scratch(?s:.*)pg_terminate_backend\(\d+\)/,
		sub { $session = session($target, $m, "INSERT INTO scratch VALUES (999, 'stranger')") }, $end);
	gate($m, 'gate-strangers', qr/roles .*bold/,
		sub { sql($target, 'postgres', 'CREATE ROLE bold; ALTER ROLE bold SET default_transaction_read_only = off') },
		sub { sql($target, 'postgres', 'DROP ROLE bold') });
	gate($m, 'gate-indexes', qr/index public\.big_n_idx(?s:.*)REINDEX INDEX public\.big_n_idx/,
		sub { write_to($m, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'big_n_idx'::regclass") }, $follow);
	gate($m, 'gate-indexes', qr/index public\.hasty(?s:.*)DROP INDEX public\.hasty/,
		sub { $target->psql($db, 'CREATE UNIQUE INDEX CONCURRENTLY hasty ON big (n)', extra_params => [], stderr => \my $err, connstr => $target->connstr($db) . " options='-c default_transaction_read_only=off'") },
		$follow);
	gate($m, 'gate-indexes', qr/constraint child_big_id_fkey of public\.child(?s:.*)VALIDATE CONSTRAINT child_big_id_fkey/,
		sub { write_to($m, 'ALTER TABLE child DROP CONSTRAINT child_big_id_fkey, ADD CONSTRAINT child_big_id_fkey FOREIGN KEY (big_id) REFERENCES big NOT VALID') },
		$follow);
	gate($m, 'gate-sequences', qr/public\.numbers_id_seq \(93 % used: 2000000000 of 2147483647\)(?s:.*)ALTER TABLE public\.numbers ALTER id TYPE bigint; ALTER SEQUENCE public\.numbers_id_seq AS bigint/,
		sub { sql($source, $db, "SELECT setval('numbers_id_seq', 2000000000)") }, $follow);
	gate($m, 'gate-sequences', qr/public\.numbers_small_id_seq \(100 % used: 32767 of 32767\).* public\.numbers_own_seq|public\.numbers_own_seq .*public\.numbers_small_id_seq \(100 % used: 32767 of 32767\)/,
		sub { sql($source, $db, "SELECT setval('numbers_small_id_seq', 32767), setval('numbers_own_seq', 2100000000, false)") }, $follow);
	gate($m, 'gate-sequences', qr/public\.feeds_int .* of 2147483647\)/,
		sub { sql($source, $db, "SELECT setval('feeds_int', 2100000000), setval('goes_round', 32767), setval('goes_down', -8000000000000000000)") }, $follow);
	gate($m, 'gate-sequences', qr/public\.goes_down(?s:.*)ALTER SEQUENCE public\.goes_down CYCLE/,
		sub { sql($source, $db, "SELECT setval('goes_down', -9000000000000000000)") },
		sub { sql($source, $db, "SELECT setval('goes_down', -1)") });
	gate($m, 'gate-sequences', qr/public\.has_end(?s:.*)ALTER SEQUENCE public\.has_end NO MAXVALUE/,
		sub { sql($source, $db, "SELECT setval('has_end', 950)") }, $follow);
	gate($m, 'gate-drift', qr/public\.late/, sub { sql($source, $db, 'CREATE TABLE late (id int PRIMARY KEY)') }, sub { sql($source, $db, 'DROP TABLE late') });
	gate($m, 'gate-recopy', qr/--recopy-limit/, sub { }, sub { }, '--recopy-limit', 0);

	# A lock that writes nothing holds the apply worker up.
	$session = session($target, $m, 'LOCK TABLE big IN SHARE MODE');
	sql($source, $db, 'UPDATE big SET n = n WHERE id = 1');
	pgbaton_fails(3, qr/has not arrived on the target within 200 ms(?s:.*)--max-lag/, 'switchover', ends($m), '--yes', '--max-lag', '200ms');
	check_untouched($m, 'after the refusal');
	# The publication of the way back waits for it, too.
	pgbaton_fails(3, qr/lock is in the way.*\n.*on the target: pid \d+, .*LOCK TABLE big/, 'switchover', ends($m), '--yes', '--skip-check', 'gate-lag', '--pause-budget-ms', '300ms');
	check_untouched($m, 'after it has been skipped');
	pgbaton_fails(3, qr/in time/, 'switchover', ends($m), '--yes', '--skip-check', 'gate-lag', '--pause-budget-ms', '300ms', '--no-reverse');
	check_untouched($m, 'after the pause was too long');
	$end->();

	# Whoever skips drift means it.
	sql($source, $db, 'CREATE TABLE late (id int PRIMARY KEY)');
	pgbaton_ok('switchover', ends($m), '--yes', '--rehearse', '--skip-check', 'gate-drift');
	check_untouched($m, 'after the rehearsal');
	sql($source, $db, 'DROP TABLE late');

	# What refuses is told together.
	sql($source, $db, "CREATE ROLE stubborn; ALTER ROLE stubborn SET default_transaction_read_only = off; BEGIN; INSERT INTO child VALUES (1000, 1); PREPARE TRANSACTION 'in doubt'");
	my $both = pgbaton_fails(3, qr/gate-role-settings refuses, too: .*stubborn.*\n(?s:.*)--skip-check gate-prepared-transactions,gate-role-settings(?s:.*)error: .*prepared/,
		'switchover', ends($m), '--yes');
	sql($source, $db, "DROP ROLE stubborn; ROLLBACK PREPARED 'in doubt'");
	like(pgbaton_ok('switchover', ends($m), '--dry-run')->{out}, qr/^  ok +gate-ready (?s:.*)^  not run  gate-lag .*\n.*: gates\n/m, 'a dry run for people');

	pgbaton_ok('switchover', ends($m), '--yes');
	check_reverse($m);
	is_deeply(look($m, 0, 'switchover'), {}, 'once it is done, no gate is in its way');
	# And the other way round.
	$session = session($target, $m, 'UPDATE big SET n = n WHERE id = 1');
	Time::HiRes::sleep(0.2);
	my $gates = look($m, 3, 'rollback', '--max-transaction-age', '100ms', '--skip-check', 'gate-sequences');
	is(states($gates, 'refused'), 'gate-transactions', 'a rollback is refused by a transaction of the target');
	$end->();
	$session = session($source, $m, "INSERT INTO scratch VALUES (999, 'stranger')");
	is(states(look($m, 3, 'rollback', '--skip-check', 'gate-sequences'), 'refused'), 'gate-strangers', 'and by a writer of the source');
	$end->();
	pgbaton_fails(3, qr/public\.numbers_id_seq(?s:.*)Widen them on the source/, 'rollback', ends($m), '--yes');
	pgbaton_ok('rollback', ends($m), '--yes', '--skip-check', 'gate-sequences');
	check_writable($m, 'source');
});

ready('large objects that were not moved, and names that cannot be skipped' => sub {
	my ($m) = @_;
	write_to($m, "DELETE FROM pgbaton.relation WHERE kind = 'large objects'");
	is(states(look($m, 3, 'switchover'), 'refused'), 'gate-large-objects', 'they refuse');
	is(states(look($m, 0, 'switchover', '--skip-check', 'gate-large-objects'), 'skipped'), 'gate-large-objects', 'and can be skipped');
	for my $command (qw(check migrate switchover rollback))
	{
		pgbaton_fails(2, qr/"gate-role-setings"(?s:.*)"gate-role-settings"/, $command, ends($m), '--skip-check', 'gate-role-setings');
	}
	pgbaton_fails(2, qr/"gate-streams" cannot be skipped/, 'switchover', ends($m), '--yes', '--skip-check', 'gate-streams');
	like(pgbaton_ok('help', 'switchover')->{out}, qr/gate-streams \* .*(?s:.*)gate-lag /, 'the help has their names');
});

# Tables that are left out do not move: what is done to them is no drift.
ready('tables that are left out' => sub {
	my ($m) = @_;
	sql($source, $m->{database}, "CREATE TABLE skipped_later (id int); CREATE UNIQUE INDEX ON skipped_later (id); DROP TABLE filled");
	is(states(look($m, 0, 'switchover'), 'refused'), '', 'no gate refuses');
	sql($source, $m->{database}, 'CREATE TABLE counted (id int)');
	is(states(look($m, 3, 'switchover'), 'refused'), 'gate-drift', 'a table that would move does');
}, '--exclude', 'public.skipped_*,public.filled');

# When.

sub moment
{
	my ($seconds) = @_;
	return sql($source, 'postgres', "SELECT clock_timestamp() + interval '$seconds s'");
}

sub wait_waiting
{
	my ($m) = @_;
	wait_until('it waits', sub { (json_of(pgbaton('--json', 'status', ends($m)))->{databases}[0]{step} // '') eq 'switchover.moment' });
	return;
}

ready('at a time, and when the lag is small' => sub {
	my ($m) = @_;
	pgbaton_fails(3, qr/--at is past/, 'switchover', ends($m), '--yes', '--at', moment(-1));
	pgbaton_fails(3, qr/never comes/, 'switchover', ends($m), '--yes', '--at', 'infinity');
	pgbaton_fails(2, qr/--at: .*invalid input syntax/, 'switchover', ends($m), '--yes', '--at', 'teatime');
	pgbaton_fails(2, qr/--at: .*out of range/, 'switchover', ends($m), '--yes', '--at', '25:00');
	check_untouched($m, 'after the refusals');
	is(states(look($m, 0, 'switchover', '--at', '03:00'), 'not run'), 'gate-lag gate-strangers gate-transactions', 'gates of the moment wait for it');
	# In the zone of the server, or of the one who asks.
	my $hour = sql($source, 'postgres', "SELECT to_char(clock_timestamp() AT TIME ZONE 'Asia/Tokyo' + interval '2 h', 'YYYY-MM-DD HH24:MI')");
	for my $zone (qw(UTC Asia/Tokyo))
	{
		my $process = start_pgbaton('switchover', ends($m), '--yes', '--at', $hour, { env => { PGTZ => $zone } });
		wait_waiting($m);
		$process->kill('INT');
		my $result = $process->wait(20);
		is($result->{rc}, 7, 'Ctrl-C ends the wait');
		like($result->{err}, qr/waiting for \Q$hour\E.* \Q$zone\E, by the source's server/, "it tells when that is in $zone");
		check_untouched($m, 'after Ctrl-C');
	}

	# The gates are asked again when it has come.
	my $late = start_pgbaton('switchover', ends($m), '--yes', '--at', moment(4), '--max-transaction-age', '10ms');
	wait_waiting($m);
	my $session = session($source, $m, 'UPDATE big SET n = n WHERE id = 1');
	my $result = $late->wait(30);
	is($result->{rc}, 3, 'a transaction that was opened meanwhile refuses');
	like($result->{err}, qr/transactions that have written/, 'as the gate says');
	check_untouched($m, 'after it');
	$session->query_safe('ROLLBACK');
	$session->quit;

	# The lag.
	$session = session($target, $m, 'LOCK TABLE big IN SHARE MODE');
	sql($source, $m->{database}, 'UPDATE big SET n = n WHERE id = 1');
	pgbaton_fails(3, qr/in time/, 'switchover', ends($m), '--yes', '--when-lag-below', '200ms', '--wait-timeout', '1s');
	check_untouched($m, 'when the wait was too long');
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	my $switchover = start_pgbaton('switchover', ends($m), '--yes', '--at', moment(2), '--when-lag-below', '500ms');
	wait_waiting($m);
	more_traffic($m);
	Time::HiRes::sleep(2.5);
	ok($switchover->running, 'it waits for the lag after the time has come');
	$session->query_safe('ROLLBACK');
	$session->quit;
	is($switchover->wait(60)->{rc}, 0, 'when the lag is small, it switches over');
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
	# A moment means nothing to what is done.
	pgbaton_ok('switchover', ends($m), '--yes', '--at', moment(3600));
});

ready('the servers are restarted while it waits' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	my $process = start_pgbaton('switchover', ends($m), '--yes', '--at', moment(20));
	wait_waiting($m);
	$target->restart;
	$source->restart;
	is($process->wait(90)->{rc}, 0, 'it switches over at its time') or diag($process->err);
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_same($m);
});

# Sessions in the way: the outcomes that docs/switchover.md lists.

sub switches_over
{
	my ($m, $traffic, @options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton_ok('--json', 'switchover', ends($m), '--yes', @options);
	return $result if $result->{rc} != 0;
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
	my $pause = json_of($result)->{databases}[0]{pause_ms};
	cmp_ok($pause, '<', 5000, "the pause was within its budget: $pause ms");
	return $result;
}

sub refuses
{
	my ($m, $regex, @options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton_fails(3, $regex, 'switchover', ends($m), '--yes', @options);
	check_untouched($m, 'after the refusal');
	more_traffic($m);
	return $result;
}

my @traffic = ('--writers', 2, '--rate', 100);

ready('a transaction of ten seconds' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, @traffic);
	my $long = psql_in_background($source, $m, "BEGIN; UPDATE big SET n = n + 1 WHERE id = 1; SELECT pg_sleep(10); COMMIT");
	wait_sql($source, 'postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'", 1);
	refuses($m, qr/In the way: .*UPDATE big/, '--pause-budget-ms', '300ms');
	Time::HiRes::sleep(0.1) until sql($source, 'postgres', "SELECT coalesce(bool_or(clock_timestamp() - xact_start > interval '5.2 s'), true) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") eq 't';
	refuses($m, qr/more than 5000 ms(?s:.*)UPDATE big/);
	switches_over($m, $traffic, '--max-transaction-age', '1min');
	is($long->wait->{rc}, 0, 'the transaction has committed');
});

for my $lock ([ 'a row lock', 'UPDATE big SET n = n WHERE id = 1', qr/could not be locked .*\n.*In the way: pid (\d+),/ ],
	[ 'an ACCESS EXCLUSIVE lock', 'LOCK TABLE filled IN ACCESS EXCLUSIVE MODE', qr/somebody's lock is in the way.*\n.*pid (\d+),/ ])
{
	my ($what, $sql, $regex) = @$lock;
	ready("$what of a session that is idle in a transaction" => sub {
		my ($m) = @_;
		my $traffic = start_traffic($m, @traffic);
		my $session = session($source, $m, $sql);
		my $pid = $session->query_safe('SELECT pg_backend_pid()');
		my $result = refuses($m, $regex, '--pause-budget-ms', '300ms', '--max-transaction-age', '1h');
		is(($result->{err} =~ $regex)[0], $pid, 'it is named');
		refuses($m, qr/pid $pid,/, '--max-transaction-age', '10ms');
		is($session->query_safe('SELECT 1'), 1, 'its session is there still');
		# The hint.
		sql($source, 'postgres', "SELECT pg_terminate_backend($pid)");
		switches_over($m, $traffic);
		eval { $session->quit };
	});
}

# With a cost limit it takes as long as on a table of many GB.
ready('VACUUM of a large table' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, @traffic);
	sql($source, $m->{database}, 'DELETE FROM slowly WHERE id % 2 = 0');
	wait_streams($m);
	my $vacuum = psql_in_background($source, $m, 'SET vacuum_cost_delay = 100', 'SET vacuum_cost_limit = 10', 'VACUUM slowly');
	wait_sql($source, 'postgres', 'SELECT count(*) FROM pg_stat_progress_vacuum', 1);
	refuses($m, qr/In the way: .*VACUUM slowly/, '--pause-budget-ms', '300ms', '--max-transaction-age', '1h');
	refuses($m, qr/VACUUM slowly(?s:.*)pg_terminate_backend/, '--max-transaction-age', '10ms');
	ok($vacuum->running, 'the VACUUM goes on');
	sql($source, 'postgres', 'SELECT pg_cancel_backend(pid) FROM pg_stat_progress_vacuum');
	$vacuum->wait;
	switches_over($m, $traffic);
});

ready('an autovacuum' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, @traffic);
	$source->append_conf('postgresql.conf', 'autovacuum_naptime = 1s');
	$source->reload;
	sql($source, $m->{database}, 'DELETE FROM slowly WHERE id % 2 = 0');
	wait_sql($source, $m->{database}, "SELECT count(*) > 0 FROM pg_stat_progress_vacuum WHERE datname = current_database() AND relid = 'slowly'::regclass");
	switches_over($m, $traffic);
	$source->adjust_conf('postgresql.conf', 'autovacuum_naptime', undef);
	$source->reload;
});

ready('a logical walsender of somebody else' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, @traffic);
	my $file = work_dir() . '/others';
	my @recv = ('-d', conninfo($source, $m->{database}), '--slot', 'others', '-f', $file);
	my %program = (program => $source->install_path . '/bin/pg_recvlogical');
	pgbaton(@recv, '--create-slot', '-P', 'test_decoding', \%program);
	my $reader = start_pgbaton(@recv, '--start', '-F', 1, '-s', 1, \%program);
	wait_until('it reads', sub { -s $file });
	my $gates = look($m, 0, 'switchover');
	is(states($gates, 'warned'), 'gate-foreign-slots', 'a dry run warns of it');
	like($gates->{'gate-foreign-slots'}{message}, qr/others \(in use\)/, 'by its name');
	my $result = switches_over($m, $traffic);
	like($result->{err}, qr/slots of somebody else: others/, 'it is warned of');
	ok($reader->running, 'it reads on');
	sql($target, $m->{database}, "INSERT INTO filled VALUES (0, 'by the way back')");
	wait_until('what is written on the target reaches it by the way back', sub { slurp($file) =~ /by the way back/ });
	$reader->kill('INT');
	$reader->wait;
	sql($source, 'postgres', 'SET default_transaction_read_only = off; SELECT pg_drop_replication_slot(\'others\')');
});

ready('a lock queue' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, @traffic);
	my $holder = session($source, $m, 'LOCK TABLE filled IN ACCESS EXCLUSIVE MODE');
	my @waiting = map { psql_in_background($source, $m, "UPDATE filled SET t = 'queued' WHERE id = $_") } 1 .. 20;
	wait_sql($source, 'postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'queued'", 20);
	refuses($m, qr/somebody's lock is in the way/, '--pause-budget-ms', '300ms', '--max-transaction-age', '1h');
	is(sql($source, 'postgres', "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'queued'"), 20, 'they wait as before');
	my $switchover = start_pgbaton('switchover', ends($m), '--yes', '--max-transaction-age', '1h');
	wait_sql($source, 'postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name ~ '^pgbaton main' AND wait_event_type = 'Lock'");
	$holder->query_safe('COMMIT');
	is($switchover->wait(60)->{rc}, 0, 'it switches over when the holder lets go') or diag($switchover->err);
	my $done = grep { ($_->wait->{rc} // 1) == 0 } @waiting;
	is(sql($source, $m->{database}, "SELECT count(*) FROM filled WHERE t = 'queued'"), $done, "the $done that were acknowledged are there, and no others");
	$holder->quit;
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_same($m);
});

# As a job of cron, by a superuser, that knows nothing of the other server.
ready('a loop that writes every 100 ms' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, @traffic);
	my $bin = $source->install_path . '/bin/psql';
	my $acknowledged = work_dir() . '/acknowledged';
	my $loop = start_pgbaton('-c', "while :; do \"$bin\" -XAtq -d '" . conninfo($source, $m->{database})
		  . "' -c 'INSERT INTO public.filled VALUES ((SELECT max(id) + 1 FROM public.filled), \$\$cron\$\$) RETURNING id' >> $acknowledged; sleep 0.1; done",
		{ program => '/bin/sh' });
	wait_until('it writes', sub { (-s $acknowledged // 0) > 20 });
	switches_over($m, $traffic);
	wait_until('it is refused', sub { $loop->err =~ /read-only transaction/ });
	$loop->kill('TERM');
	$loop->wait;
	my $n_acknowledged = () = slurp($acknowledged) =~ /^\d+$/mg;
	is(sql($target, $m->{database}, "SELECT count(*) FROM filled WHERE t = 'cron'"), $n_acknowledged, 'what it was told to be written is on the target, and nothing else');
});

# The queries of the gates on the oldest and a newer version, each as either side.
$_->stop for $source, $target;
subtest 'from 10 to 18 and back' => sub {
	my ($old, $new) = (server('old', '10'), server('new', '18'));
	my $m = migration(source => $old, target => $new, database => 'shop');
	make_small($m, rows => 100);
	sql($old, 'shop', 'CREATE TABLE numbers (small_id smallserial PRIMARY KEY, own int GENERATED ALWAYS AS IDENTITY)');
	pgbaton_ok('migrate', ends($m));
	is(states(look($m, 0, 'switchover', '--at', '12:00'), 'refused'), '', 'a switchover is not refused');
	sql($old, 'shop', "SELECT setval('numbers_small_id_seq', 32000)");
	sql($new, 'shop', "SET default_transaction_read_only = off; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'big_n_idx'::regclass");
	my $session = session($old, $m, 'SELECT FROM big WHERE id = 1 FOR UPDATE');
	Time::HiRes::sleep(0.2);
	my $refused = 'gate-indexes gate-sequences gate-transactions';
	is(states(look($m, 3, 'switchover', '--max-transaction-age', '100ms'), 'refused'), $refused, 'what is wrong is found');
	$session->query_safe('ROLLBACK');
	$session->quit;
	pgbaton_ok('switchover', ends($m), '--yes', '--when-lag-below', '10s', '--skip-check', 'gate-indexes,gate-sequences');
	# Now the other way round: the subscription's worker on 10 is no stranger.
	check_reverse($m);
	is(states(look($m, 0, 'rollback', '--skip-check', 'gate-sequences'), 'skipped'), 'gate-sequences', 'a rollback is judged by the sequences of the source');
	$session = session($new, $m, 'LOCK TABLE big IN ROW SHARE MODE');
	Time::HiRes::sleep(0.2);
	is(states(look($m, 3, 'rollback', '--max-transaction-age', '100ms', '--skip-check', 'gate-sequences'), 'refused'), 'gate-transactions', 'and by a lock on the target');
	$session->query_safe('ROLLBACK');
	$session->quit;
	pgbaton_ok('rollback', ends($m), '--yes', '--skip-check', 'gate-sequences,gate-indexes');
	check_same($m);
};

done_testing();
