# What status says of a migration, at each stage of it and of what can be wrong, as text and as the JSON that docs/json.md promises; what it
# tells people to do, done; and how cleanup ends it.
use strict;
use warnings;

use Cwd ();
use File::Basename;
use JSON::PP ();
use PgbatonFlow;
use PgbatonTest;
use Test::More;

my ($source, $target) = pair(source => '15', target => '17');
my $template = migration(source => $source, target => $target, database => 'template');
make_small($template, rows => 300, no_traffic => 1);
my $docs = slurp(Cwd::abs_path(dirname(__FILE__) . '/../../docs') . '/json.md');
my $n = 0;

# The example of a section of docs/json.md.
sub documented
{
	my ($section) = @_;
	my ($example) = $docs =~ /^##+ \Q$section\E\n(?:(?!#).*\n)*?\n((?:    .*\n)+)/m or die "no example of $section\n";
	return JSON::PP->new->decode($example);
}

# Names of all fields, with their types: "databases[].streams[].lag_ms number".
sub fields
{
	my ($value, $path, $found) = @_;
	$found //= {};
	if (ref $value eq 'HASH')
	{
		fields($value->{$_}, length $path ? "$path.$_" : $_, $found) for keys %$value;
	}
	elsif (ref $value eq 'ARRAY')
	{
		$found->{"$path\[]"} = 'list';
		fields($_, "$path\[]", $found) for @$value;
	}
	else
	{
		$found->{$path} = JSON::PP::is_bool($value) ? 'boolean' : !defined $value ? 'null' : 'value';
	}
	return $found;
}

# Every field that is there is in the documentation, and of its type; what the lists of this document hold, it holds whole.
sub check_fields
{
	my ($document, $section) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($seen, $wanted) = (fields($document, ''), fields(documented($section), ''));
	my @wrong = map { "$_ is not documented" } grep { !exists $wanted->{$_} } sort keys %$seen;
	for my $field (sort keys %$wanted)
	{
		my ($list) = $field =~ /^(.*\[\])/;
		my $holds = !defined $list || grep { /^\Q$list\E\./ } keys %$seen;
		push @wrong, "$field is not there" if $holds && !exists $seen->{$field};
		push @wrong, "$field is a $seen->{$field}"
		  if exists $seen->{$field} && ($seen->{$field} eq 'boolean') ne ($wanted->{$field} eq 'boolean');
	}
	ok(!@wrong, "the JSON is that of the documentation of $section") or diag(map { "$_\n" } @wrong);
	return;
}

# status(M, EXIT CODE): the database's entry of the JSON, and the text. The text tells the same.
sub status
{
	my ($m, $rc) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $json = pgbaton('status', '--json', ends($m));
	my $text = pgbaton('status', ends($m));
	my $document = json_of($json);
	my $database = $document->{databases}[0] // {};
	is("$json->{rc} $text->{rc}", "$rc $rc", "status ends with $rc") or diag("$json->{out}$json->{err}$text->{out}$text->{err}");
	is($json->{err}, '', 'the report has told it all');
	check_fields($document, 'status');
	is($document->{healthy} ? 0 : 1, $rc, 'the document says the same');
	is($database->{healthy} ? 0 : 1, $rc, 'so does its database');
	for my $said ($database->{phase}, map { @$_{qw(message detail hint)} } @{ $database->{problems} })
	{
		ok(index($text->{out}, $said) >= 0, 'the text has it, too') or diag("$said\n$text->{out}");
	}
	return ($database, $text->{out});
}

sub messages
{
	my ($database) = @_;
	return join '; ', map { $_->{message} } @{ $database->{problems} };
}

sub states
{
	my ($database) = @_;
	return join ' ', map { $_->{state} } @{ $database->{streams} };
}

sub status_of
{
	my ($what, $code) = @_;
	my $m = clone_of($template, 'shop' . ++$n);
	case_of($what => sub { $code->($m) });
	drop_databases($m);
	return;
}

# A ready migration.
sub ready
{
	my ($what, $code) = @_;
	status_of($what => sub {
		my ($m) = @_;
		return if pgbaton_ok('migrate', ends($m))->{rc} != 0;
		$code->($m);
		pgbaton_ok('cleanup', ends($m), '--yes');
	});
	return;
}

my $unguarded = 'SET default_transaction_read_only = off;';

