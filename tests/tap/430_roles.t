# roles copy: refusals, hashes that nobody sees, roles that exist already, memberships with their options, targets that may not do all of it.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/lib";
use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my %node = map { $_ => server("v$_", $_) } qw(10 15 18);
my %secret;

sub copy
{
	my ($from, $to, @more) = @_;
	return ('roles', 'copy', '--source', conninfo($node{$from}, 'postgres'), '--target', conninfo($node{$to}, 'postgres', %{ ref $more[0] ? shift @more : {} }),
		@more);
}

# All that roles have, but for OIDs and grantors.
sub roles
{
	my ($major, %opt) = @_;
	my $table = $opt{hashes} // 1 ? 'pg_authid' : 'pg_roles';
	my $password = $opt{hashes} // 1 ? 'rolpassword' : "''";
	my $options = $major >= 16 ? 'inherit_option, set_option' : 'true, true';
	return sql($node{$major}, 'postgres', <<"SQL");
SELECT ROW(rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit, $password, rolvaliduntil AT TIME ZONE 'UTC',
	shobj_description(oid, 'pg_authid')) FROM $table WHERE rolname !~ '^pg_' AND rolname <> 'postgres' ORDER BY rolname::text COLLATE "C";
SELECT setdatabase <> 0, setrole::regrole, unnest(setconfig) FROM pg_db_role_setting ORDER BY setrole::regrole::text COLLATE "C", 3;
SELECT roleid::regrole, member::regrole, admin_option @{[ $opt{options} ? ", $options" : '' ]} FROM pg_auth_members WHERE member::regrole::text !~ '^pg_' ORDER BY (roleid::regrole::text || ' ' || member::regrole::text) COLLATE "C";
SQL
}

