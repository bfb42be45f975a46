# One migration of several databases, and names that break what does not quote.
use strict;
use warnings;
use utf8;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 200);
# So it is none of those that "*" means.
sql($source, 'postgres', 'ALTER DATABASE template IS_TEMPLATE true');

# Byte strings from here on: that is what the programs are given.
my $long = 'ü' x 31 . 'x';    # 63 bytes
my @hostile = ('with space', q{a "b" 'c' \d}, 'x; DROP TABLE big; --', 'comma,slash/per%cent', 'Ünï©ødé 🐘', '-v', $long, 'dbname=evil host=nowhere');
utf8::encode($_) for @hostile;

sub identifier { my ($name) = @_; return '"' . $name =~ s/"/""/gr . '"' }

# A list of names as --databases takes it.
sub list_of { return join ',', map { '"' . s/"/""/gr . '"' } @_ }

sub of_databases
{
	my (@names) = @_;
	return map { migration(source => $source, target => $target, database => $_) } @names;
}

sub make_databases
{
	my (@names) = @_;
	sql($source, 'postgres', 'CREATE DATABASE ' . identifier($_) . ' TEMPLATE template') for @names;
	return of_databases(@names);
}

# The whole story, all databases in each command.
sub all_moved
{
	my ($list, @ms) = @_;
	my @ends = ('--source', conninfo($source, 'postgres'), '--target', conninfo($target, 'postgres'), '--databases', $list);
	my $check = pgbaton_ok('--json', 'check', @ends);
	is(names_in($check), names_of(@ms), 'check names them all');
	my $migrate = pgbaton_ok('--json', 'migrate', @ends);
	return if $migrate->{rc} != 0;
	is(names_in($migrate), names_of(@ms), 'migrate names them all');
	my $status = pgbaton_ok('--json', 'status', @ends);
	is(names_in($status), names_of(@ms), 'status names them all');
	@ms = grep { $_->{database} ne 'postgres' } @ms;
	check_read_only($_, 'target') for @ms;
	sql($source, $_->{database}, "INSERT INTO big VALUES (100000, 1, 'streamed'); SELECT nextval('counter'), lo_unlink(4711)") for @ms;
	my $switched = pgbaton_ok('--json', 'switchover', @ends, '--yes');
	return if $switched->{rc} != 0;
	is(names_in($switched), names_in($migrate), 'switchover names them all');
	for my $m (@ms)
	{
		check_read_only($m, 'source');
		check_writable($m, 'target');
		check_reverse($m);
		check_same($m);
	}
	my $again = pgbaton_ok('status', @ends);
	pgbaton_ok('cleanup', @ends, '--yes');
	check_nothing_left($_) for @ms;
	drop_databases($_) for @ms;
	return;
}

sub names_in
{
	my ($result) = @_;
	return join '|', sort map { $_->{database} } @{ json_of($result)->{databases} };
}

sub names_of
{
	my (@ms) = @_;
	return join '|', sort map { $_->{database} } @ms;
}

case_of('a list' => sub { all_moved('one, two', make_databases(qw(one two))) });
case_of('hostile names' => sub { all_moved(list_of(@hostile), make_databases(@hostile)) });
case_of('all of them' => sub {
	sql($source, 'postgres', 'CREATE DATABASE closed ALLOW_CONNECTIONS false');
	my @ms = make_databases('one', 'Two', $hostile[0]);
	all_moved('*', @ms, of_databases('postgres'));
	sql($source, 'template1', 'ALTER DATABASE postgres RESET default_transaction_read_only');
});

case_of('one of them by a hostile name, and another name on the target' => sub {
	my ($m) = make_databases($hostile[1]);
	$m->{target_database} = $hostile[5];
	pgbaton_ok('migrate', ends($m));
	pgbaton_ok('status', ends($m));
	pgbaton_ok('switchover', ends($m), '--yes');
	check_reverse($m);
	check_same($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

case_of('one of several fails, is mended, and all go on' => sub {
	my @ms = make_databases(qw(one two three));
	my @ends = ('--source', conninfo($source, 'postgres'), '--target', conninfo($target, 'postgres'), '--databases', 'one,two,three');
	sql($target, 'postgres', 'CREATE DATABASE two');
	sql($target, 'two', 'CREATE TABLE in_the_way (id int)');
	pgbaton_fails(3, qr/in_the_way/, 'migrate', @ends);
	check_writable($_, 'source') for @ms;
	sql($target, 'two', 'DROP TABLE in_the_way');
	pgbaton_ok('migrate', @ends);
	# The second one cannot be switched over: the first is, and says so, and the rest follows when it can.
	my $session = $source->background_psql('two');
	$session->query_safe('BEGIN; UPDATE big SET n = n WHERE id = 1');
	pgbaton_fails(3, qr/database "two"/, 'switchover', @ends, '--yes', '--pause-budget-ms', '2s');
	check_writable($ms[1], 'source');
	$session->query_safe('COMMIT');
	$session->quit;
	pgbaton_ok('switchover', @ends, '--yes');
	for my $m (@ms)
	{
		check_read_only($m, 'source');
		check_reverse($m);
		check_same($m);
	}
	pgbaton_ok('cleanup', @ends, '--yes');
	check_nothing_left($_) for @ms;
	drop_databases($_) for @ms;
});

# A database that the source has not: everything is refused before anything is made.
case_of('one that is not there' => sub {
	my ($m) = make_databases('one');
	my @ends = ('--source', conninfo($source, 'postgres'), '--target', conninfo($target, 'postgres'), '--databases', 'one,tow');
	my $result = pgbaton('migrate', @ends);
	like($result->{err}, qr/"tow"/, 'it is named');
	isnt($result->{rc}, 0, 'it is an error');
	is(sql($target, 'postgres', "SELECT count(*) FROM pg_database WHERE datname IN ('one', 'tow')"), 0, 'and nothing was made for the other one')
	  or pgbaton('cleanup', ends($m), '--yes');
	check_nothing_left($m, 'of it', 'source');
	drop_databases($m);
});

done_testing();
