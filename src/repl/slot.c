#include "repl/slot.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "pg/quote.h"
#include "sql/sql.h"

static bool
name_blockers(Conn *observer, const char *name, int timeout_ms, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str blockers = STR_INIT;
    cleanup_(str_release) Str waited = STR_INIT;

    if (!conn_query(observer, sql_repl_slot_blockers, NO_PARAMS, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        str_addf(&blockers, "%s%s", row ? "; " : "", PQgetvalue(result, row, 0));
    clock_add_duration(&waited, timeout_ms);
    err_set(err, ERR_REFUSED, "replication slot \"%s\" could not be created within %s", name,
            waited.data);
    err_detail(err,
               "Its creation waits for the end of every open transaction that has written: %s.",
               blockers.len ? blockers.data : "none is visible to this role");
    return err_hint(
        err,
        "End them, with SELECT pg_terminate_backend(pid) or ROLLBACK PREPARED, or raise --slot-timeout, and run this again.");
}

bool
slot_create_exporting(const Server *server, Conn *observer, const char *name, int timeout_ms,
                      Arena *arena, Conn **ret_walsender, SlotSnapshot *ret_snapshot, Err *err)
{
    cleanup_(conn_close_pointer) Conn *walsender = NULL;
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str command = STR_INIT;
    int64_t deadline = clock_ms() + timeout_ms;
    PGconn *pg;

    if (!slot_drop(observer, name, err) ||
        !conn_open_replication(server, conn_dbname(observer), &walsender, err))
        return false;
    pg = conn_pg(walsender);
    sql_format(&command, "CREATE_REPLICATION_SLOT %I LOGICAL pgoutput EXPORT_SNAPSHOT", name);
    log_debug("%s: %s", side_name(server->side), command.data);
    if (!PQsendQuery(pg, command.data))
        return conn_error(walsender, NULL, err);
    while (PQflush(pg) == 1 || PQisBusy(pg))
    {
        int64_t left = deadline - clock_ms();

        if (left <= 0)
        {
            name_blockers(observer, name, timeout_ms, err);
            conn_cancel_query(walsender);
            return false;
        }
        if (!conn_wait(walsender, PQflush(pg) == 1, (int)left, err))
            return false;
        if (!PQconsumeInput(pg))
            return conn_error(walsender, NULL, err);
    }
    result = PQgetResult(pg);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return conn_error(walsender, result, err) ||
               err_context(err, "creating replication slot \"%s\"", name);
    ret_snapshot->consistent_lsn =
        arena_strdup(arena, result_text(result, 0, result_column(result, "consistent_point")));
    ret_snapshot->snapshot =
        arena_strdup(arena, result_text(result, 0, result_column(result, "snapshot_name")));
    PQclear(PQgetResult(pg));
    *ret_walsender = walsender;
    walsender = NULL;
    return true;
}

void
slot_add_create_sql(Str *sql, const SlotSpec *spec)
{
    sql_format(sql, "SELECT pg_catalog.pg_create_logical_replication_slot(%L, %L", spec->name,
               spec->plugin);
    /* Positional, as the names of these arguments differ between versions: temporary, two_phase, failover. */
    if (spec->two_phase || spec->failover)
        sql_format(sql, ", false, %R", spec->two_phase ? "true" : "false");
    if (spec->failover)
        str_add(sql, ", true");
    str_add(sql, ")");
}

bool
slot_make(Conn *conn, const char *name, const char *sql, int timeout_ms, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    cleanup_(err_release) Err ignored = {0};
    cleanup_(str_release) Str timeout = STR_INIT;

    sql_format(&timeout, "SET statement_timeout = %R", PARAM_I64(timeout_ms));
    if (!conn_exec(conn, timeout.data, err))
        return false;
    if (conn_run(conn, sql, NO_PARAMS, NULL, &failure))
        return conn_exec(conn, "SET statement_timeout = 0", err);
    if (!conn_exec(conn, "SET statement_timeout = 0", &ignored))
        return err_move(err, &failure);
    if (strcmp(failure.sqlstate, "57014") == 0) /* query_canceled */
        return name_blockers(conn, name, timeout_ms, err);
    return err_move(err, &failure) || err_context(err, "creating replication slot \"%s\"", name);
}

bool
slot_create_new(Conn *conn, const char *name, int timeout_ms, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    slot_add_create_sql(&sql, &(SlotSpec){.name = name, .plugin = "pgoutput"});
    return slot_make(conn, name, sql.data, timeout_ms, err);
}

bool
slot_create(Conn *conn, const char *name, int timeout_ms, Err *err)
{
    return slot_drop(conn, name, err) && slot_create_new(conn, name, timeout_ms, err);
}

bool
slot_copy(Conn *conn, const char *base, const char *name, Err *err)
{
    return slot_drop(conn, name, err) &&
           (conn_run(conn, "SELECT pg_catalog.pg_copy_logical_replication_slot($1, $2)",
                     PARAMS(base, name), NULL, err) ||
            err_context(err, "copying replication slot \"%s\"", base));
}

static bool
advance_to_now(Conn *conn, const char *name, Err *err)
{
    return conn_run(
               conn,
               "SELECT pg_catalog.pg_replication_slot_advance($1, pg_catalog.pg_current_wal_insert_lsn())",
               PARAMS(name), NULL, err) ||
           err_context(err, "advancing replication slot \"%s\"", name);
}

bool
slot_create_at_now(Conn *conn, const char *base, const char *name, Err *err)
{
    if (strcmp(base, name) == 0)
        return advance_to_now(conn, name, err);
    return advance_to_now(conn, base, err) && slot_copy(conn, base, name, err);
}

bool
slot_drop(Conn *conn, const char *name, Err *err)
{
    /* Ending a walsender takes a moment; a new one of a subscription that is still enabled may even come back. */
    int64_t deadline = clock_ms() + 10000;

    for (;;)
    {
        cleanup_(err_release) Err failure = {0};

        if (conn_run(
                conn,
                "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1",
                PARAMS(name), NULL, &failure))
            return true;
        /* object_in_use */
        if (strcmp(failure.sqlstate, "55006") != 0 || clock_ms() > deadline)
            return err_move(err, &failure) ||
                   err_context(err, "dropping replication slot \"%s\"", name);
        if (!conn_run(
                conn,
                "SELECT pg_catalog.pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots"
                " WHERE slot_name = $1 AND active_pid IS NOT NULL",
                PARAMS(name), NULL, err) ||
            !cancel_sleep(50, err))
            return false;
    }
}

bool
slot_read(Conn *conn, const char *name, SlotState *ret_state, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *ret_state = (SlotState){0};
    if (!conn_query(conn, sql_repl_slot_read, PARAMS(name), &result, err))
        return err_context(err, "reading replication slot \"%s\"", name);
    if (PQntuples(result) == 0)
        return true;
    ret_state->exists = true;
    ret_state->is_active = result_bool(result, 0, 0);
    ret_state->is_lost = result_bool(result, 0, 1);
    ret_state->retained_bytes = result_i64(result, 0, 2);
    return true;
}
