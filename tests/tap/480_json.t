# The JSON of the everyday commands is what docs/schema says; that of the building blocks is held against it in their own tests.
use strict;
use warnings;

use PgbatonBlocks;
use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '13', target => '17');
my $m = migration(source => $source, target => $target, database => q{a "b" 'c'});
make_small($m, rows => 100);
my @ends = ends($m);
my @db = ('--db', conninfo($source, $m->{database}));
my $dir = work_dir();

sub at_exit
{
	my ($rc, $schema, @command) = @_;
	my $result = pgbaton(@command, '--json');
	is($result->{rc}, $rc, "@command[0, 1]: exit code $rc") or diag($result->{err});
	return is_valid($result->{out}, $schema, "@command[0, 1]: JSON as in docs/schema/$schema.json");
}

block_json('init', 'init', '-c', "$dir/pgbaton.conf", @ends, '--dry-run');
block_json('config-show', 'config', 'show', @ends);
block_json('check', 'check', @ends);
at_exit(3, 'check', 'check', @ends, '--apply-streams', 2, '--jobs', 128);
at_exit(1, 'status', 'status', @ends);
block_json('traffic-init', 'traffic', 'init', @db);
block_json('traffic-run', 'traffic', 'run', @db, '--ledger', "$dir/ledger", '--duration', '500ms');
block_json('traffic-check', 'traffic', 'check', @db, '--ledger', "$dir/ledger");
block_json('migrate-plan', 'migrate', @ends, '--dry-run');
block_json('migrate', 'migrate', @ends);
block_json('join', 'join', @ends);
block_json('status', 'status', @ends);
block_json('writes-status', 'writes', 'status', @ends);
block_json('writes-plan', 'writes', 'pause', @ends, '--dry-run');
block_json('writes-pause', 'writes', 'pause', @ends, '--yes');
block_json('writes-resume', 'writes', 'resume', @ends, '--yes');
block_json('switchover-plan', 'switchover', @ends, '--dry-run');
block_json('switchover', 'switchover', @ends, '--yes', '--rehearse');
block_json('switchover', 'switchover', @ends, '--yes');
block_json('status', 'status', @ends);
block_json('switchover', 'rollback', @ends, '--yes');
block_json('cleanup-plan', 'cleanup', @ends, '--dry-run');
block_json('cleanup', 'cleanup', @ends, '--yes');
block_json('traffic-init', 'traffic', 'init', @db, '--drop', '--yes');
refused_json(3, 'switchover', @ends, '--yes');
refused_json(2, 'status', '--jobs', 'many');
refused_json(5, 'check', '--source', 'host=127.0.0.1 port=1 dbname=x', '--target', 'host=127.0.0.1 port=1 dbname=x');

done_testing();
