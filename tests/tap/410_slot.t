# slot list, create, copy, advance, drop: refusals first; the oracle is pg_replication_slots by psql. PostgreSQL 10 has neither advance nor copy, 11 no copy.
use strict;
use warnings;

use IPC::Run ();
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("v$_", $_, conf => $_ >= 13 ? "max_prepared_transactions = 5\nmax_slot_wal_keep_size = 300MB" : 'max_prepared_transactions = 5') } qw(10 11 12 15 18);
for my $node (values %node)
{
	sql($node, 'postgres', 'CREATE DATABASE shop');
	sql($node, 'postgres', 'CREATE DATABASE other');
	sql($node, 'shop', 'CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION shop_pub FOR TABLE t');
	sql($node, 'postgres', 'CREATE ROLE plain LOGIN; CREATE ROLE repl LOGIN REPLICATION');
}

sub on { my ($version, @more) = @_; return ('--source', conninfo($node{$version}, 'shop', @more)) }
sub slots { my ($node) = @_; return sql($node, 'postgres', 'SELECT slot_name, plugin, database, confirmed_flush_lsn FROM pg_replication_slots ORDER BY 1') }
sub slot { my ($node, $name, $what) = @_; return sql($node, 'postgres', "SELECT $what FROM pg_replication_slots WHERE slot_name = '$name'") }

sub write_wal { my ($node, $n) = @_; sql($node, 'shop', "INSERT INTO t SELECT COALESCE((SELECT max(id) FROM t), 0) + i FROM generate_series(1, $n) AS i"); return }

