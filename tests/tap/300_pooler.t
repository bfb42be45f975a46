# PgBouncers whose entries move with the writes: what is refused before the pause, the pause itself under traffic, each way it can fail,
# and what a later process does about one that was killed. Driven by tests/tools/pooler_tool.c.
use strict;
use warnings;

use File::Basename;
use IPC::Run ();
use PgbatonPooler;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(time);

my $tool = dirname($ENV{PGBATON}) . '/pooler_tool';
my ($source, $target) = pair(source => '15', target => '17');
my $odd = qq(sh"op's \x{fc});
utf8::encode($odd);
for my $node ($source, $target)
{
	sql($node, 'postgres', "ALTER ROLE postgres PASSWORD 'x'");
	sql($node, 'postgres', qq(CREATE DATABASE "$_")) for 'shop', $odd =~ s/"/""/gr;
	sql($node, 'shop', 'CREATE TABLE hits (at timestamptz DEFAULT clock_timestamp())');
}
my ($old, $new) = map { $_->host . ':' . $_->port } $source, $target;
my $files = 0;

sub place
{
	my ($node) = @_;
	return 'host=' . $node->host . ' port=' . $node->port;
}

# A config file with one section [pooler p].
sub config
{
	my ($file, $poolers, @lines) = @_;
	return write_file(work_dir() . '/pooler' . ++$files . '.conf',
		join('', "[pooler p]\nfile = $file\n", (map { 'admin = ' . admin($_) . "\n" } @$poolers), map { "$_\n" } @lines), 0600);
}

sub tool_args
{
	my ($config, @commands) = @_;
	return ($config, conninfo($source, 'shop'), conninfo($target, 'shop'), @commands, { program => $tool });
}

sub works
{
	my ($what, $config, @commands) = @_;
	my $result = pgbaton(tool_args($config, @commands));
	is($result->{rc}, 0, $what) or diag($result->{err});
	return $result;
}

sub fails
{
	my ($what, $rc, $regex, $config, @commands) = @_;
	my $result = pgbaton(tool_args($config, @commands));
	is($result->{rc}, $rc, $what) or diag($result->{err});
	like($result->{err}, qr/^error: .*\n\s*detail: .*\n\s*hint: \S/m, '... in three parts');
	like($result->{err}, $regex, '... with the reason');
	unlike($result->{err} . $result->{out}, qr/Zq7/, '... and without a password');
	return $result;
}

sub staged
{
	my ($file) = @_;
	return scalar(grep { $_ ne $file } glob "$file*");
}

my $text = "; entries, \r\n"
  . "shop = @{[ place($source) ]} pool_size=7 connect_query='SELECT ''a b''' \r\n"
  . "\n#shop = host=nowhere\n"
  . "shop_ro=dbname=shop @{[ place($source) ]}\n"
  . "odd.name-1 = dbname='" . ($odd =~ s/'/''/gr) . "' @{[ place($source) ]}\n"
  . "replica = host=replica dbname=shop\n"
  . "other = @{[ place($source) ]} dbname=postgres";
my $moved = $text;
$moved =~ s/^(shop(?:_ro)? ?=.*)\Q@{[ place($source) ]}\E/$1@{[ place($target) ]}/mg;
isnt($moved, $text, 'the expected text differs');

# There and back again.
{
	my $file = pooler_file($text);
	my @poolers = map { start_pooler($file) } 1 .. 2;
	my $config = config($file, \@poolers);
	is(through($poolers[0], 'shop', 'SHOW server_version') =~ s/\D.*//r, '15', 'the clients are on the source');
	works('open alone', $config, 'open');
	is(slurp($file), $text, '... changes no file');
	is(staged($file), 0, '... and leaves none');
	works('open, pause, undo', $config, 'open', 'pause=5000', 'undo', 'undo');
	is(slurp($file), $text, '... is as before');
	is(entry($poolers[$_], 'shop'), "$old/shop", "... in PgBouncer $_") for 0, 1;

	my $mode = (stat $file)[2];
	my $result = works('open, pause, switch', $config, 'open', 'pause=5000', 'switch', 'switch');
	unlike($result->{out}, qr/warning/, '... without a warning');
	is(slurp($file), $moved, '... changes the entries of that database, and no other byte');
	is((stat $file)[2], $mode, '... nor the mode');
	is(staged($file), 0, '... and leaves no other file');
	for my $pooler (@poolers)
	{
		is(entry($pooler, $_), "$new/shop", "$pooler->{name} leads $_ to the target") for 'shop', 'shop_ro';
		is(entry($pooler, 'other'), "$old/postgres", '... other to the source');
		is(through($pooler, 'shop', 'SHOW server_version') =~ s/\D.*//r, '17', '... and clients are there');
	}
	$result = works('switched again', $config, 'open', 'pause=5000', 'switch');
	like($result->{out}, qr/warning: .*"shop" leads to the new place already.*^any 0$/ms, '... is nothing to do, which is told');
	works('rollback', $config, 'back', 'open', 'pause=5000', 'switch');
	is(slurp($file), $text, '... brings the old text back');
	is(entry($poolers[$_], 'shop'), "$old/shop", "... and the clients of PgBouncer $_") for 0, 1;

	works('undo after switch', $config, 'open', 'pause=5000', 'switch', 'undo', 'undo');
	is(slurp($file), $text, '... is as before');
	is(entry($poolers[$_], 'shop'), "$old/shop", "... in PgBouncer $_") for 0, 1;

	# A change by somebody else, between the look and the switch, is kept.
	my $process = start_pgbaton(tool_args($config, 'open', 'pause=5000', 'sleep=1500', 'switch'));
	wait_until('it holds', sub { $process->out =~ /holding/ });
	write_file($file, $text . "\nlate = host=z\n", 0640);
	is($process->wait->{rc}, 0, 'a file that is changed in the pause');
	is(slurp($file), $moved . "\nlate = host=z\n", '... has both changes');

	write_file($file, $text, 0640);
	console($_, 'RELOAD') for @poolers;
	$process = start_pgbaton(tool_args($config, 'open', 'pause=5000', 'sleep=1500', 'switch'));
	wait_until('it holds', sub { $process->out =~ /holding/ });
	write_file($file, $text =~ s/^shop = host=\S+/shop = host=elsewhere/mr, 0640);
	$result = $process->wait;
	is($result->{rc}, 1, 'an entry that is changed in the pause');
	like($result->{err}, qr/"shop" of .* was changed meanwhile.*RESUME "shop"/s, '... is told, and what to do');
	is(entry($poolers[0], 'shop'), "$old/shop paused", '... and its clients still wait');
	write_file($file, $moved, 0640);
	while ($result->{err} =~ /(psql -d .*?)(?=; psql|$)/mg)
	{
		my $command = $1;
		local $ENV{PGPASSWORD} = 'Zq7postgres';
		ok(system("$command >/dev/null 2>&1") == 0, 'what it says can be done');
	}
	is(entry($poolers[$_], 'shop'), "$new/shop", '... and mends it') for 0, 1;
	stop_pooler($_) for @poolers;
}

# A client that comes in the pause, to a pool that was never used, is served at its end: not after server_login_retry.
{
	my $file = pooler_file($text);
	my $pooler = start_pooler($file, server_login_retry => 60);
	my $process = start_pgbaton(tool_args(config($file, [$pooler]), 'open', 'pause=5000', 'sleep=2000', 'switch'));
	wait_until('it holds', sub { $process->out =~ /holding/ });
	my $client = client_of($pooler, 'shop', '-c', 'SHOW server_version');
	is($process->wait->{rc}, 0, 'with a client that comes in the pause');
	my $start = time;
	like($client->wait->{out}, qr/^17/, '... it is served');
	cmp_ok(time - $start, '<', 10, '... at once');
	my ($retry) = grep { $_->{key} eq 'server_login_retry' } console($pooler, 'SHOW CONFIG');
	is($retry->{value}, 60, '... and the setting is what it was');
	stop_pooler($pooler);
}

# Refused before the pause.
{
	my $file = pooler_file($text);
	my $pooler = start_pooler($file);
	my $admin = 'admin = ' . admin($pooler);
	my $dead = "host=$pooler->{dir} port=1 user=postgres";
	my $write = sub { write_file(work_dir() . '/bad.conf', "[pooler p]\n" . join("\n", @_) . "\n", 0600) };
	fails('wrong password', 5, qr/pooler "p" at .*authentication failed/s, $write->("file = $file", 'admin = ' . admin($pooler, password => 'Zq7wrong')), 'open');
	fails('no PgBouncer there', 5, qr/pooler "p" at/, $write->("file = $file", "admin = $dead"), 'open');
	fails('one of two is dead', 5, qr/pooler "p" at \S+:1\b/, $write->("file = $file", $admin, "admin = $dead"), 'open', 'pause=1000');
	fails('a PostgreSQL there', 5, qr/pgbouncer/, $write->("file = $file", 'admin = ' . conninfo($source, 'shop')), 'open');
	sql($source, 'postgres', 'CREATE DATABASE pgbouncer');
	fails('a PostgreSQL with that database', 3, qr/is not PgBouncer's admin console/,
		$write->("file = $file", 'admin = ' . conninfo($source, 'shop')), 'open');
	sql($source, 'postgres', 'DROP DATABASE pgbouncer');
	fails('a user who may only look', 1, qr/admin access needed/,
		$write->("file = $file", 'admin = ' . admin($pooler, user => 'monitor', password => 'Zq7monitor')), 'open');
	fails('no such file', 1, qr/could not read/, $write->("file = $file.no", $admin), 'open');
	fails('no file at all', 3, qr/not a regular file/, $write->("file = $pooler->{dir}", $admin), 'open');
	fails('no such entry', 3, qr/has no entry "shup"/, $write->("file = $file", $admin, 'databases = shup'), 'open');
	fails('an entry that leads elsewhere', 3, qr/"replica" at .* does not lead to the source.*source_host/s,
		$write->("file = $file", $admin, 'databases = replica'), 'open');
	fails('another name of the host', 3, qr/does not lead to the source/, $write->("file = $file", $admin, 'source_host = 127.0.0.1'), 'open');
	my $moved_file = pooler_file($moved);
	fails('a file that PgBouncer has not read', 3, qr/does not have the entry "shop".*RELOAD/s, $write->("file = $moved_file", $admin), 'back', 'open');
	my $broken = pooler_file("$text\nnonsense\n");
	fails('a file PgBouncer would not read', 3, qr/would not read .*:\d+/, $write->("file = $broken", $admin), 'open');
	my $fallback = pooler_file("* = @{[ place($source) ]}\n");
	fails('a fallback', 3, qr/has no entry of its own.*"\*"/s, $write->("file = $fallback", $admin), 'open');
	console($pooler, 'PAUSE shop');
	fails('somebody else has paused it', 3, qr/is paused already.*RESUME "shop"/s, $write->("file = $file", $admin), 'open');
	console($pooler, 'RESUME shop');
	chmod 0500, dirname($file);
	fails('a directory that cannot be written to', 1, qr/could not write/, $write->("file = $file", $admin), 'open');
	chmod 0700, dirname($file);
	is(slurp($file), $text, 'nothing was changed');
	is(staged($file), 0, '... and nothing left');
	my $result = works('one entry by name', $write->("file = $file", $admin, 'databases = shop_ro', 'target_host = elsewhere',
			'target_port = 1', 'target_dbname = s p'), 'open', 'pause=1000', 'switch');
	is(entry($pooler, 'shop_ro'), 'elsewhere:1/s p', '... is moved to where the section says');
	is(entry($pooler, 'shop'), "$old/shop", '... the others stay');
	stop_pooler($pooler);
}

# A name of a database with quotes and Unicode.
{
	my $file = pooler_file($text);
	my $pooler = start_pooler($file);
	my $result = pgbaton(config($file, [$pooler]), conninfo($source, $odd), conninfo($target, $odd), 'open', 'pause=1000', 'switch',
		{ program => $tool });
	is($result->{rc}, 0, 'a database with an odd name') or diag($result->{err});
	is(entry($pooler, 'odd.name-1'), "$new/$odd", '... is moved');
	is(entry($pooler, 'shop'), "$old/shop", '... it alone');
	is(through($pooler, 'odd.name-1', 'SELECT current_database()'), $odd, '... and reached');
	stop_pooler($pooler);
}

# Clients that do not let go.
{
	my $file = pooler_file($text);
	my ($one, $two) = map { start_pooler($file) } 1 .. 2;
	my $config = config($file, [ $one, $two ]);
	my $client = client_of($two, 'shop', '-c', 'BEGIN', '-c', "SELECT 'in'", '-c', 'SELECT pg_sleep(30)');
	wait_until('a transaction is open', sub { $client->out =~ /in/ });
	my $start = time;
	fails('a transaction that does not end', 3, qr/\Q$two->{dir}\E.* could not hold its clients in time/, $config, 'open', 'pause=500');
	cmp_ok(time - $start, '<', 5, '... is not waited for');
	is(entry($_, 'shop'), "$old/shop", "$_->{name} goes on") for $one, $two;
	is(through($two, 'shop', 'SELECT 1'), '1', '... for other clients too');

	my $process = start_pgbaton(tool_args($config, 'open', 'pause=60000'));
	wait_until('it is paused', sub { entry($one, 'shop') =~ /paused/ });
	$process->kill('INT');
	my $result = $process->wait;
	is($result->{rc}, 7, 'Ctrl-C in the pause');
	is(entry($_, 'shop'), "$old/shop", "... $_->{name} goes on") for $one, $two;
	$client->kill('TERM');
	stop_pooler($_) for $one, $two;

	$one = start_pooler($file, pool_mode => 'session');
	$client = client_of($one, 'shop', '-c', "SELECT 'in'", '-c', '\! sleep 30');
	wait_until('a session is open', sub { $client->out =~ /in/ });
	$result = fails('session pooling', 3, qr/could not hold its clients in time.*clients = disconnect/s, config($file, [$one]), 'open', 'pause=500');
	like($result->{out}, qr/warning: .*"shop" is in session pooling/, '... was warned of');
	is(entry($one, 'shop'), "$old/shop", '... and goes on');
	$result = works('with clients = disconnect', config($file, [$one], 'clients = disconnect'), 'open', 'pause=500', 'switch');
	like($result->{out}, qr/warning: .*will be disconnected/, '... is warned of, too');
	is(through($one, 'shop', 'SHOW server_version') =~ s/\D.*//r, '17', '... and moves');
	$client->kill('KILL');
	stop_pooler($one);
}

# One of two PgBouncers dies in the pause.
{
	my $file = pooler_file($text);
	my ($one, $two) = map { start_pooler($file) } 1 .. 2;
	my $config = config($file, [ $one, $two ]);
	for my $end ('switch-or-undo', 'switch', 'undo')
	{
		write_file($file, $text, 0640);
		console($_, 'RELOAD') for $one, $two;
		my $process = start_pgbaton(tool_args($config, 'open', 'pause=5000', 'sleep=1500', $end));
		wait_until('it holds', sub { $process->out =~ /holding/ });
		stop_pooler($two);
		my $result = $process->wait;
		is($result->{rc}, 5, "a dead PgBouncer at $end") or diag($result->{err});
		like($result->{err}, qr/\Q$two->{dir}\E/, '... is named');
		like($result->{err}, qr/psql -d .*\Q$two->{dir}\E.* -c RELOAD -c 'RESUME "shop"'/, '... with what to run') ;
		unlike($result->{err}, qr/psql -d .*\Q$one->{dir}\E/, '... and the other one is not');
		is(entry($one, 'shop'), $end eq 'switch' ? "$new/shop" : "$old/shop", '... which has gone on');
		is(slurp($file), $end eq 'switch' ? $moved : $text, '... and the file is as it should be');
		PgbatonPooler::start_again($two);
	}
	# One that is started anew in the pause does not know of it, and is led over all the same.
	write_file($file, $text, 0640);
	console($_, 'RELOAD') for $one, $two;
	my $process = start_pgbaton(tool_args($config, 'open', 'pause=5000', 'sleep=2500', 'switch'));
	wait_until('it holds', sub { $process->out =~ /holding/ });
	stop_pooler($two);
	PgbatonPooler::start_again($two);
	is($process->wait->{rc}, 0, 'one that is restarted in the pause');
	is(entry($_, 'shop'), "$new/shop", "... $_->{name} leads to the target") for $one, $two;
	# One that hangs.
	write_file($file, $text, 0640);
	console($_, 'RELOAD') for $one, $two;
	$two->{process}->kill('STOP');
	$process = start_pgbaton(tool_args($config, 'open', 'pause=1000'));
	wait_until('it connects', sub { $process->err =~ /\S/ || $process->out =~ /\S/ || !$process->running }, 60);
	is($process->wait->{rc}, 5, 'one that hangs is noticed');
	$two->{process}->kill('CONT');
	$process = start_pgbaton(tool_args($config, 'open', 'sleep=1000', 'pause=1000'));
	wait_until('it holds', sub { $process->out =~ /holding/ });
	$two->{process}->kill('STOP');
	my $result = $process->wait;
	like($result->{err}, qr/\Q$two->{dir}\E/, 'one that hangs in the pause is named');
	is(entry($one, 'shop'), "$old/shop", '... and the other goes on');
	$two->{process}->kill('CONT');
	wait_until('PgBouncer has taken what came meanwhile', sub { entry($two, 'shop') =~ /paused/ });
	works('a later undo', $config, 'recover', 'undo');
	is(entry($_, 'shop'), "$old/shop", '... mends it') for $one, $two;
	stop_pooler($_) for $one, $two;
}

# Killed, and what a later process does.
for my $where ('pause', 'switch half')
{
	for my $end ('undo', 'switch')
	{
		my $file = pooler_file($text);
		my @poolers = map { start_pooler($file, server_login_retry => 1) } 1 .. 2;
		my $config = config($file, \@poolers);
		my $process = start_pgbaton(tool_args($config, 'open', 'pause=5000', 'hold'));
		wait_until('it holds', sub { $process->out =~ /holding/ });
		$process->kill('KILL');
		$process->wait;
		if ($where ne 'pause')
		{
			write_file($file, $moved, 0640);
			console($poolers[0], 'RELOAD');
			console($poolers[0], 'RESUME shop');
		}
		is(entry($poolers[1], 'shop'), "$old/shop paused", "killed in the $where: the clients wait");
		my $waiting = client_of($poolers[1], 'shop', '-c', 'SHOW server_version');
		fails('... a new attempt is refused', 3, qr/is paused already|does not have the entry/, $config, 'open') if $where eq 'pause';
		works("... recovered by $end", $config, 'recover', $end);
		for my $pooler (@poolers)
		{
			is(entry($pooler, $_), $end eq 'undo' ? "$old/shop" : "$new/shop", "... $pooler->{name} goes on with $_")
			  for 'shop', 'shop_ro';
			is(entry($pooler, 'replica'), 'replica:5432/shop', '... another entry stays');
		}
		like($waiting->wait->{out}, $end eq 'undo' ? qr/^15/ : qr/^17/, '... the client that waited is served');
		is(slurp($file), $end eq 'undo' ? $text : $moved, '... the file is as it should be');
		is(staged($file), 0, '... and nothing is left');
		works('... once more changes nothing', $config, 'recover', $end);
		is(slurp($file), $end eq 'undo' ? $text : $moved, '... in the file');
		stop_pooler($_) for @poolers;
	}
}

# The command of on_switch.
{
	my $hook = sub {
		my ($command, @more) = @_;
		return write_file(work_dir() . '/hook.conf', "[migration]\nname = m1\non_switch = $command\n" . join '', map { "$_\n" } @more);
	};
	my $seen = 'echo $PGHOST:$PGPORT/$PGDATABASE $PGUSER $PGBATON_FROM_HOST:$PGBATON_FROM_PORT/$PGBATON_FROM_DATABASE '
	  . '$PGBATON_DIRECTION $PGBATON_MIGRATION $PGBATON_DATABASE "${PGPASSWORD-none}"; psql -w -Atc "SHOW server_version" | cut -c 1-2';
	my $result = works('on_switch', $hook->($seen), 'hook');
	like($result->{out}, qr{^output: \Q$new/shop postgres $old/shop switchover m1 shop none\E\n17\n}m, '... is told where');
	$result = works('on_switch of a rollback', $hook->($seen), 'back', 'hook');
	like($result->{out}, qr{^output: \Q$old/shop postgres $new/shop rollback m1 shop none\E\n15\n}m, '... too');
	$result = fails('one that fails', 1, qr/failed: exit code 3.*its last words are: why it failed/s, $hook->(q(echo out; echo 'why it failed' >&2; exit 3)), 'hook');
	like($result->{err}, qr/hint: .*PGHOST='\Q@{[ $target->host ]}\E' PGPORT='\d+' .*sh -c 'echo out; echo '\\''why it failed'\\'' >&2; exit 3'/,
		'... is told with what to repeat');
	for my $slow ('sleep 60', 'sleep 60; sleep 60', 'trap "" TERM; sleep 60; sleep 60', 'exec >/dev/null 2>&1; sleep 60; true', 'sleep 60 & exit 0')
	{
		my $start = time;
		fails("one that takes too long: $slow", 5, qr/on_switch: .*did not end in time/, $hook->($slow, 'on_switch_timeout = 300'), 'hook');
		cmp_ok(time - $start, '<', 10, '... is ended');
	}
	my $scram = server('scram', '15', password => 'Zq7secret');
	my $args = $hook->('psql -w -Atc "SELECT 7 + 1"; env | grep -c "Zq[7]"; true');
	$result = pgbaton($args, conninfo($source, 'shop'), conninfo($scram, 'postgres', tcp => 1, password => 'Zq7secret'), 'hook', { program => $tool });
	like($result->{out}, qr/^output: 8\n0\n/m, 'a password reaches psql by a file');
	unlike($result->{out} . $result->{err}, qr/Zq7/, '... and is not shown');
}

# Under traffic nothing fails, and every transaction is on one side or the other.
{
	my $file = pooler_file($text);
	my @poolers = map { start_pooler($file, max_client_conn => 50) } 1 .. 2;
	my $config = config($file, \@poolers);
	my $script = write_file(work_dir() . '/hit.sql', "INSERT INTO hits DEFAULT VALUES;\n");
	my @traffic = map {
		start_pgbaton('-n', '-c', 4, '-j', 1, '-T', 6, '-f', $script, '-h', $_->{dir}, '-p', $_->{port}, 'shop',
			{ program => $source->install_path . '/bin/pgbench', env => { PGUSER => 'postgres', PGPASSWORD => 'Zq7postgres' } })
	} @poolers;
	wait_sql($source, 'shop', 'SELECT count(*) > 500 FROM hits');
	my $result = works('under traffic', $config, 'open', 'pause=5000', 'switch');
	note($result->{out});
	my $done = 0;
	for my $traffic (@traffic)
	{
		my $bench = $traffic->wait;
		is($bench->{rc}, 0, '... no client fails') or diag($bench->{err});
		like($bench->{out}, qr/number of failed transactions: 0 /, '... and no transaction');
		$done += $1 if $bench->{out} =~ /actually processed: (\d+)/;
	}
	my @hits = map { sql($_, 'shop', 'SELECT count(*) FROM hits') } $source, $target;
	cmp_ok($hits[1], '>', 500, '... they go on on the target');
	is($hits[0] + $hits[1], $done, '... and all are there');
	stop_pooler($_) for @poolers;
}

done_testing();
