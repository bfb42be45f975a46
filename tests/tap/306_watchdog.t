# pgbaton is killed in the write pause, and its watchdog goes on by itself: up to the point of no return the old side is in use as before,
# after it the new one is; in a few seconds, and without an error for who came through a PgBouncer.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonPooled;
use PgbatonPooler;
use PgbatonTest;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my ($source, $target) = pair(source => '15', target => '17');
my $template = pooled_template($source, $target);
my $budget_s = 5;

# Its steps from the beginning of the pause on.
sub points
{
	my ($command) = @_;
	my @points = grep { /\.done$/ } steps($command);
	shift @points while @points && $points[0] ne "$command.pause.done";
	return @points;
}

# Process ids of what runs with this migration's config file, but for the writers.
sub running
{
	my ($m) = @_;
	my @found;
	for my $file (glob '/proc/[0-9]*/cmdline')
	{
		my $line = eval { slurp($file) } // next;
		push @found, $file =~ m{/(\d+)/} if $line =~ /\0\Q$m->{config}\E\0/;
	}
	return @found;
}

sub nobody_runs
{
	my ($m, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @left = running($m);
	is("@left", '', "$m->{database}: no process is left $what");
	return;
}

# Stops pgbaton at a point. Returns its process, and the id of its watchdog.
sub stopped_at
{
	my ($m, $point, @more) = @_;
	my ($command) = $point =~ /^(\w+)/;
	my $process = start_pgbaton($command, ends($m), '--yes', @more, { env => { PGBATON_STOP_AT => $point } });
	wait_until("it stands at $point", sub { !$process->running || (split ' ', slurp('/proc/' . $process->pid . '/stat'))[2] eq 'T' });
	my @watchdogs = grep { $_ != $process->pid } running($m);
	is(scalar @watchdogs, 1, "at $point: there is one watchdog");
	return ($process, @watchdogs);
}

sub died
{
	my ($process) = @_;
	$process->kill('KILL');
	$process->wait;
	return;
}

# Waits until the watchdog is gone, and looks at what it has left.
sub taken_over
{
	my ($m, $side, $process, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $start = time;
	wait_until("$what: it is taken over", sub { !running($m) });
	cmp_ok(time - $start, '<', $budget_s + 5, "$what: within a few seconds");
	check_read_only($m, $side eq 'source' ? 'target' : 'source');
	check_writable($m, $side);
	clients_are_on($m, $side);
	like($process->err, qr/^warning: \S+: pgbaton has died in the write pause of the \w+, its watchdog goes on$/m, "$what: it is told");
	unlike($process->err, qr/gives up/, "$what: and that it is well");
	is(pgbaton('status', ends($m))->{rc}, 0, "$what: status is content");
	return;
}

for my $fence (qw(lock readonly))
{
	case_of("killed at each point, fence = $fence" => sub {
		my $m = pooled($template, config => ["fence = $fence"]);
		my ($bench, $traffic) = (start_bench($m, '-T', 900, '-R', 200), start_ledger($m));
		my $side = 'source';
		my ($has_passed, $i) = (0, 0);
		for my $step (map { /\.(\w+)\.done/ } points('switchover'))
		{
			$has_passed ||= $step eq 'point_of_no_return';
			next if $fence ne 'lock' && $step !~ /fence|marker_seen|point_of|end_sessions|open/;
			my $command = $side eq 'source' ? 'switchover' : 'rollback';
			my $process = start_pgbaton($command, ends($m), '--yes', { env => { PGBATON_KILL_AT => "$command.$step.done" } });
			is($process->wait->{signal}, 9, "killed at $command.$step.done");
			$side = $side eq 'source' ? 'target' : 'source' if $has_passed;
			if ($step eq 'finished')
			{
				wait_until('it is gone', sub { !running($m) });
				like($process->err, qr/somebody else has seen to it|has seen to the/, 'there is nothing left to do');
				next;
			}
			taken_over($m, $side, $process, "$command.$step");
			more_traffic($m);
			more_bench($m, $side);
			is(n_slots($m->{$_}, $m->{database}), $_ eq $side ? 1 : 0, "... the $_ has the slots it should have") for qw(source target);
		}
		$side eq 'target' and hand_over($m, 'rollback');
		stop_bench($bench);
		stop_ledger($m, $traffic);
		check_ledger($m, 'source');
		wait_forward($m);
		check_ledger($m);
		check_same($m, sequences => 0);
		end_pooled($m);
	});
}

case_of('what it is' => sub {
	my $m = pooled($template);
	my ($process, $watchdog) = stopped_at($m, 'switchover.fence.done');
	my @stat = split ' ', slurp("/proc/$watchdog/stat") =~ s/^.*\) //sr;
	is($stat[3], $watchdog, 'it leads a session of its own');
	is($stat[4], 0, '... without a terminal');
	my %open = map { m{(\d+)$} => readlink } glob "/proc/$watchdog/fd/*";
	is(join(' ', sort keys %open), '0 1 2 3', '... has no descriptor of its parent\'s but standard error');
	like($open{3}, qr/^pipe:/, '... beside a pipe');
	is("@open{0, 1}", '/dev/null /dev/null', '... and no input or output');
	my $threads = () = glob '/proc/' . $process->pid . '/task/*';
	is($threads, 1, 'its parent has one thread, so that it may fork') if !-e '/proc/self/maps' || slurp('/proc/' . $process->pid . '/maps') !~ /libtsan/;
	kill $_, $watchdog for qw(INT TERM HUP);
	sleep 0.2;
	ok(kill(0, $watchdog), 'no signal of a terminal ends it');
	died($process);
	taken_over($m, 'source', $process, 'after those signals');

	$process = start_pgbaton('switchover', ends($m), '--yes', { env => { PGBATON_STOP_AT => 'switchover.fence.done' } });
	wait_until('it stands', sub { entry($m->{poolers}[0], $m->{database}) =~ /paused/ && (split ' ', slurp('/proc/' . $process->pid . '/stat'))[2] eq 'T' });
	$process->kill('INT');
	$process->kill('CONT');
	is($process->wait->{rc}, 7, 'Ctrl-C in the pause');
	nobody_runs($m, 'after it');
	unlike($process->err, qr/watchdog/, '... and the watchdog has done nothing');
	clients_are_on($m, 'source');

	pgbaton_ok('switchover', ends($m), '--rehearse', '--yes');
	nobody_runs($m, 'after a rehearsal');
	my ($rehearsal) = stopped_at($m, 'switchover.marker_seen.done', '--rehearse');
	died($rehearsal);
	taken_over($m, 'source', $rehearsal, 'a rehearsal');
	for my $command (qw(switchover rollback))
	{
		unlike(hand_over($m, $command)->{err}, qr/watchdog/, 'it does not speak unasked');
		nobody_runs($m, "after a $command");
	}
	pgbaton('switchover', ends($m), '--yes', '--pause-budget-ms', 10);
	nobody_runs($m, 'after one that has failed');
	pgbaton('cleanup', ends($m), '--yes');
	end_pooled($m);
});

case_of('a server that is away as well' => sub {
	my $m = pooled($template);
	my ($process) = stopped_at($m, 'switchover.point_of_no_return.done');
	$target->stop('immediate');
	died($process);
	sleep 1;
	$target->start;
	wait_until('it is taken over', sub { !running($m) });
	check_read_only($m, 'source');
	clients_are_on($m, 'target');
	check_reverse($m);
	hand_over($m, 'rollback');
	end_pooled($m);
});

case_of('another pgbaton comes first' => sub {
	my $m = pooled($template);
	for my $point (qw(fence point_of_no_return))
	{
		my ($process, $watchdog) = stopped_at($m, "switchover.$point.done");
		kill 'STOP', $watchdog;
		died($process);
		hand_over($m, 'switchover');
		kill 'CONT', $watchdog;
		wait_until('the watchdog has looked', sub { !running($m) });
		like($process->err, qr/somebody else has seen to the switchover/, 'it leaves it at that');
		clients_are_on($m, 'target');
		hand_over($m, 'rollback');
	}
	# Both at once: one does it, the other waits, or meets the moment when all sessions are ended.
	for my $late (0, 0.03, 0.06, 0.1)
	{
		my ($process) = stopped_at($m, 'switchover.point_of_no_return.done');
		died($process);
		sleep $late;
		hand_over($m, 'switchover');
		wait_until('both are done', sub { !running($m) });
		clients_are_on($m, 'target');
		hand_over($m, 'rollback');
	}
	end_pooled($m);
});

case_of('--no-watchdog' => sub {
	my $m = pooled($template);
	kill_at($m, 'switchover.point_of_no_return.done', 'switchover', '--yes');
	nobody_runs($m, 'after the kill');
	check_read_only($m, $_) for qw(source target);
	hand_over($m, 'switchover');
	end_pooled($m);
});

done_testing();
