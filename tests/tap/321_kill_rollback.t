# rollback is killed at every point that the program itself lists, in one migration that goes back and forth. Before the point of no return
# the target goes on, by itself; after it, running the command again finishes what was begun. In the end nothing is lost on either side.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $m = migration(source => $source, target => $target, database => 'shop');
make_small($m, rows => 300);

my @points = steps('rollback');
my ($first_after) = grep { $points[$_] eq 'rollback.point_of_no_return.done' } 0 .. $#points;
my ($sessions_ended) = grep { $points[$_] eq 'rollback.end_sessions.done' } 0 .. $#points;
my ($opened) = grep { $points[$_] eq 'rollback.open.done' } 0 .. $#points;
ok(defined $first_after && defined $sessions_ended && defined $opened, 'there are the points that this test knows');

my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
pgbaton_ok('migrate', ends($m));
for my $i (grep { $points[$_] =~ ($ENV{PGBATON_TEST_POINTS} // '.') } 0 .. $#points)
{
	last if !case_of($points[$i] => sub { try_point($i) });
}
stop_traffic($m, $traffic);
check_ledger($m, 'source');
wait_forward($m);
check_same($m, sequences => 0);
check_ledger($m);
pgbaton_ok('cleanup', ends($m), '--yes');
check_nothing_left($m);

sub try_point
{
	my ($i) = @_;
	return if pgbaton_ok('switchover', ends($m), '--yes')->{rc} != 0;
	my $value = sql($target, 'shop', "INSERT INTO scratch VALUES (10000 + $i, 'late'); SELECT lo_from_bytea(0, 'late'); SELECT nextval('counter')");
	$value = (split /\n/, $value)[-1];
	kill_at($m, $points[$i], 'rollback', '--yes');
	if ($i < $first_after)
	{
		check_writable($m, 'target', 'after the kill');
		check_read_only($m, 'source');
		is(pgbaton('switchover', ends($m), '--yes')->{rc}, 0, 'a switchover has nothing to do');
	}
	else
	{
		check_read_only($m, 'target');
		check_writable($m, 'source', 'as it is open') if $i >= $opened;
		# The other direction must not begin where this one stands half done.
		my $result = pgbaton('switchover', ends($m), '--yes');
		my $is_finished = $points[$i] =~ /finished\.(ending|done)/;
		is($result->{rc}, 3, 'a switchover is refused') or diag($result->{err})
		  if !$is_finished;
		like($result->{err}, qr/rollback is not finished/, 'and says why') if !$is_finished;
		return if $is_finished && pgbaton_ok('rollback', ends($m), '--yes')->{rc} != 0;
	}
	more_traffic($m) if $i < $sessions_ended || $i >= $opened;
	return if pgbaton_ok('rollback', ends($m), '--yes')->{rc} != 0;
	check_read_only($m, 'target');
	check_writable($m, 'source');
	cmp_ok(sql($source, 'shop', "SELECT nextval('counter')"), '>', $value, 'the sequence goes on where it was');
	more_traffic($m);
	is(n_slots($target, 'shop'), 0, 'the target has no slot');
	is(n_slots($source, 'shop'), 1, 'the source has that of its stream');
	return;
}

done_testing();
