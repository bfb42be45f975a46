#include "repl/marker.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "pg/quote.h"

bool
marker_create(Conn *conn, const char *marker_table, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(
        &sql,
        "CREATE SCHEMA IF NOT EXISTS pgbaton;"
        " COMMENT ON SCHEMA pgbaton IS 'made by pgbaton; removed by: pgbaton cleanup';"
        " CREATE TABLE IF NOT EXISTS pgbaton.%I (id integer PRIMARY KEY, value bigint NOT NULL, written_at timestamptz NOT NULL)",
        marker_table);
    return conn_exec(conn, sql.data, err) ||
           err_context(err, "making the marker table on the %s", side_name(conn_side(conn)));
}

bool
marker_drop(Conn *conn, const char *marker_table, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "DROP TABLE IF EXISTS pgbaton.%I", marker_table);
    return conn_exec(conn, sql.data, err);
}

static void
add_write(Str *sql, const char *marker_table)
{
    sql_format(
        sql,
        "INSERT INTO pgbaton.%I AS m VALUES (1, 1, pg_catalog.clock_timestamp())"
        " ON CONFLICT (id) DO UPDATE SET value = m.value + 1, written_at = EXCLUDED.written_at RETURNING value",
        marker_table);
}

bool
marker_write(Conn *publisher, const char *marker_table, int64_t *ret_value, Err *err)
{
    return marker_write_all(publisher, &marker_table, 1, ret_value, err);
}

bool
marker_write_all(Conn *publisher, const char *const *marker_tables, size_t n, int64_t *ret_values,
                 Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str sql = STR_INIT;

    if (n == 0)
        return true;
    for (size_t i = 0; i < n; i++)
    {
        sql_format(&sql, "%Rm%R AS (", i ? ", " : "WITH ", PARAM_I64(i));
        add_write(&sql, marker_tables[i]);
        str_add(&sql, ")");
    }
    for (size_t i = 0; i < n; i++)
        sql_format(&sql, "%R(SELECT value FROM m%R)", i ? ", " : " SELECT ", PARAM_I64(i));
    if (!conn_query(publisher, sql.data, NO_PARAMS, &result, err))
        return err_context(err, "writing a marker");
    for (size_t i = 0; i < n; i++)
        ret_values[i] = result_i64(result, 0, (int)i);
    return true;
}

bool
marker_read_all(Conn *subscriber, const char *const *marker_tables, size_t n, int64_t *ret_values,
                Lsn ret_lsn, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str sql = STR_INIT;

    str_add(&sql, "SELECT pg_catalog.pg_current_wal_insert_lsn()");
    for (size_t i = 0; i < n; i++)
        sql_format(&sql, ", (SELECT value FROM pgbaton.%I WHERE id = 1)", marker_tables[i]);
    if (!conn_query(subscriber, sql.data, NO_PARAMS, &result, err))
        return err_context(err, "looking for a marker");
    snprintf(ret_lsn, sizeof(Lsn), "%s", result_text(result, 0, 0));
    for (size_t i = 0; i < n; i++)
        ret_values[i] = result_i64(result, 0, (int)i + 1); /* 0 of a NULL */
    return true;
}

bool
marker_read(Conn *subscriber, const char *marker_table, int64_t *ret_value, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    cleanup_(arena_release) Arena arena = {0};
    const char *value;

    sql_format(&sql, "SELECT value FROM pgbaton.%I WHERE id = 1", marker_table);
    if (!conn_value(subscriber, &arena, sql.data, NO_PARAMS, &value, err))
        return err_context(err, "looking for a marker");
    *ret_value = value ? strtoll(value, NULL, 10) : 0;
    return true;
}

bool
marker_wait(Conn *subscriber, const char *marker_table, int64_t value, int poll_ms,
            int64_t deadline_ms, bool *ret_arrived, Err *err)
{
    *ret_arrived = false;
    for (;;)
    {
        int64_t arrived = 0;

        if (!marker_read(subscriber, marker_table, &arrived, err))
            return false;
        if (arrived >= value)
        {
            *ret_arrived = true;
            return true;
        }
        if (clock_ms() >= deadline_ms)
            return true;
        if (!cancel_sleep(poll_ms, err))
            return false;
    }
}
