# Every fault at every step of the pause, in both directions, with both fences, directly and through PgBouncer. Takes hours.
#
#   PGBATON_FAULTS          a regular expression of faults, such as old_stalls (default: all)
#   PGBATON_FAULTS_POINTS   of steps (default: all)
#   PGBATON_FAULTS_FENCES   of fences, lock and readonly (default: both)
use strict;
use warnings;

use PgbatonFaults;
use PgbatonTest;
use Test::More;

my ($faults, $points, $fences) = map { my $wanted = $ENV{$_} || q(.); qr{$wanted} } qw(PGBATON_FAULTS PGBATON_FAULTS_POINTS PGBATON_FAULTS_FENCES);
my @points = grep { $_ =~ $points } pause_points();
# Where waiting for what does not come back costs a minute: those of which each stands for others.
my @some = grep { /^(?:poolers_paused|fence|marker_seen|recopy|point_of_no_return|sequences|open|stop_streams)$/ } @points;

stage(pooler => 1);
for my $fence (grep { $_ =~ $fences } qw(lock readonly))
{
	for my $name (fault_names($faults))
	{
		faults_at($name, $name =~ /_gone|_for_long/ ? \@some : \@points, fence => $fence, pooled => $name =~ /^pooler/);
	}
}
diag("$PgbatonFaults::cases cases");

done_testing();
