#include "copy/snapshot.h"

#include <string.h>

#include "pg/quote.h"

enum
{
    LOCKS_PER_STATEMENT = 1000
};

static bool
lock_tables(Conn *conn, const QualifiedNames *tables, int lock_timeout_ms, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    if (!conn_run(conn, "SELECT pg_catalog.set_config('lock_timeout', $1, true)",
                  PARAMS(PARAM_I64(lock_timeout_ms)), NULL, err))
        return false;
    for (size_t start = 0; start < tables->len; start += LOCKS_PER_STATEMENT)
    {
        str_clear(&sql);
        for (size_t i = start; i < tables->len && i < start + LOCKS_PER_STATEMENT; i++)
            sql_format(&sql, i > start ? ", ONLY %Q" : "LOCK TABLE ONLY %Q",
                       tables->items[i].schema, tables->items[i].name);
        str_add(&sql, " IN ACCESS SHARE MODE");
        if (!conn_exec(conn, sql.data, err))
        {
            if (strcmp(err->sqlstate, "53200") == 0) /* out_of_memory, of the lock table */
                err_hint(
                    err,
                    "Raise max_locks_per_transaction on the source (needs a restart): there are %zu tables to lock.",
                    tables->len);
            return err_context(err, "locking the tables against changes of their structure");
        }
    }
    return true;
}

bool
snapshot_guard(Conn *conn, const QualifiedNames *tables, int lock_timeout_ms, Err *err)
{
    return conn_exec(conn, "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", err) &&
           lock_tables(conn, tables, lock_timeout_ms, err);
}

bool
snapshot_lost(Err *err)
{
    err_set(err, ERR_UNREACHABLE, "the snapshot that rows are copied under is gone");
    err_detail(err, "The session of pgbaton migrate that held it on the source has ended.");
    return err_hint(err, "Run pgbaton migrate again: it takes a new one for what is left.");
}

/* invalid_parameter_value before 17, undefined_object since, object_not_in_prerequisite_state when the exporter is just ending */
static bool
is_lost(const Err *err)
{
    return strcmp(err->sqlstate, "22023") == 0 || strcmp(err->sqlstate, "42704") == 0 ||
           strcmp(err->sqlstate, "55000") == 0;
}

bool
snapshot_import(Conn *conn, const char *snapshot, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT %L",
               snapshot);
    if (conn_exec(conn, sql.data, err))
        return true;
    return is_lost(err) ? snapshot_lost(err) : err_context(err, "taking over the snapshot");
}

bool
snapshot_keep(Conn *conn, const char *slot_snapshot, Arena *arena, const char **ret_snapshot,
              Err *err)
{
    return snapshot_import(conn, slot_snapshot, err) &&
           conn_value(conn, arena, "SELECT pg_catalog.pg_export_snapshot()", NO_PARAMS,
                      ret_snapshot, err);
}
