#include "fence/readonly.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "fence/readonly_look.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    GUARD_PATIENCE_MS = 10000,
    LOCK_PATIENCE_MS = 5000
};

static const char *
own_pids(const Readonly *fence)
{
    return fence->own_pids ? fence->own_pids : "{}";
}

/* The block that takes a pause back. Parameters of DO are settings. */
static void
add_undo(Str *sql, const char *pause, bool force, bool strict)
{
    sql_format(sql,
               "SELECT pg_catalog.set_config('pgbaton.pause', %L, true),"
               " pg_catalog.set_config('pgbaton.pause_force', %L, true),"
               " pg_catalog.set_config('pgbaton.pause_strict', %L, true);\n",
               pause, force ? "on" : "off", strict ? "on" : "off");
    sql_format(sql, sql_fence_pause_undo, sql_fence_pause_undo_plan);
}

static bool
flush(Conn *conn, Err *err)
{
    int unsent;

    while ((unsent = PQflush(conn_pg(conn))) == 1)
        if (!conn_wait(conn, true, -1, err) || !PQconsumeInput(conn_pg(conn)))
            return err->code != ERR_NONE ? false : conn_error(conn, NULL, err);
    return unsent == 0 || conn_error(conn, NULL, err);
}

/*
 * One message with several statements, which is one transaction: nothing is sent to the client before its end, not even a notice, so that
 * the server does not notice that the client is gone. The lock shows that it has begun. Its snapshot holds back the cleaning up of dead rows of this
 * database, which gets none meanwhile.
 */
static bool
send_guard(Readonly *fence, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql,
               "SELECT pg_catalog.pg_advisory_xact_lock(1346847299, (%R %% 2147483647)::integer);"
               " SELECT pg_catalog.pg_sleep(%R / 1000.0);\n",
               PARAM_I64(fence->id), PARAM_I64(fence->budget_ms));
    add_undo(&sql, PARAM_I64(fence->id), false, false);
    return conn_run(
               fence->guard,
               "SELECT pg_catalog.set_config(name, CASE name WHEN 'client_min_messages' THEN 'error' ELSE '0' END, false)"
               "  FROM pg_catalog.pg_settings WHERE name IN ('client_min_messages', 'client_connection_check_interval')",
               NO_PARAMS, NULL, err) &&
           conn_send(fence->guard, sql.data, err) && flush(fence->guard, err);
}

static bool
start_guard(Conn *conn, Readonly *fence, Arena *arena, const char **ret_pid, Err *err)
{
    /* A name that no other pgbaton takes for a leftover of its migration. */
    Server server = *fence->server;
    int64_t deadline = clock_ms() + GUARD_PATIENCE_MS;

    server.application_name = "pgbaton-pause";
    if (!conn_open(&server, conn_dbname(conn), "guard", &fence->guard, err) ||
        !send_guard(fence, err))
        return false;
    for (;;)
    {
        if (!conn_value(conn, arena, sql_fence_pause_guard, PARAMS(PARAM_I64(fence->id)), ret_pid,
                        err))
            return false;
        if (*ret_pid)
            return true;
        if (clock_ms() >= deadline)
        {
            err_set(err, ERR_FAILED, "the session that would end the pause does not begin");
            err_detail(err, "Nothing was changed.");
            return err_hint(err, "Try again.");
        }
        if (!cancel_sleep(1, err))
            return false;
    }
}

/* One change of the plan; that of a role may be out of reach. */
static bool
apply_change(Conn *conn, Readonly *fence, const PGresult *plan, int row, Arena *arena, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    const char *kind = PQgetvalue(plan, row, 0);
    const char *rolename = result_text(plan, row, 2);
    const char *statement = result_text(plan, row, 4);
    bool may_fail = rolename && strcmp(kind, "setting") == 0;

    if (!statement)
        return true;
    if (may_fail && !conn_exec(conn, "SAVEPOINT change", err))
        return false;
    if (conn_exec(conn, statement, &failure) &&
        conn_run(
            conn,
            "INSERT INTO pgbaton.write_pause_change (n, kind, role, before) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (kind, role) DO UPDATE SET n = EXCLUDED.n",
            PARAMS(PARAM_I64(row), kind, PQgetvalue(plan, row, 1), result_text(plan, row, 3)), NULL,
            &failure))
        return true;
    /* insufficient_privilege, undefined_object: the role was dropped just now */
    if (!may_fail ||
        (strcmp(failure.sqlstate, "42501") != 0 && strcmp(failure.sqlstate, "42704") != 0))
        return err_move(err, &failure);
    *vec_push(&fence->kept, arena) = arena_strdup(arena, rolename);
    return conn_exec(conn, "ROLLBACK TO SAVEPOINT change", err);
}