for my $version (sort { $a <=> $b } keys %node)
{
	my $node = $node{$version};
	subtest "PostgreSQL $version" => sub {
		# The documents of the oldest and the newest are held against their schema; of the others that takes too long.
		no warnings 'redefine';
		local *PgbatonBlocks::is_valid = sub { return 1 } if $version != 10 && $version != 18;
		is_deeply(block_json('slot-list', 'slot', 'list', on($version))->{slots}, [], 'no slots');
		like(pgbaton_ok('slot', 'list', on($version))->{out}, qr/^no replication slots$/m, 'people read so');

		# refusals
		if ($version == 15)
		{
			pgbaton_fails(2, qr/is no name of a replication slot/, 'slot', 'create', $_, on($version)) for 'UPPER', 'a-b', '', 'x' x 64, grep { !/^[a-z]+$|\n/ } hostile_names();
		}
		refused_json(2, 'slot', $_, q{a'b}, on($version), '--yes') for 'drop';
		refused_json(3, 'slot', 'create', 's', '--two-phase', on($version)) if $version < 14;
		refused_json(3, 'slot', 'create', 's', '--failover', on($version)) if $version < 17;
		my $error = refused_json(3, 'slot', 'create', 's', on($version, user => 'plain'));
		like($error->{hint}, qr/REPLICATION/, 'the missing right is named');
		is(slots($node), '', 'nothing was made');
		isnt(refused_json(1, 'slot', 'create', 's', '--plugin', 'no such; plugin', on($version))->{message}, undef, 'a plugin that is not there');

		# create
		like(plan_json('slot', 'create', 'one', on($version)), qr/^SELECT pg_catalog\.pg_create_logical_replication_slot\('one', 'pgoutput'\)$/, 'the plan');
		is(slots($node), '', 'a dry run makes nothing');
		is(change_json('slot', 'create', 'one', on($version, user => 'repl'))->{outcome}, 'created', 'created, by a role with REPLICATION');
		is(slot($node, 'one', 'plugin, database, slot_type, temporary'), 'pgoutput|shop|logical|f', 'it is there');
		my $before = slots($node);
		is(change_json('slot', 'create', 'one', on($version))->{outcome}, 'unchanged', 'again: unchanged');
		is(slots($node), $before, 'really');
		like(refused_json(3, 'slot', 'create', 'one', '--plugin', 'test_decoding', on($version))->{detail}, qr/plugin "pgoutput"/, 'another plugin is refused');
		like(refused_json(3, 'slot', 'create', 'one', '--database', 'other', on($version))->{detail}, qr/database "shop"/, 'another database, too');
		like(pgbaton_ok('slot', 'create', 'plugged', '--plugin', 'test_decoding', on($version))->{out}, qr/keeps WAL for it from now on/, 'it says what that means');
		if ($version >= 14)
		{
			change_json('slot', 'create', 'two', '--two-phase', on($version));
			is(slot($node, 'two', 'two_phase'), 't', 'two_phase');
			like(refused_json(3, 'slot', 'create', 'one', '--two-phase', on($version))->{detail}, qr/without two_phase/, 'the difference is told');
			change_json('slot', 'drop', 'two', '--yes', on($version));
		}
		if ($version >= 17)
		{
			change_json('slot', 'create', 'fail', '--failover', on($version));
			is(slot($node, 'fail', 'failover, two_phase'), 't|f', 'failover');
			change_json('slot', 'drop', 'fail', '--yes', on($version));
		}

		# what creation waits for
		sql($node, 'shop', "BEGIN; INSERT INTO t VALUES (-1); PREPARE TRANSACTION 'held'");
		$error = refused_json(3, 'slot', 'create', 'late', '--slot-timeout', '1s', on($version));
		like($error->{detail}, qr/prepared transaction 'held'/, 'the blocker is named');
		sql($node, 'shop', "ROLLBACK PREPARED 'held'");
		is(slot($node, 'late', 'count(*)'), '0', 'nothing is left of it');

		# list
		write_wal($node, 1000);
		sql($node, 'postgres', "SELECT pg_create_physical_replication_slot('phys', true)");
		sql($node, 'postgres', "SELECT pg_create_physical_replication_slot('empty')");
		my %is = map { $_->{name} => $_ } @{ block_json('slot-list', 'slot', 'list', on($version))->{slots} };
		is_deeply([ sort keys %is ], [qw(empty one phys plugged)], 'all slots are listed');
		is($is{one}{confirmed_flush_lsn}, slot($node, 'one', 'confirmed_flush_lsn'), 'with their position');
		is($is{one}{retained_bytes} + 0, slot($node, 'one', 'pg_current_wal_lsn() - restart_lsn') + 0, 'and what they retain');
		is($is{phys}{type}, 'physical', 'physical ones');
		is($is{empty}{position}, undef, 'ones without a position');
		is($is{one}{two_phase}, $version >= 14 ? JSON::PP::false : undef, 'what the version lacks is null');
		is($is{one}{wal_status}, $version >= 13 ? 'reserved' : undef, 'wal_status');
		my $out = pgbaton_ok('slot', 'list', on($version, user => 'plain'))->{out};
		like($out, $version >= 13 ? qr/3 of them not in use: .* up to max_slot_wal_keep_size = 300MB/ : qr/3 of them not in use: .*until its disk is full: PostgreSQL $version has no bound/, 'idle slots are warned of');

		# active slots
		my $receiver = start_pgbaton('-d', conninfo($node, 'shop'), '--slot', 'one', '--start', '--no-loop', '-f', '/dev/null', '-o', 'proto_version=1', '-o', 'publication_names=shop_pub',
			{ program => $node->install_path . '/bin/pg_recvlogical', env => { PGAPPNAME => q{app 'x'} } });
		wait_sql($node, 'postgres', "SELECT active FROM pg_replication_slots WHERE slot_name = 'one'");
		like(pgbaton_ok('slot', 'list', on($version))->{out}, qr/^one .* in use +pid \d+, application "app 'x'"/m, 'who uses it');
		$error = refused_json(3, 'slot', 'drop', 'one', '--yes', on($version));
		like($error->{detail}, qr/pid \d+, application "app 'x'"/, 'a slot in use is refused, naming its user');

		# copy
		if ($version < 12)
		{
			like(refused_json(3, 'slot', 'copy', 'one', 'kept', on($version))->{detail}, qr/since PostgreSQL 12/, 'no copies before 12');
		}
		else
		{
			refused_json(3, 'slot', 'copy', 'nowhere', 'kept', on($version));
			refused_json(2, 'slot', 'copy', 'one', 'KEPT', on($version));
			like(refused_json(3, 'slot', 'copy', 'empty', 'kept', on($version))->{detail}, qr/no position yet/, 'nothing to copy');
			like(plan_json('slot', 'copy', 'one', 'kept', on($version)), qr/pg_copy_logical_replication_slot\('one', 'kept', false\)/, 'the plan');
			is(slot($node, 'kept', 'count(*)'), '0', 'a dry run makes nothing');
			# By way of another database: the copy is of the base's.
			is(change_json('slot', 'copy', 'one', 'kept', '--source', conninfo($node, 'postgres'))->{outcome}, 'created', 'an active slot is copied');
			is(slot($node, 'kept', 'plugin, database, confirmed_flush_lsn = (SELECT b.confirmed_flush_lsn FROM pg_replication_slots b WHERE slot_name = ' . "'one'), temporary"), 'pgoutput|shop|t|f', 'as the base');
			is(change_json('slot', 'copy', 'one', 'kept', on($version))->{outcome}, 'unchanged', 'again: unchanged');
			change_json('slot', 'copy', 'phys', 'phys2', on($version));
			is(slot($node, 'phys2', 'slot_type, restart_lsn = (SELECT b.restart_lsn FROM pg_replication_slots b WHERE slot_name = ' . "'phys')"), 'physical|t', 'a physical one');
			like(refused_json(3, 'slot', 'copy', 'phys', 'kept', on($version))->{detail}, qr/a logical slot/, 'another kind is refused');
			change_json('slot', 'drop', 'phys2', '--yes', on($version));
		}

		# advance
		if ($version < 11)
		{
			like(refused_json(3, 'slot', 'advance', 'plugged', 'now', on($version))->{detail}, qr/since PostgreSQL 11/, 'no advance before 11');
		}
		else
		{
			write_wal($node, 1000);
			like(refused_json(3, 'slot', 'advance', 'one', 'now', '--yes', on($version))->{message}, qr/while it is in use/, 'not one in use');
			like(refused_json(3, 'slot', 'advance', 'plugged', '0/10', '--yes', on($version))->{detail}, qr/only go forward/, 'not back');
			like(refused_json(3, 'slot', 'advance', 'plugged', 'FFFF/0', '--yes', on($version))->{detail}, qr/WAL of this server ends at/, 'not beyond the end');
			pgbaton_fails(2, qr/no position in the WAL/, 'slot', 'advance', 'plugged', $_, '--yes', on($version)) for $version > 11 ? () : 'later', '1/', '/1', '1/1x', '111111111/1', q{0/1'; DROP};
			refused_json(2, 'slot', 'advance', 'plugged', 'now', on($version));
			my $at = slot($node, 'plugged', 'confirmed_flush_lsn');
			like(pgbaton_ok('slot', 'advance', 'plugged', 'now', '--dry-run', on($version))->{out}, qr/^-- from \Q$at\E to .* of WAL are skipped$/m, 'it tells what is skipped');
			is(slot($node, 'plugged', 'confirmed_flush_lsn'), $at, 'a dry run moves nothing');
			my $done = change_json('slot', 'advance', 'plugged', 'now', '--yes', on($version));
			is($done->{skipped_bytes}, sql($node, 'postgres', "SELECT '$done->{to}'::pg_lsn - '$at'"), 'as many bytes');
			is(slot($node, 'plugged', 'confirmed_flush_lsn'), $done->{to}, 'it is there');
			is(sql($node, 'shop', "SELECT count(*) FROM pg_logical_slot_peek_changes('plugged', NULL, NULL) WHERE data ~ 'INSERT'"), '0', 'and sends nothing of it');
			is(change_json('slot', 'advance', 'plugged', $done->{to}, '--yes', on($version))->{outcome}, 'unchanged', 'again: unchanged');
			write_wal($node, 10);
			my $told = pgbaton_ok('slot', 'advance', 'plugged', 'now', '--yes', '--checkpoint', on($version, user => 'postgres'))->{out};
			unlike($told, qr/after a crash/, 'with a checkpoint it is safe');
			$at = slot($node, 'plugged', 'confirmed_flush_lsn');
			$node->stop('immediate');
			$receiver->wait;
			$node->start;
			is(slot($node, 'plugged', 'confirmed_flush_lsn'), $at, 'it survives a crash');
			$receiver = start_pgbaton('-d', conninfo($node, 'shop'), '--slot', 'one', '--start', '--no-loop', '-f', '/dev/null', '-o', 'proto_version=1', '-o', 'publication_names=shop_pub',
				{ program => $node->install_path . '/bin/pg_recvlogical' });
			wait_sql($node, 'postgres', "SELECT active FROM pg_replication_slots WHERE slot_name = 'one'");
		}

		# drop
		refused_json(2, 'slot', 'drop', 'plugged', on($version));
		like(plan_json('slot', 'drop', 'one', '--force', on($version)), qr/pg_terminate_backend.*pg_drop_replication_slot\('one'\)/s, 'the plan');
		is(slot($node, 'one', 'active'), 't', 'a dry run does nothing');
		is(change_json('slot', 'drop', 'one', '--force', '--yes', on($version))->{outcome}, 'dropped', 'by force');
		is(slot($node, 'one', 'count(*)'), '0', 'it is gone');
		$receiver->kill('TERM') if $receiver->running;
		$receiver->wait;
		is(change_json('slot', 'drop', 'one', '--yes', on($version))->{outcome}, 'unchanged', 'again: unchanged');
		change_json('slot', 'drop', $_, '--yes', on($version)) for qw(plugged phys empty);
		like(refused_json(3, 'slot', 'create', 'more', on($version, user => 'plain'))->{message}, qr/more|replication/, 'still without the right');
	};
}

# A slot that has lost its WAL.
subtest 'a lost slot' => sub {
	my $node = $node{15};
	sql($node, 'postgres', q{ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'});
	sql($node, 'postgres', q{ALTER SYSTEM SET max_wal_size = '32MB'});
	sql($node, 'postgres', 'SELECT pg_reload_conf()');
	pgbaton_ok('slot', 'create', 'lost', on(15));
	wait_until('its WAL is gone', sub {
		sql($node, 'shop', "SELECT pg_switch_wal(); CREATE TABLE IF NOT EXISTS u (a int); INSERT INTO u VALUES (1); SELECT pg_switch_wal(); INSERT INTO u VALUES (1); SELECT pg_switch_wal(); CHECKPOINT");
		return slot($node, 'lost', 'wal_status') eq 'lost';
	});
	my ($slot) = grep { $_->{name} eq 'lost' } @{ block_json('slot-list', 'slot', 'list', on(15))->{slots} };
	is($slot->{state}, 'lost: wal_removed', 'it is listed as lost');
	for my $command ([ 'slot', 'copy', 'lost', 'kept2' ], [ 'slot', 'advance', 'lost', 'now', '--yes' ])
	{
		like(refused_json(3, @$command, on(15))->{detail}, qr/invalidated \(wal_removed\)/, "@$command is refused");
	}
	like(refused_json(3, 'slot', 'create', 'lost', on(15))->{detail}, qr/invalidated/, 'it is not taken for a good one');
	change_json('slot', 'drop', 'lost', '--yes', on(15));
	is(slot($node, 'lost', 'count(*)'), '0', 'it can be dropped');
};

subtest 'the subscription of a slot' => sub {
	my ($source, $target) = @node{ 15, 18 };
	sql($target, 'shop', qq{CREATE SUBSCRIPTION "sub ""x" CONNECTION '@{[ conninfo($source, 'shop') ]}' PUBLICATION shop_pub WITH (slot_name = 'x_slot', copy_data = false)});
	my @both = (on(15), '--target', conninfo($target, 'postgres'));
	wait_sql($source, 'postgres', "SELECT active FROM pg_replication_slots WHERE slot_name = 'x_slot'");
	my ($slot) = grep { $_->{name} eq 'x_slot' } @{ block_json('slot-list', 'slot', 'list', @both)->{slots} };
	is($slot->{subscription}, q{shop.sub "x}, 'it is told');
	is($slot->{application}, q{sub "x}, 'and so is the application');
	pgbaton_ok('slot', 'list', on(15), '--target', 'host=/nonexistent dbname=x');
	my $done = pgbaton_ok('slot', 'drop', 'x_slot', '--force', '--yes', @both);
	like($done->{out}, qr/Subscription shop\.sub "x on the target used it/, 'drop tells whose it was');
	is(slot($source, 'x_slot', 'count(*)'), '0', 'it is gone though the subscription is enabled');
	sql($target, 'shop', q{ALTER SUBSCRIPTION "sub ""x" DISABLE; ALTER SUBSCRIPTION "sub ""x" SET (slot_name = NONE); DROP SUBSCRIPTION "sub ""x"});
};

done_testing();
