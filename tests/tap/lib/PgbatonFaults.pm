# Faults at every step of the write pause: pgbaton stops itself there (PGBATON_STOP_AT), something breaks, pgbaton goes on.
#
#   use PgbatonFaults;
#
#   my @servers = stage(pooler => 1);
#   faults_at('old_restarts', [pause_points()], fence => 'lock');     # one test: a migration that goes there and back at each point
#
# What is asked of each case:
#   - at no time do both sides accept writes;
#   - within the budget and some seconds one side does, or pgbaton has told why not;
#   - the same command, run again, comes through.
# And at the end: nothing acknowledged is missing or there twice on either side, both sides are equal, cleanup leaves nothing.
package PgbatonFaults;

use strict;
use warnings;

use Exporter 'import';
use PgbatonFlow;
use PgbatonPooler;
use PgbatonProxy;
use PgbatonTest;
use Test::More;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(stage pause_points fault_names faults_at accepts has_passed faults_network);

my $budget = $ENV{PGBATON_TEST_BUDGET} || 8; # seconds, the time it is stopped included
my $grace = 6; # what the machine and the checks themselves may take on top of it
my ($source, $target, $template, $bouncer, $entries);
my %proxy; # by which two it is between
my $n = 0;
our $cases = 0;

# Where the fault is: old, new are the sides that give and take the writes. begin while pgbaton is stopped; then it goes on, and after a second
# heal (at once if the fault is the test's own); or late, after it has ended. Without heal there is nothing to mend.
my %faults = (
	nothing => {},
	killed => { begin => sub { $_[0]{process}->kill('KILL') } },
	(map {
		my $side = $_;
		(
			"${side}_restarts" => { begin => sub { crash($_[0], $side); $_[0]{$side}->start } },
			"${side}_is_away" => { begin => sub { crash($_[0], $side) }, heal => sub { $_[0]{$side}->start } },
			"${side}_is_gone" => { begin => sub { crash($_[0], $side) }, late => sub { $_[0]{$side}->start } },
			"${side}_is_cut" => cut($side, 'reset', 'heal'),
			"${side}_is_cut_for_long" => cut($side, 'reset', 'late'),
			"${side}_stalls" => cut($side, 'stall', 'heal'),
			"${side}_stalls_for_long" => cut($side, 'stall', 'late'),
			"${side}_sessions_end" => { begin => sub { end_sessions($_[0]{$side}, '^pgbaton main ') } },
		)
	} qw(old new)),
	fence_ends => { begin => sub { end_sessions($_[0]{old}, '^pgbaton main fence$') } },
	stream_is_cut => cut('stream', 'reset', 'heal'),
	stream_is_cut_for_long => cut('stream', 'reset', 'late'),
	stream_stalls => cut('stream', 'stall', 'heal'),
	stream_stalls_for_long => cut('stream', 'stall', 'late'),
	pooler_restarts => { begin => sub { stop_pooler($bouncer); PgbatonPooler::start_again($bouncer) }, pooled => 1 },
	pooler_is_away => { begin => sub { stop_pooler($bouncer) }, heal => sub { PgbatonPooler::start_again($bouncer) }, pooled => 1 },
	pooler_is_gone => { begin => sub { stop_pooler($bouncer) }, late => sub { PgbatonPooler::start_again($bouncer) }, pooled => 1 },
);

sub fault_names
{
	my ($regex) = @_;
	return grep { /$regex/ } sort keys %faults;
}

sub crash
{
	my ($case, $side) = @_;
	$case->{$side}->stop('immediate');
	return;
}

sub end_sessions
{
	my ($node, $regex) = @_;
	return sql($node, 'postgres', "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name ~ '$regex'");
}

# faults_network(CASE, WHERE, MODE): between pgbaton and the old or new side, or (stream) between both sides.
sub faults_network
{
	my ($case, $where, $mode) = @_;
	my @between = $where eq 'stream' ? qw(target_to_source source_to_target) : $case->{$where} == $source ? 'source' : 'target';
	network($_, $mode) for @proxy{@between};
	sleep 0.05; # until the proxy has read it
	return;
}

sub cut
{
	my ($where, $mode, $until) = @_;
	return { begin => sub { faults_network($_[0], $where, $mode) }, $until => sub { faults_network($_[0], $where, 'pass') } };
}