static bool
record_pause(Conn *conn, Readonly *fence, const char *old_id, Arena *arena, Err *err)
{
    const char *id;

    /* Greater than that of the pause it takes over, whatever the clock does. */
    if (!conn_value(
            conn, arena,
            "SELECT GREATEST((EXTRACT(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint, $1::bigint + 1)",
            PARAMS(old_id ? old_id : "0"), &id, err) ||
        !conn_run(conn, "DELETE FROM pgbaton.write_pause", NO_PARAMS, NULL, err) ||
        !conn_run(
            conn,
            "INSERT INTO pgbaton.write_pause (id, migration, paused_at, paused_by, until)"
            " VALUES ($1, $2, pg_catalog.clock_timestamp(),"
            " pg_catalog.concat(session_user, ' from ', COALESCE(pg_catalog.host(pg_catalog.inet_client_addr()), 'local')),"
            " pg_catalog.clock_timestamp() + $3::double precision * interval '1 ms')",
            PARAMS(id, fence->migration, PARAM_I64(fence->budget_ms)), NULL, err))
        return false;
    fence->id = strtoll(id, NULL, 10);
    return true;
}

/* All changes and their record are one transaction, which holds off every guard and every point of no return. */
static bool
change_settings(Conn *conn, Readonly *fence, Arena *arena, const char **ret_old_id,
                const char **ret_guard_pid, Err *err)
{
    cleanup_(result_release) PGresult *plan = NULL;
    cleanup_(str_release) Str begin = STR_INIT;

    sql_format(
        &begin,
        "BEGIN; SET LOCAL lock_timeout = %R; LOCK TABLE pgbaton.fence IN SHARE ROW EXCLUSIVE MODE",
        PARAM_I64(LOCK_PATIENCE_MS));
    if (!conn_exec(conn, begin.data, err) || !readonly_refuse_other(conn, fence->migration, err) ||
        !conn_value(conn, arena, "SELECT id FROM pgbaton.write_pause", NO_PARAMS, ret_old_id,
                    err) ||
        !record_pause(conn, fence, *ret_old_id, arena, err) ||
        !conn_query(conn, sql_fence_pause_plan, PARAMS(fence->revoke_connect ? "t" : "f"), &plan,
                    err) ||
        !start_guard(conn, fence, arena, ret_guard_pid, err))
        return false;
    for (int row = 0; row < PQntuples(plan); row++)
        if (!apply_change(conn, fence, plan, row, arena, err))
            return false;
    fence->start_us = clock_us();
    return conn_exec(conn, "COMMIT", err);
}

static bool
gone_error(const Conn *conn, Err *err)
{
    err_set(err, ERR_REFUSED, "the pause of database \"%s\" is over", conn_dbname(conn));
    err_detail(err, "Its time was up, or somebody took it back: the database is written to again.");
    return err_hint(err, "Try again at a quieter time, or give it more time.");
}

static bool
refuse_gone(Conn *conn, const Readonly *fence, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *stands;

    return conn_value(conn, &arena, "SELECT EXISTS (SELECT FROM pgbaton.write_pause WHERE id = $1)",
                      PARAMS(PARAM_I64(fence->id)), &stands, err) &&
           (*stands == 't' || gone_error(conn, err));
}

