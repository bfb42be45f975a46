# origin list and rewind: setting the origin back alone does nothing, and everything that would not replay is refused; then a bad deploy on the target that is
# taken back by a slot kept before it, and the rows that conflict.
use strict;
use warnings;

use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my $source = server('publisher', '15', conf => 'max_slot_wal_keep_size = 1GB');
my %target = map { $_ => server("sub$_", $_, conf => 'wal_receiver_status_interval = 1s') } qw(10 12 15 18);
my $n = 0;

# A database on both sides with a table of ten rows and a subscription; options of conninfo for the target
sub story
{
	my ($version, %opt) = @_;
	my $target = $target{$version};
	my $db = 'shop' . ++$n;
	my $sub = $opt{sub} // "sub$n";
	my $story = { version => $version, target => $target, db => $db, sub => $sub, slot => "slot$n", both => [ '--source', conninfo($source, $db), '--target', conninfo($target, $db) ] };
	for my $node ($source, $target)
	{
		sql($node, 'postgres', "CREATE DATABASE $db");
		sql($node, $db, 'CREATE TABLE t (id int PRIMARY KEY, v text)');
	}
	sql($source, $db, "INSERT INTO t SELECT i, 'old' FROM generate_series(1, 10) AS i; CREATE PUBLICATION p FOR TABLE t");
	sql($source, $db, "SELECT pg_create_logical_replication_slot('$story->{slot}', 'pgoutput')");
	sql($target, $db, "INSERT INTO t SELECT i, 'old' FROM generate_series(1, 10) AS i");
	sql($target, $db, 'CREATE SUBSCRIPTION ' . quoted($sub) . ' CONNECTION ' . literal(conninfo($source, $db)) . " PUBLICATION p WITH (slot_name = '$story->{slot}', create_slot = false, copy_data = false)");
	change($story, 'INSERT INTO t VALUES (11, $$before$$)');
	return $story;
}

# Runs it on the source and waits until the target has it.
sub change
{
	my ($story, $sql) = @_;
	sql($source, $story->{db}, $sql);
	my $wanted = rows($source, $story);
	wait_until('the target follows', sub { rows($story->{target}, $story) eq $wanted });
	return;
}

sub rows { my ($node, $story) = @_; return sql($node, $story->{db}, "SELECT count(*), sum(id), string_agg(v, ',' ORDER BY id) FROM t") }
sub position { my ($story) = @_; return sql($story->{target}, $story->{db}, "SELECT pg_replication_origin_progress('pg_' || oid, false) FROM pg_subscription WHERE subname = " . literal($story->{sub})) }
sub subscription { my ($story) = @_; return sql($story->{target}, $story->{db}, 'SELECT subenabled, subslotname FROM pg_subscription WHERE subname = ' . literal($story->{sub})) }
sub rewind { my ($story, @more) = @_; return ('origin', 'rewind', $story->{sub}, @{ $story->{both} }, @more) }
sub keep { my ($story, $name) = @_; pgbaton_ok('slot', 'copy', $story->{slot}, $name, @{ $story->{both} }[ 0, 1 ]); return $name }
sub slot_at { my ($name) = @_; return sql($source, 'postgres', "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '$name'") }

# Until what the target has applied is confirmed to its slot.
sub confirmed { my ($story) = @_; my $at = position($story); wait_sql($source, 'postgres', "SELECT confirmed_flush_lsn >= '$at' FROM pg_replication_slots WHERE slot_name = '$story->{slot}'"); return }

sub end
{
	my ($story) = @_;
	my $sub = quoted($story->{sub});
	sql($story->{target}, $story->{db}, "ALTER SUBSCRIPTION $sub DISABLE; ALTER SUBSCRIPTION $sub SET (slot_name = NONE); DROP SUBSCRIPTION $sub");
	wait_sql($source, 'postgres', "SELECT count(*) FROM pg_replication_slots WHERE active AND database = '$story->{db}'", '0');
	sql($source, 'postgres', "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '$story->{db}'");
	return;
}

