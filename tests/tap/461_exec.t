# exec: what is refused; the environment of the command; passwords by a file that leaves nothing; exit codes, signals, input and output as they are.
use strict;
use warnings;

use Cwd ();
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my ($old, $new) = (server('old', '10', password => 'a:b\\c "d'), server('new', '18', password => 's:e c r$e t'));
my %password = (old => 'a:b\\c "d', new => 's:e c r$e t');
sql($_, 'postgres', 'CREATE DATABASE shop') for $old, $new;
my @both = ('--source', conninfo($old, 'shop'), '--target', conninfo($new, 'shop'));
my @tcp = ('--source', conninfo($old, 'shop', tcp => 1, password => $password{old}), '--target', conninfo($new, 'shop', tcp => 1, password => $password{new}));
my $down = 'host=127.0.0.1 port=1 dbname=shop user=postgres';

# Refusals.
pgbaton_fails(2, qr/needs more arguments/, 'exec', @both);
pgbaton_fails(2, qr/no source is given/, 'exec', '--', 'true');
pgbaton_fails(2, qr/no target is given/, 'exec', '--on', 'target', '--source', conninfo($old, 'shop'), '--', 'true');
pgbaton_fails(2, qr/--on/, 'exec', '--on', 'both', @both, '--', 'true');
pgbaton_fails(1, qr/could not run "no-such-program"/, 'exec', @both, '--', 'no-such-program', 'x');
pgbaton_fails(1, qr/could not run "\/"/, 'exec', @both, '--', '/');
pgbaton_fails(3, qr/system identifier|another server/i, 'exec', '--source-system-identifier', '1', @both, '--', 'true');
{
	my @half = ('--source', $down, '--target', conninfo($new, 'shop'));
	my $result = pgbaton('exec', @half, '--', 'echo', 'run');
	is($result->{rc}, 5, 'a side that is down');
	is($result->{out}, '', '... nothing is run');
	is(pgbaton('exec', '--on', 'source', @half, '--', 'echo', 'run')->{rc}, 5, '... nor on that side');
	$result = pgbaton_ok('exec', '--on', 'target', @half, '--', 'sh', '-c', 'echo $PGBATON_TARGET_DBNAME ${PGBATON_SOURCE_HOST-none}',
		{ env => { PGBATON_SOURCE_HOST => 'stale' } });
	is($result->{out}, "shop none\n", '... but on the other one');
	like($result->{err}, qr/the source is not reached/, '... with a warning');
	is_valid(pgbaton('--json', 'exec', @half, '--', 'true')->{out}, 'error', '... as JSON');
}

# The environment.
my $all = 'echo $PGBATON_SOURCE_HOST $PGBATON_SOURCE_PORT $PGBATON_SOURCE_USER $PGBATON_SOURCE_DBNAME; '
  . 'echo $PGBATON_TARGET_HOST $PGBATON_TARGET_PORT $PGBATON_TARGET_USER $PGBATON_TARGET_DBNAME; '
  . 'echo $PGBATON_MIGRATION ${PGHOST-none} ${PGPASSWORD-none} ${PGPASSFILE-none}';
is(pgbaton_ok('exec', @both, '--', 'sh', '-c', $all)->{out},
	join(' ', $old->host, $old->port, 'postgres', 'shop') . "\n" . join(' ', $new->host, $new->port, 'postgres', 'shop') . "\nmain none none none\n",
	'the environment by sockets');
for my $side (qw(source target))
{
	my $node = $side eq 'source' ? $old : $new;
	for my $how (\@both, \@tcp)
	{
		my $result = pgbaton_ok('exec', '--on', $side, @$how, '--', 'psql', '-wXAtc', 'SHOW port; SELECT current_database()',
			{ env => { PGHOST => 'nowhere', PGPORT => 1, PGUSER => 'nobody' } });
		is($result->{out}, $node->port . "\nshop\n", "psql reaches the $side");
	}
}
is(pgbaton_ok('exec', '--on', 'target', '--target', conninfo($new, 'shop'), '--database', 'postgres', '--', 'psql', '-wXAtc', 'SELECT current_database()')->{out},
	"postgres\n", '--database');
{
	# Of several hosts the one that answers; a service file; hostile names of databases.
	my $list = sprintf 'host=%s,%s port=1,%d dbname=shop user=postgres', $new->host, $new->host, $new->port;
	is(pgbaton_ok('exec', '--on', 'target', '--target', $list, '--', 'sh', '-c', 'echo $PGPORT')->{out}, $new->port . "\n", 'several hosts');
	my $file = write_file(work_dir() . '/service.conf', "[new]\nhost=@{[ $new->host ]}\nport=@{[ $new->port ]}\nuser=postgres\ndbname=shop\n");
	is(pgbaton_ok('exec', '--on', 'target', '--target', 'service=new', '--', 'sh', '-c', 'echo $PGPORT ${PGSERVICE-none}; psql -wXAtc "SHOW port"', { env => { PGSERVICEFILE => $file } })->{out},
		$new->port . " none\n" . $new->port . "\n", 'a service file');
	for my $name (hostile_names())
	{
		sql($new, 'postgres', 'CREATE DATABASE ' . quoted($name));
		my $result = pgbaton('exec', '--on', 'target', '--target', conninfo($new, 'postgres'), '--database', $name, '--', 'psql', '-wXAtc', 'SELECT current_database()');
		is($result->{out}, "$name\n", 'database ' . $name =~ s/[^ -~]/?/gr);
	}
}

