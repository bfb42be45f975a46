# Four workers and many chunks: copied undisturbed, stopped, cut off, and failing. "make tsan" runs this with the thread sanitizer.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(time);

my ($source, $target) = pair(source => '15', target => '17');
my @options = ('--jobs', 4, '--chunk-size', '1MB');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 500);
make_gate($template);
# Five chunks each, or more where the program thinks that smaller ones are better.
sql($source, 'template', <<"SQL") for 1 .. 4;
CREATE TABLE wide_$_ (id int PRIMARY KEY, n int, t text);
INSERT INTO wide_$_ SELECT i, i % 101, repeat(md5(i::text), 20) FROM generate_series(1, 7000) AS i;
CREATE INDEX ON wide_$_ (n);
ANALYZE wide_$_;
SQL

case_of('undisturbed' => sub {
	my $m = clone_of($template, 'calm');
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 50);
	pgbaton_ok('migrate', ends($m), @options);
	is(sql($target, 'calm', <<'SQL'), '4 true', 'each of the wide tables was copied in chunks');
SELECT count(*) || ' ' || bool_and(n >= 5) FROM (
	SELECT count(*) AS n FROM pgbaton.work w JOIN pgbaton.relation r ON r.id = w.relation_id
	WHERE w.kind = 'chunk' AND r.name ~ '^wide' GROUP BY r.name) AS tables
SQL
	finish_migration($m, $traffic);
	drop_databases($m);
});

# In the middle of the copy, with one worker at the gate.
sub disturbed
{
	my ($what, $name, $code, $rc) = @_;
	case_of($what => sub {
		my $m = clone_of($template, $name);
		my $traffic = start_traffic($m, '--writers', 2, '--rate', 50);
		my $gate = close_gate($m);
		my $migrate = start_pgbaton('migrate', ends($m), @options);
		wait_at_gate($m, $migrate);
		$code->($m, $migrate);
		eval { $gate->quit };
		my $result = $migrate->wait;
		is($result->{rc}, $rc, 'it ends as it should') or diag($result->{err});
		pgbaton_ok('migrate', ends($m), @options) if $rc != 0;
		finish_migration($m, $traffic);
		drop_databases($m);
	});
	return;
}

disturbed('SIGINT' => 'stopped', sub { my ($m, $migrate) = @_; $migrate->kill('INT'); $migrate->wait }, 7);
disturbed(
	'all sessions of the workers are ended' => 'cut',
	sub {
		my ($m) = @_;
		sql($_, $m->{database},
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgbaton main copy'")
		  for $source, $target;
	},
	0);

# A row that only the old server takes: the worker that meets it ends the others, and its error is the one that is told.
case_of('a worker fails' => sub {
	my $m = clone_of($template, 'failing');
	sql($source, 'failing', <<'SQL');
CREATE TABLE old_only (id int PRIMARY KEY, CHECK (current_setting('server_version_num')::int < 160000));
INSERT INTO old_only VALUES (1);
SQL
	my $result = pgbaton('migrate', ends($m), @options);
	is($result->{rc}, 1, 'it fails');
	like($result->{err}, qr/error: .*old_only.*check constraint/, 'and tells why');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

# The workers share the bound; the time is measured here, the bytes are those of psql's own COPY.
case_of('a rate limit' => sub {
	my $m = clone_of($template, 'limited');
	my $bytes = sql($source, 'limited', "SELECT sum(pg_column_size(id) + pg_column_size(n) + length(t)) FROM wide_1") * 4;
	my $start = time;
	my $result = pgbaton_ok('migrate', ends($m), @options, '--rate-limit', '4MB');
	my $seconds = time - $start;
	cmp_ok($seconds, '>', $bytes / (4 << 20) - 1, sprintf 'the copy of %.1f MB takes its time', $bytes / (1 << 20));
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m, 'target');
	my $migrate = start_pgbaton('migrate', ends($m), @options, '--rate-limit', '1kB');
	wait_sql($target, 'limited', 'SELECT count(*) > 0 FROM pgbaton.work WHERE kind = \'chunk\' AND NOT is_done');
	$migrate->kill('INT');
	is($migrate->wait(20)->{rc}, 7, 'a stop is heeded while they wait');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

done_testing();
