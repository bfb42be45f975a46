# switchover is killed at every point that the program itself lists. Before the point of no return the source goes on, by itself; after
# it, running the command again finishes what was begun. In the end nothing is lost on either side.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 300);

my @points = steps('switchover');
my ($first_after) = grep { $points[$_] eq 'switchover.point_of_no_return.done' } 0 .. $#points;
my ($sessions_ended) = grep { $points[$_] eq 'switchover.end_sessions.done' } 0 .. $#points;
my ($opened) = grep { $points[$_] eq 'switchover.open.done' } 0 .. $#points;
my @cleaning;
ok(defined $first_after && defined $sessions_ended && defined $opened, 'there are the points that this test knows');

for my $i (grep { $points[$_] =~ ($ENV{PGBATON_TEST_POINTS} // '.') } 0 .. $#points)
{
	my $m = clone_of($template, "shop$i");
	subtest $points[$i] => sub { try_point($m, $i) };
	# An apply worker of 15 looks only once a second whether it is still wanted, so the next point does not wait for the cleanup of this one.
	finish_cleanup(@cleaning);
	@cleaning = ($m, start_pgbaton('cleanup', ends($m), '--yes'));
}
finish_cleanup(@cleaning);

sub finish_cleanup
{
	my ($m, $process) = @_;
	return if !$m;
	my $result = $process->wait;
	is($result->{rc}, 0, "$m->{database}: cleaned up") or diag($result->{err});
	check_nothing_left($m);
	drop_databases($m);
	return;
}

sub try_point
{
	my ($m, $i) = @_;
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
	return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	sql($source, $m->{database}, "DELETE FROM scratch WHERE id < 10; INSERT INTO scratch VALUES (1000, 'late');
		SELECT lo_unlink(4711), lo_from_bytea(4712, 'late'), nextval('counter')");
	kill_at($m, $points[$i], 'switchover', '--yes');
	if ($i < $first_after)
	{
		check_writable($m, 'source', 'after the kill');
		check_read_only($m, 'target');
	}
	else
	{
		check_read_only($m, 'source');
		check_writable($m, 'target', 'as it is open') if $i >= $opened;
	}
	# Sessions that are older than the fence write on in the meantime: that must not be lost either.
	more_traffic($m) if $i < $sessions_ended || $i >= $opened;
	return if pgbaton_ok('switchover', ends($m), '--yes')->{rc} != 0;
	check_read_only($m, 'source');
	check_writable($m, 'target');
	more_traffic($m);
	stop_traffic($m, $traffic);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
	check_ledger($m, 'source');
	is(n_slots($source, $m->{database}), 0, 'the source has no slot');
	is(n_slots($target, $m->{database}), 1, 'the target has the one of the way back');
	return;
}

done_testing();
