# Subscriptions that PostgreSQL's own commands made are turned round: nothing is lost, nothing comes back to where it came from, sequences go on,
# and a run that was killed is continued by the next.
use strict;
use warnings;

use PgbatonBlocks;
use PgbatonFlow;
use PgbatonTest;
use IPC::Run ();
use Test::More;

my $name = q{Shop's "sub"};

sub both { my ($old, $new, $database) = @_; return ('--source', conninfo($old, $database), '--target', conninfo($new, $database)) }

# Publisher and subscriber as an operator makes them.
sub make_pair
{
	my ($old, $new, $database, %opt) = @_;
	sql($_, 'postgres', "CREATE DATABASE $database") for $old, $new;
	sql($_, $database, <<'SQL') for $old, $new;
CREATE TABLE orders (id serial PRIMARY KEY, t text);
CREATE TABLE "a.b" (id int PRIMARY KEY, n int);
CREATE SEQUENCE counter;
SQL
	sql($old, $database, q{INSERT INTO orders (t) SELECT 'old' FROM generate_series(1, 100); INSERT INTO "a.b" SELECT i, i FROM generate_series(1, 10) AS i;
		SELECT setval('counter', 41)});
	sql($old, $database, 'CREATE PUBLICATION shop_pub ' . ($opt{for} // 'FOR TABLE orders, "a.b"'));
	sql($new, $database, 'CREATE SUBSCRIPTION ' . quoted($name) . ' CONNECTION ' . literal(conninfo($old, $database))
		. " PUBLICATION shop_pub WITH (slot_name = 'slot_$database')");
	wait_sql($new, $database, q{SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel}, 't', 60);
	return;
}

sub rows { my ($node, $database) = @_; return sql($node, $database, q{SELECT md5(string_agg(o::text, ',' ORDER BY id)), count(*) FROM orders AS o}) }

sub check_reversed
{
	my ($old, $new, $database, $new_name) = @_;
	is(sql($new, $database, 'SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())'), 0,
		'the old subscription is gone');
	is(n_slots($old, $database), 0, 'with its slot');
	is(sql($new, $database, 'SELECT slot_name FROM pg_replication_slots WHERE database = current_database()'), $new_name, 'the new side has one');
	is(sql($new, $database, q{SELECT nextval('counter')}), 42, 'sequences go on');
	my $before = rows($new, $database);
	sql($new, $database, q{INSERT INTO orders (t) VALUES ('new'); UPDATE "a.b" SET n = n + 1; DELETE FROM orders WHERE id = 1});
	wait_sql($old, $database, q{SELECT count(*) FROM orders WHERE t = 'new'}, 1, 60);
	wait_until('the last change arrives', sub { rows($old, $database) eq rows($new, $database) });
	is(sql($old, $database, 'SELECT sum(n) FROM "a.b"'), sql($new, $database, 'SELECT sum(n) FROM "a.b"'), 'each change once');
	is(sql($new, $database, q{SELECT count(*) FROM orders WHERE t = 'new'}), 1, 'nothing comes back');
	is(sql($_, $database, q{SELECT count(*) FROM pg_tables WHERE schemaname = 'pgbaton' AND tablename LIKE 'marker%'}), 0, 'no marker is left') for $old, $new;
	return;
}

my %pairs = ('12' => '15', '15' => '17', '17' => '18');
for my $from (sort keys %pairs)
{
	my ($old, $new) = (server("old_$from", $from), server("new_$pairs{$from}_of_$from", $pairs{$from}));
	case_of("$from to $pairs{$from}" => sub {
		make_pair($old, $new, 'shop', for => $from eq '15' ? 'FOR ALL TABLES' : undef);
		my @command = ('subscription', 'reverse', $name, both($old, $new, 'shop'));
		like(refused_json(3, 'subscription', 'reverse', 'none', both($old, $new, 'shop'), '--yes')->{message}, qr/no subscription "none"/, 'not there');
		is(pgbaton(@command)->{rc}, 2, 'it asks first');
		my $plan = plan_json(@command) // '';
		like($plan, qr/CREATE PUBLICATION.*pg_create_logical_replication_slot.*CREATE SUBSCRIPTION.*copy_data = false.*DROP SUBSCRIPTION/s, 'the plan');
		is(sql($new, 'shop', 'SELECT count(*) FROM pg_publication'), 0, 'a dry run changes nothing');

		sql($old, 'shop', q{INSERT INTO orders (t) SELECT 'late' FROM generate_series(1, 1000)});
		my $document = change_json(@command, '--pause-writes', '--yes');
		is($document->{outcome}, 'reversed', 'reversed') if $document;
		is((pgbaton('writes', 'status', both($old, $new, 'shop'))->{out} // '') =~ /paused/ ? 1 : 0, 1, 'the old side is fenced');
		check_reversed($old, $new, 'shop', '_hop_s__sub__reverse');
		is(change_json(@command, '--yes')->{outcome}, 'unchanged', 'twice: nothing to do');

		# And round again.
		pgbaton_ok('writes', 'resume', 'source', both($old, $new, 'shop'), '--yes');
		my $back = sql($new, 'shop', 'SELECT slot_name FROM pg_replication_slots');
		pgbaton_ok('subscription', 'reverse', $back, both($new, $old, 'shop'), '--yes');
		sql($old, 'shop', q{INSERT INTO orders (t) VALUES ('again')});
		wait_sql($new, 'shop', q{SELECT count(*) FROM orders WHERE t = 'again'}, 1, 60);
		is(rows($old, 'shop'), rows($new, 'shop'), 'and round again: the same rows');
	});
	next if $from ne '15';
	case_of('somebody writes' => sub {
		make_pair($old, $new, 'busy');
		my $writer = IPC::Run::start([ $new->install_path . '/bin/psql', '-X', '-q', '-d', conninfo($old, 'busy'), '-c',
			q{DO $$ BEGIN FOR i IN 1 .. 3000 LOOP INSERT INTO orders (t) VALUES ('busy'); COMMIT; PERFORM pg_sleep(0.001); END LOOP; END $$} ]);
		my @command = ('subscription', 'reverse', $name, both($old, $new, 'busy'), '--yes', '--as', 'busy_back');
		pgbaton_fails(3, qr/somebody writes to the source/, @command);
		is(n_slots($new, 'busy'), 0, 'no slot is left');
		is(sql($new, 'busy', 'SELECT subenabled FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())'), 't', 'it goes on as before');
		pgbaton_ok(@command, '--pause-writes');
		eval { $writer->finish };
		wait_until('the same rows', sub { rows($old, 'busy') eq rows($new, 'busy') });
		check_reversed($old, $new, 'busy', 'busy_back');
	});
	case_of('a write at the last moment' => sub {
		make_pair($old, $new, 'moment');
		my @command = ('subscription', 'reverse', $name, both($old, $new, 'moment'), '--yes', '--as', 'moment_back');
		my $process = start_pgbaton(@command, { env => { PGBATON_STOP_AT => 'reverse.subscription.done' } });
		wait_sql($old, 'moment', q{SELECT count(*) FROM pg_subscription WHERE subname = 'moment_back'}, 1, 60);
		wait_until('it stands still', sub { slurp('/proc/' . $process->pid . '/stat') =~ /\) T / });
		sql($old, 'moment', q{INSERT INTO orders (t) VALUES ('late')});
		$process->kill('CONT');
		my $result = $process->wait;
		is($result->{rc}, 3, 'is noticed') or diag($result->{err});
		is(sql($old, 'moment', q{SELECT count(*) FROM pg_subscription WHERE subname = 'moment_back'}), 0, 'and all is undone');
		wait_sql($new, 'moment', q{SELECT count(*) FROM orders WHERE t = 'late'}, 1, 60);
		pgbaton_ok(@command);
		check_reversed($old, $new, 'moment', 'moment_back');
	});
	case_of('killed anywhere' => sub {
		my $n = 0;
		for my $point (qw(prepare.done slot.done subscription.done old_slot.done old_subscription.done enable.done))
		{
			my $database = 'killed_' . ++$n;
			make_pair($old, $new, $database);
			my @command = ('subscription', 'reverse', $name, both($old, $new, $database), '--yes');
			is(pgbaton(@command, { env => { PGBATON_KILL_AT => "reverse.$point" } })->{signal}, 9, "killed at $point");
			my $result = pgbaton(@command);
			is($result->{rc}, 0, 'run again, it continues') or diag($result->{err});
			check_reversed($old, $new, $database, '_hop_s__sub__reverse');
			sql($old, $database, 'ALTER SUBSCRIPTION _hop_s__sub__reverse DISABLE; ALTER SUBSCRIPTION _hop_s__sub__reverse SET (slot_name = NONE); DROP SUBSCRIPTION _hop_s__sub__reverse');
			wait_until('the slot is free', sub { sql($new, $database, q{SELECT count(*) FROM pg_replication_slots WHERE active AND database = current_database()}) == 0 });
			sql($new, $database, 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()');
		}
	});
}

done_testing();
