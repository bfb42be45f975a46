#include "fence/fence.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    FIRST_LOCK_TIMEOUT_MS = 20,
    PAUSE_BETWEEN_ATTEMPTS_MS = 20, /* lets those through that queued up behind us */
    END_SESSIONS_PATIENCE_MS = 30000,
    MOST_NAMED = 5
};

/* *ret_n_locked counts the tables that were locked, also when one could not be. */
static bool
try_lock(Conn *conn, const QualifiedNames *tables, bool large_objects, int lock_timeout_ms,
         int idle_timeout_ms, int *ret_n_locked, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    int n_before = 3;
    bool ok;

    /* A statement a table, all in one message: the number of answers tells which one failed. */
    sql_format(&sql,
               "BEGIN; SET LOCAL lock_timeout = %R;"
               "SET LOCAL idle_in_transaction_session_timeout = %R;",
               PARAM_I64(lock_timeout_ms), PARAM_I64(idle_timeout_ms));
    for (size_t i = 0; i < tables->len; i++)
        sql_format(&sql, "LOCK TABLE ONLY %Q IN EXCLUSIVE MODE;", tables->items[i].schema,
                   tables->items[i].name);
    if (large_objects)
        str_add(
            &sql,
            "LOCK TABLE pg_catalog.pg_largeobject_metadata, pg_catalog.pg_largeobject IN EXCLUSIVE MODE;");
    ok = conn_exec_counting(conn, sql.data, ret_n_locked, err);
    *ret_n_locked -= n_before;
    return ok;
}

/* Not every role may cancel an autovacuum worker; then the lock just takes longer. */
static bool
autovacuum_is_ended(Conn *observer, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(err_release) Err failure = {0};

    return conn_receive(observer, &result, &failure) || failure.code == ERR_FAILED ||
           err_move(err, &failure);
}

static void
move_to_front(QualifiedNames *tables, int i)
{
    QualifiedName moved;

    if (i <= 0 || (size_t)i >= tables->len)
        return;
    moved = tables->items[i];
    memmove(tables->items + 1, tables->items, (size_t)i * sizeof(moved));
    tables->items[0] = moved;
}

