#include "flow/reverse.h"

#include <string.h>

#include "base/clock.h"
#include "catalog/catalog.h"
#include "repl/marker.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "repl/subscription.h"

enum
{
    PROOF_PATIENCE_MS = 60000
};

static const char suffix[] = "r";

/* The slot from which the one that is used is made in the pause. */
static const char *
base_slot(Flow *flow)
{
    return flow_object_name(flow, conn_has(flow->dst, FEATURE_SLOT_COPY) ? "r0" : suffix);
}

static bool
replicated_tables(Flow *flow, QualifiedNames *ret_tables, Err *err)
{
    RelationRows relations = {0};

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
        if (strcmp(relations.items[i].kind, "table") == 0)
            *vec_push(ret_tables, flow->arena) =
                (QualifiedName){relations.items[i].schema, relations.items[i].name};
    return true;
}

bool
reverse_prepare(Flow *flow, Err *err)
{
    const char *name = flow_object_name(flow, suffix);
    const char *marker = flow_marker_name(flow, suffix);
    QualifiedNames tables = {0};
    SubscriptionSpec spec = {
        .name = name,
        .comment = flow_tag(flow),
        .publisher_conninfo = flow_publisher_conninfo(flow, SIDE_TARGET),
        /* By its position the slot has nothing but what was written on the target; where both know origins that is said, too. */
        .only_local_changes = true,
    };

    if (flow->config->no_reverse)
        return true;
    return reverse_drop(flow, err) && replicated_tables(flow, &tables, err) &&
           marker_create(flow->dst, marker, err) && marker_create(flow->src, marker, err) &&
           publication_create(flow->dst, name, flow_tag(flow), &tables, marker,
                              conn_version(flow->src), err) &&
           slot_create(flow->dst, base_slot(flow), err) &&
           subscription_create(flow->src, &spec, err);
}

bool
reverse_advance(Flow *flow, Err *err)
{
    return flow->config->no_reverse ||
           slot_create_at_now(flow->dst, base_slot(flow), flow_object_name(flow, suffix), err);
}

bool
reverse_start(Flow *flow, Err *err)
{
    const char *marker = flow_marker_name(flow, suffix);
    int64_t value;
    bool arrived;

    if (flow->config->no_reverse)
        return true;
    if (!subscription_enable(flow->src, flow_object_name(flow, suffix), err) ||
        !marker_write(flow->dst, marker, &value, err) ||
        !marker_wait(flow->src, marker, value, 20, clock_ms() + PROOF_PATIENCE_MS, &arrived, err))
        return false;
    if (arrived)
        return !conn_has(flow->dst, FEATURE_SLOT_COPY) ||
               slot_drop(flow->dst, base_slot(flow), err);
    err_set(err, ERR_FAILED, "the reverse subscription \"%s\" does not apply",
            flow_object_name(flow, suffix));
    err_detail(
        err,
        "The writes are on the target, but the source does not receive them: there is no way back while this lasts.");
    return err_hint(
        err, "Look for the reason in the source's server log, then run again: pgbaton switchover");
}

bool
reverse_drop(Flow *flow, Err *err)
{
    const char *name = flow_object_name(flow, suffix);
    const char *marker = flow_marker_name(flow, suffix);

    return subscription_drop(flow->src, name, err) && slot_drop(flow->dst, base_slot(flow), err) &&
           slot_drop(flow->dst, name, err) && publication_drop(flow->dst, name, err) &&
           marker_drop(flow->src, marker, err) && marker_drop(flow->dst, marker, err);
}
