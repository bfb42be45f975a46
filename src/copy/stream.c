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

/* Waits until the kernel has taken what was put, so that memory stays bounded. */
static bool
flush(Conn *to, Err *err)
{
    PGconn *pg = conn_pg(to);

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

/* Hands bytes to the target, in messages of bounded size: they need not end where rows do. */
static bool
put(Conn *to, RateLimit *rate, CopyCounters *counters, const char *bytes, size_t n_bytes, Err *err)
{
    while (n_bytes > 0)
    {
        size_t n = n_bytes < 2 * BATCH_BYTES ? n_bytes : BATCH_BYTES;

        if (!rate_take(rate, (int64_t)n, err))
            return false;
        if (PQputCopyData(conn_pg(to), bytes, (int)n) != 1)
            return conn_error(to, NULL, err);
        if (!flush(to, err))
            return false;
        atomic_fetch_add(&counters->bytes, (int_fast64_t)n);
        bytes += n;
        n_bytes -= n;
    }
    return true;
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
            batch_rows++;
            *bytes += n;
        }
        if (n > 0 && n < BATCH_BYTES)
        {
            str_add_bytes(&batch, row, (size_t)n);
            PQfreemem(row);
        }
        if (batch.len >= BATCH_BYTES || n < 0 || n >= BATCH_BYTES)
        {
            bool ok = put(to, rate, counters, batch.data, batch.len, err);

            if (n >=
                BATCH_BYTES) /* once more in the batch, a large row would take its memory twice */
            {
                ok = ok && put(to, rate, counters, row, (size_t)n, err);
                PQfreemem(row);
            }
            atomic_fetch_add(&counters->rows, batch_rows);
            batch_rows = 0;
            str_clear(&batch);
            if (!ok)
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

    ret_count->bytes = 0;
    if (!expect(from, PGRES_COPY_OUT, NULL, err) || !expect(to, PGRES_COPY_IN, NULL, err) ||
        !pump(from, to, rate, counters, &ret_count->bytes, err) ||
        !expect(from, PGRES_COMMAND_OK, NULL, err))
        return false;
    if (PQputCopyEnd(conn_pg(to), NULL) != 1)
        return conn_error(to, NULL, err);
    if (!flush(to, err) || !expect(to, PGRES_COMMAND_OK, &copied, err))
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
