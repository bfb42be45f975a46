# The program starts, the servers start, and the harness tells a success from a refusal.
use strict;
use warnings;

use PgbatonTest;
use Test::More;

my $version = pgbaton_ok('--version');
like($version->{out}, qr/^pgbaton \d+\.\d+/, 'it says what it is');
is($version->{err}, '', 'and nothing else');
pgbaton_ok('--help');
pgbaton_fails(2, qr/migrat/, 'migrat');

# PGBATON_SMOKE_VERSIONS is for trying all server trees at once.
my @versions = split ' ', $ENV{PGBATON_SMOKE_VERSIONS} || '15 17';
for my $v (@versions)
{
	my $node = server("v$v" =~ tr/./_/r, $v);
	like(sql($node, 'postgres', 'SHOW server_version'), qr/^\Q$v\E(?!\d)/, "a server of $v runs");
	is(sql($node, 'postgres', 'SHOW server_encoding'), 'UTF8', 'its encoding is UTF8');
	is(sql($node, 'postgres', "SELECT datcollate FROM pg_database WHERE datname = 'postgres'"),
		'C.UTF-8', 'its locale is C.UTF-8');
	is(sql($node, 'postgres', 'SHOW wal_level'), 'logical', 'it can replicate');

	my $tcp = conninfo($node, 'postgres', tcp => 1);
	is($node->safe_psql('postgres', 'SELECT 1', connstr => $tcp), '1', 'it is reached by TCP');
	$node->stop;
}

done_testing();