static bool
refuse(Conn *observer, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str blockers = STR_INIT;

    if (!conn_query(observer, sql_fence_blockers, NO_PARAMS, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        str_addf(&blockers, "%s%s", row ? "; " : "", PQgetvalue(result, row, 0));
    err_set(err, ERR_REFUSED, "the tables could not be locked against writes in time");
    err_detail(err, "In the way: %s.",
               blockers.len ? blockers.data : "nothing that is still there");
    return err_hint(
        err,
        "Wait for these transactions or end them with SELECT pg_terminate_backend(pid), and try again.");
}

static bool
lock_error(const QualifiedNames *tables, Err *err)
{
    if (strcmp(err->sqlstate, "53200") == 0) /* out_of_memory, of the lock table */
        err_hint(
            err,
            "Raise max_locks_per_transaction on the source (needs a restart): there are %zu tables to lock.",
            tables->len);
    return err_context(err, "locking the tables against writes");
}

bool
fence_lock(Conn *conn, Conn *observer, QualifiedNames *tables, bool large_objects,
           int lock_timeout_ms, int idle_timeout_ms, int64_t deadline_ms, int64_t *ret_start_us,
           Err *err)
{
    int timeout_ms = FIRST_LOCK_TIMEOUT_MS;

    for (;;)
    {
        cleanup_(err_release) Err failure = {0};
        bool ok;
        int n_locked;

        timeout_ms = timeout_ms < lock_timeout_ms ? timeout_ms : lock_timeout_ms;
        *ret_start_us = clock_us();
        if (!conn_send(observer, sql_fence_end_autovacuum, err))
            return false;
        ok =
            try_lock(conn, tables, large_objects, timeout_ms, idle_timeout_ms, &n_locked, &failure);
        if (!autovacuum_is_ended(observer, err))
            return false;
        if (ok)
            return true;
        /* lock_not_available, deadlock_detected */
        if (strcmp(failure.sqlstate, "55P03") != 0 && strcmp(failure.sqlstate, "40P01") != 0)
            return err_move(err, &failure) || lock_error(tables, err);
        move_to_front(tables, n_locked);
        if (clock_ms() >= deadline_ms)
        {
            refuse(observer, err);
            return false;
        }
        if (!conn_exec(conn, "ROLLBACK", err) || !cancel_sleep(PAUSE_BETWEEN_ATTEMPTS_MS, err))
            return false;
        timeout_ms += timeout_ms / 2;
    }
}

bool
fence_hold(Conn *conn, Err *err)
{
    return conn_exec(conn, "SET LOCAL idle_in_transaction_session_timeout = 0", err) ||
           err_context(err, "holding the locks on the source");
}

bool
fence_prepare(Conn *conn, Err *err)
{
    return conn_exec(
               conn,
               "CREATE SCHEMA IF NOT EXISTS pgbaton;"
               " CREATE TABLE IF NOT EXISTS pgbaton.fence (migration text PRIMARY KEY, closed_at timestamptz NOT NULL)",
               err) ||
           err_context(err, "making table pgbaton.fence");
}

bool
fence_warm_up(Conn *conn, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *value;

    /* Nobody's session is older than the epoch, and no session has pid 0. */
    return conn_prepare(conn, sql_fence_end_autovacuum, err) &&
           conn_prepare(conn, sql_fence_end_sessions, err) &&
           conn_prepare(conn, sql_fence_held, err) && conn_prepare(conn, sql_fence_end_held, err) &&
           conn_value(conn, &arena, sql_fence_end_sessions, PARAMS("{}", "epoch"), &value, err) &&
           conn_value(conn, &arena, sql_fence_held, PARAMS("0"), &value, err) &&
           conn_value(conn, &arena, sql_fence_end_held, PARAMS("0", "{}", "{}"), &value, err);
}

bool
fence_close(Conn *conn, const char *migration, const char *together, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    /* One simple query is one transaction. */
    sql_format(
        &sql,
        "INSERT INTO pgbaton.fence VALUES (%L, pg_catalog.clock_timestamp()) ON CONFLICT DO NOTHING;"
        " ALTER DATABASE %I SET default_transaction_read_only = on;",
        migration, conn_dbname(conn));
    str_add(&sql, together ? together : "");
    return conn_exec(conn, sql.data, err) ||
           err_context(err, "making database \"%s\" read-only", conn_dbname(conn));
}

bool
fence_is_closed(Conn *conn, const char *migration, bool *ret_closed, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *value;

    *ret_closed = false;
    if (!conn_value(conn, &arena, "SELECT pg_catalog.to_regclass('pgbaton.fence') IS NOT NULL",
                    NO_PARAMS, &value, err))
        return false;
    if (*value != 't')
        return true;
    if (!conn_value(conn, &arena, "SELECT EXISTS (SELECT FROM pgbaton.fence WHERE migration = $1)",
                    PARAMS(migration), &value, err))
        return false;
    *ret_closed = *value == 't';
    return true;
}

bool
fence_closed_for(Conn *conn, const char *migration, int64_t *ret_us, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *value;

    if (!conn_value(
            conn, &arena,
            "SELECT (EXTRACT(epoch FROM pg_catalog.clock_timestamp() - closed_at) * 1000000)::bigint"
            " FROM pgbaton.fence WHERE migration = $1",
            PARAMS(migration), &value, err))
        return false;
    *ret_us = value ? strtoll(value, NULL, 10) : 0;
    return true;
}

static bool
refuse_unendable(Conn *conn, const PGresult *sessions, Err *err)
{
    cleanup_(str_release) Str list = STR_INIT;
    bool superuser = false;

    for (int row = 0; row < PQntuples(sessions); row++)
    {
        if (row < MOST_NAMED)
            str_addf(&list, "%s%s", row ? "; " : "", result_text(sessions, row, 0));
        superuser = superuser || result_bool(sessions, row, 1);
    }
    if (PQntuples(sessions) > MOST_NAMED)
        str_addf(&list, "; and %d more", PQntuples(sessions) - MOST_NAMED);
    err_set(err, ERR_REFUSED, "the sessions of database \"%s\" cannot all be ended",
            conn_dbname(conn));
    err_detail(err, "This role may not end, or not see, what may go on writing: %s.", list.data);
    if (superuser)
        return err_hint(err,
                        "Only a superuser may end a superuser's session: end it there, or be one.");
    return err_hint(
        err, "As a superuser: GRANT pg_read_all_stats, pg_signal_backend TO the role of --%s",
        side_name(conn_side(conn)));
}

bool
fence_refuse_unendable(Conn *conn, const char *own_pids, Err *err)
{
    cleanup_(result_release) PGresult *sessions = NULL;

    return conn_query(conn, sql_fence_unendable, PARAMS(own_pids), &sessions, err) &&
           (PQntuples(sessions) == 0 || refuse_unendable(conn, sessions, err));
}

static void
add_ended(Arena *arena, const PGresult *sessions, int row, EndedSessions *ended)
{
    int64_t pid = result_i64(sessions, row, 2);

    for (size_t i = 0; i < ended->len; i++)
        if (ended->items[i].pid == pid)
            return;
    *vec_push(ended, arena) = (EndedSession){
        .pid = pid,
        .user = arena_strdup(arena, result_text(sessions, row, 3)),
        .application = arena_strdup(arena, PQgetvalue(sessions, row, 4)),
        .state = arena_strdup(arena, result_text(sessions, row, 5)),
    };
}

/* Signals once what is still there; *ret_n how many that were. *moment NULL: now, which it is set to. */
static bool
end_once(Conn *conn, const char *own_pids, const char **moment, Arena *arena,
         EndedSessions *ret_ended, int *ret_n, Err *err)
{
    cleanup_(result_release) PGresult *sessions = NULL;
    cleanup_(err_release) Err failure = {0};
    bool unseen = false;

    if (!conn_query(conn, sql_fence_end_sessions, PARAMS(own_pids, *moment), &sessions, &failure))
    {
        /* insufficient_privilege: it tells less than we can. */
        if (strcmp(failure.sqlstate, "42501") == 0 && !fence_refuse_unendable(conn, own_pids, err))
            return false;
        return err_move(err, &failure);
    }
    if (!*moment)
        *moment = arena_strdup(arena, result_text(sessions, 0, 1));
    *ret_n = (int)result_i64(sessions, 0, 0);
    for (int row = 0; row < PQntuples(sessions) && result_text(sessions, row, 2); row++)
    {
        (*ret_n)++;
        unseen = unseen || result_bool(sessions, row, 6);
        if (!result_bool(sessions, row, 6))
            add_ended(arena, sessions, row, ret_ended);
    }
    return !unseen || fence_refuse_unendable(conn, own_pids, err);
}

bool
fence_end_sessions_until(Conn *conn, const char *own_pids, int64_t deadline_ms, Arena *arena,
                         EndedSessions *ret_ended, Err *err)
{
    const char *moment = NULL;

    for (;;)
    {
        int n = 0;

        if (!end_once(conn, own_pids, &moment, arena, ret_ended, &n, err))
            return err_context(err, "ending the sessions of database \"%s\"", conn_dbname(conn));
        if (n == 0)
            return true;
        if (clock_ms() >= deadline_ms)
        {
            err_set(err, ERR_FAILED, "%d sessions of database \"%s\" do not end", n,
                    conn_dbname(conn));
            err_detail(err, "They began before the database became read-only and may still write.");
            return err_hint(err, "End them, then run this again.");
        }
        if (!cancel_sleep(1, err))
            return false;
    }
}

static const char *
lock_holder(Arena *arena, const Conn *fence)
{
    return arena_printf(arena, "%d", PQbackendPID(conn_pg(fence)));
}

bool
fence_held_sessions(Conn *conn, const Conn *fence, Arena *arena, HeldSessions *ret_held, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_fence_held, PARAMS(lock_holder(arena, fence)), &result, err))
        return err_context(err, "looking for sessions that wait");
    ret_held->pids = arena_strdup(arena, result_text(result, 0, 0));
    ret_held->messages = arena_strdup(arena, result_text(result, 0, 1));
    ret_held->n = result_i64(result, 0, 2);
    return true;
}

