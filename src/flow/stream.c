#include "flow/stream.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "pg/quote.h"
#include "repl/slot.h"
#include "repl/subscription.h"

enum
{
    GOOD_LATENCY_MS = 1000,
    HEALTH_EVERY_MS = 1000,
    NO_WORKER_PATIENCE_MS = 30000,
    MAX_CATCH_UP_ROUNDS = 20,
    BUSY_MS = 5 /* in a write pause a marker is there within a millisecond or so */
};

static const char way_back_suffix[] = "r";

bool
stream_list(Flow *flow, Side publisher, Streams *ret_streams, Err *err)
{
    GroupRows groups = {0};

    if (publisher == SIDE_TARGET)
    {
        *vec_push(ret_streams, flow->arena) =
            (Stream){.name = flow_object_name(flow, way_back_suffix),
                     .marker = flow_marker_name(flow, way_back_suffix)};
        return true;
    }
    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
        *vec_push(ret_streams, flow->arena) = (Stream){
            .name = groups.items[i].name,
            .marker = flow_marker_name(flow, arena_printf(flow->arena, "%d", groups.items[i].id)),
            .group = &groups.items[i],
        };
    return true;
}

bool
stream_tables(Flow *flow, const Stream *stream, QualifiedNames *ret_tables, Err *err)
{
    RelationRows relations = {0};

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];

        if (strcmp(r->kind, "table") == 0 && (!stream->group || r->group_id == stream->group->id))
            *vec_push(ret_tables, flow->arena) = (QualifiedName){r->schema, r->name};
    }
    return true;
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