# Both servers, the networks between them and pgbaton, a database to copy.
sub stage
{
	my (%opt) = @_;
	# What a commit that does not wait has written stays in memory long enough to be lost by a crash.
	my %conf = (conf => "wal_writer_delay = 10s");
	($source, $target) = pair(source => '15', target => '17', source_opt => \%conf, target_opt => \%conf);
	$template = migration(source => $source, target => $target, database => 'template');
	make_small($template, rows => 200);
	%proxy = (source => proxy($source), target => proxy($target), target_to_source => proxy($source), source_to_target => proxy($target));
	if ($opt{pooler})
	{
		sql($_, 'postgres', "ALTER ROLE postgres PASSWORD 'x'") for $source, $target;
		$entries = pooler_file('');
		$bouncer = start_pooler($entries, server_login_retry => 1, query_wait_timeout => 300);
	}
	return ($source, $target);
}

# Names of the steps of which the pause consists and those that come after it, as the program lists them.
sub pause_points
{
	my @points = map { /^switchover\.(\w+)\.done$/ } steps('switchover');
	shift @points while @points && $points[0] ne 'pause';
	die "no step named pause\n" if !@points;
	return @points;
}

# A ready migration under writers, who come through PgBouncer or directly.
sub begin_migration
{
	my ($what, %opt) = @_;
	my $m = clone_of($template, 'shop' . ++$n);
	my $name = $m->{database};
	$m->{pooled} = $opt{pooled};
	$m->{proxied} = [
		'--source', by_proxy($proxy{source}, $name), '--target', by_proxy($proxy{target}, $name),
		'--source-from-target', by_proxy($proxy{target_to_source}, $name), '--target-from-source', by_proxy($proxy{source_to_target}, $name)];
	if ($opt{pooled})
	{
		my ($old, $new) = map { [ $_->host, $_->port ] } $source, $target;
		write_file($entries, "$name = host=$old->[0] port=$old->[1]\n", 0640);
		console($bouncer, 'RELOAD');
		my $config = write_file(work_dir() . "/$name.conf", <<"END", 0600);
[pooler p]
admin = @{[ admin($bouncer) ]}
file = $entries
source_host = $old->[0]
source_port = $old->[1]
target_host = $new->[0]
target_port = $new->[1]
END
		push @{ $m->{proxied} }, '-c', $config;
		$m->{ledger} = work_dir() . "/ledger.$name";
		$m->{traffic} = start_pgbaton('--json', 'traffic', 'run', '--db', pooler_uri($bouncer, $name), '--ledger', $m->{ledger},
			'--writers', 2, '--rate', 60, { timeout => 36000 });
		wait_until('the writers write', sub { (-s $m->{ledger} // 0) > 2000 || !$m->{traffic}->running });
	}
	else
	{
		$m->{traffic} = start_traffic($m, '--writers', 2, '--rate', 60, { timeout => 36000 });
	}
	my $result = pgbaton_ok('migrate', @{ $m->{proxied} });
	return $result->{rc} == 0 ? $m : undef;
}

# faults_at(NAME, POINTS, fence => 'lock' or 'readonly', ...): at each of them, in both directions, on one migration.
#   pooled => 1                the writers come through PgBouncer
#   fault => {...}             one that has no name above
#   budget_ms => N
#   after => CODE              asked of the case and of pgbaton's result when it has ended, before the command is run again
sub faults_at
{
	my ($name, $points, %opt) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $fault = $opt{fault} // $faults{$name} // die "no fault $name\n";
	my $what = "$name, fence=$opt{fence}" . ($opt{pooled} ? ', through PgBouncer' : '');
	return case_of($what => sub {
		my $m = begin_migration($what, %opt) or return;
		my $writes = 'source';
		POINT: for my $point (@$points)
		{
			for my $command (qw(switchover rollback))
			{
				my $start = time;
				my $outcome;
				case_of("$command.$point" => sub { $outcome = hand_over_with($m, $command, $point, $fault, %opt) });
				diag(sprintf '%s at %s.%s: %s, %.1f s', $what, $command, $point, $outcome // 'FAILED', time - $start);
				$cases++;
				last POINT if !$outcome;
				$writes = $command eq 'switchover' ? 'target' : 'source';
			}
		}
		end_migration($m, $writes);
	});
}

sub end_migration
{
	my ($m, $writes) = @_;
	# A crash: who commits through a pooler, or into a database that is being taken away, is told so in many ways.
	stop_traffic($m, $m->{traffic}, errors => qr/./);
	my ($follows) = grep { $_ ne $writes } qw(source target);
	check_ledger($m, $writes);
	$writes eq 'source' ? wait_forward($m) : wait_reverse($m);
	# A crash empties unlogged tables and lets sequences jump.
	check_same($m, sequences => 0, oracle => { exclude_tables => ['public.scratch'] });
	check_ledger($m, $follows);
	pgbaton_ok('cleanup', @{ $m->{proxied} }, '--yes');
	check_nothing_left($m);
	drop_databases($m);
	return;
}

# The state of the process: T is stopped.
sub state_of
{
	my ($process) = @_;
	open my $fh, '<', '/proc/' . $process->pid . '/stat' or return '';
	return (<$fh> // '') =~ /\) (\w)/ ? $1 : '';
}

# One case. Returns how it ended, in a few words; nothing when what comes after it would make no sense.
sub hand_over_with
{
	my ($m, $command, $point, $fault, %opt) = @_;
	my %case = (m => $m, command => $command, point => $point);
	@case{qw(from to)} = $command eq 'switchover' ? qw(source target) : qw(target source);
	@case{qw(old new)} = @$m{ @case{qw(from to)} };
	my @command = ($command, @{ $m->{proxied} }, '--yes', '--fence', $opt{fence});
	my $ms = $opt{budget_ms} // $budget * 1000;

	$opt{before}->(\%case) if $opt{before};
	$case{process} = start_pgbaton(@command, '--pause-budget-ms', $ms, { env => { PGBATON_STOP_AT => "$command.$point.done" }, timeout => 180 });
	wait_until('pgbaton is stopped', sub { state_of($case{process}) eq 'T' || !$case{process}->running });
	if (!$case{process}->running)
	{
		my $result = $case{process}->wait;
		fail("it stops at $command.$point.done");
		diag($result->{err});
		return;
	}
	my $start = time;
	$fault->{begin}->(\%case) if $fault->{begin};
	return if !never_both(\%case, 'while it is stopped');
	$case{process}->kill('CONT');
	if ($fault->{heal})
	{
		sleep 1 if !$opt{fault};
		$fault->{heal}->(\%case);
	}
	return if !watch(\%case, $start + $ms / 1000 + $grace);
	my $result = $case{process}->wait;
	my $outcome = judge(\%case, $result, $fault, %opt);
	$fault->{late}->(\%case) if $fault->{late};
	return if !$outcome;
	return if $opt{after} && !$opt{after}->(\%case, $result);
	return if !come_through(\%case, \@command);
	return $outcome;
}

# Whether a new session can write to a side: yes, no (read-only), waits (for a lock), away.
sub accepts
{
	my ($case, $side) = @_;
	my ($out, $err);
	my $rc = eval { $case->{m}{$side}->psql($case->{m}{database}, "SET statement_timeout = '300ms'; INSERT INTO public.arrival DEFAULT VALUES",
		stdout => \$out, stderr => \$err) };
	return !defined $rc ? 'away' : $rc == 0 ? 'yes' : $err =~ /read-only transaction/ ? 'no' : $err =~ /statement timeout/ ? 'waits' : 'away';
}

# Both sides within a moment, and the first one once more: yes, yes and yes is both.
sub never_both
{
	my ($case, $when) = @_;
	my @seen = map { accepts($case, $_) } @$case{qw(from to)};
	push @seen, accepts($case, $case->{from}) if $seen[0] eq 'yes' && $seen[1] eq 'yes';
	$case->{seen} = \@seen;
	return 1 if @seen < 3 || $seen[2] ne 'yes';
	fail("both sides accept writes $when");
	return 0;
}

# Until one side accepts writes, or pgbaton has ended; and then until it has ended.
sub watch
{
	my ($case, $end) = @_;
	my $served;
	while (1)
	{
		my $running = $case->{process}->running;
		return 0 if !never_both($case, 'while it goes on');
		$served ||= grep { $_ eq 'yes' } @{ $case->{seen} };
		# A server that is away is waited for, and it says so.
		$served ||= $case->{process}->err =~ /warning: .*(?:; (?:trying|connecting) again|the point of no return is passed, but)/;
		last if !$running;
		if (!$served && time > $end)
		{
			fail("within the budget one side accepts writes, or it is told why not: @{$case->{seen}}");
			$case->{process}->kill('KILL');
			return 1;
		}
		sleep 0.05;
	}
	return 1;
}

sub has_passed
{
	my ($case) = @_;
	my ($out, $err);
	my $rc = eval { $case->{old}->psql($case->{m}{database}, 'SELECT count(*) FROM pgbaton.fence', stdout => \$out, stderr => \$err) };
	return defined $rc && $rc == 0 ? $out : '?';
}

# What is so when pgbaton has ended, and the fault may still last.
sub judge
{
	my ($case, $result, $fault, %opt) = @_;
	my ($from, $to) = @$case{qw(from to)};
	my $passed = has_passed($case);
	my $told = $result->{err} =~ /^(?:pgbaton: )?error: \S.*\n(?:pgbaton: )?\s*detail: \S.*\n(?:pgbaton: )?\s*hint: \S/m;
	my $how = $result->{signal} ? "signal $result->{signal}" : "exit $result->{rc}";
	my @wrong;

	never_both($case, 'at the end') or return;
	my %accepts = ($from => $case->{seen}[0], $to => $case->{seen}[1]);
	if (($result->{rc} // -1) == 0)
	{
		push @wrong, "exit 0, and the $to accepts: $accepts{$to}" if $accepts{$to} !~ /^(yes|away)$/;
		push @wrong, "exit 0, and the $from accepts: $accepts{$from}" if $accepts{$from} !~ /^(no|away)$/;
	}
	elsif ($result->{signal})
	{
		push @wrong, "it was ended by signal $result->{signal}" if $fault != $faults{killed};
	}
	else
	{
		push @wrong, 'stderr is not message, detail and hint' if !$told;
	}
	if (($result->{rc} // -1) != 0)
	{
		if ($passed eq '0')
		{
			my $end = time + ($opt{budget_ms} // $budget * 1000) / 1000 + $grace;
			sleep 0.1 while $accepts{$from} !~ /^(yes|away)$/ && time < $end && ($accepts{$from} = accepts($case, $from));
			push @wrong, "undone, and the $from accepts: $accepts{$from}" if $accepts{$from} !~ /^(yes|away)$/;
			push @wrong, "undone, and the $to accepts: $accepts{$to}" if $accepts{$to} !~ /^(no|away)$/;
		}
		elsif ($passed eq '1')
		{
			push @wrong, "past the point of no return, and the $from accepts: $accepts{$from}" if $accepts{$from} eq 'yes';
			push @wrong, 'past the point of no return, and the hint does not tell how to finish'
			  if !$result->{signal} && $result->{err} !~ /hint: .*pgbaton $case->{command} --yes/;
		}
		elsif (!$result->{signal} && $result->{err} !~ /run|again/)
		{
			push @wrong, 'nobody knows, and it does not say to run it again';
		}
	}
	ok(!@wrong, "one side is in use, or it is told why not ($how, passed $passed, $from $accepts{$from}, $to $accepts{$to})")
	  or diag(map { "$_\n" } @wrong, "stderr:\n$result->{err}");
	return "$how, passed $passed, $from $accepts{$from}, $to $accepts{$to}";
}

# The same command again, until the servers have seen that the other one is gone; then all is as if nothing had been.
sub come_through
{
	my ($case, $command) = @_;
	my $end = time + 90;
	my $result;
	while (1)
	{
		$result = pgbaton(@$command, '--pause-budget-ms', '60s', { timeout => 180 });
		last if ($result->{rc} // -1) == 0;
		# Busy, or a server or its walsender is still coming back.
		last if !grep { ($result->{rc} // -1) == $_ } 1, 3, 5, 6;
		last if time > $end;
		return 0 if !never_both($case, 'between two runs');
		sleep 0.3;
	}
	is($result->{rc}, 0, "$case->{command} comes through") or do { diag($result->{err}); return 0 };
	my %accepts = map { $_ => accepts($case, $_) } @$case{qw(from to)};
	is("$accepts{$case->{from}} $accepts{$case->{to}}", 'no yes', "the $case->{to} has the writes, the $case->{from} not") or return 0;
	if ($case->{m}{pooled})
	{
		my $place = $case->{new}->host . ':' . $case->{new}->port . "/$case->{m}{database}";
		is(entry($bouncer, $case->{m}{database}), $place, 'PgBouncer leads there, and its clients do not wait') or return 0;
	}
	more_traffic($case->{m});
	return 1;
}

1;
