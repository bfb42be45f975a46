#include "flow/moment.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "flow/handover.h"
#include "flow/stream.h"
#include "sql/sql.h"

enum
{
    LOOK_EVERY_MS = 10000, /* keeps the sessions in use, and follows a clock that is set */
    MARKER_EVERY_MS = 1000,
    TELL_EVERY_MS = 60000
};

bool
moment_is_awaited(const Pause *pause)
{
    const Moment *moment = pause->moment;

    return moment && !pause->moment_has_come && (*moment->at || moment->lag_below_ms > 0);
}

/* Our sessions count in UTC; people mean the zone of their server, or the one they have set for their clients. */
static bool
ask_time(Flow *flow, const char *at, PGresult **ret_result, Err *err)
{
    cleanup_(err_release) Err ignored = {0};

    if (!conn_exec(
            pause_old_side(flow),
            "BEGIN; SELECT pg_catalog.set_config('TimeZone', s.reset_val, true) FROM pg_catalog.pg_settings AS s WHERE s.name = 'TimeZone'",
            err))
        return false;
    if (conn_query(pause_old_side(flow), sql_flow_moment, PARAMS(at), ret_result, err))
        return conn_exec(pause_old_side(flow), "COMMIT", err);
    if (!conn_exec(pause_old_side(flow), "ROLLBACK", &ignored))
        return false;
    if (strncmp(err->sqlstate, "22", 2) != 0)
        return false;
    err->code = ERR_USAGE;
    err_context(err, "--at");
    err_detail(err, "It is read by the %s's server.", side_name(flow->pause->handover->from));
    return err_hint(err, "Give HH:MM, or a date and a time, with a time zone if need be: --at "
                         "'2027-01-31 03:00:00+01'");
}

bool
gate_moment(Flow *flow, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    Moment *moment = flow->pause->moment;

    if (!moment || !*moment->at || moment->at_utc)
        return true;
    if (!ask_time(flow, moment->at, &result, err))
        return false;
    if (result_bool(result, 0, 2) || !result_bool(result, 0, 3))
    {
        err_set(err, ERR_REFUSED, "the moment of --at %s",
                result_bool(result, 0, 2) ? "is past" : "never comes");
        err_detail(err, "It is %s, by the %s's server.", result_text(result, 0, 1),
                   side_name(flow->pause->handover->from));
        return err_hint(err, "Give a moment that is to come, or leave --at away to begin at once.");
    }
    moment->at_utc = arena_strdup(flow->arena, result_text(result, 0, 0));
    if (!flow->config->dry_run)
        flow_note(flow, "waiting for %s, by the %s's server", result_text(result, 0, 1),
                  side_name(flow->pause->handover->from));
    return true;
}

/* On both sides: a session that is idle for hours may be cut by what stands between. */
static bool
look_at_clock(Flow *flow, int64_t *ret_left_ms, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *left;

    if (!flow->src || !flow->dst || conn_is_broken(flow->src) || conn_is_broken(flow->dst))
        if (!flow_reconnect(flow, err))
            return false;
    if (!conn_value(
            pause_old_side(flow), &arena,
            "SELECT pg_catalog.ceil(EXTRACT(epoch FROM $1::timestamptz - pg_catalog.clock_timestamp()) * 1000)::bigint",
            PARAMS(flow->pause->moment->at_utc), &left, err) ||
        !conn_exec(flow_conn(flow, flow->pause->handover->to), "SELECT", err))
        return false;
    *ret_left_ms = strtoll(left, NULL, 10);
    return true;
}

/* A server that is away meanwhile does no harm, if it is there again when it matters. */
static bool
await_time(Flow *flow, Err *err)
{
    int64_t deadline_ms = INT64_MAX;

    for (;;)
    {
        cleanup_(err_release) Err failure = {0};
        int64_t left_ms;

        if (look_at_clock(flow, &left_ms, &failure))
        {
            if (left_ms <= 0)
                return true;
            deadline_ms = clock_ms() + left_ms;
        }
        else if (failure.code != ERR_UNREACHABLE || clock_ms() >= deadline_ms)
            return err_move(err, &failure);
        else
            flow_warning(flow, "still waiting, but: %s", failure.message);
        left_ms = deadline_ms - clock_ms();
        left_ms = left_ms < 1 ? 1 : left_ms;
        if (!cancel_sleep(left_ms < LOOK_EVERY_MS ? left_ms : LOOK_EVERY_MS, err))
            return false;
    }
}

static bool
refuse_lag(const Moment *moment, int64_t latency_ms, Err *err)
{
    err_set(err, ERR_REFUSED, "the lag was never below %" PRId64 " ms within %" PRId64 " s",
            moment->lag_below_ms, moment->timeout_ms / 1000);
    err_detail(err, "The last marker took %" PRId64 " ms.", latency_ms);
    return err_hint(err,
                    "Try again at a quieter time, or raise --when-lag-below or --wait-timeout.");
}

static bool
await_lag(Flow *flow, Err *err)
{
    const Moment *moment = flow->pause->moment;
    int64_t told_ms = clock_ms() - TELL_EVERY_MS;
    int64_t deadline_ms = moment->timeout_ms ? clock_ms() + moment->timeout_ms : INT64_MAX;

    for (;;)
    {
        int64_t latency_ms;

        if (!stream_prove(flow, flow->pause->handover->from, 2, deadline_ms, &latency_ms, err))
        {
            if (err->code != ERR_UNREACHABLE || !flow_reconnect(flow, err))
                return false;
            continue;
        }
        if (latency_ms < moment->lag_below_ms)
            return true;
        if (clock_ms() >= deadline_ms)
            return refuse_lag(moment, latency_ms, err);
        if (clock_ms() - told_ms >= TELL_EVERY_MS)
        {
            told_ms = clock_ms();
            flow_note(flow,
                      "a marker takes %" PRId64 " ms, waiting until it takes less than %" PRId64
                      " ms",
                      latency_ms, moment->lag_below_ms);
        }
        if (!cancel_sleep(MARKER_EVERY_MS, err))
            return false;
    }
}

bool
moment_await(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;

    if (!moment_is_awaited(pause))
        return true;
    if ((*pause->moment->at && !await_time(flow, err)) ||
        (pause->moment->lag_below_ms > 0 && !await_lag(flow, err)))
        return false;
    pause->moment_has_come = true;
    return handover_gates(flow, err);
}
