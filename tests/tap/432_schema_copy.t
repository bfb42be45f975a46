# schema copy: nothing is dropped, what is in the way is named; the same as a dump and restore gives; all or nothing; sections and schemas.
use strict;
use warnings;

use Digest::MD5 ();
use FindBin;
use lib "$FindBin::RealBin/lib";
use PgbatonBlocks;
use PgbatonOracle;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("v$_", $_) } qw(10 15 18);
my $n = 0;

sub copy
{
	my ($from, $to, $name, @more) = @_;
	my %opt = %{ ref $more[0] ? shift @more : {} };
	my $target = delete $opt{target} // $name;
	return ('schema', 'copy', '--source', conninfo($node{$from}, $name), '--target', conninfo($node{$to}, $target, %opt), @more);
}

sub bin { my ($major) = @_; return $node{$major}->install_path . '/bin' }

# Everything in the database that a dump would show.
sub text_of
{
	my ($major, $name) = @_;
	return PgbatonOracle::schema_text(conninfo($node{$major}, $name), bin => bin($major));
}

sub is_as_restored
{
	my ($from, $to, $name, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $reference = PgbatonOracle::schema_reference(source => conninfo($node{$from}, $name), source_bin => bin($from), target => conninfo($node{$to}, 'postgres'),
		bin => bin($to), name => 'reference');
	my @diff = PgbatonOracle::schema_diff($reference, conninfo($node{$to}, $name), bin => bin($to));
	ok(!@diff, $what) or diag(map { "$_\n" } @diff);
	PgbatonOracle::drop_database(conninfo($node{$to}, 'postgres'), 'reference', bin => bin($to));
	return;
}

for my $major (10, 15, 18)
{
	sql($node{$major}, 'postgres', 'CREATE ROLE shop_owner LOGIN; CREATE ROLE "shop reader"');
}
for my $major (10, 15)
{
	sql($node{$major}, 'postgres', q{CREATE DATABASE shop OWNER shop_owner; COMMENT ON DATABASE shop IS 'it''s a shop'; ALTER DATABASE shop SET work_mem = '7MB';
		ALTER ROLE "shop reader" IN DATABASE shop SET statement_timeout = '3s'; REVOKE CONNECT ON DATABASE shop FROM PUBLIC; GRANT CONNECT ON DATABASE shop TO "shop reader"});
	sql($node{$major}, 'shop', <<'SQL');
CREATE SCHEMA ext AUTHORIZATION shop_owner; CREATE EXTENSION hstore SCHEMA ext; GRANT USAGE ON SCHEMA ext TO shop_owner; CREATE SCHEMA app AUTHORIZATION shop_owner; SET ROLE shop_owner;
CREATE TYPE app.mood AS ENUM ('fine', 'no'); CREATE DOMAIN app.positive AS int CHECK (VALUE > 0);
CREATE TABLE app.item (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, mood app.mood, n app.positive, extra ext.hstore, CHECK (name <> ''));
CREATE TABLE app.child (item bigint REFERENCES app.item ON DELETE CASCADE); CREATE TABLE app.part (item bigint, at date) PARTITION BY RANGE (at);
CREATE TABLE app.part_1 PARTITION OF app.part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE INDEX ON app.item (mood, n DESC) WHERE n > 3; CREATE STATISTICS app.both (dependencies) ON mood, n FROM app.item;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN -- a line; with a semicolon
RETURN NEW; END $$; CREATE TRIGGER touch BEFORE UPDATE ON app.item FOR EACH ROW EXECUTE PROCEDURE app.touch();
ALTER TABLE app.item ENABLE ALWAYS TRIGGER touch; CREATE TRIGGER off AFTER INSERT ON app.item FOR EACH ROW EXECUTE PROCEDURE app.touch(); ALTER TABLE app.item DISABLE TRIGGER off;
CREATE VIEW app.v AS SELECT * FROM app.item; CREATE MATERIALIZED VIEW app.m AS SELECT count(*) FROM app.item; CREATE RULE r AS ON INSERT TO app.v DO INSTEAD NOTHING;
ALTER TABLE app.item ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON app.item FOR SELECT USING (n > 1); GRANT SELECT ON app.item TO "shop reader"; GRANT USAGE ON SCHEMA app TO "shop reader";
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO "shop reader"; COMMENT ON COLUMN app.item.n IS 'how many';
RESET ROLE; CREATE PUBLICATION p FOR ALL TABLES; CREATE TABLE public.other (id int PRIMARY KEY); ALTER TABLE public.other OWNER TO shop_owner;
SQL
}

subtest 'refusals' => sub {
	my $before = text_of(18, 'postgres');
	pgbaton_fails(2, qr/no target/, 'schema', 'copy', '--source', conninfo($node{15}, 'shop'));
	pgbaton_fails(2, qr/section/, copy(15, 18, 'shop', '--section', 'middle'));
	pgbaton_fails(3, qr/database "shop" does not exist on the target.*--create-database/s, copy(15, 18, 'shop'));
	sql($node{18}, 'postgres', 'CREATE DATABASE full_one');
	sql($node{18}, 'full_one', q{CREATE SCHEMA app; CREATE TABLE app.item (a int); INSERT INTO app.item VALUES (1); CREATE FUNCTION app.touch() RETURNS int LANGUAGE sql AS 'SELECT 1'});
	my $result = pgbaton_fails(3, qr/"full_one" of the target has "TABLE app.item" already|"full_one" of the target has "FUNCTION app.touch\(\)" already/, copy(15, 18, 'shop', { target => 'full_one' }, '--yes'));
	like($result->{err}, qr/never dropped: FUNCTION app.touch\(\), TABLE app.item\./, 'all of it is named');
	refused_json(3, copy(15, 18, 'shop', { target => 'full_one' }, '--yes', '--dry-run'));
	is(sql($node{18}, 'full_one', 'SELECT count(*) FROM app.item'), '1', 'and there');
	sql($node{18}, 'postgres', 'DROP DATABASE full_one; CREATE DATABASE granted; GRANT ALL ON DATABASE granted TO shop_owner');
	pgbaton_fails(2, qr/not confirmed: Revoke grants and reset settings of database "granted"/, copy(15, 18, 'shop', { target => 'granted' }));
	unlike(text_of(18, 'granted'), qr/CREATE SCHEMA/, 'nothing was made');
	sql($node{18}, 'postgres', 'DROP DATABASE granted');
	is(text_of(18, 'postgres'), $before, 'nor anywhere else');
};

subtest 'a dry run' => sub {
	my $document = block_json('transfer', copy(15, 18, 'shop', '--create-database', '--dry-run'));
	is($document->{outcome}, 'planned', 'planned');
	ok($document->{objects}{'TABLE app.item'}, 'by object');
	my $text = pgbaton_ok(copy(15, 18, 'shop', '--create-database', '--dry-run'))->{out};
	like($text, qr/^CREATE DATABASE shop .*^CREATE TABLE "app"."item"/ms, 'prints the SQL');
	unlike($text, qr/;;|CREATE PUBLICATION/, 'each statement with one semicolon; no publications');
	is(sql($node{18}, 'postgres', q{SELECT count(*) FROM pg_database WHERE datname = 'shop'}), '0', 'and changes nothing');
};

for my $from (10, 15)
{
	subtest "$from to 18" => sub {
		pgbaton_ok(copy($from, 18, 'shop', '--create-database', '--yes'));
		is_as_restored($from, 18, 'shop', 'as a dump and restore');
		is_deeply([ PgbatonOracle::same_database(conninfo($node{$from}, 'shop'), conninfo($node{18}, 'shop'), bin => bin(18)) ], [], 'the database itself, too');
		is(sql($node{18}, 'shop', 'SELECT (SELECT count(*) FROM pg_publication), (SELECT count(*) FROM app.item)'), '0|0', 'no publications, no rows');
		my $before = text_of(18, 'shop');
		pgbaton_fails(3, qr/database "shop" of the target has/, copy($from, 18, 'shop', '--yes'));
		is(text_of(18, 'shop'), $before, 'twice is refused');
		sql($node{18}, 'postgres', 'DROP DATABASE shop');
	};
}

subtest 'after extensions copy, section by section' => sub {
	sql($node{18}, 'postgres', 'CREATE DATABASE shop TEMPLATE template0 OWNER shop_owner');
	pgbaton_ok('extensions', 'copy', (copy(15, 18, 'shop'))[ 2 .. 5 ]);
	pgbaton_ok(copy(15, 18, 'shop', '--section', 'pre-data', '--yes'));
	is(sql($node{18}, 'shop', q{SELECT (SELECT count(*) FROM pg_trigger WHERE tgname = 'touch'), to_regclass('app.item') IS NOT NULL}), '0|t', 'before the data');
	pgbaton_fails(3, qr/TYPE app.mood/, copy(15, 18, 'shop', '--section', 'pre-data', '--yes'));
	pgbaton_ok(copy(15, 18, 'shop', '--section', 'post-data'));
	pgbaton_fails(3, qr/"CONSTRAINT app.item item_name_key" already/, copy(15, 18, 'shop', '--section', 'post-data'));
	is_as_restored(15, 18, 'shop', 'both together are all');
	sql($node{18}, 'postgres', 'DROP DATABASE shop');
};

subtest 'one schema; the first error ends it' => sub {
	sql($node{18}, 'postgres', 'CREATE DATABASE shop; GRANT CREATE ON DATABASE shop TO shop_owner');
	my $result = pgbaton_fails(1, qr/TABLE app.item.*nothing was changed.*hint: .*extensions copy/s, copy(15, 18, 'shop', '--schema', 'app'));
	is(sql($node{18}, 'shop', q{SELECT count(*) FROM pg_namespace WHERE nspname = 'app'}), '0', 'nothing is left behind');
	pgbaton_ok('extensions', 'copy', (copy(15, 18, 'shop'))[ 2 .. 5 ]);
	pgbaton_ok(copy(15, 18, 'shop', '--schema', 'app'));
	is(sql($node{18}, 'shop', q{SELECT to_regclass('app.item') IS NOT NULL, to_regclass('public.other') IS NULL, has_database_privilege('shop_owner', 'shop', 'CREATE')}), 't|t|t',
		'no other schema, and the grants of the database stay');
	is(sql($node{18}, 'shop', q{SELECT has_schema_privilege('shop reader', 'app', 'USAGE')}), 't', 'those of the schema come along');
	sql($node{18}, 'postgres', 'DROP DATABASE shop');
	pgbaton_ok(copy(15, 18, 'shop', '--exclude', 'app.*', '--create-database'));
	is(sql($node{18}, 'shop', q{SELECT to_regclass('app.item') IS NULL, to_regclass('public.other') IS NOT NULL}), 't|t', '--exclude');
	sql($node{18}, 'postgres', 'DROP DATABASE shop');
};

subtest 'a role that is not there; a target without superuser' => sub {
	sql($node{18}, 'postgres', 'DROP ROLE "shop reader"; CREATE ROLE cloud_admin LOGIN CREATEROLE CREATEDB');
	pgbaton_fails(1, qr/role "shop reader" does not exist.*hint: .*roles copy/s, copy(15, 18, 'shop', '--create-database', '--yes'));
	sql($node{18}, 'postgres', 'CREATE ROLE "shop reader"; DROP DATABASE shop');
	pgbaton_fails(1, qr/database "shop": .*hint: Make the target's user a member/s, copy(15, 18, 'shop', { user => 'cloud_admin' }, '--create-database', '--yes'));
	sql($node{18}, 'postgres', 'DROP DATABASE IF EXISTS shop; GRANT shop_owner TO cloud_admin');
	pgbaton_ok(copy(15, 18, 'shop', { user => 'cloud_admin' }, '--create-database', '--yes'));
	is_as_restored(15, 18, 'shop', 'a member of the owners does');
	sql($node{18}, 'postgres', 'DROP DATABASE shop');
};

subtest 'hostile names' => sub {
	my $name = q{a "b" 'c' %s $1};
	sql($node{10}, 'postgres', 'CREATE DATABASE ' . quoted($name));
	for my $hostile (hostile_names())
	{
		my ($ident, $text) = (quoted($hostile), literal($hostile));
		sql($node{10}, $name, <<"SQL");
CREATE SCHEMA $ident; CREATE TYPE $ident.$ident AS ENUM ($text); CREATE TABLE $ident.t (id int PRIMARY KEY, v $ident.$ident, $ident text); COMMENT ON TABLE $ident.t IS $text;
SQL
	}
	sql($node{10}, $name, 'CREATE SCHEMA fns');
	for my $hostile (hostile_names())
	{
		my ($ident, $text) = (quoted($hostile), literal($hostile));
		sql($node{10}, $name, "CREATE TABLE fns.$ident (id int PRIMARY KEY); CREATE FUNCTION fns.$ident($ident.$ident) RETURNS text LANGUAGE sql AS \$q\$ SELECT ${text}::text \$q\$;
			CREATE VIEW fns.@{[ quoted(substr(Digest::MD5::md5_hex($hostile), 0, 20)) ]} AS SELECT * FROM fns.$ident");
	}
	pgbaton_ok(copy(10, 18, $name, '--create-database', '--yes'));
	is_as_restored(10, 18, $name, 'as a dump and restore');
	my $error = refused_json(3, copy(10, 18, $name, '--yes'));
	like($error->{detail}, qr/and \d+ more/, 'what is there is found by such names');
	my $again = block_json('transfer', copy(10, 18, $name, { target => 'fns' }, '--create-database', '--dry-run', '--schema', 'fns'));
	is(scalar(grep { /^(?:TABLE|FUNCTION) fns\./ } keys %{ $again->{objects} }), 2 * scalar(() = hostile_names()), 'each has its object');
};

done_testing();
