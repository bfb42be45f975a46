# From 13 to each target version.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

for my $to ('17', '18')
{
	case_of("13 to $to" => sub { whole_migration('13', $to) });
}

done_testing();
