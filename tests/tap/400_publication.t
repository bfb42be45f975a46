# publication list, create, drop, add, remove: refusals first; what is made is looked at with psql.
use strict;
use warnings;

use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("v$_", $_) } qw(10 14 18);

sub on { my ($v, @more) = @_; return ('--source', conninfo($node{$v}, 'postgres', @more)) }

# What psql sees of a publication: its options and its tables.
sub contents
{
	my ($v, $name) = @_;
	my $lit = literal($name);
	my $options = sql($node{$v}, 'postgres', "SELECT puballtables, pubinsert, pubupdate, pubdelete, to_json(p)->>'pubtruncate', to_json(p)->>'pubviaroot' FROM pg_publication p WHERE pubname = $lit");
	my $tables = sql($node{$v}, 'postgres', $v >= 15
		? "SELECT string_agg(prrelid::regclass || COALESCE(' (' || (SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = prrelid AND attnum = ANY (prattrs)) || ')', '') || COALESCE(' ' || pg_get_expr(prqual, prrelid), ''), '; ' ORDER BY prrelid::regclass::text) FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid WHERE pubname = $lit"
		: "SELECT string_agg(prrelid::regclass::text, '; ' ORDER BY prrelid::regclass::text) FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid WHERE pubname = $lit");
	return "$options $tables";
}

sub all_publications { return sql($node{ $_[0] }, 'postgres', 'SELECT count(*), max(oid), max(xmin::text::bigint) FROM pg_publication') }

for my $v (sort keys %node)
{
	sql($node{$v}, 'postgres', <<'SQL');
CREATE ROLE app LOGIN; CREATE ROLE other LOGIN; CREATE ROLE "o'w ""n" LOGIN;
CREATE SCHEMA app; GRANT USAGE, CREATE ON SCHEMA app TO app, "o'w ""n";
CREATE TABLE app.orders (id int PRIMARY KEY, total numeric NOT NULL, note text);
CREATE TABLE app.items (id int PRIMARY KEY, n int);
CREATE TABLE app."Items" (id int PRIMARY KEY, "N" int);
CREATE TABLE app.nokey (a int);
CREATE TABLE app.late (a int PRIMARY KEY DEFERRABLE);
CREATE TABLE app.nothing (a int PRIMARY KEY); ALTER TABLE app.nothing REPLICA IDENTITY NOTHING;
CREATE TABLE app.child (c int, PRIMARY KEY (id)) INHERITS (app.items);
CREATE UNLOGGED TABLE app.fast (id int PRIMARY KEY);
CREATE VIEW app.view AS SELECT 1 AS x; CREATE SEQUENCE app.seq;
CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE app.far (id int) SERVER far;
CREATE SCHEMA shop; CREATE TABLE shop.part (a int NOT NULL, b int) PARTITION BY RANGE (a);
CREATE TABLE shop.part1 PARTITION OF shop.part FOR VALUES FROM (1) TO (10); CREATE TABLE shop.part2 PARTITION OF shop.part FOR VALUES FROM (10) TO (20);
ALTER TABLE shop.part1 ADD PRIMARY KEY (a); ALTER TABLE shop.part2 ADD PRIMARY KEY (a);
CREATE SCHEMA bad; CREATE TABLE bad.part (a int NOT NULL) PARTITION BY RANGE (a); CREATE TABLE bad.leaf PARTITION OF bad.part FOR VALUES FROM (1) TO (10);
SET ROLE app; CREATE TABLE app.mine (id int PRIMARY KEY); RESET ROLE; SET ROLE "o'w ""n"; CREATE TABLE app.theirs (id int PRIMARY KEY);
SQL
}

