# Workers of other hosts in the same copy: they come before it, in it and after it, are killed, and outlive the pgbaton that runs it. Nothing is
# lost or copied twice by that.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 500);
make_gate($template);
# In chunks of about 1 MB, one of which takes a second at the rates below.
sql($source, 'template', <<"SQL") for 1 .. 3;
CREATE TABLE wide_$_ (id int PRIMARY KEY, n int, t text);
INSERT INTO wide_$_ SELECT i, i % 101, repeat(md5(i::text), 20) FROM generate_series(1, 9000) AS i;
CREATE INDEX ON wide_$_ (n);
ANALYZE wide_$_;
SQL
my @slow = ('--jobs', 2, '--chunk-size', '1MB', '--rate-limit', '1MB');
my @workers = ('--jobs', 2);

sub start_migrate { my ($m, @more) = @_; return start_pgbaton('migrate', ends($m), @slow, @more) }
sub start_join { my ($m, @more) = @_; return start_pgbaton('join', '--json', ends($m), @workers, @more) }

# Until this many chunks are copied, more than the small tables have.
sub wait_copied
{
	my ($m, $n, $process) = @_;
	return wait_until("$n chunks are copied", sub {
		die 'it ended before: ' . $process->err if $process && !$process->running;
		my ($out, $err);
		my $rc = eval {
			$target->psql($m->{target_database}, "SELECT count(*) >= $n FROM pgbaton.work WHERE kind = 'chunk' AND is_done",
				stdout => \$out, stderr => \$err);
		} // 1;
		return $rc == 0 && $out eq 't';
	});
}

# Until workers of a join hold a chunk each and have sent rows of it.
sub wait_joined
{
	my ($m, $n) = @_;
	return wait_sql($target, $m->{target_database},
		"SELECT count(*) >= $n FROM pg_stat_progress_copy p JOIN pg_stat_activity a USING (pid)"
		. " WHERE a.application_name = 'pgbaton main join copy' AND p.datname = current_database() AND bytes_processed > 0");
}

