# What can go wrong while rows are copied. pgbaton recovers by itself where its servers come back, and resumes where it was stopped; what
# was finished is not copied again, and nothing is lost.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 2000);
make_gate($template);

# fault(WHAT, CODE, %expected): a migrate stands in the middle of the copy, CODE is done, the gate opens.
#   rc => N          exit code of that migrate (default: 0, it recovers); undef: it was killed
#   noticed => 1     it says so before the gate opens; without it, it is none of its business yet
#   slots => N       of the source in the end
my $n = 0;

sub fault
{
	my ($what, $code, %expected) = @_;
	my $m = clone_of($template, 'shop' . ++$n);
	case_of($what => sub {
		my $traffic = start_traffic($m, '--writers', 2, '--rate', 100);
		my $gate = close_gate($m);
		my $migrate = start_pgbaton('migrate', ends($m), '--jobs', 3);
		my $xmin = wait_at_gate($m, $migrate);
		$code->($m, $migrate, $gate);
		check_writable($m, 'source', 'in the meantime');
		wait_until('it connects again', sub { $migrate->err =~ /connecting again/ }) if $expected{noticed};
		$gate->quit;
		my $result = $migrate->wait;
		is($result->{rc}, exists $expected{rc} ? $expected{rc} : 0, 'it ends as it should') or diag($result->{err});
		if (($result->{rc} // -1) != 0)
		{
			check_read_only($m, 'target');
			pgbaton_ok('migrate', ends($m), '--jobs', 3);
		}
		is(PgbatonFlow::xmin_of_big($m), $xmin, 'what was finished was not copied again');
		finish_migration($m, $traffic, slots => $expected{slots});
	});
	drop_databases($m);
	return;
}

# Ends the one session of this name.
sub end_session
{
	my ($node, $m, $name) = @_;
	my $ended = sql($node, $m->{database},
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '$name'");
	cmp_ok($ended, '>', 0, "there was a session \"$name\"");
	return;
}

fault('SIGINT' => sub { my ($m, $migrate) = @_; $migrate->kill('INT'); $migrate->wait(10) }, rc => 7, slots => 2);
fault('SIGTERM' => sub { my ($m, $migrate) = @_; $migrate->kill('TERM'); $migrate->wait(10) }, rc => 7, slots => 2);
fault('SIGKILL' => sub { my ($m, $migrate) = @_; $migrate->kill('KILL'); $migrate->wait }, rc => undef, slots => 2);
fault('the keeper of the snapshot is terminated' => sub { end_session($source, $_[0], 'pgbaton main keeper') }, noticed => 1, slots => 2);
fault('the keeper of the snapshot is terminated, and not missed' => sub { end_session($source, $_[0], 'pgbaton main keeper') });
fault('the source sessions of the workers are terminated' => sub { end_session($source, $_[0], 'pgbaton main copy') });
fault('the target sessions of the workers are terminated' => sub { end_session($target, $_[0], 'pgbaton main copy') });
fault('the source session of the flow is terminated' => sub { end_session($source, $_[0], 'pgbaton main flow') });
fault('the target session of the flow is terminated' => sub { end_session($target, $_[0], 'pgbaton main flow') }, noticed => 1);
fault('the target session of the flow is terminated at the end of the copy' => sub { end_session($target, $_[0], 'pgbaton main flow') });
fault('the target restarts' => sub { $target->restart });
fault('the target crashes' => sub { $target->stop('immediate'); $target->start });
fault('the source restarts' => sub { $source->restart }, noticed => 1, slots => 2);
fault('the source crashes' => sub { $source->stop('immediate'); $source->start }, noticed => 1, slots => 2);
fault('the source crashes at the end of the copy' => sub { $source->stop('immediate'); $source->start });
fault('both restart' => sub { $_->stop('immediate') for $source, $target; $_->start for $source, $target });

# Others at the same time.
fault('other pgbatons' => sub {
	my ($m, $migrate) = @_;
	my %others = map { my $command = $_; $command => start_pgbaton($command, ends($m), '--yes') } qw(migrate switchover cleanup);
	for my $command (sort keys %others)
	{
		my $result = $others{$command}->wait;
		is($result->{rc}, 6, "$command is refused");
		like($result->{err}, qr/error: .*another pgbaton.*\n.*detail: .*pid \d+, user postgres.*\n.*hint: /, 'and told who is at work');
	}
	ok($migrate->running, 'the first one goes on');
}, slots => 1);

# Applications that know both servers by name try the target when the source is away for a moment: they must not write there, and
# above all not stay there, whenever they came.
case_of('strangers on the target' => sub {
	my $m = clone_of($template, 'shop');
	kill_at($m, 'migrate.guard.done', 'migrate');
	my $rc = $target->psql('shop', 'CREATE TABLE stray ()', stderr => \my $err);
	like($err, qr/read-only transaction/, 'the target is read-only before there is anything to write to');
	drop_databases($m, 'target');
	pgbaton_ok('cleanup', ends($m), '--yes') if orphans($source, 'shop') ne '';
	sql($target, 'postgres', 'CREATE DATABASE shop');
	my $stranger = $target->background_psql('shop', on_error_stop => 0);
	$stranger->query_safe('SELECT 1');
	pgbaton_ok('migrate', ends($m));
	eval { $stranger->query("INSERT INTO public.arrival VALUES (99999)") };
	eval { $stranger->quit };
	is(sql($target, 'shop', 'SELECT count(*) FROM public.arrival WHERE id = 99999'), 0, 'nor does an older session write');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

# A transaction that the slot would have to wait for.
case_of('an open transaction' => sub {
	my $m = clone_of($template, 'shop');
	my $session = $source->background_psql('shop');
	$session->query_safe('BEGIN; INSERT INTO public.arrival DEFAULT VALUES');
	my $pid = $session->query_safe('SELECT pg_backend_pid()');
	pgbaton_fails(3, qr/detail: .*pid $pid, user postgres/, 'migrate', ends($m), '--slot-timeout', '1s');
	is(n_slots($source, 'shop'), 0, 'no slot is left');
	$session->query_safe('COMMIT');
	$session->quit;
	pgbaton_ok('migrate', ends($m));
	is(n_slots($source, 'shop'), 1, 'now there is one');
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

# The source gives up its slot since it keeps too much: nothing can be streamed from there, and it is said.
case_of('the slot is invalidated during the copy' => sub {
	my $m = clone_of($template, 'shop');
	my $gate = close_gate($m);
	my $migrate = start_pgbaton('migrate', ends($m));
	wait_at_gate($m, $migrate);
	sql($source, 'postgres', "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
	$source->reload;
	wait_sql($source, 'postgres', 'SHOW max_slot_wal_keep_size', '1MB');
	sql($source, 'shop', "SELECT pg_logical_emit_message(false, 'x', 'x'); SELECT pg_switch_wal()") for 1 .. 4;
	sql($source, 'postgres', 'CHECKPOINT');
	is(sql($source, 'postgres', 'SELECT wal_status FROM pg_replication_slots'), 'lost', 'the slot is lost');
	$gate->quit;
	my $result = $migrate->wait;
	is($result->{rc}, 3, 'it is refused');
	like($result->{err}, qr/slot .* lost.*\n.*detail: .*\n.*hint: /, 'with the reason');
	check_writable($m, 'source', 'all the same');
	sql($source, 'postgres', 'ALTER SYSTEM RESET max_slot_wal_keep_size');
	$source->reload;
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m, 'target');
	pgbaton_ok('migrate', ends($m));
	wait_forward($m);
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

# The schema changes between the reading of it and the copy.
case_of('a table changes before the copy' => sub {
	my $m = clone_of($template, 'shop');
	kill_at($m, 'migrate.copy.begun', 'migrate');
	sql($source, 'shop', 'ALTER TABLE big ADD COLUMN late int DEFAULT 5');
	pgbaton_fails(3, qr/public\.big/, 'migrate', ends($m));
	sql($source, 'shop', 'ALTER TABLE big DROP COLUMN late');
	pgbaton_ok('migrate', ends($m));
	wait_forward($m);
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

done_testing();
