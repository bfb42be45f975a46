#include "flow/way_back.h"

#include "base/clock.h"
#include "flow/stream.h"
#include "pg/quote.h"
#include "repl/marker.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "repl/subscription.h"
#include "sql/sql.h"

enum
{
    PROOF_PATIENCE_MS = 60000
};

static bool
find_means(Flow *flow, Side publisher, WayBackMeans *ret_means, Err *err)
{
    Conn *subscriber = flow_conn(flow, side_other(publisher));
    const char *may_advance;

    if (!conn_value(subscriber, flow->arena, sql_repl_may_advance_origin, NO_PARAMS, &may_advance,
                    err))
        return false;
    if (*may_advance == 't')
        *ret_means = WAY_BACK_BY_PROGRESS;
    else if (conn_has(flow->src, FEATURE_SUBSCRIPTION_ORIGIN) &&
             conn_has(flow->dst, FEATURE_SUBSCRIPTION_ORIGIN))
        *ret_means = WAY_BACK_BY_ORIGIN;
    else
        *ret_means = WAY_BACK_BY_SLOT;
    return true;
}

bool
way_back_plan(Flow *flow, Side publisher, WayBack *ret_way, Err *err)
{
    *ret_way = (WayBack){.publisher = publisher};
    return flow->config->no_reverse || (find_means(flow, publisher, &ret_way->means, err) &&
                                        stream_list(flow, publisher, &ret_way->streams, err));
}

const char *
way_back_common_slot(Flow *flow, Side publisher)
{
    return flow_object_name(flow, publisher == SIDE_SOURCE ? "f0" : "r0");
}

/* Before 12, where none can be copied, it is the stream's own. */
static const char *
base_slot(Flow *flow, Side publisher, const Stream *stream)
{
    return conn_has(flow_conn(flow, publisher), FEATURE_SLOT_COPY)
               ? way_back_common_slot(flow, publisher)
               : stream->name;
}

static bool
prepare_stream(Flow *flow, Side publisher, const Stream *stream, const char *slot, Err *err)
{
    Conn *pub = flow_conn(flow, publisher);
    Conn *sub = flow_conn(flow, side_other(publisher));
    QualifiedNames tables = {0};
    SubscriptionSpec spec = {
        .name = stream->name,
        .comment = flow_tag(flow),
        .publisher_conninfo = flow_publisher_conninfo(flow, publisher),
        .only_local_changes = true,
    };

    return stream_tables(flow, stream, &tables, err) && marker_create(pub, stream->marker, err) &&
           marker_create(sub, stream->marker, err) &&
           publication_create(pub, stream->name, flow_tag(flow), &tables, stream->marker,
                              conn_version(sub), err) &&
           slot_create(pub, slot, flow->config->slot_timeout_ms, err) &&
           subscription_create(sub, &spec, err);
}

bool
way_back_prepare(Flow *flow, const WayBack *way, Err *err)
{
    if (!way_back_drop(flow, way->publisher, err))
        return false;
    for (size_t i = 0; i < way->streams.len; i++)
    {
        const Stream *stream = &way->streams.items[i];
        const char *slot =
            way->means == WAY_BACK_BY_SLOT ? base_slot(flow, way->publisher, stream) : stream->name;

        if (!prepare_stream(flow, way->publisher, stream, slot, err))
            return false;
    }
    return true;
}

void
way_back_add_position(const WayBack *way, const char *lsn, Str *sql)
{
    for (size_t i = 0; i < way->streams.len && way->means == WAY_BACK_BY_PROGRESS; i++)
        sql_format(
            sql,
            "SELECT pg_catalog.pg_replication_origin_advance('pg_' || s.oid, %L) FROM pg_catalog.pg_subscription AS s"
            " JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid"
            " WHERE s.subname = %L AND d.datname = pg_catalog.current_database();",
            lsn, way->streams.items[i].name);
}

bool
way_back_move_slots(Flow *flow, const WayBack *way, Err *err)
{
    for (size_t i = 0; i < way->streams.len && way->means == WAY_BACK_BY_SLOT; i++)
        if (!slot_create_at_now(flow_conn(flow, way->publisher),
                                base_slot(flow, way->publisher, &way->streams.items[i]),
                                way->streams.items[i].name, err))
            return false;
    return true;
}

static bool
drop_base_slot(Flow *flow, Side publisher, Err *err)
{
    return slot_drop(flow_conn(flow, publisher), way_back_common_slot(flow, publisher), err);
}

bool
way_back_start(Flow *flow, Side publisher, Err *err)
{
    cleanup_(err_release) Err late = {0};
    Streams streams = {0};
    int64_t latency_ms;

    if (flow->config->no_reverse)
        return true;
    if (!stream_list(flow, publisher, &streams, err))
        return false;
    for (size_t i = 0; i < streams.len; i++)
        if (!subscription_enable(flow_conn(flow, side_other(publisher)), streams.items[i].name,
                                 err))
            return false;
    if (stream_prove(flow, publisher, 20, clock_ms() + PROOF_PATIENCE_MS, &latency_ms, &late))
        return drop_base_slot(flow, publisher, err);
    if (late.code != ERR_REFUSED && late.code != ERR_FAILED)
        return err_move(err, &late);
    err_set(err, ERR_FAILED, "the reverse subscription \"%s\" does not apply",
            streams.items[0].name);
    err_detail(
        err,
        "The writes are on the %s, but the %s does not receive them: there is no way back while this lasts. %s",
        side_name(publisher), side_name(side_other(publisher)), late.detail ? late.detail : "");
    return err_hint(err, "Look for the reason in the %s's server log, then run this again.",
                    side_name(side_other(publisher)));
}

bool
way_back_drop(Flow *flow, Side publisher, Err *err)
{
    Conn *pub = flow_conn(flow, publisher);
    Conn *sub = flow_conn(flow, side_other(publisher));
    Streams streams = {0};

    if (!stream_unsubscribe(flow, publisher, err) || !stream_list(flow, publisher, &streams, err))
        return false;
    for (size_t i = 0; i < streams.len; i++)
    {
        const Stream *stream = &streams.items[i];

        if (!slot_drop(pub, stream->name, err) || !publication_drop(pub, stream->name, err) ||
            !marker_drop(pub, stream->marker, err) || !marker_drop(sub, stream->marker, err))
            return false;
    }
    return drop_base_slot(flow, publisher, err);
}