bool
stream_unsubscribe(Flow *flow, Side publisher, Err *err)
{
    Streams streams = {0};

    if (!stream_list(flow, publisher, &streams, err))
        return false;
    for (size_t i = 0; i < streams.len; i++)
        if (!subscription_drop(flow_conn(flow, side_other(publisher)), streams.items[i].name, err))
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
refuse_failing(Flow *flow, Side subscriber, const char *name, const SubscriptionState *state,
               Err *err)
{
    const char *side = side_name(subscriber);

    if (!state->exists)
    {
        err_set(err, ERR_REFUSED, "subscription \"%s\" is not there", name);
        err_detail(err, "Somebody dropped it on the %s.", side);
        return err_hint(
            err, "Begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
    }
    if (!state->is_enabled)
    {
        err_set(err, ERR_REFUSED, "subscription \"%s\" is disabled", name);
        err_detail(err, "Nothing is applied, and the slot keeps WAL on the other side.");
        return err_hint(err, "On the %s's server: %s", side,
                        stream_enable_command(flow, subscriber, name));
    }
    err_set(err, ERR_FAILED, "subscription \"%s\" applies nothing", name);
    err_detail(err, "Its worker fails: %s.",
               state->error_text
                   ? state->error_text
                   : arena_printf(flow->arena, "the reason is in the %s's server log", side));
    return err_hint(
        err,
        "Mend the cause on the %s, which is read-only: %s; the worker retries by itself; then run this again.",
        side, stream_repair_command(flow, subscriber, "…"));
}

bool
stream_refuse_lost_slot(Flow *flow, Side publisher, const char *name, Err *err)
{
    SlotState slot;

    if (!slot_read(flow_conn(flow, publisher), name, &slot, err))
        return false;
    if (slot.exists && !slot.is_lost)
        return true;
    err_set(err, ERR_REFUSED, "replication slot \"%s\" of the %s is lost", name,
            side_name(publisher));
    err_detail(
        err,
        "Changes since then can no longer be sent: max_slot_wal_keep_size, or somebody dropped it.");
    return err_hint(
        err, "Begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
}

/* Of one stream, while its marker is awaited. */
typedef struct Watch
{
    int64_t looked_ms;
    int64_t worker_seen_ms;
} Watch;

/* A worker that fails is started again every few seconds: it is the error that tells, or a long absence. */
static bool
look_after(Flow *flow, Side publisher, const char *name, Watch *watch, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    Side subscriber = side_other(publisher);
    SubscriptionState state;

    if (clock_ms() - watch->looked_ms < HEALTH_EVERY_MS)
        return true;
    watch->looked_ms = clock_ms();
    if (!subscription_read(flow_conn(flow, subscriber), name, &arena, &state, err))
        return false;
    if (state.has_worker)
        watch->worker_seen_ms = clock_ms();
    else if (!stream_refuse_lost_slot(flow, publisher, name, err))
        return false;
    if (!state.exists || !state.is_enabled ||
        (!state.has_worker && state.error_text && clock_ms() - watch->worker_seen_ms > 3000) ||
        clock_ms() - watch->worker_seen_ms > NO_WORKER_PATIENCE_MS)
        return refuse_failing(flow, subscriber, name, &state, err);
    return true;
}

static const char *const *
markers_of(Flow *flow, const Streams *streams)
{
    const char **markers = arena_alloc(flow->arena, (streams->len + 1) * sizeof(*markers));

    for (size_t i = 0; i < streams->len; i++)
        markers[i] = streams->items[i].marker;
    return markers;
}

bool
stream_prepare_markers(Flow *flow, Side publisher, Proof *ret_proof, Err *err)
{
    *ret_proof = (Proof){.publisher = publisher};
    if (!stream_list(flow, publisher, &ret_proof->streams, err))
        return false;
    ret_proof->values =
        arena_alloc(flow->arena, (ret_proof->streams.len + 1) * sizeof(*ret_proof->values));
    return true;
}

bool
stream_send_markers(Flow *flow, Proof *proof, Err *err)
{
    return marker_write_all(flow_conn(flow, proof->publisher), markers_of(flow, &proof->streams),
                            proof->streams.len, proof->values, err);
}

/* The first that has not arrived; their number if all have. */
static size_t
first_missing(const Proof *proof, const int64_t *arrived)
{
    size_t i = 0;

    while (i < proof->streams.len && arrived[i] >= proof->values[i])
        i++;
    return i;
}

static bool
refuse_late(const Proof *proof, size_t missing, Err *err)
{
    err_set(err, ERR_REFUSED, "stream \"%s\" did not catch up in time",
            proof->streams.items[missing].name);
    err_detail(err, "The marker written on the %s has not arrived on the %s.",
               side_name(proof->publisher), side_name(side_other(proof->publisher)));
    return err_hint(err, "Look at the lag with: pgbaton status, and try again when it is small.");
}

bool
stream_await_markers(Flow *flow, Proof *proof, int poll_ms, int64_t deadline_ms, Err *err)
{
    Conn *subscriber = flow_conn(flow, side_other(proof->publisher));
    const char *const *markers = markers_of(flow, &proof->streams);
    size_t n = proof->streams.len;
    int64_t *arrived = arena_alloc(flow->arena, (n + 1) * sizeof(*arrived));
    Watch *watches = arena_alloc(flow->arena, (n + 1) * sizeof(*watches));
    int64_t start = clock_ms();

    for (size_t i = 0; i < n; i++)
        watches[i] = (Watch){.worker_seen_ms = start, .looked_ms = start};
    for (;;)
    {
        size_t missing;

        if (!marker_read_all(subscriber, markers, n, arrived, proof->position, err))
            return false;
        missing = first_missing(proof, arrived);
        if (missing == n)
            return true;
        if (clock_ms() >= deadline_ms)
            return refuse_late(proof, missing, err);
        /* All that are missing: one that does not move is told at once, not when the others have caught up. */
        for (size_t i = missing; i < n; i++)
            if (arrived[i] < proof->values[i] &&
                !look_after(flow, proof->publisher, proof->streams.items[i].name, &watches[i], err))
                return false;
        if (poll_ms == 0 && clock_ms() - start < BUSY_MS)
            continue;
        if (!cancel_sleep(poll_ms ? poll_ms : 1, err))
            return false;
    }
}

bool
stream_prove(Flow *flow, Side publisher, int poll_ms, int64_t deadline_ms, int64_t *ret_latency_ms,
             Err *err)
{
    int64_t start = clock_ms();
    Proof proof;

    if (!stream_prepare_markers(flow, publisher, &proof, err) ||
        !stream_send_markers(flow, &proof, err) ||
        !stream_await_markers(flow, &proof, poll_ms, deadline_ms, err))
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
        while (!stream_prove(flow, SIDE_SOURCE, 20, INT64_MAX, &latency_ms, err))
            if (err->code != ERR_UNREACHABLE || !flow_reconnect(flow, err))
                return false;
    }
    flow_note(flow, "caught up: a marker took %lld ms", (long long)latency_ms);
    return true;
}
