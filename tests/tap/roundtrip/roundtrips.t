# PGBATON_ROUNDTRIPS switchovers and rollbacks in a row (default: 100) under random writers: nothing that was acknowledged is missing or
# doubled on either side, both sides are equal, and no sequence hands out a value twice.
use strict;
use warnings;

use PgbatonRoundtrip;
use Test::More;

roundtrips($ENV{PGBATON_ROUNDTRIPS} || 100);

done_testing();
