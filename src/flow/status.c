#include "flow/status.h"

#include <string.h>

#include "base/clock.h"
#include "repl/marker.h"
#include "schema/fingerprint.h"
#include "sql/sql.h"

enum
{
    LAG_PATIENCE_MS = 3000
};

typedef struct Reader
{
    Flow *flow;
    DatabaseStatus *status;
} Reader;

static void
add_problem(Reader *reader, const char *message, const char *detail, const char *hint)
{
    *vec_push(&reader->status->problems, reader->flow->arena) = (Problem){message, detail, hint};
}

/* The steps tell the phase: the last begun of the flow that went furthest. */
static bool
read_phase(Reader *reader, Err *err)
{
    DatabaseStatus *status = reader->status;
    StepState opened = STEP_NONE;
    StepState ready = STEP_NONE;
    StepRows steps = {0};
    bool passed;

    if (!journal_read_steps(reader->flow->dst, reader->flow->config->migration, reader->flow->arena,
                            &steps, err) ||
        !flow_passed_no_return(reader->flow, &passed, err))
        return false;
    for (size_t i = 0; i < steps.len; i++)
    {
        const StepRow *step = &steps.items[i];

        if (step->state == STEP_UNDONE)
            continue;
        status->step = arena_printf(reader->flow->arena, "%s.%s", step->flow, step->name);
        if (strcmp(step->name, "ready") == 0)
            ready = step->state;
        if (strcmp(step->name, "open_target") == 0)
            opened = step->state;
    }
    status->phase = opened == STEP_DONE  ? "switched over"
                    : passed             ? "switching over"
                    : ready == STEP_DONE ? "replicating"
                                         : "migrating";
    if (passed && opened != STEP_DONE && !status->worked_on_by)
        add_problem(reader, "the switchover was interrupted after the point of no return",
                    "The source is read-only, the target is not open yet: nobody can write.",
                    "Finish it at once: pgbaton switchover --yes");
    else if (!passed && ready != STEP_DONE && !status->worked_on_by)
        add_problem(reader, "the migration is not finished, and nobody is at work on it",
                    arena_printf(reader->flow->arena, "It stopped at step \"%s\".",
                                 status->step ? status->step : "none"),
                    "Continue it: pgbaton migrate");
    return true;
}

static void
judge_stream(Reader *reader, const StreamStatus *stream)
{
    Arena *arena = reader->flow->arena;
    const SubscriptionState *s = &stream->subscription;

    if (!stream->slot.exists || stream->slot.is_lost)
        add_problem(
            reader, arena_printf(arena, "replication slot \"%s\" is lost", stream->name),
            "The changes it would have sent are gone.",
            "Begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
    if (!s->exists)
        add_problem(
            reader, arena_printf(arena, "subscription \"%s\" is not there", stream->name),
            "Somebody dropped it.",
            "Begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
    else if (!s->is_enabled)
        add_problem(reader, arena_printf(arena, "subscription \"%s\" is disabled", stream->name),
                    "Nothing is applied, and its slot keeps WAL.",
                    arena_printf(arena,
                                 "Enable it on the subscriber: ALTER SUBSCRIPTION \"%s\" ENABLE",
                                 stream->name));
    else if (!stream->marker_arrived && (s->error_text || !s->has_worker))
        add_problem(
            reader, arena_printf(arena, "subscription \"%s\" does not apply", stream->name),
            s->error_text ? arena_printf(arena, "Its worker fails: %s.", s->error_text)
                          : "It has no worker; the reason is in the subscriber's server log.",
            "Mend the cause on the subscriber (a row in the way, a missing column, too few workers); its worker retries by itself.");
}

static bool
measure_lag(const char *marker, Conn *publisher, Conn *subscriber, StreamStatus *stream, Err *err)
{
    int64_t start = clock_ms();
    int64_t value;

    stream->lag_ms = -1;
    if (!stream->subscription.exists || !stream->slot.exists)
        return true;
    if (!marker_write(publisher, marker, &value, err) ||
        !marker_wait(subscriber, marker, value, 2, start + LAG_PATIENCE_MS, &stream->marker_arrived,
                     err))
        return false;
    stream->lag_ms = clock_ms() - start;
    return true;
}

static bool
read_forward(Reader *reader, Err *err)
{
    Flow *flow = reader->flow;
    GroupRows groups = {0};

    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
    {
        const GroupRow *group = &groups.items[i];
        StreamStatus stream = {
            .name = group->name, .state = group->state, .n_tables = group->n_tables, .lag_ms = -1};
        bool is_streaming = strcmp(group->state, "streaming") == 0;

        if (!slot_read(flow->src, group->name, &stream.slot, err))
            return false;
        if (is_streaming &&
            (!subscription_read(flow->dst, group->name, flow->arena, &stream.subscription, err) ||
             !measure_lag(flow_marker_name(flow, arena_printf(flow->arena, "%d", group->id)),
                          flow->src, flow->dst, &stream, err)))
            return false;
        /* A worker may have come or gone meanwhile: what it is now goes with the lag. */
        if (is_streaming &&
            !subscription_read(flow->dst, group->name, flow->arena, &stream.subscription, err))
            return false;
        *vec_push(&reader->status->streams, flow->arena) = stream;
        if (is_streaming)
            judge_stream(reader, &stream);
    }
    return true;
}

static bool
read_reverse(Reader *reader, Err *err)
{
    Flow *flow = reader->flow;
    const char *name = flow_object_name(flow, "r");
    StreamStatus stream = {.name = name, .state = "reverse", .lag_ms = -1};

    if (!slot_read(flow->dst, name, &stream.slot, err) ||
        !subscription_read(flow->src, name, flow->arena, &stream.subscription, err))
        return false;
    if (!stream.slot.exists && !stream.subscription.exists) /* switched over with --no-reverse */
        return true;
    stream.n_tables = stream.subscription.tables;
    if (!measure_lag(flow_marker_name(flow, "r"), flow->dst, flow->src, &stream, err) ||
        !subscription_read(flow->src, name, flow->arena, &stream.subscription, err))
        return false;
    *vec_push(&reader->status->streams, flow->arena) = stream;
    judge_stream(reader, &stream);
    return true;
}

static const char *
table_state(const RelationRow *r)
{
    if (r->chunks_left < 0)
        return "waiting";
    if (r->chunks_left > 0)
        return r->rows_copied > 0 ? "copying" : "waiting";
    return r->builds_left > 0 ? "indexing" : "done";
}

static bool
read_tables(Reader *reader, Err *err)
{
    Flow *flow = reader->flow;
    RelationRows relations = {0};

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];

        *vec_push(&reader->status->tables, flow->arena) = (TableStatus){
            .schema = r->schema,
            .name = r->name,
            .kind = r->kind,
            .state = table_state(r),
            .rows_copied = r->rows_copied,
            .row_estimate = r->row_estimate,
            .bytes_copied = r->bytes_copied,
            .table_bytes = r->table_bytes,
        };
    }
    return true;
}