# Passwords.
{
	my $program = 'test "${PGPASSWORD-none}" = none && psql -wXAtc "SELECT 1" && stat -L -c %a "$PGPASSFILE" && echo "$PGPASSFILE"';
	my $result = pgbaton_ok('exec', '--on', 'target', @tcp, '--', 'sh', '-c', $program, { env => { PGPASSWORD => 'stale-one' } });
	my ($passfile) = $result->{out} =~ /^1\n600\n(.*)\n\z/;
	ok(defined $passfile, 'a password file, closed to others') or diag($result->{out}, $result->{err});
	ok(!-e $passfile, '... that is gone afterwards') if defined $passfile;
	my $both = 'psql -wXAtc "SHOW port" && psql -wXAt -h $PGBATON_SOURCE_HOST -p $PGBATON_SOURCE_PORT -U $PGBATON_SOURCE_USER -d $PGBATON_SOURCE_DBNAME -c "SHOW port"';
	is(pgbaton_ok('exec', '--on', 'target', @tcp, '--', 'sh', '-c', $both)->{out}, $new->port . "\n" . $old->port . "\n", 'the other side has its own');
	# A grandchild without the descriptors it would inherit.
	is(pgbaton_ok('exec', '--on', 'target', @tcp, '--', 'python3', '-c', 'import subprocess; subprocess.run(["psql", "-wXAtc", "SELECT 2"])')->{out},
		"2\n", '... and programs it starts');
	my $own = write_file(work_dir() . '/pgpass', '127.0.0.1:' . $old->port . ":*:postgres:a\\:b\\\\c \"d\n", 0600);
	is(pgbaton_ok('exec', '--on', 'target', @tcp[ 2, 3 ], '--', 'sh', '-c', "psql -wXAt -h 127.0.0.1 -p @{[ $old->port ]} -U postgres -d shop -c 'SHOW port'",
			{ env => { PGPASSFILE => $own } })->{out}, $old->port . "\n", "the user's own file goes on");
	is(pgbaton_ok('exec', '--on', 'source', '--source', conninfo($old, 'shop', tcp => 1), '--', 'psql', '-wXAtc', 'SELECT 3', { env => { PGPASSFILE => $own } })->{out},
		"3\n", '... and is where the password may come from');
	is(pgbaton_ok('exec', '--on', 'target', '--password-in-environment', @tcp, '--', 'sh', '-c', 'printf "%s|%s|%s|%s\n" "$PGPASSWORD" "$PGBATON_SOURCE_PASSWORD" "$PGBATON_TARGET_PASSWORD" "${PGPASSFILE-none}"')->{out},
		"$password{new}|$password{old}|$password{new}|none\n", 'by value when asked for');
	my $shown = pgbaton_ok('exec', '--on', 'target', '--password-in-environment', '--dry-run', '-v', @tcp, '--', 'echo', 'x');
	unlike($shown->{out} . $shown->{err}, qr/s:e c r|a:b\\/, '... but never shown');
	like($shown->{out}, qr/^PGPASSWORD=\*+$/m, '... masked');
	my $document = block_json('exec', 'exec', 'touch', work_dir() . '/touched', '--on', 'target', '--dry-run', @tcp);
	ok(!-e work_dir() . '/touched', 'a dry run runs nothing');
	is($document->{environment}{PGPORT}, $new->port, '... and shows the environment') if $document;
}

# Argument by argument, without a shell; --, options of its own.
{
	my @words = (hostile_names(), '', '--', '--yes', '-c', '$HOME', '`id`');
	my $result = pgbaton_ok('exec', @both, '--', 'printf', '%s\0', @words);
	is_deeply([ split /\0/, $result->{out}, -1 ], [ @words, '' ], 'arguments arrive as they are');
	is(pgbaton_ok('exec', @both, '--', 'cat', { stdin => "line\n" })->{out}, "line\n", 'standard input');
	like(pgbaton('exec', @both, '--', 'sh', '-c', 'echo told >&2')->{err}, qr/^told$/m, 'standard error');
}

# Exit codes and signals.
is(pgbaton('exec', @both, '--', 'sh', '-c', "exit $_")->{rc}, $_, "exit code $_") for 0, 1, 3, 77, 255;
for my $signal (qw(TERM INT HUP KILL PIPE))
{
	my $program = Cwd::abs_path($ENV{PGBATON});
	my $result = pgbaton('-c', '"$0" "$@"; echo $?', $program, 'exec', @both, '--', 'sh', '-c', "kill -$signal \$\$", { program => '/bin/sh' });
	my $number = { TERM => 15, INT => 2, HUP => 1, KILL => 9, PIPE => 13 }->{$signal};
	is($result->{out}, 128 + $number . "\n", "signal $signal is 128 + $number to a shell");
}
{
	# As nohup has it, and as it was.
	my $program = Cwd::abs_path($ENV{PGBATON});
	is(pgbaton('-c', 'trap "" HUP; exec "$0" "$@"', $program, 'exec', @both, '--', 'sh', '-c', 'kill -HUP $$; echo alive', { program => '/bin/sh' })->{out},
		"alive\n", 'an ignored signal stays so');
	my $process = start_pgbaton('exec', '--on', 'target', @tcp, '--', 'sh', '-c', 'echo "$PGPASSFILE"; echo up >&2; exec sleep 100');
	wait_until('it runs', sub { $process->out =~ m{\n} });
	$process->kill('TERM');
	my $result = $process->wait;
	is($result->{signal}, 15, 'a signal to pgbaton is one to the command');
	my ($passfile) = $result->{out} =~ m{^(/proc/\S+)};
	ok(!$passfile || !-e $passfile, '... and the password file is gone');
}

# It takes no lock: two at a time, and beside another pgbaton.
like(pgbaton_ok('exec', @both, '--', Cwd::abs_path($ENV{PGBATON}), 'exec', @both, '--', 'echo', 'inner')->{out}, qr/^inner$/, 'no lock is taken');

done_testing();
