# migrate is killed at every point that the program itself lists, so that a new step is covered by itself. Run again, it completes:
# same rows, ledger intact, no orphan slot; and the source was in use all the time.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $m = migration(source => $source, target => $target, database => 'shop');
make_small($m, rows => 300);

for my $point (grep { $_ =~ ($ENV{PGBATON_TEST_POINTS} // '.') } steps('migrate'))
{
	subtest $point => sub {
		my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
		kill_at($m, $point, 'migrate');
		check_writable($m, 'source', 'after the kill');
		return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
		more_traffic($m);
		stop_traffic($m, $traffic);
		check_read_only($m, 'target');
		wait_forward($m);
		check_same($m, sequences => 0);
		check_ledger($m);
		is(n_slots($source, 'shop'), 1, 'the source has the one slot it needs');
		is(n_slots($target, 'shop'), 0, 'the target has none');
		pgbaton_ok('cleanup', ends($m), '--yes');
		check_nothing_left($m);
	};
	drop_databases($m, 'target');
}

done_testing();
