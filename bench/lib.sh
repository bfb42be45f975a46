# shellcheck shell=bash
# Sourced by the benchmarks and by bench/candidates: two servers of their own, how to talk to them, how to make them the
# same again between runs. Run below scripts/staged, which gives PGBATON, PGBATON_SERVERS and PGBATON_STAGE.
#
# The servers are Debian's builds, on unix sockets, with the same settings for every candidate.

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
from=15 to=17-peers
servers=${PGBATON_SERVERS:-/var/tmp/pgbaton-servers}
pgbaton=$(realpath "${PGBATON:-$bench/../build/pgbaton}")
pgcopydb=$servers/$to/root/usr/bin/pgcopydb
declare -A bin=([source]=$servers/$from/bin [target]=$servers/$to/bin) port=([source]=5432 [target]=5433)

# The clients of the source's version: newer ones may write what a target of this minor cannot read.
export PATH=${bin[source]}:$PATH LC_ALL=C.UTF-8 PGCLIENTENCODING=UTF8 PGUSER=postgres

die()
{
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit "${2:-1}"
}

say()
{
    printf '== %s\n' "$*" >&2
}

# usage: the comment at the head of the script, and exit code 2.
usage()
{
    sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0" >&2
    exit 2
}

# scaled NUMBER: by --scale-percent, at least 1.
scaled()
{
    local n=$(($1 * ${scale_percent:-100} / 100))
    echo $((n > 0 ? n : 1))
}

conninfo()
{
    printf 'host=%s port=%s user=postgres dbname=%s' "$BENCH_WORK" "${port[$1]}" "${2:-bench}"
}

# query SIDE SQL [DATABASE]: rows on stdout, a line each. The guard that pgbaton puts on a target is not for us.
query()
{
    PGOPTIONS='-c default_transaction_read_only=off -c client_min_messages=warning' \
        psql -XAtq -v ON_ERROR_STOP=1 -d "$(conninfo "$1" "${3:-bench}")" -c "$2"
}

# script SIDE FILE [PSQL OPTION...]
script()
{
    local side=$1 file=$2
    shift 2
    psql -XAtq -v ON_ERROR_STOP=1 "$@" -d "$(conninfo "$side")" -f "$file"
}

servers_start()
{
    local side
    [ -x "${bin[target]}/postgres" ] || die "no servers in $servers: run \"make bench\""
    BENCH_WORK=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
    export BENCH_WORK
    trap servers_stop EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    for side in source target; do
        "${bin[$side]}/initdb" -D "$BENCH_WORK/$side" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8 >/dev/null
        { cat "$bench/postgresql.conf"; echo "port = ${port[$side]}"; echo "unix_socket_directories = '$BENCH_WORK'"; } \
            >>"$BENCH_WORK/$side/postgresql.conf"
        "${bin[$side]}/pg_ctl" -D "$BENCH_WORK/$side" -l "$BENCH_WORK/$side.log" -w start >/dev/null
    done
}

servers_stop()
{
    local side
    for side in source target; do
        [ ! -f "$BENCH_WORK/$side/postmaster.pid" ] ||
            "${bin[$side]}/pg_ctl" -D "$BENCH_WORK/$side" -m immediate stop >/dev/null || true
    done
    rm -rf "$BENCH_WORK"
}

# Whatever the last candidate left, however it ended, is gone; both servers have written out what they had to.
servers_reset()
{
    local name exists
    exists=$(query target "SELECT count(*) FROM pg_database WHERE datname = 'bench'" postgres)
    if [ "$exists" = 1 ]; then
        for name in $(query target "SELECT quote_ident(subname) FROM pg_subscription AS s
                                    JOIN pg_database AS d ON d.oid = s.subdbid WHERE datname = 'bench'" postgres); do
            query target "ALTER SUBSCRIPTION $name DISABLE"
            query target "ALTER SUBSCRIPTION $name SET (slot_name = NONE)"
            query target "DROP SUBSCRIPTION $name"
        done
    fi
    query source "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE active" postgres >/dev/null
    query source "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots" postgres >/dev/null
    for name in $(query source "SELECT quote_ident(pubname) FROM pg_publication"); do
        query source "DROP PUBLICATION $name"
    done
    query source "DROP SCHEMA IF EXISTS pgbaton CASCADE"
    query target "DROP DATABASE IF EXISTS bench WITH (FORCE)" postgres
    query source CHECKPOINT postgres
    query target CHECKPOINT postgres
}

# set_build SET: the database "bench" of the source is made anew.
set_build()
{
    query source "DROP DATABASE IF EXISTS bench WITH (FORCE)" postgres
    query source "CREATE DATABASE bench" postgres
    "set_build_$1" >/dev/null
    query source "VACUUM ANALYZE"
    query source CHECKPOINT
}

set_build_a()
{
    pgbench -i -q -s "$(scaled 100)" "$(conninfo source)" 2>&1
    query source "ALTER TABLE pgbench_history REPLICA IDENTITY FULL"
}

set_build_b()
{
    script source "$bench/sets/b.sql" -v tables="${tables:-$(scaled 5000)}"
}

set_build_c()
{
    script source "$bench/sets/c.sql" -v percent="${scale_percent:-100}"
}

set_build_d()
{
    script source "$bench/sets/d.sql" -v percent="${scale_percent:-100}"
}

# content SIDE: the oracle. A line for every table with its number of rows and a sum of their hashes, and one for every valid
# index. All candidates are held to it.
content()
{
    PGOPTIONS='-c default_transaction_read_only=on' script "$1" "$bench/content.sql" | LC_ALL=C sort
}

# foreign_keys SIDE: a line each, with what PostgreSQL says of its validity. Not for the floor, which makes none.
foreign_keys()
{
    query "$1" "SELECT conrelid::regclass, conname, convalidated FROM pg_constraint
                 WHERE contype = 'f' AND connamespace = 'public'::regnamespace" | LC_ALL=C sort
}

# What was measured on, as "# key: value" lines.
describe_machine()
{
    printf '# date: %s\n' "$(date -u +%FT%TZ)"
    printf '# machine: %s cores, %s, %s GB of memory, Linux %s\n' "$(nproc)" \
        "$(sed -n '/^model name/{s/.*: //p;q}' /proc/cpuinfo)" \
        "$(awk '/^MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo)" "$(uname -r)"
    printf '# load before: %s\n' "$(cut -d' ' -f1-3 /proc/loadavg)"
    printf '# pgbaton: %s\n' "$("$pgbaton" --version)"
    printf '# servers: %s to %s\n' "$("${bin[source]}/postgres" --version | cut -d' ' -f3)" \
        "$("${bin[target]}/postgres" --version | cut -d' ' -f3)"
    [ ! -x "$pgcopydb" ] || printf '# peer: %s\n' "$("$pgcopydb" --version 2>/dev/null | head -1)"
}
