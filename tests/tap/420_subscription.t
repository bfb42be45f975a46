# subscription list, create, drop, enable, disable, refresh: refusals first; then the life of a subscription from 10 to 18, within one cluster too; a publisher
# that is gone; hostile names; no secret anywhere.
use strict;
use warnings;

use Encode ();
use JSON::PP ();
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my $secret = 'sEcret-w0rd';
my %node = map { $_ => server("v$_", $_) } qw(10 15 18);
my $n = 0;

# A pair of databases with a table each, the rows in the first: the options that name them.
sub fresh
{
	my ($publisher, $subscriber, %opt) = @_;
	my ($from, $to) = ('from' . ++$n, "to$n");
	sql($publisher, 'postgres', "CREATE DATABASE $from");
	sql($subscriber, 'postgres', "CREATE DATABASE $to");
	sql($publisher, $from, 'CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, i::text FROM generate_series(1, 10) AS i; CREATE TABLE nokey (v text)');
	sql($subscriber, $to, 'CREATE TABLE t (id int PRIMARY KEY, v text)');
	return ($from, $to, [ '--source', conninfo($publisher, $from), '--target', conninfo($subscriber, $to) ]);
}

sub slots { my ($node, $name) = @_; return sql($node, 'postgres', "SELECT count(*) FROM pg_replication_slots WHERE slot_name = " . literal($name)) }
sub subs { my ($node, $db) = @_; return sql($node, $db, 'SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())') }

# Refusals.
{
	my ($from, $to, $pair) = fresh($node{15}, $node{15});
	my @create = ('subscription', 'create', 's1', @$pair);
	my $state = sub { join ' ', subs($node{15}, $to), slots($node{15}, 's1'), sql($node{15}, $from, 'SELECT count(*) FROM pg_publication') };
	my $before = $state->();

	is(refused_json(2, @create)->{code}, 'usage', 'without a publication');
	like(refused_json(3, @create, '--publication', 'nopub')->{message}, qr/there is no publication "nopub"/, 'a publication that is not there');
	like(refused_json(3, @create, '--publication', 'p', '--set', 'run_as_owner=true')->{detail}, qr/PostgreSQL 15; .* since PostgreSQL 16/, 'an option of a later version');
	like(refused_json(3, @create, '--publication', 'p', '--set', 'streaming=parallel')->{message}, qr/streaming = parallel/, 'a value of a later version');
	like(refused_json(2, @create, '--publication', 'p', '--set', 'colour=red')->{detail}, qr/binary, streaming/, 'an option there is not');
	like(refused_json(2, @create, '--publication', 'p', '--set', 'slot_name=x')->{hint}, qr/--slot/, 'an option that has its own flag');
	like(refused_json(3, 'subscription', 'create', 'Upper', @$pair, '--publication', 'p')->{hint}, qr/--slot NAME/, 'a name that no slot can have');
	my @alongside = (@create, '--publication', 'p', '--with-publication');
	is(refused_json(2, @alongside)->{code}, 'usage', '--with-publication without tables');
	like(refused_json(3, @alongside, '--table', 'public.missing')->{message}, qr/table "public\.missing"/, 'a table that is not there');
	like(refused_json(3, @alongside, '--table', 'public.nokey')->{detail}, qr/replica identity/, 'a table whose updates would fail');
	like(refused_json(3, @alongside, '--all-tables')->{message}, qr/public\.nokey/, 'the same among all');
	for my $verb (qw(enable disable refresh skip))
	{
		like(refused_json(3, 'subscription', $verb, 'nosuch', @$pair)->{message}, qr/no subscription "nosuch"/, "$verb of what is not there");
	}
	like(refused_json(3, @create, '--publication', 'p', '--no-create-slot', '--with-publication', '--table', 'public.t')->{detail}, qr/not there/, 'a slot that is not there');
	is($state->(), $before, 'nothing was changed');
	# A later part fails: the table is missing on the subscriber.
	sql($node{15}, $to, 'DROP TABLE t');
	my $failed = refused_json(1, @alongside, '--table', 'public.t');
	like($failed->{message}, qr/creating subscription "s1": .*"public\.t" does not exist/, 'a table missing on the subscriber');
	is($state->(), $before, 'publication and slot are gone again');
}

