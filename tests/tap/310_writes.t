# writes pause, resume, status: refusals first; who may still write; everything put back exactly; and that the server takes a pause back by
# itself when nobody else does.
use strict;
use warnings;

use IPC::Run ();
use PgbatonFlow;
use File::Basename;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(sleep time);

# The server is to end sessions whose client is gone as soon as it can: the guard must not be one of them.
my %conf = map { $_ => $_ >= 14 ? 'client_connection_check_interval = 100ms' : '' } qw(10 15 17 18);
$conf{$_} .= "\nmax_prepared_transactions = 10\nstatement_timeout = 2500ms\nlock_timeout = 2s\nidle_in_transaction_session_timeout = 50s" for keys %conf;
$conf{$_} .= "\ntransaction_timeout = 2700ms" for 17, 18;
my %node = map { $_ => server("v$_", $_, conf => $conf{$_}) } qw(10 15 17 18);
my $n = 0;

# A database of its own with a table; with => what CREATE DATABASE is given.
# The arguments of start_pgbaton and its like for the fence as a switchover uses it: see tests/tools/fence_tool.c.
sub closing
{
	my ($node, $name, @args) = @_;
	return (conninfo($node, $name), @args, { program => dirname($ENV{PGBATON}) . '/fence_tool' });
}

sub fresh
{
	my ($node, %opt) = @_;
	my $name = $opt{name} // 'shop' . ++$n;
	my $ident = $name =~ s/"/""/gr;
	sql($node, 'postgres', qq{CREATE DATABASE "$ident" } . ($opt{with} // ''));
	sql($node, $name, 'CREATE TABLE t (id bigserial PRIMARY KEY, at timestamptz DEFAULT now()); INSERT INTO t DEFAULT VALUES; GRANT ALL ON t, t_id_seq TO PUBLIC');
	return $name;
}

# What a pause changes, as it stands in the catalogs. NULL stands for what acldefault spells out; the order of grants has no meaning.
sub settings
{
	my ($node, $name, %opt) = @_;
	my $literal = $name =~ s/'/''/gr;
	my $acl = $opt{by_meaning}
	  ? "(SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM aclexplode(COALESCE(datacl, acldefault('d', datdba))) AS a)"
	  : 'datacl::text';
	return sql($node, 'postgres', "SELECT COALESCE($acl, 'null') FROM pg_database WHERE datname = '$literal'
		UNION ALL SELECT * FROM (SELECT setdatabase || ' ' || setrole || ' ' || setconfig::text FROM pg_db_role_setting ORDER BY 1) AS s");
}

# 'done', or the error. user => who does it.
sub attempt
{
	my ($node, $name, $sql, %opt) = @_;
	my ($out, $err) = ('', '');
	# Not by standard input: a psql that is not let in does not read it.
	my $done = IPC::Run::run([ $node->install_path . '/bin/psql', '-XAtq', '-d', conninfo($node, $name, user => $opt{user} // 'postgres'), '-c', $sql ],
		'<', '/dev/null', '>', \$out, '2>', \$err);
	return $done ? 'done' : $err;
}

sub insert
{
	my ($node, $name, %opt) = @_;
	return attempt($node, $name, 'INSERT INTO t DEFAULT VALUES', %opt);
}

sub is_closed_for
{
	my ($node, $name, $what, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like(insert($node, $name, %opt), qr/read-only transaction/, "$what is read-only");
	return;
}

sub is_open_for
{
	my ($node, $name, $what, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(insert($node, $name, %opt), 'done', "$what can write");
	return;
}

# Everything that a row of the table tells, system columns included.
sub rows
{
	my ($node, $name) = @_;
	return sql($node, $name, "SELECT count(*), max(xmin::text::bigint), max(id), (SELECT last_value FROM t_id_seq) FROM t");
}

sub writes
{
	my ($node, $name, $verb, @more) = @_;
	return ('writes', $verb, '--source', conninfo($node, $name), @more);
}

sub state_of
{
	my ($node, $name, @more) = @_;
	return json_of(pgbaton('--json', writes($node, $name, 'status', @more)))->{databases}[0];
}

# Keeps a session open; what it printed is in its output.
sub session
{
	my ($node, $name, $user, $sql) = @_;
	my $self = { in => $sql, out => '', err => '' };
	$self->{run} = IPC::Run::start([ $node->install_path . '/bin/psql', '-XAtq', '-d', conninfo($node, $name, user => $user) ],
		'<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err});
	my $end = time + 30;
	$self->{run}->pump_nb, sleep 0.01 while $self->{out} !~ /here/ && $sql !~ /FOR UPDATE/ && time < $end;
	$self->{run}->pump_nb;
	diag("no session: $self->{err}") if $self->{err} ne '';
	return $self;
}

sub ended
{
	my ($session, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$session->{in} .= "SELECT 'alive';\n\\q\n";
	eval { IPC::Run::finish($session->{run}) };
	unlike($session->{out}, qr/alive/, "$what was ended");
	return;
}

my $node = $node{15};
sql($node, 'postgres', <<'SQL');
CREATE ROLE own LOGIN; CREATE ROLE "ro'le ""x" LOGIN; CREATE ROLE app LOGIN; CREATE ROLE rebel LOGIN; CREATE ROLE nobody LOGIN; CREATE ROLE boss LOGIN SUPERUSER;
CREATE ROLE repl LOGIN REPLICATION; CREATE ROLE lender LOGIN; CREATE ROLE watcher LOGIN;
ALTER ROLE rebel SET default_transaction_read_only = 'off';
SQL

case_of('refusals' => sub {
	my $name = fresh($node, with => 'OWNER own');
	my $before = settings($node, $name);
	pgbaton_fails(2, qr/no source is given/, 'writes', 'pause');
	pgbaton_fails(2, qr/no side "elsewhere"/, writes($node, $name, 'pause', 'elsewhere'));
	pgbaton_fails(2, qr/--yes/, writes($node, $name, 'pause'));
	pgbaton_fails(2, qr/out of range/, writes($node, $name, 'pause', '--yes', '--for', '1ms'));
	pgbaton_fails(3, qr/may not make database.*Only its owner "own".*GRANT "own" TO/s, 'writes', 'pause', '--yes', '--source', conninfo($node, $name, user => 'nobody'));

	my $boss = session($node, $name, 'boss', "SELECT 'here';\n");
	wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'boss' AND datname = current_database()", '1');
	pgbaton_fails(3, qr/cannot all be ended.*user boss.*[sS]uperuser/s, 'writes', 'pause', '--yes', '--source', conninfo($node, $name, user => 'own'));
	eval { $boss->{in} .= "\\q\n"; IPC::Run::finish($boss->{run}) };
	wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'boss'", '0');
	my $app = session($node, $name, 'app', "SELECT 'here';\n");
	wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND datname = current_database()", '1');
	pgbaton_fails(3, qr/cannot all be ended.*user app.*GRANT pg_read_all_stats, pg_signal_backend/s, 'writes', 'pause', '--yes', '--source', conninfo($node, $name, user => 'own'));
	is(settings($node, $name), $before, 'nothing was changed');

	sql($node, 'postgres', 'GRANT pg_read_all_stats, pg_signal_backend TO own');
	pgbaton_ok('writes', 'pause', '--yes', '--source', conninfo($node, $name, user => 'own'));
	ended($app, 'the session of another role');
	is_closed_for($node, $name, 'it');
	pgbaton_ok('writes', 'resume', '--yes', '--source', conninfo($node, $name, user => 'own'));
	sql($node, 'postgres', 'REVOKE pg_read_all_stats, pg_signal_backend FROM own');
	is(settings($node, $name), $before, 'an owner without other rights puts everything back');

	sql($node, $name, "BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'old one'");
	sleep 5.2;
	pgbaton_fails(3, qr/prepared transactions.*'old one' of postgres/s, writes($node, $name, 'pause', '--yes'));
	is(settings($node, $name), $before, 'nothing was changed');
	sql($node, $name, "ROLLBACK PREPARED 'old one'");

	sql($node, 'postgres', "GRANT CONNECT ON DATABASE $name TO lender WITH GRANT OPTION; SET ROLE lender; GRANT CONNECT ON DATABASE $name TO watcher");
	$before = settings($node, $name);
	pgbaton_fails(3, qr/CONNECT .* cannot be taken from "watcher".*granted by "lender"/s, writes($node, $name, 'pause', '--yes', '--revoke-connect'));
	is(settings($node, $name), $before, 'nothing was changed');

	sql($node, $name, 'DROP EXTENSION plpgsql');
	pgbaton_fails(3, qr/no PL\/pgSQL.*CREATE EXTENSION plpgsql/s, writes($node, $name, 'pause', '--yes'));
	is(settings($node, $name), $before, 'nothing was changed');
	is(orphans($node, $name), '', 'nothing was made');
});

case_of('everyone is stopped, and everything put back' => sub {
	my $name = fresh($node, with => 'OWNER own', name => q{sh"o'p \\ ü});
	my $ident = $name =~ s/"/""/gr;
	sql($node, 'postgres', <<"SQL");
ALTER DATABASE "$ident" SET work_mem = '5MB'; ALTER DATABASE "$ident" SET default_transaction_read_only = 'False'; ALTER DATABASE "$ident" SET enable_sort = on;
ALTER ROLE "ro'le ""x" IN DATABASE "$ident" SET default_transaction_read_only = 'no'; ALTER ROLE "ro'le ""x" IN DATABASE "$ident" SET work_mem = '6MB';
GRANT CONNECT ON DATABASE "$ident" TO app;
SQL
	my $before = settings($node, $name);
	my %session = (
		'a session of the owner' => session($node, $name, 'own', "SELECT 'here';\n"),
		'a superuser in a transaction' => session($node, $name, 'boss', "BEGIN; UPDATE t SET at = now(); SELECT 'here';\n"),
		'a role with a grant of its own, waiting' => session($node, $name, 'app', "BEGIN; INSERT INTO t DEFAULT VALUES; SELECT 'here' FROM t FOR UPDATE;\n"),
		'one that is idle in a transaction' => session($node, $name, q{ro'le "x}, "BEGIN; SELECT 'here' FROM t;\n"),
	);
	my $loop = start_pgbaton('-n', '-c', 3, '-T', 300, '-f', write_file(work_dir() . '/loop.sql', "INSERT INTO t DEFAULT VALUES;\n"), conninfo($node, $name),
		{ program => $node->install_path . '/bin/pgbench' });
	wait_sql($node, $name, 'SELECT count(*) > 100 FROM t');
	wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename <> 'postgres'", '4');
	cmp_ok(state_of($node, $name)->{sessions}, '>=', 7, 'status counts the sessions');
	cmp_ok(state_of($node, $name)->{writing}, '>=', 1, 'and those that write');
	is(state_of($node, $name)->{state}, 'open', 'it is open');

	my $plan = pgbaton_ok(writes($node, $name, 'pause', '--dry-run'));
	like($plan->{out}, qr/^ALTER DATABASE "sh""o'p \\ ü" SET default_transaction_read_only = on;\n(?:.*\n)*ALTER ROLE "ro'le ""x" IN DATABASE/m, 'a dry run prints the SQL');
	is(settings($node, $name), $before, 'and does nothing');

	my $paused = json_of(pgbaton_ok('--json', writes($node, $name, 'pause', '--yes')))->{databases}[0];
	my $rows = rows($node, $name);
	is($paused->{state}, 'paused', 'it is paused');
	is_deeply([ sort { $a cmp $b } grep { $_ ne 'postgres' } map { $_->{user} } @{ $paused->{ended} } ], [ sort 'app', 'boss', 'own', q{ro'le "x} ], 'it says who was ended');
	is(scalar(grep { $_->{application} eq 'pgbench' } @{ $paused->{ended} }), 3, 'writers among them');
	ended($session{$_}, $_) for sort keys %session;
	$loop->wait;
	is_closed_for($node, $name, $_, user => $_) for 'own', 'app', 'rebel', 'boss', 'postgres', q{ro'le "x};
	like(attempt($node, $name, "SELECT nextval('t_id_seq')"), qr/read-only/, 'nextval, too');
	is(rows($node, $name), $rows, 'no row has changed');
	is(sql($node, $name, "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"), '0', 'nothing is prepared');
	my $state = state_of($node, $name);
	is($state->{state}, 'paused', 'status says so');
	like($state->{by}, qr/^postgres from local$/, 'and who did it');
	is($state->{until}, undef, 'until it is resumed');
	is($state->{writing}, 0, 'nobody writes');
	is_deeply($state->{may_write}, [], 'nobody may');
	like(pgbaton_ok(writes($node, $name, 'status'))->{out}, qr/^side .*\n-?.*\n?source +sh"o'p \\ ü +paused .* by postgres from local +resumed /m, 'as a table, too');
	wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbaton-pause guard'", '0');

	like(pgbaton_ok(writes($node, $name, 'resume', '--dry-run'))->{out}, qr/^ALTER DATABASE .* SET default_transaction_read_only TO 'False';$/m, 'a dry run of resume');
	is_closed_for($node, $name, 'after it the database');
	pgbaton_ok(writes($node, $name, 'pause', '--yes'));
	is_closed_for($node, $name, 'after a second pause it');
	my $resumed = json_of(pgbaton_ok('--json', writes($node, $name, 'resume', '--yes')));
	is_deeply($resumed->{databases}, [ { database => $name, state => 'open', was_paused => JSON::PP::true } ], 'resumed');
	is(settings($node, $name), $before, 'settings and grants are what they were');
	is_open_for($node, $name, $_, user => $_) for 'own', 'app', 'rebel', q{ro'le "x};
	is(orphans($node, $name), '', 'nothing is left');
	like(pgbaton_ok(writes($node, $name, 'resume', '--yes'))->{out}, qr/were not paused/, 'resuming again does nothing');
	is(settings($node, $name), $before, 'really nothing');

	pgbaton_ok(writes($node, $name, 'pause', '--yes'));
	sql($node, 'postgres', qq{ALTER ROLE rebel IN DATABASE "$ident" RESET default_transaction_read_only});
	like(join(',', @{ state_of($node, $name)->{may_write} }), qr/role rebel/, 'status names who may write nevertheless');
	is_open_for($node, $name, 'that role', user => 'rebel');
	pgbaton_ok(writes($node, $name, 'resume', '--yes'));
	is(settings($node, $name), $before, 'settings and grants are what they were');
});

case_of('CONNECT is taken away' => sub {
	my $name = fresh($node, with => 'OWNER own');
	for my $grants ('', "GRANT CONNECT ON DATABASE $name TO lender WITH GRANT OPTION; GRANT CONNECT ON DATABASE $name TO app;",
		"REVOKE ALL ON DATABASE $name FROM PUBLIC; GRANT CONNECT, TEMP ON DATABASE $name TO repl")
	{
		sql($node, 'postgres', $grants) if $grants;
		my $before = settings($node, $name, by_meaning => 1);
		pgbaton_ok(writes($node, $name, 'pause', '--yes', '--revoke-connect'));
		like(insert($node, $name, user => $_), qr/permission denied for database/, "$_ does not even get in") for 'own', 'app', 'lender';
		is_closed_for($node, $name, 'the replication role gets in, but', user => 'repl');
		is_closed_for($node, $name, 'a superuser gets in, but');
		is(state_of($node, $name)->{connect_revoked}, JSON::PP::true, 'status tells of it');
		pgbaton_ok(writes($node, $name, 'resume', '--yes'));
		is(settings($node, $name, by_meaning => 1), $before, 'grants are what they were');
	}
	my $before = settings($node, $name, by_meaning => 1);
	sql($node, 'postgres', 'GRANT pg_read_all_stats, pg_signal_backend TO own');
	pgbaton_ok('writes', 'pause', '--yes', '--revoke-connect', '--source', conninfo($node, $name, user => 'own'));
	like(insert($node, $name, user => 'app'), qr/permission denied for database/, 'others do not get in');
	pgbaton_ok('writes', 'resume', '--yes', '--source', conninfo($node, $name, user => 'own'));
	is(settings($node, $name, by_meaning => 1), $before, 'pgbaton gets in with a plain role of its own');
	sql($node, 'postgres', 'REVOKE pg_read_all_stats, pg_signal_backend FROM own');
});

case_of('rights over roles are missing' => sub {
	my $name = fresh($node, with => 'OWNER own');
	my $before = settings($node, $name);
	my $paused = pgbaton_ok('writes', 'pause', '--yes', '--source', conninfo($node, $name, user => 'own'));
	like($paused->{out}, qr/may still write: role rebel/, 'it says which role it could not stop');
	is_open_for($node, $name, 'that one', user => 'rebel');
	is_closed_for($node, $name, 'another one', user => 'app');
	pgbaton_ok('writes', 'resume', '--yes', '--source', conninfo($node, $name, user => 'own'));
	is(settings($node, $name), $before, 'settings are what they were');
});

case_of('a pause that fails' => sub {
	my $name = fresh($node);
	my $before = settings($node, $name);
	sql($node, $name, "BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'fresh'");
	pgbaton_fails(3, qr/prepared transactions.*'fresh'/s, writes($node, $name, 'pause', '--yes', '--timeout', '1s'));
	is(settings($node, $name), $before, 'is undone');
	is_open_for($node, $name, 'everyone');
	sql($node, $name, "COMMIT PREPARED 'fresh'");

	sql($node, $name, "BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'stopped'");
	my $pausing = start_pgbaton(writes($node, $name, 'pause', '--yes', '--timeout', '60s'));
	wait_until('it is read-only', sub { insert($node, $name) =~ /read-only/ });
	pgbaton_fails(6, qr/another pgbaton/, writes($node, $name, 'resume', '--yes'));
	$pausing->kill('INT');
	is($pausing->wait->{rc}, 7, 'it can be stopped');
	is(settings($node, $name), $before, 'and is undone then');
	sql($node, $name, "COMMIT PREPARED 'stopped'");
	wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbaton-pause guard'", '0');

	my $other = fresh($node);
	$before = settings($node, $name) . settings($node, $other);
	sql($node, $other, "BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'second'");
	pgbaton_fails(3, qr/database "$other".*prepared/s, writes($node, $name, 'pause', '--yes', '--timeout', '1s', '--databases', "$name,$other"));
	is(settings($node, $name) . settings($node, $other), $before, 'of two databases the first one is resumed when the second one fails');
	is_open_for($node, $name, 'everyone');
	sql($node, $other, "COMMIT PREPARED 'second'");
	pgbaton_ok(writes($node, $name, 'pause', '--yes', '--databases', "$name,$other"));
	is_closed_for($node, $_, $_) for $name, $other;
	pgbaton_ok(writes($node, $name, 'resume', '--yes', '--databases', "$name,$other"));
	is(settings($node, $name) . settings($node, $other), $before, 'both are resumed');
});

for my $version (10, 15, 17, 18)
{
	case_of("the server takes it back by itself, $version" => sub {
		my $node = $node{$version};
		my $name = fresh($node);
		sql($node, 'postgres', "ALTER DATABASE $name SET default_transaction_read_only = 'f'");
		my $before = settings($node, $name);

		pgbaton_ok(writes($node, $name, 'pause', '--yes', '--for', '2s'));
		is_closed_for($node, $name, 'it');
		ok(state_of($node, $name)->{ends_by_itself}, 'status says that it ends by itself');
		wait_until('it is open again', sub { insert($node, $name) eq 'done' }, 20);
		is(settings($node, $name), $before, 'when its time is up everything is put back');
		is(state_of($node, $name)->{state}, 'open', 'status says so');

		sql($node, $name, "BEGIN; INSERT INTO t DEFAULT VALUES; PREPARE TRANSACTION 'hold'");
		my $pausing = start_pgbaton(writes($node, $name, 'pause', '--yes', '--for', '3s'));
		wait_until('it is read-only', sub { insert($node, $name) =~ /read-only/ });
		$pausing->kill('KILL');
		$pausing->wait;
		is_closed_for($node, $name, 'right after kill -9 it');
		wait_until('it is open again', sub { insert($node, $name) eq 'done' }, 20);
		is(settings($node, $name), $before, 'after kill -9 everything is put back');
		sql($node, $name, "ROLLBACK PREPARED 'hold'");
		pgbaton_ok(writes($node, $name, 'resume', '--yes'));
		is(orphans($node, $name), '', 'nothing is left');

		# A longer second pause: the first one's guard must not end it.
		pgbaton_ok(writes($node, $name, 'pause', '--yes', '--for', '1500ms'));
		pgbaton_ok(writes($node, $name, 'pause', '--yes'));
		sleep 2;
		is_closed_for($node, $name, 'past the first time it');
		pgbaton_ok(writes($node, $name, 'resume', '--yes'));
		is(settings($node, $name), $before, 'everything is put back');

		# As a switchover uses it.
		my $close = sub { return closing($node, $name, @_) };
		$pausing = start_pgbaton($close->('main', 3000, 60000, 0));
		wait_until('it is raised', sub { $pausing->out =~ /raised/ });
		is(state_of($node, $name)->{state}, 'pausing', 'status tells of the switchover');
		pgbaton_fails(3, qr/paused by a switchover of "main"/, writes($node, $name, 'resume', '--yes'));
		pgbaton_fails(3, qr/paused already/, writes($node, $name, 'pause', '--yes'));
		pgbaton_fails(3, qr/paused already/, $close->('other', 5000, 0, 0));
		$pausing->kill('KILL');
		$pausing->wait;
		wait_until('it is open again', sub { insert($node, $name) eq 'done' }, 20);
		is(settings($node, $name), $before, 'killed before the point of no return: everything is put back');

		# Another one takes over what a killed one has left, and so does an operator when the server has forgotten it.
		$pausing = start_pgbaton($close->('main', 30000, 60000, 0));
		wait_until('it is raised', sub { $pausing->out =~ /raised/ });
		$pausing->kill('KILL');
		$pausing->wait;
		pgbaton_ok($close->('main', 5000, 0, 0, 'reopen'));
		is(settings($node, $name), $before, 'closed by the next one and opened again: everything is put back');
		wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbaton-pause guard'", '0', 20);
		$pausing = start_pgbaton($close->('main', 30000, 60000, 0));
		wait_until('it is raised', sub { $pausing->out =~ /raised/ });
		$pausing->kill('KILL');
		$pausing->wait;
		$node->restart;
		is_closed_for($node, $name, 'after a restart of the server it');
		my $state = state_of($node, $name);
		is("$state->{state} " . ($state->{ends_by_itself} ? 'ends' : 'stays'), 'pausing stays', 'status says that nobody will end it');
		pgbaton_ok(writes($node, $name, 'resume', '--yes'));
		is(settings($node, $name), $before, 'everything is put back');

		pgbaton_fails(3, qr/is over/, $close->('main', 1000, 2000, 0));
		is(settings($node, $name), $before, 'the point of no return cannot be passed after the time was up');
		is(sql($node, $name, 'SELECT count(*) FROM pgbaton.fence'), '0', 'nor is it recorded');
		is_open_for($node, $name, 'everyone');

		$pausing = start_pgbaton($close->('main', 2000, 100, 60000));
		wait_until('it is closed', sub { $pausing->out =~ /closed/ });
		$pausing->kill('KILL');
		$pausing->wait;
		wait_sql($node, $name, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbaton-pause guard'", '0', 20);
		is_closed_for($node, $name, 'killed after the point of no return, past the time, it');
		is(state_of($node, $name)->{state}, 'closed', 'status says so');
		pgbaton_fails(3, qr/closed by the switchover of "main"/, writes($node, $name, $_, '--yes')) for qw(pause resume);
		pgbaton_fails(3, qr/closed by the switchover/, $close->('other', 5000, 0, 0));
	});
}

# The guard and the point of no return at the same moment: one of them comes first, and the other one heeds it.
case_of('the point of no return at the last moment' => sub {
	my $name = fresh($node);
	my %seen;
	for my $try (1 .. 40)
	{
		my $after = 280 + $try;
		my $result = pgbaton(closing($node, $name, 'main', 300, $after, 0));
		sleep 0.1;
		my $closed = sql($node, $name, 'SELECT count(*) FROM pgbaton.fence') > 0;
		my $writable = insert($node, $name) eq 'done';
		if ($closed == $writable || $closed != ($result->{rc} == 0))
		{
			fail("after $after ms: exit $result->{rc}, closed: $closed, writable: $writable");
			last;
		}
		$seen{ $closed ? 'closed' : 'open' }++;
		next if !$closed;
		sql($node, $name, "SET default_transaction_read_only = off; DELETE FROM pgbaton.fence; DELETE FROM pgbaton.write_pause; DELETE FROM pgbaton.write_pause_change;
			ALTER DATABASE $name RESET default_transaction_read_only");
	}
	ok($seen{open} && $seen{closed}, 'either closed or open, never both or neither') or diag(explain(\%seen));
});

case_of('beside a migration' => sub {
	my ($source, $target) = @node{qw(15 17)};
	sql($source, 'postgres', 'ALTER ROLE rebel RESET default_transaction_read_only');
	my $m = migration(source => $source, target => $target, database => 'moved');
	make_small($m, rows => 300, no_traffic => 1);
	my @before = map { settings($_, 'moved') } $source, $target;
	pgbaton_ok('migrate', ends($m));
	is(json_of(pgbaton('--json', 'writes', 'status', ends($m)))->{databases}[1]{state}, 'guarded', 'the target is guarded');
	pgbaton_fails(3, qr/until the switchover of "main".*pgbaton switchover/s, 'writes', $_, 'target', ends($m), '--yes') for qw(pause resume);
	check_read_only($m, 'target');

	pgbaton_ok('writes', 'pause', ends($m), '--yes');
	check_read_only($m, 'source');
	sql($source, 'moved', 'SET default_transaction_read_only = off; INSERT INTO big (id) VALUES (900001)');
	wait_sql($target, 'moved', 'SELECT count(*) FROM big WHERE id = 900001', '1');
	like(pgbaton('cleanup', ends($m), '--yes')->{err}, qr/stay paused.*writes resume source/, 'cleanup leaves the pause alone');
	check_read_only($m, 'source');
	pgbaton_ok('writes', 'resume', ends($m), '--yes');
	check_writable($m, 'source');
	is(settings($source, 'moved'), $before[0], 'everything is put back');
	check_nothing_left($m);

	sql($target, 'postgres', 'DROP DATABASE moved');
	pgbaton_ok('migrate', ends($m));
	pgbaton_ok('writes', 'pause', ends($m), '--yes');
	pgbaton_ok('switchover', ends($m), '--yes');
	pgbaton_fails(3, qr/closed by the switchover of "main"/, 'writes', $_, ends($m), '--yes') for qw(pause resume);
	sql($target, 'moved', "CREATE TABLE late (id int PRIMARY KEY)");
	pgbaton_ok('writes', 'pause', 'target', ends($m), '--yes');
	check_read_only($m, 'target');
	like(pgbaton_ok('writes', 'status', ends($m))->{out}, qr/^source +moved +closed +main .*\ntarget +moved +paused /m, 'both sides in the table');
	pgbaton_ok('writes', 'resume', 'target', ends($m), '--yes');
	check_writable($m, 'target');
	check_reverse($m);
	like(pgbaton('cleanup', ends($m), '--yes')->{err}, qr/stay paused/, 'cleanup leaves the pause before the switchover alone');
	check_read_only($m, 'source');
	pgbaton_ok('writes', 'resume', ends($m), '--yes');
	is(attempt($source, 'moved', 'INSERT INTO big (id) VALUES (900002)'), 'done', 'it is resumed afterwards');
	is(settings($source, 'moved'), $before[0], 'everything is put back');
	check_nothing_left($m);
});

done_testing();