subtest 'setting the origin back does nothing' => sub {
	my $story = story(15);
	change($story, 'INSERT INTO t VALUES (12, $$x$$)');
	confirmed($story);
	my $oid = sql($story->{target}, $story->{db}, 'SELECT oid FROM pg_subscription WHERE subname = ' . literal($story->{sub}));
	sql($story->{target}, $story->{db}, "ALTER SUBSCRIPTION $story->{sub} DISABLE");
	wait_sql($story->{target}, $story->{db}, "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ '^logical replication (apply )?worker' AND datname = '$story->{db}'", '0');
	sql($story->{target}, $story->{db}, "DELETE FROM t WHERE id >= 11; SELECT pg_replication_origin_advance('pg_$oid', '0/1')");
	sql($story->{target}, $story->{db}, "ALTER SUBSCRIPTION $story->{sub} ENABLE");
	sql($source, $story->{db}, 'INSERT INTO t VALUES (13, $$y$$)');
	wait_sql($story->{target}, $story->{db}, 'SELECT string_agg(id::text, $$,$$) FROM t WHERE id > 10', '13');
	pass('what was confirmed does not come again');
	end($story);
};

subtest 'refusals' => sub {
	my $story = story(15);
	my $other = story(15);
	change($story, 'INSERT INTO t VALUES (12, $$x$$)');
	confirmed($story);
	my $before = subscription($story) . position($story);
	my @yes = '--yes';

	like(refused_json(2, rewind($story, @yes))->{message}, qr/not said where/, 'no position');
	refused_json(2, rewind($story, @yes, '--to', 'back'));
	pgbaton_fails(2, qr/is no name of a replication slot/, rewind($story, @yes, '--to-slot', $_)) for grep { !/^[a-z]+$|\n/ } hostile_names();
	pgbaton_fails(3, qr/there is no subscription/, 'origin', 'rewind', $_, @{ $story->{both} }, @yes, '--to-slot', 'k') for grep { !/\n/ } hostile_names();
	like(refused_json(3, rewind($story, @yes, '--to', '0/1'))->{detail}, qr/No unused slot.*setting the origin back changes nothing/, 'a position without a slot, and why');
	like(refused_json(3, rewind($story, @yes, '--to', 'FFFF/0'))->{hint}, qr/pgbaton subscription skip/, 'not forward');
	like(refused_json(3, rewind($story, @yes, '--to-slot', 'nowhere'))->{message}, qr/no replication slot "nowhere"/, 'no such slot');
	like(refused_json(3, rewind($story, @yes, '--to-slot', $story->{slot}))->{detail}, qr/never goes back/, 'not its own slot');
	like(refused_json(3, rewind($story, @yes, '--to-slot', $other->{slot}))->{detail}, qr/is used by|sends the changes of/, 'not that of another database');
	sql($source, 'postgres', "SELECT pg_create_physical_replication_slot('phys', true)");
	like(refused_json(3, rewind($story, @yes, '--to-slot', 'phys'))->{detail}, qr/physical/, 'not a physical one');
	sql($source, $story->{db}, "SELECT pg_create_logical_replication_slot('decoder', 'test_decoding')");
	like(refused_json(3, rewind($story, @yes, '--to-slot', 'decoder'))->{detail}, qr/plugin test_decoding/, 'not one of another plugin');
	sql($source, $story->{db}, 'INSERT INTO t SELECT i, $$z$$ FROM generate_series(20, 30) AS i');
	sql($source, $story->{db}, "SELECT pg_create_logical_replication_slot('ahead', 'pgoutput'); SELECT pg_drop_replication_slot('decoder')");
	sql($source, $story->{db}, "SELECT pg_replication_slot_advance('ahead', pg_current_wal_lsn())") for 1;
	wait_until('the target follows', sub { rows($story->{target}, $story) eq rows($source, $story) });
	my $at = position($story);
	is(sql($source, 'postgres', "SELECT '" . slot_at('ahead') . "'::pg_lsn > '$at'"), 't', 'a slot that is ahead');
	like(refused_json(3, rewind($story, @yes, '--to-slot', 'ahead'))->{detail}, qr/nothing from after .* has been applied yet/, 'not one ahead of the subscription');
	like(refused_json(3, rewind($story, @yes, '--to-slot', 'ahead', '--to', $at))->{message}, qr/is ahead of/, 'nor of the position');
	like(refused_json(3, 'origin', 'rewind', $story->{sub}, '--source', conninfo($source, 'postgres'), '--target', conninfo($story->{target}, $story->{db}), '--yes', '--to-slot', 'ahead')->{message},
		qr/is not what subscription/, 'not another publisher');
	my $kept = keep($story, 'kept_r');
	change($story, 'INSERT INTO t VALUES (40, $$x$$)');
	refused_json(2, rewind($story, '--to-slot', $kept));

	sql($story->{target}, 'postgres', 'CREATE ROLE plain LOGIN; CREATE ROLE boss SUPERUSER');
	sql($story->{target}, $story->{db}, "ALTER SUBSCRIPTION $story->{sub} OWNER TO boss");
	my @plain = ('origin', 'rewind', $story->{sub}, '--source', conninfo($source, $story->{db}), '--target', conninfo($story->{target}, $story->{db}, user => 'plain'), '--yes', '--to-slot', $kept);
	like(refused_json(3, @plain)->{hint}, qr/GRANT boss TO plain/, 'not by anybody');
	sql($story->{target}, 'postgres', 'GRANT boss TO plain');
	like(refused_json(3, @plain)->{hint}, qr/GRANT EXECUTE ON FUNCTION .*pg_replication_origin_advance/, 'the right that is missing is named');
	isnt(subscription($story), '', 'it is there');
	is((split /\|/, subscription($story))[1], $story->{slot}, 'nothing was changed');
	my $plan = plan_json(rewind($story, '--to', slot_at($kept), '--to-slot', $kept));
	like($plan, qr/DISABLE;\nBEGIN; ALTER SUBSCRIPTION "$story->{sub}" SET \(slot_name = '$kept'\); ALTER SUBSCRIPTION "$story->{sub}" ENABLE.*COMMIT/, 'the plan');
	is((split /\|/, subscription($story))[0], 't', 'a dry run changes nothing');
	sql($source, 'postgres', "SELECT pg_drop_replication_slot('phys')");
	sql($story->{target}, $story->{db}, "ALTER SUBSCRIPTION $story->{sub} OWNER TO postgres");
	end($_) for $story, $other;
};

