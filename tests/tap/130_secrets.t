# Passwords, however they are given and however odd they are: they work, and they are nowhere to be seen but in pg_subscription.
use strict;
use warnings;
use utf8;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

# Each holds a word that no way of quoting, escaping or encoding changes: that word is looked for.
my %word = (source => 'Zq7kernel9X', target => 'Wv3marrow8Y');
my %password = map { $_ => qq{a 'b"\\%\@:/;=,$word{$_}ü} } keys %word;
utf8::encode($_) for values %password;
my $anywhere = qr/$word{source}|$word{target}|SCRAM-SHA-256\$/;

# Statements of DDL are logged: what a subscription connects by is not to be among them.
my ($source, $target) = pair(
	source => '15', target => '17',
	map { ("${_}_opt" => { scram => 1, conf => "log_statement = 'ddl'" }) } qw(source target));
my %node = (source => $source, target => $target);
for my $side (keys %node)
{
	my $literal = $password{$side} =~ s/'/''/gr;
	sql($node{$side}, 'postgres', "SET log_statement = 'none'; ALTER ROLE postgres PASSWORD '$literal'");
}
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 100, no_traffic => 1);
sql($source, 'postgres', "SET log_statement = 'none'; CREATE ROLE app LOGIN PASSWORD 'something'");

# Programs that write down what they were started with, then do it.
my $dir = work_dir();
my $bin = "$dir/bin";
my $seen = "$dir/seen";
mkdir $bin or die "$bin: $!\n";
for my $program (qw(pg_dump pg_restore pg_dumpall psql))
{
	my $real = $source->install_path . "/bin/$program";
	write_file("$bin/$program", "#!/bin/sh\ncat /proc/\$\$/cmdline /proc/\$\$/environ >>'$seen'\nexec '$real' \"\$@\"\n", 0755);
}

# What every process on this machine was started with, while pgbaton runs.
write_file("$dir/words", join '', map { "$_\n" } values %word);
my $spy = "while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\000' '\\n' | grep -aF -f $dir/words >>$dir/caught; sleep 0.01; done";

sub clean
{
	my ($what, $text) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($line) = $text =~ /^(.*(?:$anywhere).*)$/m;
	ok(!defined $line, "no secret in $what") or diag($line);
	return;
}

# Runs it to a success, silently and with -v, and looks at all it says.
sub runs
{
	my ($how, @command) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton(@command, $how->{arguments}->(), '--pg-bindir', $bin, { env => $how->{env} });
	my ($word) = grep { !/^-/ } @command;
	is($result->{rc}, 0, "$word works") or diag("$result->{out}$result->{err}");
	clean("what $word says", "$result->{out}\n$result->{err}");
	return $result;
}

sub logs
{
	my $text = '';
	$text .= slurp($_->logfile) for $source, $target;
	return $text;
}

sub journal
{
	my ($m) = @_;
	my $text = '';
	for my $side (qw(source target))
	{
		my $dump = pgbaton('-d', conninfo($node{$side}, $m->{database}), '-n', 'pgbaton', '-n', 'public',
			{ program => $target->install_path . '/bin/pg_dump' });
		is($dump->{rc}, 0, "the $side is dumped") or diag($dump->{err});
		$text .= $dump->{out};
	}
	return $text;
}

my @sides = qw(source target);
my $m;

sub given
{
	my ($form, $side, %with) = @_;
	my @arguments = ($node{$side}, $m->{database}, tcp => 1, %with ? (password => $password{$side}) : ());
	return $form eq 'uri' ? uri(@arguments) : conninfo(@arguments);
}

my %ways = (
	'keywords in argv' => sub { (arguments => [ map { ("--$_", given('keywords', $_, password => 1)) } @sides ], argv => 1) },
	'a URI in argv' => sub { (arguments => [ map { ("--$_", given('uri', $_, password => 1)) } @sides ], argv => 1) },
	'the environment' => sub { (env => { map { ('PGBATON_' . uc, given('uri', $_, password => 1)) } @sides }) },
	'the config file' => sub {
		my $text = join "\n", map { ("[$_]", 'conninfo = ' . given('keywords', $_, password => 1)) } @sides;
		(arguments => [ '--config', write_file("$dir/pgbaton.secret", "$text\n", 0600) ]);
	},
	'a passfile' => sub {
		my $text = join '', map { '127.0.0.1:' . $node{$_}->port . ":*:postgres:" . $password{$_} =~ s/([\\:])/\\$1/gr . "\n" } @sides;
		(arguments => [ map { ("--$_", given('keywords', $_)) } @sides ], env => { PGPASSFILE => write_file("$dir/passfile", $text, 0600) });
	});

# Who gives it in argv shows it for the moment that the program needs to start, and no longer.
sub own_command_line
{
	my (@arguments) = @_;
	unlink $seen;
	my $process = start_pgbaton('migrate', @arguments, '--pg-bindir', $bin);
	wait_until('it is at work', sub { -s $seen || !$process->running });
	my $line = slurp('/proc/' . $process->pid . '/cmdline');
	like($line, qr/migrate/, 'its command line is there');
	clean('its own command line', $line);
	is($process->wait->{rc}, 0, 'it works');
	return;
}

my $n = 0;
for my $way (sort keys %ways)
{
	$m = PgbatonFlow::clone_of($template, 'shop' . ++$n);
	case_of("by $way" => sub {
		my %how = $ways{$way}->();
		my $arguments = $how{arguments} // [];
		$how{arguments} = sub { @$arguments };
		unlink $seen, "$dir/caught";
		my $spy = $how{argv} ? undef : start_pgbaton('-c', $spy, { program => '/bin/sh' });
		runs(\%how, 'check');
		own_command_line(@$arguments) if $how{argv};
		runs(\%how, '-v', 'migrate');
		runs(\%how, '--json', 'migrate');
		like(sql($target, 'postgres', 'SELECT subconninfo FROM pg_subscription'), qr/$word{source}/, 'the target has to know how to connect');
		clean('the journal and the database', journal($m));
		runs(\%how, 'status');
		runs(\%how, '-v', '--json', 'status');
		runs(\%how, '-v', 'switchover', '--yes');
		like(sql($source, 'postgres', 'SELECT subconninfo FROM pg_subscription'), qr/$word{target}/, 'now the source does');
		clean('the journal and the database after the switchover', journal($m));
		check_reverse($m);
		runs(\%how, '-v', '--json', 'cleanup', '--yes');
		check_nothing_left($m);
		if ($spy)
		{
			$spy->kill('KILL');
			$spy->wait;
			is(-s "$dir/caught" // 0, 0, 'no secret in any command line') or diag(slurp("$dir/caught"));
		}
		ok(-s $seen, 'the children were seen');
		clean('arguments and environment of the children', slurp($seen) =~ tr/\0/\n/r);
		clean('the server logs', logs());
	});
	drop_databases($m);
}

# What goes wrong is told without them.
$m = PgbatonFlow::clone_of($template, 'shop');
my %right = map { $_ => given('keywords', $_, password => 1) } @sides;
for my $case (
	[ 5, 'a wrong password', qr/password authentication failed/, conninfo($source, 'shop', tcp => 1, password => "x$password{source}") ],
	[ 5, 'an unknown database', qr/does not exist/, conninfo($source, 'nowhere', tcp => 1, password => $password{source}) ],
	[ 5, 'a closed port', qr/refused/, "host=127.0.0.1 port=1 dbname=shop user=postgres password=$word{source}" ],
	[ 2, 'an unterminated quote', qr/conn/, "host=127.0.0.1 dbname=shop password='$word{source}" ],
	[ 2, 'an unknown keyword', qr/malformed/, "hots=127.0.0.1 password=$word{source} dbname=shop" ],
	[ 2, 'a URI with a bad escape', qr/conn/, "postgresql://postgres:$word{source}%zz\@127.0.0.1/shop" ],
	[ 5, 'a URI with a bad port', qr/port/, "postgresql://postgres:$word{source}\@127.0.0.1:99x/shop" ],
	[ 2, 'a URI with the password as a parameter', qr/conn|nosuch/, "postgresql://127.0.0.1/shop?password=$word{source}&nosuch=1" ])
{
	my ($rc, $what, $regex, $conninfo) = @$case;
	for my $more ([], ['-v'], ['--json'])
	{
		my $result = pgbaton(@$more, 'migrate', '--source', $conninfo, '--target', $right{target});
		is($result->{rc}, $rc, "$what: exit code $rc") or diag($result->{err});
		like("$result->{out}$result->{err}", $regex, "$what: it is said");
		clean($what, "$result->{out}\n$result->{err}");
	}
}
clean('config show', pgbaton('config', 'show', map { ("--$_", $right{$_}) } @sides)->{out});
clean('a dry run', pgbaton('-v', 'migrate', '--dry-run', map { ("--$_", $right{$_}) } @sides)->{out});
drop_databases($m);

done_testing();
