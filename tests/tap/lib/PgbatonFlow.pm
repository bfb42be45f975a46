# What tests of whole migrations share: databases to move, writers with a ledger, and the questions asked at the end.
#
#   use PgbatonTest;
#   use PgbatonFlow;
#
#   my $m = migration(source => $source, target => $target, database => 'shop');
#   make_small($m);                       # or make_demo($m)
#   my $traffic = start_traffic($m);
#   pgbaton_ok('migrate', ends($m));
#   pgbaton_ok('switchover', ends($m), '--yes');
#   more_traffic($m);
#   stop_traffic($m, $traffic);
#   check_ledger($m);                     # each acknowledged commit is on the target exactly once
#   check_reverse($m);                    # what was written on the target arrives on the source
#   check_same($m);                       # rows, large objects and sequences of both sides, by PgbatonOracle
#   pgbaton_ok('cleanup', ends($m), '--yes');
#   check_nothing_left($m);
#
# Each check is one or a few tests. Nothing expected here comes from pgbaton, but for the ledger's own check.
package PgbatonFlow;

use strict;
use warnings;

use Cwd ();
use Exporter 'import';
use File::Basename;
use IPC::Run ();
use JSON::PP ();
use PgbatonOracle;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(ready_clone hand_over migration ends make_small make_demo start_traffic more_traffic stop_traffic check_ledger wait_reverse
  check_reverse check_same check_schema check_nothing_left check_read_only check_writable orphans json_of program
  sessions_of client_bin whole_migration steps clone_of kill_at n_slots
  make_gate close_gate wait_at_gate case_of finish_migration wait_forward wait_streams drop_databases);

my $tests = Cwd::abs_path(dirname(__FILE__) . '/../..');

# migration(source => NODE, target => NODE, database => NAME, ...): what the functions below take.
#   target_database => NAME   (default: the same)
#   ledger => FILE            (default: one of its own in the work directory)
#   options => [...]          given to every pgbaton command
my $ledgers = 0;

sub migration
{
	my (%m) = @_;
	$m{target_database} //= $m{database};
	$m{ledger} //= work_dir() . '/ledger.' . ++$ledgers;
	$m{options} //= [];
	return \%m;
}

# The options that name both ends.
sub ends
{
	my ($m) = @_;
	return ('--source', conninfo($m->{source}, $m->{database}), '--target', conninfo($m->{target}, $m->{target_database}),
		@{ $m->{options} });
}