# The life of one, from each version to another, and within one cluster, where CREATE SUBSCRIPTION hangs unless the slot is there.
for my $case ([ 10, 18 ], [ 18, 15 ], [ 15, 10 ], [ 15, 15 ])
{
	my ($publisher, $subscriber) = map { $node{$_} } @$case;
	my ($from, $to, $pair) = fresh($publisher, $subscriber);
	my $name = "life$n";
	my @on = ($name, @$pair);
	my @create = ('subscription', 'create', @on, '--publication', $name, '--with-publication', '--table', 'public.t');

	note "from $case->[0] to $case->[1]";
	my $plan = plan_json(@create);
	like($plan, qr/^CREATE PUBLICATION "$name" FOR TABLE "public"\."t";\nSELECT .*create_logical.*;\nCREATE SUBSCRIPTION/s, 'the plan, in the right order');
	is(subs($subscriber, $to) + slots($publisher, $name), 0, 'a dry run makes nothing');
	is(change_json(@create)->{outcome}, 'created', 'created');
	wait_sql($subscriber, $to, 'SELECT count(*) FROM t', 10);
	sql($publisher, $from, 'INSERT INTO t VALUES (11)');
	wait_sql($subscriber, $to, 'SELECT count(*) FROM t', 11);
	wait_sql($subscriber, $to, "SELECT string_agg(DISTINCT srsubstate::text, '') FROM pg_subscription_rel", 'r');
	is(change_json(@create)->{outcome}, 'unchanged', 'created again');
	like(refused_json(3, 'subscription', 'create', @on, '--publication', 'other')->{detail}, qr/$name, not other/, 'with other publications: named');
	like(refused_json(3, 'subscription', 'create', @on, '--publication', $name, '--slot', 'other')->{detail}, qr/$name, not other/, 'with another slot: named');

	my $row = (grep { $_->{name} eq $name } @{ block_json('subscription-list', 'subscription', 'list', @$pair)->{subscriptions} })[0];
	is_deeply([ @$row{qw(database enabled worker publications slot tables tables_ready tables_not_ready migration)} ],
		[ $to, JSON::PP::true, JSON::PP::true, [$name], $name, 1, 1, [], undef ], 'listed');
	ok(defined $row->{retained_bytes}, 'with the WAL that the slot keeps');
	is(defined $row->{apply_errors} ? 1 : 0, $case->[1] >= 15 ? 1 : 0, 'errors are counted from 15 on');
	is(scalar @{ block_json('subscription-list', 'subscription', 'list', '--target', conninfo($subscriber, 'postgres'))->{subscriptions} }, 0, 'of the connected database only');
	ok((grep { $_->{name} eq $name && !defined $_->{tables} }
		@{ block_json('subscription-list', 'subscription', 'list', '--all-databases', '--target', conninfo($subscriber, 'postgres'))->{subscriptions} }), 'all databases');
	like(pgbaton_ok('subscription', 'list', @$pair)->{out}, qr/\b$name +yes +yes +$name +$name +1 +1/, 'as a table');

	is(change_json('subscription', 'enable', @on)->{outcome}, 'unchanged', 'enabled already');
	like(plan_json('subscription', 'disable', @on), qr/^ALTER SUBSCRIPTION "$name" DISABLE$/, 'plan of disable');
	my $disabled = change_json('subscription', 'disable', @on);
	is($disabled->{outcome}, 'disabled', 'disabled');
	ok(defined $disabled->{retained_bytes}, 'tells what the slot keeps');
	is(sql($subscriber, $to, "SELECT count(*) FROM pg_stat_subscription WHERE subname = '$name' AND pid IS NOT NULL"), 0, 'no worker is left');
	is(change_json('subscription', 'disable', @on)->{outcome}, 'unchanged', 'disabled already');
	like(refused_json(3, 'subscription', 'refresh', @on)->{hint}, qr/subscription enable/, 'refresh of a disabled one');
	is(sql($subscriber, $to, "SELECT count(*) FROM t"), 11, 'nothing was lost');
	sql($publisher, $from, 'INSERT INTO t VALUES (12); CREATE TABLE u (id int PRIMARY KEY); INSERT INTO u VALUES (1)');
	is(change_json('subscription', 'enable', @on)->{outcome}, 'enabled', 'enabled');
	wait_sql($subscriber, $to, 'SELECT count(*) FROM t', 12);

	sql($subscriber, $to, 'CREATE TABLE u (id int PRIMARY KEY)');
	sql($publisher, $from, "ALTER PUBLICATION $name ADD TABLE u");
	is_deeply(change_json('subscription', 'refresh', @on)->{added}, ['public.u'], 'refresh tells the new table');
	wait_sql($subscriber, $to, 'SELECT count(*) FROM u', 1);
	sql($publisher, $from, "ALTER PUBLICATION $name DROP TABLE u");
	is_deeply(change_json('subscription', 'refresh', @on, '--no-copy-data')->{removed}, ['public.u'], 'and the one that left');

	pgbaton_fails(2, qr/not confirmed/, 'subscription', 'drop', @on);
	like(plan_json('subscription', 'drop', @on, '--with-publication'), qr/DISABLE;\nDROP SUBSCRIPTION "$name";\nDROP PUBLICATION/, 'plan of drop');
	is(slots($publisher, $name) . subs($subscriber, $to), '11', 'a dry run drops nothing');
	is(change_json('subscription', 'drop', @on, '--with-publication', '--yes')->{outcome}, 'dropped', 'dropped');
	is(join(' ', subs($subscriber, $to), slots($publisher, $name), sql($publisher, $from, 'SELECT count(*) FROM pg_publication')), '0 0 0', 'all three are gone');
	is(change_json('subscription', 'drop', @on, '--yes')->{outcome}, 'unchanged', 'dropped again');
}

