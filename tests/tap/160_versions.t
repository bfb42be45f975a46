# The ends of the range: the oldest source, the newest pair, and a source whose minor release is older than the client programs. The
# rest is in matrix/.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

for my $pair ([ '10', '17' ], [ '17', '18' ], [ '15.18', '17' ])
{
	my ($from, $to) = @$pair;
	subtest "$from to $to" => sub { whole_migration($from, $to) };
}

done_testing();
