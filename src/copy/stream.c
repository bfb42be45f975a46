#include "copy/stream.h"

#include <stdlib.h>

#include "base/str.h"

enum
{
    BATCH_BYTES = 65536 /* rows are gathered into messages of about this size */
};

static bool
start(Conn *conn, const char *command, ExecStatusType expected, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_simple(conn, command, &result, err))
        return false;
    if (PQresultStatus(result) == expected)
        return true;
    return err_set(err, ERR_BUG, "%s: unexpected answer to COPY", side_name(conn_side(conn)));
}

/* Hands a batch to the target and waits until the kernel has taken it, so that memory stays bounded. */
static bool
put(Conn *to, Str *batch, Err *err)
{
    PGconn *pg = conn_pg(to);

    if (batch->len > 0 && PQputCopyData(pg, batch->data, (int)batch->len) != 1)
        return conn_error(to, NULL, err);
    str_clear(batch);
    for (;;)
    {
        int unsent = PQflush(pg);

        if (unsent == 0)
            return true;
        if (unsent < 0)
            return conn_error(to, NULL, err);
        if (!conn_wait(to, true, -1, err))
            return false;
        if (!PQconsumeInput(pg))
            return conn_error(to, NULL, err);
    }
}

/* Moves rows until the source has no more. */
static bool
pump(Conn *from, Conn *to, CopyCounters *counters, int64_t *bytes, Err *err)
{
    cleanup_(str_release) Str batch = STR_INIT;
    PGconn *pg = conn_pg(from);
    int64_t batch_rows = 0;

    for (;;)
    {
        char *row = NULL;
        int n = PQgetCopyData(pg, &row, 1);

        if (n > 0)
        {
            str_add_bytes(&batch, row, (size_t)n);
            PQfreemem(row);
            batch_rows++;
            *bytes += n;
        }
        if (batch.len >= BATCH_BYTES || (n < 0 && batch.len > 0))
        {
            atomic_fetch_add(&counters->rows, batch_rows);
            atomic_fetch_add(&counters->bytes, (int_fast64_t)batch.len);
            batch_rows = 0;
            if (!put(to, &batch, err))
                return false;
        }
        if (n == -1)
            return true;
        if (n < -1)
            return conn_error(from, NULL, err);
        if (n == 0)
        {
            if (!conn_wait(from, false, -1, err))
                return false;
            if (!PQconsumeInput(pg))
                return conn_error(from, NULL, err);
        }
    }
}

/* The command's final result, waiting with poll(). */
static bool
finish(Conn *conn, PGresult **ret_result, Err *err)
{
    PGconn *pg = conn_pg(conn);
    PGresult *result;

    while (PQisBusy(pg))
    {
        if (!conn_wait(conn, false, -1, err))
            return false;
        if (!PQconsumeInput(pg))
            return conn_error(conn, NULL, err);
    }
    result = PQgetResult(pg);
    if (PQresultStatus(result) != PGRES_COMMAND_OK)
    {
        conn_error(conn, result, err);
        PQclear(result);
        return false;
    }
    PQclear(PQgetResult(pg));
    *ret_result = result;
    return true;
}

bool
copy_stream(Conn *from, const char *copy_out, Conn *to, const char *copy_in, CopyCounters *counters,
            int64_t *ret_rows, int64_t *ret_bytes, Err *err)
{
    cleanup_(result_release) PGresult *out_result = NULL;
    cleanup_(result_release) PGresult *in_result = NULL;
    cleanup_(str_release) Str nothing = STR_INIT;

    *ret_bytes = 0;
    if (!start(from, copy_out, PGRES_COPY_OUT, err) || !start(to, copy_in, PGRES_COPY_IN, err) ||
        !pump(from, to, counters, ret_bytes, err) || !finish(from, &out_result, err))
        return false;
    if (PQputCopyEnd(conn_pg(to), NULL) != 1)
        return conn_error(to, NULL, err);
    if (!put(to, &nothing, err) || !finish(to, &in_result, err))
        return false;
    *ret_rows = strtoll(PQcmdTuples(in_result), NULL, 10);
    return true;
}