status_of('from the beginning to the end' => sub {
	my ($m) = @_;
	my ($database) = status($m, 1);
	is($database->{phase}, 'not begun', 'without a target database nothing has begun');
	sql($target, 'postgres', "CREATE DATABASE $m->{database}");
	($database) = status($m, 1);
	is($database->{phase}, 'not begun', 'with an empty one neither');
	like($database->{problems}[0]{hint}, qr/pgbaton migrate/, 'it says how to begin');

	sql($source, 'postgres', "CREATE ROLE status_owner; ALTER DATABASE $m->{database} OWNER TO status_owner");
	my $plan = pgbaton_ok('migrate', '--dry-run', ends($m))->{out};
	like($plan, qr/^CREATE ROLE status_owner.*^ALTER DATABASE $m->{database} OWNER TO status_owner;/ms, 'the plan makes the owner first');
	unlike($plan, qr/warning/, 'and does not miss it');

	my $migrated = pgbaton_ok('migrate', '--json', ends($m));
	check_fields(json_of($migrated), 'migrate');
	for my $time (qw(first second))
	{
		my $text;
		($database, $text) = status($m, 0);
		is($database->{phase}, 'replicating', "replicating after the $time migrate");
		is($database->{step}, undef, 'no step is under way');
		unlike($text, qr/step/, 'nor told');
		is(states($database), 'streaming', 'there is one stream');
		ok($database->{streams}[0]{marker_arrived}, 'through which a marker went');
		is($database->{tables_copied}, $database->{tables_total}, 'all tables are copied');
		unlike($text, qr/ $/m, 'no line ends in blanks');
		pgbaton_ok('migrate', ends($m));
	}

	my $switched = pgbaton_ok('switchover', '--yes', '--json', ends($m));
	check_fields(json_of($switched), 'switchover');
	($database) = status($m, 0);
	is($database->{phase}, 'switched over', 'switched over');
	is($database->{step}, undef, 'no step is under way');
	is(states($database), 'reverse', 'the stream goes back');

	my $name = $database->{streams}[0]{name};
	sql($source, $m->{database}, "$unguarded ALTER SUBSCRIPTION $name DISABLE");
	($database) = status($m, 1);
	is(messages($database), "subscription \"$name\" is disabled", 'the way back is disabled');
	my ($command) = $database->{problems}[0]{hint} =~ /^On the source's server: (.*)/;
	follow($source, $command);
	status($m, 0);

	my $planned = json_of(pgbaton_ok('cleanup', '--dry-run', '--json', ends($m)));
	check_fields($planned, 'cleanup --dry-run');
	my $result = pgbaton_ok('cleanup', '--yes', '--json', ends($m));
	my $cleaned = json_of($result);
	check_fields($cleaned, 'cleanup');
	is_deeply($planned->{databases}[0]{would_remove}, $cleaned->{databases}[0]{removed}, 'the dry run listed what was removed');
	cmp_ok(scalar @{ $cleaned->{databases}[0]{removed} }, '>', 5, 'which is not nothing');
	($database) = status($m, 1);
	is($database->{phase}, 'not begun', 'nothing is known after the cleanup');
	like($database->{problems}[0]{hint}, qr/nothing is left to do/, 'which may be as it should be');
	check_nothing_left($m);
	check_read_only($m, 'source');
	($command) = $result->{err} =~ /(psql -d postgres .*)/;
	follow($source, $command);
	check_writable($m, 'source');
});

status_of('the migration is interrupted' => sub {
	my ($m) = @_;
	kill_at($m, 'migrate.copy.ending', 'migrate');
	my ($database) = status($m, 1);
	is($database->{phase}, 'migrating', 'it is migrating');
	is($database->{step}, 'migrate.copy', 'the step is told');
	is(messages($database), 'the migration is not finished, and nobody is at work on it', 'so is that nobody is at work');
	like($database->{problems}[0]{hint}, qr/pgbaton migrate/, 'and how it goes on');
	my $planned = json_of(pgbaton_ok('cleanup', '--dry-run', '--json', ends($m)));
	my $cleaned = json_of(pgbaton_ok('cleanup', '--yes', '--json', ends($m)));
	is_deeply($planned->{databases}[0]{would_remove}, $cleaned->{databases}[0]{removed}, 'the dry run listed what was removed');
	ok((grep { /default_transaction_read_only of the target/ } @{ $cleaned->{databases}[0]{removed} }), 'the setting, too');
});

ready('the switchover is interrupted and undone' => sub {
	my ($m) = @_;
	kill_at($m, 'switchover.marker_sent.begun', 'switchover', '--yes');
	my ($database) = status($m, 1);
	is($database->{phase}, 'replicating', 'before the point of no return it replicates');
	is($database->{step}, undef, 'the switchover is not under way');
	is(states($database), 'streaming prepared', 'what was made for the way back is listed');
	is(messages($database), 'a switchover was interrupted before the point of no return', 'it is told');
	sql($source, $m->{database}, 'BEGIN; CREATE TABLE added (id int PRIMARY KEY); COMMIT');
	pgbaton_fails(3, qr/changed/, 'switchover', '--yes', ends($m));
	sql($source, $m->{database}, 'DROP TABLE added');
	($database) = status($m, 0);
	is($database->{step}, undef, 'undone, it is as it was');
	is(states($database), 'streaming', 'with nothing left of it');
});

ready('the switchover is interrupted after the point of no return' => sub {
	my ($m) = @_;
	kill_at($m, 'switchover.point_of_no_return.ending', 'switchover', '--yes');
	my ($database) = status($m, 1);
	is($database->{phase}, 'switching over', 'it is switching over');
	is($database->{step}, 'switchover.pause', 'the step is told');
	like(messages($database), qr/point of no return/, 'so is how far it went');
	kill_at($m, 'switchover.stop_streams.begun', 'switchover', '--yes');
	($database) = status($m, 1);
	is($database->{phase}, 'switched over', 'once the target is open it is switched over');
	is(messages($database), 'the switchover was interrupted after the target had been opened', 'but not finished');
	pgbaton_ok('switchover', '--yes', ends($m));
	status($m, 0);
});

