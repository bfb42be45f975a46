# grant: a role that can do a migration without being a superuser; what it cannot do is told; its password is never sent in clear; --revoke takes all of it away.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("v$_", $_, scram => 1, conf => 'log_statement = all') } qw(10 15 17 18);
my $password = "s3cret 'pass\\word\" %s";
my $file = write_file(work_dir() . '/password', "$password\n");

for my $major (10, 15, 17)
{
	sql($node{$major}, 'postgres', 'CREATE ROLE shop_owner LOGIN; CREATE ROLE outsider LOGIN; CREATE DATABASE shop OWNER shop_owner; REVOKE ALL ON DATABASE shop FROM PUBLIC; CREATE DATABASE empty');
	sql($node{$major}, 'shop', <<'SQL');
SET ROLE shop_owner; CREATE SCHEMA app; CREATE TABLE app.item (id serial PRIMARY KEY, name text); INSERT INTO app.item (name) SELECT 'item ' || g FROM generate_series(1, 500) g;
CREATE TABLE app.part (id int PRIMARY KEY REFERENCES app.item); INSERT INTO app.part SELECT generate_series(1, 100); CREATE VIEW app.v AS SELECT * FROM app.item;
SQL
}

sub grant
{
	my ($side, $major, $database, $role, @more) = @_;
	my %opt = %{ ref $more[0] ? shift @more : {} };
	return ('grant', $role, '--on', $side, "--$side", conninfo($node{$major}, $database, %opt), @more);
}

# Everything that says what roles there are and what they may do; defaults spelled out or not.
sub rights
{
	my ($major, @databases) = @_;
	my $explode = sub { "(SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM aclexplode(COALESCE($_[0], acldefault($_[1], $_[2]))) AS a)" };
	my ($of_databases, $of_schemas) = ($explode->('datacl', q{'d'}, 'datdba'), $explode->('nspacl', q{'n'}, 'nspowner'));
	my $of_tables = $explode->('relacl', q{CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END}, 'relowner');
	my $server = "SELECT row(rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolpassword) FROM pg_authid ORDER BY rolname;
		SELECT roleid::regrole || ' ' || member::regrole FROM pg_auth_members ORDER BY 1; SELECT datname, $of_databases FROM pg_database ORDER BY 1;
		SELECT setrole, setconfig FROM pg_db_role_setting";
	my $database = "SELECT nspname, $of_schemas FROM pg_namespace ORDER BY 1; SELECT defaclobjtype, defaclacl FROM pg_default_acl ORDER BY 1;
		SELECT relname, $of_tables FROM pg_class WHERE relnamespace = 'app'::regnamespace ORDER BY 1";
	return join "\n", sql($node{$major}, 'postgres', $server), map { sql($node{$major}, $_, $database) } @databases;
}

subtest 'refusals' => sub {
	my $before = rights(15, 'shop');
	is(pgbaton('grant', '--source', conninfo($node{15}, 'shop'))->{rc}, 2, 'a role is to be named');
	pgbaton_fails(2, qr/no target is given/, 'grant', 'mover', '--on', 'target', '--source', conninfo($node{15}, 'shop'));
	pgbaton_fails(3, qr/role "postgres" is the one that pgbaton is connected as/, grant('source', 15, 'shop', 'postgres'));
	pgbaton_fails(2, qr/no terminal/, grant('source', 15, 'shop', 'mover', '--password'));
	pgbaton_fails(2, qr/no password could be read from file/, grant('source', 15, 'shop', 'mover', '--password-file', '/nowhere'));
	pgbaton_fails(2, qr/Its first line is empty/, grant('source', 15, 'shop', 'mover', '--password-file', write_file(work_dir() . '/blank', "\n")));
	my $plan = pgbaton_ok(grant('source', 15, 'shop', 'mover', '--dry-run', '--password-file', $file));
	like($plan->{out}, qr/CREATE ROLE mover WITH LOGIN REPLICATION;.*ALTER ROLE "mover" PASSWORD \*+;/s, 'a dry run prints the SQL');
	block_json('transfer', grant('source', 15, 'shop', 'mover', '--dry-run', '--password-file', $file));
	is(rights(15, 'shop'), $before, 'nothing was changed');
};

