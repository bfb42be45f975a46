# Over and back again, many times with one migration, under writers that never pause: what a round does follows from its seed, as far as
# the writers' timing lets it.
#
#   use PgbatonRoundtrip;
#
#   roundtrips(100);     # that many switchovers and rollbacks, one test each, and a line of figures for each
#
# Writers are `pgbaton traffic run` with its ledger, and sessions that take values from sequences and log every one they were
# handed; either goes through PgBouncer or connects with both hosts. Nothing expected here comes from pgbaton but the ledger's
# own check: rows are compared by md5 through psql and by pg_dump, values of sequences by sort and uniq.
#
# PGBATON_ROUNDTRIPS_SEED is the first round's. As long as pgbaton has no rollback each round is a migration of its own with a
# switchover; as long as its config file has no [pooler] nobody goes through PgBouncer.
package PgbatonRoundtrip;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run ();
use PgbatonFlow;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(roundtrips);

# Each round ends with a look at what has happened in it; both sides are compared after so many, and at the end.
my $compare_every = 10;

# As they are made, and what a session takes from them.
my %sequences = (
	plain => 'INCREMENT 1',
	cached => 'CACHE 20',
	down => 'INCREMENT -3 MINVALUE -1000000000000 MAXVALUE 0 START -1',
	leaping => 'INCREMENT 7 START 1000',
);

