# completion: the scripts for bash, zsh and fish, run by these shells; what is offered is held against the help pages.
use strict;
use warnings;

use File::Basename;
use IPC::Run ();
use PgbatonTest;
use Test::More;

my $bin = dirname($ENV{PGBATON} || die);
local $ENV{PATH} = "$bin:$ENV{PATH}";
my $dir = work_dir();
write_file("$dir/some file.conf", '');
mkdir "$dir/some dir";

sub run_shell
{
	my @command = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(\@command, '<', '/dev/null', '>', \$out, '2>', \$err, init => sub { chdir $dir });
	diag($err) if $err ne '';
	return $out;
}

sub has { my ($shell) = @_; return grep { -x "$_/$shell" } split /:/, $ENV{PATH} }

# The command and its options, from the help.
my $overview = pgbaton_ok('help')->{out};
my ($list) = $overview =~ /^Commands:\n(.*?)\n\n/ms;
my @commands = $list =~ /^  (\w+(?: \w+)?)(?=  |$)/mg;
cmp_ok(@commands, '>', 15, 'the help lists commands');
sub offered { return sort map { (split /\t/)[0] } split /\n/, pgbaton_ok('complete', '--', @_)->{out} }

# Refusals.
pgbaton_fails(2, qr/no completion for "csh"/, 'completion', 'csh');
pgbaton_fails(2, qr/needs more arguments/, 'completion');
unlike($overview, qr/^  complete /m, 'what the scripts call is not listed');

