# config swap: what is refused; what it makes of files written by init and by hand, as a parser that is not ours reads them; mode, owner and backup.
use strict;
use warnings;

use PgbatonBlocks;
use PgbatonTest;
use Test::More;

my ($old, $new) = pair(source => '10', target => '18');
sql($_, 'postgres', 'CREATE DATABASE shop') for $old, $new;
sql($old, 'shop', 'CREATE TABLE t (id int PRIMARY KEY)');
my ($source, $target) = (conninfo($old, 'shop'), conninfo($new, 'shop'));
my @offline = ('source.invalid', 'target.invalid');
my $n = 0;

sub conf { my ($text, $mode) = @_; return write_file(work_dir() . '/c' . ++$n . '.conf', $text, $mode // 0600) }

# The file's settings, read by Perl: "section.key" to value.
sub settings
{
	my ($text) = @_;
	my ($section, %set) = ('');
	for (split /\r?\n/, $text =~ s/^\xef\xbb\xbf//r)
	{
		$section = $1 if /^\s*\[(.*)\]/;
		$set{"$section.$1"} = $2 if !/^\s*[#;\[]/ && /^\s*([^=:]*?)\s*[=:]\s*(.*?)\s*$/ && $2 ne '';
	}
	return \%set;
}

sub backups { my ($file) = @_; my @found = sort glob "$file.bak-*"; return @found }

# Refusals.
pgbaton_fails(2, qr/there is no config file/, 'config', 'swap');
pgbaton_fails(2, qr/could not open config file/, 'config', 'swap', '-c', 'not-there.conf');
pgbaton_fails(2, qr/unknown key/, 'config', 'swap', '-c', conf("[source]\nconinfo = x\n"));
pgbaton_fails(3, qr/nothing to swap/, 'config', 'swap', '-c', conf("[migration]\njobs = 2\n[source]\n#conninfo =\n"));
{
	my $file = conf("[source]\nconninfo = host=x password=hidden\n", 0644);
	pgbaton_fails(3, qr/open to others/, 'config', 'swap', '-c', $file);
}

# While the target has a journal.
{
	my $file = conf("[source]\nconninfo = $source\n[target]\nconninfo = $target\n[migration]\nname = m1\n");
	my $before = slurp($file);
	pgbaton_ok('migrate', '-c', $file);
	my $error = refused_json(3, 'config', 'swap', '-c', $file);
	like($error->{message}, qr/database "shop": migration "m1" has its journal on the target/, 'a migration under way');
	like($error->{hint}, qr/pgbaton cleanup/, '... with what can be done');
	is($error->{exit_code}, 3, '... also in a dry run') for refused_json(3, 'config', 'swap', '-c', $file, '--dry-run');
	is(slurp($file), $before, '... the file is as it was');
	is(scalar backups($file), 0, '... without a backup');
	pgbaton_ok('switchover', '--yes', '-c', $file);
	pgbaton_fails(3, qr/journal/, 'config', 'swap', '-c', $file);
	pgbaton_ok('config', 'swap', '-c', $file, '--force');
	is(settings(slurp($file))->{'source.conninfo'}, $target, '--force');
	pgbaton_ok('config', 'swap', '-c', $file, '--force');
	is(slurp($file), $before, '... and back');
	pgbaton_ok('cleanup', '--yes', '-c', $file);
	pgbaton_ok('config', 'swap', '-c', $file);
	is(settings(slurp($file))->{'source.conninfo'}, $target, 'after cleanup it is swapped');
}

# What init has written: pins and both ways follow, comments stay.
{
	my $file = work_dir() . '/init.conf';
	pgbaton_ok('init', '-c', $file, '--source', $source, '--target', $target, '--jobs', 3, '--source-from-target', 'host=a.invalid');
	my $before = slurp($file);
	my $old_set = settings($before);
	ok($old_set->{'source.system_identifier'} && $old_set->{'target.system_identifier'}, 'init has pinned both');
	my $document = block_json('config-swap', 'config', 'swap', '-c', $file, '--dry-run');
	ok(!$document->{written}, 'a dry run');
	is(slurp($file), $before, '... writes nothing');
	is(scalar backups($file), 0, '... and no backup');
	my $shown = pgbaton_ok('config', 'swap', '-c', $file, '--dry-run')->{out};
	chmod 0640, $file;
	my $inode = (stat $file)[1];
	$document = block_json('config-swap', 'config', 'swap', '-c', $file);
	is(slurp($file), $shown, 'what it writes is what it has shown');
	is_deeply(settings(slurp($file)), {
			'source.conninfo' => $target, 'target.conninfo' => $source, 'source.system_identifier' => $old_set->{'target.system_identifier'},
			'target.system_identifier' => $old_set->{'source.system_identifier'}, 'target.conninfo_from_source' => 'host=a.invalid', 'migration.jobs' => 3
		}, '... both sides have changed places');
	is((stat $file)[2] & 07777, 0640, '... with its mode');
	isnt((stat $file)[1], $inode, '... as a new file');
	is_deeply([ backups($file) ], [ $document->{backup} ], '... with one backup');
	is(slurp($document->{backup}), $before, '... of the old one');
	is((stat $document->{backup})[2] & 07777, 0600, '... for its owner');
	is_deeply([ grep { /^#/ } split /\n/, slurp($file) =~ s/^#\w.*//mgr ], [ grep { /^#/ } split /\n/, $before =~ s/^#\w.*//mgr ], '... comments are where they were');
	my $shown_config = JSON::PP->new->utf8->decode(pgbaton_ok('config', 'show', '--json', '-c', $file)->{out});
	is((grep { $_->{section} eq 'source' && $_->{key} eq 'conninfo' } @{ $shown_config->{settings} })[0]{value} =~ /port='?(\d+)/ && $1, $new->port, '... as pgbaton reads it');
	is(pgbaton_ok('exec', '-c', $file, '--', 'sh', '-c', 'echo $PGBATON_SOURCE_PORT $PGBATON_TARGET_PORT')->{out}, $new->port . ' ' . $old->port . "\n",
		'... and connects to the pinned servers');
	pgbaton_ok('config', 'swap', '-c', $file);
	is(slurp($file), $before, 'twice is as before');
	is(scalar(backups($file)), 2, '... with two backups');
}

# By hand: anything that can be written.
for my $case (
	[ 'values as they are written', "[source]\nconninfo=a\n[target]\n  conninfo :  b \n", "[source]\nconninfo=b\n[target]\n  conninfo :  a\n" ],
	[ 'target first', "[target]\nconninfo = b\n[source]\nconninfo = a\n", "[target]\nconninfo = a\n[source]\nconninfo = b\n" ],
	[ 'one side only', "[source]\nconninfo = a\n", "[source]\n#conninfo =\n\n[target]\nconninfo = a\n" ],
	[ 'no end of line', "[target]\nconninfo = a", "[target]\n#conninfo =\n[source]\nconninfo = a\n" ],
	[ 'Windows', "[source]\r\nconninfo = a\r\n\r\n[target]\r\nconninfo = b\r\n", "[source]\r\nconninfo = b\r\n\r\n[target]\r\nconninfo = a\r\n" ],
	[ 'a byte order mark', "\xef\xbb\xbf[source]\nconninfo = a\n[target]\nconninfo = b\n", "\xef\xbb\xbf[source]\nconninfo = b\n[target]\nconninfo = a\n" ],
	[ 'empty values', "[source]\nconninfo = a\n[target]\nconninfo =\n", "[source]\n#conninfo =\n[target]\nconninfo = a\n" ],
	[ 'pins of one side', "[source]\nconninfo = a\nsystem_identifier = 7\n\n[target]\nconninfo = b\n\n[migration]\njobs = 2\n",
		"[source]\nconninfo = b\n#system_identifier =\n\n[target]\nconninfo = a\nsystem_identifier = 7\n\n[migration]\njobs = 2\n" ],
	[ 'each side has what the other lacks', "[source]\nsystem_identifier = 7\n[target]\nconninfo = b\n",
		"[source]\n#system_identifier =\nconninfo = b\n[target]\n#conninfo =\nsystem_identifier = 7\n" ],
	[ 'hostile values', "# [target]\n[source]\nconninfo = host=a options='-c x=y;#[z]' dbname='%s \\\\ = :'\n;c\n[target]\nconninfo = postgresql://u\@b/%5B?sslmode=disable\n",
		"# [target]\n[source]\nconninfo = postgresql://u\@b/%5B?sslmode=disable\n;c\n[target]\nconninfo = host=a options='-c x=y;#[z]' dbname='%s \\\\ = :'\n" ],
	[ 'poolers', "[source]\nconninfo = a\n[target]\nconninfo = b\n[pooler x]\nadmin = host=p\nfile = /x\nsource_host = so\nsource_port = 1\ntarget_host = ta\n",
		"[source]\nconninfo = b\n[target]\nconninfo = a\n[pooler x]\nadmin = host=p\nfile = /x\nsource_host = ta\n#source_port =\ntarget_host = so\ntarget_port = 1\n" ],
  )
{
	my ($name, $text, $expected) = @$case;
	s/conninfo(\s*[=:]\s*)([ab])(?=\s|$)/conninfo$1host=$2.invalid/g for $text, $expected;
	my $file = conf($text);
	pgbaton_ok('config', 'swap', '-c', $file, '--force');
	is(slurp($file), $expected, $name);
	my $swapped = settings(slurp($file));
	pgbaton_ok('config', 'swap', '-c', $file, '--force');
	is_deeply(settings(slurp($file)), settings($text), '... and back');
}

# Secrets, symbolic links, options and the environment, a server that is away.
{
	my $file = conf("[source]\nconninfo = host=127.0.0.1 port=1 password='sesame pass'\n[target]\nconninfo = $target\n");
	my $result = pgbaton_ok('config', 'swap', '-c', $file, '--dry-run', '-v');
	unlike($result->{out} . $result->{err}, qr/sesame/, 'passwords are masked in a dry run');
	like($result->{err}, qr/warning: could not look for a journal/, 'a server that is away is a warning');
	my $document = block_json('config-swap', 'config', 'swap', '-c', $file);
	unlike($document->{text}, qr/sesame/, '... and in JSON');
	like(settings(slurp($file))->{'target.conninfo'}, qr/password='sesame pass'$/, '... but not in the file');
	my $link = work_dir() . '/link.conf';
	symlink $file, $link or die;
	pgbaton_ok('config', 'swap', '-c', $link, '--force', '--source', 'host=flag.invalid', { env => { PGBATON_TARGET => 'host=env.invalid' } });
	ok(-l $link, 'a symbolic link stays one');
	unlike(slurp($file), qr/flag|env/, '... options and the environment are not written');
	like(pgbaton_ok('config', 'swap', '-c', $link, '--force', '--source', 'host=flag.invalid', '--dry-run')->{err}, qr/warning: the source is given by --source/, '... but warned of');
	my $fenced = work_dir() . '/fenced';
	mkdir $fenced;
	my $kept = write_file("$fenced/x.conf", "[source]\nconninfo = host=a\n", 0600);
	chmod 0555, $fenced;
	pgbaton_fails(1, qr/could not write/, 'config', 'swap', '-c', $kept, '--force');
	is(slurp($kept), "[source]\nconninfo = host=a\n", 'where it cannot be written it stays');
	chmod 0755, $fenced;
}

done_testing();