for my $major (10, 15)
{
	subtest "the source's role, $major" => sub {
		my $before = rights($major, 'shop');
		my $done = block_json('transfer', grant('source', $major, 'shop', 'mover', '--password-file', $file));
		is(sql($node{$major}, 'postgres', q{SELECT rolsuper, rolreplication, rolcanlogin, rolcreaterole, rolpassword ~ '^SCRAM-SHA-256' FROM pg_authid WHERE rolname = 'mover'}), 'f|t|t|f|t', 'no superuser');
		unlike(JSON::PP->new->encode($done) . slurp($node{$major}->logfile), qr/s3cret/, 'the password is nowhere');
		unlike(JSON::PP->new->encode($done), qr/SCRAM-SHA/, 'nor its verifier');
		my $login = conninfo($node{$major}, 'shop', tcp => 1, user => 'mover', password => $password);
		my ($rc, $out) = (0, '');
		local $ENV{PGPASSWORD} = $password;
		$out = `@{[ $node{18}->install_path ]}/bin/psql -XAtq -h 127.0.0.1 -p @{[ $node{$major}->port ]} -U mover -d shop -c 'SELECT count(*) FROM app.item'`;
		is($out, "500\n", 'it logs in and reads');
		sql($node{$major}, 'shop', 'SET ROLE shop_owner; CREATE TABLE app.later (a int); CREATE SCHEMA later');
		is(sql($node{$major}, 'shop', q{SELECT has_table_privilege('mover', 'app.later', 'SELECT'), has_schema_privilege('mover', 'later', 'USAGE')}), 't|t', 'also what comes later');
		sql($node{$major}, 'shop', 'DROP TABLE app.later; DROP SCHEMA later');
		like(pgbaton_ok(grant('source', $major, 'shop', 'mover'))->{out}, qr/^role "mover" has what a migration takes already$/m, 'twice is once');

		pgbaton_ok(grant('source', $major, 'empty', 'mover'));
		sql($node{$major}, 'empty', 'CREATE TABLE precious (a int); ALTER TABLE precious OWNER TO mover');
		pgbaton_fails(3, qr/role "mover" owns "public.precious" in database "empty"/, grant('source', $major, 'shop', 'mover', '--revoke', '--yes'));
		sql($node{$major}, 'empty', 'DROP TABLE precious');
		sql($node{$major}, 'empty', q{CREATE FUNCTION useful() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION useful() OWNER TO mover});
		pgbaton_fails(2, qr/not confirmed: Drop role "mover"/, grant('source', $major, 'shop', 'mover', '--revoke'));
		like(pgbaton_ok(grant('source', $major, 'shop', 'mover', '--revoke', '--dry-run'))->{out}, qr/database "empty"\nREASSIGN OWNED BY "mover".*database "shop"\n.*DROP ROLE "mover";/s, 'in every database');
		change_json(grant('source', $major, 'shop', 'mover', '--revoke', '--yes'));
		is(sql($node{$major}, 'empty', 'SELECT useful()'), '1', 'what it owned but data stays');
		like(pgbaton_ok(grant('source', $major, 'shop', 'mover', '--revoke', '--yes'))->{out}, qr/^role "mover" is not there$/, 'twice is once');
		is(rights($major, 'shop'), $before, 'all is as before');
	};
}

subtest 'by somebody without the rights' => sub {
	sql($node{17}, 'postgres', 'CREATE ROLE cloud_admin LOGIN CREATEROLE CREATEDB; CREATE ROLE rds_replication; GRANT rds_replication TO cloud_admin WITH ADMIN OPTION; GRANT pg_monitor TO cloud_admin WITH ADMIN OPTION');
	sql($node{17}, 'postgres', 'GRANT CONNECT ON DATABASE shop TO cloud_admin');
	my $result = pgbaton_ok(grant('source', 17, 'shop', 'mover', { user => 'cloud_admin' }));
	like($result->{out}, qr/GRANT rds_replication TO mover/, "the provider's role stands in for REPLICATION");
	like($result->{out}, qr/warning: User "cloud_admin" may not grant membership in "pg_signal_backend"/, 'what it may not grant is told');
	like($result->{out}, qr/warning: User "cloud_admin" may not grant SELECT on these: "app.item"/, 'with the tables');
	is($result->{err}, '', 'nothing else');
	pgbaton_ok(grant('source', 17, 'shop', 'mover', '--revoke', '--yes'));
	sql($node{17}, 'postgres', 'REVOKE CONNECT ON DATABASE shop FROM cloud_admin');
	like(pgbaton_ok(grant('target', 15, 'shop', 'mover', '--dry-run'))->{out}, qr/warning: Before PostgreSQL 16 only superusers may create subscriptions/, 'what nobody can give is told');
};

subtest 'a migration by that role' => sub {
	sql($node{18}, 'postgres', 'CREATE ROLE shop_owner LOGIN');
	pgbaton_ok(grant('source', 17, 'shop', 'mover', '--password-file', $file));
	pgbaton_ok('grant', 'mover', '--on', 'target', '--target', conninfo($node{18}, 'postgres'), '--source', conninfo($node{17}, 'shop'), '--password-file', $file);
	my %login = (tcp => 1, user => 'mover', password => $password);
	my @ends = ('--source', conninfo($node{17}, 'shop', %login), '--target', conninfo($node{18}, 'shop', %login));
	pgbaton_ok('check', @ends, '-q');
	pgbaton_ok('migrate', @ends, '-q');
	is(sql($node{18}, 'shop', 'SELECT count(*) FROM app.item'), '500', 'rows are there');
	sql($node{17}, 'shop', q{INSERT INTO app.item (name) VALUES ('late')});
	my $result = pgbaton('switchover', @ends, '--yes');
	is($result->{rc}, 0, 'switchover') or diag($result->{out}, $result->{err});
	is(sql($node{18}, 'shop', q{SELECT count(*) FROM app.item}), '501', 'the last row, too');
	is(sql($node{18}, 'shop', q{SELECT relowner::regrole FROM pg_class WHERE relname = 'item'}), 'shop_owner', 'and the owner');
	$result = pgbaton('cleanup', @ends, '--yes');
	is($result->{rc}, 0, 'cleanup') or diag($result->{out}, $result->{err});
};

subtest 'hostile names' => sub {
	for my $name (hostile_names())
	{
		block_json('transfer', grant('source', 15, 'shop', $name));
		is(sql($node{15}, 'shop', "SELECT has_table_privilege(rolname, 'app.item', 'SELECT') FROM pg_roles WHERE rolname = @{[ literal($name) ]}"), 't', 'has the rights');
		change_json(grant('source', 15, 'shop', $name, '--revoke', '--yes'));
		is(sql($node{15}, 'shop', "SELECT count(*) FROM pg_roles WHERE rolname = @{[ literal($name) ]}"), '0', 'and is gone');
	}
};

done_testing();
