# What is asked cannot be done: three lines that say so, the right exit code, and nothing is changed anywhere.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $m = migration(source => $source, target => $target, database => 'shop');
make_small($m, rows => 100, no_traffic => 1);
sql($source, 'postgres', 'CREATE DATABASE other');
my ($from, $to) = map { conninfo($_, 'shop') } $source, $target;

# All there is on both servers, but the counters of its use.
sub state_of_all
{
	my $state = '';
	for my $node ($source, $target)
	{
		$state .= sql($node, 'postgres', "SELECT datname, datacl FROM pg_database ORDER BY 1; SELECT rolname, rolsuper FROM pg_roles ORDER BY 1;
			SELECT slot_name FROM pg_replication_slots; SELECT subname FROM pg_subscription; SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting ORDER BY 1, 2;
			SELECT roname FROM pg_replication_origin");
		for my $database (split /\n/, sql($node, 'postgres', 'SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1'))
		{
			$state .= sql($node, $database, "SELECT current_database(), c.oid::regclass, c.relkind, c.relacl FROM pg_class c WHERE relnamespace::regnamespace::text !~ '^pg_|^information' ORDER BY c.oid;
				SELECT nspname FROM pg_namespace ORDER BY 1; SELECT pubname FROM pg_publication");
		}
	}
	return $state;
}

sub refuses
{
	my ($rc, $regex, @arguments) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $before = state_of_all();
	pgbaton_fails($rc, $regex, @arguments);
	is(state_of_all(), $before, 'and nothing was changed');
	return;
}

# Databases and servers.
refuses(5, qr/database "nowhere" does not exist/, 'migrate', '--source', conninfo($source, 'nowhere'), '--target', $to);
refuses(5, qr/"nowhere"/, 'migrate', '--source', $from, '--target', $to, '--databases', 'nowhere');
refuses(3, qr/same/, 'migrate', '--source', $from, '--target', $from);
refuses(3, qr/same/, 'migrate', '--source', $from, '--target', conninfo($source, 'shop', tcp => 1));
refuses(3, qr/same|two databases of one server|itself/, 'migrate', '--source', $from, '--target', conninfo($source, 'shop', tcp => 1, application_name => 'x'));
my %id = map { $_->name => sql($_, 'postgres', 'SELECT system_identifier FROM pg_control_system()') } $source, $target;
refuses(3, qr/system.identifier/, 'migrate', '--source', $from, '--target', $to, '--source-system-identifier', $id{target});
refuses(3, qr/system.identifier/, 'migrate', '--source', $from, '--target', $to, '--target-system-identifier', $id{source});
refuses(3, qr/older/, 'migrate', '--source', conninfo($target, 'postgres'), '--target', conninfo($source, 'other'));

# A target that is in use.
sql($target, 'postgres', 'CREATE DATABASE shop');
for my $thing ('TABLE in_the_way (id int)', 'VIEW in_the_way AS SELECT 1 AS a', 'FUNCTION in_the_way() RETURNS int LANGUAGE sql AS $$SELECT 1$$',
	'TYPE in_the_way AS ENUM (\'a\')', 'SEQUENCE in_the_way', 'SCHEMA in_the_way')
{
	sql($target, 'shop', "CREATE $thing");
	refuses(3, qr/not empty.*in_the_way/, 'migrate', '--source', $from, '--target', $to);
	pgbaton('cleanup', ends($m), '--yes');
	sql($target, 'postgres', 'DROP DATABASE shop WITH (FORCE)');
	sql($target, 'postgres', 'CREATE DATABASE shop');
}

# Rights.
sql($source, 'shop', "CREATE ROLE nobody LOGIN; CREATE ROLE reader LOGIN REPLICATION; CREATE ROLE mover LOGIN REPLICATION;
	CREATE TABLE private (id int PRIMARY KEY); GRANT pg_read_all_data TO mover");
sql($target, 'shop', 'CREATE ROLE nobody LOGIN');
refuses(3, qr/REPLICATION/, 'migrate', '--source', conninfo($source, 'shop', user => 'nobody'), '--target', $to);
refuses(3, qr/read|SELECT|permission/, 'migrate', '--source', conninfo($source, 'shop', user => 'reader'), '--target', $to);
refuses(3, qr/own|CREATE/, 'migrate', '--source', conninfo($source, 'shop', user => 'mover'), '--target', $to);
refuses(3, qr/CREATE|subscription|superuser/, 'migrate', '--source', $from, '--target', conninfo($target, 'shop', user => 'nobody'));
sql($source, 'shop', 'DROP TABLE private');

# Settings of the source.
sql($source, 'postgres', 'ALTER SYSTEM SET wal_level = replica');
$source->restart;
refuses(3, qr/wal_level.*\n.*\n.*(?:ALTER SYSTEM|wal_level)/, 'migrate', '--source', $from, '--target', $to);
sql($source, 'postgres', 'ALTER SYSTEM RESET wal_level');
sql($source, 'postgres', 'ALTER SYSTEM SET max_replication_slots = 0');
$source->restart;
refuses(3, qr/max_replication_slots/, 'migrate', '--source', $from, '--target', $to);
sql($source, 'postgres', 'ALTER SYSTEM RESET max_replication_slots');
$source->restart;
sql($target, 'postgres', 'ALTER SYSTEM SET max_logical_replication_workers = 0');
$target->restart;
refuses(3, qr/max_logical_replication_workers/, 'migrate', '--source', $from, '--target', $to);
sql($target, 'postgres', 'ALTER SYSTEM RESET max_logical_replication_workers');
$target->restart;

# Tables that replication would break: updates of them would fail on the source once they are published.
sql($source, 'shop', 'CREATE TABLE keyless (a int); INSERT INTO keyless VALUES (1)');
refuses(3, qr/public\.keyless.*\n.*\n.*REPLICA IDENTITY/, 'migrate', '--source', $from, '--target', $to);
sql($source, 'shop', 'ALTER TABLE keyless REPLICA IDENTITY FULL');

# A server that the other one cannot reach, though pgbaton can.
refuses(3, qr/target cannot connect to the source/, 'migrate', '--source', $from, '--target', $to, '--source-from-target', 'host=127.0.0.1 port=1 dbname=shop user=postgres');

# Nothing of all that stands in the way of the right command.
pgbaton_ok('migrate', '--source', $from, '--target', $to);
sql($target, 'postgres', 'CREATE DATABASE shop2');
refuses(3, qr/another source/, 'migrate', '--source', conninfo($source, 'other'), '--target', $to);
pgbaton_ok('cleanup', ends($m), '--yes');
check_nothing_left($m);

done_testing();
