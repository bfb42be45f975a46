# What every test on real servers starts from: servers of any version, and pgbaton run against them.
#
#   use PgbatonTest;
#   use Test::More;
#
#   my ($source, $target) = pair(source => '15', target => '17');
#   sql($source, 'postgres', 'CREATE DATABASE shop');
#   pgbaton_ok('check', '--source', conninfo($source, 'shop'), '--target', conninfo($target, 'shop'));
#   pgbaton_fails(3, qr/wal_level/, 'check', ...);
#   done_testing();
#
# Servers are nodes of PostgreSQL::Test::Cluster and are stopped and removed when the test ends, however it ends.
# Nothing here sleeps for a fixed time to let something happen: wait_until() polls, and fails at its deadline.
# Run one file with "scripts/run-tests tests/tap/NAME.t".
package PgbatonTest;

use strict;
use warnings;

use Carp;
use Cwd ();
use Exporter 'import';
use Fcntl qw(:flock);
use File::Basename;
use File::Path ();
use File::Temp ();
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils ();
use PgbatonTest::Process;
use Test::More;
use Time::HiRes qw(time);

our @EXPORT = qw(server pair conninfo uri sql wait_until wait_sql
  pgbaton pgbaton_ok pgbaton_fails start_pgbaton follow work_dir write_file slurp);

# Seconds until a wait is given up: generous, since sanitizer builds and busy machines are slow.
our $deadline = $ENV{PGBATON_TEST_DEADLINE} || 120;

my $root = Cwd::abs_path(dirname(__FILE__) . '/../../..');
my $program = $ENV{PGBATON} || "$root/build/pgbaton";
my $servers = $ENV{PGBATON_SERVERS} || '/var/tmp/pgbaton-servers';
my @bindirs;      # of the servers in use, for pgbaton's PATH
my @processes;    # started in the background
my $work_dir;

# What pgbaton inherits; all else of the environment, PG* above all, is kept from it.
my @inherited = qw(HOME LANG TMPDIR TZ ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS);

BEGIN
{
	die "PostgreSQL refuses to run as root: use scripts/run-tests\n" if $> == 0;
}

# Without these a test that is interrupted would skip its END blocks and leave its servers running.
$SIG{INT} = $SIG{TERM} = $SIG{HUP} = sub { die "stopped by SIG$_[0]\n" };

INIT
{
	# The cluster's superuser is "postgres", whoever runs the tests.
	$ENV{PGUSER} = 'postgres';
}

