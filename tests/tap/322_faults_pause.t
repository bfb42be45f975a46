# Faults in the write pause of a switchover and a rollback: those of tests/fault/pause.t that each stand for many, and some that need more
# than a name. See PgbatonFaults for what is asked of each.
use strict;
use warnings;

use IPC::Run qw(start finish);
use PgbatonFaults;
use PgbatonFlow;
use PgbatonTest;
use PostgreSQL::Test::Utils qw(append_to_file);
use Test::More;
use Time::HiRes qw(sleep);

stage(pooler => 1);

faults_at('fence_ends', [qw(recopy point_of_no_return sequences)], fence => 'lock');
faults_at('old_restarts', [qw(end_sessions)], fence => 'lock');
faults_at('old_restarts', [qw(marker_seen)], fence => 'readonly');
faults_at('new_restarts', [qw(recopy open)], fence => 'lock');
faults_at('new_is_cut', [qw(fence)], fence => 'readonly');
faults_at('pooler_restarts', ['point_of_no_return'], fence => 'lock', pooled => 1);

sub is_undone
{
	my ($case, $result) = @_;
	isnt($result->{rc}, 0, 'it gives up');
	return is(has_passed($case), 0, 'and the point of no return is not passed');
}

# The server takes the fence down itself when it hears nothing for the budget; pgbaton comes back when others have written since.
for my $fence (qw(lock readonly))
{
	faults_at('pgbaton stands still for longer than the budget', [ $fence eq 'lock' ? 'marker_seen' : (), 'recopy' ], fence => $fence, budget_ms => 1000, after => \&is_undone,
		fault => { begin => sub {
			my ($case) = @_;
			wait_until('the old side is in use, by itself', sub { accepts($case, $case->{from}) eq 'yes' }, 5);
			more_traffic($case->{m});
		} });
}

faults_at('the pause is taken back by hand', ['recopy'], fence => 'readonly', after => \&is_undone,
	fault => { begin => sub {
		my ($case) = @_;
		sql($case->{old}, $case->{m}{database}, 'SET default_transaction_read_only = off; DELETE FROM pgbaton.write_pause_change; DELETE FROM pgbaton.write_pause;'
			. " ALTER DATABASE $case->{m}{database} RESET default_transaction_read_only");
		more_traffic($case->{m});
	} });

# Who does not answer is given up at the end of the budget, though nobody has closed a connection.
faults_at('the new side falls silent', ['fence'], fence => 'lock', budget_ms => 1500, after => \&is_undone,
	fault => {
		begin => sub { faults_network($_[0], 'new', 'stall') },
		heal => sub {
			my ($case) = @_;
			wait_until('the old side is in use', sub { accepts($case, $case->{from}) eq 'yes' }, 5);
			faults_network($case, 'new', 'pass');
		}
	});

# Who waits for the locks is ended last. One who gave up waiting was let do something else after the sequences were read.
my %caller;
faults_at('who waited gives up and calls nextval', ['sequences'], fence => 'lock',
	before => sub {
		my ($case) = @_;
		my $once = "INSERT INTO public.arrival DEFAULT VALUES;\nSELECT 'called ' || nextval('counter');\n";
		my $script = PostgreSQL::Test::Utils::tempdir() . '/calls.sql';
		append_to_file($script, "SET lock_timeout = '300ms';\n" . $once x 20_000);
		%caller = (out => '', err => '');
		$caller{psql} = start([ 'psql', '-XAtq', '-d', $case->{old}->connstr($case->{m}{database}), '-f', $script ], '<', \undef, '>', \$caller{out}, '2>', \$caller{err});
		wait_until('it calls', sub { $caller{psql}->pump_nb; $caller{out} =~ /called/ });
	},
	fault => { begin => sub {
		sleep 0.1;
		$caller{psql}->pump_nb for 1 .. 100;
		my $length = length $caller{out};
		wait_until('it calls in the pause', sub { $caller{psql}->pump_nb; length($caller{out}) > $length + 10 }, 5);
	} },
	after => sub {
		my ($case, $result) = @_;
		is($result->{rc}, 0, 'it goes on to its end');
		finish $caller{psql};
		like($caller{err}, qr/lock timeout.*terminating connection/s, 'the caller was ended in the end');
		my ($last) = $caller{out} =~ /called (\d+)\s*\z/;
		return cmp_ok(sql($case->{new}, $case->{m}{database}, "SELECT nextval('counter')"), '>', $last, 'no value is handed out twice');
	});

# A commit that waits for a standby which is not there is a commit all the same when its session is ended.
for my $how ([ fence => 'lock', pooled => 1 ], [ fence => 'readonly' ])
{
	faults_at('the answer to the point of no return is lost', ['recopy'], @$how,
		fault => {
			begin => sub { standby($_[0], "SET synchronous_standby_names = 'nobody'") },
			heal => sub {
				my ($case) = @_;
				my $waiting = "FROM pg_stat_activity WHERE application_name = 'pgbaton main flow' AND wait_event = 'SyncRep'";
				wait_sql($case->{old}, 'postgres', "SELECT count(*) $waiting", 1);
				sql($case->{old}, 'postgres', "SELECT pg_terminate_backend(pid) $waiting");
				standby($case, 'RESET synchronous_standby_names');
			}
		},
		after => sub {
			my ($case, $result) = @_;
			is($result->{rc}, 0, 'it asks again, and goes on');
			return like($result->{err}, qr/warning: .*the point of no return is passed/, 'and tells of it');
		});
}

sub standby
{
	my ($case, $change) = @_;
	sql($case->{old}, 'postgres', "ALTER SYSTEM $change");
	sql($case->{old}, 'postgres', 'SELECT pg_reload_conf()');
	sleep 0.2;
	return;
}

done_testing();
