# Switchovers and rollbacks with the clients behind PgBouncers: under load no transaction fails; what is refused leaves the entries as they
# were; a PgBouncer that dies, clients that stay, a command of on_switch that fails, and pgbaton killed at each point of the pause.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonPooled;
use PgbatonPooler;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(time);

my ($source, $target) = pair(source => '15', target => '17');
my $template = pooled_template($source, $target);

case_of('round trips under load' => sub {
	my $m = pooled($template);
	my $bench = start_bench($m);
	my $traffic = start_ledger($m);
	my @pauses;
	for my $round (1 .. 3)
	{
		for my $command (qw(switchover rollback))
		{
			more_bench($m, $command eq 'switchover' ? 'source' : 'target');
			my $result = hand_over($m, $command);
			return if $result->{rc} != 0;
			unlike($result->{err}, qr/warning/, '... without a warning');
			push @pauses, sprintf '%.1f', json_of($result)->{databases}[0]{pause_ms};
			more_traffic($m);
		}
	}
	more_bench($m, 'source');
	note("pauses: @pauses ms");
	stop_bench($bench);
	stop_ledger($m, $traffic);
	check_ledger($m, 'source');
	wait_forward($m);
	check_ledger($m);
	check_same($m, sequences => 0);
	for my $side (qw(source target))
	{
		my $sums = sql($m->{$side}, $m->{database}, 'SELECT count(DISTINCT s) FROM (SELECT sum(abalance) FROM pgbench_accounts
			UNION ALL SELECT sum(bbalance) FROM pgbench_branches UNION ALL SELECT sum(tbalance) FROM pgbench_tellers
			UNION ALL SELECT sum(delta) FROM pgbench_history) AS x (s)');
		is($sums, 1, "pgbench's sums agree on the $side");
	}
	end_pooled($m);
});

# pgbench's own count of what it has done: it tells it only when its time is up.
case_of('every transaction of pgbench is there' => sub {
	my $m = pooled($template);
	my $bench = start_bench($m, '-t', 1500);
	wait_sql($source, $m->{database}, 'SELECT count(*) > 100 FROM pgbench_history');
	hand_over($m, 'switchover');
	hand_over($m, 'rollback') if $bench->running;
	hand_over($m, 'switchover') if $bench->running;
	my $result = $bench->wait;
	is($result->{rc}, 0, 'pgbench is content') or diag($result->{err});
	like($result->{out}, qr{number of transactions actually processed: 12000/12000\nnumber of failed transactions: 0 }, '... and has counted no failure');
	wait_reverse($m);
	is(bench_rows($m, $_), 12000, "... and all are on the $_") for qw(source target);
	end_pooled($m);
});

case_of('a rehearsal' => sub {
	my $m = pooled($template);
	my $traffic = start_ledger($m);
	for my $command (qw(switchover rollback))
	{
		my $side = $command eq 'switchover' ? 'source' : 'target';
		my $result = pgbaton_ok('--json', $command, ends($m), '--rehearse', '--yes');
		is(json_of($result)->{databases}[0]{state}, 'rehearsed', '... is rehearsed');
		my %parts = map { $_->{part} => 1 } @{ json_of($result)->{databases}[0]{timeline} };
		ok($parts{poolers_paused} && $parts{fence} && !$parts{poolers_resumed}, '... with the poolers in the pause');
		clients_are_on($m, $side);
		more_traffic($m);
		hand_over($m, $command);
	}
	stop_ledger($m, $traffic);
	check_ledger($m, 'source');
	end_pooled($m);
});

