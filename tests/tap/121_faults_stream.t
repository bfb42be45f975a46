# What can go wrong once the rows are there: while changes stream, and around the switchover. Refusals leave the source in use and
# everything as it was.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;
use Time::HiRes ();

# What is not flushed by a commit that waits for it stays in memory long enough to be lost by a crash.
my %conf = (conf => "max_prepared_transactions = 5\nwal_writer_delay = 10s");
my ($source, $target) = pair(source => '15', target => '17', source_opt => \%conf, target_opt => \%conf);
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 300);
make_gate($template);

sub ready
{
	return ready_clone($template, @_);
}

# As if nobody had tried to switch over.
sub check_untouched
{
	my ($m, $what) = @_;
	check_writable($m, 'source', $what);
	check_read_only($m, 'target');
	is(n_slots($m->{target}, $m->{target_database}), 0, 'nothing of the way back is left on the target');
	is(sql($m->{source}, $m->{database}, "SELECT count(*) FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
		WHERE datname = current_database()"), 0, 'nor on the source');
	return;
}

sub refused
{
	my ($m, $regex, @more) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton_fails(3, $regex, 'switchover', ends($m), '--yes', @more);
	check_untouched($m, 'after the refusal');
	return $result;
}

# It works now, and nothing was lost.
sub switches_over
{
	my ($m, $traffic, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	return if pgbaton_ok('switchover', ends($m), '--yes')->{rc} != 0;
	if ($traffic)
	{
		more_traffic($m);
		stop_traffic($m, $traffic);
		check_ledger($m);
	}
	check_reverse($m);
	check_same($m, %opt);
	return;
}

sub set_of
{
	my ($m) = @_;
	return sql($m->{target}, $m->{target_database}, 'SELECT string_agg(kind || relation_id || is_done, \' \' ORDER BY id) FROM pgbaton.work');
}

ready('servers come and go while changes stream' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	$source->restart;
	more_traffic($m);
	$target->stop('immediate');
	more_traffic($m);
	$target->start;
	$source->stop('immediate');
	$source->start;
	more_traffic($m);
	$target->restart;
	sql($source, 'postgres', "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
	sql($target, 'postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_subscription WHERE pid IS NOT NULL");
	switches_over($m, $traffic);
});

ready('migrate again when it is ready' => sub {
	my ($m) = @_;
	my @before = (set_of($m), PgbatonFlow::xmin_of_big($m));
	my $again = pgbaton_ok('migrate', ends($m));
	like($again->{out}, qr/ready to switch over/, 'it says that it is ready');
	is_deeply([ set_of($m), PgbatonFlow::xmin_of_big($m) ], \@before, 'nothing was copied again');
});

ready('the order of commands' => sub {
	my ($m) = @_;
	switches_over($m);
	my $again = pgbaton_ok('switchover', ends($m), '--yes');
	like($again->{out}, qr/the target has the writes/, 'a second switchover finds it done');
	check_read_only($m, 'source');
	check_writable($m, 'target');
	my $migrate = pgbaton_fails(3, qr/switched over/, 'migrate', ends($m));
	check_read_only($m, 'source');
	check_writable($m, 'target', 'after a migrate that came too late');
	check_reverse($m);
	check_same($m);
});

ready('without a way back' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	pgbaton_ok('switchover', ends($m), '--yes', '--no-reverse');
	check_read_only($m, 'source');
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	is(n_slots($_, $m->{database}), 0, 'no slot on ' . $_->name) for $source, $target;
	is(sql($source, 'postgres', 'SELECT count(*) FROM pg_subscription'), 0, 'no subscription on the source');
	is(sql($target, $m->{database}, "SELECT count(*) FROM pg_publication"), 0, 'no publication on the target');
});

# SIGINT at any moment: it is either as if nobody had tried, or finished by the same run.
ready('Ctrl-C at any moment of a switchover' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	my $result;
	for (my $after = 0; $after < 5; $after += 0.03)
	{
		my $switchover = start_pgbaton('switchover', ends($m), '--yes');
		Time::HiRes::sleep($after);
		$switchover->kill('INT');
		$result = $switchover->wait;
		# Before its handlers are there the signal just ends it, without an exit code.
		last if ($result->{rc} // 7) != 7;
		my $rc = $source->psql($m->{database}, 'INSERT INTO public.arrival DEFAULT VALUES', stderr => \my $err);
		is($rc, 0, sprintf('stopped after %d ms: the source is in use', 1000 * $after)) or last;
	}
	is($result->{rc}, 0, 'in the end it was too late to stop it');
	check_read_only($m, 'source');
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
});

ready('a switchover before the migration' => sub {
	my ($m) = @_;
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m, 'target');
	pgbaton_fails(5, qr/"$m->{database}"/, 'switchover', ends($m), '--yes');
	check_writable($m, 'source');
	kill_at($m, 'migrate.copy.ending', 'migrate');
	pgbaton_fails(3, qr/not ready/, 'switchover', ends($m), '--yes');
	check_untouched($m);
});

# Gates.

ready('an open transaction' => sub {
	my ($m) = @_;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	my $session = $source->background_psql($m->{database});
	$session->query_safe("BEGIN; UPDATE big SET n = n WHERE id = 1");
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	refused($m, qr/detail: .*pid $pid\b/, '--pause-budget-ms', '300ms');
	my $switchover = start_pgbaton('switchover', ends($m), '--yes', '--pause-budget-ms', '60s', '--skip-check', 'gate-transactions');
	wait_sql($source, 'postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'pgbaton main fence' AND wait_event_type = 'Lock'");
	$switchover->kill('INT');
	is($switchover->wait(10)->{rc}, 7, 'Ctrl-C stops it while it waits for locks');
	check_untouched($m, 'after Ctrl-C');
	more_traffic($m);
	$session->query_safe('COMMIT');
	$session->quit;
	switches_over($m, $traffic);
});

ready('the session of the fence is terminated while it waits' => sub {
	my ($m) = @_;
	my $session = $source->background_psql($m->{database});
	$session->query_safe("BEGIN; UPDATE big SET n = n WHERE id = 1");
	my $switchover = start_pgbaton('switchover', ends($m), '--yes', '--pause-budget-ms', '60s', '--skip-check', 'gate-transactions');
	my $fence = "FROM pg_stat_activity WHERE application_name = 'pgbaton main fence'";
	wait_sql($source, 'postgres', "SELECT count(*) > 0 $fence AND wait_event_type = 'Lock'");
	sql($source, 'postgres', "SELECT pg_terminate_backend(pid) $fence");
	isnt($switchover->wait(30)->{rc}, 0, 'it fails');
	check_untouched($m, 'after it');
	$session->query_safe('COMMIT');
	$session->quit;
	switches_over($m);
});

ready('a prepared transaction' => sub {
	my ($m) = @_;
	sql($source, $m->{database}, "BEGIN; INSERT INTO child VALUES (1000, 1); PREPARE TRANSACTION 'two''phase'");
	refused($m, qr/two''phase/);
	sql($source, $m->{database}, "COMMIT PREPARED 'two''phase'");
	switches_over($m);
});

ready('the schema drifts' => sub {
	my ($m) = @_;
	for my $drift (
		[ 'CREATE TABLE late (id int PRIMARY KEY)', 'DROP TABLE late', qr/public\.late/ ],
		[ 'ALTER TABLE child ADD late int', 'ALTER TABLE child DROP late', qr/public\.child/ ],
		[ 'ALTER TABLE child ALTER big_id TYPE bigint', 'ALTER TABLE child ALTER big_id TYPE int', qr/public\.child/ ])
	{
		my ($there, $back, $regex) = @$drift;
		sql($source, $m->{database}, $there);
		refused($m, $regex);
		sql($source, $m->{database}, $back);
	}
	sql($source, $m->{database}, 'DROP TABLE child');
	refused($m, qr/public\.child/);
});

ready('a role that no setting of the database stops' => sub {
	my ($m) = @_;
	sql($source, $m->{database}, 'CREATE ROLE stubborn LOGIN; ALTER ROLE stubborn SET default_transaction_read_only = off');
	refused($m, qr/stubborn/);
	sql($source, $m->{database}, 'DROP ROLE stubborn');
	switches_over($m);
});

ready('the slot is gone' => sub {
	my ($m) = @_;
	sql($source, $m->{database}, 'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active');
	my $drop = 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()';
	wait_until('the slot is dropped', sub { $source->psql($m->{database}, $drop, stderr => \my $err) == 0 && n_slots($source, $m->{database}) == 0 });
	refused($m, qr/slot .* lost/);
	pgbaton_fails(3, qr/slot .* lost/, 'migrate', ends($m));
});

ready('the subscription is disabled, and dropped' => sub {
	my ($m) = @_;
	my $name = sql($target, $m->{database}, "SELECT subname FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()");
	sql($target, $m->{database}, "SET default_transaction_read_only = off; ALTER SUBSCRIPTION $name DISABLE");
	my $result = refused($m, qr/disabled/);
	# The hint is followed to the letter.
	my ($hint) = $result->{err} =~ /hint: On the target's server: (.*)/;
	follow($target, $hint);
	switches_over($m);
});

ready('the apply worker cannot apply' => sub {
	my ($m) = @_;
	sql($target, $m->{database}, "SET default_transaction_read_only = off; INSERT INTO child VALUES (5000, 1)");
	sql($source, $m->{database}, 'INSERT INTO child VALUES (5000, 2)');
	pgbaton_fails(1, qr/detail: .*duplicate key value violates unique constraint "child_pkey"/, 'switchover', ends($m), '--yes');
	check_untouched($m, 'after it');
	sql($target, $m->{database}, "SET default_transaction_read_only = off; DELETE FROM child WHERE id = 5000");
	switches_over($m);
});

ready('a server is away' => sub {
	my ($m) = @_;
	$target->stop;
	pgbaton_fails(5, qr/target/, 'switchover', ends($m), '--yes');
	check_writable($m, 'source', 'without the target');
	$target->start;
	$source->stop;
	pgbaton_fails(5, qr/source/, 'switchover', ends($m), '--yes');
	$source->start;
	check_untouched($m, 'when it is back');
	switches_over($m);
	$source->stop;
	check_writable($m, 'target', 'without the source');
	$source->start;
	check_reverse($m);
	check_same($m);
});

# Crashes after the point of no return: killed there, then a server goes down as well.
for my $point (qw(point_of_no_return.done drain_last.begun stop_streams.ending open.begun open.done))
{
	for my $side (qw(source target))
	{
		ready("killed at $point, and the $side crashes" => sub {
			my ($m) = @_;
			my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
			kill_at($m, "switchover.$point", 'switchover', '--yes');
			$m->{$side}->stop('immediate');
			$m->{$side}->start;
			# Values of sequences are logged in advance: a crash of the source lets them jump.
			switches_over($m, $traffic, sequences => $side eq 'target');
		});
	}
}

# Applications may do without waiting for the disk; what pgbaton has done must be there after a crash all the same.
for my $side (qw(source target))
{
	ready("synchronous_commit is off, and the $side crashes after the switchover" => sub {
		my ($m) = @_;
		for my $node ($source, $target)
		{
			sql($node, $m->{database}, "SET default_transaction_read_only = off; ALTER DATABASE $m->{database} SET synchronous_commit = off");
		}
		my $traffic = start_traffic($m, '--writers', 2, '--rate', 300);
		more_traffic($m);
		stop_traffic($m, $traffic);
		pgbaton_ok('switchover', ends($m), '--yes');
		$m->{$side}->stop('immediate');
		$m->{$side}->start;
		check_read_only($m, 'source');
		check_writable($m, 'target');
		check_ledger($m);
		check_reverse($m);
		check_same($m, sequences => $side eq 'target');
	});
}

done_testing();
