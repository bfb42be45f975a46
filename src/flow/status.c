#include "flow/status.h"

#include <string.h>

#include "base/clock.h"
#include "flow/way_back.h"
#include "repl/marker.h"
#include "schema/fingerprint.h"
#include "sql/sql.h"

enum
{
    LAG_PATIENCE_MS = 3000,
    MAX_DRIFTS = 20 /* told one by one */
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

/* What the journal's steps say. */
typedef struct Stand
{
    StepState ready;    /* of migrate */
    StepState opened;   /* of switchover: the target is open for writes */
    StepState finished; /* of switchover */
    const char *newest; /* FLOW.STEP that was begun last, and not undone */
} Stand;

static bool
read_stand(Reader *reader, Stand *ret_stand, Err *err)
{
    StepRows steps = {0};

    *ret_stand = (Stand){0};
    if (!journal_read_steps(reader->flow->dst, reader->flow->config->migration, reader->flow->arena,
                            &steps, err))
        return false;
    for (size_t i = 0; i < steps.len; i++)
    {
        const StepRow *step = &steps.items[i];

        if (step->state == STEP_UNDONE)
            continue;
        ret_stand->newest = arena_printf(reader->flow->arena, "%s.%s", step->flow, step->name);
        if (strcmp(step->name, "ready") == 0)
            ret_stand->ready = step->state;
        if (strcmp(step->flow, "switchover") == 0 && strcmp(step->name, "open") == 0)
            ret_stand->opened = step->state;
        if (strcmp(step->flow, "switchover") == 0 && strcmp(step->name, "finished") == 0)
            ret_stand->finished = step->state;
    }
    return true;
}

/* A flow that stopped in the middle, and is not one that was given up and has left the migration as it was. */
static void
judge_phase(Reader *reader)
{
    const char *phase = reader->status->phase;

    if (!reader->status->step || reader->status->worked_on_by)
        return;
    if (strcmp(phase, "switching over") == 0)
        add_problem(reader, "the switchover was interrupted after the point of no return",
                    "The source is read-only, the target is not open yet: nobody can write.",
                    "Finish it at once: pgbaton switchover --yes");
    else if (strcmp(phase, "switched over") == 0)
        add_problem(
            reader, "the switchover was interrupted after the target had been opened",
            "The writes are on the target; what it does not need any more may still be there, and the source may not follow yet.",
            "Finish it: pgbaton switchover --yes");
    else if (strcmp(phase, "rolling back") == 0)
        add_problem(reader, "the rollback was interrupted after the point of no return",
                    "The target is read-only, the source is not open yet: nobody can write.",
                    "Finish it at once: pgbaton rollback --yes");
    else if (strcmp(phase, "rolled back") == 0)
        add_problem(
            reader, "the rollback was interrupted after the source had been opened",
            "The writes are on the source; what it does not need any more may still be there, and the target may not follow yet.",
            "Finish it: pgbaton rollback --yes");
    else
        add_problem(
            reader, "the migration is not finished, and nobody is at work on it",
            arena_printf(reader->flow->arena, "It stopped at step \"%s\".", reader->status->step),
            strncmp(reader->status->step, "sync.", strlen("sync.")) == 0
                ? "Continue it: pgbaton sync"
                : "Continue it: pgbaton migrate");
}

/* A side that a handover has closed is opened again by the opposite one; in between both are closed. */
static const char *
phase_of(const Stand *stand, bool source_closed, bool target_closed)
{
    if (stand->finished == STEP_DONE && target_closed)
        return source_closed ? "rolling back" : "rolled back";
    if (stand->opened == STEP_DONE)
        return "switched over";
    if (source_closed)
        return "switching over";
    return stand->ready == STEP_DONE ? "replicating" : "migrating";
}

static bool
read_phase(Reader *reader, Err *err)
{
    DatabaseStatus *status = reader->status;
    Stand stand;
    bool source_closed;
    bool target_closed;
    bool is_over; /* no flow is under way */

    if (!read_stand(reader, &stand, err) ||
        !flow_is_closed(reader->flow, SIDE_SOURCE, &source_closed, err) ||
        !flow_is_closed(reader->flow, SIDE_TARGET, &target_closed, err))
        return false;
    status->phase = phase_of(&stand, source_closed, target_closed);
    is_over = strcmp(status->phase, "switched over") == 0
                  ? stand.finished == STEP_DONE
                  : strcmp(status->phase, "replicating") == 0;
    if (!is_over || status->worked_on_by)
        status->step = stand.newest ? stand.newest : "migrate.journal";
    judge_phase(reader);
    return true;
}

/* Where a stream ends, and so what its loss means. */
static Side
subscriber_of(const StreamStatus *stream)
{
    return strcmp(stream->state, "reverse") == 0 ? SIDE_SOURCE : SIDE_TARGET;
}

static void
add_loss(Reader *reader, const StreamStatus *stream, const char *message, const char *detail)
{
    bool is_reverse = subscriber_of(stream) == SIDE_SOURCE;

    add_problem(
        reader, message,
        is_reverse
            ? "The source does not receive what is written on the target: the way back is lost."
            : detail,
        is_reverse
            ? "The target is not concerned. Remove what is left: pgbaton cleanup --yes"
            : "Begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
}

static void
judge_worker(Reader *reader, const StreamStatus *stream)
{
    Arena *arena = reader->flow->arena;
    const SubscriptionState *s = &stream->subscription;
    Side side = subscriber_of(stream);

    if (!s->is_enabled)
        add_problem(reader, arena_printf(arena, "subscription \"%s\" is disabled", stream->name),
                    "Nothing is applied, and its slot keeps WAL.",
                    arena_printf(arena, "On the %s's server: %s", side_name(side),
                                 stream_enable_command(reader->flow, side, stream->name)));
    else if (!stream->marker_arrived && (s->error_text || !s->has_worker))
        add_problem(
            reader, arena_printf(arena, "subscription \"%s\" does not apply", stream->name),
            s->error_text ? arena_printf(arena, "Its worker fails: %s.", s->error_text)
                          : "It has no worker; the reason is in the subscriber's server log.",
            arena_printf(
                arena,
                "Mend the cause on the %s (a row in the way, a missing column, too few workers), which is read-only: %s; "
                "the worker retries by itself.",
                side_name(side), stream_repair_command(reader->flow, side, "…")));
}

static void
judge_stream(Reader *reader, const StreamStatus *stream)
{
    Arena *arena = reader->flow->arena;

    /* Without its slot there is nothing to be said for mending the rest. */
    if (!stream->slot.exists || stream->slot.is_lost)
        add_loss(reader, stream,
                 arena_printf(arena, "replication slot \"%s\" is lost", stream->name),
                 "The changes it would have sent are gone.");
    else if (!stream->subscription.exists)
        add_loss(reader, stream,
                 arena_printf(arena, "subscription \"%s\" is not there", stream->name),
                 "Somebody dropped it.");
    else
        judge_worker(reader, stream);
}

static bool
measure_lag(const char *marker, Conn *publisher, Conn *subscriber, StreamStatus *stream, Err *err)
{
    int64_t start = clock_ms();
    int64_t value;

    stream->lag_ms = -1;
    if (!stream->subscription.exists || !stream->slot.exists || stream->slot.is_lost)
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
    Streams streams = {0};
    StreamStatus stream = {.state = "reverse", .lag_ms = -1};
    const char *name;

    if (!stream_list(flow, SIDE_TARGET, &streams, err))
        return false;
    stream.name = name = streams.items[0].name;
    if (!slot_read(flow->dst, name, &stream.slot, err) ||
        !subscription_read(flow->src, name, flow->arena, &stream.subscription, err))
        return false;
    if (!stream.slot.exists && !stream.subscription.exists) /* switched over with --no-reverse */
        return true;
    stream.n_tables = stream.subscription.tables;
    if (!measure_lag(streams.items[0].marker, flow->dst, flow->src, &stream, err) ||
        !subscription_read(flow->src, name, flow->arena, &stream.subscription, err))
        return false;
    *vec_push(&reader->status->streams, flow->arena) = stream;
    if (!reader->status->step) /* until the switchover is finished it need not run yet */
        judge_stream(reader, &stream);
    return true;
}

/* The stream's own slot, or the one that it is going to be made from. */
static bool
read_prepared_slot(Reader *reader, Side publisher, StreamStatus *stream, Err *err)
{
    Conn *conn = flow_conn(reader->flow, publisher);

    return slot_read(conn, stream->name, &stream->slot, err) &&
           (stream->slot.exists ||
            slot_read(conn, way_back_common_slot(reader->flow, publisher), &stream->slot, err));
}

/* What a handover that has not closed the old side has made for the way back. Its slots keep WAL on the new side. */
static bool
read_prepared(Reader *reader, Side publisher, Err *err)
{
    Flow *flow = reader->flow;
    bool to_target = publisher == SIDE_TARGET;
    const char *quiet_phase = to_target ? "replicating" : "switched over";
    Streams streams = {0};
    bool found = false;

    if (!stream_list(flow, publisher, &streams, err))
        return false;
    for (size_t i = 0; i < streams.len; i++)
    {
        StreamStatus stream = {.name = streams.items[i].name, .state = "prepared", .lag_ms = -1};

        if (!read_prepared_slot(reader, publisher, &stream, err) ||
            !subscription_read(flow_conn(flow, side_other(publisher)), stream.name, flow->arena,
                               &stream.subscription, err))
            return false;
        if (!stream.slot.exists)
            continue;
        found = true;
        stream.n_tables = stream.subscription.tables;
        *vec_push(&reader->status->streams, flow->arena) = stream;
    }
    if (found && strcmp(reader->status->phase, quiet_phase) == 0 && !reader->status->step &&
        !reader->status->worked_on_by)
        add_problem(
            reader,
            arena_printf(flow->arena, "a %s was interrupted before the point of no return",
                         to_target ? "switchover" : "rollback"),
            arena_printf(flow->arena,
                         "The %s is in use as before, but its slots keep WAL on the %s.",
                         side_name(side_other(publisher)), side_name(publisher)),
            to_target
                ? "Switch over again: pgbaton switchover, or give the migration up: pgbaton cleanup"
                : "Roll back again: pgbaton rollback, or leave it at that: pgbaton cleanup");
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
    static const char hint[] = "Bring it over: pgbaton sync, or undo the change on the source.";
    Flow *flow = reader->flow;
    Drifts drifts = {0};

    if (!flow->migration.source_schema)
        return true;
    if (!schema_drift(flow->src, flow->config, flow->migration.source_schema, DRIFT_IN_ALL,
                      flow->arena, &drifts, err))
        return false;
    for (size_t i = 0; i < drifts.len && i < MAX_DRIFTS; i++)
    {
        const char *text = drift_text(&drifts.items[i], flow->arena);

        add_problem(reader, arena_printf(flow->arena, "%s on the source", text),
                    "The target does not have the change, and switchover refuses while this lasts.",
                    hint);
    }
    /* A GRANT on all tables, or a role's new name, changes everything. */
    if (drifts.len > MAX_DRIFTS)
        add_problem(reader,
                    arena_printf(flow->arena, "%zu more objects were changed on the source",
                                 drifts.len - MAX_DRIFTS),
                    "The target does not have these changes either.", hint);
    return true;
}

static void
add_not_begun(Reader *reader, const char *detail)
{
    reader->status->phase = "not begun";
    add_problem(
        reader,
        arena_printf(reader->flow->arena, "there is no migration \"%s\"",
                     reader->flow->config->migration),
        detail,
        "Begin it: pgbaton migrate; if it was ended by pgbaton cleanup, nothing is left to do.");
}

static bool
read_joined(Reader *reader, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    const Flow *flow = reader->flow;

    if (!conn_query(flow->dst, sql_flow_joined,
                    PARAMS(arena_printf(flow->arena, "%s join", flow->target.application_name)),
                    &result, err))
        return false;
    reader->status->n_joined = result_i64(result, 0, 0);
    reader->status->n_joined_workers = result_i64(result, 0, 1);
    return true;
}

static bool
read_database(Reader *reader, Err *err)
{
    Flow *flow = reader->flow;
    DatabaseStatus *status = reader->status;

    if (!conn_value(flow->dst, flow->arena, sql_flow_lock_holder, PARAMS(flow->config->migration),
                    &status->worked_on_by, err) ||
        !read_joined(reader, err))
        return false;
    if (!flow->is_recorded)
    {
        add_not_begun(reader, "The target database has no journal of it.");
        return true;
    }
    if (!journal_read_progress(flow->dst, flow->config->migration, &status->progress, err) ||
        !read_phase(reader, err) || !read_tables(reader, err))
        return false;
    if (strcmp(status->phase, "switched over") == 0 || strcmp(status->phase, "rolling back") == 0)
        return read_reverse(reader, err) && read_prepared(reader, SIDE_SOURCE, err);
    return read_forward(reader, err) && read_prepared(reader, SIDE_TARGET, err) &&
           (strcmp(status->phase, "replicating") != 0 || read_drift(reader, err));
}

/* A target database that is not there yet is no failure: migrate makes it. */
static bool
judge_unopened(Reader *reader, Err *failure, Err *err)
{
    const Flow *flow = reader->flow;
    cleanup_(err_release) Err ignored = {0};
    bool begun;

    if (failure->code != ERR_UNREACHABLE || !flow->src ||
        !flow_has_begun(flow->config, flow->arena, flow->dbname, &begun, &ignored) || begun)
        return err_move(err, failure);
    add_not_begun(reader, "The target database does not exist.");
    return true;
}

bool
status_read(const Config *config, const FlowObserver *observer, Arena *arena, const char *database,
            DatabaseStatus *ret_status, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    Flow flow;
    Reader reader = {.flow = &flow, .status = ret_status};
    bool opened = flow_open(&flow, config, observer, arena, database, FLOW_LOOK, &failure);
    bool ok;

    *ret_status = (DatabaseStatus){.database = database, .target_database = flow.target_dbname};
    ok = opened ? read_database(&reader, err) : judge_unopened(&reader, &failure, err);
    flow_close(&flow);
    return ok;
}
