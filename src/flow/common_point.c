#include "flow/common_point.h"

#include "base/cancel.h"
#include "base/clock.h"
#include "flow/stream.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    ATTEMPTS = 20,
    ARRIVAL_PATIENCE_MS = 60000,
    POLL_MS = 10
};

typedef struct Holding
{
    Flow *flow;
    Conn *holder;
    Proof proof;
    const char **markers;
    size_t n;
} Holding;

static bool
lock_markers(Holding *h, Err *err)
{
    if (!conn_exec(h->holder, "BEGIN", err))
        return false;
    for (size_t i = 0; i < h->n; i++)
    {
        cleanup_(str_release) Str sql = STR_INIT;

        sql_format(&sql, "LOCK TABLE pgbaton.%I IN SHARE MODE", h->markers[i]);
        if (!conn_exec(h->holder, sql.data, err))
            return false;
    }
    return true;
}

/*
 * Markers are counted: when the next one of each stream is not the one of ours, another one (pgbaton status sends some) is on its way before it,
 * and that stream would stop there.
 */
static bool
send_markers(Holding *h, bool *ret_next, Err *err)
{
    int64_t *arrived = arena_alloc(h->flow->arena, (h->n + 1) * sizeof(*arrived));
    Lsn unused;

    if (!marker_read_all(h->holder, h->markers, h->n, arrived, unused, err) ||
        !stream_send_markers(h->flow, &h->proof, err))
        return false;
    *ret_next = true;
    for (size_t i = 0; i < h->n; i++)
        *ret_next = *ret_next && h->proof.values[i] == arrived[i] + 1;
    return true;
}

static bool
await_workers(Holding *h, bool *ret_held, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    int64_t deadline = clock_ms() + ARRIVAL_PATIENCE_MS;

    for (size_t i = 0; i < h->n; i++)
        sql_array_add(&names, h->markers[i]);
    do
    {
        cleanup_(result_release) PGresult *result = NULL;

        if (!conn_query(h->holder, sql_flow_sync_held, PARAMS(names.data), &result, err))
            return false;
        *ret_held = (size_t)result_i64(result, 0, 0) == h->n;
    } while (!*ret_held && clock_ms() < deadline && cancel_sleep(POLL_MS, err));
    return err->code == ERR_NONE;
}

static bool
try_once(Holding *h, bool *ret_held, Err *err)
{
    bool next;

    *ret_held = false;
    if (!lock_markers(h, err) || !send_markers(h, &next, err) ||
        (next && !await_workers(h, ret_held, err)))
        return false;
    return *ret_held || (conn_exec(h->holder, "ROLLBACK", err) &&
                         stream_await_markers(h->flow, &h->proof, POLL_MS,
                                              clock_ms() + ARRIVAL_PATIENCE_MS, err));
}

static bool
refuse(Err *err)
{
    err_set(err, ERR_REFUSED, "the streams could not be stopped at one point");
    err_detail(err, "Something else writes markers all the time, or a stream does not move.");
    return err_hint(err, "Look at: pgbaton status, then run this again.");
}

bool
common_point_hold(Flow *flow, Conn **ret_holder, Err *err)
{
    Holding h = {.flow = flow};
    bool held = false;
    bool ok = conn_open(&flow->target, flow->target_dbname, "hold", &h.holder, err) &&
              stream_prepare_markers(flow, SIDE_SOURCE, &h.proof, err);

    h.n = h.proof.streams.len;
    h.markers = arena_alloc(flow->arena, (h.n + 1) * sizeof(*h.markers));
    for (size_t i = 0; i < h.n; i++)
        h.markers[i] = h.proof.streams.items[i].marker;
    for (int i = 0; ok && !held && i < ATTEMPTS; i++)
        ok = try_once(&h, &held, err);
    if (ok && held)
    {
        *ret_holder = h.holder;
        return true;
    }
    conn_close(h.holder);
    return ok ? refuse(err) : false;
}
