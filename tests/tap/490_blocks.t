# Every building block on a single server of every version: it works, or says why it cannot. What each does is tested in its own file.
use strict;
use warnings;

use JSON::PP ();
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

# What the versions from and up to which a command works are is written down here, not taken from pgbaton.
# [schema of its JSON, since version, words…]; %S the source, %T the target: two databases of one server.
my @looks = (
	[ 'publication-list', 10, qw(publication list %S) ],
	[ 'subscription-list', 10, qw(subscription list %T) ],
	[ 'slot-list', 10, qw(slot list %S) ],
	[ 'origin-list', 10, qw(origin list %T) ],
	[ 'identity-list', 10, qw(identity list %S) ],
	[ 'table-list', 10, qw(table list %S) ],
	[ 'column-list', 10, qw(column list %S keyed) ],
	[ 'writes-status', 10, qw(writes status %S) ],
	[ 'sequence-diff', 10, qw(sequence diff %S %T) ],
	[ 'schema-diff', 10, qw(schema diff %S %T) ],
	[ 'config-show', 10, qw(config show %S %T) ],
	[ 'check', 10, qw(check source %S) ],
);
my @changes = (
	[ 10, qw(publication create p --table keyed %S) ],
	[ 10, qw(publication add p other %S) ],
	[ 10, qw(publication remove p other --yes %S) ],
	[ 13, qw(publication create p_root --table keyed --via-root %S) ],
	[ 15, qw(publication create p_schema --schema public --allow-no-identity %S) ],
	[ 10, qw(slot create s1 %S) ],
	[ 12, qw(slot copy s1 s2 %S) ],
	[ 11, qw(slot advance s1 now --yes %S) ],
	[ 10, qw(subscription create sub --publication p --slot s1 --no-create-slot --disabled --connection %C %T) ],
	[ 10, qw(subscription disable sub %T) ],
	[ 10, qw(subscription drop sub --keep-slot --yes %T) ],
	[ 10, qw(slot drop s1 --yes %S) ],
	(map { [ 10, qw(publication drop), $_, qw(--yes %S) ] } qw(p p_root p_schema)),
	[ 10, qw(writes pause --yes %S), 'writes-pause' ],
	[ 10, qw(writes resume --yes %S), 'writes-resume' ],
	[ 10, qw(identity fix --full --yes %S), 'identity-change' ],
	[ 10, qw(identity restore --yes %S), 'identity-change' ],
	[ 10, qw(sequence sync --yes %S %T), 'sequence-sync' ],
);

for my $version (10 .. 18)
{
	subtest "PostgreSQL $version" => sub { try_version($version) };
}

sub try_version
{
	my ($version) = @_;
	my $node = server("v$version", $version);
	sql($node, 'postgres', "CREATE DATABASE $_") for qw(one two);
	for my $database (qw(one two))
	{
		sql($node, $database, 'CREATE TABLE keyed (id int PRIMARY KEY, t text); CREATE TABLE other (id int PRIMARY KEY); CREATE SEQUENCE s');
	}
	sql($node, 'one', q{CREATE TABLE "no 'key' %s" (t text); SELECT nextval('s'), nextval('s')});
	my %words = ('%S' => [ '--source', conninfo($node, 'one') ], '%T' => [ '--target', conninfo($node, 'two') ], '%C' => [ conninfo($node, 'one') ]);
	my @documents;

	for my $look (@looks)
	{
		my ($schema, $since, @command) = @$look;
		my $result = pgbaton((map { $words{$_} ? @{ $words{$_} } : $_ } @command), '--json');
		like($result->{rc}, qr/^[034]$/, "@command[0, 1]: exit code 0, 4 of a comparison, or 3 of a check") or diag($result->{err});
		push @documents, [ $result->{out}, $schema ];
	}
	for my $change (@changes)
	{
		my ($since, @command) = @$change;
		my $schema = $command[-1] =~ /^[a-z]+-[a-z]+$/ ? pop @command : 'change';
		my @words = map { $words{$_} ? @{ $words{$_} } : $_ } @command;
		my $result = pgbaton(@words, '--json');
		my $what = join ' ', grep { !/%/ } @command;
		if ($version >= $since)
		{
			is($result->{rc}, 0, "$what: done") or diag($result->{out}, $result->{err});
			push @documents, [ $result->{out}, $schema ];
		}
		else
		{
			is($result->{rc}, 3, "$what: refused before $since") or diag($result->{out}, $result->{err});
			push @documents, [ $result->{out}, 'error' ];
			like($result->{out}, qr/since PostgreSQL $since\b/, '... and it says so');
		}
	}
	is_busy($node, @{ $words{'%S'} }) if $version == 15;
	all_valid(@documents);
	is(sql($node, 'one', "SELECT (SELECT count(*) FROM pg_replication_slots) || ' ' || (SELECT count(*) FROM pg_subscription)"),
		$version >= 12 ? '1 0' : '0 0', 'what was made and dropped is gone');
	$node->stop('immediate');
	return;
}

# Another pgbaton at work on the migration of that name.
sub is_busy
{
	my ($node, @source) = @_;
	my $other = $node->background_psql('one');
	$other->query_safe("SELECT pg_advisory_lock(1346847298, hashtext('main'))");
	like(refused_json(6, qw(publication create busy --table keyed), @source)->{message}, qr/another pgbaton is at work on migration "main"/, 'it is told');
	refused_json(6, qw(slot create busy), @source);
	is(pgbaton(qw(publication list), @source)->{rc}, 0, 'who only looks is not kept out');
	is(pgbaton(qw(slot create busy --dry-run), @source)->{rc}, 0, 'nor is a dry run');
	is(sql($node, 'one', q{SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'busy')}), 0, 'nothing was made');
	$other->quit;
	return;
}

done_testing();