sub roundtrips
{
	my ($rounds) = @_;
	my ($source, $target) = pair(source => '15', target => '17');
	my $first = $ENV{PGBATON_ROUNDTRIPS_SEED} || 1 + int rand 1_000_000;
	my $can = { rollback => pgbaton('help', 'rollback')->{rc} == 0, pooler => pgbaton('help', 'settings')->{out} =~ /\[pooler/ ? 1 : 0 };
	diag('there is no rollback: every round is a migration of its own') if !$can->{rollback};
	my ($m, %total);
	for my $n (1 .. $rounds)
	{
		my %round = (seed => $first + $n - 1, n => $n, can => $can);
		srand $round{seed};
		if (!$m || !$can->{rollback})
		{
			$m = begin($source, $target, $can, "round_$n") or last;
		}
		my $ok = case_of("round $n, seed $round{seed}" => sub { one_round($m, \%round) });
		end_writers(\%round);
		diag("round $n, seed $round{seed}: " . join ', ', map { ($round{$_} // '?') . " $_" } qw(writers way committed ambiguous values ms_over ms_back));
		$total{$_} += $round{$_} // 0 for qw(committed ambiguous values);
		# What follows would only repeat it.
		last if !$ok && $can->{rollback};
		case_of("after round $n" => sub { compare_all($m, \%round) })
		  if !$can->{rollback} || $n % $compare_every == 0 || $n == $rounds;
		finish($m, $can) if !$can->{rollback};
	}
	finish($m, $can) if $m && $can->{rollback};
	diag("$rounds rounds: " . join ', ', map { ($total{$_} // 0) . " $_" } qw(committed ambiguous values));
	return;
}

# A database with all that the writers need, moved and ready to be switched over; its pooler.
sub begin
{
	my ($source, $target, $can, $name) = @_;
	my $m = migration(source => $source, target => $target, database => $name);
	make_small($m, rows => 2000);
	sql($source, $name, join ' ', map { "CREATE SEQUENCE public.taken_$_ $sequences{$_};" } sort keys %sequences);
	$m->{values} = work_dir() . "/values.$name";
	mkdir $m->{values} or die "$m->{values}: $!\n";
	write_file("$m->{values}.sql", join '', map { my $i = $_; map { "SELECT '$_', nextval('public.taken_$_');\n" } sort keys %sequences } 1 .. 25);
	start_pooler($m) if $can->{pooler};
	my $result = pgbaton_ok('migrate', ends($m));
	return $result->{rc} == 0 ? $m : undef;
}

sub finish
{
	my ($m, $can) = @_;
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	$m->{pooler}->kill('INT') if $m->{pooler};
	$m->{pooler}->wait if $m->{pooler};
	drop_databases($m) if !$can->{rollback};
	return;
}

# --- PgBouncer ---

my $poolers = 0;

sub start_pooler
{
	my ($m) = @_;
	my $dir = work_dir() . '/pooler.' . ++$poolers;
	my ($program) = grep { -x } '/usr/sbin/pgbouncer', '/usr/bin/pgbouncer';
	die "there is no pgbouncer: run scripts/deps\n" if !defined $program;
	mkdir $dir or die "$dir: $!\n";
	# A port of its own on the source's socket directory: that of the tests is short enough for a socket's path.
	my ($host, $port) = ($m->{source}->host, PostgreSQL::Test::Cluster::get_free_port());
	write_file("$dir/pgbouncer.ini", <<"END");
[databases]
$m->{database} = host=$host port=@{[ $m->{source}->port ]} dbname=$m->{database} user=postgres

[pgbouncer]
unix_socket_dir = $host
listen_port = $port
auth_type = any
admin_users = postgres
pool_mode = transaction
default_pool_size = 30
max_client_conn = 200
logfile = $dir/log
END
	$m->{pooler} = start_pgbaton('-q', "$dir/pgbouncer.ini", { program => $program, timeout => 1e9 });
	$m->{pooled} = "host=$host port=$port user=postgres dbname=$m->{database}";
	wait_until('the pooler listens', sub { -S "$host/.s.PGSQL.$port" || !$m->{pooler}->running });
	write_file("$dir/pgbaton.conf", <<"END", 0600);
[pooler bouncer]
admin = host=$host port=$port user=postgres dbname=pgbouncer
databases = $m->{database}
file = $dir/pgbouncer.ini
END
	push @{ $m->{options} }, '-c', "$dir/pgbaton.conf";
	return;
}

# --- writers ---

sub direct
{
	my ($m) = @_;
	return sprintf 'host=%s,%s port=%d,%d user=postgres dbname=%s target_session_attrs=read-write',
	  (map { $_->host } @$m{qw(source target)}), (map { $_->port } @$m{qw(source target)}), $m->{database};
}

# Randomly many of both kinds, each of which goes one of both ways.
sub start_writers
{
	my ($m, $round) = @_;
	my @ways = $m->{pooled} ? (direct($m), $m->{pooled}) : direct($m);
	my $takers = 1 + int rand 3;
	my (@way, @writers);
	$round->{stop} = "$m->{values}/stop.$round->{n}";
	for my $i (1 .. 1 + int rand 2)
	{
		my $way = int rand @ways;
		push @way, $way;
		my $n = 1 + int rand 6;
		$round->{writers} += $n;
		push @{ $round->{traffic} }, start_pgbaton('--json', 'traffic', 'run', '--db', $ways[$way], '--ledger', "$m->{ledger}.$i",
			'--writers', $n, '--rate', 50 + int rand 250, '--seed', $round->{seed}, { timeout => 1e9 });
	}
	for my $i (1 .. $takers)
	{
		my $way = int rand @ways;
		push @way, $way;
		# One psql after the other, as its session ends with every switchover. What a session was handed but could not tell any more
		# is not in the log: then nobody has used it.
		push @{ $round->{takers} }, start_pgbaton('-c',
			'while [ ! -e "$1" ]; do "$2" -XAtq -d "$3" -f "$4" >>"$5" 2>>"$5.err" || sleep 0.02; done',
			'taker', $round->{stop}, client_bin($m) . '/psql', $ways[$way], "$m->{values}.sql", "$m->{values}/log.$round->{n}.$i",
			{ program => '/bin/sh', timeout => 1e9 });
	}
	$round->{way} = join '', map { (qw(d p))[$_] } @way;
	return;
}

sub size
{
	my ($m) = @_;
	my $ledgers = 0;
	$ledgers += -s $_ // 0 for glob "$m->{ledger}.?";
	my $values = 0;
	$values += -s $_ // 0 for grep { !/\.err$/ } glob "$m->{values}/log.*";
	return ($ledgers, $values);
}

# Until both kinds have gone on, wherever they are now.
sub more
{
	my ($m, $what) = @_;
	my @before = size($m);
	wait_until("the writers go on $what", sub { my @now = size($m); $now[0] > $before[0] + 2000 && $now[1] > $before[1] + 100 });
	sleep rand 0.3;
	return;
}

sub end_writers
{
	my ($round) = @_;
	write_file($round->{stop}, '') if $round->{stop};
	$_->kill('TERM') for grep { $_->running } @{ $round->{traffic} // [] };
	for my $process (@{ delete $round->{takers} // [] })
	{
		my $result = $process->wait(30);
		is($result->{rc}, 0, 'a taker of values ended') or diag($result->{err});
	}
	for my $process (@{ delete $round->{traffic} // [] })
	{
		my $result = $process->wait(60);
		my $report = json_of($result);
		my @wrong = map { "$_->{n} x $_->{text}" } @{ $report->{error_texts} // [] };
		push @wrong, 'exit code ' . ($result->{rc} // 'none') . ": $result->{err}" if ($result->{rc} // -1) != 0;
		push @wrong, "$report->{sequence_reused} values of sequences reused" if $report->{sequence_reused};
		ok(!@wrong, "round $round->{n}: the writers had no error") or diag(map { "$_\n" } @wrong);
		$round->{$_} += $report->{$_} // 0 for qw(committed ambiguous);
	}
	return;
}

# --- a round ---

sub one_round
{
	my ($m, $round) = @_;
	start_writers($m, $round);
	more($m, 'before');
	# As long as it takes: this is not about the time, and the machine may be busy.
	my @generous = ('--yes', '--pause-budget-ms', '60s');
	my $over = pgbaton_ok('--json', 'switchover', ends($m), @generous);
	return if $over->{rc} != 0;
	$round->{ms_over} = sprintf '%.0f', json_of($over)->{databases}[0]{pause_ms} // -1;
	check_read_only($m, 'source');
	check_writable($m, 'target');
	more($m, 'on the target');
	if ($round->{can}{rollback})
	{
		my $back = pgbaton_ok('--json', 'rollback', ends($m), @generous);
		return if $back->{rc} != 0;
		$round->{ms_back} = sprintf '%.0f', json_of($back)->{databases}[0]{pause_ms} // -1;
		check_read_only($m, 'target');
		check_writable($m, 'source');
		more($m, 'on the source again');
	}
	end_writers($round);
	no_value_twice($m, $round);
	return;
}

sub logs { my ($m) = @_; return grep { !/\.err$/ } glob "$m->{values}/log.*" }

# Over all rounds and both sides. The next value of the side in use is none of them either.
sub no_value_twice
{
	my ($m, $round) = @_;
	my $side = $round->{can}{rollback} ? 'source' : 'target';
	my ($out, $err) = ('', '');
	my $next = sql($m->{$side}, $m->{database}, join ' ', map { "SELECT '$_', nextval('public.taken_$_');" } sort keys %sequences);
	write_file("$m->{values}/log.$round->{n}.next", "$next\n");
	IPC::Run::run([ 'sh', '-c', 'cat "$@" | wc -l; LC_ALL=C sort -S 64M "$@" | uniq -d | head -20', 'sh', logs($m) ], '<', '/dev/null', '>', \$out, '2>', \$err);
	my ($n, @twice) = split /\n/, $out;
	$round->{values} = $n - ($m->{counted} // 0);
	$m->{counted} = $n;
	cmp_ok($round->{values}, '>', 4, 'values were taken') or diag($err);
	is(join(' ', @twice), '', 'no value of a sequence was handed out twice');
	return;
}

# --- both sides ---

# md5 of the md5s of all rows in their order, by the server.
sub digests
{
	my ($node, $database) = @_;
	my @tables = split /\n/, sql($node, $database, <<'SQL');
SELECT format('%I.%I', nspname, relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
 WHERE relkind = 'r' AND nspname !~ '^pg_|^information_schema$|^pgbaton$' ORDER BY 1
SQL
	return { map { $_ => sql($node, $database, "SET extra_float_digits = 3; SELECT count(*) || ' rows, ' || md5(string_agg(row, '' ORDER BY row COLLATE \"C\"))
		FROM (SELECT md5(t::text) AS row FROM $_ AS t) AS rows") } @tables };
}

# What a dump says of the rows, sorted. Sequences are not in the stream: those of the side not in use are behind.
sub dump_digest
{
	my ($m, $node) = @_;
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ 'sh', '-c', '"$1" --data-only --exclude-schema=pgbaton -d "$2" | grep -vE "^(--|SET |SELECT pg_catalog.set(val|_config)|.(un)?restrict )" | LC_ALL=C sort -S 64M | sha256sum',
			'sh', client_bin($m) . '/pg_dump', conninfo($node, $m->{database}) ], '<', '/dev/null', '>', \$out, '2>', \$err);
	return $ok && $err eq '' ? $out : "pg_dump: $err";
}

sub compare_all
{
	my ($m, $round) = @_;
	my ($used, $other) = $round->{can}{rollback} ? qw(source target) : qw(target source);
	# What was committed on the side in use last has arrived on the other one.
	sql($m->{$used}, $m->{database}, "INSERT INTO big VALUES (1000000 + $round->{n}, 0, 'last of round $round->{n}')");
	wait_sql($m->{$other}, $m->{database}, "SELECT count(*) FROM big WHERE id = 1000000 + $round->{n}", 1);
	for my $side ($used, $other)
	{
		my $result = pgbaton('--json', 'traffic', 'check', '--db', conninfo($m->{$side}, $m->{database}), map { ('--ledger', $_) } glob "$m->{ledger}.?");
		my $report = json_of($result);
		ok($result->{rc} == 0 && $report->{fine} && $report->{checked} > 0, "the ledger agrees with the $side") or diag($result->{out}, $result->{err});
	}
	my ($here, $there) = map { digests($m->{$_}, $m->{database}) } $used, $other;
	is_deeply($there, $here, 'the rows of both sides are equal, by md5');
	cmp_ok(scalar keys %$here, '>', 8, 'of all tables');
	is(dump_digest($m, $m->{$other}), dump_digest($m, $m->{$used}), 'and by pg_dump');
	return;
}

1;
