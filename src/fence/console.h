/*
 * Commands on the admin consoles of several PgBouncers at once, every wait with a deadline.
 *
 * A console takes one command at a time and answers PAUSE when the last client is out of its transaction. It cannot be told to give
 * up: such a session is closed, and the database is resumed from another one (PgBouncer's admin.c, admin_cmd_pause and
 * admin_handle_cancel).
 */
#ifndef PGBATON_FENCE_CONSOLE_H
#define PGBATON_FENCE_CONSOLE_H

#include "config/option.h"
#include "fence/pooler_text.h"
#include "pg/conn.h"

/* Commands for one session, one after the other; the first that fails is the last. */
typedef struct ConsoleJob
{
    Conn *conn;
    StringList commands;
    bool may_be_refused; /* a command that the console answers with an error is no failure */
    size_t n_done;
    PGresult *result; /* of the last command; PQclear()ed by the caller */
    bool is_failed;
    Err err;
} ConsoleJob;

/* Runs all of them side by side. False when one failed; what the others came to is in the jobs. To be released by console_jobs_release. */
bool console_run(ConsoleJob *jobs, size_t n_jobs, int64_t deadline_ms);
void console_jobs_release(ConsoleJob *jobs, size_t n_jobs);

/* One command on one session. The result is PQclear()ed by the caller. */
bool console_ask(Conn *conn, const char *command, int64_t deadline_ms, PGresult **ret_result,
                 Err *err) must_check;

/* A row of SHOW DATABASES. */
typedef struct ConsoleDatabase
{
    const char *name;
    PoolerPlace place;
    const char *pool_mode; /* "": that of the whole PgBouncer */
    bool is_paused;
    bool is_disabled;
} ConsoleDatabase;

typedef VEC(ConsoleDatabase) ConsoleDatabases;

/* What SHOW DATABASES has answered, in the arena. ERR_REFUSED when it is not PgBouncer's answer. */
bool console_databases(Arena *arena, const PGresult *result, ConsoleDatabases *ret_databases,
                       Err *err) must_check;

/* NULL: PgBouncer has none of that name. */
const ConsoleDatabase *console_find(const ConsoleDatabases *databases, const char *name);

#endif