# Both ends as an application would name them: it follows the writes by itself.
sub either
{
	my ($m) = @_;
	my @nodes = @$m{qw(source target)};
	die "an application knows one name for its database\n" if $m->{database} ne $m->{target_database};
	return sprintf "host=%s,%s port=%d,%d user=postgres dbname='%s' target_session_attrs=read-write",
	  (map { $_->host } @nodes), (map { $_->port } @nodes), $m->{database} =~ s/(['\\])/\\$1/gr;
}

# Client programs of the newer of both servers, which can talk to both.
sub client_bin
{
	my ($m) = @_;
	my ($newest) = sort { $b->pg_version <=> $a->pg_version } @$m{qw(source target)};
	return $newest->install_path . '/bin';
}

sub run_client
{
	my ($m, $name, @arguments) = @_;
	my ($out, $ok) = ('');
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	$ok = IPC::Run::run([ client_bin($m) . "/$name", @arguments ], '<', '/dev/null', '>&', \$out);
	die "$name failed: $out\n" if !$ok;
	return;
}

# A table for single writes and a few rows of most kinds, small enough to be moved within a second. rows => N in public.big.
sub make_small
{
	my ($m, %opt) = @_;
	my $rows = $opt{rows} // 1000;
	sql($m->{source}, 'postgres', "CREATE DATABASE \"" . $m->{database} =~ s/"/""/gr . '"')
	  if !$opt{exists};
	sql($m->{source}, $m->{database}, <<"SQL");
CREATE TABLE arrival (id bigserial PRIMARY KEY, at timestamptz DEFAULT now());
CREATE TABLE big (id int PRIMARY KEY, n int, filler text);
INSERT INTO big SELECT i, i % 97, md5(i::text) FROM generate_series(1, $rows) AS i;
CREATE INDEX ON big (n);
CREATE TABLE child (id int PRIMARY KEY, big_id int REFERENCES big, UNIQUE (big_id, id));
INSERT INTO child SELECT i, i FROM generate_series(1, 100) AS i;
CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY, t text);
INSERT INTO scratch SELECT i, 'x' || i FROM generate_series(1, 50) AS i;
CREATE MATERIALIZED VIEW totals AS SELECT n, count(*) FROM big GROUP BY n;
CREATE SEQUENCE counter START 7 INCREMENT 3;
SELECT nextval('counter'), nextval('counter');
CREATE SEQUENCE unused START 42;
SELECT lo_from_bytea(0, decode(repeat('00ff10', 3000), 'hex')), lo_from_bytea(4711, 'hello');
SQL
	make_traffic($m) if !$opt{no_traffic};
	return;
}

sub make_traffic
{
	my ($m) = @_;
	my $result = pgbaton('traffic', 'init', '--db', conninfo($m->{source}, $m->{database}));
	die "traffic init: $result->{err}" if ($result->{rc} // -1) != 0;
	return;
}

# The hostile schema of demo/ beside pgbench's tables.
sub make_demo
{
	my ($m) = @_;
	my $db = conninfo($m->{source}, $m->{database});
	sql($m->{source}, 'postgres', "CREATE DATABASE $m->{database}");
	run_client($m, 'pgbench', '-i', '-q', '-s', 1, $db);
	sql($m->{source}, $m->{database}, 'ALTER TABLE pgbench_history REPLICA IDENTITY FULL'); # as check says: it has no key
	run_client($m, 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $db, '-f', "$tests/../demo/$_.sql") for qw(schema data);
	sql($m->{source}, $m->{database}, 'CREATE TABLE public.arrival (id bigserial PRIMARY KEY, at timestamptz DEFAULT now())');
	make_traffic($m);
	# It has sequences that are at their end.
	push @{ $m->{options} }, '--skip-check', 'gate-sequences';
	return;
}

# Writers that keep a ledger; returns when they have committed something.
sub start_traffic
{
	my ($m, @more) = @_;
	my $size = -s $m->{ledger} // 0;
	my $process = start_pgbaton('--json', 'traffic', 'run', '--db', either($m), '--ledger', $m->{ledger}, @more);
	wait_until('the writers write', sub { (-s $m->{ledger} // 0) > $size + 2000 || !$process->running });
	return $process;
}

# clone_of(M, NAME): a migration of a copy of M's source database, which nobody may be connected to.
sub clone_of
{
	my ($m, $name) = @_;
	sql($m->{source}, 'postgres', "CREATE DATABASE $name TEMPLATE $m->{database}");
	return migration(source => $m->{source}, target => $m->{target}, database => $name);
}

# kill_at(M, POINT, COMMAND...): one test, that pgbaton ends itself at this point. Nothing goes on by itself after it.
sub kill_at
{
	my ($m, $point, @command) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton(@command, ends($m), '--no-watchdog', { env => { PGBATON_KILL_AT => $point } });
	is($result->{signal}, 9, "killed at $point") or diag('exit code ' . ($result->{rc} // 'none') . ", $result->{err}");
	return $result;
}

# A gate in the copy, so that a fault hits it in the middle: a row of table gated does not pass while there is a file "gate" in the data
# directory of its server. (Not a lock: migrate ends sessions that are on the target before it.) Too large for a batch of small tables.
sub make_gate
{
	my ($m) = @_;
	sql($m->{source}, $m->{database}, <<'SQL');
CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	WHILE (pg_catalog.pg_stat_file('gate', true)).size IS NOT NULL LOOP
		PERFORM pg_catalog.pg_sleep(0.02);
	END LOOP;
	RETURN true;
END$$;
CREATE TABLE gated (id int PRIMARY KEY, t text, CHECK (gate()));
INSERT INTO gated SELECT i, (SELECT string_agg(md5(i::text || j), '') FROM generate_series(1, 80) AS j) FROM generate_series(1, 100) AS i;
SQL
	return;
}

# Closes it on the target; the quit of what is returned opens it.
sub close_gate
{
	my ($m) = @_;
	return bless { file => write_file($m->{target}->data_dir . '/gate', '') }, 'PgbatonFlow::Gate';
}

sub PgbatonFlow::Gate::quit
{
	my ($self) = @_;
	unlink $self->{file};
	return;
}

# Waits until a worker of this migrate (a process) stands there with all other tables of rows copied, and returns their xmins: a table that
# is copied again has another one.
sub wait_at_gate
{
	my ($m, $process) = @_;
	wait_until(
		'the copy is at the gate',
		sub {
			die 'pgbaton ended before the gate: ' . $process->err . "\n" if !$process->running;
			my ($out, $err);
			# The migration ends sessions on the target when it begins, this one too.
			my $rc = eval {
				$m->{target}->psql($m->{target_database},
					"SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database();
					 SELECT count(*) = 1 FROM pgbaton.work WHERE kind = 'chunk' AND NOT is_done",
					stdout => \$out, stderr => \$err);
			} // 1;
			return $rc == 0 && $out eq "t\nt";
		});
	# Small tables' commits do not wait for the disk, this one does, and for them: a crash of the target can wait for it.
	sql($m->{target}, 'postgres', 'SELECT txid_current()');
	return xmin_of_big($m);
}

sub xmin_of_big
{
	my ($m) = @_;
	return sql($m->{target}, $m->{target_database}, 'SELECT min(xmin::text::bigint) FROM big');
}

# ready_clone(TEMPLATE, WHAT, CODE [, OPTION...]): a case with a ready migration of its own, a clone's, cleaned up at its end.
my $clones = 0;

sub ready_clone
{
	my ($template, $what, $code, @options) = @_;
	my $m = clone_of($template, 'shop' . ++$clones);
	$m->{options} = \@options;
	case_of($what => sub {
		return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
		$code->($m);
		pgbaton_ok('cleanup', ends($m), '--yes');
		check_nothing_left($m);
	});
	drop_databases($m);
	return;
}

# hand_over(M, COMMAND, OPTION...): it works, the old side refuses writes, the new one takes them; and what M->{handed_over} asks besides.
sub hand_over
{
	my ($m, $command, @more) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($old, $new) = $command eq 'switchover' ? qw(source target) : qw(target source);
	my $result = pgbaton_ok('--json', $command, ends($m), '--yes', @more);
	return $result if $result->{rc} != 0;
	check_read_only($m, $old);
	check_writable($m, $new);
	$m->{handed_over}->($m, $new) if $m->{handed_over};
	return $result;
}

# case_of(WHAT, CODE): a subtest in which a death is a failure like any other.
sub case_of
{
	my ($what, $code) = @_;
	return subtest $what => sub {
		eval { $code->(); 1 } or fail("$what: $@");
	};
}

# Runs migrate to its end if it is not there yet, then asks everything that is asked before a switchover, and cleans up.
sub finish_migration
{
	my ($m, $traffic, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	more_traffic($m);
	stop_traffic($m, $traffic);
	sql($m->{source}, $m->{database}, "INSERT INTO gated VALUES (100000, 'last')");
	wait_sql($m->{target}, $m->{target_database}, 'SELECT count(*) FROM gated WHERE id = 100000', 1);
	wait_forward($m);
	wait_streams($m) if ($opt{slots} // 1) > 1;
	# A crash empties unlogged tables; the switchover copies them anyway.
	check_same($m, sequences => 0, oracle => { exclude_tables => ['public.scratch'] });
	check_ledger($m);
	is(n_slots($m->{target}, $m->{target_database}), 0, 'the target has no slot');
	is(n_slots($m->{source}, $m->{database}), $opt{slots}, 'the source has a slot for each group') if $opt{slots};
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	return;
}

# Waits until they have written more, wherever they are.
sub more_traffic
{
	my ($m) = @_;
	my $size = -s $m->{ledger};
	wait_until('the writers go on', sub { -s $m->{ledger} > $size + 2000 });
	return;
}

# stop_traffic(M, PROCESS [, errors => REGEX]): what they report. An error is a failure, unless its text matches.
sub stop_traffic
{
	my ($m, $process, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$process->kill('TERM');
	my $result = $process->wait;
	my $report = json_of($result);
	my @wrong;
	push @wrong, 'exit code ' . ($result->{rc} // 'none') . ": $result->{err}" if ($result->{rc} // -1) != 0;
	push @wrong, map { "$_->{n} x $_->{text}" } grep { !defined $opt{errors} || $_->{text} !~ $opt{errors} } @{ $report->{error_texts} };
	push @wrong, "$report->{errors} errors" if $report->{errors} && !defined $opt{errors};
	push @wrong, 'nothing was committed' if !$report->{committed};
	ok(!@wrong, "$m->{database}: the writers had no error") or diag(map { "$_\n" } @wrong);
	return $report;
}

# The ledger against a side (default: the target). Returns the report.
sub check_ledger
{
	my ($m, $side) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$side //= 'target';
	my $database = $side eq 'target' ? $m->{target_database} : $m->{database};
	my $result = pgbaton('--json', 'traffic', 'check', '--db', conninfo($m->{$side}, $database), '--ledger', $m->{ledger});
	my $report = json_of($result);
	my @wrong = grep { $report->{$_} // 1 } qw(missing duplicated half foreign);
	push @wrong, 'nothing checked' if !$report->{checked};
	push @wrong, 'exit code' if ($result->{rc} // -1) != 0;
	ok(!@wrong, "$m->{database}: each acknowledged commit is on the $side, once") or diag("@wrong\n$result->{out}$result->{err}");
	return $report;
}

# Waits until a row written on the target has arrived on the source.
sub wait_reverse
{
	my ($m) = @_;
	my $id = sql($m->{target}, $m->{target_database}, 'INSERT INTO public.arrival DEFAULT VALUES RETURNING id');
	wait_sql($m->{source}, $m->{database}, "SELECT count(*) FROM public.arrival WHERE id = $id", 1, 60);
	return;
}

# Waits until a row written on the source has arrived on the target: everything before it has, too, as long as there is one group.
sub wait_forward
{
	my ($m) = @_;
	my $id = sql($m->{source}, $m->{database}, 'INSERT INTO public.arrival DEFAULT VALUES RETURNING id');
	wait_sql($m->{target}, $m->{target_database}, "SELECT count(*) FROM public.arrival WHERE id = $id", 1, 60);
	return;
}

# Waits until all that is committed on the source has been applied by every one of its streams.
sub wait_streams
{
	my ($m) = @_;
	my $lsn = sql($m->{source}, $m->{database}, 'SELECT pg_current_wal_lsn()');
	wait_sql($m->{source}, $m->{database},
		"SELECT bool_and(confirmed_flush_lsn >= '$lsn') FROM pg_replication_slots WHERE database = current_database()", 't', 60);
	return;
}

# After a cleanup, to make room.
sub drop_databases
{
	my ($m, @sides) = @_;
	for my $side (@sides ? @sides : qw(source target))
	{
		my $name = $side eq 'source' ? $m->{database} : $m->{target_database};
		my $drop = 'SET default_transaction_read_only = off; DROP DATABASE IF EXISTS "' . $name =~ s/"/""/gr . '"' . ($m->{$side}->pg_version >= 13 ? ' WITH (FORCE)' : '');
		next if $m->{$side}->psql('postgres', $drop, stderr => \my $err) == 0;
		# A test that failed has left something that keeps it.
		pgbaton('cleanup', ends($m), '--yes');
		$m->{$side}->psql('postgres', $drop);
	}
	return;
}

sub check_reverse
{
	my ($m) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $ok = eval { wait_reverse($m); 1 };
	ok($ok, "$m->{database}: a row written on the target arrives on the source");
	return;
}

# Rows of all tables, large objects, which materialised views are populated, sequences. After a switchover the sequences that
# writers use may have gone on: may_be_ahead => REGEX (default: the writers' and arrival's). sequences => 0: not them.
sub check_same
{
	my ($m, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $may_be_ahead = $opt{may_be_ahead} // qr/^"?(?:pgbaton_traffic"?\.|public"?\."?arrival_id_seq"?$)/;
	my ($bin, @ahead) = client_bin($m);
	my @ends = (conninfo($m->{source}, $m->{database}), conninfo($m->{target}, $m->{target_database}));
	my @diff = PgbatonOracle::same_rows(@ends, bin => $bin, %{ $opt{oracle} || {} });
	ok(!@diff, "$m->{database}: rows are equal") or diag(map { "$_\n" } @diff);
	return if !($opt{sequences} // 1);
	@diff = PgbatonOracle::same_sequences(@ends, bin => $bin, may_be_ahead => 1, ahead => \@ahead);
	push @diff, map { "sequence $_ has gone on" } grep { !/$may_be_ahead/ } @ahead;
	ok(!@diff, "$m->{database}: sequences are equal") or diag(map { "$_\n" } @diff);
	return;
}

# The schema, line for line, against a plain pg_dump and pg_restore; roles; the database's own settings.
sub check_schema
{
	my ($m, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($source, $target) = (conninfo($m->{source}, $m->{database}), conninfo($m->{target}, $m->{target_database}));
	my $bin = $m->{target}->install_path . '/bin';
	my $reference = PgbatonOracle::schema_reference(source => $source, source_bin => $m->{source}->install_path . '/bin',
		target => conninfo($m->{target}, 'postgres'), bin => $bin, name => 'reference', exclude_schemas => $opt{exclude_schemas} // []);
	my @diff = PgbatonOracle::schema_diff($reference, $target, bin => $bin, exclude_schemas => $opt{exclude_schemas} // []);
	ok(!@diff, "$m->{database}: the schema is that of a dump and restore") or diag(map { "$_\n" } @diff);
	PgbatonOracle::drop_database(conninfo($m->{target}, 'postgres'), 'reference', bin => $bin);
	$bin = client_bin($m);
	@diff = (PgbatonOracle::same_roles($source, $target, bin => $bin, like => 'shop\_%'),
		PgbatonOracle::same_database($source, $target, bin => $bin, ignore => ['setting default_transaction_read_only']));
	ok(!@diff, "$m->{database}: roles and settings of the database are equal") or diag(map { "$_\n" } @diff);
	return;
}

# orphans(NODE, DATABASE): everything of pgbaton's in this database, or of this database in its server, as text; '' if there is nothing.
sub orphans
{
	my ($node, $database) = @_;
	return sql($node, $database, <<'SQL');
SELECT string_agg(what, ', ' ORDER BY what) FROM (
	SELECT 'schema ' || nspname AS what FROM pg_namespace WHERE nspname ~ '^pgbaton' AND nspname <> 'pgbaton_traffic'
	UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database = current_database() OR database IS NULL
	UNION ALL SELECT 'subscription ' || subname FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()
	UNION ALL SELECT 'publication ' || pubname FROM pg_publication WHERE pubname ~ 'pgbaton'
	UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin WHERE roname NOT IN (SELECT 'pg_' || oid FROM pg_subscription)
	UNION ALL SELECT 'role ' || rolname FROM pg_roles WHERE rolname ~ 'pgbaton'
	UNION ALL SELECT 'setting ' || setconfig::text FROM pg_db_role_setting WHERE setconfig::text ~ 'pgbaton' OR setdatabase = 0 AND setrole = 0
	UNION ALL SELECT 'function ' || proname FROM pg_proc WHERE proname ~ 'pgbaton'
	UNION ALL SELECT 'session ' || application_name FROM pg_stat_activity WHERE datname = current_database() AND application_name ~ '^pgbaton main'
) AS found
SQL
}

# How many slots this database has.
sub n_slots
{
	my ($node, $database) = @_;
	return sql($node, $database, 'SELECT count(*) FROM pg_replication_slots WHERE database = current_database()');
}

# After a cleanup: nothing of pgbaton's on either side. Slots of sessions that have just ended may take a moment.
sub check_nothing_left
{
	my ($m, $what, @sides) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$what //= 'after the cleanup';
	for my $side (@sides ? @sides : qw(source target))
	{
		my $database = $side eq 'source' ? $m->{database} : $m->{target_database};
		my $left = 'not looked';
		my $end = time + 5;
		sleep 0.02 while ($left = orphans($m->{$side}, $database)) =~ /session/ && time < $end;
		is($left, '', "$m->{database}: nothing is left on the $side $what");
	}
	return;
}

# Does this side refuse (accept) the writes of a new session, within a second?
sub try_write
{
	my ($m, $side) = @_;
	my ($out, $err);
	my $start = time;
	my $rc = $m->{$side}->psql($side eq 'source' ? $m->{database} : $m->{target_database},
		"SET statement_timeout = '1s'; INSERT INTO public.arrival DEFAULT VALUES", stdout => \$out, stderr => \$err);
	return ($rc, $err, time - $start);
}

sub check_read_only
{
	my ($m, $side) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $err) = try_write($m, $side);
	like($err, qr/read-only transaction/, "$m->{database}: the $side refuses writes");
	return;
}

sub check_writable
{
	my ($m, $side, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($rc, $err, $seconds) = try_write($m, $side);
	is($rc, 0, "$m->{database}: the $side accepts a write" . ($what ? " $what" : '')) or diag($err);
	return;
}

# sessions_of(NODE, REGEX): process ids of sessions by application_name.
sub sessions_of
{
	my ($node, $regex) = @_;
	return split /\n/, sql($node, 'postgres', "SELECT pid FROM pg_stat_activity WHERE application_name ~ '$regex'");
}

sub json_of
{
	my ($result) = @_;
	return eval { JSON::PP->new->decode($result->{out}) } // {};
}

# Kill points of a flow, as the program lists them: FLOW.STEP.MOMENT. PGBATON_TEST_POINTS is a REGEX, for trying some.
sub steps
{
	my ($flow) = @_;
	my $result = pgbaton('help', 'steps');
	my @steps = grep { /^\Q$flow\E\./ } split /\n/, $result->{out};
	die "no steps of $flow: $result->{err}\n" if !@steps;
	return @steps;
}

# whole_migration(SOURCE VERSION, TARGET VERSION): the whole story of the demo's database under writers, with everything that is
# asked at its end. Prints a line of figures.
sub whole_migration
{
	my ($from, $to) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $start = time;
	my $names = "${from}_$to" =~ tr/./_/r;
	my ($source, $target) = (server("source_$names", $from), server("target_$names", $to));
	my $m = migration(source => $source, target => $target, database => 'shop');
	make_demo($m);
	my $made = time;

	my $writers = start_traffic($m, '--rate', 400);
	my $odd = start_pgbaton('-n', '-c', 2, '-T', 600, '-R', 150, '-f', "$tests/../demo/workload.sql\@4", ($from >= 12 ? ('-f', "$tests/../demo/workload-12.sql\@2") : ()), '-b', 'tpcb-like@2',
		conninfo($source, 'shop'), { program => $target->install_path . '/bin/pgbench', env => { PGCLIENTENCODING => 'UTF8' } });
	my $migrated = pgbaton_ok('--json', 'migrate', ends($m));
	return if $migrated->{rc} != 0;
	check_read_only($m, 'target');
	change_what_is_not_streamed($m);
	more_traffic($m);
	ok($odd->running, 'pgbench had no error') or diag($odd->err);
	$odd->kill('INT');
	$odd->wait;
	my $switched = pgbaton_ok('--json', 'switchover', ends($m), '--yes');
	return if $switched->{rc} != 0;
	check_read_only($m, 'source');
	check_writable($m, 'target');
	more_traffic($m);
	# There and back again: the other direction is other versions' business.
	my $back = pgbaton_ok('--json', 'rollback', ends($m), '--yes');
	return if $back->{rc} != 0;
	check_read_only($m, 'target');
	check_writable($m, 'source');
	more_traffic($m);
	my $again = pgbaton_ok('--json', 'switchover', ends($m), '--yes');
	return if $again->{rc} != 0;
	check_read_only($m, 'source');
	check_writable($m, 'target');
	more_traffic($m);
	my $run = stop_traffic($m, $writers);
	check_ledger($m);
	check_reverse($m);
	check_same($m);
	check_ledger($m, 'source');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	check_read_only($m, 'source');
	check_writable($m, 'target');
	check_schema($m);
	note(sprintf '%s to %s: %.1f s, of which %.1f to make it; migrate %.1f s; pauses %.1f, back %.1f, again %.1f ms, longest gap %d ms, %d committed, %d ambiguous',
		$from, $to, time - $start, $made - $start, json_of($migrated)->{databases}[0]{duration_ms} / 1000,
		(map { json_of($_)->{databases}[0]{pause_ms} } $switched, $back, $again), @$run{qw(longest_gap_ms committed ambiguous)});
	$_->stop('immediate') for $source, $target;
	return;
}

# What the stream does not carry must be on the target after the switchover all the same.
sub change_what_is_not_streamed
{
	my ($m) = @_;
	sql($m->{source}, $m->{database}, <<'SQL');
INSERT INTO shop.sessions SELECT 900000 + i, 'late' FROM generate_series(1, 10) AS i;
DELETE FROM shop.sessions WHERE id = (SELECT min(id) FROM shop.sessions);
SELECT lo_from_bytea(999999, decode(repeat('c0ffee', 4000), 'hex'));
SELECT lo_unlink((SELECT min(oid) FROM pg_largeobject_metadata));
SELECT lo_put((SELECT max(oid) FROM pg_largeobject_metadata WHERE oid < 999999), 0, 'changed');
SELECT nextval('shop.small'), nextval('shop.cached');
CREATE TEMP TABLE mine (id int);
SQL
	return;
}

1;
