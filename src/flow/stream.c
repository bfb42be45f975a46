#include "flow/stream.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "pg/quote.h"
#include "repl/marker.h"
#include "repl/slot.h"
#include "repl/subscription.h"

enum
{
    GOOD_LATENCY_MS = 1000,
    HEALTH_EVERY_MS = 1000,
    NO_WORKER_PATIENCE_MS = 30000,
    MAX_CATCH_UP_ROUNDS = 20
};

static const char *
marker_of(Flow *flow, const GroupRow *group)
{
    return flow_marker_name(flow, arena_printf(flow->arena, "%d", group->id));
}

static bool
subscribe_group(Flow *flow, GroupRow *group, Err *err)
{
    SubscriptionSpec spec = {
        .name = group->name,
        .comment = flow_tag(flow),
        .publisher_conninfo = flow_publisher_conninfo(flow, SIDE_SOURCE),
    };

    group->state = "streaming";
    return conn_exec(flow->dst, "BEGIN", err) && subscription_create(flow->dst, &spec, err) &&
           subscription_enable(flow->dst, group->name, err) &&
           journal_set_group(flow->dst, flow->config->migration, group, err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

bool
stream_subscribe(Flow *flow, Err *err)
{
    GroupRows groups = {0};

    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
        if (strcmp(groups.items[i].state, "copied") == 0 &&
            !subscribe_group(flow, &groups.items[i], err))
            return false;
    return true;
}

const char *
stream_repair_command(Flow *flow, Side subscriber, const char *sql)
{
    return arena_printf(flow->arena,
                        "PGOPTIONS='-c default_transaction_read_only=off' psql -d '%s' -c '%s'",
                        subscriber == SIDE_TARGET ? flow->target_dbname : flow->dbname, sql);
}

const char *
stream_enable_command(Flow *flow, Side subscriber, const char *subscription)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "ALTER SUBSCRIPTION %I ENABLE", subscription);
    return stream_repair_command(flow, subscriber, sql.data);
}

static bool
refuse_failing(Flow *flow, const GroupRow *group, const SubscriptionState *state, Err *err)
{
    if (!state->exists)
    {
        err_set(err, ERR_REFUSED, "subscription \"%s\" is not there", group->name);
        err_detail(err, "Somebody dropped it on the target.");
        return err_hint(
            err, "Begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
    }
    if (!state->is_enabled)
    {
        err_set(err, ERR_REFUSED, "subscription \"%s\" is disabled", group->name);
        err_detail(err, "Nothing is applied, and the slot keeps WAL on the source.");
        return err_hint(err, "On the target's server: %s",
                        stream_enable_command(flow, SIDE_TARGET, group->name));
    }
    err_set(err, ERR_FAILED, "subscription \"%s\" applies nothing", group->name);
    err_detail(err, "Its worker fails: %s.",
               state->error_text ? state->error_text : "the reason is in the target's server log");
    return err_hint(
        err,
        "Mend the cause on the target, which is read-only: %s; the worker retries by itself; then run this again.",
        stream_repair_command(flow, SIDE_TARGET, "…"));
}

bool
stream_refuse_lost_slot(Flow *flow, const GroupRow *group, Err *err)
{
    SlotState slot;

    if (!slot_read(flow->src, group->name, &slot, err))
        return false;
    if (slot.exists && !slot.is_lost)
        return true;
    err_set(err, ERR_REFUSED, "replication slot \"%s\" of the source is lost", group->name);
    err_detail(
        err,
        "Changes since then can no longer be sent: max_slot_wal_keep_size, or somebody dropped it.");
    return err_hint(
        err, "Begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
}

typedef struct Wait
{
    const GroupRow *group;
    int64_t value;
    int64_t looked_ms;
    int64_t worker_seen_ms;
} Wait;

/* A worker that fails is started again every few seconds: it is the error that tells, or a long absence. */
static bool
look_after(Flow *flow, Wait *wait, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    SubscriptionState state;

    if (clock_ms() - wait->looked_ms < HEALTH_EVERY_MS)
        return true;
    wait->looked_ms = clock_ms();
    if (!subscription_read(flow->dst, wait->group->name, &arena, &state, err))
        return false;
    if (state.has_worker)
        wait->worker_seen_ms = clock_ms();
    else if (!stream_refuse_lost_slot(flow, wait->group, err))
        return false;
    if (!state.exists || !state.is_enabled ||
        (!state.has_worker && state.error_text && clock_ms() - wait->worker_seen_ms > 3000) ||
        clock_ms() - wait->worker_seen_ms > NO_WORKER_PATIENCE_MS)
        return refuse_failing(flow, wait->group, &state, err);
    return true;
}

/* Waits for the first of n groups. Another one that does not move is told at once, not when this one has caught up. */
static bool
wait_for_group(Flow *flow, Wait *waits, size_t n, int poll_ms, int64_t deadline_ms, Err *err)
{
    for (;;)
    {
        int64_t slice = clock_ms() + HEALTH_EVERY_MS;
        bool arrived;

        if (!marker_wait(flow->dst, marker_of(flow, waits->group), waits->value, poll_ms,
                         slice < deadline_ms ? slice : deadline_ms, &arrived, err))
            return false;
        if (arrived)
            return true;
        if (clock_ms() >= deadline_ms)
        {
            err_set(err, ERR_REFUSED, "group \"%s\" did not catch up in time", waits->group->name);
            err_detail(err, "The marker written on the source has not arrived on the target.");
            return err_hint(
                err, "Look at the lag with: pgbaton status, and try again when it is small.");
        }
        for (size_t i = 0; i < n; i++)
            if (!look_after(flow, &waits[i], err))
                return false;
    }
}

/* In one transaction: in the pause each commit counts. */
static bool
write_markers(Flow *flow, Wait *waits, size_t n, Err *err)
{
    cleanup_(err_release) Err ignored = {0};

    if (!conn_exec(flow->src, "BEGIN", err))
        return false;
    for (size_t i = 0; i < n; i++)
    {
        if (marker_write(flow->src, marker_of(flow, waits[i].group), &waits[i].value, err))
            continue;
        if (!conn_exec(flow->src, "ROLLBACK", &ignored) && ignored.code == ERR_UNREACHABLE)
            err_move(err, &ignored);
        return false;
    }
    return conn_exec(flow->src, "COMMIT", err);
}

bool
stream_prove(Flow *flow, int poll_ms, int64_t deadline_ms, int64_t *ret_latency_ms, Err *err)
{
    int64_t start = clock_ms();
    GroupRows groups = {0};
    Wait *waits;

    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    waits = arena_alloc(flow->arena, (groups.len + 1) * sizeof(*waits));
    for (size_t i = 0; i < groups.len; i++)
        waits[i] = (Wait){.group = &groups.items[i], .worker_seen_ms = start, .looked_ms = start};
    if (!write_markers(flow, waits, groups.len, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
        if (!wait_for_group(flow, &waits[i], groups.len - i, poll_ms, deadline_ms, err))
            return false;
    *ret_latency_ms = clock_ms() - start;
    return true;
}

bool
stream_catch_up(Flow *flow, Err *err)
{
    int64_t latency_ms = INT64_MAX;

    for (int round = 0; round < MAX_CATCH_UP_ROUNDS && latency_ms > GOOD_LATENCY_MS; round++)
    {
        while (!stream_prove(flow, 20, INT64_MAX, &latency_ms, err))
            if (err->code != ERR_UNREACHABLE || !flow_reconnect(flow, err))
                return false;
    }
    flow_note(flow, "caught up: a marker took %lld ms", (long long)latency_ms);
    return true;
}