case_of('on_switch' => sub {
	my $log = work_dir() . '/hook.log';
	my $m = pooled($template, config => [ 'on_switch = echo "$PGBATON_DIRECTION $PGBATON_MIGRATION $PGBATON_DATABASE $PGBATON_FROM_HOST:$PGBATON_FROM_PORT '
			  . '$PGHOST:$PGPORT/$PGDATABASE `psql -XAtc "SHOW transaction_read_only"`" >>' . $log ]);
	my ($old, $new) = map { $_->host . ':' . $_->port } $source, $target;
	pgbaton_ok('switchover', ends($m), '--rehearse', '--yes');
	ok(!-e $log, 'a rehearsal does not run the command');
	hand_over($m, 'switchover');
	is(slurp($log), "switchover main $m->{database} $old $new/$m->{database} off\n", 'it is run once, knows the direction, and can write');
	unlink $log;
	hand_over($m, 'rollback');
	is(slurp($log), "rollback main $m->{database} $new $old/$m->{database} off\n", 'in the other direction too');
	unlink $log;
	my $result = hand_over($m, 'switchover', '--on-switch', 'echo why; exit 3');
	like($result->{err}, qr/warning: .*on_switch failed: exit code 3.*why/, 'one that fails is a warning');
	my ($again) = $result->{err} =~ /run it by hand: (.*)/;
	like($again // '', qr/PGBATON_DIRECTION='switchover'.*sh -c 'echo why; exit 3'/, '... with the command to repeat');
	$again =~ s/exit 3'$/env | grep -c PGBATON_'/;
	follow($target, $again);
	ok(!-e $log, '... and the option beats the config file');
	end_pooled($m);
});

case_of('a PgBouncer that is dead before' => sub {
	my $m = pooled($template);
	my ($one, $two) = @{ $m->{poolers} };
	for my $command (qw(switchover rollback))
	{
		my ($old, $new) = $command eq 'switchover' ? qw(source target) : qw(target source);
		stop_pooler($two);
		my $bench = start_bench($m);
		pgbaton_fails(5, qr/pooler "main" at \Q$two->{dir}\E/, $command, ends($m), '--yes');
		clients_are_on($m, $old, $one);
		check_writable($m, $old);
		is(n_slots($m->{$new}, $m->{database}), 0, "no slot is left on the $new");
		my $status = pgbaton('status', ends($m));
		is($status->{rc}, 0, 'status is content') or diag($status->{out});
		stop_bench($bench);
		PgbatonPooler::start_again($two);
		hand_over($m, $command);
	}
	end_pooled($m);
});

case_of('a PgBouncer that dies in the pause' => sub {
	my $m = pooled($template);
	my ($one, $two) = @{ $m->{poolers} };
	my $bench = start_bench($m);
	for my $command (qw(switchover rollback))
	{
		my ($old, $new) = $command eq 'switchover' ? qw(source target) : qw(target source);
		more_bench($m, $old);
		my $process = start_pgbaton($command, ends($m), '--yes', { env => { PGBATON_STOP_AT => "$command.poolers_paused.done" } });
		wait_until('clients wait', sub { !$process->running || entry($one, $m->{database}) =~ /paused/ && entry($two, $m->{database}) =~ /paused/ });
		stop_pooler($two);
		$process->kill('CONT');
		my $result = $process->wait;
		is($result->{rc}, 0, "the $command is done") or diag($result->{err});
		like($result->{err}, qr/warning: .*could not move the clients of the pooler "main" at \Q$two->{dir}\E.*psql -d .*\Q$two->{dir}\E.* -c RELOAD -c /,
			'... the warning names the dead one and what to run');
		clients_are_on($m, $new, $one);
		check_read_only($m, $old);
		ok($bench->running, '... clients of the other one go on');
		PgbatonPooler::start_again($two);
		clients_are_on($m, $new);
	}
	stop_bench($bench);
	end_pooled($m);
});

case_of('session pooling' => sub {
	my $m = pooled($template, settings => { pool_mode => 'session' });
	my ($one, $two) = @{ $m->{poolers} };
	my $client = client_of($two, $m->{database}, '-f', write_file(work_dir() . '/stay.sql', "SELECT 'in' \\watch 60\n"));
	wait_until('a session is open', sub { $client->out =~ /in/ });
	my $start = time;
	my $result = pgbaton_fails(3, qr/could not hold its clients in time.*clients = disconnect/s, 'switchover', ends($m), '--yes', '--pause-budget-ms', '700ms');
	cmp_ok(time - $start, '<', 20, '... within the budget');
	like($result->{err}, qr/warning: .*"$m->{database}" is in session pooling/, '... it was warned of');
	clients_are_on($m, 'source');
	is(n_slots($target, $m->{database}), 0, '... and no slot is left');
	write_file($m->{config}, slurp($m->{config}) . "clients = disconnect\n", 0600);
	my $traffic = start_ledger($m);
	for my $command (qw(switchover rollback))
	{
		$result = hand_over($m, $command);
		like($result->{err}, qr/warning: .*will be disconnected/, '... is warned of');
		more_traffic($m);
	}
	$client->kill('KILL');
	stop_traffic($m, $traffic);
	check_ledger($m, 'source');
	end_pooled($m);
});

# kill -9 at the points of the pause. $by: switchover, or cleanup, which lets the clients go on where they were.
sub killed
{
	my ($point, $by) = @_;
	my $m = pooled($template);
	my ($one) = @{ $m->{poolers} };
	my $traffic = start_ledger($m);
	kill_at($m, "switchover.$point.done", 'switchover', '--yes');
	my $has_passed = $point !~ /poolers_paused|fence/;
	my $is_open = $point =~ /^open|resumed/;
	my $is_led = $point =~ /resumed/;
	$is_led ? clients_are_on($m, 'target') : like(entry($one, $m->{database}), qr/ paused$/, 'the clients wait');
	if ($has_passed)
	{
		check_read_only($m, 'source');
		check_writable($m, 'target') if $is_open;
		check_read_only($m, 'target') if !$is_open;
		pgbaton_fails(3, qr/not finished/, 'cleanup', ends($m), '--yes') if !$is_open;
	}
	else
	{
		check_writable($m, 'source', 'for those who come without a pooler');
	}
	if ($by eq 'cleanup')
	{
		pgbaton_ok('cleanup', ends($m), '--yes');
		clients_are_on($m, 'source');
		more_traffic($m);
		stop_ledger($m, $traffic);
		check_ledger($m, 'source');
	}
	else
	{
		hand_over($m, 'switchover');
		more_traffic($m);
		stop_ledger($m, $traffic);
		check_ledger($m);
		check_reverse($m);
		check_ledger($m, 'source');
	}
	end_pooled($m);
	return;
}

for my $point (qw(poolers_paused fence point_of_no_return open poolers_resumed))
{
	case_of("killed at $point.done" => sub { killed($point, 'switchover') });
}
case_of("killed at $_.done, given up" => sub { killed($_, 'cleanup') }) for qw(poolers_paused fence);

done_testing();
