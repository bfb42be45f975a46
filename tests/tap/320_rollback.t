# The way back, and forward again: what the stream carries and what it does not, rights, refusals, rehearsals.
use strict;
use warnings;

use PgbatonFlow;
use PgbatonTest;
use Test::More;

my %server;
my $n = 0;

sub at
{
	my ($side, $version) = @_;
	return $server{"$side $version"} //= server("${side}_$version", $version);
}

# A migration that is ready, of make_small's database and what $sql adds to it.
sub ready
{
	my ($from, $to, %opt) = @_;
	my $m = migration(source => at('source', $from), target => at('target', $to), database => 'back' . ++$n, options => $opt{options} // []);
	make_small($m, rows => 200);
	sql($m->{source}, $m->{database}, $opt{sql}) if $opt{sql};
	pgbaton_ok('migrate', ends($m));
	return $m;
}

# What is refused leaves everything as it was.
sub refused
{
	my ($m, $what, $regex, @command) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = pgbaton(@command, ends($m), '--yes');
	is($result->{rc}, 3, "$m->{database}: $what is refused") or diag($result->{err});
	like($result->{err}, $regex, "$m->{database}: $what: the reason is told");
	return;
}

# Back and forth under writers, with what no stream carries changed on whichever side is in use.
sub round_trips
{
	my ($m, $rounds) = @_;
	my $traffic = start_traffic($m, '--writers', 3, '--rate', 200);
	my %seen;
	for my $round (1 .. $rounds)
	{
		for my $command (qw(switchover rollback))
		{
			my ($node, $database) = $command eq 'switchover' ? @$m{qw(source database)} : @$m{qw(target target_database)};
			# No value may be handed out twice.
			my @values = split /\n/, sql($node, $database, "SELECT nextval('counter') FROM generate_series(1, 5);
				INSERT INTO scratch VALUES (1000 + nextval('unused'), '$command $round')");
			my @again = grep { $seen{$_}++ } @values;
			is("@again", '', "$m->{database}: round $round: $command: no value of a sequence was handed out before");
			sql($node, $database, "SELECT lo_from_bytea(0, 'round $round'); INSERT INTO big VALUES (" . (100000 + 10 * $round + ($command eq 'rollback')) . ", 1, 'x')");
			my $result = hand_over($m, $command);
			return if $result->{rc} != 0;
			my $pause = json_of($result)->{databases}[0];
			ok($pause->{pause_ms} > 0 && @{ $pause->{timeline} } > 5, "$m->{database}: the pause is told with its parts");
			more_traffic($m);
		}
	}
	stop_traffic($m, $traffic);
	check_ledger($m, 'source');
	wait_forward($m);
	# The target's sequences are set in the next pause.
	check_same($m, sequences => 0);
	check_ledger($m);
	return;
}

for my $pair ([ '15', '17' ], [ '10', '18' ], [ '16', '17' ])
{
	my ($from, $to) = @$pair;
	case_of("$from and $to" => sub {
		my $m = ready($from, $to);
		refused($m, 'a rollback before a switchover', qr/nothing to roll back/, 'rollback');
		round_trips($m, 2);
		pgbaton_ok('cleanup', ends($m), '--yes');
		check_nothing_left($m);
		check_writable($m, 'source', 'after the cleanup');
		drop_databases($m);
	});
}

case_of('several streams' => sub {
	my $m = ready('15', '17', options => [ '--apply-streams', 2 ]);
	round_trips($m, 1);
	is(n_slots($m->{source}, $m->{database}), 2, 'after the rollback there are as many streams as before');
	hand_over($m, 'switchover');
	check_reverse($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
});

# With a setting of the database's own, and of a role, that have to be there again in the end.
case_of('the read-only fence' => sub {
	my $m = ready('15', '17', options => [ '--fence', 'readonly' ]);
	sql($m->{source}, 'postgres', "CREATE ROLE eager; ALTER ROLE eager IN DATABASE $m->{database} SET work_mem = '5MB'");
	my $settings = "SELECT string_agg(setrole || ' ' || setconfig::text, ',' ORDER BY 1) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
		WHERE datname = '$m->{database}'";
	my $before = sql($m->{source}, 'postgres', $settings);
	round_trips($m, 2);
	is(sql($m->{source}, 'postgres', $settings), $before, 'the settings of the source are what they were');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	drop_databases($m);
	sql($m->{source}, 'postgres', 'DROP ROLE eager');
});

case_of('a rehearsal' => sub {
	my $m = ready('15', '17');
	my $traffic = start_traffic($m, '--writers', 2, '--rate', 200);
	for my $command (qw(switchover rollback))
	{
		my ($old, $new) = $command eq 'switchover' ? qw(source target) : qw(target source);
		my $result = pgbaton_ok('--json', $command, ends($m), '--rehearse', '--yes');
		my $database = json_of($result)->{databases}[0];
		is($database->{state}, 'rehearsed', "the $command is only rehearsed");
		ok($database->{pause_ms} > 0, 'it tells how long it took');
		check_writable($m, $old, 'after the rehearsal');
		check_read_only($m, $new);
		more_traffic($m);
		is(n_slots($m->{$new}, $m->{"${new}_database"} // $m->{database}), 0, "no slot is left on the $new");
		my $status = pgbaton('status', ends($m));
		is($status->{rc}, 0, 'status is content') or diag($status->{out});
		hand_over($m, $command);
	}
	stop_traffic($m, $traffic);
	check_ledger($m, 'source');
	wait_forward($m);
	check_same($m, sequences => 0);
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

# Triggers that fire on replicated rows too are ordinary ones on the side that follows.
case_of('ENABLE ALWAYS' => sub {
	my $m = ready('15', '17', options => [ '--skip-check', 'always-triggers' ], sql => <<'SQL');
CREATE TABLE watched (id int PRIMARY KEY);
CREATE TABLE noted (id serial PRIMARY KEY, what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER always AFTER INSERT ON watched FOR EACH ROW EXECUTE PROCEDURE note();
ALTER TABLE watched ENABLE ALWAYS TRIGGER always;
SQL
	my $state = "SELECT tgenabled FROM pg_trigger WHERE tgname = 'always'";
	is(sql($m->{target}, $m->{database}, $state), 'O', 'an ordinary one before the switchover');
	hand_over($m, 'switchover');
	is(sql($m->{target}, $m->{database}, $state), 'A', 'ALWAYS once the target is open');
	hand_over($m, 'rollback');
	is(sql($m->{target}, $m->{database}, $state), 'O', 'an ordinary one after the rollback');
	hand_over($m, 'switchover');
	is(sql($m->{target}, $m->{database}, $state), 'A', 'ALWAYS again');
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

case_of('changes of the target\'s schema' => sub {
	my $m = ready('15', '17');
	hand_over($m, 'switchover');
	sql($m->{target}, $m->{database}, 'CREATE TABLE new_here (id int PRIMARY KEY); INSERT INTO new_here VALUES (1)');
	refused($m, 'a table that only the target has', qr/"public\.new_here" is not on the source/, 'rollback');
	check_writable($m, 'target');
	sql($m->{target}, $m->{database}, 'DROP TABLE new_here; ALTER TABLE child ADD extra int');
	refused($m, 'a column that only the target has', qr/"public\.child" has other columns/, 'rollback');
	sql($m->{target}, $m->{database}, 'ALTER TABLE child DROP extra');
	sql($m->{target}, $m->{database}, 'ALTER TABLE child ADD extra int');
	sql($m->{source}, $m->{database}, 'SET default_transaction_read_only = off; ALTER TABLE child ADD extra int');
	sql($m->{target}, $m->{database}, 'UPDATE child SET extra = 7 WHERE id = 1');
	hand_over($m, 'rollback');
	is(sql($m->{source}, $m->{database}, 'SELECT extra FROM child WHERE id = 1'), 7, 'made on both, the column goes back');
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

case_of('--no-reverse' => sub {
	my $m = ready('15', '17');
	hand_over($m, 'switchover', '--no-reverse');
	refused($m, 'a rollback without a way back', qr/there is no way back/, 'rollback');
	check_writable($m, 'target');
	pgbaton_ok('cleanup', ends($m), '--yes');
	drop_databases($m);
});

case_of('again and again' => sub {
	my $m = ready('15', '17');
	hand_over($m, 'switchover');
	my $result = pgbaton_ok('switchover', ends($m), '--yes');
	like($result->{err}, qr/the target has the writes already/, 'a second switchover has nothing to do');
	hand_over($m, 'rollback');
	$result = pgbaton_ok('rollback', ends($m), '--yes');
	like($result->{err}, qr/the source has the writes already/, 'nor has a second rollback');
	refused($m, 'the rehearsal of one', qr/nothing to rehearse/, 'rollback', '--rehearse');
	pgbaton_ok('migrate', ends($m));
	hand_over($m, 'switchover');
	check_reverse($m);
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	check_read_only($m, 'source');
	check_writable($m, 'target');
	drop_databases($m);
});

done_testing();