static bool
read_drift(Reader *reader, Err *err)
{
    Flow *flow = reader->flow;
    Drifts drifts = {0};

    if (!flow->migration.source_schema)
        return true;
    if (!schema_drift(flow->src, flow->config, flow->migration.source_schema, flow->arena, &drifts,
                      err))
        return false;
    for (size_t i = 0; i < drifts.len; i++)
        add_problem(reader,
                    arena_printf(flow->arena, "table \"%s.%s\" was %s on the source",
                                 drifts.items[i].schema, drifts.items[i].table,
                                 drift_name(drifts.items[i].kind)),
                    "The target does not have the change, and switchover refuses while this lasts.",
                    "Undo the change on the source, or begin again.");
    return true;
}

static bool
read_database(Reader *reader, Err *err)
{
    Flow *flow = reader->flow;
    DatabaseStatus *status = reader->status;

    if (!conn_value(flow->dst, flow->arena, sql_flow_lock_holder, PARAMS(flow->config->migration),
                    &status->worked_on_by, err))
        return false;
    if (!flow->is_recorded)
    {
        status->phase = "not begun";
        add_problem(reader,
                    arena_printf(flow->arena, "there is no migration \"%s\" of database \"%s\"",
                                 flow->config->migration, flow->dbname),
                    "The target database has no journal of it.", "Begin it: pgbaton migrate");
        return true;
    }
    if (!journal_read_progress(flow->dst, flow->config->migration, &status->progress, err) ||
        !read_phase(reader, err) || !read_tables(reader, err))
        return false;
    if (strcmp(status->phase, "switched over") == 0)
        return read_reverse(reader, err);
    return read_forward(reader, err) &&
           (strcmp(status->phase, "replicating") != 0 || read_drift(reader, err));
}

bool
status_read(const Config *config, const FlowObserver *observer, Arena *arena, const char *database,
            DatabaseStatus *ret_status, Err *err)
{
    Flow flow;
    Reader reader = {.flow = &flow, .status = ret_status};
    bool ok = flow_open(&flow, config, observer, arena, database, FLOW_LOOK, err);

    *ret_status = (DatabaseStatus){.database = database, .target_database = flow.target_dbname};
    ok = ok && read_database(&reader, err);
    flow_close(&flow);
    return ok;
}
