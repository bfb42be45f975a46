# Networks that can be cut, between any two programs: TCP proxies in front of servers (tests/tools/proxy.pl).
#
#   use PgbatonProxy;
#
#   my $proxy = proxy($source);
#   pgbaton('check', '--source', by_proxy($proxy, 'shop'), ...);
#   network($proxy, 'stall');       # silence; or 'reset', or 'pass' as before
package PgbatonProxy;

use strict;
use warnings;

use Cwd ();
use Exporter 'import';
use File::Basename;
use IO::Socket::INET;
use PgbatonTest;
use PostgreSQL::Test::Cluster;

our @EXPORT = qw(proxy by_proxy network);

my $program = Cwd::abs_path(dirname(__FILE__) . '/../../tools/proxy.pl');
my $n = 0;

# proxy(NODE): ended with the test.
sub proxy
{
	my ($node) = @_;
	my $self = { port => PostgreSQL::Test::Cluster::get_free_port(), control => work_dir() . '/network' . ++$n };
	network($self, 'pass');
	$self->{process} = start_pgbaton($program, $self->{port}, $node->host . '/.s.PGSQL.' . $node->port, $self->{control},
		{ program => $^X, timeout => 36000 });
	wait_until('the proxy listens', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}) });
	return $self;
}

# by_proxy(PROXY, DATABASE): a connection string.
sub by_proxy
{
	my ($self, $database) = @_;
	return "host=127.0.0.1 port=$self->{port} user=postgres dbname=$database";
}

# From now on; heeded within some milliseconds.
sub network
{
	my ($self, $mode) = @_;
	write_file("$self->{control}.new", "$mode\n");
	rename "$self->{control}.new", $self->{control} or die "$self->{control}: $!\n";
	return;
}

1;
