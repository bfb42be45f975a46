# The source's shared lock table is full: what fails says which setting is too small, the source stays writable, and once there is room it goes on.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my $tables = 300;
my ($source, $target) = pair(
	source => '15',
	target => '17',
	source_opt => { conf => "max_connections = 60\nmax_locks_per_transaction = 20\nautovacuum = off" });
my $m = migration(source => $source, target => $target, database => 'shop');
make_small($m, no_traffic => 1);
sql($source, 'shop', "CREATE TABLE t$_ (id int PRIMARY KEY); INSERT INTO t$_ VALUES ($_)") for 1 .. 3;
sql($source, 'shop', "DO 'BEGIN FOR i IN 4 .. $tables LOOP EXECUTE format(''CREATE TABLE t%s (id int PRIMARY KEY)'', i); COMMIT; END LOOP; END'");
# Somebody else's locks, so many that only $room more can be taken. They are of a session, and go with it.
sub fill_lock_table
{
	my ($room) = @_;
	my $session = $source->background_psql('postgres', on_error_stop => 0);
	my $n = 0;
	# Advisory locks outlive the statement that fails.
	$session->query('SELECT count(pg_advisory_lock(4711, i)) FROM generate_series(1, 100000) AS i');
	$n = $session->query("SELECT count(pg_advisory_unlock(4711, i)) FROM generate_series(1, $room) AS i");
	is($n, $room, "there is room for $room locks");
	return $session;
}

case_of('before anything is made' => sub {
	my $session = fill_lock_table($tables / 2);
	pgbaton_fails(1, qr/out of shared memory.*hint: Raise max_locks_per_transaction on the source/s, 'migrate', ends($m));
	is(n_slots($source, 'shop'), 0, 'no slot is left');
	check_writable($m, 'source');
	$session->quit;
	pgbaton_ok('migrate', ends($m));
});

case_of('at the fence' => sub {
	my $session = fill_lock_table($tables / 2);
	my $n = sql($source, 'shop', "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'");
	# Without the way back: its subscription on the source would be the first to lock all tables.
	my $result = pgbaton('switchover', ends($m), '--no-reverse', '--yes');
	is($result->{rc}, 1, 'the switchover fails');
	like($result->{err}, qr/error: .*locking the tables against writes: .*out of shared memory/, 'it says at what');
	like($result->{err}, qr/^hint: Raise max_locks_per_transaction on the source \(needs a restart\): there are $n tables to lock\.$/m, 'and the remedy');
	check_writable($m, 'source');
	$session->quit;
	pgbaton_ok('switchover', ends($m), '--yes');
	check_read_only($m, 'source');
	check_writable($m, 'target');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
});

done_testing();
