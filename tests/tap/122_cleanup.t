# cleanup removes all that a migration has made, at any stage, also with one side gone.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 300, no_traffic => 1);
make_gate($template);
my $n = 0;

sub cleaning
{
	my ($what, $code) = @_;
	my $m = clone_of($template, 'shop' . ++$n);
	case_of($what => sub { $code->($m) });
	drop_databases($m);
	return;
}

# The target's rows stay when all else goes.
sub n_rows
{
	my ($m) = @_;
	return sql($m->{target}, $m->{database}, 'SELECT count(*) FROM big');
}

cleaning('nothing was ever made' => sub {
	my ($m) = @_;
	sql($target, 'postgres', "CREATE DATABASE $m->{database}");
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	check_writable($m, 'source');
});

cleaning('not confirmed' => sub {
	my ($m) = @_;
	pgbaton_ok('migrate', ends($m));
	pgbaton_fails(2, qr/--yes/, 'cleanup', ends($m));
	is(n_slots($source, $m->{database}), 1, 'nothing was removed');
	pgbaton_ok('cleanup', ends($m), '--yes', '--dry-run');
	is(n_slots($source, $m->{database}), 1, 'nor by a dry run');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	is(n_rows($m), 300, 'the rows stay on the target');
	check_writable($m, $_) for qw(source target);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m, 'after the second cleanup');
});

for my $point (qw(migrate.journal.begun migrate.schema_read.done migrate.copy.begun migrate.copy.ending migrate.subscribe.ending migrate.ready.done))
{
	cleaning("killed at $point" => sub {
		my ($m) = @_;
		kill_at($m, $point, 'migrate');
		pgbaton_ok('cleanup', ends($m), '--yes');
		check_nothing_left($m);
		check_writable($m, 'source');
	});
}

cleaning('killed in the middle of the copy' => sub {
	my ($m) = @_;
	my $gate = close_gate($m);
	my $migrate = start_pgbaton('migrate', ends($m));
	wait_at_gate($m, $migrate);
	$migrate->kill('KILL');
	$migrate->wait;
	pgbaton_ok('cleanup', ends($m), '--yes');
	$gate->quit;
	check_nothing_left($m);
});

for my $point (qw(prepare_way_back.ending fence.done point_of_no_return.begun))
{
	cleaning("killed at switchover.$point" => sub {
		my ($m) = @_;
		pgbaton_ok('migrate', ends($m));
		kill_at($m, "switchover.$point", 'switchover', '--yes');
		pgbaton_ok('cleanup', ends($m), '--yes');
		check_nothing_left($m);
		check_writable($m, 'source');
	});
}

cleaning('in the middle of a switchover that cannot be undone' => sub {
	my ($m) = @_;
	pgbaton_ok('migrate', ends($m));
	kill_at($m, 'switchover.point_of_no_return.ending', 'switchover', '--yes');
	pgbaton_fails(3, qr/switchover/, 'cleanup', ends($m), '--yes');
	pgbaton_ok('switchover', ends($m), '--yes');
	check_reverse($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	check_read_only($m, 'source');
	check_writable($m, 'target');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_read_only($m, 'source');
});

for my $switched (0, 1)
{
	for my $away (qw(source target))
	{
		cleaning("the $away is away, " . ($switched ? 'after' : 'before') . ' the switchover' => sub {
			my ($m) = @_;
			my $there = $away eq 'source' ? 'target' : 'source';
			pgbaton_ok('migrate', ends($m));
			pgbaton_ok('switchover', ends($m), '--yes') if $switched;
			$m->{$away}->stop;
			pgbaton_fails(5, qr/error: .*\b$away could not be cleaned up/, 'cleanup', ends($m), '--yes');
			check_nothing_left($m, "though the $away is away", $there);
			check_writable($m, $there) if !$switched || $there eq 'target';
			$m->{$away}->start;
			pgbaton_ok('cleanup', ends($m), '--yes');
			check_nothing_left($m);
			check_writable($m, $_) for $switched ? 'target' : qw(source target);
			check_read_only($m, 'source') if $switched;
		});
	}
}

cleaning('the target database was dropped by hand' => sub {
	my ($m) = @_;
	kill_at($m, 'migrate.copy.ending', 'migrate');
	sql($target, 'postgres', "DROP DATABASE $m->{database} WITH (FORCE)");
	my $result = pgbaton('cleanup', ends($m), '--yes');
	is(n_slots($source, $m->{database}), 0, 'the slot of the source is gone');
	check_nothing_left($m, 'though there is no target database', 'source');
	is($result->{rc}, 5, 'the exit code says that the target was not reached');
});

cleaning('two migrations of one database, by name' => sub {
	my ($m) = @_;
	my $other = migration(%$m, options => [ '--migration', 'main_2' ], target_database => "$m->{database}_2");
	pgbaton_ok('migrate', ends($m));
	pgbaton_ok('migrate', ends($other));
	is(n_slots($source, $m->{database}), 2, 'both have a slot');
	pgbaton_ok('cleanup', ends($m), '--yes');
	is(n_slots($source, $m->{database}), 1, 'one is left');
	wait_forward($other);
	check_same($other, sequences => 0);
	pgbaton_ok('cleanup', ends($other), '--yes');
	check_nothing_left($_) for $m, $other;
	drop_databases($other, 'target');
});

done_testing();
