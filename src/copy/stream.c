#include "copy/stream.h"

#include <stdlib.h>

#include "base/str.h"

enum
{
    BATCH_BYTES = 65536 /* rows are gathered into messages of about this size */
};

/* The next thing that is said about the COPY. */
static bool
expect(Conn *conn, ExecStatusType expected, PGresult **ret_result, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_next_result(conn, &result, err))
        return false;
    if (!result || PQresultStatus(result) != expected)
        return err_set(err, ERR_BUG, "%s: unexpected answer to COPY", side_name(conn_side(conn)));
    if (ret_result)
    {
        *ret_result = result;
        result = NULL;
    }
    return true;
}

static bool
expect_end(Conn *conn, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_next_result(conn, &result, err))
        return false;
    return !result ||
           err_set(err, ERR_BUG, "%s: unexpected answer after COPY", side_name(conn_side(conn)));
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
pump(Conn *from, Conn *to, RateLimit *rate, CopyCounters *counters, int64_t *bytes, Err *err)
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
            if (!rate_take(rate, (int64_t)batch.len, err) || !put(to, &batch, err))
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

static bool
move_one(Conn *from, Conn *to, RateLimit *rate, CopyCounters *counters, CopyCount *ret_count,
         Err *err)
{
    cleanup_(result_release) PGresult *copied = NULL;
    cleanup_(str_release) Str nothing = STR_INIT;

    ret_count->bytes = 0;
    if (!expect(from, PGRES_COPY_OUT, NULL, err) || !expect(to, PGRES_COPY_IN, NULL, err) ||
        !pump(from, to, rate, counters, &ret_count->bytes, err) ||
        !expect(from, PGRES_COMMAND_OK, NULL, err))
        return false;
    if (PQputCopyEnd(conn_pg(to), NULL) != 1)
        return conn_error(to, NULL, err);
    if (!put(to, &nothing, err) || !expect(to, PGRES_COMMAND_OK, &copied, err))
        return false;
    ret_count->rows = strtoll(PQcmdTuples(copied), NULL, 10);
    return true;
}

bool
copy_stream(Conn *from, const char *copy_out, Conn *to, const char *copy_in, size_t n,
            RateLimit *rate, CopyCounters *counters, CopyCount *ret_counts, Err *err)
{
    if (!conn_send(from, copy_out, err) || !conn_send(to, copy_in, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!move_one(from, to, rate, counters, &ret_counts[i], err))
            return false;
    return expect_end(from, err) && expect_end(to, err);
}
