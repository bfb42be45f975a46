# Faults at random moments: pgbaton is killed or stopped, sessions are terminated, servers crash, again and again, until migrate and then
# switchover have come through; writers go on all the time. Then nothing may be missing. Takes about 10 s a round.
#
#   PGBATON_FAULT_ROUNDS   (default: 20)
#   PGBATON_FAULT_SEED     of the first round: with PGBATON_FAULT_ROUNDS=1 one that failed is tried again, as far as timing lets it
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{PGBATON_FAULT_ROUNDS} || 20;
my $first = $ENV{PGBATON_FAULT_SEED} || 1 + int rand 1_000_000;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 30_000);
sql($source, 'template', <<"SQL") for 1 .. 3;
CREATE TABLE wide_$_ (id int PRIMARY KEY, n int, t text);
INSERT INTO wide_$_ SELECT i, i % 101, repeat(md5(i::text), 10) FROM generate_series(1, 5000) AS i;
CREATE INDEX ON wide_$_ (n);
SQL

# What can happen, and how often. Each gets the process.
my @faults = (
	(SIGKILL => sub { $_[0]->kill('KILL') }) x 4,
	(SIGINT => sub { $_[0]->kill('INT') }) x 2,
	(SIGTERM => sub { $_[0]->kill('TERM') }) x 1,
	(map {
		my $node = $_;
		my $name = $node->name;
		("a session of pgbaton on the $name is terminated" => sub { end_one($node, "application_name ~ '^pgbaton main '") }) x 3,
		("an apply worker or walsender on the $name is terminated" => sub { end_one($node, "backend_type ~ '^logical replication worker' OR backend_type = 'walsender'") }) x 2,
		("the $name crashes" => sub { $node->stop('immediate'); $node->start }),
		("the $name restarts" => sub { $node->restart }),
		("a checkpoint on the $name" => sub { $node->psql('postgres', 'CHECKPOINT') });
	} $source, $target));

sub end_one
{
	my ($node, $which) = @_;
	$node->psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $which ORDER BY random() LIMIT 1", stderr => \my $err);
	return;
}

# Runs the command until it has come through, with one to three faults in each run but the last. Returns what happened.
sub until_done
{
	my ($m, $most_ms, @command) = @_;
	my @story;
	my $patience = 6 + int rand 6;
	push @command, '--no-watchdog' if int rand 2;
	while (1)
	{
		my $process = start_pgbaton(@command, ends($m), { timeout => 200 });
		if (@story < $patience)
		{
			for (0 .. int rand 3)
			{
				my $pause = rand($most_ms) / 1000;
				my $end = time + $pause;
				sleep 0.002 while time < $end && $process->running;
				last if !$process->running;
				my $n = 2 * int rand @faults / 2;
				push @story, sprintf '%s after %d ms', $faults[$n], $pause * 1000;
				$faults[ $n + 1 ]->($process);
			}
		}
		my $result = $process->wait;
		push @story, $result->{signal} ? "signal $result->{signal}" : "exit $result->{rc}";
		note("$command[0]: $story[-1]");
		return @story if ($result->{rc} // -1) == 0;
		if (!$result->{signal} && !grep { $result->{rc} == $_ } 1, 3, 5, 6, 7) # 6: the watchdog of the one before is at work
		{
			fail("$command[0] ends with exit code $result->{rc}");
			diag($result->{err});
		}
		if (@story > 60)
		{
			fail("$command[0] does not come through");
			diag($result->{err});
			return @story;
		}
	}
}

for my $round (1 .. $rounds)
{
	my $seed = $first + $round - 1;
	srand $seed;
	my $m = clone_of($template, "random_$round");
	my @story;
	case_of("round $round, seed $seed" => sub {
		my $traffic = start_traffic($m, '--writers', 3, '--rate', 200);
		push @story, until_done($m, 1500, 'migrate', '--jobs', 1 + int rand 4, '--chunk-size', '1MB');
		check_read_only($m, 'target');
		sql($source, $m->{database}, 'SELECT lo_unlink(4711), lo_from_bytea(4712, \'late\')');
		push @story, until_done($m, 600, 'switchover', '--yes', '--pause-budget-ms', '60s');
		check_read_only($m, 'source');
		more_traffic($m);
		# While the source is away they try the target, which has not got their database or tables yet.
		stop_traffic($m, $traffic, errors => qr/does not exist/);
		# A crashed server empties unlogged tables, and what it had sent of sequences jumps.
		check_reverse($m);
		check_same($m, sequences => 0, oracle => { exclude_tables => ['public.scratch'] });
		check_sequences($m);
		check_ledger($m, $_) for qw(source target);
		is(n_slots($source, $m->{database}), 0, 'the source has no slot');
		is(n_slots($target, $m->{database}), 1, 'the target has the one of the way back');
		pgbaton_ok('cleanup', ends($m), '--yes');
		check_nothing_left($m);
	}) or diag(join ', ', @story);
	drop_databases($m);
}

# None of the target's gives a value again that is in use.
sub check_sequences
{
	my ($m) = @_;
	my $behind = sql($target, $m->{database}, <<'SQL');
SELECT string_agg(what, ', ') FROM (VALUES
	('ticket', (SELECT last_value FROM pgbaton_traffic.ticket) >= (SELECT max(ticket) FROM pgbaton_traffic.txn)),
	('item', (SELECT last_value FROM pgbaton_traffic.item_id_seq) >= (SELECT max(id) FROM pgbaton_traffic.item)),
	('document', (SELECT last_value FROM pgbaton_traffic.document_id_seq) >= (SELECT max(id) FROM pgbaton_traffic.document)),
	('arrival', (SELECT last_value FROM public.arrival_id_seq) >= (SELECT max(id) FROM public.arrival)),
	('counter', (SELECT last_value FROM public.counter) >= 10)) AS s (what, fine) WHERE NOT COALESCE(fine, true)
SQL
	is($behind, '', 'no sequence of the target is behind');
	return;
}

done_testing();