bool
fence_end_held(Conn *conn, const Conn *fence, const HeldSessions *held, bool *ret_locked,
               bool *ret_all, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_fence_end_held,
                    PARAMS(lock_holder(&arena, fence), held->pids, held->messages), &result, err))
        return err_context(err, "ending the sessions of database \"%s\"", conn_dbname(conn));
    *ret_all = result_i64(result, 0, 0) == held->n;
    *ret_locked = result_i64(result, 0, 1) > 0;
    return true;
}

bool
fence_end_sessions(Conn *conn, const char *own_pids, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    EndedSessions ended = {0};

    return fence_end_sessions_until(conn, own_pids, clock_ms() + END_SESSIONS_PATIENCE_MS, &arena,
                                    &ended, err);
}

bool
fence_guard(Conn *conn, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "ALTER DATABASE %I SET default_transaction_read_only = on", conn_dbname(conn));
    return conn_exec(conn, sql.data, err) ||
           err_context(err, "guarding database \"%s\" against writes", conn_dbname(conn));
}

void
fence_add_unguard(Str *sql, const Conn *conn)
{
    sql_format(sql, "ALTER DATABASE %I RESET default_transaction_read_only;\n", conn_dbname(conn));
}

bool
fence_unguard(Conn *conn, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    fence_add_unguard(&sql, conn);
    return conn_exec(conn, sql.data, err) ||
           err_context(err, "letting database \"%s\" be written to", conn_dbname(conn));
}

void
fence_add_forget(Str *sql, const char *migration)
{
    sql_format(sql, "DELETE FROM pgbaton.fence WHERE migration = %L;\n", migration);
}