# What pgbaton offers.
{
	my %first = map { (split / /)[0] => 1 } @commands;
	is_deeply([ offered('') ], [ sort keys %first ], 'every command');
	for my $command (@commands)
	{
		my @words = split / /, $command;
		is_deeply([ offered(@words) ], [ $words[-1] ], "\"$command\"") if @words > 1;
		my %options = map { $_ => 1 } pgbaton_ok('help', @words)->{out} =~ /^  (?:-\w, )?(--[\w-]+)/mg;
		is_deeply([ offered(@words, '--') ], [ sort keys %options ], "... its options are those of the help");
	}
	is_deeply([ offered('writes', 'pause', '') ], [ 'source', 'target' ], 'words of arguments');
	is_deeply([ offered('writes', 'pause', 'source', '') ], [], '... once');
	is_deeply([ offered('migrate', '--fence', '') ], [ 'lock', 'readonly' ], 'choices');
	is_deeply([ offered('--fence', 'l', ) ], ['lock'], '... before the command');
	is_deeply([ offered('migrate', '--fence=r') ], ['--fence=readonly'], '... in one word');
	is_deeply([ offered('-c', '') ], [':file'], 'files');
	is_deeply([ offered('migrate', '--pg-bindir', '') ], [':directory'], 'directories');
	is_deeply([ offered('help', 'sequence', '') ], [ 'diff', 'sync' ], 'help of a group');
	is_deeply([ offered('exec', '--on', 'source', '--', 'ps') ], [':command'], 'a command');
	is_deeply([ offered('nonsense', '') ], [], 'nothing for nonsense');
	is_deeply([ offered(q{'; rm -rf /}, '%s%n', '$(id)', '-', '') ], [], '... of any kind');
	is(pgbaton_ok('complete')->{err}, '', '... nor without words');
}

# The line as the shell splits it, and what it is to offer.
my @lines = (
	[ 'pgbaton sequ', [ 'pgbaton', 'sequ' ], ['sequence'] ],
	[ 'pgbaton sequence ', [ 'pgbaton', 'sequence', '' ], [ 'diff', 'sync' ] ],
	[ 'pgbaton exec --on so', [ 'pgbaton', 'exec', '--on', 'so' ], ['source'] ],
	[ 'pgbaton exec --on=so', [ 'pgbaton', 'exec', '--on', '=', 'so' ], ['source'] ],
	[ 'pgbaton exec --on=', [ 'pgbaton', 'exec', '--on', '=' ], [ 'source', 'target' ] ],
	[ 'pgbaton --source postgresql://u@h:1/d config ', [ 'pgbaton', '--source', 'postgresql', ':', '//u@h', ':', '1/d', 'config', '' ], [ 'show', 'swap' ] ],
	[ 'pgbaton sequence sync --allow', [ 'pgbaton', 'sequence', 'sync', '--allow' ], ['--allow-back'] ],
	[ 'pgbaton check  sou', [ 'pgbaton', 'check', 'sou' ], ['source'] ],
);

SKIP:
{
	skip 'there is no bash here', 1 if !has('bash');
	my $script = write_file("$dir/pgbaton.bash", pgbaton_ok('completion', 'bash')->{out});
	my $ask = sub {
		my ($line, @words) = @_;
		return [ sort split /\n/, run_shell('bash', '--norc', '-c', <<'END', 'bash', $script, $line, @words) ];
. "$1"; COMP_LINE=$2; COMP_POINT=${#2}; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_pgbaton; [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
END
	};
	is_deeply($ask->($_->[0], @{ $_->[1] }), $_->[2], "bash: $_->[0]") for @lines;
	is_deeply($ask->('pgbaton -c some', 'pgbaton', '-c', 'some'), [ 'some dir', 'some file.conf' ], 'bash: files');
	is_deeply($ask->('pgbaton --config=some', 'pgbaton', '--config', '=', 'some'), [ 'some dir', 'some file.conf' ], 'bash: files in one word');
	is_deeply($ask->('pgbaton migrate --pg-bindir some', 'pgbaton', 'migrate', '--pg-bindir', 'some'), ['some dir'], 'bash: directories');
	is_deeply([ grep { $_ eq 'printf' } @{ $ask->('pgbaton exec -- print', 'pgbaton', 'exec', '--', 'print') } ], ['printf'], 'bash: commands');
	is(run_shell('bash', '--norc', '-c', '. "$1"; complete -p pgbaton', 'bash', $script), "complete -F _pgbaton pgbaton\n", 'bash: it is installed');
}

SKIP:
{
	skip 'there is no fish here', 1 if !has('fish');
	local $ENV{HOME} = $dir;
	my $script = write_file("$dir/pgbaton.fish", pgbaton_ok('completion', 'fish')->{out});
	my $ask = sub {
		my ($line) = @_;
		return [ sort map { (split /\t/)[0] } split /\n/, run_shell('fish', '--no-config', '-c', 'source $argv[1]; complete -C $argv[2]', $script, $line) ];
	};
	# To fish an option and its value are one word.
	is_deeply($ask->($_->[0]), $_->[2], "fish: $_->[0]") for grep { $_->[0] !~ /=/ } @lines;
	is_deeply($ask->('pgbaton exec --on=so'), ['--on=source'], 'fish: in one word');
	is_deeply($ask->('pgbaton -c some'), [ 'some dir/', 'some file.conf' ], 'fish: files');
	is_deeply($ask->('pgbaton --config=some'), [ '--config=some dir/', '--config=some file.conf' ], 'fish: files in one word');
	is_deeply([ grep { $_ eq 'printf' } @{ $ask->('pgbaton exec -- print') } ], ['printf'], 'fish: commands');
}

SKIP:
{
	skip 'there is no zsh here', 1 if !has('zsh');
	local $ENV{HOME} = $dir;
	my $script = write_file("$dir/_pgbaton", pgbaton_ok('completion', 'zsh')->{out});
	# Its own functions for what the completion system would show.
	my $ask = sub {
		my (@words) = @_;
		return [ sort split /\n/, run_shell('zsh', '-f', '-c', <<'END', 'zsh', $script, @words) ];
compdef() { : }
_describe() { print -l -- ${(P)${@[-1]}} }
_files() { print -- "_files $*" }
_normal() { print -- "_normal $CURRENT $words" }
compset() { : }
source $1; shift; words=("$@"); CURRENT=$#; _pgbaton
END
	};
	is_deeply([ map { s/:.*//r } @{ $ask->('pgbaton', @$_[ 0 .. $#$_ - 1 ]) } ], $_->[-1], "zsh: @$_[0 .. $#$_ - 1]")
	  for [ 'sequ', ['sequence'] ], [ 'sequence', '', [ 'diff', 'sync' ] ], [ 'exec', '--on=so', ['--on=source'] ], [ '--source', 'postgresql://u@h:1/d', 'config', '', [ 'show', 'swap' ] ],
	  [ '--source', "'host=h dbname=d'", 'config', 'sw', ['swap'] ];
	is_deeply($ask->('pgbaton', '-c', ''), ['_files '], 'zsh: files');
	is_deeply($ask->('pgbaton', 'migrate', '--pg-bindir', ''), ['_files -/'], 'zsh: directories');
	is_deeply($ask->('pgbaton', 'exec', '--on', 'source', '--', 'psql', '-'), ['_normal 2 psql -'], 'zsh: commands');
	# The completion system itself takes it.
	is(run_shell('zsh', '-f', '-c', 'fpath=($1 $fpath); autoload -Uz compinit; compinit -u -D; print $_comps[pgbaton]', 'zsh', $dir), "_pgbaton\n", 'zsh: it is installed');
}

done_testing();
