# The load generator and its check: what is acknowledged is found, through crashes and a switchover by hand, and
# whatever is changed behind its back is told.
use strict;
use warnings;

use JSON::PP;
use PgbatonTest;
use Test::More;

my $node = server('one', '15');
sql($node, 'postgres', "CREATE DATABASE $_") for qw(shop other);
my $db = conninfo($node, 'shop');
my $dir = work_dir();
my $ledger = "$dir/ledger";

sub json
{
	my ($result) = @_;
	return eval { decode_json($result->{out}) } // {};
}

# Starts the writers and waits until they have committed something.
sub start_traffic
{
	my ($conninfo, $file, @more) = @_;
	my $size = -s $file // 0;
	my $process = start_pgbaton('traffic', 'run', '--db', $conninfo, '--ledger', $file, '--json', @more);
	wait_until('traffic runs', sub { (-s $file // 0) > $size + 20_000 || !$process->running });
	return $process;
}

sub more_traffic
{
	my ($file) = @_;
	my $size = -s $file;
	wait_until('traffic goes on', sub { -s $file > $size + 20_000 });
	return;
}

sub stop_traffic
{
	my ($process, $what) = @_;
	$process->kill('TERM');
	my $result = $process->wait;
	is($result->{rc}, 0, "$what: SIGTERM is the normal end");
	return json($result);
}

sub check_fine
{
	my ($what, $conninfo, @ledgers) = @_;
	my $result = pgbaton('traffic', 'check', '--db', $conninfo, '--json', map { ('--ledger', $_) } @ledgers);
	is($result->{rc}, 0, "$what: the check is fine") or diag($result->{out}, $result->{err});
	my $json = json($result);
	cmp_ok($json->{checked} // 0, '>', 0, "$what: and there was something to check");
	return $json;
}

# Refusals.
pgbaton_fails(2, qr/--db/, 'traffic', 'init');
pgbaton_fails(2, qr/--ledger/, 'traffic', 'run', '--db', $db);
pgbaton_fails(2, qr/--ledger/, 'traffic', 'check', '--db', $db);
pgbaton_fails(5, qr/could not connect/, 'traffic', 'run', '--db', 'host=/nowhere dbname=shop', '--ledger', $ledger);
pgbaton_fails(3, qr/no schema "pgbaton_traffic"/, 'traffic', 'run', '--db', $db, '--ledger', $ledger);
ok(!-e $ledger, 'a refused run leaves no ledger');
sql($node, 'other', 'CREATE SCHEMA pgbaton_traffic; CREATE TABLE pgbaton_traffic.txn (id int)');
my $other = conninfo($node, 'other');
pgbaton_fails(3, qr/was not made by/, 'traffic', 'init', '--db', $other);
pgbaton_fails(3, qr/was not made by/, 'traffic', 'init', '--db', $other, '--drop', '--yes');
pgbaton_fails(3, qr/was not made by/, 'traffic', 'run', '--db', $other, '--ledger', $ledger);
is(sql($node, 'other', 'SELECT count(*) FROM pgbaton_traffic.txn'), '0', 'a schema of others is left alone');

# Making and removing.
like(pgbaton_ok('traffic', 'init', '--db', $db)->{out}, qr/made/, 'init makes it');
like(pgbaton_ok('traffic', 'init', '--db', $db)->{out}, qr/already/, 'once');
is( sql($node, 'shop',
		"SELECT string_agg(relname || ':' || relreplident::text, ' ' ORDER BY relname) FROM pg_class
		  WHERE relkind = 'r' AND relnamespace = to_regnamespace('pgbaton_traffic')"),
	'account:d counter:d document:d item:i note:f txn:d',
	'every kind of replica identity is there');
pgbaton_fails(3, qr/--yes/, 'traffic', 'init', '--db', $db, '--drop');
pgbaton_ok('traffic', 'init', '--db', $db, '--drop', '--yes');
is(sql($node, 'shop', "SELECT to_regnamespace('pgbaton_traffic')"), '', 'drop removes it');
pgbaton_ok('traffic', 'init', '--db', $db);
pgbaton_fails(1, qr/could not open the ledger/, 'traffic', 'run', '--db', $db, '--ledger', "$dir/no/ledger");
write_file("$dir/bad", "A nonsense .\n");
pgbaton_fails(1, qr/malformed/, 'traffic', 'check', '--db', $db, '--ledger', "$dir/bad");

# A plain run.
my $run = json(pgbaton_ok('traffic', 'run', '--db', $db, '--ledger', $ledger, '--duration', '3s', '--json'));
is($run->{committed}, sql($node, 'shop', 'SELECT count(*) FROM pgbaton_traffic.txn'), 'it counts what is there');
cmp_ok($run->{rolled_back}, '>', 0, 'some transactions were rolled back');
is($run->{errors}, 0, 'no errors') or diag(explain($run->{error_texts}));
is($run->{ambiguous}, 0, 'nothing ambiguous');
cmp_ok($run->{duration_ms}, '>=', 3000, 'it took its time');
like($run->{longest_gap_at}, qr/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$/, 'the longest gap has a time');
is(sql($node, 'shop', 'SELECT sum(balance) FROM pgbaton_traffic.account'), 16_000_000, 'the total stays');
is(sql($node, 'shop', 'SELECT bool_and(length(body) BETWEEN 20000 AND 200000) FROM pgbaton_traffic.document'),
	't', 'values are TOASTed');
is(check_fine('a plain run', $db, $ledger)->{checked}, $run->{committed}, 'all of it is checked');
pgbaton_fails(4, qr/foreign/, 'traffic', 'check', '--db', $db, '--ledger', '/dev/null');

# A bounded rate, and a log of every commit.
pgbaton_fails(1, qr/could not open the commit log/, 'traffic', 'run', '--db', $db, '--ledger', "$ledger.2", '--commit-log', "$dir/no/log");
my $before = time;
$run = json(pgbaton_ok('traffic', 'run', '--db', $db, '--ledger', "$ledger.2", '--duration', '2s', '--rate', '50', '--json',
		'--commit-log', "$dir/commits"));
my @commits = split /\n/, slurp("$dir/commits");
is(@commits, $run->{committed}, 'the commit log has a line for every commit');
my ($host, $port) = ($node->host, $node->port);
is(grep({ !/^\d{16} [0-3] $port \Q$host\E$/ } @commits), 0, 'with time, writer, port and host') or diag($commits[0]);
is(grep({ $_ < $before * 1e6 || $_ > (time + 1) * 1e6 } map { (split)[0] } @commits), 0, 'the times are those of the run');
cmp_ok($run->{committed} + $run->{rolled_back}, '<=', 110, 'the rate is a bound');
cmp_ok($run->{committed}, '>', 40, 'and is about reached');
check_fine('two ledgers', $db, $ledger, "$ledger.2");

# The server crashes, is stopped, is killed.
my $traffic = start_traffic($db, $ledger);
$node->stop('immediate');
$node->start;
more_traffic($ledger);
$node->restart;
more_traffic($ledger);
my @pids = split /\n/, sql($node, 'postgres', 'SELECT pid FROM pg_stat_activity');
$node->kill9;
# Orphaned backends keep the shared memory, and the next postmaster refuses to start beside them.
wait_until('all processes of the killed server are gone', sub { !kill 0, @pids });
$node->start;
more_traffic($ledger);
$run = stop_traffic($traffic, 'crashes');
cmp_ok($run->{reconnects}, '>=', 12, 'each writer came back each time');
cmp_ok($run->{interrupted} + $run->{ambiguous}, '>', 0, 'transactions were cut off');
is($run->{errors}, 0, 'an absent server is no error') or diag(explain($run->{error_texts}));
cmp_ok($run->{longest_gap_ms}, '>=', 50, 'the gap shows');
my $checked = check_fine('crashes', $db, $ledger, "$ledger.2");
is($checked->{ambiguous_present} + $checked->{ambiguous_absent}, $run->{ambiguous}, 'ambiguous ones are counted apart');

# The generator is killed, and another one goes on in the same ledger.
$traffic = start_traffic($db, $ledger);
$traffic->kill('KILL');
$traffic->wait;
check_fine('a killed generator', $db, $ledger, "$ledger.2");
open my $fh, '>>', $ledger or die "$ledger: $!\n";
print $fh 'I 0123';
close $fh or die "$ledger: $!\n";
check_fine('a torn line', $db, $ledger, "$ledger.2");
pgbaton_ok('traffic', 'run', '--db', $db, '--ledger', $ledger, '--duration', '1s');
check_fine('more after a torn line', $db, $ledger, "$ledger.2");

# A fence of locks: the writers wait; SIGTERM ends them without the lock being released.
$traffic = start_traffic($db, $ledger);
my $lock = $node->background_psql('shop');
$lock->query_safe('BEGIN; LOCK TABLE pgbaton_traffic.txn IN EXCLUSIVE MODE');
wait_sql($node, 'shop',
	"SELECT count(*) = 4 FROM pg_stat_activity WHERE application_name LIKE 'pgbaton-traffic%' AND wait_event_type = 'Lock'");
stop_traffic($traffic, 'behind a lock');
$lock->query_safe('ROLLBACK');
$lock->quit;

# A role that becomes read-only stops them, without an error.
sql($node, 'postgres', 'CREATE ROLE app LOGIN');
sql($node, 'shop', 'GRANT USAGE ON SCHEMA pgbaton_traffic TO app; GRANT ALL ON ALL TABLES IN SCHEMA pgbaton_traffic TO app;
	GRANT ALL ON ALL SEQUENCES IN SCHEMA pgbaton_traffic TO app');
$traffic = start_traffic(conninfo($node, 'shop', user => 'app'), $ledger);
sql($node, 'postgres', 'ALTER ROLE app SET default_transaction_read_only = on');
my $fenced = sql($node, 'postgres', 'SELECT clock_timestamp()');
my $old = "FROM pg_stat_activity WHERE usename = 'app' AND backend_start < '$fenced'";
sql($node, 'postgres', "SELECT pg_terminate_backend(pid) $old");
wait_sql($node, 'postgres', "SELECT count(*) = 0 $old");
my $n = sql($node, 'shop', 'SELECT count(*) FROM pgbaton_traffic.txn');
wait_sql($node, 'postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'app'") for 1 .. 5;
is(sql($node, 'shop', 'SELECT count(*) FROM pgbaton_traffic.txn'), $n, 'the fence holds');
sql($node, 'postgres', 'ALTER ROLE app RESET default_transaction_read_only');
more_traffic($ledger);
$run = stop_traffic($traffic, 'a read-only role');
is($run->{errors}, 0, 'a read-only role is no error') or diag(explain($run->{error_texts}));
check_fine('fences', $db, $ledger, "$ledger.2");

# Changes behind its back, each in a copy of the database. The tampering is told by the field named.
my $mine = "run = (SELECT max(run) FROM pgbaton_traffic.txn) AND writer = 1";
my $some = "SELECT n FROM pgbaton_traffic.item WHERE $mine AND slot = 0 AND changed = n ORDER BY n DESC LIMIT 1";
my @tampering = (
	[ missing => 'an acknowledged transaction gone',
		"DELETE FROM pgbaton_traffic.txn WHERE $mine AND n = (SELECT min(n) FROM pgbaton_traffic.txn WHERE $mine)" ],
	[ half => 'one inserted row gone', "DELETE FROM pgbaton_traffic.item WHERE $mine AND n = ($some) AND slot = 0" ],
	[ half => 'a deleted row back',
		"INSERT INTO pgbaton_traffic.item (id, run, writer, n, slot, changed, quantity, label)
		 SELECT 999999999, run, writer, n, 2, n, 1, 'back' FROM pgbaton_traffic.txn WHERE $mine ORDER BY n LIMIT 1" ],
	[ half => 'an update lost', "UPDATE pgbaton_traffic.item SET changed = n WHERE id =
		 (SELECT max(id) FROM pgbaton_traffic.item WHERE changed <> n)" ],
	[ half => 'one byte of a TOASTed text changed',
		"UPDATE pgbaton_traffic.document SET body = overlay(body placing '#' FROM 15000) WHERE id = (SELECT max(id) FROM pgbaton_traffic.document)" ],
	[ half => 'one byte of a TOASTed bytea changed',
		"UPDATE pgbaton_traffic.document SET data = data || '\\x00'::bytea WHERE id = (SELECT max(id) FROM pgbaton_traffic.document WHERE length(data) > 20000)" ],
	[ half => 'a TOASTed value lost',
		"UPDATE pgbaton_traffic.document SET body = '' WHERE id = (SELECT min(id) FROM pgbaton_traffic.document)" ],
	[ half => 'another payload', "UPDATE pgbaton_traffic.txn SET payload = payload || 'x' WHERE ticket = (SELECT max(ticket) FROM pgbaton_traffic.txn)" ],
	[ half => 'all notes gone', 'TRUNCATE pgbaton_traffic.note' ],
	[ duplicated => 'a row twice in a table without a key', 'INSERT INTO pgbaton_traffic.note SELECT * FROM pgbaton_traffic.note LIMIT 1' ],
	[ duplicated => 'a transaction twice',
		'ALTER TABLE pgbaton_traffic.txn DROP CONSTRAINT txn_pkey, DROP CONSTRAINT txn_ticket_key;
		 INSERT INTO pgbaton_traffic.txn SELECT * FROM pgbaton_traffic.txn LIMIT 1' ],
	[ foreign => 'a transaction of nobody', "INSERT INTO pgbaton_traffic.txn (run, writer, n, payload) VALUES (42, 1, 1, '')" ],
	[ foreign => 'a row of nobody', "INSERT INTO pgbaton_traffic.note VALUES (42, 1, 1, 0, 1, '')" ],
	[ foreign => 'a row of a transaction that was rolled back',
		"INSERT INTO pgbaton_traffic.txn (run, writer, n, payload)
		 SELECT max(run), 1, min(n.n), 'back' FROM pgbaton_traffic.txn, generate_series(1, 1000) AS n (n)
		  WHERE NOT EXISTS (SELECT FROM pgbaton_traffic.txn WHERE $mine AND txn.n = n.n)" ],
	[ balance_ok => 'half a transfer', 'UPDATE pgbaton_traffic.account SET balance = balance + 1 WHERE id = 3' ],
	[ balance_ok => 'two wrongs that keep the total',
		'UPDATE pgbaton_traffic.account SET balance = balance + CASE id WHEN 3 THEN 1 ELSE -1 END WHERE id IN (3, 4)' ],
	[ counters_ok => 'an increment lost', 'UPDATE pgbaton_traffic.counter SET value = value - 1 WHERE run = 0 AND writer = 2' ],
	[ counters_ok => "a writer's counter gone", 'DELETE FROM pgbaton_traffic.counter WHERE ' . $mine ],
);
for my $case (@tampering)
{
	my ($field, $what, $statement) = @$case;
	sql($node, 'postgres', 'CREATE DATABASE tampered TEMPLATE shop');
	sql($node, 'tampered', $statement);
	my $result = pgbaton('traffic', 'check', '--db', conninfo($node, 'tampered'), '--ledger', $ledger, '--ledger', "$ledger.2", '--json');
	my $json = json($result);
	is($result->{rc}, 4, "$what: exit code 4") or diag($result->{err});
	ok($field =~ /_ok$/ ? !$json->{$field} : $json->{$field}, "$what: told as $field") or diag($result->{out});
	is($json->{$field}, 1, "$what: only one") if $field !~ /_ok$/ && $what ne 'all notes gone';
	cmp_ok(scalar @{ $json->{offenders} || [] }, '>', 0, "$what: named");
	sql($node, 'postgres', 'DROP DATABASE tampered');
}

# Sequences that were left behind, as after a bad switchover.
sql($node, 'postgres', 'CREATE DATABASE behind TEMPLATE shop');
sql($node, 'behind', "SELECT setval('pgbaton_traffic.ticket', (SELECT max(ticket) - 50 FROM pgbaton_traffic.txn))");
$run = json(pgbaton_ok('traffic', 'run', '--db', conninfo($node, 'behind'), '--ledger', "$ledger.3", '--duration', '1s', '--json'));
cmp_ok($run->{sequence_reused}, '>', 0, 'a reused sequence value is counted');
is($run->{errors}, $run->{sequence_reused}, 'as an error');
like($run->{error_texts}[0]{text}, qr/^23505: .*txn_ticket_key/, 'with its text');

# A switchover by hand: the writers find the other server by themselves, and nothing is lost by logical replication.
my $target = server('two', '17');
sql($target, 'postgres', 'CREATE DATABASE shop');
my $ledger_moved = "$ledger.moved";
pgbaton_ok('traffic', 'init', '--db', $db, '--drop', '--yes');
pgbaton_ok('traffic', 'init', '--db', $_) for $db, conninfo($target, 'shop');
sql($target, 'shop', 'TRUNCATE pgbaton_traffic.account, pgbaton_traffic.counter');
sql($target, 'postgres', 'ALTER SYSTEM SET default_transaction_read_only = on');
sql($target, 'postgres', 'SELECT pg_reload_conf()');
my $both = sprintf 'host=%s,%s port=%d,%d user=postgres dbname=shop target_session_attrs=read-write', $node->host, $target->host,
  $node->port, $target->port;
$traffic = start_traffic($both, $ledger_moved);
sql($node, 'shop', 'CREATE PUBLICATION p FOR TABLE ' . join ', ', map { "pgbaton_traffic.$_" } qw(txn item note document account counter));
sql($target, 'shop', "SET default_transaction_read_only = off; CREATE SUBSCRIPTION s CONNECTION '$db' PUBLICATION p");
wait_sql($target, 'shop', "SELECT count(*) = 6 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel");
more_traffic($ledger_moved);
sql($node, 'postgres', 'ALTER SYSTEM SET default_transaction_read_only = on');
sql($node, 'postgres', 'SELECT pg_reload_conf()');
wait_sql($node, 'shop', 'SHOW default_transaction_read_only', 'on');
wait_sql($node, 'shop', "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgbaton-traffic%'
	AND pg_terminate_backend(pid)", '0');
my $lsn = sql($node, 'shop', 'SELECT pg_current_wal_insert_lsn()');
wait_sql($node, 'shop', "SELECT confirmed_flush_lsn >= '$lsn' FROM pg_replication_slots WHERE slot_name = 's'");
for my $sequence (qw(ticket item_id_seq document_id_seq))
{
	my $value = sql($node, 'shop', "SELECT last_value FROM pgbaton_traffic.$sequence");
	sql($target, 'shop', "SET default_transaction_read_only = off; SELECT setval('pgbaton_traffic.$sequence', $value)");
}
sql($target, 'shop', 'SET default_transaction_read_only = off; DROP SUBSCRIPTION s');
sql($target, 'postgres', 'ALTER SYSTEM RESET default_transaction_read_only');
sql($target, 'postgres', 'SELECT pg_reload_conf()');
more_traffic($ledger_moved);
$run = stop_traffic($traffic, 'a switchover');
is($run->{errors}, 0, 'a switchover is no error') or diag(explain($run->{error_texts}));
is($run->{sequence_reused}, 0, 'no sequence value came twice');
check_fine('a switchover', conninfo($target, 'shop'), $ledger_moved);
pgbaton_fails(4, qr/missing/, 'traffic', 'check', '--db', $db, '--ledger', $ledger_moved);

done_testing();
