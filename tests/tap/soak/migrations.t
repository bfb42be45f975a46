# PGBATON_SOAK migrations in a row (default: 20), each with a switchover under writers that never pause: nothing is missing, nothing
# duplicated, nothing half in.
use strict;
use warnings;

use PgbatonSoak;
use Test::More;

soak($ENV{PGBATON_SOAK} || 20);

done_testing();
