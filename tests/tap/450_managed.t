# A managed service: an admin role that is no superuser and reads no pg_authid is all one has, on both sides. Each command, and what comes of it there, is a row.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("m$_", $_, scram => 1, password => 'provider') } qw(13 15 17);
my %admin = (tcp => 1, user => 'cloud_admin', password => 'cloud admin');

# The provider's own: a superuser that nobody else gets at, its database, a role that stands for replication.
sub provided
{
	my ($major) = @_;
	my $since_16 = $major >= 16 ? ', pg_create_subscription' : '';
	sql($node{$major}, 'postgres', <<"SQL");
CREATE ROLE rdsadmin LOGIN SUPERUSER; CREATE DATABASE rdsadmin OWNER rdsadmin; REVOKE ALL ON DATABASE rdsadmin FROM PUBLIC;
CREATE ROLE rds_replication; CREATE ROLE rds_superuser; GRANT pg_monitor, pg_signal_backend$since_16, rds_replication TO rds_superuser WITH ADMIN OPTION;
CREATE ROLE cloud_admin LOGIN CREATEROLE CREATEDB REPLICATION PASSWORD 'cloud admin'; GRANT rds_superuser TO cloud_admin; GRANT pg_monitor, pg_signal_backend$since_16 TO cloud_admin WITH ADMIN OPTION;
SQL
	return;
}

# Of the customer, who is cloud_admin: a database whose tables belong to the application; and a superuser among the roles.
sub customer
{
	my ($major) = @_;
	my $psql = sub { my ($database, $sql) = @_; local $ENV{PGUSER} = 'cloud_admin'; return sql($node{$major}, $database, $sql) };
	$psql->('postgres', "CREATE ROLE app$major LOGIN PASSWORD 'app secret'; GRANT app$major TO cloud_admin");
	$psql->('postgres', "CREATE DATABASE shop$major");
	$psql->("shop$major", "CREATE EXTENSION hstore; CREATE SCHEMA app AUTHORIZATION app$major; SET ROLE app$major; CREATE TABLE app.item (id serial PRIMARY KEY, name text, extra hstore)");
	sql($node{$major}, 'postgres', "CREATE ROLE boss$major LOGIN SUPERUSER");
	return;
}

