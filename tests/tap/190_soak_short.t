# Three rounds of what soak/ does twenty times.
use strict;
use warnings;

use PgbatonSoak;
use Test::More;

soak(3);

done_testing();
