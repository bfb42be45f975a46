/*
 * The command of on_switch: what somebody has written to lead the traffic after the writes - a DNS entry, a load balancer, a pooler
 * on another host.
 *
 * It is run by /bin/sh -c, as PostgreSQL runs archive_command: people write pipes and quotes in it. Nothing is put into its text;
 * what it has to know is in its environment:
 *
 *   PGHOST PGPORT PGDATABASE PGUSER    the side that takes over, as pgbaton is connected to it, so that a plain psql reaches it;
 *   PGPASSFILE, PGSSLMODE …            with what that needs; a password is never in the environment
 *   PGBATON_FROM_HOST _PORT _DATABASE  the side that the writes leave
 *   PGBATON_SOURCE_HOST …             both sides, as in `pgbaton exec`
 *   PGBATON_DIRECTION                  switchover or rollback
 *   PGBATON_MIGRATION PGBATON_DATABASE the migration's name; the database's on the source
 */
#ifndef PGBATON_FENCE_HOOK_H
#define PGBATON_FENCE_HOOK_H

#include "base/str.h"
#include "pg/conn.h"

typedef struct Hook
{
    const char *command; /* "" or NULL: there is none, and nothing to do */
    int timeout_ms;
    const char *migration;
    const char *database;
    Conn *from;
    Conn *to;
    bool is_rollback;
} Hook;

/*
 * Runs it to its end, or to the end of its time. What it has printed, on both channels, is added to ret_output, whatever happens. False
 * when it was not successful; the hint is the command to repeat, without a password. A stop is not heeded: the writes have moved.
 */
bool hook_run(const Hook *hook, Str *ret_output, Err *err) must_check;

#endif