# Options; a slot that is kept; detached; publisher gone.
{
	my $gone = server('gone', '15');
	my ($from, $to, $pair) = fresh($gone, $node{18});
	sql($gone, $from, 'CREATE PUBLICATION p FOR TABLE t');
	my @create = ('subscription', 'create', 's', @$pair, '--publication', 'p', '--disabled', '--no-copy-data');
	change_json(@create, '--set', 'binary=true', '--set', 'streaming=parallel,origin=none', '--set', 'disable_on_error=on');
	is(sql($node{18}, $to, "SELECT subbinary, substream, suborigin, subdisableonerr, subenabled FROM pg_subscription WHERE subname = 's'"), 't|p|none|t|f', 'options as they were given');
	is(change_json(@create, '--set', 'binary=on')->{outcome}, 'unchanged', 'the same option in another word');
	is(change_json(@create, '--set', 'binary=false')->{outcome}, 'changed', 'another value of a harmless one');
	is(sql($node{18}, $to, "SELECT subbinary FROM pg_subscription WHERE subname = 's'"), 'f', 'is set');
	like(refused_json(3, @create, '--set', 'two_phase=true')->{detail}, qr/off, not true/, 'one that is not is refused');

	my $kept = change_json('subscription', 'drop', 's', @$pair, '--keep-slot', '--yes');
	is($kept->{slot_left}, 's', 'the slot stays when told so');
	is(slots($gone, 's'), 1, 'it is there');
	like(refused_json(3, @create)->{hint}, qr/--no-create-slot/, 'a slot that is there is not taken by chance');
	is(change_json(@create, '--no-create-slot')->{outcome}, 'created', 'but when told so');
	change_json('subscription', 'enable', 's', @$pair);
	$gone->stop('immediate');
	like(pgbaton_ok('subscription', 'disable', 's', @$pair)->{out}, qr/slot "s" .* keeps all WAL .* cannot be asked/, 'disable without the publisher');
	pgbaton_fails(5, qr/cannot be reached/, 'subscription', 'drop', 's', @$pair, '--with-publication', '--yes');
	is(subs($node{18}, $to), 1, 'still there');
	my $result = pgbaton_ok('subscription', 'drop', 's', '--target', conninfo($node{18}, $to), '--yes');
	like($result->{out}, qr/slot "s" stays on the publisher.* until its disk is full.*pgbaton slot drop s --on source/, 'drop without the publisher: detached, and told');
	is(subs($node{18}, $to), 0, 'dropped');
	$gone->start;
	is(slots($gone, 's'), 1, 'the slot is where it was');
}