subtest 'refusals' => sub {
	for my $v (10, 18)
	{
		my $before = all_publications($v);
		pgbaton_fails(2, qr/nothing is named/, 'publication', 'create', 'p', on($v));
		pgbaton_fails(2, qr/--all-tables goes with none/, 'publication', 'create', 'p', '--all-tables', '--table', 'app.orders', on($v));
		pgbaton_fails(2, qr/does not name a table.*more than two parts/s, 'publication', 'create', 'p', '--table', 'a.b.c', on($v));
		pgbaton_fails(2, qr/more than two parts/, 'publication', 'create', 'p', '--table', 'a.b.c', on($v));
		pgbaton_fails(2, qr/quote is not closed/, 'publication', 'create', 'p', '--table', 'a."b', on($v));
		pgbaton_fails(2, qr/unknown operation "merge"/, 'publication', 'create', 'p', '--table', 'app.orders', '--publish', 'insert,merge', on($v));
		pgbaton_fails(3, qr/there is no table "app.gone"/, 'publication', 'create', 'p', '--table', 'app.gone', on($v));
		pgbaton_fails(3, qr/no table matches "gone\.\*"/, 'publication', 'create', 'p', '--table', 'gone.*', on($v));
		my %reason = (fast => 'unlogged', view => 'a view', seq => 'a sequence', far => 'foreign table');
		pgbaton_fails(3, qr/"app\.$_" cannot be published.*$reason{$_}/s, 'publication', 'create', 'p', '--table', "app.$_", on($v)) for sort keys %reason;
		pgbaton_fails(3, qr/cannot be published.*system table/s, 'publication', 'create', 'p', '--table', "$_", on($v)) for 'pg_catalog.pg_class', 'information_schema.sql_features';
		pgbaton_fails(3, qr/2 tables could not be updated.*app\.late \(its primary key is deferrable\), app\.nokey \(it has no primary key\).*identity fix --on source app\.late app\.nokey --full/s,
			'publication', 'create', 'p', '--table', 'app.nokey', '--table', 'app.late', on($v));
		pgbaton_fails(3, qr/app\.nothing \(it is set to NOTHING\).*identity fix --on source app\.nothing;/s, 'publication', 'create', 'p', '--table', 'app.nothing', on($v));
		pgbaton_fails(3, qr/could not be updated.*bad\.leaf/s, 'publication', 'create', 'p', '--all-tables', on($v));
		pgbaton_fails(3, qr/"app\.theirs" is not this role's.*Only its owner "o'w "n".*GRANT "o'w ""n" TO "app"/s, 'publication', 'create', 'p', '--table', 'app.theirs', on($v, user => 'app'));
		pgbaton_fails(3, qr/permission denied for database.*Role "app" lacks the right.*CREATE on the database/s, 'publication', 'create', 'p', '--table', 'app.mine', on($v, user => 'app'));
		pgbaton_fails(3, qr/there is no publication "p".*publication create --on source p/s, 'publication', 'add', 'p', 'app.orders', on($v));
		pgbaton_fails(2, qr/no table and no schema is named/, 'publication', 'add', 'p', on($v));
		pgbaton_fails(2, qr/no target is given/, 'publication', 'list', '--on', 'target', on($v));
		is(refused_json(3, 'publication', 'create', 'p', '--table', 'app.fast', on($v))->{code}, 'refused', 'as JSON, too');
		is(all_publications($v), $before, 'nothing was made');
	}
	for my $v (10, 14)
	{
		pgbaton_fails(3, qr/does not have row filters.*since PostgreSQL 15/s, 'publication', 'create', 'p', '--table', 'app.orders', '--where', 'id > 1', on($v));
		pgbaton_fails(3, qr/does not have column lists.*since PostgreSQL 15/s, 'publication', 'create', 'p', '--table', 'app.orders', '--columns', 'id', on($v));
		pgbaton_fails(3, qr/does not have schemas in publications.*since PostgreSQL 15/s, 'publication', 'create', 'p', '--schema', 'app', on($v));
	}
	pgbaton_fails(3, qr/does not have replication of TRUNCATE.*since PostgreSQL 11/s, 'publication', 'create', 'p', '--table', 'app.orders', '--publish', 'truncate', on(10));
	pgbaton_fails(3, qr/does not have publish_via_partition_root.*since PostgreSQL 13/s, 'publication', 'create', 'p', '--table', 'app.orders', '--via-root', on(10));
	pgbaton_fails(3, qr/"shop\.part" cannot be published.*before PostgreSQL 13; its partitions can/s, 'publication', 'create', 'p', '--table', 'shop.part', on(10));
	pgbaton_fails(3, qr/could not be updated.*bad\.leaf \(it has no primary key\)/s, 'publication', 'create', 'p', '--table', 'bad.part', on($_)) for 14, 18;
	pgbaton_fails(3, qr/could not be updated.*bad\.leaf/s, 'publication', 'create', 'p', '--schema', 'bad', on(18));
	pgbaton_fails(3, qr/there is no schema "gone"/, 'publication', 'create', 'p', '--schema', 'shop,gone', on(18));
	pgbaton_fails(2, qr/are for a single table/, 'publication', 'create', 'p', '--table', 'app.orders', '--table', 'app.items', '--where', 'id > 1', on(18));
	pgbaton_fails(2, qr/are for a single table/, 'publication', 'create', 'p', '--table', 'app.ord*', '--columns', 'id', on(18));
	pgbaton_fails(3, qr/no column "ID" in table "app.orders"/, 'publication', 'create', 'p', '--table', 'app.orders', '--columns', '"ID"', on(18));
	pgbaton_fails(3, qr/row filter looks at columns that are not in its replica identity/, 'publication', 'create', 'p', '--table', 'app.orders', '--where', 'total > 1', on(18));
	pgbaton_fails(3, qr/column list lacks columns of its replica identity/, 'publication', 'create', 'p', '--table', 'app.orders', '--columns', 'total', on(18));
	my $before = all_publications(18);
	for my $filter ('id > 1 --', 'id > 1; DROP TABLE app.items', 'id > 1), ONLY app.items WHERE (id > 1', 'id >', 'gone > 1', 'random() > 0.5', q{true) WITH (publish = 'insert'); --}, q{true) WITH (publish = 'insert'}, 'id > 1 /*')
	{
		my $result = pgbaton('publication', 'create', 'p', '--table', 'app.orders', '--where', $filter, on(18), $filter =~ /--$/ ? '--dry-run' : ());
		is($result->{rc}, $filter eq 'id > 1 --' ? 0 : $filter =~ /ONLY/ ? 2 : 1, "a row filter, or none: $filter") or diag($result->{err});
	}
	is(all_publications(18), $before, 'nothing was made');
	is(sql($node{18}, 'postgres', "SELECT to_regclass('app.items')"), 'app.items', 'nothing was dropped');
};

