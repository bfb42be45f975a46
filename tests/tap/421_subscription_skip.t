# subscription skip: refusals first; then exactly the failing transaction is shown and passed over, by SKIP from 15 on and by the position before.
use strict;
use warnings;

use JSON::PP ();
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("v$_", $_, conf => $_ == 10 ? 'wal_retrieve_retry_interval = 300ms' : '') } qw(10 14 15 18);
my $n = 0;

# A subscription whose tables are ready, with a conflict to come: row 100 is there already.
sub conflicting
{
	my ($publisher, $subscriber, %opt) = @_;
	my ($from, $to) = ('from' . ++$n, "to$n");
	my $name = "skip$n";
	my $ddl = 'CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE "o\'; DROP" (id int PRIMARY KEY, "a b" text)';
	sql($_->[0], 'postgres', "CREATE DATABASE $_->[1]"), sql(@$_, $ddl) for [ $publisher, $from ], [ $subscriber, $to ];
	sql($publisher, $from, q{INSERT INTO t SELECT i, 'old' FROM generate_series(1, 5) AS i});
	my $pair = [ '--source', conninfo($publisher, $from), '--target', conninfo($subscriber, $to) ];
	pgbaton_ok('subscription', 'create', $name, @$pair, '--publication', $name, '--with-publication', '--table', 'public.t', '--table', q{public."o'; DROP"}, @{ $opt{options} || [] });
	wait_sql($subscriber, $to, "SELECT string_agg(DISTINCT srsubstate::text, '') FROM pg_subscription_rel", 'r');
	sql($subscriber, $to, q{INSERT INTO t VALUES (100, 'mine')});
	return ($from, $to, $name, $pair);
}

# The transaction that cannot be applied, one before it and one after.
sub break_it
{
	my ($publisher, $from) = @_;
	sql($publisher, $from, q{INSERT INTO t VALUES (90, 'before')});
	sql($publisher, $from, q{BEGIN; UPDATE t SET v = 'new' WHERE id <= 2; INSERT INTO "o'; DROP" VALUES (1, 'it''s'); INSERT INTO t VALUES (100, 'theirs'); DELETE FROM t WHERE id = 5; COMMIT});
	sql($publisher, $from, q{INSERT INTO t VALUES (101, 'after')});
	return;
}

my $contents = 'SELECT string_agg(id || v, \' \' ORDER BY id) FROM t';

for my $case ([ 15, 15 ], [ 18, 18 ], [ 18, 14 ], [ 10, 10 ], [ 14, 10 ], [ 10, 18 ])
{
	my ($publisher, $subscriber) = map { $node{$_} } @$case;
	my ($from, $to, $name, $pair) = conflicting($publisher, $subscriber);
	my @skip = ('subscription', 'skip', $name, @$pair);

	note "from $case->[0] to $case->[1]";
	like(refused_json(3, @skip)->{message}, qr/nothing to skip|not known which/, 'healthy: refused') if $case->[1] >= 15 || $case->[0] == 14;
	break_it($publisher, $from);
	wait_until('the worker fails', sub { $subscriber->log_contains(qr/(?:duplicate key value violates unique constraint|conflict detected on relation) "(?:t_pkey|public.t)"/) }) if $case->[0] != 14;
	wait_sql($subscriber, $to, q{SELECT EXISTS (SELECT FROM t WHERE id = 90)});
	my $before = sql($subscriber, $to, $contents);
	my $slots = sql($publisher, 'postgres', 'SELECT count(*) FROM pg_replication_slots');

	pgbaton_fails(2, qr/not confirmed: Skip the transaction that finished at/, @skip);
	my $plan = plan_json(@skip);
	like($plan, $case->[1] >= 15 ? qr/^ALTER SUBSCRIPTION "$name" SKIP \(lsn = '[^']+'\)$/ : qr/DISABLE;\nSELECT .*origin_advance\(.*;\nALTER SUBSCRIPTION "$name" ENABLE$/, 'the plan');
	is(sql($subscriber, $to, $contents), $before, 'a dry run skips nothing');
	my $shown = pgbaton_ok(@skip, '--dry-run')->{out};
	like($shown, qr/insert +public +t +1\b/, 'shown: its inserts');
	like($shown, qr/update +public +t +2\b/, 'its updates');
	like($shown, qr/update +public +t +id = '1', v = 'new'/, 'its first rows');

	my $done = change_json(@skip, '--yes') or next;
	is_deeply([ map { "$_->{change} $_->{table} $_->{rows}" } @{ $done->{transaction}{changes} } ], [ 'update t 2', q{insert o'; DROP 1}, 'insert t 1', 'delete t 1' ], 'in JSON: what it changes');
	is($done->{transaction}{first_rows}[2]{values}, q{id = '1', a b = 'it''s'}, 'and the first rows') or diag(JSON::PP->new->encode($done));
	wait_sql($subscriber, $to, q{SELECT EXISTS (SELECT FROM t WHERE id = 101)});
	is(sql($subscriber, $to, $contents), '1old 2old 3old 4old 5old 90before 100mine 101after', 'exactly that transaction is missing');
	is(sql($subscriber, $to, q{SELECT count(*) FROM "o'; DROP"}), 0, 'wholly');
	is(sql($publisher, 'postgres', 'SELECT count(*) FROM pg_replication_slots'), $slots, 'the copy of the slot is gone');
	like(refused_json(3, @skip, '--yes')->{message}, qr/nothing to skip/, 'again: nothing to skip') if $case->[1] >= 15;
}

# disable_on_error; the transaction given by hand; the next one fails too; no publisher.
{
	my ($publisher, $subscriber) = ($node{15}, $node{18});
	my ($from, $to, $name, $pair) = conflicting($publisher, $subscriber, options => [ '--set', 'disable_on_error=true' ]);
	my @skip = ('subscription', 'skip', $name, @$pair[ 2, 3 ]);
	sql($subscriber, $to, q{INSERT INTO t VALUES (101, 'mine')});
	break_it($publisher, $from);
	wait_sql($subscriber, $to, "SELECT NOT subenabled FROM pg_subscription WHERE subname = '$name'");
	my $row = block_json('subscription-list', 'subscription', 'list', @$pair)->{subscriptions}[0];
	like($row->{error}, qr/conflict detected/, 'list tells the error');
	like($row->{error_lsn}, qr{^\w+/\w+$}, 'and where');
	is(refused_json(2, @skip, '--lsn', 'nonsense')->{code}, 'usage', 'a position that is none');
	my $failed = refused_json(1, @skip, '--lsn', $row->{error_lsn}, '--yes');
	like($failed->{detail}, qr/disabled by an error|conflict detected/, 'the next transaction fails too: told');
	is(sql($subscriber, $to, q{SELECT v FROM t WHERE id = 1}), 'old', 'the first was skipped');
	my $done = change_json(@skip, '--yes');
	is($done->{not_shown}, "the publisher's side is not given", 'without the publisher it says why nothing is shown');
	is(sql($subscriber, $to, "SELECT subenabled FROM pg_subscription WHERE subname = '$name'"), 't', 'and is enabled again');
	sql($publisher, $from, q{INSERT INTO t VALUES (102, 'later')});
	wait_sql($subscriber, $to, q{SELECT EXISTS (SELECT FROM t WHERE id = 102)});
}

done_testing();
