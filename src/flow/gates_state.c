/* The migration, its streams, and what would be done in the pause. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/gate.h"
#include "flow/stream.h"
#include "flow/sync.h"
#include "pg/quote.h"
#include "repl/subscription.h"

bool
gate_ready(Flow *flow, Err *err)
{
    bool back = flow->pause->handover->from == SIDE_TARGET;
    StepState ready = STEP_NONE;

    if (flow->is_recorded &&
        !journal_read_step(flow->dst, flow->config->migration, back ? "switchover" : "migrate",
                           back ? "finished" : "ready", &ready, err))
        return false;
    if (ready == STEP_DONE)
        return true;
    if (back)
    {
        err_set(err, ERR_REFUSED, "migration \"%s\" has nothing to roll back",
                flow->config->migration);
        err_detail(err, "The writes are on the source.");
        return err_hint(err, "See: pgbaton status");
    }
    if (ready == STEP_UNDONE)
        return sync_refuse_unfinished(flow, err);
    err_set(err, ERR_REFUSED, "migration \"%s\" is not ready to switch over",
            flow->config->migration);
    err_detail(err, flow->is_recorded
                        ? "Its rows have not all been copied, or the changes have not caught up."
                        : "The target database has no journal of it.");
    return err_hint(err, "Run: pgbaton migrate");
}

static bool
refuse_broken_stream(Flow *flow, const Stream *stream, Err *err)
{
    Side from = flow->pause->handover->from;
    SubscriptionState subscription;

    if (!subscription_read(flow_conn(flow, side_other(from)), stream->name, flow->arena,
                           &subscription, err))
        return false;
    if (!subscription.exists && flow->pause->handover->to == SIDE_SOURCE)
    {
        err_set(err, ERR_REFUSED, "there is no way back: the source does not follow the target");
        err_detail(err,
                   "Subscription \"%s\" is not there: the switchover was made with "
                   "--no-reverse, or somebody dropped it.",
                   stream->name);
        return err_hint(err, "Begin a migration from the target to the source.");
    }
    if (!stream_refuse_lost_slot(flow, from, stream->name, err))
        return false;
    if (subscription.tables_ready >= subscription.tables)
        return true;
    err_set(err, ERR_REFUSED, "subscription \"%s\" has tables that are not ready", stream->name);
    err_detail(err, "%lld of %lld are.", (long long)subscription.tables_ready,
               (long long)subscription.tables);
    return err_hint(err, "Wait until they are, see: pgbaton status");
}

bool
gate_streams(Flow *flow, Err *err)
{
    Streams streams = {0};

    if (!stream_list(flow, flow->pause->handover->from, &streams, err))
        return false;
    for (size_t i = 0; i < streams.len; i++)
        if (!refuse_broken_stream(flow, &streams.items[i], err))
            return false;
    return true;
}

/* Those that a role cannot read it cannot move; the check tells of it before, but they may have been made since. */
bool
gate_large_objects(Flow *flow, Err *err)
{
    RelationRows relations = {0};
    bool any;

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err) ||
        !catalog_has_large_objects(pause_old_side(flow), &any, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
        if (strcmp(relations.items[i].kind, "large objects") == 0)
            return true;
    if (!any)
        return true;
    err_set(err, ERR_REFUSED, "the large objects were not moved");
    err_detail(err, "When the migration began, the source's role could not read pg_largeobject.");
    return err_hint(err,
                    "Begin again with a superuser on the source, or remove the large objects.");
}

/* What is copied again while writes are stopped must be small. */
bool
gate_recopy(Flow *flow, Err *err)
{
    RelationRows relations = {0};
    int64_t bytes = 0;

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];
        cleanup_(str_release) Str name = STR_INIT;
        const char *value;

        if (strcmp(r->kind, "table") == 0)
            continue;
        sql_qualified(&name, r->schema, r->name);
        if (!conn_value(pause_old_side(flow), flow->arena,
                        "SELECT pg_catalog.pg_table_size(pg_catalog.to_regclass($1))",
                        PARAMS(name.data), &value, err))
            return false;
        bytes += value ? strtoll(value, NULL, 10) : 0;
    }
    if (bytes <= flow->config->recopy_limit_bytes)
        return true;
    err_set(err, ERR_REFUSED, "unlogged tables and large objects are too large for the pause");
    err_detail(
        err,
        "Logical replication does not carry them; %lld bytes would be copied while writes are stopped, allowed are %lld.",
        (long long)bytes, (long long)flow->config->recopy_limit_bytes);
    return err_hint(
        err,
        "Make them smaller (ALTER TABLE … SET LOGGED before migrating), or allow it by --recopy-limit.");
}

bool
gate_drift(Flow *flow, Err *err)
{
    return handover_refuse_drift(flow, pause_old_side(flow), DRIFT_IN_ALL, err);
}

bool
gate_lag(Flow *flow, Err *err)
{
    int64_t deadline = clock_ms() + flow->config->max_lag_ms;
    int64_t latency_ms;

    if (stream_prove(flow, flow->pause->handover->from, 5, deadline, &latency_ms, err))
        return true;
    if (err->code != ERR_REFUSED || clock_ms() < deadline)
        return false;
    err_detail(
        err,
        "A marker written on the %s has not arrived on the %s within %d ms; in the write pause all that is behind would be waited for.",
        gate_old_name(flow), gate_new_name(flow), flow->config->max_lag_ms);
    return err_hint(
        err,
        "Look at the lag with: pgbaton status; wait for it with --when-lag-below, or allow more with --max-lag.");
}
