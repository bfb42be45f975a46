# extensions copy: what is not to be had is refused; versions, schemas and their owners, requirements in order, updates, libraries to load, configuration tables.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

# Since 18 a server can be told where to look for extensions: some of our own, with traps that those of PostgreSQL do not have.
my %dir = map { $_ => PostgreSQL::Test::Utils::tempdir("ext_$_") . '/share' } qw(from to);
my %node = (
	10 => server('v10', '10'), 15 => server('v15', '15'), 17 => server('v17', '17'),
	from => server('from', '18', conf => "extension_control_path = '\$system:$dir{from}'"),
	to => server('to', '18', conf => "extension_control_path = '\$system:$dir{to}'"));
my $n = 0;

sub extension
{
	my ($side, $name, %opt) = @_;
	my $folder = "$dir{$side}/extension";
	File::Path::make_path($folder);
	my $version = $opt{version} // '1.0';
	write_file("$folder/$name.control", "default_version = '$version'\n" . ($opt{control} // "relocatable = true\n"));
	write_file("$folder/$name--$version.sql", $opt{script} // "SELECT 1;\n");
	write_file("$folder/$name--$_.sql", "SELECT 1;\n") for @{ $opt{more} || [] };
	return;
}

# A database of the same name on both.
sub fresh
{
	my ($from, $to, $sql) = @_;
	my $name = 'ext' . ++$n;
	sql($node{$_}, 'postgres', "CREATE DATABASE $name") for $from, $to;
	sql($node{$from}, $name, $sql);
	return $name;
}

sub copy
{
	my ($from, $to, $name, @more) = @_;
	my %opt = %{ ref $more[0] ? shift @more : {} };
	return ('extensions', 'copy', '--source', conninfo($node{$from}, $name), '--target', conninfo($node{$to}, $name, %opt), @more);
}

sub extensions
{
	my ($major, $name) = @_;
	return sql($node{$major}, $name, q{SELECT extname, extversion, extnamespace::regnamespace FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY extname::text COLLATE "C"});
}

subtest 'refusals' => sub {
	my $name = fresh(10, 17, 'CREATE EXTENSION chkpass; CREATE EXTENSION timetravel; CREATE EXTENSION hstore');
	pgbaton_fails(2, qr/no target/, 'extensions', 'copy', '--source', conninfo($node{10}, $name));
	pgbaton_fails(3, qr/has no extension "nope"/, copy(10, 17, $name, '--extension', 'nope'));
	my $result = pgbaton_fails(3, qr/extension "chkpass" is not available on the target/, copy(10, 17, $name));
	like($result->{err}, qr/detail:.*"timetravel" is not available.*hint:.*postgresql-17-chkpass/s, 'all are named, with the package');
	like(refused_json(3, copy(10, 17, $name, '--dry-run'))->{hint}, qr/leave it out/, 'in a dry run, too');
	is(extensions(17, $name), '', 'nothing was made');
	like(pgbaton_ok(copy(10, 17, $name, '--extension', 'hstore'))->{out}, qr/^extension "hstore": CREATE EXTENSION hstore/, 'the others can be had');
	pgbaton_fails(5, qr/does not exist/, 'extensions', 'copy', '--source', conninfo($node{10}, $name), '--target', conninfo($node{17}, 'not there'));
};

subtest '10 to 18: schemas, versions, requirements' => sub {
	sql($node{$_}, 'postgres', 'CREATE ROLE "the owner"') for 10, 'to';
	my $name = fresh(10, 'to', <<'SQL');
CREATE SCHEMA "A b %s" AUTHORIZATION "the owner"; CREATE EXTENSION cube SCHEMA "A b %s"; CREATE EXTENSION earthdistance SCHEMA "A b %s";
CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION pg_stat_statements; CREATE EXTENSION hstore VERSION '1.4';
SQL
	my $plan = block_json('transfer', copy(10, 'to', $name, '--dry-run'));
	is($plan->{outcome}, 'planned', 'a dry run');
	is(extensions('to', $name), '', 'makes nothing');
	my $done = block_json('transfer', copy(10, 'to', $name));
	is_deeply($done->{statements}, $plan->{statements}, 'it planned what was done');
	is(extensions('to', $name), extensions(10, $name), 'the same versions and schemas');
	is(sql($node{to}, $name, q{SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'A b %s'}), '"the owner"', "the schema's owner");
	ok((grep { /"pg_stat_statements" works only once shared_preload_libraries/ } @{ $done->{warnings} }), 'the library is named');
	like(pgbaton_ok(copy(10, 'to', $name))->{out}, qr/^extensions are there already$/m, 'twice is once');
};

subtest 'another version' => sub {
	extension('from', 'fruit', version => '2.0');
	extension('to', 'fruit', version => '1.1', more => ['1.0--1.1']);
	extension('to', 'nut', version => '1.0', more => ['0.9', '0.9--1.0']);
	extension('from', 'nut', version => '1.0');
	my $name = fresh('from', 'to', 'CREATE EXTENSION fruit; CREATE EXTENSION nut');
	pgbaton_fails(3, qr/"fruit" is not available on the target in version 2.0.*hint: .*1\.1/s, copy('from', 'to', $name, '--exact'));
	sql($node{to}, $name, "CREATE EXTENSION nut VERSION '0.9'");
	my $result = pgbaton_ok(copy('from', 'to', $name));
	like($result->{out}, qr/warning: Extension "fruit" is version 1.1 on the target, 2.0 on the source/, 'the default one, told');
	like($result->{out}, qr/warning: Extension "nut" is there in version 0.9, on the source in 1.0: --update brings it to 1.0/, 'one that is there stays');
	is(extensions('to', $name), "fruit|1.1|public\nnut|0.9|public", 'so it is');
	like(pgbaton_ok(copy('from', 'to', $name, '--update'))->{out}, qr/ALTER EXTENSION nut UPDATE TO '1.0'/, '--update');
	is(extensions('to', $name), "fruit|1.1|public\nnut|1.0|public", 'updates it');
	pgbaton_ok(copy('from', 'to', $name, '--update'));
	sql($node{to}, $name, q{DROP EXTENSION nut; CREATE SCHEMA elsewhere; CREATE EXTENSION nut SCHEMA elsewhere});
	like(pgbaton_ok(copy('from', 'to', $name))->{out}, qr/"nut" is in schema "elsewhere" on the target, in "public"/, 'another schema is told');
};

subtest 'requirements, a schema of its own, configuration tables' => sub {
	extension('from', 'leaf', control => "relocatable = false\nschema = 'own leaf'\n",
		script => "CREATE TABLE \"\@extschema\@\".conf (a int); SELECT pg_extension_config_dump('conf', '');\n");
	extension('to', 'leaf', control => "relocatable = false\nschema = 'own leaf'\nrequires = 'twig'\n", script => "SELECT 1;\n");
	extension('to', 'twig', control => "requires = 'a-root'\nrelocatable = true\n");
	extension('to', 'a-root');
	write_file("$dir{from}/extension/leaf--1.0.sql", "CREATE TABLE conf (a int); SELECT pg_catalog.pg_extension_config_dump('conf', '');\n");
	my $name = fresh('from', 'to', 'CREATE EXTENSION leaf; INSERT INTO "own leaf".conf VALUES (1)');
	my $done = block_json('transfer', copy('from', 'to', $name));
	is(join(' ', map { $_->{sql} =~ /^CREATE EXTENSION "?([\w-]+)/ ? $1 : () } @{ $done->{statements} }), 'a-root twig leaf', 'what is required comes first');
	is(scalar(grep { /which the source does without/ } @{ $done->{warnings} }), 2, 'and is told');
	ok((grep { /Table "own leaf.conf" of extension "leaf" has rows of its user's, which are not copied: "pgbaton migrate" does/ } @{ $done->{warnings} }), 'so is the configuration table');
	is(sql($node{to}, $name, q{SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'leaf'}), '"own leaf"', 'a schema of its own');
};

subtest 'a library to load first' => sub {
	extension('from', 'loader');
	extension('to', 'loader', script => "DO \$\$ BEGIN RAISE 'loader must be loaded via shared_preload_libraries'; END \$\$;\n");
	extension('from', 'nice'); extension('to', 'nice');
	my $name = fresh('from', 'to', 'CREATE EXTENSION nice; CREATE EXTENSION loader');
	my $result = pgbaton(copy('from', 'to', $name));
	is($result->{rc}, 1, 'fails');
	like($result->{err}, qr/error: extension "loader".*hint: .*shared_preload_libraries of the target.*restart/s, 'what to set is told');
	is(extensions('to', $name), '', 'nothing is left behind');
};

subtest 'without superuser' => sub {
	sql($node{17}, 'postgres', 'CREATE ROLE cloud_admin LOGIN CREATEROLE CREATEDB');
	sql($node{10}, 'postgres', 'CREATE ROLE cloud_admin LOGIN');
	my $name = fresh(15, 17, 'CREATE EXTENSION hstore; CREATE EXTENSION pageinspect');
	pgbaton_fails(3, qr/user "cloud_admin" may not create extensions.*GRANT CREATE ON DATABASE $name TO cloud_admin/s, copy(15, 17, $name, { user => 'cloud_admin' }));
	sql($node{17}, 'postgres', "GRANT CREATE ON DATABASE $name TO cloud_admin");
	pgbaton_ok(copy(15, 17, $name, { user => 'cloud_admin' }, '--extension', 'hstore'));
	my $refused = pgbaton_fails(1, qr/extension "pageinspect".*permission denied.*hint: Have a superuser/s, copy(15, 17, $name, { user => 'cloud_admin' }));
	like(pgbaton_ok(copy(15, 17, $name, { user => 'cloud_admin' }, '--dry-run'))->{out}, qr/"pageinspect" is one that superusers create/, 'a dry run warns of it');
	is(extensions(17, $name), 'hstore|1.8|public', 'trusted ones can be had since 13');
};

subtest 'hostile names' => sub {
	my $name = fresh(10, 17, '');
	my $schema_of_it = q{SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'citext'};
	for my $schema (hostile_names())
	{
		my $list = '"' . $schema =~ s/"/""/gr . '"';
		sql($node{10}, $name, 'DROP EXTENSION IF EXISTS citext; CREATE SCHEMA ' . quoted($schema) . '; CREATE EXTENSION citext SCHEMA ' . quoted($schema));
		sql($node{17}, $name, 'DROP EXTENSION IF EXISTS citext');
		is(pgbaton(copy(10, 17, $name, '--extension', $list))->{rc}, 3, 'no extension of that name');
		block_json('transfer', copy(10, 17, $name));
		is(sql($node{17}, $name, $schema_of_it), $schema =~ s/\n\z//r, 'in that schema');
	}
};

done_testing();
