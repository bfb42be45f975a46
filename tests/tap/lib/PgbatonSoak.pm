# Many migrations in a row between one pair of servers, each of a fresh database under writers that never pause. What a round does
# follows from its seed, as far as the writers' timing lets it.
#
#   use PgbatonSoak;
#
#   soak(20);        # that many rounds, one test each, and a line of figures for each
#
# PGBATON_SOAK_SEED is the first round's: with PGBATON_SOAK=1 one that failed is tried again.
package PgbatonSoak;

use strict;
use warnings;

use Exporter 'import';
use PgbatonFlow;
use PgbatonTest;
use Test::More;

our @EXPORT = qw(soak);

my @counted = qw(committed ambiguous missing duplicated half);

sub soak
{
	my ($rounds) = @_;
	my ($source, $target) = pair(source => '15', target => '17');
	my $first = $ENV{PGBATON_SOAK_SEED} || 1 + int rand 1_000_000;
	my %total;
	for my $n (1 .. $rounds)
	{
		my $m = migration(source => $source, target => $target, database => "soak_$n");
		my %round = (seed => $first + $n - 1);
		case_of("round $n, seed $round{seed}" => sub { one_round($m, \%round) });
		# Whatever became of it, the next one is a test of its own.
		$round{process}->kill('KILL') if $round{process};
		drop_databases($m);
		diag("round $n, seed $round{seed}: $round{writers} writers, " . numbers(\%round)
			  . sprintf ', longest gap %s ms, pause %s ms', map { $round{$_} // '?' } qw(longest_gap_ms pause_ms));
		$total{$_} += $round{$_} // 0 for @counted;
	}
	diag("$rounds rounds: " . numbers(\%total));
	return;
}

sub numbers
{
	my ($of) = @_;
	return join ', ', map { ($of->{$_} // '?') . " $_" } @counted;
}

# Fills in what it finds, as far as it comes.
sub one_round
{
	my ($m, $round) = @_;
	srand $round->{seed};
	$round->{writers} = 4 + int rand 5;
	make_small($m, rows => 200 + int rand 60_000);
	$round->{process} = start_traffic($m, '--writers', $round->{writers}, '--seed', $round->{seed});
	my $migrated = pgbaton_ok('migrate', ends($m), '--jobs', 1 + int rand 4, '--chunk-size', (1 + int rand 4) . 'MB');
	return if ($migrated->{rc} // -1) != 0;
	more_traffic($m) for 0 .. int rand 20;
	# As long as it takes: this is not about the time, and the machine may be busy.
	my $switched = pgbaton_ok('--json', 'switchover', ends($m), '--yes', '--pause-budget-ms', '60s');
	return if ($switched->{rc} // -1) != 0;
	$round->{pause_ms} = sprintf '%.0f', json_of($switched)->{databases}[0]{pause_ms};
	more_traffic($m) for 0 .. int rand 20;
	my $run = stop_traffic($m, $round->{process});
	my $check = check_ledger($m);
	@$round{qw(committed ambiguous longest_gap_ms)} = @$run{qw(committed ambiguous longest_gap_ms)};
	@$round{qw(missing duplicated half)} = @$check{qw(missing duplicated half)};
	check_reverse($m);
	check_same($m);
	check_ledger($m, 'source');
	check_read_only($m, 'source');
	pgbaton_ok('cleanup', ends($m), '--yes');
	check_nothing_left($m);
	return;
}

1;
