# proxy.pl LISTEN_PORT TARGET CONTROL_FILE: a TCP proxy on 127.0.0.1 whose network can be cut. TARGET is a port, or the path of a Unix socket.
# The control file, looked at every few milliseconds, holds one word:
#
#   pass    bytes pass
#   stall   nothing passes, and nobody is told; what was sent meanwhile arrives later, as by TCP's repetitions
#   reset   connections are reset, new ones too
use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(SOL_SOCKET SO_LINGER IPPROTO_TCP TCP_NODELAY SOCK_STREAM);

my ($port, $target, $control) = @ARGV;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 100, ReuseAddr => 1, Blocking => 0)
  or die "port $port: $@\n";
my $most = 1 << 20; # that is held for a peer which does not read
my %peer;           # by socket: {socket, other, out, eof}
my $mode = 'pass';

$SIG{PIPE} = 'IGNORE';
while (1)
{
	my $wanted = read_control();
	reset_all() if $wanted eq 'reset' && $mode ne 'reset';
	$mode = $wanted;
	if ($mode eq 'stall')
	{
		select undef, undef, undef, 0.005;
		next;
	}
	my $read = IO::Select->new($listener, map { $_->{socket} } grep { !$_->{eof} && length other($_)->{out} < $most } values %peer);
	my $write = IO::Select->new(map { $_->{socket} } grep { length $_->{out} } values %peer);
	my ($readable, $writable) = IO::Select->select($read, $write, undef, 0.005);
	for my $socket (@{ $readable || [] })
	{
		welcome() if $socket == $listener;
		receive($peer{$socket}) if $peer{$socket};
	}
	for my $socket (@{ $writable || [] })
	{
		send_out($peer{$socket}) if $peer{$socket};
	}
	for my $peer (my @all = values %peer)
	{
		finish($peer) if $peer{ $peer->{socket} };
	}
}

sub read_control
{
	open my $fh, '<', $control or return 'pass';
	return (<$fh> // '') =~ s/\s+//gr || $mode;
}

sub welcome
{
	my $client = $listener->accept or return;
	return linger($client) if $mode eq 'reset';
	my $server = $target =~ m{^/} ? IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $target) : IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $target);
	return linger($client) if !$server;
	for my $end ([ $client, $server ], [ $server, $client ])
	{
		my ($socket, $other) = @$end;
		$socket->blocking(0);
		setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1 if $socket->isa('IO::Socket::INET');
		$peer{$socket} = { socket => $socket, other => "$other", out => '', eof => 0 };
	}
	return;
}

# Both ends of a connection come and go together.
sub other
{
	my ($peer) = @_;
	return $peer{ $peer->{other} };
}

sub receive
{
	my ($from) = @_;
	my $n = sysread $from->{socket}, my $bytes, 65536;
	return if !defined $n && $!{EAGAIN};
	return drop($from, 1) if !defined $n;
	my $to = other($from);
	$n ? ($to->{out} .= $bytes) : ($from->{eof} = 1);
	send_out($to);
	return;
}

sub send_out
{
	my ($to) = @_;
	return if !length $to->{out};
	my $n = syswrite $to->{socket}, $to->{out};
	return drop($to, 1) if !defined $n && !$!{EAGAIN};
	substr $to->{out}, 0, $n // 0, '';
	return;
}

# Whoever has closed has said all; so both are done when it has been passed on.
sub finish
{
	my ($peer) = @_;
	drop($peer) if $peer->{eof} && !length other($peer)->{out};
	return;
}

sub drop
{
	my ($peer, $hard) = @_;
	my @sockets = map { $_->{socket} } $peer, other($peer);
	for my $socket (@sockets)
	{
		delete $peer{$socket};
		$hard ? linger($socket) : close $socket;
	}
	return;
}

sub linger
{
	my ($socket) = @_;
	setsockopt $socket, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if $socket->isa('IO::Socket::INET');
	close $socket;
	return;
}

sub reset_all
{
	while (my ($peer) = values %peer)
	{
		drop($peer, 1);
	}
	return;
}