# The database's entry in the result of a join that ends well.
sub joined
{
	my ($process, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $process->wait;
	is($result->{rc}, 0, "$what ends well") or diag($result->{err});
	my $entry = json_of($result)->{databases}[0] // {};
	is($entry->{state}, 'over', 'since the copy is over');
	return $entry;
}

sub migrated
{
	my ($process) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $process->wait;
	is($result->{rc}, 0, 'migrate ends well') or diag($result->{err});
	return $result;
}

# The journal's own count of chunks and rows is that of the tables, and so no chunk was committed twice.
sub check_journal
{
	my ($m) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(sql($target, $m->{target_database}, <<'SQL'), "wide_1|0|9000\nwide_2|0|9000\nwide_3|0|9000", 'every row was copied once');
SELECT name, chunks_left, rows_copied FROM pgbaton.relation WHERE name ~ '^wide' ORDER BY 1
SQL
	is(sql($target, $m->{target_database}, "SELECT count(*) FROM pgbaton.work WHERE NOT is_done AND kind <> 'at opening'"), 0,
		'and nothing was left undone');
	return;
}

sub with_migration
{
	my ($what, $name, $code, %opt) = @_;
	case_of($what => sub {
		my $m = clone_of($template, $name);
		my $traffic = start_traffic($m, '--writers', 2, '--rate', 50);
		$code->($m);
		check_journal($m);
		finish_migration($m, $traffic, %opt);
		drop_databases($m);
	});
	return;
}

with_migration('during the copy', 'during', sub {
	my ($m) = @_;
	my $migrate = start_migrate($m);
	wait_copied($m, 6, $migrate);
	my $join = start_join($m, '--rate-limit', '2MB');
	wait_joined($m, 1);
	my $status = json_of(pgbaton('status', '--json', ends($m)))->{databases}[0];
	is("$status->{joined} $status->{joined_workers}", '1 2', 'status counts it');
	like(pgbaton('status', ends($m))->{out}, qr/^joined: 1 more, with 2 workers$/m, 'in words too');
	my $done = joined($join, 'the join');
	cmp_ok($done->{chunks}, '>', 1, 'it copied chunks');
	cmp_ok($done->{rows}, '>', 1000, 'and rows');
	cmp_ok($done->{bytes}, '>', 600_000, 'and tells how much');
	migrated($migrate);
}, slots => 1);

with_migration('two, from before there is a target database', 'before', sub {
	my ($m) = @_;
	my @joins = map { start_join($m, '--rate-limit', '1MB') } 1 .. 2;
	for my $join (@joins)
	{
		wait_until('it waits', sub { $join->err =~ /waiting for pgbaton migrate to begin/ || !$join->running });
	}
	my $migrate = start_migrate($m);
	wait_joined($m, 2);
	my @done = map { joined($_, 'a join') } @joins;
	cmp_ok($_->{chunks}, '>', 0, 'it took part') for @done;
	cmp_ok($done[0]{waited_ms}, '>', 0, 'and tells that it waited');
	migrated($migrate);
	my $late = joined(start_join($m), 'one that comes after the copy');
	is("$late->{chunks} $late->{indexes}", '0 0', 'there was nothing to do');
}, slots => 1);

# Killed on the spot, and in the orderly way: what it was at is copied by others.
with_migration('joins are killed in mid-chunk', 'killed', sub {
	my ($m) = @_;
	my $migrate = start_migrate($m);
	wait_copied($m, 6, $migrate);
	for my $signal (qw(KILL INT))
	{
		my $join = start_join($m, '--rate-limit', '100kB');
		wait_joined($m, 1);
		$join->kill($signal);
		my $result = $join->wait(20);
		is($result->{rc}, $signal eq 'INT' ? 7 : undef, "SIG$signal");
	}
	migrated($migrate);
}, slots => 1);

with_migration('migrate is killed and run again', 'orphan', sub {
	my ($m) = @_;
	my $migrate = start_migrate($m);
	wait_copied($m, 8, $migrate);
	my $join = start_join($m, '--rate-limit', '500kB');
	wait_joined($m, 2);
	$migrate->kill('KILL');
	$migrate->wait;
	wait_until('the join misses it', sub { $join->err =~ /has ended before the copy was over|snapshot .* is gone/ || !$join->running });
	wait_until('it waits for it', sub { $join->err =~ /waiting for/ || !$join->running });
	my $again = start_migrate($m);
	my $done = joined($join, 'the join');
	cmp_ok($done->{chunks}, '>', 0, 'it took part');
	migrated($again);
}, slots => 2);

# At once: the worker of the join has the old snapshot and a chunk under it when the new group is made.
with_migration('migrate is killed and run again at once', 'stale', sub {
	my ($m) = @_;
	my $migrate = start_migrate($m);
	wait_copied($m, 8, $migrate);
	my $join = start_join($m, '--rate-limit', '500kB');
	wait_joined($m, 2);
	$migrate->kill('KILL');
	my $again = start_migrate($m);
	joined($join, 'the join');
	migrated($again);
}, slots => 2);

with_migration('the keeper of the snapshot ends', 'keeper', sub {
	my ($m) = @_;
	my $migrate = start_migrate($m);
	wait_copied($m, 8, $migrate);
	my $join = start_join($m, '--rate-limit', '500kB');
	wait_joined($m, 1);
	is(sql($source, $m->{database}, <<'SQL'), 't', 'there was one');
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgbaton main keeper'
SQL
	joined($join, 'the join');
	migrated($migrate);
}, slots => 2);

# Both groups are copied under one snapshot: a join takes from either, and each goes into its own stream afterwards.
with_migration('a copy for two streams', 'streams', sub {
	my ($m) = @_;
	my $migrate = start_migrate($m, '--apply-streams', 2);
	wait_copied($m, 6, $migrate);
	my $join = start_join($m, '--rate-limit', '2MB');
	wait_joined($m, 1);
	is(sql($target, $m->{target_database}, <<'SQL'), 't', 'two groups, one snapshot');
SELECT count(*) = 2 AND count(DISTINCT snapshot) = 1 AND count(snapshot) = 2 FROM pgbaton.replication_group WHERE state = 'copying'
SQL
	my $done = joined($join, 'the join');
	cmp_ok($done->{chunks}, '>', 1, 'it copied chunks');
	migrated($migrate);
	is(sql($source, $m->{database}, <<'SQL'), 't', 'the big tables are in both publications');
SELECT count(DISTINCT pubname) = 2 AND count(*) = 3 FROM pg_publication_tables WHERE tablename ~ '^wide'
SQL
}, slots => 2);

# The state that a dry run tells, which must be all it does.
sub tells
{
	my ($m, $state, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton_ok('join', '--dry-run', '--json', ends($m), @workers);
	my $entry = json_of($result)->{databases}[0] // {};
	is(join(' ', map { $_ // '-' } @$entry{qw(database state chunks rows bytes indexes waited_ms)}), "$m->{database} $state 0 0 0 0 0", $what);
	return;
}

with_migration('a dry run tells what there is to take part in', 'dry', sub {
	my ($m) = @_;
	my $gate = close_gate($m);
	tells($m, 'waiting', 'there is no target database yet');
	is(sql($target, 'postgres', "SELECT count(*) FROM pg_database WHERE datname = '$m->{target_database}'"), 0, 'and it made none');
	my $migrate = start_migrate($m);
	wait_copied($m, 6, $migrate);
	# The copy cannot end before the gate is open.
	tells($m, 'copying', 'in the middle of the copy');
	like(pgbaton_ok('join', '--dry-run', ends($m))->{out}, qr/^database "\Q$m->{database}\E": the copy is copying; done here: 0 chunks, /, 'in words too');
	is(sql($target, 'postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name ~ '^pgbaton main join'"), 0, 'no session stays');
	is(json_of(pgbaton('status', '--json', ends($m)))->{databases}[0]{joined}, 0, 'status counts no join');
	$gate->quit;
	migrated($migrate);
	tells($m, 'over', 'after the copy');
}, slots => 1);

case_of('nothing to take part in' => sub {
	my $m = clone_of($template, 'nothing');
	pgbaton_fails(3, qr/no copy to take part in.*pgbaton migrate/s, 'join', ends($m), '--wait', '1s');
	my $join = start_join($m);
	wait_until('it waits', sub { $join->err =~ /waiting/ || !$join->running });
	$join->kill('INT');
	is($join->wait(10)->{rc}, 7, 'a stop ends the wait');
	kill_at($m, 'migrate.copy.begun', 'migrate');
	pgbaton_fails(3, qr/detail: .*not running/, 'join', ends($m), '--wait', 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

done_testing();