ready('a subscription is disabled' => sub {
	my ($m) = @_;
	my $name = (status($m, 0))[0]{streams}[0]{name};
	sql($target, $m->{database}, "$unguarded ALTER SUBSCRIPTION $name DISABLE");
	my ($database, $text) = status($m, 1);
	is(messages($database), "subscription \"$name\" is disabled", 'it is told');
	like($text, qr/^\Q$name\E +streaming +\d+ +disabled/m, 'the table has it, too');
	my ($command) = $database->{problems}[0]{hint} =~ /^On the target's server: (.*)/;
	follow($target, $command);
	status($m, 0);
});

ready('the apply worker fails' => sub {
	my ($m) = @_;
	sql($target, $m->{database}, "$unguarded INSERT INTO child VALUES (5000, 1)");
	sql($source, $m->{database}, 'INSERT INTO child VALUES (5000, 2)');
	wait_until('the worker has failed', sub { slurp($target->logfile) =~ /duplicate key/ });
	my ($database) = status($m, 1);
	my $stream = $database->{streams}[0];
	is(messages($database), "subscription \"$stream->{name}\" does not apply", 'it is told');
	like($stream->{error}, qr/^duplicate key value violates unique constraint "child_pkey"/, 'with the error');
	like($database->{problems}[0]{detail}, qr/\Q$stream->{error}\E/, 'which people see, too');
	cmp_ok($stream->{apply_errors}, '>', 0, 'errors are counted');
	ok(!$stream->{marker_arrived}, 'no marker arrived');
	my ($command) = $database->{problems}[0]{hint} =~ /read-only: (.*); the worker/;
	$command =~ s/…/DELETE FROM child WHERE id = 5000/;
	follow($target, $command);
	wait_forward($m);
	status($m, 0);
});

ready('the slot is lost' => sub {
	my ($m) = @_;
	my $name = (status($m, 0))[0]{streams}[0]{name};
	sql($target, $m->{database}, "$unguarded ALTER SUBSCRIPTION $name DISABLE");
	wait_sql($source, $m->{database}, "SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots WHERE slot_name = '$name'", 1);
	my ($database) = status($m, 1);
	is(messages($database), "replication slot \"$name\" is lost", 'this is the one thing that is told');
	like($database->{problems}[0]{hint}, qr/Begin again/, 'as nothing else helps');
	is($database->{streams}[0]{lag_ms}, undef, 'there is no lag to be measured');
});

ready('a side is away at the cleanup' => sub {
	my ($m) = @_;
	$target->stop;
	my $result = pgbaton('cleanup', '--yes', '--json', ends($m));
	$target->start;
	my $document = json_of($result);
	is($result->{rc}, 5, 'it ends with 5');
	check_fields($document, 'cleanup');
	ok($document->{databases}[0]{target_unreachable}, 'the document says why');
	ok(!$document->{databases}[0]{source_unreachable}, 'and that the other one was there');
	ok((grep { /^slot / } @{ $document->{databases}[0]{removed} }), 'where the slot was removed');
	like($result->{err}, qr/^error: .*could not be cleaned up$/m, 'the error is on stderr');
});

# Errors as JSON, by an example of each command.
{
	my $m = migration(source => $source, target => $target, database => 'nowhere');
	my @to = ends($m);
	my $db = conninfo($source, 'nowhere');
	my $ledger = work_dir() . '/nowhere.ledger';
	my %example = (
		'init' => [ unreachable => 5, 'init', @to ],
		'check' => [ usage => 2, 'check', 'left', @to ],
		'migrate' => [ unreachable => 5, 'migrate', @to ],
		'status' => [ unreachable => 5, 'status', @to ],
		'switchover' => [ usage => 2, 'switchover', @to ],
		'switchover --yes' => [ unreachable => 5, 'switchover', '--yes', @to ],
		'cleanup' => [ usage => 2, 'cleanup', @to ],
		'traffic init' => [ unreachable => 5, 'traffic', 'init', '--db', $db ],
		'traffic run' => [ unreachable => 5, 'traffic', 'run', '--db', $db, '--ledger', $ledger ],
		'traffic check' => [ usage => 2, 'traffic', 'check', '--db', $db ],
		'config show' => [ usage => 2, 'config', 'show', 'what' ],
		'help' => [ usage => 2, 'help', 'what' ]);
	for my $command (sort keys %example)
	{
		my ($code, $rc, @arguments) = @{ $example{$command} };
		my $result = pgbaton_fails($rc, qr/./, @arguments, '--json');
		my $document = json_of($result);
		check_fields($document, 'Errors');
		is("$document->{error}{code} $document->{error}{exit_code}", "$code $rc", "$command tells the class of its error");
		my $hint = $document->{error}{hint};
		ok(index($result->{err}, "hint: $hint") >= 0, 'and the same as to people');
		unlike($result->{err}, qr/source/, 'it does not speak of a side that was not named') if $command =~ /traffic/;
	}
}

done_testing();
