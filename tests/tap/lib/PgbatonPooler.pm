# PgBouncers for tests.
#
#   use PgbatonTest;
#   use PgbatonPooler;
#
#   my $file = pooler_file(databases => "shop = host=... port=...", settings => { pool_mode => 'transaction' });
#   my $bouncer = start_pooler($file);
#   console($bouncer, 'SHOW DATABASES');              # rows as hashes
#   through($bouncer, 'shop', 'SELECT 1');            # psql's output
#
# Each runs in a directory of its own below the test's temporary one, with a Unix socket there and no other; several may read the same
# file of entries. All are ended with the test. PGBATON_TEST_PGBOUNCER names another program than Debian's.
package PgbatonPooler;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils ();
use PgbatonTest;
use PgbatonTest::Process;
use Test::More;

our @EXPORT = qw(pooler_file start_pooler stop_pooler console entry through admin pooler_uri client_of);

my $program = $ENV{PGBATON_TEST_PGBOUNCER} || '/usr/sbin/pgbouncer';
my @running;
my $n = 0;

# pooler_file(TEXT): a file of entries, for start_pooler.
sub pooler_file
{
	my ($text) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir_short();
	return write_file("$dir/databases.ini", $text, 0640);
}

# start_pooler(FILE, SETTING => VALUE, ...): with users postgres and monitor, who may not give commands.
sub start_pooler
{
	my ($file, %settings) = @_;
	-x $program or BAIL_OUT("no $program: run scripts/deps");
	my $dir = PostgreSQL::Test::Utils::tempdir_short();
	my $self = { dir => $dir, file => $file, port => PostgreSQL::Test::Cluster::get_free_port(), name => 'pooler' . ++$n };
	%settings = (
		listen_port => $self->{port},
		unix_socket_dir => $dir,
		auth_type => 'scram-sha-256',
		auth_file => "$dir/users.txt",
		admin_users => 'postgres',
		stats_users => 'monitor',
		pool_mode => 'transaction',
		logfile => "$dir/log",
		pidfile => "$dir/pid",
		%settings);
	write_file("$dir/users.txt", qq("postgres" "Zq7postgres"\n"monitor" "Zq7monitor"\n));
	write_file("$dir/pgbouncer.ini",
		"[databases]\n%include $file\n[pgbouncer]\n" . join '', map { "$_ = $settings{$_}\n" } sort keys %settings);
	start_again($self);
	return $self;
}

sub start_again
{
	my ($self) = @_;
	$self->{process} = PgbatonTest::Process->start([ $program, "$self->{dir}/pgbouncer.ini" ],
		env => { LC_ALL => 'C.UTF-8', PATH => '/usr/bin:/bin' }, stdin => '', cwd => $self->{dir}, timeout => 600);
	push @running, $self;
	wait_until("$self->{name} answers", sub { eval { console($self, 'SHOW VERSION') } });
	return;
}

sub stop_pooler
{
	my ($self, $signal) = @_;
	$self->{process}->kill($signal // 'KILL');
	$self->{process}->wait;
	unlink "$self->{dir}/.s.PGSQL.$self->{port}", "$self->{dir}/pid";
	@running = grep { $_ != $self } @running;
	return;
}

# Its connection string: for the admin console with password => 'Zq7postgres'.
sub pooler_uri
{
	my ($self, $database, %opt) = @_;
	my %param = (user => 'postgres', password => 'Zq7postgres', %opt);
	return join ' ', "host=$self->{dir} port=$self->{port} dbname=$database", map { "$_=$param{$_}" } sort keys %param;
}

sub admin
{
	my ($self, %opt) = @_;
	return pooler_uri($self, 'pgbouncer', %opt);
}

sub psql
{
	my ($conninfo, @args) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ '/usr/bin/psql', '-X', '-w', '-v', 'ON_ERROR_STOP=1', '-d', $conninfo, @args ],
		'<', '/dev/null', '>', \$out, '2>', \$err)
	  or die "psql: $err\n";
	chomp $out;
	return $out;
}

# console(POOLER, COMMAND): the answer's rows, as hashes.
sub console
{
	my ($self, $command) = @_;
	my ($head, @rows) = split /\n/, psql(admin($self), '-A', '-P', 'footer=off', '-F', "\t", '-c', $command);
	my @names = split /\t/, $head // '', -1;
	return map { my %row; @row{@names} = split /\t/, $_, -1; \%row } @rows;
}

# entry(POOLER, NAME): where it leads, "host:port/database", and " paused" if it is.
sub entry
{
	my ($self, $name) = @_;
	my ($row) = grep { $_->{name} eq $name } console($self, 'SHOW DATABASES');
	return 'none' if !$row;
	return "$row->{host}:$row->{port}/$row->{database}" . ($row->{paused} ? ' paused' : '');
}

# through(POOLER, DATABASE, SQL)
sub through
{
	my ($self, $database, $sql) = @_;
	return psql(pooler_uri($self, $database), '-At', '-c', $sql);
}

# client_of(POOLER, DATABASE, ARG...): a psql that goes on in the background.
sub client_of
{
	my ($self, $database, @args) = @_;
	return start_pgbaton('-X', '-At', '-d', pooler_uri($self, $database), @args, { program => '/usr/bin/psql' });
}

END
{
	my $status = $?;
	stop_pooler($_) for my @all = @running;
	$? = $status;
}

1;
