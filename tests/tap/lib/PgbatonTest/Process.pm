# One child process whose output is collected in files, so that it never blocks on a full pipe.
package PgbatonTest::Process;

use strict;
use warnings;

use File::Temp ();
use POSIX qw(WNOHANG _exit);
use PostgreSQL::Test::Utils ();
use Time::HiRes qw(time);

# start([PROGRAM, ARG...], env => {}, stdin => 'text', cwd => DIRECTORY, timeout => SECONDS)
sub start
{
	my ($class, $command, %opt) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir('process');
	my $self = bless {
		command => $command,
		out_file => "$dir/out",
		err_file => "$dir/err",
		timeout => $opt{timeout},
	}, $class;

	open my $stdin, '>', "$dir/in" or die "$dir/in: $!\n";
	print $stdin $opt{stdin};
	close $stdin or die "$dir/in: $!\n";

	print "# starting @$command\n";
	# A signal must not find the child with the handlers of the test, which would end it as a second copy of the test
	# does, stopping its servers: so signals wait until those handlers are gone.
	my ($all, $before) = (POSIX::SigSet->new, POSIX::SigSet->new);
	$all->fillset;
	POSIX::sigprocmask(POSIX::SIG_BLOCK(), $all, $before);
	my $pid = fork // die "fork: $!\n";
	become($command, $dir, $before, \%opt) if $pid == 0;
	POSIX::sigprocmask(POSIX::SIG_SETMASK(), $before);
	$self->{pid} = $pid;
	return $self;
}

# In the child: turns into the program, or ends at once without running anything of the test. The other files of the
# test are closed by close-on-exec.
sub become
{
	my ($command, $dir, $mask, $opt) = @_;
	eval {
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP QUIT PIPE CHLD);
		delete $SIG{__DIE__};
		POSIX::sigprocmask(POSIX::SIG_SETMASK(), $mask);
		%ENV = %{ $opt->{env} };
		my $write = POSIX::O_WRONLY() | POSIX::O_CREAT() | POSIX::O_APPEND();
		redirect("$dir/in", POSIX::O_RDONLY(), 0);
		redirect("$dir/out", $write, 1);
		redirect("$dir/err", $write, 2);
		chdir $opt->{cwd} or die "$opt->{cwd}: $!\n";
		no warnings 'exec';
		exec { $command->[0] } @$command;
	};
	my $reason = "$command->[0]: " . ($@ || "$!\n");
	POSIX::write(2, $reason, length $reason);
	_exit(127);
}

sub redirect
{
	my ($file, $flags, $to) = @_;
	my $fd = POSIX::open($file, $flags, 0600) // die "$file: $!\n";
	if ($fd != $to)
	{
		POSIX::dup2($fd, $to) // die "$file: $!\n";
		POSIX::close($fd);
	}
	return;
}

# Its process id.
sub pid
{
	my ($self) = @_;
	return $self->{pid};
}

# True while it has not ended.
sub running
{
	my ($self) = @_;
	return $self->reap(WNOHANG) ? 0 : 1;
}

# kill(SIGNAL): by name, such as KILL, TERM or INT. Harmless when it has ended.
sub kill
{
	my ($self, $signal) = @_;
	CORE::kill($signal, $self->{pid}) if $self->running;
	return;
}

# What it has written so far.
sub out
{
	my ($self) = @_;
	return read_file($self->{out_file});
}

sub err
{
	my ($self) = @_;
	return read_file($self->{err_file});
}

# wait([SECONDS]): until it ends, and returns {rc, out, err, signal, timed_out}. At the deadline it is killed and
# timed_out is true.
sub wait
{
	my ($self, $seconds) = @_;
	my $end = time + ($seconds // $self->{timeout});
	while (!$self->reap(WNOHANG))
	{
		if (time > $end)
		{
			$self->{timed_out} = 1;
			CORE::kill('KILL', $self->{pid});
			$self->reap(0);
			last;
		}
		Time::HiRes::sleep(0.01);
	}
	my $signal = $self->{status} & 127;
	my $result = {
		rc => $signal ? undef : $self->{status} >> 8,
		signal => $signal,
		timed_out => $self->{timed_out} || 0,
		out => $self->out,
		err => $self->err,
	};
	if (!$self->{logged}++)
	{
		print "# ended, status $self->{status}: @{$self->{command}}\n";
		print "# stdout:\n$result->{out}\n# stderr:\n$result->{err}\n";
	}
	return $result;
}

sub reap
{
	my ($self, $flags) = @_;
	return 1 if defined $self->{status};
	local ($?, $!);
	return 0 if waitpid($self->{pid}, $flags) == 0;
	$self->{status} = $?;
	return 1;
}

sub read_file
{
	my ($file) = @_;
	open my $fh, '<', $file or return '';
	local $/;
	return <$fh> // '';
}

1;
