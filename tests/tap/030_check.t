# Every check is provoked on real servers and silent on a clean pair, and none of them changes anything.
use strict;
use warnings;

use JSON::PP;
use PgbatonTest;
use Test::More;

# The results of "pgbaton check --json" by name: {name => [result, ...]}, and its exit code.
sub check
{
	my ($rc, @args) = @_;
	my $run = pgbaton('check', '--json', @args);
	is($run->{rc}, $rc, "check ends with $rc") or diag($run->{out}, $run->{err});
	my $document = eval { decode_json($run->{out}) } or diag("no JSON: $run->{out}\n$run->{err}");
	my %results;
	for my $database (@{ $document->{databases} })
	{
		push @{ $results{ $_->{name} } }, $_ for @{ $database->{checks} };
	}
	return \%results;
}

# One test: the check has a finding of that severity whose message, detail and hint match.
sub finds
{
	my ($results, $name, $severity, $message, $hint, $detail) = @_;
	my ($result) = grep { $_->{outcome} eq 'found' } @{ $results->{$name} || [] };
	my @wrong;
	if (!$result) { push @wrong, 'it found nothing' }
	else
	{
		push @wrong, "it $result->{severity}, not $severity" if $result->{severity} ne $severity;
		push @wrong, "message: $result->{message}" if $result->{message} !~ $message;
		push @wrong, 'hint: ' . ($result->{hint} // 'none') if $hint && ($result->{hint} // '') !~ $hint;
		push @wrong, 'detail: ' . ($result->{detail} // 'none') if ($result->{detail} // '') !~ ($detail || qr/\S/);
	}
	ok(!@wrong, "$name $severity") or diag("$_") for @wrong ? @wrong : 1;
	return;
}

sub passes
{
	my ($results, @names) = @_;
	is(join(',', map { $_->{outcome} } @{ $results->{$_} || [] }), 'passed', "$_ passes") for @names;
	return;
}

# Everything that a check could have left behind, as other programs see it.
sub contents
{
	my ($node, @databases) = @_;
	my @dumps = map {
		PostgreSQL::Test::Utils::run_command(
			[ 'pg_dump', '-h', $node->host, '-p', $node->port, $_ ])
	} @databases;
	# A newer pg_dump begins with a random key.
	my $text = join '', grep { !/^\\(?:un)?restrict / } map { "$_\n" } map { split /\n/ } grep { defined } @dumps;
	return $text
	  . sql($node, 'postgres', 'SELECT subname FROM pg_subscription')
	  . sql($node, 'postgres', 'SELECT slot_name FROM pg_replication_slots')
	  . sql($node, 'postgres', 'SELECT roname FROM pg_replication_origin')
	  . sql($node, 'postgres', 'SELECT datname, datconfig FROM pg_database d LEFT JOIN
		(SELECT setdatabase, array_agg(setconfig) AS datconfig FROM pg_db_role_setting GROUP BY 1) s ON setdatabase = oid ORDER BY 1');
}

my ($source, $target) = pair(
	source => '15',
	target => '17',
	source_opt => { conf => 'max_prepared_transactions = 5' });
sql($_, 'postgres', 'CREATE DATABASE clean') for $source, $target;
my @servers = ('--source', conninfo($source, 'clean'), '--target', conninfo($target, 'clean'));
sql($source, 'clean', <<'END');
CREATE TABLE plain (id int PRIMARY KEY, t text);
CREATE TABLE parent (id int, t text) PARTITION BY LIST (id);
CREATE TABLE leaf PARTITION OF parent (PRIMARY KEY (id)) FOR VALUES IN (1);
CREATE TABLE by_index (id int NOT NULL);
CREATE UNIQUE INDEX by_index_id ON by_index (id);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id;
CREATE DOMAIN nice AS text;
CREATE TYPE pair AS (a int, b text);
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE comparable (a int[], b nice, c pair, d pair[], e mood, f int4range, g jsonb, h varchar(3), i name, j bit(3),
	k mood[], l xid, m inet, n numeric, o tsvector, p oid, q "char", r int4multirange, s money, t macaddr, u uuid, v bytea);
ALTER TABLE comparable REPLICA IDENTITY FULL;
CREATE TABLE full_with_key (id int PRIMARY KEY, j json);
ALTER TABLE full_with_key REPLICA IDENTITY FULL;
CREATE TABLE of_json (id int PRIMARY KEY, j json);
CREATE VIEW a_view AS SELECT * FROM plain;
CREATE EXTENSION hstore;
INSERT INTO plain SELECT i, 'x' FROM generate_series(1, 100) i;
INSERT INTO comparable (a) VALUES ('{1}');
END

subtest 'a clean pair' => sub {
	my @before = (contents($source, 'clean'), contents($target, 'clean'));
	my $run = pgbaton_ok('check', @servers);
	my @lines = grep { !/^  ok / } split /\n/, $run->{out};
	is(scalar(@lines), 1, 'every line but the last says ok') or diag($run->{out});
	like($lines[0], qr/^nothing blocks the migration, \d+ checks passed$/, 'and the last sums up');
	is($run->{err}, '', 'and nothing is on stderr');
	my $results = check(0, @servers);
	is(join(',', grep { !/^(?:ok)?$/ } map { $_->{outcome} eq 'passed' ? 'ok' : $_->{name} } map { @$_ } values %$results),
		'', 'in JSON too');
	is_deeply([ contents($source, 'clean'), contents($target, 'clean') ], \@before, 'nothing was changed on either side');
	is(sql($target, 'postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgbaton%'"), '0',
		'no session stays');
};

subtest 'a side alone, a database that does not exist yet' => sub {
	my $results = check(0, 'source', '--source', conninfo($source, 'clean'));
	ok(!(grep { $_->{side} ne 'source' } map { @$_ } values %$results), 'source: nothing of the target');
	passes($results, 'source-wal-level', 'replica-identity');
	$results = check(0, 'target', '--target', conninfo($target, 'clean'));
	ok(!(grep { $_->{side} ne 'target' } map { @$_ } values %$results), 'target: nothing of the source');
	passes($results, 'target-wal-level', 'target-empty');
	$results = check(0, '--source', conninfo($source, 'clean'), '--target', conninfo($target, 'to_be_made'));
	finds($results, 'target-database', 'informs', qr/"to_be_made" does not exist/, undef, qr/will be created/);
	passes($results, 'target-empty', 'encoding', 'source-from-target', 'target-from-source');
};

subtest 'usage and unreachable servers' => sub {
	pgbaton_fails(2, qr/no side "sauce"/, 'check', 'sauce', @servers);
	pgbaton_fails(2, qr/"replica-identiti"(?s:.*)"replica-identity"/, 'check', @servers, '--skip-check', 'replica-identiti');
	pgbaton_fails(5, qr/could not connect to the source/, 'check', '--source', 'host=127.0.0.1 port=1', '--target', conninfo($target, 'clean'));
	pgbaton_fails(5, qr/could not connect to the target/, 'check', '--source', conninfo($source, 'clean'), '--target', 'host=127.0.0.1 port=1 dbname=x');
	pgbaton_fails(5, qr/database "nowhere" does not exist/, 'check', '--source', conninfo($source, 'nowhere'), '--target', conninfo($target, 'clean'));
};

subtest 'tables' => sub {
	sql($_, 'postgres', 'CREATE DATABASE bad') for $source, $target;
	sql($source, 'bad', <<'END');
CREATE TABLE no_key (a int);
CREATE TABLE deferrable_key (a int PRIMARY KEY DEFERRABLE);
CREATE TABLE nothing (a int PRIMARY KEY);
ALTER TABLE nothing REPLICA IDENTITY NOTHING;
CREATE TABLE only_unique (a int NOT NULL, b int);
CREATE UNIQUE INDEX "odd index" ON only_unique (a);
CREATE UNIQUE INDEX nullable ON only_unique (b);
CREATE TABLE index_gone (a int NOT NULL);
CREATE UNIQUE INDEX index_gone_a ON index_gone (a);
ALTER TABLE index_gone REPLICA IDENTITY USING INDEX index_gone_a;
DROP INDEX index_gone_a;
CREATE TABLE parent (a int) PARTITION BY LIST (a);
ALTER TABLE parent REPLICA IDENTITY FULL;
CREATE TABLE leaf PARTITION OF parent FOR VALUES IN (1);
CREATE SCHEMA "Odd";
CREATE TABLE "Odd"."q""x" (a int);
CREATE DOMAIN jdomain AS json;
CREATE TYPE with_json AS (a int, j json);
CREATE TABLE full_json (a json, b xml[], c point, d jdomain, e with_json[], f int);
ALTER TABLE full_json REPLICA IDENTITY FULL;
CREATE UNLOGGED TABLE unlogged AS SELECT generate_series(1, 100000) AS i;
SELECT lo_from_bytea(0, 'large');
CREATE FUNCTION fails(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1 / $1; END';
CREATE TABLE indexed (a int PRIMARY KEY);
INSERT INTO indexed VALUES (0);
CREATE EXTENSION adminpack;
CREATE EXTENSION hstore;
UPDATE pg_extension SET extversion = '9.9' WHERE extname = 'hstore';
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE foreign_table (a int) SERVER nowhere;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE fast LOCATION '';
CREATE TABLE in_tablespace (a int PRIMARY KEY) TABLESPACE fast;
CREATE ROLE "no such Role there";
CREATE PUBLICATION pgbaton_old_16384_1 FOR TABLE indexed;
CREATE PUBLICATION "every 'thing'" FOR ALL TABLES;
SELECT pg_create_logical_replication_slot('pgbaton_old_16384_1', 'pgoutput');
END
	$source->psql('bad', 'CREATE INDEX CONCURRENTLY invalid_index ON indexed (fails(a))');
	# After the slot, whose creation would wait for it.
	sql($source, 'bad', "BEGIN; INSERT INTO indexed VALUES (7); PREPARE TRANSACTION 'it''s prepared'");
	sql($target, 'bad', 'CREATE TABLE already (here int); CREATE VIEW seen AS SELECT * FROM already');
	my @before = (contents($source, 'bad'), contents($target, 'bad'));

	my @bad = ('--source', conninfo($source, 'bad'), '--target', conninfo($target, 'bad'));
	my $results = check(3, @bad);
	finds($results, 'replica-identity', 'blocks', qr/^7 tables .*"Odd\.q"x", "public\.deferrable_key", .* and 2 more$/,
		qr/ALTER TABLE "Odd"\."q""x" REPLICA IDENTITY FULL; ALTER TABLE public\.deferrable_key REPLICA IDENTITY FULL; .*and so on/);
	my ($identity) = @{ $results->{'replica-identity'} };
	unlike($identity->{message}, qr/parent"|indexed|full_json|unlogged/, 'only those');
	finds($results, 'full-equality', 'blocks', qr/^5 columns .*full_json\.a \(json\).*b \(xml\[\]\).*c \(point\).*d \(public\.jdomain\).*e \(public\.with_json\[\]\)"$/, qr/primary key/);
	finds($results, 'unlogged-tables', 'informs', qr/^1 unlogged table "public\.unlogged": \d+ (?:kB|MB)/);
	finds($results, 'large-objects', 'informs', qr/^1 large object: \d+/);
	finds($results, 'invalid-indexes', 'informs', qr/"public\.invalid_index"/, qr/REINDEX INDEX public\.invalid_index/);
	finds($results, 'foreign-tables', 'informs', qr/"public\.foreign_table"/);
	finds($results, 'extensions', 'blocks', qr/^1 extension is not available on the target: "adminpack"$/, qr/Install/);
	finds($results, 'extension-versions', 'warns', qr/"hstore 9\.9"/, qr/UPDATE/, qr/hstore: 1\./);
	finds($results, 'roles', 'informs', qr/"no such Role there"/);
	finds($results, 'tablespaces', 'warns', qr/"fast"/, qr/CREATE TABLESPACE/);
	finds($results, 'source-leftovers', 'warns', qr/^2 objects .*"publication pgbaton_old_16384_1", "slot pgbaton_old_16384_1"/, qr/pgbaton cleanup/);
	finds($results, 'prepared-transactions', 'blocks', qr/^1 prepared transaction is .*"it's prepared"/, qr/in database "bad": .*ROLLBACK PREPARED 'it''s prepared'/);
	finds($results, 'all-tables-publication', 'blocks', qr/^1 publication of all tables .*"every 'thing'"/, qr/CREATE TABLE pgbaton\.marker_main_1/, qr/"pgbaton_old_16384_1"/);
	finds($results, 'target-empty', 'blocks', qr/"public\.already", "public\.seen"/, qr/DROP DATABASE "bad"/);

	my $run = pgbaton_fails(3, qr/block the migration(?s:.*)replica-identity/, 'check', @bad);
	like($run->{out}, qr/^  FAILED   replica-identity\s+7 tables.*\n\s+detail: \S.*\n\s+hint: \S/m, 'a finding has three lines');
	like($run->{out}, qr/^  warning  tablespaces /m, 'a warning is called so');
	like($run->{out}, qr/^\d+ checks block the migration, \d+ warnings, \d+ checks passed$/m, 'the last line sums up');
	$run = pgbaton('check', '-q', @bad);
	unlike($run->{out}, qr/^  (?:ok|info) /m, 'with -q only what matters is shown');

	my $blocking = join ',', sort map { $_->{name} } grep { $_->{outcome} eq 'found' && $_->{severity} eq 'blocks' } map { @$_ } values %$results;
	is($blocking, 'all-tables-publication,extensions,full-equality,prepared-transactions,replica-identity,target-empty', 'these block, no others');
	$results = check(0, @bad, '--skip-check', $blocking);
	is($results->{'replica-identity'}[0]{outcome}, 'skipped', 'skipped by name');
	$results = check(3, @bad, '--recopy-limit', '8kB');
	finds($results, 'unlogged-tables', 'blocks', qr/unlogged/, qr/--recopy-limit \d+MB/, qr/8 ?kB|8192 bytes/);

	$results = check(3, @bad, '--exclude', 'Odd,public.full*,public.[x]*,public.un*', '--include', 'public.*');
	finds($results, 'replica-identity', 'blocks', qr/^6 tables/);
	passes($results, 'full-equality', 'unlogged-tables');
	finds($results, 'patterns', 'warns', qr/^1 pattern .*"public\.\[x\]\*"/, qr/--exclude/);
	$results = check(3, @bad, '--include', 'other.*');
	passes($results, 'target-empty', 'replica-identity');
	is_deeply([ contents($source, 'bad'), contents($target, 'bad') ], \@before, 'nothing was changed on either side');

	sql($source, 'bad', q{ROLLBACK PREPARED 'it''s prepared'; SELECT pg_drop_replication_slot('pgbaton_old_16384_1')});
};

# Old enough by the time it is looked for.
my $long_transaction = $source->background_psql('clean');
$long_transaction->query_safe('BEGIN; INSERT INTO plain VALUES (1000);');

subtest 'the hints mend' => sub {
	my $results = check(3, '--source', conninfo($source, 'bad'), '--target', conninfo($target, 'clean'), '--include', 'public');
	my ($hint) = map { $_->{hint} } @{ $results->{'replica-identity'} };
	my @commands = $hint =~ /(ALTER TABLE \S+ REPLICA IDENTITY [^;]+)/g;
	is(scalar(@commands), 5, 'five commands');
	sql($source, 'bad', $_) for @commands;
	$results = check(3, '--source', conninfo($source, 'bad'), '--target', conninfo($target, 'clean'), '--include', 'public');
	($hint) = map { $_->{hint} } @{ $results->{'replica-identity'} };
	like($hint, qr/ALTER TABLE public\.only_unique REPLICA IDENTITY USING INDEX "odd index"/, 'a fit index is proposed');
	sql($source, 'bad', $1) if $hint =~ /(ALTER TABLE .*)/;
	$results = check(3, '--source', conninfo($source, 'bad'), '--target', conninfo($target, 'clean'), '--include', 'public');
	passes($results, 'replica-identity');
};

subtest 'the target database' => sub {
	sql($target, 'postgres', "CREATE DATABASE other_encoding ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
	my $results = check(3, '--source', conninfo($source, 'clean'), '--target', conninfo($target, 'other_encoding'));
	finds($results, 'encoding', 'blocks', qr/encoding LATIN1, the source UTF8/, qr/DROP DATABASE "other_encoding"/);
	finds($results, 'locale', 'warns', qr/locale libc, c, c.*libc, c\.utf8, c\.utf8/, qr/DROP DATABASE/);
	sql($target, 'clean', 'CREATE PUBLICATION pgbaton_x_1_1');
	$results = check(0, @servers);
	finds($results, 'target-leftovers', 'warns', qr/"publication pgbaton_x_1_1"/, qr/cleanup/);
	sql($target, 'clean', 'DROP PUBLICATION pgbaton_x_1_1');
};

subtest 'a migration under way' => sub {
	sql($_, 'postgres', 'CREATE DATABASE moving') for $source, $target;
	sql($source, 'moving', 'CREATE TABLE moved (id int PRIMARY KEY); INSERT INTO moved VALUES (1)');
	my @moving = ('--source', conninfo($source, 'moving'), '--target', conninfo($target, 'moving'));
	# Slots wait for the open transaction.
	$long_transaction->query_safe('COMMIT');
	pgbaton_ok('migrate', @moving);
	$long_transaction->query_safe('BEGIN; INSERT INTO plain VALUES (1001);');
	my $results = check(0, @moving);
	passes($results, qw(target-empty source-leftovers target-leftovers source-slots target-origins source-from-target));
	$results = check(3, @moving, '--migration', 'another');
	finds($results, 'target-empty', 'blocks', qr/"public\.moved"/);
	finds($results, 'source-leftovers', 'warns', qr/"publication pgbaton_main_\d+_1", "slot pgbaton_main_\d+_1"/, qr/cleanup/);
	finds($results, 'target-leftovers', 'warns', qr/"subscription pgbaton_main_\d+_1"/, qr/cleanup/);
	pgbaton_ok('cleanup', '--yes', @moving);
};

subtest 'the same server' => sub {
	my $results = check(3, '--source', conninfo($source, 'clean'), '--target', conninfo($source, 'clean', tcp => 1));
	finds($results, 'same-database', 'blocks', qr/same database "clean"/, qr/another/);
	sql($source, 'postgres', 'CREATE DATABASE other');
	$results = check(0, '--source', conninfo($source, 'clean'), '--target', conninfo($source, 'other', tcp => 1));
	finds($results, 'same-database', 'informs', qr/same server/);
};

subtest 'the ways between the servers' => sub {
	my $file = work_dir() . '/ways.conf';
	my $lines = "[source]\nconninfo = @{[conninfo($source, 'clean')]}\n%s\n[target]\nconninfo = @{[conninfo($target, 'clean')]}\n%s\n";
	write_file($file, sprintf($lines, 'conninfo_from_target = host=127.0.0.1 port=1 user=x password=do-not-show', ''), 0600);
	my $results = check(3, '-c', $file);
	finds($results, 'source-from-target', 'blocks', qr/target cannot connect to the source/, qr/source\.conninfo_from_target/, qr/port='1'.*[Cc]onnection refused/);
	unlike($results->{'source-from-target'}[0]{$_}, qr/do-not-show/, "no secret in the $_") for qw(message detail hint);
	unlike(slurp($target->logfile), qr/do-not-show/, 'nor in the server log');
	my $run = pgbaton('check', '-v', '-c', $file);
	like($run->{err}, qr/CREATE SUBSCRIPTION pgbaton_trial/, 'the trial is echoed with -v');
	unlike($run->{out} . $run->{err}, qr/do-not-show/, 'without its secret');
	passes($results, 'target-from-source');
	write_file($file, sprintf($lines, '', 'conninfo_from_source = host=127.0.0.1 port=1'), 0600);
	$results = check(3, '-c', $file);
	finds($results, 'target-from-source', 'blocks', qr/source cannot connect to the target/, qr/target\.conninfo_from_source/, qr/[Cc]onnection refused/);
	passes($results, 'source-from-target');
	$results = check(0, '-c', $file, '--no-reverse');
	ok(!$results->{'target-from-source'}, '--no-reverse: not asked');
	# A TCP port that takes connections and never answers.
	socket(my $mute, Socket::PF_INET(), Socket::SOCK_STREAM(), 0) or die $!;
	bind($mute, Socket::pack_sockaddr_in(0, Socket::INADDR_LOOPBACK())) && listen($mute, 5) or die $!;
	my ($port) = Socket::unpack_sockaddr_in(getsockname $mute);
	write_file($file, sprintf($lines, "conninfo_from_target = host=127.0.0.1 port=$port", ''), 0600);
	$results = check(3, '-c', $file);
	finds($results, 'source-from-target', 'blocks', qr/cannot connect/, qr/pg_hba/, qr/no answer .* within 15 s/);
};

subtest 'a role with few rights' => sub {
	sql($_, 'postgres', "CREATE ROLE app LOGIN; CREATE DATABASE rights; REVOKE CREATE ON DATABASE rights FROM public") for $source, $target;
	sql($_, 'rights', 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM public') for $source, $target;
	sql($source, 'rights', <<'END');
CREATE TABLE secret (id int PRIMARY KEY);
CREATE SEQUENCE secret_sequence;
CREATE TABLE policed (id int PRIMARY KEY);
ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON policed TO app;
CREATE ROLE owner;
ALTER TABLE policed OWNER TO owner;
SELECT lo_from_bytea(0, 'large');
END
	my @app = ('--source', conninfo($source, 'rights', user => 'app'), '--target', conninfo($target, 'rights', user => 'app'));
	my $results = check(3, @app);
	finds($results, 'source-replication-right', 'blocks', qr/"app"/, qr/ALTER ROLE app REPLICATION/);
	finds($results, 'source-replication-connection', 'blocks', qr/replication connection/, qr/pooler/);
	finds($results, 'source-read-rights', 'blocks', qr/2 relations .*"public\.secret", "public\.secret_sequence"/, qr/GRANT SELECT ON public\.secret TO app/);
	finds($results, 'source-row-security', 'blocks', qr/"public\.policed"/, qr/ALTER ROLE "app" BYPASSRLS/);
	finds($results, 'source-table-ownership', 'blocks', qr/"public\.policed", "public\.secret"/, qr/GRANT owner TO app; connect as postgres/);
	finds($results, 'source-create-right', 'blocks', qr/"rights"/, qr/GRANT CREATE ON DATABASE rights TO app/);
	finds($results, 'source-subscription-right', 'blocks', qr/way back/, qr/ALTER ROLE app SUPERUSER; .*--no-reverse/);
	finds($results, 'target-create-right', 'blocks', qr/schemas and extensions/, qr/GRANT CREATE ON DATABASE rights TO app/);
	finds($results, 'target-subscription-right', 'blocks', qr/subscriptions/, qr/GRANT pg_create_subscription TO app/);
	finds($results, 'target-role-right', 'blocks', qr/"owner"/, qr/ALTER ROLE app CREATEROLE/);
	finds($results, 'system-identifiers', 'warns', qr/not readable/, qr/GRANT EXECUTE ON FUNCTION pg_catalog\.pg_control_system/);
	finds($results, 'large-objects', 'warns', qr/1 large object/, qr/superuser/);
	is($results->{$_}[0]{outcome}, 'not run', "$_ is not run") for qw(source-from-target target-from-source);
	$results = check(3, @app[0, 1], '--target', conninfo($target, 'to_be_made', user => 'app'));
	finds($results, 'target-create-right', 'blocks', qr/the database/, qr/ALTER ROLE app CREATEDB/);
	# Subscriptions of those who are no superusers take a password that the server asks for.
	sql($target, 'rights', 'GRANT pg_create_subscription TO app; GRANT CREATE ON DATABASE rights TO app');
	sql($source, 'rights', 'ALTER ROLE app REPLICATION');
	$results = check(3, @app);
	finds($results, 'source-from-target', 'blocks', qr/cannot connect/, qr/password/, qr/password/);
	passes($results, 'source-replication-right', 'source-replication-connection', 'target-subscription-right', 'target-create-right');
};

subtest 'long transactions' => sub {
	wait_sql($source, 'clean', "SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND xact_start < now() - interval '31 s'");
	my $results = check(0, @servers);
	finds($results, 'long-transactions', 'warns', qr/^1 transaction has been .*pid \d+, user postgres, idle in transaction for 00:0\d:\d\d/, qr/SELECT pg_terminate_backend\(\d+\)/);
	$long_transaction->query_safe('ROLLBACK');
	$long_transaction->quit;
};

subtest 'clocks' => sub {
	sql($_, 'postgres', 'CREATE DATABASE skewed') for $source, $target;
	sql($target, 'skewed', <<'END');
ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO true_clock_timestamp;
CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT pg_catalog.true_clock_timestamp() - interval '2 min' $$;
END
	my $results = check(0, '--source', conninfo($source, 'skewed'), '--target', conninfo($target, 'skewed'));
	finds($results, 'clock', 'warns', qr/differ by 1[12]\d s/, qr/NTP/);
};

subtest 'a physical copy' => sub {
	# Its in-place tablespace would not be in the backup.
	sql($source, 'postgres', 'DROP DATABASE bad');
	sql($source, 'postgres', 'DROP TABLESPACE fast');
	$source->backup('copy');
	my $copy = PostgreSQL::Test::Cluster->new('copy', install_path => $source->{_install_path});
	$copy->init_from_backup($source, 'copy', has_streaming => 1);
	$copy->start;
	my $results = check(3, '--source', conninfo($copy, 'clean'), '--target', conninfo($target, 'clean'));
	finds($results, 'source-primary', 'blocks', qr/standby/, qr/primary/);
	is($results->{'target-from-source'}[0]{outcome}, 'not run', 'a standby is not tried as a subscriber');
	$results = check(3, '--source', conninfo($source, 'clean'), '--target', conninfo($copy, 'clean'));
	finds($results, 'target-primary', 'blocks', qr/standby/, qr/pg_promote/);
	finds($results, 'system-identifiers', 'informs', qr/system identifier \d+/, undef, qr/physical copy/);
	passes($results, 'same-database');
	$copy->stop;
};
$source->stop;
$target->stop;

subtest 'settings' => sub {
	my $small_source = server('small_source', '15', conf => <<'END');
wal_level = replica
max_replication_slots = 1
max_wal_senders = 1
max_connections = 12
max_logical_replication_workers = 0
max_worker_processes = 1
max_slot_wal_keep_size = 1GB
END
	my $small_target = server('small_target', '17', conf => <<'END');
wal_level = replica
max_replication_slots = 0
max_wal_senders = 0
max_connections = 12
max_logical_replication_workers = 1
max_worker_processes = 2
END
	my @small = ('--source', conninfo($small_source, 'postgres'), '--target', conninfo($small_target, 'postgres'));
	my $results = check(3, @small, '--apply-streams', '2', '--jobs', '40');
	my $restart = qr/restart the server/;
	finds($results, 'source-wal-level', 'blocks', qr/"replica"/, qr/SET wal_level = logical, then restart/);
	finds($results, 'target-wal-level', 'blocks', qr/"replica"/, qr/SET wal_level = logical, then restart.*--no-reverse/);
	finds($results, 'source-slots', 'blocks', qr/1 free .* 3 are needed/, qr/max_replication_slots = 3, then $restart/, qr/0 of 1/);
	finds($results, 'source-senders', 'blocks', qr/1 free .* 3 are needed/, qr/max_wal_senders = 3, then $restart/);
	finds($results, 'source-connections', 'blocks', qr/12 free connections, but 44 are needed/, qr/--jobs/);
	finds($results, 'target-connections', 'blocks', qr/12 free connections, but 44 are needed/, qr/--jobs/);
	finds($results, 'target-workers', 'blocks', qr/1 free .* 2 are needed/, qr/max_logical_replication_workers = 2, then $restart/);
	finds($results, 'target-worker-processes', 'blocks', qr/1 free .* 2 are needed/, qr/max_worker_processes = 3 or more, then $restart/);
	finds($results, 'target-origins', 'blocks', qr/0 free .* 3 are needed/, qr/max_replication_slots = 3, then $restart/);
	finds($results, 'target-slots', 'blocks', qr/0 free .* 2 are needed/, qr/max_replication_slots = 2, then $restart/);
	finds($results, 'target-senders', 'blocks', qr/0 free .* 1 are needed/, qr/max_wal_senders = 1, then $restart/);
	finds($results, 'source-workers', 'blocks', qr/0 free .* 1 are needed/, qr/max_logical_replication_workers = 1, then $restart/);
	finds($results, 'source-worker-processes', 'blocks', qr/0 free .* 1 are needed/, qr/max_worker_processes = 2 or more, then $restart/);
	finds($results, 'slot-retention', 'warns', qr/is 1GB/, qr/max_slot_wal_keep_size = -1, then SELECT pg_reload_conf/);
	passes($results, 'source-origins');
	$results = check(3, @small, '--no-reverse');
	ok(!$results->{$_}, "--no-reverse: no $_") for qw(target-wal-level target-slots target-senders source-workers);

	sql($small_source, 'postgres', 'CREATE DATABASE second');
	$results = check(3, @small, '--databases', 'postgres,second');
	finds($results, 'source-slots', 'blocks', qr/1 free .* 3 are needed/, qr/= 3/);
	is(scalar(@{ $results->{'source-slots'} }), 1, 'servers are looked at once for two databases');
	is(scalar(@{ $results->{'replica-identity'} }), 2, 'tables for each');

	sql($small_source, 'postgres', q{ALTER SYSTEM SET max_replication_slots = 0});
	$small_source->restart;
	$results = check(3, @small);
	finds($results, 'source-origins', 'blocks', qr/0 free .* 1 are needed/, qr/max_replication_slots = 1, then $restart/);
};

subtest 'other versions' => sub {
	my $new = server('new', '18', conf => "idle_replication_slot_timeout = '1h'\nmax_active_replication_origins = 0");
	my $old = server('old', '10');
	sql($old, 'postgres', 'CREATE TABLE with_oid (a int PRIMARY KEY) WITH OIDS');
	my $results = check(3, '--source', conninfo($new, 'postgres'), '--target', conninfo($old, 'postgres'));
	finds($results, 'target-version', 'blocks', qr/PostgreSQL 10\..*older than the source's 18/, qr/--skip-check target-version/);
	finds($results, 'slot-timeout', 'warns', qr/is 1h/, qr/idle_replication_slot_timeout = 0, then SELECT pg_reload_conf/);
	$results = check(3, '--source', conninfo($old, 'postgres'), '--target', conninfo($new, 'postgres'));
	finds($results, 'target-origins', 'blocks', qr/0 free .* 2 are needed/, qr/max_active_replication_origins = 2/);
	finds($results, 'oid-columns', 'warns', qr/"public\.with_oid"/, qr/ALTER TABLE public\.with_oid SET WITHOUT OIDS/);
	finds($results, 'minor-version', 'informs', qr/PostgreSQL 10\./, qr/no DDL/);
	passes($results, 'source-from-target', 'target-from-source', 'same-database');
	ok(!(grep { $_->{outcome} eq 'not run' } map { @$_ } values %$results), 'every query runs on the oldest and the newest')
	  or diag(explain([ grep { $_->{outcome} eq 'not run' } map { @$_ } values %$results ]));
};

subtest 'a setting of the target that makes the copy slow' => sub {
	$source->start;
	$target->start;
	sql($source, 'postgres', 'CREATE DATABASE heavy');
	sql($source, 'heavy', 'CREATE TABLE t (id int PRIMARY KEY, v text); ALTER TABLE t ALTER v SET STORAGE EXTERNAL');
	my @heavy = ('--source', conninfo($source, 'heavy'), '--target', conninfo($target, 'heavy'));
	my $results = check(0, @heavy);
	passes($results, 'target-toast-compression');
	sql($source, 'heavy', "INSERT INTO t SELECT i, repeat('x', 1048576) FROM generate_series(1, 110) AS i");
	$results = check(0, @heavy);
	finds($results, 'target-toast-compression', 'informs', qr/pglz.*11\d MB/, qr/default_toast_compression = 'lz4'/);
	sql($target, 'postgres', 'ALTER SYSTEM SET default_toast_compression = lz4');
	$target->reload;
	wait_sql($target, 'postgres', 'SHOW default_toast_compression', 'lz4');
	passes(check(0, @heavy), 'target-toast-compression');
	sql($target, 'postgres', 'ALTER SYSTEM RESET default_toast_compression');
	$target->reload;
};

subtest 'no client tools' => sub {
	my $results = check(3, @servers, '--pg-bindir', work_dir());
	finds($results, 'client-tools', 'blocks', qr/pg_dump/, qr/\S/);
};

done_testing();