for my $version (sort { $a <=> $b } keys %target)
{
	subtest "a bad deploy on a target of PostgreSQL $version" => sub {
		my $story = story($version, $version == 18 ? (sub => q{su'b "x" \\ %s}) : ());
		my $target = $story->{target};
		confirmed($story);
		my $kept = keep($story, "kept$n");
		my $saved = sql($target, $story->{db}, 'CREATE TABLE saved AS SELECT * FROM t; SELECT count(*) FROM saved');
		change($story, $_) for 'INSERT INTO t SELECT i, $$new$$ FROM generate_series(12, 20) AS i', 'UPDATE t SET v = $$changed$$ WHERE id IN (3, 15)', 'DELETE FROM t WHERE id = 4';
		confirmed($story);
		my $wanted = rows($source, $story);
		my $from = position($story);

		# The deploy breaks everything; what was saved with the slot is put back.
		sql($target, $story->{db}, 'UPDATE t SET v = $$broken$$; DELETE FROM t WHERE id % 3 = 0; TRUNCATE t');
		sql($target, $story->{db}, 'INSERT INTO t SELECT * FROM saved');
		isnt(rows($target, $story), $wanted, 'the target is behind');
		my $done = change_json(rewind($story, '--to-slot', $kept, '--yes', '--watch', '60s'));
		is($done->{outcome}, 'rewound', 'rewound') or return;
		is($done->{replay}{state}, 'done', 'everything is applied again');
		is($done->{from}, $from, 'from where it was');
		is(rows($target, $story), $wanted, 'the rows are there again');
		is(subscription($story), "t|$kept", 'it reads from the kept slot');
		change($story, 'INSERT INTO t VALUES (100, $$later$$)');
		is(rows($target, $story), rows($source, $story), 'and goes on');
		refused_json(3, rewind($story, '--to-slot', $kept, '--yes'));
		my ($origin) = grep { ($_->{subscription} // '') eq $story->{sub} } @{ block_json('origin-list', 'origin', 'list', '--target', conninfo($target, 'postgres'))->{origins} };
		is($origin->{database}, $story->{db}, 'listed, from another database');
		is($origin->{remote_lsn}, position($story), 'with its position');

		# Rows that are there already.
		my $again = "again$n";
		confirmed({ %$story, slot => $kept });
		sql($source, $story->{db}, "SELECT pg_copy_logical_replication_slot('$kept', '$again')");
		change($story, 'INSERT INTO t VALUES (200, $$twice$$)');
		my $result = pgbaton(rewind($story, '--to-slot', $again, '--yes', '--json', '--watch', $version >= 15 ? '60s' : '3s'));
		is($result->{rc}, 1, 'a conflict: exit code 1') or diag($result->{out}, $result->{err});
		is_valid($result->{out}, 'change');
		my $replay = JSON::PP->new->utf8->decode($result->{out})->{replay};
		is($replay->{state}, 'stopped', 'the worker has stopped');
		like($replay->{error}, qr/\(id\)=\(200\)/, 'it is told at which row') if $version >= 15;
		if ($version >= 18)
		{
			cmp_ok($replay->{conflicts}{insert_exists} // 0, '>=', 1, 'the server has counted it') or diag($result->{out});
		}
		sql($target, $story->{db}, 'DELETE FROM t WHERE id = 200');
		wait_until('it goes on by itself', sub { rows($target, $story) eq rows($source, $story) });
		end($story);
	};
}

subtest 'by position' => sub {
	my $story = story(18);
	confirmed($story);
	keep($story, 'first');
	change($story, 'INSERT INTO t VALUES (12, $$a$$)');
	my $middle = position($story);
	change($story, 'INSERT INTO t VALUES (13, $$b$$)');
	sql($story->{target}, $story->{db}, 'DELETE FROM t WHERE id = 13');
	my $done = change_json(rewind($story, '--to', $middle, '--yes', '--watch', '60s'));
	is($done->{slot}, 'first', 'the slot that can send it');
	is($done->{replay}{state}, 'done', 'applied again');
	is(rows($story->{target}, $story), rows($source, $story), 'only what came after that position: no conflict');

	change($story, 'INSERT INTO t VALUES (14, $$c$$)');
	keep({ %$story, slot => 'first' }, $_) for 'second', 'third';
	like(refused_json(3, rewind($story, '--yes', '--to', position($story)))->{detail}, qr/second at .*, third at|slot$n at/, 'not chosen among several');
	$done = change_json(rewind($story, '--to-slot', 'second', '--no-enable', '--yes'));
	is(subscription($story), 'f|second', 'left disabled');
	is($done->{replay}{state}, 'none', 'not watched');
	end($story);
};

subtest 'rights' => sub {
	my $story = story(18);
	my $oid = sql($story->{target}, $story->{db}, 'SELECT oid FROM pg_subscription WHERE subname = ' . literal($story->{sub}));
	sql($target{$_}, 'postgres', 'DO $$BEGIN CREATE ROLE looker LOGIN; EXCEPTION WHEN duplicate_object THEN END$$') for 10, 18;
	my $list = block_json('origin-list', 'origin', 'list', '--target', conninfo($target{18}, $story->{db}, user => 'looker'));
	my ($origin) = grep { $_->{name} eq "pg_$oid" } @{ $list->{origins} };
	is($origin->{subscription}, $story->{sub}, 'the list without positions');
	is($origin->{remote_lsn}, undef, 'null');
	like(pgbaton_ok('origin', 'list', '--target', conninfo($target{18}, $story->{db}, user => 'looker'))->{out}, qr/GRANT EXECUTE ON FUNCTION pg_catalog\.pg_show_replication_origin_status/, 'the right is named');
	like(refused_json(3, 'origin', 'list', '--target', conninfo($target{10}, 'postgres', user => 'looker'))->{detail}, qr/only superusers/, 'before 14 only superusers');
	sql($target{18}, $_, "SELECT pg_replication_origin_create('strange ''; name')") for 'postgres';
	($origin) = grep { $_->{name} eq q{strange '; name} } @{ block_json('origin-list', 'origin', 'list', '--target', conninfo($target{18}, 'postgres'))->{origins} };
	is($origin->{subscription}, undef, 'an origin of nobody');

	# The owner of the subscription, no superuser, with the two functions.
	confirmed($story);
	my $kept = keep($story, 'by_owner');
	change($story, 'INSERT INTO t VALUES (12, $$x$$)');
	sql($target{18}, $story->{db}, "GRANT pg_create_subscription TO looker; GRANT CREATE ON DATABASE $story->{db} TO looker; GRANT ALL ON t TO looker; ALTER SUBSCRIPTION $story->{sub} CONNECTION " . literal(conninfo($source, $story->{db}, password => 'x')) . "; ALTER TABLE t OWNER TO looker");
	sql($target{18}, $story->{db}, "ALTER SUBSCRIPTION $story->{sub} DISABLE; ALTER SUBSCRIPTION $story->{sub} OWNER TO looker; DELETE FROM t WHERE id = 12");
	sql($target{18}, $story->{db}, 'GRANT EXECUTE ON FUNCTION pg_replication_origin_progress(text, boolean), pg_replication_origin_advance(text, pg_lsn) TO looker');
	my $done = change_json('origin', 'rewind', $story->{sub}, '--source', conninfo($source, $story->{db}), '--target', conninfo($target{18}, $story->{db}, user => 'looker'), '--yes', '--to-slot', $kept, '--no-enable');
	is(subscription($story), "f|$kept", 'rewound by an ordinary role');
	is(position($story), slot_at($kept), 'the origin is at the slot');
	end($story);
};

done_testing();
