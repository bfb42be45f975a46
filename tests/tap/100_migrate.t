# A database of everything that makes a migration hard moves from 15 to 17 under writers, switches over, and loses nothing.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

whole_migration('15', '17');

done_testing();
