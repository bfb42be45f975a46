# identity list, fix, restore: who can be updated is asked of the server itself, by publishing everything and trying.
use strict;
use warnings;

use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("v$_", $_) } qw(10 14 18);
my $target = server('target', 18);
my $n = 0;

sub on { my ($v, $db, @more) = @_; return ('--source', conninfo($node{$v}, $db, @more)) }

# Settings as the catalogs have them.
sub settings
{
	my ($v, $db) = @_;
	return sql($node{$v}, $db, "SELECT string_agg(c.oid::regclass || ' ' || relreplident::text || COALESCE((SELECT ' ' || indexrelid::regclass::text FROM pg_index WHERE indrelid = c.oid AND indisreplident), ''), '; ' ORDER BY c.oid)
		FROM pg_class c WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pgbaton')");
}

sub setting_of { my ($v, $db, $table) = @_; return settings($v, $db) =~ /(?:^|; )\Q$table\E ([^;]+)/ ? $1 : undef }

sub has_schema { return sql($node{ $_[0] }, $_[1], "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgbaton'") }

# Tables whose UPDATE fails when everything is published: the oracle.
sub unfit
{
	my ($v, $db) = @_;
	sql($node{$v}, $db, 'CREATE PUBLICATION oracle FOR ALL TABLES');
	my @unfit;
	for my $table (split /\n/, sql($node{$v}, $db, "SELECT c.oid::regclass FROM pg_class c WHERE relkind = 'r' AND relpersistence = 'p' AND relnamespace::regnamespace::text IN ('app', 'shop') ORDER BY relname"))
	{
		my ($out, $err);
		push @unfit, $table =~ s/.*\.//r if $node{$v}->psql($db, "UPDATE ONLY $table SET a = a", stdout => \$out, stderr => \$err) != 0;
	}
	sql($node{$v}, $db, 'DROP PUBLICATION oracle');
	return join ' ', @unfit;
}

sub fresh
{
	my ($v) = @_;
	my $db = 'd' . ++$n;
	sql($node{$v}, 'postgres', "CREATE DATABASE $db");
	sql($node{$v}, $db, <<'SQL' . ($v >= 11 ? 'CREATE UNIQUE INDEX including_a ON app.including (a) INCLUDE (b);' : ''));
CREATE SCHEMA app; CREATE SCHEMA shop;
CREATE TABLE app.good (a int PRIMARY KEY); CREATE TABLE app.full (a int); ALTER TABLE app.full REPLICA IDENTITY FULL;
CREATE TABLE app.chosen (a int NOT NULL, b int); CREATE UNIQUE INDEX chosen_a ON app.chosen (a); ALTER TABLE app.chosen REPLICA IDENTITY USING INDEX chosen_a;
CREATE TABLE app.keyless (a int, b int);
CREATE TABLE app.several (a int NOT NULL, b text NOT NULL, c int); CREATE UNIQUE INDEX several_wide ON app.several (a, b); CREATE UNIQUE INDEX several_narrow ON app.several (a); CREATE UNIQUE INDEX several_null ON app.several (c);
INSERT INTO app.several SELECT i, repeat('x', 900) || i FROM generate_series(1, 300) i;
CREATE TABLE app.partial (a int NOT NULL); CREATE UNIQUE INDEX partial_a ON app.partial (a) WHERE a > 0;
CREATE TABLE app.expression (a int NOT NULL); CREATE UNIQUE INDEX expression_a ON app.expression ((a + 1));
CREATE TABLE app.nullable (a int UNIQUE);
CREATE TABLE app.late (a int PRIMARY KEY DEFERRABLE); CREATE TABLE app.late_unique (a int NOT NULL UNIQUE DEFERRABLE);
CREATE TABLE app.late_but (a int PRIMARY KEY DEFERRABLE, b int NOT NULL UNIQUE);
CREATE TABLE app.including (a int NOT NULL, b int);
CREATE TABLE app.nothing (a int PRIMARY KEY); ALTER TABLE app.nothing REPLICA IDENTITY NOTHING;
CREATE TABLE app.broken (a int NOT NULL); CREATE UNIQUE INDEX broken_a ON app.broken (a); ALTER TABLE app.broken REPLICA IDENTITY USING INDEX broken_a; DROP INDEX app.broken_a;
CREATE UNLOGGED TABLE app.fast (a int); CREATE TEMPORARY TABLE passing (a int);
CREATE TABLE app.parent (a int PRIMARY KEY); CREATE TABLE app.heir () INHERITS (app.parent);
CREATE TABLE shop.tree (a int NOT NULL, b int) PARTITION BY RANGE (a);
CREATE TABLE shop.branch PARTITION OF shop.tree FOR VALUES FROM (1) TO (100) PARTITION BY RANGE (a);
CREATE TABLE shop.leaf1 PARTITION OF shop.branch FOR VALUES FROM (1) TO (50); CREATE UNIQUE INDEX leaf1_a ON shop.leaf1 (a);
CREATE TABLE shop.leaf2 PARTITION OF shop.branch FOR VALUES FROM (50) TO (100); ALTER TABLE shop.leaf2 ADD PRIMARY KEY (a);
CREATE TABLE shop.leaf3 PARTITION OF shop.tree FOR VALUES FROM (100) TO (200);
SQL
	# What a parent is set to is not its partitions'.
	sql($node{$v}, $db, 'CREATE TABLE shop.root (a int PRIMARY KEY) PARTITION BY RANGE (a); ALTER TABLE shop.root REPLICA IDENTITY FULL; CREATE TABLE shop.own (a int NOT NULL); ALTER TABLE shop.root ATTACH PARTITION shop.own FOR VALUES FROM (1) TO (9);
		ALTER TABLE shop.own REPLICA IDENTITY NOTHING') if $v >= 13;
	return $db;
}

subtest 'refusals' => sub {
	for my $v (10, 18)
	{
		my $db = fresh($v);
		my $before = settings($v, $db);
		pgbaton_fails(2, qr/no source is given/, 'identity', 'list');
		pgbaton_fails(2, qr/does not name a table/, 'identity', 'fix', 'a.b.c', on($v, $db));
		pgbaton_fails(3, qr/there is no table "app.gone"/, 'identity', 'fix', 'app.gone', on($v, $db));
		pgbaton_fails(3, qr/"app\.fast" has no replica identity of use.*unlogged/s, 'identity', 'fix', 'app.fast', on($v, $db));
		pgbaton_fails(3, qr/system table/, 'identity', 'fix', 'pg_catalog.pg_class', on($v, $db));
		pgbaton_fails(3, qr/tables have no key.*app\.keyless.*--full.*--keys-only/s, 'identity', 'fix', on($v, $db));
		pgbaton_fails(3, qr/1 table has no key.*app\.keyless/s, 'identity', 'fix', 'app.keyless', 'app.several', on($v, $db));
		is(settings($v, $db), $before, 'nothing was changed');
		is(has_schema($v, $db), '0', 'and nothing made');
	}
};

subtest 'list, fix and restore' => sub {
	for my $v (10, 14, 18)
	{
		my $db = fresh($v);
		my $before = settings($v, $db);
		my %list = map { $_->{name} => $_ } @{ block_json('identity-list', 'identity', 'list', on($v, $db))->{identities} };
		my $unfit = join ' ', sort grep { !$list{$_}{is_usable} && $_ ne 'fast' } keys %list;
		is($unfit, unfit($v, $db), "$v: those that cannot be updated are those that the server refuses");
		like($unfit, qr/\bheir\b.*\bleaf1\b/, 'inheriting tables and partitions among them');
		like($unfit, qr/\bown\b/, 'also those whose parent is FULL') if $v >= 13;
		ok(!exists $list{tree} && !exists $list{passing}, 'a partitioned table has no rows of its own, a temporary one is nobody else\'s');
		my %reason = (late => 'its primary key is deferrable', keyless => 'it has no primary key', nothing => 'it is set to NOTHING', broken => 'the index that it was set to is gone', fast => 'it is unlogged, and not replicated at all');
		is($list{$_}{reason}, $reason{$_}, "why not: $_") for sort keys %reason;
		is_deeply([ @{ $list{chosen} }{qw(setting identity)} ], [ 'index', 'chosen_a' ], 'USING INDEX is fine');
		is(join(' ', sort map { $_->{name} } @{ block_json('identity-list', 'identity', 'list', '--missing', on($v, $db))->{identities} }), $unfit, '--missing');
		is_deeply([ map { $_->{name} } @{ block_json('identity-list', 'identity', 'list', 'shop.tree', on($v, $db))->{identities} } ], [qw(leaf1 leaf2 leaf3)], 'of a partitioned table: its leaves');

		my $plan = block_json('identity-change', 'identity', 'fix', '--keys-only', '--dry-run', on($v, $db));
		is($plan->{outcome}, 'planned', 'planned');
		is(settings($v, $db) . has_schema($v, $db), "${before}0", 'a dry run changes nothing');
		my $fixed = block_json('identity-change', 'identity', 'fix', '--keys-only', on($v, $db));
		my %index = map { $_->{name} => $_->{index} // $_->{after} } @{ $fixed->{tables} };
		is_deeply(\%index, { several => 'several_narrow', late_but => 'late_but_b_key', nothing => 'default', leaf1 => 'leaf1_a',
			($v >= 11 ? (including => 'including_a') : ()), ($v >= 13 ? (own => 'default') : ()) }, 'the best key');
		is(setting_of($v, $db, 'app.several'), 'i app.several_narrow', 'psql sees it: the smallest');
		is(setting_of($v, $db, 'app.nothing'), 'd', 'the primary key');
		my $left = unfit($v, $db);
		is($left, join(' ', sort map { $_->{name} } @{ $fixed->{left} }), 'the server refuses those only that were left');
		is(block_json('identity-change', 'identity', 'fix', '--keys-only', on($v, $db))->{outcome}, 'unchanged', 'again: unchanged');
		like(pgbaton_ok('identity', 'fix', '--full', on($v, $db))->{out}, qr/^replica identities of database "$db" fixed\n(?:.*\n)*app\.keyless is now identified by full$/m, 'FULL for the others');
		is(unfit($v, $db), '', 'the server refuses none');
		is(setting_of($v, $db, 'app.fast'), 'd', 'an unlogged one is left');
		is(pgbaton_ok('identity', 'fix', '--full', on($v, $db))->{out}, "replica identities of database \"$db\" are fine, or left as they are\n", 'again: nothing');

		sql($node{$v}, $db, 'CREATE PUBLICATION p FOR TABLE app.keyless, shop.leaf3');
		pgbaton_fails(3, qr/could not be updated.*Publication "p".*publication remove --on source p app\.keyless/s, 'identity', 'restore', on($v, $db));
		sql($node{$v}, $db, "ALTER PUBLICATION p SET (publish = 'insert')");
		like(pgbaton_ok('identity', 'restore', '--dry-run', on($v, $db))->{out}, qr/^ALTER TABLE ONLY "app"\."keyless" REPLICA IDENTITY DEFAULT;$/m, 'a dry run of restore');
		is(block_json('identity-change', 'identity', 'restore', 'app.l*', on($v, $db))->{outcome}, 'restored', 'some');
		is(setting_of($v, $db, 'app.late_but'), 'd', 'are back');
		is(setting_of($v, $db, 'app.several'), 'i app.several_narrow', 'others not');
		sql($node{$v}, $db, 'ALTER TABLE app.several REPLICA IDENTITY FULL; ALTER TABLE app.heir REPLICA IDENTITY NOTHING; DROP TABLE app.expression');
		my $restored = block_json('identity-change', 'identity', 'restore', on($v, $db));
		is(join(' ', map { "$_->{name}: $_->{reason}" } @{ $restored->{left} }),
			'broken: the index that it was set to was gone before heir: somebody has changed it since several: somebody has changed it since', 'what somebody else has changed is left');
		my $after = settings($v, $db);
		(my $expected = $before) =~ s/app\.several d/app.several f/;
		$expected =~ s/app\.heir d/app.heir n/;
		$expected =~ s/app\.broken i/app.broken f/;
		$expected =~ s/app\.expression d; //;
		is($after, $expected, 'all else is what it was');
		is(has_schema($v, $db), '0', 'nothing is left of the record');
		is(block_json('identity-change', 'identity', 'restore', on($v, $db))->{outcome}, 'unchanged', 'again: unchanged');
	}
};

subtest 'fixed again after somebody changed it' => sub {
	my $db = fresh(18);
	pgbaton_ok('identity', 'fix', 'app.several', on(18, $db));
	sql($node{18}, $db, 'DROP INDEX app.several_narrow');
	pgbaton_ok('identity', 'fix', 'app.several', on(18, $db));
	is(setting_of(18, $db, 'app.several'), 'i app.several_wide', 'its key was dropped: the next one');
	pgbaton_ok('identity', 'restore', on(18, $db));
	is(setting_of(18, $db, 'app.several'), 'd', 'and what was there at first comes back');
	pgbaton_ok('identity', 'fix', 'app.keyless', '--full', on(18, $db));
	sql($node{18}, $db, 'ALTER TABLE app.keyless REPLICA IDENTITY NOTHING');
	pgbaton_ok('identity', 'fix', 'app.keyless', '--full', on(18, $db));
	pgbaton_ok('identity', 'restore', on(18, $db));
	is(setting_of(18, $db, 'app.keyless'), 'n', 'what somebody set meanwhile comes back');
};

subtest 'a table in use, rights, members of extensions' => sub {
	my $db = fresh(18);
	my $session = $node{18}->background_psql($db);
	$session->query_safe('BEGIN; SELECT 1 FROM app.keyless');
	my $busy = pgbaton('identity', 'fix', 'app.keyless', 'app.several', '--full', '--lock-timeout', '20ms', on(18, $db));
	is($busy->{rc}, 1, 'a lock is not waited for without end');
	like($busy->{err}, qr/Another session held a lock/, 'it says so');
	is(sql($node{18}, $db, "SELECT count(*) FROM pgbaton.identity_change WHERE relation = 'app.keyless'::regclass"), '0', 'what was not done is not recorded');
	my $waiting = start_pgbaton('identity', 'fix', 'app.keyless', '--full', '--lock-timeout', '100ms', on(18, $db));
	wait_sql($node{18}, $db, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'app.keyless'::regclass");
	$session->query_safe('ROLLBACK'); $session->quit;
	is($waiting->wait->{rc}, 0, 'it tries again');
	is(setting_of(18, $db, 'app.keyless'), 'f', 'until it has it');

	for my $v (10, 18)
	{
		my $db = fresh($v);
		sql($node{$v}, $db, 'DROP ROLE IF EXISTS "o w""n"; CREATE ROLE "o w""n" LOGIN; CREATE SCHEMA mine AUTHORIZATION "o w""n"; SET ROLE "o w""n"; CREATE TABLE mine.keyless (a int); REVOKE ALL ON mine.keyless FROM "o w""n"');
		my @as = on($v, $db, user => 'o w"n');
		pgbaton_fails(3, qr/"app\.\w+" is not this role's to change.*GRANT "postgres" TO "o w""n"/s, 'identity', 'fix', '--full', @as);
		pgbaton_fails(3, qr/permission denied for database.*CREATE on the database/s, 'identity', 'fix', 'mine.*', '--full', @as);
		sql($node{$v}, $db, qq{GRANT CREATE ON DATABASE $db TO "o w""n"});
		pgbaton_ok('identity', 'fix', 'mine.*', '--full', @as);
		is(setting_of($v, $db, 'mine.keyless'), 'f', 'an owner with CREATE can');
		pgbaton_ok('identity', 'restore', @as);
		is(setting_of($v, $db, 'mine.keyless') . has_schema($v, $db), 'd0', 'and put it back');
		pgbaton_ok('identity', 'list', @as);
		sql($node{$v}, $db, 'CREATE EXTENSION postgres_fdw; ALTER EXTENSION postgres_fdw ADD TABLE app.keyless; DROP OWNED BY "o w""n"; DROP ROLE "o w""n"');
		pgbaton_ok('identity', 'fix', '--full', '--exclude', 'shop.*,app.l*', on($v, $db));
		is(setting_of($v, $db, 'app.keyless'), 'd', 'a member of an extension is left');
		is(setting_of($v, $db, 'shop.leaf3'), 'd', 'and what the config excludes');
		pgbaton_ok('identity', 'fix', '--full', 'app.keyless', on($v, $db));
		is(setting_of($v, $db, 'app.keyless'), 'f', 'unless it is named');
	}
};

subtest 'cleanup of a migration' => sub {
	my $db = 'moved';
	sql($node{14}, 'postgres', "CREATE DATABASE $db");
	sql($node{14}, $db, 'CREATE SCHEMA app; CREATE TABLE app.keyless (a int); INSERT INTO app.keyless VALUES (1)');
	my @pair = (on(14, $db), '--target', conninfo($target, $db));
	pgbaton_ok('identity', 'fix', '--full', @pair);
	pgbaton_ok('migrate', @pair);
	is(sql($target, $db, "SELECT relreplident FROM pg_class WHERE relname = 'keyless'"), 'f', 'a migration takes the setting along');
	my $cleaned = pgbaton_ok('cleanup', '--yes', @pair);
	like($cleaned->{err} . $cleaned->{out}, qr/replica identities of the source stay.*pgbaton identity restore --on source/s, 'cleanup tells of the record');
	is(sql($node{14}, $db, 'SELECT count(*) FROM pgbaton.identity_change'), '1', 'and leaves it');
	is(sql($target, $db, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgbaton'"), '0', 'the target has none');
	pgbaton_ok('identity', 'restore', @pair);
	is(setting_of(14, $db, 'app.keyless'), 'd', 'it is put back');
	is(has_schema(14, $db), '0', 'and nothing is left');
};

subtest 'hostile names' => sub {
	for my $v (10, 18)
	{
		sql($node{$v}, 'postgres', 'CREATE DATABASE hostile');
		for my $name (hostile_names())
		{
			my $q = quoted($name);
			my $index = quoted(substr("k$name", 0, 63));
			sql($node{$v}, 'hostile', "CREATE SCHEMA $q; CREATE TABLE $q.$q ($q int NOT NULL); CREATE UNIQUE INDEX $index ON $q.$q ($q)");
			is(block_json('identity-change', 'identity', 'fix', "$q.$q", on($v, 'hostile'))->{outcome}, 'fixed', "fixed: $name");
		}
		my $count = () = hostile_names();
		is(sql($node{$v}, 'hostile', "SELECT count(*) FROM pg_class WHERE relreplident = 'i'"), $count, 'psql sees it');
		is(scalar(grep { $_->{setting} eq 'index' } @{ block_json('identity-list', 'identity', 'list', on($v, 'hostile'))->{identities} }), $count, 'all are listed');
		is(scalar @{ block_json('identity-change', 'identity', 'restore', on($v, 'hostile'))->{tables} }, $count, 'restored');
		is(sql($node{$v}, 'hostile', "SELECT count(*) FROM pg_class WHERE relreplident = 'i'"), 0, 'psql sees it');
	}
};

done_testing();