# Hostile names, of subscriptions, publications, tables and databases.
{
	my $i = 0;
	my ($publisher, $subscriber) = ($node{18}, $node{15});
	my ($from, $to, $pair) = fresh($publisher, $subscriber);
	for my $name (hostile_names())
	{
		my $slot = 'hostile' . ++$i;
		for my $at ([ $publisher, $from ], [ $subscriber, $to ])
		{
			sql(@$at, 'CREATE SCHEMA ' . quoted($name) . '; CREATE TABLE ' . quoted($name) . '.' . quoted($name) . ' (id int PRIMARY KEY)');
		}
		my $table = quoted($name) . '.' . quoted($name);
		my @create = ('subscription', 'create', $name, @$pair, '--publication', quoted($name), '--slot', $slot, '--with-publication', '--table', $table);
		is(change_json(@create)->{name}, Encode::decode('UTF-8', $name), 'its name as it is');
		is(change_json(@create)->{outcome}, 'unchanged', 'and found again');
		is(sql($subscriber, $to, 'SELECT count(*) FROM pg_subscription_rel AS r JOIN pg_class AS c ON c.oid = r.srrelid JOIN pg_subscription AS s ON s.oid = r.srsubid WHERE s.subname = ' . literal($name) . ' AND c.relname = ' . literal($name)), 1, 'all as wanted');
		my $row = block_json('subscription-list', 'subscription', 'list', @$pair)->{subscriptions}[0];
		is($row->{publications}[0], Encode::decode('UTF-8', $name), 'listed');
		change_json('subscription', $_, $name, @$pair) for qw(refresh disable);
		is((refused_json(3, 'subscription', 'refresh', $name, @$pair)->{hint} // '') =~ s/.*subscription enable (.*) --on target.*/$1/sr,
			Encode::decode('UTF-8', $name =~ /^\w+$/a ? $name : "'" . $name =~ s/'/'\\''/gr . "'"), 'the hint can be typed in a shell');
		change_json('subscription', 'enable', $name, @$pair);
		change_json('subscription', 'drop', $name, @$pair, '--yes', '--with-publication');
		is(join(' ', subs($subscriber, $to), slots($publisher, $slot), sql($publisher, $from, 'SELECT count(*) FROM pg_publication')), '0 0 0', 'dropped');
	}
}

# A role without superuser, a password, and where it must not appear.
{
	my $publisher = server('locked', '15', scram => 1);
	my ($from, $to) = fresh($publisher, $node{18});
	sql($publisher, $from, "CREATE ROLE repl LOGIN REPLICATION PASSWORD '$secret'; GRANT ALL ON t TO repl; ALTER TABLE t OWNER TO repl; GRANT CREATE ON DATABASE $from TO repl");
	sql($node{18}, $to, 'CREATE ROLE plain LOGIN; GRANT ALL ON t TO plain');
	my @pair = ('--source', conninfo($publisher, $from, tcp => 1, user => 'repl', password => $secret), '--target', conninfo($node{18}, $to, user => 'plain'));
	my @create = ('subscription', 'create', 'locked', @pair, '--publication', 'p', '--with-publication', '--table', 'public.t');
	my $refused = refused_json(3, @create);
	like($refused->{hint}, qr/GRANT pg_create_subscription TO plain/, 'the right that lacks is named');
	is(slots($publisher, 'locked'), 0, 'the slot is gone again');
	sql($node{18}, $to, "GRANT pg_create_subscription TO plain; GRANT CREATE ON DATABASE $to TO plain");
	my $offset = -s $node{18}->logfile;
	my @runs = (pgbaton_ok(@create, '--dry-run'), pgbaton_ok(@create, '--json', '-v'), pgbaton_ok('subscription', 'list', @pair, '--json', '-v'), pgbaton_ok('subscription', 'list', @pair));
	is(sql($node{18}, $to, "SELECT pg_get_userbyid(subowner) FROM pg_subscription WHERE subname = 'locked'"), 'plain', 'made without superuser');
	my $super = pgbaton_ok('subscription', 'list', '--target', conninfo($node{18}, $to), '--json', '-v');
	like($super->{out}, qr/password=\*/, 'the connection string, masked');
	push @runs, $super, pgbaton_ok('subscription', 'disable', 'locked', @pair, '-v'), pgbaton_ok('subscription', 'drop', 'locked', @pair, '--yes', '-v');
	unlike(join("\n", map { $_->{out} . $_->{err} } @runs), qr/\Q$secret/, 'no output holds the password');
	# As a superuser it is not in the server's log either, whatever that logs.
	sql($node{18}, 'postgres', "ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()");
	my @as_super = (@pair[ 0, 1 ], '--target', conninfo($node{18}, $to));
	wait_sql($node{18}, 'postgres', 'SHOW log_statement', 'all');
	change_json('subscription', 'create', 'locked', @as_super, '--publication', 'p');
	pgbaton_ok('subscription', 'drop', 'locked', @as_super, '--yes');
	change_json('subscription', 'create', 'locked', @as_super[ 2, 3 ], '--publication', 'p', '--connection', $pair[1]);
	pgbaton_ok('subscription', 'list', @as_super);
	is(slots($publisher, 'locked'), 1, 'without the publisher\'s side the server makes the slot');
	pgbaton_ok('subscription', 'drop', 'locked', @as_super, '--yes');
	unlike(slurp($node{18}->logfile), qr/\Q$secret/, 'the server\'s log does not hold it');
	sql($node{18}, 'postgres', "ALTER SYSTEM RESET log_statement; SELECT pg_reload_conf()");
}

# Who may see less is shown less, from 10 on.
for my $version (10, 15, 18)
{
	my ($from, $to, $pair) = fresh($node{$version}, $node{$version});
	change_json('subscription', 'create', "seen$n", @$pair, '--publication', "seen$n", '--with-publication', '--table', 'public.t');
	sql($node{$version}, $to, "CREATE ROLE nobody$n LOGIN");
	my $row = block_json('subscription-list', 'subscription', 'list', '--target', conninfo($node{$version}, $to, user => "nobody$n"))->{subscriptions}[0];
	is_deeply([ @$row{qw(name enabled publications slot tables conninfo)} ], [ "seen$n", JSON::PP::true, ["seen$n"], "seen$n", 1, undef ], "list without any right on $version");
	for my $verb ('disable', 'drop')
	{
		is(refused_json(1, 'subscription', $verb, "seen$n", '--target', conninfo($node{$version}, $to, user => "nobody$n"), '--yes')->{sqlstate}, '42501', "$verb by somebody else");
	}
	# A change that the migration's lock keeps out.
	change_json('subscription', 'drop', "seen$n", @$pair, '--yes', '--with-publication');
}

# Only --connection is given: pgbaton goes there itself if it can, so that it works within one cluster too; if only the server can, that makes the slot, or the
# attempt ends.
{
	my ($from, $to) = fresh($node{15}, $node{15});
	sql($node{15}, $from, 'CREATE PUBLICATION p FOR TABLE t');
	my @create = ('subscription', 'create', 'own', '--target', conninfo($node{15}, $to), '--publication', 'p', '--connection');
	is(change_json(@create, conninfo($node{15}, $from))->{outcome}, 'created', 'within one cluster');
	wait_sql($node{15}, $to, 'SELECT count(*) FROM t', 10);
	pgbaton_ok('subscription', 'drop', 'own', '--target', conninfo($node{15}, $to), '--yes');
	is(slots($node{15}, 'own'), 0, 'DROP takes the slot with it there too');

	local $ENV{PGSERVICEFILE} = write_file(work_dir() . '/services', join '', map { "[$_->[0]]\nhost=@{[ $_->[1]->host ]}\nport=@{[ $_->[1]->port ]}\n" } ([ own => $node{15} ], [ other => $node{18} ]));
	$node{15}->restart;
	my $refused = refused_json(3, @create, "service=own user=postgres dbname=$from", '--slot-timeout', '2s');
	like($refused->{detail}, qr/within one cluster/, 'said why');
	is(slots($node{15}, 'own'), 0, 'no slot is left');
	is(subs($node{15}, $to), 0, 'nor a subscription');
	my ($other) = fresh($node{18}, $node{15});
	sql($node{18}, $other, 'CREATE PUBLICATION p FOR TABLE t');
	is(change_json(@create, "service=other user=postgres dbname=$other")->{outcome}, 'created', 'by the server itself');
	is(slots($node{18}, 'own'), 1, 'with its slot');
	pgbaton_ok('subscription', 'drop', 'own', '--target', conninfo($node{15}, $to), '--yes');
}

done_testing();