sub dropped
{
	my ($major) = @_;
	return sql($node{$major}, 'postgres', <<'SQL');
ALTER ROLE ALL RESET ALL;
SELECT format('DROP OWNED BY %I; DROP ROLE %I', rolname, rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres' \gexec
SQL
}

for my $major (10, 15)
{
	sql($node{$major}, 'postgres', <<"SQL");
CREATE ROLE app LOGIN PASSWORD 'app-secret' CONNECTION LIMIT 7 VALID UNTIL '2040-01-02 03:04:05+00';
CREATE ROLE "grüße ""x""" NOINHERIT CREATEDB CREATEROLE;
CREATE ROLE report LOGIN BYPASSRLS; CREATE ROLE repl LOGIN REPLICATION; CREATE ROLE boss LOGIN SUPERUSER PASSWORD 'boss-secret';
SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'old-secret'; RESET password_encryption;
GRANT report TO app; GRANT app TO "grüße ""x""" WITH ADMIN OPTION; GRANT pg_monitor TO report;
COMMENT ON ROLE app IS 'it''s the app'; ALTER ROLE app SET search_path = 'a b', "C", public; ALTER ROLE report SET work_mem = '12MB';
ALTER ROLE app IN DATABASE postgres SET statement_timeout = '7s'; ALTER ROLE ALL SET idle_in_transaction_session_timeout = '1h';
SQL
}

for my $major (10, 15)
{
	my $names = join '|', map { quotemeta } split /\n/, sql($node{$major}, 'postgres', 'SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL');
	$secret{$major} = qr/$names/;
}

subtest 'refusals' => sub {
	pgbaton_fails(2, qr/no target/, 'roles', 'copy', '--source', conninfo($node{15}, 'postgres'));
	pgbaton_fails(3, qr/role "nobody" does not exist on the source/, copy(15, 18, '--role', 'app,nobody'));
	my $error = refused_json(3, copy(15, 18, '--role', 'nobody'));
	like($error->{message}, qr/"nobody"/, 'JSON names it');
	is(roles(18), '', 'nothing was made');
};

subtest 'dry run' => sub {
	my $plan = pgbaton_ok(copy(15, 18, '--dry-run', '-v'));
	like($plan->{out}, qr/^-- on the target, database "postgres"\nCREATE ROLE app WITH LOGIN.*PASSWORD \*+/m, 'the SQL');
	unlike($plan->{out} . $plan->{err}, $secret{15}, 'hashes are masked, also in what -v echoes');
	my $document = block_json('transfer', copy(15, 18, '--dry-run'));
	is($document->{outcome}, 'planned', 'planned');
	unlike(JSON::PP->new->encode($document), $secret{15}, 'nor are they in JSON');
	is(roles(18), '', 'nothing was made');
};

for my $from (10, 15)
{
	subtest "$from to 18" => sub {
		my $echoed = pgbaton_ok(copy($from, 18, '-v', '--role', 'app,old'));
		unlike($echoed->{out} . $echoed->{err}, $secret{$from}, 'hashes are masked in what -v echoes');
		dropped(18);
		my $document = block_json('transfer', copy($from, 18));
		is($document->{outcome}, 'copied', 'copied');
		is_deeply($document->{warnings}, [], 'no warning');
		is_deeply([ grep { /^GRANT report/ } @{ $document->{objects}{'role "app"'} } ], ['GRANT report TO app WITH ADMIN FALSE, INHERIT TRUE, SET TRUE'],
			'which role got what');
		unlike(JSON::PP->new->encode($document), $secret{$from}, 'hashes are masked');
		is(roles(18), roles($from), 'all is as on the source');
		is(sql($node{18}, 'postgres', q{SELECT inherit_option FROM pg_auth_members WHERE member::regrole::text ~ 'gr'}), 'f', 'NOINHERIT became an option of the membership');
		like(pgbaton_ok(copy($from, 18))->{out}, qr/^roles are as on the source already$/, 'twice is once');
		my $log = slurp($node{18}->logfile);
		unlike($log, $secret{$from}, "nor are they in the target's log");
		dropped(18);
	};
}

subtest 'roles that are there are adjusted' => sub {
	sql($node{18}, 'postgres', q{CREATE ROLE app CREATEDB CONNECTION LIMIT 3 PASSWORD 'other'; CREATE ROLE only_here; GRANT app TO only_here; ALTER ROLE app SET work_mem = '1MB'});
	my $result = pgbaton_ok(copy(15, 18));
	like($result->{out}, qr/^role "app": ALTER ROLE app WITH NOCREATEDB LOGIN CONNECTION LIMIT 7/m, 'told by role');
	sql($node{18}, 'postgres', 'REVOKE app FROM only_here; DROP ROLE only_here; ALTER ROLE app RESET work_mem');
	is(roles(18), roles(15), 'as on the source; what only the target had was left alone');
	dropped(18);
};

subtest 'one role, without its password' => sub {
	pgbaton_ok(copy(15, 18, '--role', 'app', '--no-passwords'));
	is(sql($node{18}, 'postgres', q{SELECT rolname, rolpassword IS NULL FROM pg_authid WHERE rolname !~ '^pg_' AND rolname <> 'postgres'}), 'app|t', 'no other, and no password');
	is(sql($node{18}, 'postgres', 'SELECT count(*) FROM pg_db_role_setting WHERE setrole = 0'), '0', 'nor settings of all roles');
	like(pgbaton_ok(copy(15, 18, '--role', 'app', '--no-passwords'))->{out}, qr/warning: Role "app" is not made a member of "report", which the target does not have/, 'what it is a member of is told');
	dropped(18);
};

subtest 'memberships of 16 and later' => sub {
	sql($node{18}, 'postgres', 'CREATE ROLE a; CREATE ROLE b; GRANT a TO b WITH ADMIN TRUE, INHERIT FALSE, SET FALSE');
	my $other = server('other18', '18');
	$node{other} = $other;
	pgbaton_ok(copy(18, 'other'));
	is(sql($other, 'postgres', q{SELECT admin_option, inherit_option, set_option FROM pg_auth_members WHERE member::regrole::text = 'b'}), 't|f|f', 'their options');
	dropped(18);
	$other->stop;
};

subtest 'a target without superuser' => sub {
	for my $to (18, 10)
	{
		my $from = $to == 10 ? 15 : 10;
		dropped($to) if $to == 18;
		sql($node{$to}, 'postgres', "CREATE ROLE cloud_admin LOGIN CREATEROLE CREATEDB; @{[ $to == 18 ? 'GRANT pg_monitor TO cloud_admin WITH ADMIN OPTION;' : '' ]} CREATE ROLE reserved; REVOKE CONNECT ON DATABASE postgres FROM reserved");
		sql($node{$to}, 'postgres', 'DROP OWNED BY app, boss, report, repl, old; DROP ROLE app, boss, report, repl, old; ALTER ROLE ALL RESET ALL') if $to == 10;
		my $result = pgbaton_ok(copy($from, $to, { user => 'cloud_admin' }));
		like($result->{out}, qr/warning: Role "boss" is left without SUPERUSER, which user "cloud_admin" may not change/, "$to: SUPERUSER");
		like($result->{out}, qr/warning: Role "repl" is left without REPLICATION/, "$to: REPLICATION");
		is(sql($node{$to}, 'postgres', q{SELECT count(*) FROM pg_authid WHERE rolname IN ('app', 'boss', 'report', 'repl', 'old') AND (rolpassword IS NOT NULL) = (rolname IN ('app', 'boss', 'old'))}),
			'5', "$to: the rest is done");
		is($result->{err}, '', "$to: nothing on stderr");
		unlike($result->{out}, $secret{$from}, "$to: no hash");
		my $again = pgbaton_ok(copy($from, $to, { user => 'cloud_admin' }));
		like($again->{out}, qr/password of role "app" is left as it is: the target does not show it for comparison/, "$to: passwords cannot be compared");
		unlike($again->{out}, qr/^role /m, "$to: twice is once");
	}
};

subtest 'a source that hides its passwords' => sub {
	dropped(18);
	sql($node{15}, 'postgres', 'CREATE ROLE reader LOGIN');
	my $result = pgbaton_ok('roles', 'copy', '--source', conninfo($node{15}, 'postgres', user => 'reader'), '--target', conninfo($node{18}, 'postgres'));
	like($result->{out}, qr/warning: The source does not show the passwords/, 'told');
	is(sql($node{18}, 'postgres', 'SELECT count(*) FROM pg_authid WHERE rolpassword IS NOT NULL'), '0', 'and none is there');
	sql($node{15}, 'postgres', 'DROP ROLE reader');
	dropped(18);
};

subtest 'hostile names' => sub {
	my @names = hostile_names();
	sql($node{15}, 'postgres', join ';', map { 'CREATE ROLE ' . quoted($_) . ' LOGIN; COMMENT ON ROLE ' . quoted($_) . ' IS ' . literal($_) . '; GRANT pg_monitor TO ' . quoted($_) } @names);
	my $before = roles(15);
	for my $name (@names)
	{
		my $list = '"' . $name =~ s/"/""/gr . '"';
		block_json('transfer', copy(15, 18, '--dry-run', '--role', $list));
		pgbaton_ok(copy(15, 18, '--role', $list));
	}
	pgbaton_ok(copy(15, 18));
	is(roles(18), $before, 'all are there as they were');
	is(roles(15), $before, 'the source is as it was');
};

subtest 'a target without that database' => sub {
	dropped(18);
	pgbaton_ok('roles', 'copy', '--source', conninfo($node{15}, 'postgres'), '--target', conninfo($node{18}, 'not there yet'));
	is(sql($node{18}, 'postgres', q{SELECT count(*) FROM pg_roles WHERE rolname = 'app'}), '1', 'roles are of the server');
};

done_testing();