# Commands of other groups are to be added here: name, arguments, exit code by source and target, what is told. target => another database there.
my @rows = (
	[ 'check', [ 'check', '-q' ], 0, qr/checks passed/ ],
	[ 'roles copy --dry-run', [ 'roles', 'copy', '--dry-run' ], 0, qr/CREATE ROLE app\d+ WITH LOGIN;/ ],
	[ 'roles copy', [ 'roles', 'copy' ], 0, qr/warning: The source does not show the passwords.*"boss\d+" is left without SUPERUSER, which user "cloud_admin" may not change/s ],
	[ 'roles copy again', [ 'roles', 'copy' ], 0, qr/^roles are as on the source already$/m ],
	[ 'extensions copy without the database', [ 'extensions', 'copy' ], 5, qr/"shop\d+" does not exist/ ],
	[ 'schema copy without the database', [ 'schema', 'copy' ], 3, qr/"shop\d+" does not exist on the target.*--create-database/s ],
	[ 'schema copy', [ 'schema', 'copy', '--create-database', '--yes' ], 0, qr/^schema copied$/m ],
	[ 'schema copy again', [ 'schema', 'copy', '--yes' ], 3, qr/has "TABLE app.item" already/ ],
	[ 'extensions copy', [ 'extensions', 'copy' ], 0, qr/extensions are there already/ ],
	[ 'table list', [ 'table', 'list' ], 0, qr/^app\s+item\s+table/m ],
	[ 'column list', [ 'column', 'list', 'app.item' ], 0, qr/extra\s+\S*hstore/ ],
	[ 'identity list', [ 'identity', 'list' ], 0, qr/item_pkey/ ],
	[ 'sequence diff', [ 'sequence', 'diff' ], 0, qr/the same on both sides/ ],
	[ 'sequence sync', [ 'sequence', 'sync', '--margin', 100, '--yes' ], 0, qr/^sequences of database "shop\d+" set: 1$/m ],
	[ 'schema diff', [ 'schema', 'diff' ], 4, qr/^role\s+cloud_admin\s+member of:.*\n\n1 object differs/m ],
	[ 'publication create', [ 'publication', 'create', 'p', '--table', 'app.item' ], 0, qr/publication "p" created/ ],
	[ 'publication list', [ 'publication', 'list' ], 0, qr/^p\s+cloud_admin/m ],
	[ 'slot create', [ 'slot', 'create', 's1' ], 0, qr/"s1" created\nThe server keeps WAL/ ],
	[ 'slot list', [ 'slot', 'list' ], 0, qr/^s1\s+logical\s+pgoutput/m ],
	[ 'slot advance', [ 'slot', 'advance', 's1', 'now', '--yes' ], 0, qr/"s1" (?:advanced|is at that position already)/ ],
	[ 'subscription create', [ 'subscription', 'create', 'sub', '--publication', 'p', '--slot', 's1', '--no-create-slot', '--no-copy-data' ], { '13 15' => 3, '15 17' => 0 },
		{ '13 15' => qr/must be superuser to create subscriptions.*GRANT pg_create_subscription.*before PostgreSQL 16 only superusers/s, '15 17' => qr/"sub" created/ } ],
	[ 'subscription list', [ 'subscription', 'list' ], 0, { '13 15' => qr/^no subscriptions$/m, '15 17' => qr/^shop15\s+sub\s+yes\s+yes\s+p\s+s1/m } ],
	[ 'origin list', [ 'origin', 'list' ], 0, qr/Positions are not shown to this role: GRANT EXECUTE ON FUNCTION pg_catalog\.pg_show_replication_origin_status/ ],
	[ 'origin rewind', [ 'origin', 'rewind', 'sub', '--to-slot', 's1', '--yes' ], 3,
		{ '13 15' => qr/no subscription "sub"/, '15 17' => qr/may not set the position.*GRANT EXECUTE ON FUNCTION pg_catalog\.pg_replication_origin_progress/s } ],
	[ 'subscription skip', [ 'subscription', 'skip', 'sub', '--yes' ], 3, { '13 15' => qr/no subscription "sub"/, '15 17' => qr/has nothing to skip/ } ],
	[ 'subscription disable', [ 'subscription', 'disable', 'sub' ], { '13 15' => 3, '15 17' => 0 }, { '13 15' => qr/no subscription "sub"/, '15 17' => qr/"sub" disabled/ } ],
	[ 'subscription drop', [ 'subscription', 'drop', 'sub', '--keep-slot', '--yes' ], 0, qr/"sub" (?:dropped|is not there)/ ],
	[ 'slot drop', [ 'slot', 'drop', 's1', '--yes' ], 0, qr/"s1" dropped/ ],
	[ 'publication drop', [ 'publication', 'drop', 'p', '--yes' ], 0, qr/"p" dropped/ ],
	[ 'identity fix', [ 'identity', 'fix', '--yes' ], 0, qr/are fine/ ],
	[ 'grant on the source', [ 'grant', 'mover', '--on', 'source' ], 0, qr/User "cloud_admin" itself owns.*role "mover" granted/s ],
	[ 'grant on the target', [ 'grant', 'mover', '--on', 'target' ], 0, { '13 15' => qr/Before PostgreSQL 16 only superusers may create subscriptions/, '15 17' => qr/GRANT pg_create_subscription TO mover/ } ],
	[ 'grant, in one that is not ours', [ 'grant', 'mover', '--on', 'source', '--database', 'rdsadmin' ], 5, qr/permission denied for database "rdsadmin"/ ],
	[ 'revoke on the source', [ 'grant', 'mover', '--on', 'source', '--revoke', '--yes' ], 0, qr/role "mover" dropped/ ],
	[ 'revoke on the target', [ 'grant', 'mover', '--on', 'target', '--revoke', '--yes' ], 0, qr/role "mover" dropped/ ],
	[ 'writes status', [ 'writes', 'status' ], 0, qr/open/ ],
	[ 'writes pause', [ 'writes', 'pause', '--yes' ], 0, qr/are paused/ ],
	[ 'writes resume', [ 'writes', 'resume', '--yes' ], 0, qr/are resumed/ ],
	# where the provider has not given its admin what only superusers have before 16
	[ 'migrate', [ 'migrate', '-q' ], { '13 15' => 1, '15 17' => 0 }, { '13 15' => qr/must be superuser to create subscriptions/, '15 17' => qr/^\z|ready/ }, 'moved' ],
	[ 'switchover', [ 'switchover', '--yes' ], { '13 15' => 3, '15 17' => 1 },
		{ '13 15' => qr/not ready to switch over/, '15 17' => qr/nothing is left of the attempt.*source: must be superuser to create subscriptions/s }, 'moved' ],
	[ 'switchover without the way back', [ 'switchover', '--yes', '--no-reverse' ], { '13 15' => 3, '15 17' => 0 }, { '13 15' => qr/not ready to switch over/, '15 17' => qr/shop15/ }, 'moved' ],
	[ 'cleanup', [ 'cleanup', '--yes' ], 0, qr//, 'moved' ],
);

sub by_pair { my ($value, $pair) = @_; return ref $value eq 'HASH' ? $value->{$pair} : $value }

provided($_) for 13, 15, 17;
customer($_) for 13, 15;

for my $pair ([ 13, 15 ], [ 15, 17 ])
{
	my ($from, $to) = @$pair;
	subtest "$from to $to" => sub {
		for my $row (@rows)
		{
			my ($name, $arguments, $code, $told, $database) = @$row;
			my $result = pgbaton(@$arguments, '--source', conninfo($node{$from}, "shop$from", %admin), '--target', conninfo($node{$to}, $database // "shop$from", %admin));
			is($result->{rc}, by_pair($code, "$from $to"), "$name: exit code") or diag($result->{out}, $result->{err});
			like($result->{out} . $result->{err}, by_pair($told, "$from $to"), "$name: what is told");
			unlike($result->{out} . $result->{err}, qr/cloud admin|app secret/, "$name: no secret");
		}
	};
}

done_testing();