/* A guard that has nothing left to do need not wait for its time. When it cannot be ended, that does no harm. */
static void
end_guard(Conn *conn, const char *pause_id)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err ignored = {0};
    const char *pid = NULL;

    if (pause_id &&
        conn_value(conn, &arena, sql_fence_pause_guard, PARAMS(pause_id), &pid, &ignored) && pid)
        (void)!conn_run(conn, "SELECT pg_catalog.pg_terminate_backend($1::integer)", PARAMS(pid),
                        NULL, &ignored);
}

/* What cannot be put back here the guard will. */
static void
give_up(Conn *conn, Readonly *fence, bool is_committed)
{
    cleanup_(err_release) Err ignored = {0};

    cancel_shield_begin();
    fence->is_settled = conn_exec(conn, "ROLLBACK", &ignored) &&
                        (!is_committed || readonly_lower(conn, fence->migration, NULL, &ignored));
    readonly_release(fence);
    cancel_shield_end();
    fence->id = 0;
}

bool
readonly_raise(Conn *conn, Readonly *fence, int64_t deadline_ms, Arena *arena, Err *err)
{
    const char *old_id = NULL;
    const char *guard_pid = NULL;
    const char *pids;

    if (!readonly_refuse(conn, fence, err))
        return false;
    if (!conn_exec(conn, sql_fence_pause_create, err) ||
        !change_settings(conn, fence, arena, &old_id, &guard_pid, err))
    {
        /* Or the answer to COMMIT was lost with the connection: then it is left to the guard. */
        give_up(conn, fence, false);
        return err_context(err, "making database \"%s\" read-only", conn_dbname(conn));
    }
    end_guard(conn, old_id);
    pids = arena_printf(arena, "%.*s%s%d,%s}", (int)strlen(own_pids(fence)) - 1, own_pids(fence),
                        strlen(own_pids(fence)) > 2 ? "," : "", PQbackendPID(conn_pg(conn)),
                        guard_pid);
    if (fence_end_sessions_until(conn, pids, deadline_ms, arena, &fence->ended, err) &&
        readonly_wait_for_prepared(conn, deadline_ms, err) && refuse_gone(conn, fence, err))
        return true;
    give_up(conn, fence, true);
    return false;
}

/* Runs `change`, in one transaction, if the pause still is what it was. */
static bool
change_standing(Conn *conn, const Readonly *fence, const char *change, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    cleanup_(err_release) Err failure = {0};

    /* The division fails where the pause has been taken back, and takes all else with it: one simple query is one transaction. */
    sql_format(
        &sql,
        "LOCK TABLE pgbaton.fence IN ROW EXCLUSIVE MODE;"
        "SELECT 1 / pg_catalog.count(*) FROM pgbaton.write_pause AS p, pg_catalog.pg_db_role_setting AS s"
        " WHERE p.id = %R AND s.setrole = 0 AND 'default_transaction_read_only=on' = ANY (s.setconfig)"
        "   AND s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database());"
        "%R",
        PARAM_I64(fence->id), change);
    if (conn_exec(conn, sql.data, &failure))
        return true;
    if (strcmp(failure.sqlstate, "22012") == 0) /* division_by_zero */
        return gone_error(conn, err);
    return err_move(err, &failure);
}

bool
readonly_close(Conn *conn, Readonly *fence, const char *migration, Err *err)
{
    cleanup_(str_release) Str change = STR_INIT;

    sql_format(
        &change,
        "INSERT INTO pgbaton.fence VALUES (%L, pg_catalog.clock_timestamp()) ON CONFLICT DO NOTHING;"
        "UPDATE pgbaton.write_pause SET migration = %L, is_final = true, until = NULL",
        migration, migration);
    if (!change_standing(conn, fence, change.data, err))
        return err_context(err, "closing database \"%s\"", conn_dbname(conn));
    fence->is_settled = true;
    return true;
}

bool
readonly_keep(Conn *conn, Readonly *fence, Err *err)
{
    cleanup_(str_release) Str change = STR_INIT;

    /* The guard knows the pause by its number. */
    sql_format(&change, "UPDATE pgbaton.write_pause SET id = id + 1, until = NULL");
    if (!change_standing(conn, fence, change.data, err))
        return err_context(err, "keeping database \"%s\" read-only", conn_dbname(conn));
    fence->is_settled = true;
    fence->id++;
    return true;
}

