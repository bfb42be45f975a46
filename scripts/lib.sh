# shellcheck shell=bash
# Sourced by the scripts beside it: where things are, how to report, who may do what.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
servers=${PGBATON_SERVERS:-/var/tmp/pgbaton-servers}
umask 022

die()
{
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    shift
    [ $# = 0 ] || printf '    %s\n' "$@" >&2
    exit 1
}

say()
{
    printf '== %s\n' "$*" >&2
}

# Runs a command that needs root: directly if we are, by sudo if we are not.
as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root: $*" "Run it as root, or install sudo."
    fi
}

# PostgreSQL refuses to run as root, so servers and all that talks to them run as this user.
server_user()
{
    if [ "$(id -u)" = 0 ]; then echo postgres; else id -un; fi
}

# as_server_user COMMAND...: runs it as that user; the environment is kept.
as_server_user()
{
    if [ "$(id -u)" = 0 ]; then
        runuser -u postgres -- "$@"
    else
        "$@"
    fi
}

debian_arch()
{
    dpkg --print-architecture
}

# Directory of this machine's libraries below lib/, such as x86_64-linux-gnu.
multiarch()
{
    case $(debian_arch) in
        amd64) echo x86_64-linux-gnu ;;
        arm64) echo aarch64-linux-gnu ;;
        *) die "no server trees for architecture $(debian_arch)" ;;
    esac
}
