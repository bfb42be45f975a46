# Migrations whose clients are behind two PgBouncers that read one file of entries.
#
#   use PgbatonFlow;
#   use PgbatonPooled;
#
#   my $template = pooled_template($source, $target);   # its source database: make_small's and pgbench's tables
#   my $m = pooled($template);                          # a copy that is ready to switch over
#   my $traffic = start_ledger($m);                     # writers with a ledger, by the second PgBouncer
#   my $bench = start_bench($m);                        # pgbench's TPC-B, by the first one
#   hand_over($m, 'switchover');
#   stop_bench($bench);
#   stop_ledger($m, $traffic);
#   end_pooled($m);
package PgbatonPooled;

use strict;
use warnings;

use Exporter 'import';
use PgbatonFlow;
use PgbatonPooler;
use PgbatonTest;
use Test::More;

our @EXPORT = qw(pooled_template pooled end_pooled clients_are_on start_bench bench_rows more_bench stop_bench start_ledger
  stop_ledger);

my $n = 0;

sub pooled_template
{
	my ($source, $target) = @_;
	# PgBouncer has a password for them, which it must be able to give.
	sql($_, 'postgres', "ALTER ROLE postgres PASSWORD 'x'") for $source, $target;
	my $template = migration(source => $source, target => $target, database => 'template');
	make_small($template, rows => 200);
	PgbatonFlow::run_client($template, 'pgbench', '-i', '-q', '-s', 1, conninfo($source, 'template'));
	sql($source, 'template', 'ALTER TABLE pgbench_history REPLICA IDENTITY FULL');
	return $template;
}

sub place
{
	my ($node) = @_;
	return 'host=' . $node->host . ' port=' . $node->port;
}

# pooled(TEMPLATE, ...):
#   config => [LINE...]    of [migration]
#   section => [LINE...]   of [pooler main]
#   settings => {}         of both PgBouncers
sub pooled
{
	my ($template, %opt) = @_;
	my $m = clone_of($template, 'shop' . ++$n);
	$m->{text} = "$m->{database} = @{[ place($m->{source}) ]}\nother = @{[ place($m->{source}) ]} dbname=postgres\n";
	$m->{file} = pooler_file($m->{text});
	$m->{poolers} = [ map { start_pooler($m->{file}, max_client_conn => 100, default_pool_size => 30, %{ $opt{settings} // {} }) } 1 .. 2 ];
	$m->{config} = write_file(work_dir() . "/$m->{database}.conf", "[migration]\n" . join('', map { "$_\n" } @{ $opt{config} // [] })
		  . "[pooler main]\nfile = $m->{file}\n" . join('', map { 'admin = ' . admin($_) . "\n" } @{ $m->{poolers} })
		  . join('', map { "$_\n" } @{ $opt{section} // [] }), 0600);
	$m->{options} = [ '-c', $m->{config} ];
	$m->{handed_over} = \&clients_are_on;
	die "not ready\n" if pgbaton_ok('migrate', ends($m))->{rc} != 0;
	return $m;
}

sub end_pooled
{
	my ($m) = @_;
	stop_pooler($_) for @{ $m->{poolers} };
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
	return;
}

# clients_are_on(M, SIDE [, POOLER...]): where the entries lead, and what a client of each is told.
sub clients_are_on
{
	my ($m, $side, @poolers) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $node = $m->{$side};
	my $there = $node->host . ':' . $node->port . "/$m->{database}";
	for my $pooler (@poolers ? @poolers : @{ $m->{poolers} })
	{
		is(entry($pooler, $m->{database}), $there, "$m->{database}: $pooler->{name} leads to the $side");
		my $port = eval { through($pooler, $m->{database}, 'INSERT INTO arrival DEFAULT VALUES; SHOW port') } // "none: $@";
		like($port, qr/^@{[ $node->port ]}$/m, '... and its clients write there');
		is(entry($pooler, 'other'), $m->{source}->host . ':' . $m->{source}->port . '/postgres', '... its other entry is as it was');
	}
	my $expected = $m->{text};
	$expected =~ s/^(\Q$m->{database}\E = ).*/$1 . place($node)/me;
	is(slurp($m->{file}), $expected, '... the file says so') if @poolers != 1;
	is(scalar(grep { $_ ne $m->{file} } glob "$m->{file}*"), 0, '... and no other file is left');
	return;
}

# start_bench(M, OPTION...): until it is stopped, or as the options say.
sub start_bench
{
	my ($m, @options) = @_;
	return start_pgbaton('-n', '-c', 8, '-j', 2, (@options ? @options : ('-T', 900)), pooler_uri($m->{poolers}[0], $m->{database}),
		{ program => $m->{source}->install_path . '/bin/pgbench', timeout => 900 });
}

# How many transactions it has done, as the server counts.
sub bench_rows
{
	my ($m, $side) = @_;
	return sql($m->{$side}, $m->{database}, 'SELECT count(*) FROM pgbench_history');
}

sub more_bench
{
	my ($m, $side) = @_;
	my $rows = bench_rows($m, $side);
	wait_sql($m->{$side}, $m->{database}, "SELECT count(*) > $rows + 50 FROM pgbench_history");
	return;
}

# A client of pgbench ends with the first error it meets, and tells it.
sub stop_bench
{
	my ($bench) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	ok($bench->running, 'pgbench goes on');
	$bench->kill('INT');
	is($bench->wait->{err}, '', '... and no client of it had an error');
	return;
}

sub start_ledger
{
	my ($m, @more) = @_;
	my $process = start_pgbaton('--json', 'traffic', 'run', '--db', pooler_uri($m->{poolers}[1], $m->{database}), '--ledger', $m->{ledger},
		'--writers', 4, '--rate', 200, @more, { timeout => 900 });
	wait_until('the writers write', sub { (-s $m->{ledger} // 0) > 2000 || !$process->running });
	return $process;
}

sub stop_ledger
{
	my ($m, $traffic) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $report = stop_traffic($m, $traffic);
	is($report->{interrupted}, 0, "$m->{database}: no writer lost its connection");
	return $report;
}

1;