void
readonly_release(Readonly *fence)
{
    if (fence->guard && fence->is_settled)
        conn_cancel_query(fence->guard);
    conn_close(fence->guard);
    fence->guard = NULL;
}

/*
 * The number of this migration's pause, unless it is final; "any" when there is no pause, but something that a guard could not put
 * back; NULL: there is nothing to do.
 */
static bool
find_pause(Conn *conn, const char *migration, Arena *arena, const char **ret_id, Err *err)
{
    const char *value;

    *ret_id = NULL;
    return conn_value(conn, arena,
                      "SELECT pg_catalog.to_regclass('pgbaton.write_pause_change') IS NOT NULL",
                      NO_PARAMS, &value, err) &&
           (*value != 't' ||
            conn_value(
                conn, arena,
                "SELECT id::text FROM pgbaton.write_pause WHERE migration IS NOT DISTINCT FROM $1::text AND NOT is_final"
                " UNION ALL SELECT 'any' WHERE NOT EXISTS (SELECT FROM pgbaton.write_pause)"
                " AND EXISTS (SELECT FROM pgbaton.write_pause_change)",
                PARAMS(migration), ret_id, err));
}

bool
readonly_lower(Conn *conn, const char *migration, bool *ret_was_up, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(str_release) Str sql = STR_INIT;
    const char *id;

    if (ret_was_up)
        *ret_was_up = false;
    if (!find_pause(conn, migration, &arena, &id, err))
        return false;
    if (!id)
        return true;
    add_undo(&sql, id, false, true);
    if (!conn_exec(conn, sql.data, err))
        return err_context(err, "letting database \"%s\" be written to", conn_dbname(conn));
    if (strcmp(id, "any") != 0)
        end_guard(conn, id);
    if (ret_was_up)
        *ret_was_up = true;
    return true;
}

bool
readonly_add_open(Conn *conn, Str *sql, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *has_pause;
    const char *has_record = "f";

    if (!conn_value(conn, &arena,
                    "SELECT pg_catalog.to_regclass('pgbaton.write_pause_change') IS NOT NULL",
                    NO_PARAMS, &has_pause, err) ||
        (*has_pause == 't' &&
         !conn_value(conn, &arena, "SELECT EXISTS (SELECT FROM pgbaton.write_pause_change)",
                     NO_PARAMS, &has_record, err)))
        return false;
    /* Without a record of what was before, it was nothing. */
    if (*has_record == 't')
    {
        add_undo(sql, "any", true, true);
        str_add(sql, ";\n");
    }
    else
        fence_add_unguard(sql, conn);
    return true;
}

/* The switchover's own row, and markers, may be there still. */
bool
readonly_tidy(Conn *conn, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err in_use = {0};
    const char *exists;
    const char *used;

    if (!conn_value(conn, &arena,
                    "SELECT pg_catalog.to_regclass('pgbaton.fence') IS NOT NULL"
                    " AND pg_catalog.to_regclass('pgbaton.write_pause_change') IS NOT NULL",
                    NO_PARAMS, &exists, err))
        return false;
    if (*exists != 't')
        return true;
    if (!conn_exec(conn, "BEGIN; LOCK TABLE pgbaton.fence IN ACCESS EXCLUSIVE MODE", err) ||
        !conn_value(
            conn, &arena,
            "SELECT EXISTS (SELECT FROM pgbaton.fence) OR EXISTS (SELECT FROM pgbaton.write_pause)"
            " OR EXISTS (SELECT FROM pgbaton.write_pause_change)",
            NO_PARAMS, &used, err))
        return false;
    if (*used == 't')
        return conn_exec(conn, "ROLLBACK", err);
    if (!conn_exec(
            conn,
            "DROP TABLE pgbaton.write_pause, pgbaton.write_pause_change, pgbaton.fence; COMMIT",
            err))
        return false;
    /* dependent_objects_still_exist */
    return conn_exec(conn, "DROP SCHEMA pgbaton", &in_use) ||
           strcmp(in_use.sqlstate, "2BP01") == 0 || err_move(err, &in_use);
}