subtest 'create, add, remove, drop' => sub {
	for my $v (10, 14, 18)
	{
		my $before = all_publications($v);
		like(plan_json('publication', 'create', 'p', '--table', 'app.orders', '--table', 'app.items', on($v)),
			qr/^CREATE PUBLICATION "p" FOR TABLE ONLY "app"\."orders", ONLY "app"\."items" WITH \(publish = 'insert, update, delete/, "$v: the plan");
		is(all_publications($v), $before, 'a dry run makes nothing');
		is(change_json('publication', 'create', 'p', '--table', 'app.orders', '--table', 'APP.items', on($v))->{outcome}, 'created', 'created');
		my $truncate = $v >= 11 ? 't' : '';
		my $root = $v >= 13 ? 'f' : '';
		is(contents($v, 'p'), "f|t|t|t|@{[ $v >= 11 ? 'true' : '' ]}|@{[ $v >= 13 ? 'false' : '' ]} app.items; app.orders", 'psql sees it; a table that inherits is not in it');
		is(change_json('publication', 'create', 'p', '--table', 'app.items', '--table', 'app.orders', on($v))->{outcome}, 'unchanged', 'again: unchanged');
		pgbaton_fails(3, qr/lacks app\."Items"; it has also app\.orders.*publication add --on source p 'app\."Items"' && pgbaton publication remove --on source p app\.orders/s,
			'publication', 'create', 'p', '--table', 'app.items', '--table', 'app."Items"', on($v));
		pgbaton_fails(3, qr/publishes insert, update, delete.*not insert.*ALTER PUBLICATION "p" SET \(publish/s, 'publication', 'create', 'p', '--table', 'app.items', '--table', 'app.orders', '--publish', 'insert', on($v));
		pgbaton_fails(3, qr/is not of all tables/, 'publication', 'create', 'p', '--all-tables', '--publish', 'insert', on($v));

		like(plan_json('publication', 'add', 'p', 'app.items', 'app."Items"', on($v)), qr/^ALTER PUBLICATION "p" ADD TABLE ONLY "app"\."Items"$/, 'only what is missing is added');
		is(change_json('publication', 'add', 'p', 'app.items', 'app."Items"', on($v))->{outcome}, 'changed', 'added');
		is(change_json('publication', 'add', 'p', 'app.items', 'app."Items"', on($v))->{outcome}, 'unchanged', 'again: unchanged');
		pgbaton_fails(3, qr/could not be updated/, 'publication', 'add', 'p', 'app.nokey', on($v));
		like(contents($v, 'p'), qr/ app\."Items"; app\.items; app\.orders$/, 'psql sees it');
		my $allowed = change_json('publication', 'add', 'p', 'app.nokey', '--allow-no-identity', on($v));
		is_deeply($allowed->{without_identity}, [ { schema => 'app', name => 'nokey', reason => 'it has no primary key' } ], 'allowed, and told');
		pgbaton_fails(2, qr/--yes/, 'publication', 'remove', 'p', 'app.nokey', on($v));
		like(pgbaton_ok('publication', 'remove', 'p', 'app.n*', 'app.gone', '--dry-run', on($v))->{out}, qr/DROP TABLE ONLY "app"\."nokey";/, 'a pattern is of its own tables');
		is(change_json('publication', 'remove', 'p', 'app.n*', 'app.gone', '--yes', on($v))->{outcome}, 'changed', 'removed');
		is(change_json('publication', 'remove', 'p', 'app.nokey', '--yes', on($v))->{outcome}, 'unchanged', 'again: unchanged');
		is(change_json('publication', 'remove', 'gone', 'app.nokey', '--yes', on($v))->{outcome}, 'unchanged', 'of none: unchanged');
		like(contents($v, 'p'), qr/ app\."Items"; app\.items; app\.orders$/, 'psql sees it');

		my $wild = pgbaton_ok('publication', 'create', 'wild', '--table', '*.*', '--allow-no-identity', '--publish', 'insert', on($v));
		like($wild->{err}, qr/"app\.fast" is left out: It is unlogged/, 'of a pattern, what cannot be published is left out with a warning');
		my $parts = $v >= 13 ? 'shop.part' : 'shop.part1; shop.part2';
		like(contents($v, 'wild'), qr/ app\."Items"; app\.child; .*@{[ $v >= 13 ? 'bad\.part' : 'bad\.leaf' ]}; \Q$parts\E$/, 'and partitions come with their table');
		pgbaton_ok('publication', 'create', 'all', '--all-tables', '--publish', 'insert', on($v));
		pgbaton_fails(3, qr/is of all tables/, 'publication', 'add', 'all', 'app.items', on($v));
		pgbaton_fails(3, qr/is of all tables/, 'publication', 'remove', 'all', 'app.items', '--yes', on($v));

		sql($node{$v}, 'postgres', q{COMMENT ON PUBLICATION wild IS 'made by pgbaton, migration "main"'});
		my %list = map { $_->{name} => $_ } @{ block_json('publication-list', 'publication', 'list', on($v))->{publications} };
		is_deeply([ sort keys %list ], [qw(all p wild)], 'all are listed');
		is_deeply([ map { "$_->{schema}.$_->{name}" } @{ $list{p}{tables} } ], [qw(app.Items app.items app.orders)], 'with their tables');
		is($list{wild}{migration}, 'main', 'and the migration');
		is($list{wild}{publishes}, 'insert', 'and what is published');
		ok($list{all}{all_tables}, 'and all tables');
		like(pgbaton_ok('publication', 'list', on($v))->{out}, qr/^p +postgres +no +3 +0 +insert, update, delete/m, 'for people, too');

		pgbaton_fails(2, qr/of migration "main".*--yes/s, 'publication', 'drop', 'wild', on($v));
		for my $name (qw(all p wild))
		{
			is(plan_json('publication', 'drop', $name, on($v)), qq{DROP PUBLICATION IF EXISTS "$name"}, 'a dry run of drop');
			is(change_json('publication', 'drop', $name, '--yes', on($v))->{outcome}, 'dropped', 'dropped');
			is(change_json('publication', 'drop', $name, '--yes', on($v))->{outcome}, 'unchanged', 'again: unchanged');
		}
		is(pgbaton_ok('publication', 'list', on($v))->{out}, "no publications\n", 'none is left');
	}
};

subtest 'row filters, column lists, schemas, partitions' => sub {
	my @create = ('publication', 'create', 'f', '--table', 'app.orders', '--where', 'id>10 and id < 1e3', '--columns', 'note, id', '--publish', 'insert,update,delete', on(18));
	my $before = all_publications(18);
	like(plan_json(@create), qr/ONLY "app"\."orders" \("id", "note"\) WHERE \(\(\(id > 10\) AND/, 'a dry run shows the filter as the server has it');
	is(all_publications(18), $before, 'and makes nothing');
	is(change_json(@create)->{outcome}, 'created', 'created');
	is(contents(18, 'f'), 'f|t|t|t|false|false app.orders (id,note) ((id > 10) AND ((id)::numeric < \'1000\'::numeric))', 'psql sees it');
	is(change_json(@create)->{outcome}, 'unchanged', 'the same by another spelling: unchanged');
	is(change_json('publication', 'add', 'f', 'app.orders', '--columns', 'id,note', '--where', '(ID > 10) AND (id < 1e3)', on(18))->{outcome}, 'unchanged', 'added the same way: unchanged');
	my $other = pgbaton_fails(3, qr/publishes of app\.orders \["id", ?"note"\] of the rows where .* not all columns of the rows where \(id > 11\)/, 'publication', 'add', 'f', 'app.orders', '--where', 'id > 11', on(18));
	my ($commands) = $other->{err} =~ /To change it, run: (.*)$/m;
	for my $command (split / && /, $commands // '')
	{
		my @words = map { s/^'(.*)'$/$1/r } ($command =~ /('[^']*'|\S+)/g);
		shift @words;
		pgbaton_ok(@words, '--yes', on(18));
	}
	like(contents(18, 'f'), qr/ app\.orders \(id > 11\)$/, 'the commands of the hint change it');
	sql($node{18}, 'postgres', 'INSERT INTO app.orders VALUES (1, 2); UPDATE app.orders SET total = 3; DELETE FROM app.orders');
	pass('what was accepted can be written');
	pgbaton_ok('publication', 'create', 'partial', '--table', 'app.orders', '--where', 'total > 1', '--publish', 'insert', on(18));
	pgbaton_ok('publication', 'create', 'both', '--schema', 'shop', '--table', 'app.orders', '--where', 'id > 1', on(18));
	pgbaton_ok('publication', 'create', 'c', '--table', 'app."Items"', '--columns', 'ID,"N"', on(18));
	like(contents(18, 'c'), qr/ app\."Items" \(id,N\)$/, 'columns are named as in SQL');

	pgbaton_ok('publication', 'create', 's', '--schema', 'shop', '--table', 'app.items', '--via-root', on(18));
	is(sql($node{18}, 'postgres', "SELECT string_agg(pnnspid::regnamespace::text, ',') FROM pg_publication_namespace JOIN pg_publication p ON p.oid = pnpubid AND pubname = 's'"), 'shop', 'a schema');
	like(contents(18, 's'), qr/^f\|t\|t\|t\|true\|true app\.items$/, 'and a table, via root');
	is(change_json('publication', 'create', 's', '--schema', 'shop', '--table', 'app.items', '--via-root', on(18))->{outcome}, 'unchanged', 'unchanged');
	pgbaton_fails(3, qr/publishes partitions as their roots/, 'publication', 'create', 's', '--schema', 'shop', '--table', 'app.items', on(18));
	pgbaton_fails(3, qr/has also all of schema "shop".*remove --on source s --schema shop/s, 'publication', 'create', 's', '--table', 'app.items', '--via-root', on(18));
	pgbaton_fails(3, qr/"shop\.part1" cannot be taken out.*schema "shop"/s, 'publication', 'remove', 's', 'shop.part1', '--yes', on(18));
	pgbaton_ok('publication', 'add', 's', 'shop.part', on(18));
	pgbaton_ok('publication', 'remove', 's', '--schema', 'shop', '--yes', on(18));
	pgbaton_fails(3, qr/"shop\.part1" cannot be taken out.*"shop\.part", of which it is a partition/s, 'publication', 'remove', 's', 'shop.part1', '--yes', on(18));
	is(sql($node{18}, 'postgres', "SELECT count(*) FROM pg_publication_namespace JOIN pg_publication p ON p.oid = pnpubid AND pubname = 's'"), '0', 'the schema is out');
	my ($f) = grep { $_->{name} eq 'f' } @{ block_json('publication-list', 'publication', 'list', on(18))->{publications} };
	is($f->{tables}[0]{where}, '(id > 11)', 'the list tells the filter');
	is($f->{n_filters}, 1, 'and counts it');
};

subtest 'many tables, a lock in the way, a role without superuser' => sub {
	sql($node{14}, 'postgres', 'CREATE SCHEMA many; DO $$ BEGIN FOR i IN 1..1200 LOOP EXECUTE format($f$CREATE TABLE many.t%s (id int PRIMARY KEY)$f$, i); END LOOP; END $$');
	my $document = change_json('publication', 'create', 'many', '--table', 'many.*', on(14));
	is(scalar @{ $document->{statements} }, 3, 'some hundred tables a statement');
	is(sql($node{14}, 'postgres', "SELECT count(*) FROM pg_publication_tables WHERE pubname = 'many'"), '1200', 'all are in it');

	my $session = $node{18}->background_psql('postgres');
	$session->query_safe('BEGIN; LOCK TABLE app.items IN ACCESS EXCLUSIVE MODE');
	my $refused = pgbaton('publication', 'create', 'w', '--table', 'app.items', '--lock-timeout', '20ms', on(18));
	is($refused->{rc}, 1, 'a lock is not waited for without end');
	like($refused->{err}, qr/Another session held a lock on it in each of 10 attempts/, 'it says so');
	$session->query_safe('ROLLBACK'); $session->quit;

	sql($node{$_}, 'postgres', 'GRANT CREATE ON DATABASE postgres TO app') for 10, 18;
	for my $v (10, 18)
	{
		my @as = on($v, user => 'app');
		pgbaton_ok('publication', 'create', 'mine', '--table', 'app.mine', @as);
		is(change_json('publication', 'create', 'mine', '--table', 'app.mine', @as)->{outcome}, 'unchanged', 'a plain owner with CREATE makes one');
		pgbaton_ok('publication', 'list', @as);
		pgbaton_fails(3, qr/must be superuser.*superuser for all/s, 'publication', 'create', 'every', '--all-tables', '--publish', 'insert', @as);
		sql($node{$v}, 'postgres', 'CREATE PUBLICATION foreign_one');
		pgbaton_fails(3, qr/must be owner of publication/, 'publication', 'drop', 'foreign_one', '--yes', @as);
		pgbaton_ok('publication', 'drop', 'mine', '--yes', @as);
	}
};

subtest 'hostile names' => sub {
	for my $v (10, 18)
	{
		for my $name (hostile_names())
		{
			my ($q, $lit) = (quoted($name), literal($name));
			sql($node{$v}, 'postgres', "CREATE SCHEMA $q; CREATE TABLE $q.$q ($q int PRIMARY KEY, b int)");
			my $table = "$q.$q";
			my @columns = $v >= 15 ? ('--columns', "$q,b", '--where', "$q > 1") : ();
			is(change_json('publication', 'create', $name, '--table', $table, @columns, on($v))->{outcome}, 'created', "created: $name");
			like(pgbaton_ok('publication', 'create', $name, '--table', $table, @columns, on($v))->{out}, qr/is there already, as wanted$/, 'unchanged');
			is(sql($node{$v}, 'postgres', "SELECT count(*) FROM pg_publication_tables WHERE pubname = $lit AND schemaname = $lit AND tablename = $lit"), '1', 'psql sees it');
			like(refused_json(3, 'publication', 'create', $name, '--table', 'app.items', on($v))->{message}, qr/\Q$name\E" is there already, and is another one/, 'another one is refused') if $name !~ /[^ -~]/;
			like(pgbaton_ok('publication', 'remove', $name, $table, '--yes', on($v))->{out}, qr/ changed$/m, 'removed');
			like(pgbaton_ok('publication', 'add', $name, $table, on($v))->{out}, qr/ changed$/m, 'added');
			like(pgbaton_ok('publication', 'add', $name, '--schema', $q, on($v))->{out}, qr/ changed$/m, 'its schema too') if $v >= 15;
		}
		my $list = block_json('publication-list', 'publication', 'list', on($v))->{publications};
		is(scalar(grep { $_->{n_tables} == 1 && $_->{tables}[0]{name} eq $_->{name} } @$list), scalar(my @all = hostile_names()), "$v: all are listed");
		pgbaton_ok('publication', 'drop', $_, '--yes', on($v)) for hostile_names();
	}
};

done_testing();