# server(NAME, VERSION, ...): a running server, from a copy of a fresh cluster of that version.
#   conf => 'text'         appended to postgresql.conf
#   hba => 'text'          first lines of pg_hba.conf
#   scram => 1             TCP connections need a password; the Unix socket does not
#   password => 'text'     the superuser's; implies scram
#   start => 0             leaves it stopped
# It listens on a Unix socket and on 127.0.0.1, with fsync off and room for 20 slots, senders and workers.
sub server
{
	my ($name, $version, %opt) = @_;
	my $install = "$servers/$version";
	-x "$install/bin/postgres"
	  or BAIL_OUT("no PostgreSQL $version in $servers: run scripts/pg-servers $version");

	my $node = PostgreSQL::Test::Cluster->new($name, install_path => $install);
	mkdir $node->backup_dir;
	mkdir $node->archive_dir;
	copy_tree(template($version, $install), $node->data_dir);

	my $major = $node->pg_version->major;
	my $auth = $opt{scram} || defined $opt{password} ? 'scram-sha-256' : 'trust';
	append($node->data_dir . '/postgresql.conf', <<"END");
port = @{[ $node->port ]}
unix_socket_directories = '@{[ $node->host ]}'
listen_addresses = '127.0.0.1'
fsync = off
full_page_writes = off
shared_buffers = 32MB
max_connections = 100
max_wal_size = 512MB
wal_level = logical
wal_retrieve_retry_interval = 500ms
max_wal_senders = 20
max_replication_slots = 20
max_worker_processes = 32
max_logical_replication_workers = 20
password_encryption = 'scram-sha-256'
log_line_prefix = '%m [%p] %q%a '
log_replication_commands = on
log_min_duration_statement = -1
END
	append($node->data_dir . '/postgresql.conf', "max_active_replication_origins = 20\n")
	  if $major >= 18;
	append($node->data_dir . '/postgresql.conf', $opt{conf} . "\n") if defined $opt{conf};
	write_file($node->data_dir . '/pg_hba.conf', ($opt{hba} // '') . <<"END");

local all all trust
local replication all trust
host all all 127.0.0.1/32 $auth
host replication all 127.0.0.1/32 $auth
END
	unshift @bindirs, "$install/bin" unless grep { $_ eq "$install/bin" } @bindirs;

	return $node if exists $opt{start} && !$opt{start};
	$node->start;
	sql($node, 'postgres', "ALTER ROLE postgres PASSWORD '$opt{password}'")
	  if defined $opt{password};
	return $node;
}

# pair(source => VERSION, target => VERSION, ...): two servers named so. Options of server() for one of them are
# given as source_opt => {...} and target_opt => {...}.
sub pair
{
	my %opt = (source => '15', target => '17', @_);
	return (
		server('source', $opt{source}, %{ $opt{source_opt} || {} }),
		server('target', $opt{target}, %{ $opt{target_opt} || {} }));
}

# Directory of a fresh, stopped cluster of that version. Made once and shared by all files of one run, which may
# run at the same time.
sub template
{
	my ($version, $install) = @_;
	my $dir = $ENV{PGBATON_TEST_TEMPLATES} || "$PostgreSQL::Test::Utils::tmp_check/templates";
	File::Path::make_path($dir);
	open my $lock, '>>', "$dir/$version.lock" or die "$dir/$version.lock: $!\n";
	flock $lock, LOCK_EX or die "$dir/$version.lock: $!\n";
	if (!-d "$dir/$version")
	{
		my $output = '';
		IPC::Run::run(
			[
				"$install/bin/initdb", '-D', "$dir/$version.new", '-U', 'postgres', '-A', 'trust', '-N',
				'-E', 'UTF8', '--locale=C.UTF-8'
			],
			'<', '/dev/null', '>&', \$output) or BAIL_OUT("initdb of $version failed: $output");
		rename "$dir/$version.new", "$dir/$version" or die "$dir/$version: $!\n";
	}
	return "$dir/$version";
}

sub copy_tree
{
	my ($from, $to) = @_;
	system('cp', '-a', $from, $to) == 0 or die "could not copy $from to $to\n";
	return;
}

# conninfo(NODE, DATABASE, ...): a keyword connection string by the Unix socket, as user postgres. tcp => 1 goes by
# 127.0.0.1; any other option is a connection parameter (user => ..., password => ..., ...).
sub conninfo
{
	my ($node, $database, %opt) = @_;
	my %param = (user => 'postgres', %opt);
	my $host = delete $param{tcp} ? '127.0.0.1' : $node->host;
	my @pairs = ([ host => $host ], [ port => $node->port ], [ dbname => $database ]);
	push @pairs, map { [ $_ => $param{$_} ] } sort keys %param;
	return join ' ', map { conninfo_pair(@$_) } @pairs;
}

sub conninfo_pair
{
	my ($key, $value) = @_;
	return "$key=$value" if $value =~ m{^[\w./:-]+$};
	$value =~ s/([\\'])/\\$1/g;
	return "$key='$value'";
}

# The same as a URI.
sub uri
{
	my ($node, $database, %opt) = @_;
	my %param = (user => 'postgres', %opt);
	my $host = delete $param{tcp} ? '127.0.0.1' : $node->host;
	my $user = escape(delete $param{user});
	$user .= ':' . escape(delete $param{password}) if exists $param{password};
	my $uri = "postgresql://$user@" . escape($host) . ':' . $node->port . '/' . escape($database);
	my $separator = '?';
	for my $key (sort keys %param)
	{
		$uri .= $separator . $key . '=' . escape($param{$key});
		$separator = '&';
	}
	return $uri;
}

sub escape
{
	my ($text) = @_;
	utf8::encode($text) if utf8::is_utf8($text);
	$text =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ge;
	return $text;
}

# sql(NODE, DATABASE, SQL): psql's unaligned output without the last newline; dies if a statement fails.
sub sql
{
	my ($node, $database, $sql) = @_;
	return $node->safe_psql($database, $sql);
}

# wait_until(WHAT, CODE [, SECONDS]): polls until CODE returns true and returns that; at the deadline it fails the
# test and dies, since what follows rests on it.
sub wait_until
{
	my ($what, $code, $seconds) = @_;
	my $end = time + ($seconds // $deadline);
	while (1)
	{
		my $value = $code->();
		return $value if $value;
		last if time > $end;
		Time::HiRes::sleep(0.05);
	}
	fail("waiting until $what");
	croak "still not so after @{[ $seconds // $deadline ]} s: $what";
}

# wait_sql(NODE, DATABASE, SQL [, EXPECTED [, SECONDS]]): until the query's output is EXPECTED (default t). Errors
# count as "not yet": the server may be starting.
sub wait_sql
{
	my ($node, $database, $sql, $expected, $seconds) = @_;
	$expected //= 't';
	my ($out, $err);
	return wait_until(
		"\"$sql\" yields \"$expected\" on " . $node->name,
		sub {
			$out = $err = undef;
			# psql that cannot connect may be gone before it has read the query.
			my $rc = eval { $node->psql($database, $sql, stdout => \$out, stderr => \$err) } // 1;
			return $rc == 0 && ($out // '') eq $expected;
		},
		$seconds);
}

# The directory pgbaton runs in: empty at first, so that no configuration file is found by chance.
sub work_dir
{
	$work_dir //= PostgreSQL::Test::Utils::tempdir('work');
	return Cwd::abs_path($work_dir);
}

# Environment of pgbaton: PATH has the clients of the servers in use, those of the last started first.
sub environment
{
	my ($extra) = @_;
	my %env = map { $_ => $ENV{$_} } grep { defined $ENV{$_} } @inherited;
	$env{PATH} = join ':', @bindirs, '/usr/local/bin', '/usr/bin', '/bin';
	$env{LC_ALL} = 'C.UTF-8';
	%env = (%env, %{ $extra || {} });
	delete @env{ grep { !defined $env{$_} } keys %env };
	return \%env;
}

# start_pgbaton(ARG... [, {OPTION}]): runs it in the background and returns a PgbatonTest::Process. Options:
#   env => {NAME => 'value'}   added to its clean environment; undef takes a variable away
#   stdin => 'text'            (default: nothing to read)
#   cwd => DIRECTORY           (default: work_dir())
#   program => PATH            another program than pgbaton
#   timeout => SECONDS         until wait() kills it (default: $PgbatonTest::deadline)
sub start_pgbaton
{
	my $opt = ref $_[-1] eq 'HASH' ? pop : {};
	my $process = PgbatonTest::Process->start(
		[ $opt->{program} // $program, @_ ],
		env => environment($opt->{env}),
		stdin => $opt->{stdin} // '',
		cwd => $opt->{cwd} // work_dir(),
		timeout => $opt->{timeout} // $deadline);
	push @processes, $process;
	return $process;
}

# pgbaton(ARG... [, {OPTION}]): runs it to its end. Returns {rc, out, err, signal}: rc is the exit code, or undef if
# it was ended by a signal (whose number is then in signal).
sub pgbaton
{
	my $result = start_pgbaton(@_)->wait;
	pop @processes;
	return $result;
}

# pgbaton_ok(ARG... [, {OPTION}]): one test, that it exits with 0. Returns the same as pgbaton().
sub pgbaton_ok
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton(@_);
	is(outcome($result), 'exit 0', describe(@_)) or show($result);
	return $result;
}

# pgbaton_fails(CODE, REGEX, ARG... [, {OPTION}]): one test, that it exits with CODE and that what stands on stderr
# ends in a message, a detail and a hint, and matches REGEX. Returns the same as pgbaton().
sub pgbaton_fails
{
	my ($rc, $regex, @args) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton(@args);
	my @wrong;
	push @wrong, 'it ended with ' . outcome($result) . ", not exit $rc" if outcome($result) ne "exit $rc";
	push @wrong, 'stderr is not message, detail and hint' unless three_lines($result->{err});
	push @wrong, "stderr does not match $regex" unless $result->{err} =~ $regex;
	ok(!@wrong, describe(@args) . " is refused with $rc") or do { diag($_) for @wrong; show($result) };
	return $result;
}

# follow(NODE, COMMAND): one test, that a shell command which pgbaton has told somebody to run on this server's host succeeds.
sub follow
{
	my ($node, $command) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	local %ENV = %{ environment({ PGHOST => $node->host, PGPORT => $node->port, PGUSER => 'postgres' }) };
	my $output = '';
	return fail('it says what can be done') if !defined $command;
	ok(IPC::Run::run([ 'sh', '-c', $command ], '<', '/dev/null', '>&', \$output), "what it says can be done: $command")
	  or diag($output);
	return;
}

# The three lines in the order that people read them: what, why, remedy.
sub three_lines
{
	my ($err) = @_;
	return $err =~ /^(?:pgbaton: )?error: \S.*\n(?:pgbaton: )?\s*detail: \S.*\n(?:pgbaton: )?\s*hint: \S/m;
}

sub outcome
{
	my ($result) = @_;
	return 'timeout' if $result->{timed_out};
	return "signal $result->{signal}" if $result->{signal};
	return "exit $result->{rc}";
}

# Arguments as a test's name: without connection strings, which differ from run to run.
sub describe
{
	my @args = grep { !ref } @_;
	my @words;
	while (defined(my $arg = shift @args))
	{
		push @words, $arg =~ /^(--(?:source|target))(?:=|$)/ ? $1 : $arg;
		shift @args if $arg =~ /^--(?:source|target)$/;
	}
	return "pgbaton @words";
}

sub show
{
	my ($result) = @_;
	diag("stdout:\n$result->{out}") if $result->{out} ne '';
	diag("stderr:\n$result->{err}") if $result->{err} ne '';
	return;
}

sub append
{
	my ($file, $text) = @_;
	open my $fh, '>>', $file or die "$file: $!\n";
	print $fh $text;
	close $fh or die "$file: $!\n";
	return;
}

# write_file(FILE, TEXT [, MODE])
sub write_file
{
	my ($file, $text, $mode) = @_;
	open my $fh, '>', $file or die "$file: $!\n";
	print $fh $text;
	close $fh or die "$file: $!\n";
	chmod $mode, $file or die "$file: $!\n" if defined $mode;
	return $file;
}

sub slurp
{
	my ($file) = @_;
	return PostgreSQL::Test::Utils::slurp_file($file);
}

# Runs before PostgreSQL::Test::Cluster's own, which stops the servers: pgbaton goes first.
END
{
	my $status = $?;
	$_->kill('KILL') for grep { $_->running } @processes;
	$_->wait for @processes;
	$? = $status;
}

1;
