# schema diff: the hostile schema of demo/, dumped and restored between versions, is no difference but for what belongs to the database and its roles, which
# the DDL mends.
use strict;
use warnings;

use File::Basename;
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Run ();
use JSON::PP ();
use PgbatonTest;
use Test::More;

sub run_quiet { IPC::Run::run([@_], '>', '/dev/null', '2>', '/dev/null') }

for my $versions ([ '10', '18' ], [ '13', '13' ], [ '15', '17' ])
{
	my ($from, $to) = @$versions;
	subtest "$from to $to" => sub {
		my $source = server("source$from", $from);
		my $target = server("target$from", $to);
		my $psql = $target->installed_command('psql');
		my $file = work_dir() . "/$from.sql";
		sql($source, 'postgres', 'CREATE DATABASE shop');
		sql($target, 'postgres', 'CREATE DATABASE shop TEMPLATE template0');
		IPC::Run::run([ $psql, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $source->connstr('shop'), '-f', "$FindBin::RealBin/../../demo/schema.sql" ], '>', '/dev/null')
		  or die 'demo/schema.sql';
		IPC::Run::run([ $source->installed_command('pg_dumpall'), '-r', '-d', $source->connstr('postgres') ], '>', $file);
		run_quiet($psql, '-X', '-d', $target->connstr('postgres'), '-f', $file);
		run_quiet($source->installed_command('pg_dump'), '-s', '-d', $source->connstr('shop'), '-f', $file);
		run_quiet($psql, '-X', '-d', $target->connstr('shop'), '-f', $file);
		my @sides = ('--source', conninfo($source, 'shop'), '--target', conninfo($target, 'shop'), '--pg-bindir', dirname($source->installed_command('pg_dump')));
		my $document = JSON::PP->new->utf8->decode(pgbaton('schema', 'diff', @sides, '--json')->{out});
		is(join(', ', grep { !/^(role|database) / } map {"$_->{kind} $_->{object}"} @{ $document->{differences} }), '', 'a dump and restore is no difference');
		write_file($file, pgbaton('schema', 'diff', @sides, '--ddl')->{out});
		ok(run_quiet($psql, '-X1', '-v', 'ON_ERROR_STOP=1', '-d', $target->connstr('shop'), '-f', $file), 'the DDL is executed');
		pgbaton_ok('schema', 'diff', @sides);

		# a database that has nothing of it yet
		sql($target, 'postgres', 'CREATE DATABASE empty TEMPLATE template0');
		my @empty = @sides;
		$empty[3] = conninfo($target, 'empty');
		write_file($file, pgbaton('schema', 'diff', @empty, '--ddl')->{out});
		my ($out, $err) = ('', '');
		ok(IPC::Run::run([ $psql, '-Xq1', '-v', 'ON_ERROR_STOP=1', '-d', $target->connstr('empty'), '-f', $file ], '>', \$out, '2>', \$err), 'all is made') or diag($err);
		$document = JSON::PP->new->utf8->decode(pgbaton('schema', 'diff', @empty, '--json')->{out});
		# its password is not shown, hence not written
		is(join(', ', map {"$_->{kind} $_->{object}"} @{ $document->{differences} }), 'user mapping shop_app on elsewhere', 'and is the same');
		$_->stop('immediate') for $source, $target;
	};
}

done_testing();
