# The command line and the config file: what is refused, how it is told, and that no secret is shown anywhere.
use strict;
use warnings;

use IO::Socket::INET;
use IPC::Run ();
use JSON::PP ();
use PgbatonTest;
use Test::More;

my $secret = 'Zq7secretXw';
my $work = work_dir();
my @outputs;    # all that pgbaton has printed

# As those of PgbatonTest, and remembers what was printed.
sub fails
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton_fails(@_);
	push @outputs, $result->{out}, $result->{err};
	return $result;
}

sub succeeds
{
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton_ok(@_);
	push @outputs, $result->{out}, $result->{err};
	return $result;
}

sub last_error
{
	my ($result, @lines) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($result->{err}, join('', map { "$_\n" } @lines), 'in these words');
	return;
}

sub mode_of
{
	my ($file) = @_;
	return sprintf '%04o', (stat $file)[2] & 07777;
}

# Help

my $help = pgbaton_ok('help');
like($help->{out}, qr/^Usage:\n  pgbaton COMMAND.*^Commands:\n.*^  init .*^Global options:.*^  -c, --config FILE.*^Exit codes:/ms,
	'the help lists commands, options and exit codes');
is(pgbaton_ok('--help')->{out}, $help->{out}, '--help prints the same');
is(pgbaton_ok('-h', 'init')->{out}, pgbaton_ok('help', 'init')->{out}, 'help of a command in both ways');
like(pgbaton_ok('help', 'settings')->{out}, qr/^Section \[migration\]:.*^  jobs .*Default: 4/ms, 'help lists the settings');
my $none = pgbaton();
is($none->{rc}, 2, 'no command is a usage error');
like($none->{err}, qr/^Usage:/, 'that prints the help');
is($none->{out}, '', 'which is not the result');
my ($list) = $help->{out} =~ /^Commands:\n(.*?)\n\n/ms;
my @commands = $list =~ /^  ([a-z]+(?: [a-z]+)?)  /mg;
cmp_ok(scalar @commands, '>=', 3, 'there are commands');
for my $command (@commands)
{
	my @words = split ' ', $command;
	like(pgbaton_ok(@words, '--help')->{out}, qr/^Usage:\n  pgbaton \Q$command\E\b.*^Description:\n  \S/ms, "help of $command");
	my $man = pgbaton_ok('help', '--man', @words)->{out};
	like($man, qr/^\.TH "PGBATON-/, "man page of $command");
}

unlike($help->{out}, qr/help steps/, 'what is for tests only is not listed');
like(pgbaton_ok('help', 'steps')->{out}, qr/^migrate\.journal\.begun$/m, 'but works');
like(pgbaton_ok('help', 'migrate')->{out}, qr/--recopy-limit.*--no-reverse/s, 'migrate lists what its check heeds');

pgbaton_ok('help', '--man-dir', "$work/man");
for my $page (glob "$work/man/man*/*")
{
	my $warnings = `groff -man -ww -Tutf8 $page 2>&1 >/dev/null`;
	SKIP:
	{
		skip 'no groff', 1 if $? != 0 && $warnings eq '';
		is($warnings, '', "$page is sound");
	}
}

# Misspelt words

last_error(fails(2, qr/init/, 'int'), 'error: unknown command "int"', 'detail: The nearest known command is "init".',
	'hint: Run: pgbaton help init');
fails(2, qr/config show/, 'config', 'shwo');
fails(2, qr/sub-command/, 'config');
last_error(fails(2, qr/jobs/, 'config', 'show', '--jbos', '3'), 'error: unknown option "--jbos"',
	'detail: The nearest known option is --jobs.', 'hint: Run: pgbaton help config show');
fails(2, qr/--jbos/, '--jbos', '3', 'config', 'show');
fails(2, qr/needs a value/, 'config', 'show', '--jobs');
fails(2, qr/between 1 and 128/, 'config', 'show', '--jobs=0');
fails(2, qr/"extra"/, 'config', 'show', 'extra');
fails(2, qr/no command/, '--json');

# As JSON too

my $json = fails(2, qr/jbos/, 'config', 'show', '--jbos', '--json');
like($json->{out}, qr/\A\{\s+"error": \{\s+"code": "usage",\s+"exit_code": 2,\s+"sqlstate": null,\s+"message": "unknown option/,
	'an error is told as JSON as well');

# The config file

my $conf = "$work/test.conf";
write_file($conf, "[migration]\n\njbos = 3\n", 0600);
last_error(fails(2, qr/jobs/, 'config', 'show', '-c', $conf),
	"error: unknown key \"jbos\" in section [migration] at $conf:3",
	'detail: The nearest known key is "jobs".',
	"hint: Correct it in \"$conf\"; all settings are listed by: pgbaton help settings");
write_file($conf, "[migartion]\njobs = 3\n");
fails(2, qr/\[migration\]/, 'config', 'show', '-c', $conf);
write_file($conf, "[source]\nconninfo = postgresql://[x\n");
fails(2, qr/malformed connection string.*\Q$conf\E:2/, 'config', 'show', '-c', $conf);
fails(2, qr/could not open/, 'config', 'show', '-c', "$work/missing.conf");
fails(2, qr/missing\.conf/, 'config', 'show', { env => { PGBATON_CONFIG => "$work/missing.conf" } });

write_file($conf, "[source]\nconninfo = postgresql://mover:$secret\@localhost/shop\n", 0644);
last_error(fails(3, qr/password/, 'config', 'show', '-c', $conf),
	"error: config file \"$conf\" holds a password and is open to others",
	'detail: Its mode is 0644; only its owner may have access.',
	"hint: Run: chmod 600 $conf");
chmod 0600, $conf;
my $shown = succeeds('config', 'show', '-c', $conf);
like($shown->{out}, qr/^source\.conninfo +.*mover.*file$/m, 'closed to others, it is taken');
succeeds('config', 'show', '--json', '-c', $conf);

write_file("$work/pgbaton.conf", "[migration]\nname = a\njobs = 2\nindex_jobs = 1\n");
$shown = succeeds('config', 'show', '--jobs', '6', { env => { PGBATON_JOBS => 5, PGBATON_MIGRATION => 'b' } });
like($shown->{out}, qr/^config file: pgbaton\.conf$/m, 'the file of the directory is found by itself');
like($shown->{out}, qr/^migration\.jobs +6 +flag$/m, 'a flag wins');
like($shown->{out}, qr/^migration\.name +b +environment$/m, 'then the environment');
like($shown->{out}, qr/^migration\.index_jobs +1 +file$/m, 'then the file');
like($shown->{out}, qr/^migration\.chunk_size +256MB +default$/m, 'then the default');
like($shown->{out}, qr/^source\.system_identifier +not set$/m, 'what is not set says so');
unlike($shown->{out}, qr/ $/m, 'no line ends in blanks');
my $settings = JSON::PP->new->decode(succeeds('config', 'show', '--json')->{out})->{settings};
my %origins = map { ("$_->{section}.$_->{key}" => $_->{origin}) } @$settings;
is($origins{'migration.name'}, 'file', 'the JSON has the origin');
is($origins{'source.system_identifier'}, undef, 'which is null where there is none');
fails(2, qr/\$PGBATON_JOBS/, 'config', 'show', { env => { PGBATON_JOBS => 'x' } });
unlink "$work/pgbaton.conf";

# Connections

my ($source, $target) = pair(
	source => '15',
	target => '17',
	source_opt => { password => $secret },
	target_opt => { password => $secret });
my $good_source = conninfo($source, 'postgres', tcp => 1, password => $secret);
my $good_target = uri($target, 'postgres', tcp => 1, password => $secret);
my $file = "$work/pgbaton.conf";

my $result = fails(5, qr/could not connect to the source/, 'init', '--source', conninfo($source, 'postgres', tcp => 1, password => "${secret}2"),
	'--target', $good_target);
like($result->{err}, qr/password authentication failed/, 'a wrong password is told');
fails(5, qr/could not connect to the source.*does not exist/s, 'init', '--source', conninfo($source, 'nowhere', tcp => 1, password => $secret),
	'--target', $good_target);
fails(5, qr/could not connect to the target.*authentication failed/s, 'init', '--source', $good_source,
	'--target', conninfo($target, 'nowhere', tcp => 1, password => "${secret}2"));
fails(5, qr/could not connect to the source/, 'init', '--source', "host=nowhere.invalid password=$secret", '--target', $good_target);
fails(5, qr/could not connect to the source/, 'init', '--source', "host=127.0.0.1 port=1 password=$secret", '--target', $good_target);
fails(2, qr/malformed connection string in --source/, 'init', '--source', "postgresql://u:$secret\@[h", '--target', $good_target);
fails(2, qr/malformed connection string in --target/, 'init', '--source', $good_source, '--target', "hots=h password=$secret");
fails(2, qr/no source is given/, 'init');
$result = fails(5, qr/"127.0.0.1", port 1 failed: Connection refused\. Is the server running/, 'init', '--source', 'host=127.0.0.1 port=1 dbname=d',
	'--target', $good_target);
ok(!-e $file, 'nothing was written');

# init

$result = succeeds('init', '--source', $good_source, '--target', $good_target, '--jobs', '3');
is(mode_of($file), '0600', 'the file is for its owner');
my $text = slurp($file);
unlike($text, qr/$secret/, 'no password in it');
for my $node ($source, $target)
{
	my $name = $node->name;
	my $id = sql($node, 'postgres', 'SELECT system_identifier FROM pg_control_system()');
	like($text, qr/^\[$name\]\n(?:#.*\n|\n|conninfo.*\n)*system_identifier = $id$/m, "the $name is pinned");
}
like($text, qr/^jobs = 3$/m, 'what was given is in it');
like($text, qr/^#lock_timeout = 500ms$/m, 'what was not is a comment with the default');
like(succeeds('config', 'show')->{out}, qr/^migration\.jobs +3 +file$/m, 'it is read again');

# The target database may be missing: migrate makes it.
my $pinned = sql($target, 'postgres', 'SELECT system_identifier FROM pg_control_system()');
$result = succeeds('init', '-c', "$work/absent.conf", '--source', $good_source, '--target', conninfo($target, 'no where', tcp => 1, password => $secret));
like($result->{err}, qr/no database "no where" yet: pgbaton migrate will create it/, 'a target database that is not there yet is told');
like(slurp("$work/absent.conf"), qr/^system_identifier = $pinned$/m, 'its server is pinned all the same');

fails(3, qr/already there.*--yes/s, 'init', '--source', $good_source, '--target', $good_target);
is(slurp($file), $text, 'an existing file is left alone');
succeeds('init', '--yes', '--store-password', 'config', '--source', $good_source, '--target', $good_target);
like(slurp($file), qr/$secret/, 'the password is in the config when asked for');
is(mode_of($file), '0600', 'which is closed to others');
succeeds('config', 'show');
succeeds('init', '--dry-run', '--store-password', 'config', '--source', $good_source, '--target', $good_target, '--json', '-v');

succeeds('init', '--yes', '--store-password', 'passfile', '--source', $good_source, '--target', $good_target,
	{ env => { HOME => $work } });
unlike(slurp($file), qr/$secret/, 'the password is not in the config when it is in the password file');
is(mode_of("$work/.pgpass"), '0600', 'which is closed to others');
my $read = uri($source, 'template1', tcp => 1);
succeeds('init', '-c', "$work/third.conf", '--source', $read, '--target', $good_target, { env => { HOME => $work } });

my ($id) = $text =~ /^system_identifier = (\d+)/m;
is_deeply([ glob "$work/*.conf.*" ], [], 'no temporary file is left');

# init on a terminal: asks for what is not given, does not echo the password, and lets one correct oneself.
{
	my ($in, $out) = ('', '');
	local %ENV = (PATH => $ENV{PATH}, HOME => $work, PGBATON => $ENV{PGBATON} // 'build/pgbaton', TERM => 'dumb');
	my $terminal = IPC::Run::start([ 'sh', '-c', 'cd "$HOME" && exec "$PGBATON" init --jobs 2' ],
		'<pty<', \$in, '>pty>', \$out, IPC::Run::timeout(60));
	my $answer = sub {
		my ($question, $text) = @_;
		my $seen = eval { $terminal->pump until $out =~ $question; 1 };
		ok($seen, "it asks for $question") or do
		{
			diag($out);
			$terminal->kill_kill;
			die "no use going on\n";
		};
		push @outputs, $out;
		$out = '';
		$in .= "$text\n";
		return;
	};
	$answer->(qr/Connection string of the source.*: $/, 'hots=x');
	$answer->(qr/malformed.*Connection string of the source.*: $/s, conninfo($source, 'postgres', tcp => 1));
	$answer->(qr/Password of the source.*: $/, "${secret}2");
	$answer->(qr/could not connect to the source.*\(t\)ry another.*: $/s, '');
	$answer->(qr/Connection string of the source.*: $/, conninfo($source, 'postgres', tcp => 1));
	$answer->(qr/Password of the source.*: $/, $secret);
	$answer->(qr/\(n\)owhere.*\[n\]: $/s, '');
	$answer->(qr/Connection string of the target.*: $/, uri($target, 'postgres', tcp => 1));
	$answer->(qr/Password of the target.*: $/, $secret);
	$answer->(qr/\(n\)owhere.*\[n\]: $/s, 'c');
	$answer->(qr/Databases.*: $/, 'postgres, template1');
	$answer->(qr/Where to write.*\[pgbaton\.conf\]: $/, 'asked.conf');
	eval { $terminal->finish };
	push @outputs, $out;
	is($terminal->result(0), 0, 'it ends well');
	like($out, qr/wrote "asked\.conf"/, 'and says what it wrote');
	my $asked = slurp("$work/asked.conf");
	like($asked, qr/^databases = postgres, template1$/m, 'the answers are in it');
	like($asked, qr/^jobs = 2$/m, 'so is what was given');
	is(() = $asked =~ /$secret/g, 1, 'one password is, as was asked for');
	is(mode_of("$work/asked.conf"), '0600', 'so the file is closed to others');
}

# ps, while a server lets us wait

my $silent = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1') or die "no socket: $!\n";
my $port = $silent->sockport;
for my $args (
	[ '--source', "host=127.0.0.1 port=$port user=u password=$secret dbname=d" ],
	[ "--source=postgresql://u:$secret\@127.0.0.1:$port/d" ],
	[ '--source', "postgresql://127.0.0.1:$port/d?user=u&p%61ssword=$secret" ],
	[ "--source=host=127.0.0.1 port=$port password\t= '$secret'" ])
{
	my $process = start_pgbaton('init', '--yes', @$args, '--target', $good_target);
	my $accepted = $silent->accept;
	my $cmdline = slurp('/proc/' . $process->pid . '/cmdline');
	like($cmdline, qr/--source/, 'ps shows the command line');
	unlike($cmdline, qr/$secret/, 'without the password');
	$process->kill('INT');
	my $ended = $process->wait(20);
	is($ended->{rc}, 7, 'Ctrl-C stops it');
	push @outputs, $ended->{out}, $ended->{err};
}
{
	my $process = start_pgbaton('init', '--yes', '--target', $good_target,
		{ env => { PGBATON_SOURCE => "host=127.0.0.1 port=$port password=$secret" } });
	my $accepted = $silent->accept;
	unlike(slurp('/proc/' . $process->pid . '/cmdline'), qr/$secret/, 'nor from the environment');
	$process->kill('TERM');
	push @outputs, @{ $process->wait(20) }{qw(out err)};
}

# A result that cannot be written is no success.
SKIP:
{
	skip 'no /dev/full', 1 unless -c '/dev/full';
	my $pid = fork // die;
	if (!$pid)
	{
		open STDOUT, '>', '/dev/full';
		open STDERR, '>', '/dev/null';
		exec { $ENV{PGBATON} // 'build/pgbaton' } 'pgbaton', 'help' or POSIX::_exit(127);
	}
	waitpid $pid, 0;
	is($? >> 8, 1, 'a full disk is told by the exit code');
}

is((grep { /$secret/ } @outputs), 0, 'no secret was printed in all of this');

done_testing();
