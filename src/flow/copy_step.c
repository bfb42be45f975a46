#include "flow/copy_step.h"

#include <string.h>

#include "base/clock.h"
#include "copy/snapshot.h"
#include "flow/flow.h"
#include "pg/quote.h"
#include "repl/marker.h"
#include "repl/publication.h"
#include "repl/slot.h"

enum
{
    MAX_FRUITLESS_ATTEMPTS = 5, /* without a chunk or an index more than before */
    WATCH_EVERY_MS = 500,
    LOOK_AT_WAL_EVERY_MS = 5000,
    CHUNKS_PER_JOB = 6,
    SMALLEST_CHUNK_BYTES = 16 * 1024 * 1024
};

typedef struct CopyStep
{
    Flow *flow;
    Conn *keeper; /* holds the snapshot; NULL: none is held */
    Conn *guard;  /* holds the tables' locks, as long as the keeper lives */
    const char *snapshot;
    GroupRow group; /* the one being copied, while keeper */
    int64_t start_ms;
    int64_t watched_ms;
    int64_t looked_at_wal_ms;
} CopyStep;

bool
flow_refuse_drift(Flow *flow, Conn *source, DriftScope scope, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    Drifts drifts = {0};

    if (!schema_drift(source, flow->config, flow->migration.source_schema, scope, flow->arena,
                      &drifts, err))
        return false;
    if (drifts.len == 0)
        return true;
    for (size_t i = 0; i < drifts.len && i < 5; i++)
        str_addf(&names, "%s%s", i ? ", " : "", drift_text(&drifts.items[i], flow->arena));
    if (drifts.len > 5)
        str_addf(&names, " and %zu more", drifts.len - 5);
    err_set(err, ERR_REFUSED,
            "the schema of database \"%s\" changed on the source since the migration began",
            flow->dbname);
    err_detail(err, "The target does not have the change: %s.", names.data);
    return err_hint(
        err,
        "Undo the change on the source, or begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
}

/* Splits the tables into those whose rows are complete and those that have to be copied (again). */
static bool
sort_tables(Flow *flow, int group_id, QualifiedNames *ret_complete, QualifiedNames *ret_incomplete,
            Err *err)
{
    RelationRows relations = {0};

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];

        if (strcmp(r->kind, "table") != 0 || (group_id && r->group_id != group_id))
            continue;
        *vec_push(r->chunks_left == 0 ? ret_complete : ret_incomplete, flow->arena) =
            (QualifiedName){r->schema, r->name};
    }
    return true;
}

/* Removes a group of which nothing was completed, with all it has on both sides. */
static bool
discard_group(Flow *flow, const GroupRow *group, Err *err)
{
    const char *marker = flow_marker_name(flow, arena_printf(flow->arena, "%d", group->id));

    return slot_drop(flow->src, group->name, err) &&
           publication_drop(flow->src, group->name, err) && marker_drop(flow->src, marker, err) &&
           marker_drop(flow->dst, marker, err) &&
           conn_run(
               flow->dst,
               "UPDATE pgbaton.relation SET group_id = NULL WHERE migration = $1 AND group_id = $2::integer",
               PARAMS(flow->config->migration, PARAM_I64(group->id)), NULL, err) &&
           journal_delete_group(flow->dst, flow->config->migration, group->id, err);
}

/*
 * A group whose snapshot is gone keeps what is complete; what is not goes into a new group. If its slot is gone too, what was complete
 * without its stream is as good as nothing.
 */
static bool
settle_group(Flow *flow, GroupRow *group, Err *err)
{
    QualifiedNames complete = {0};
    QualifiedNames incomplete = {0};
    SlotState slot;
    bool is_copied = strcmp(group->state, "copied") == 0;

    if (!sort_tables(flow, group->id, &complete, &incomplete, err) ||
        !slot_read(flow->src, group->name, &slot, err))
        return false;
    if (slot.exists && !slot.is_lost && is_copied)
        return true;
    if (slot.exists && !slot.is_lost && complete.len > 0)
    {
        flow_note(
            flow,
            "the snapshot was lost: %zu tables are complete and stay, %zu are copied in a new group",
            complete.len, incomplete.len);
        group->state = "copied";
        return publication_remove_tables(flow->src, group->name, &incomplete, err) &&
               journal_set_group(flow->dst, flow->config->migration, group, err);
    }
    return conn_run(flow->dst,
                    "UPDATE pgbaton.relation SET chunks_left = 1"
                    " WHERE migration = $1 AND group_id = $2::integer AND chunks_left = 0",
                    PARAMS(flow->config->migration, PARAM_I64(group->id)), NULL, err) &&
           discard_group(flow, group, err);
}

static bool
settle_old_groups(Flow *flow, int *ret_next_id, Err *err)
{
    GroupRows groups = {0};

    *ret_next_id = 1;
    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
    {
        GroupRow *group = &groups.items[i];

        *ret_next_id = group->id + 1;
        if (strcmp(group->state, "streaming") != 0 && !settle_group(flow, group, err))
            return false;
    }
    return true;
}

/* Small enough that all workers have something to do till the end of a large table, large enough to be worth a transaction. */
static int64_t
bytes_per_chunk(Flow *flow, const RelationRow *relation)
{
    int64_t share = relation->table_bytes / (flow->config->jobs * CHUNKS_PER_JOB) + 1;

    /* Without TID range scans each part of a table would read all of it. */
    if (!feature_available(FEATURE_TID_RANGE_SCAN, conn_version(flow->src)))
        return 0;
    if (share < SMALLEST_CHUNK_BYTES)
        share = SMALLEST_CHUNK_BYTES;
    return share < flow->config->chunk_bytes ? share : flow->config->chunk_bytes;
}

/* Empties what has to be copied, plans its chunks, and records the snapshot: one transaction. */
static bool
plan_group(CopyStep *step, Err *err)
{
    Flow *flow = step->flow;
    const char *migration = flow->config->migration;
    RelationRows relations = {0};

    if (!journal_read_relations(flow->dst, migration, flow->arena, &relations, err) ||
        !conn_exec(flow->dst, "BEGIN", err) ||
        !journal_set_group(flow->dst, migration, &step->group, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];
        int64_t chunk_bytes = bytes_per_chunk(flow, r);
        cleanup_(str_release) Str empty = STR_INIT;

        if (r->chunks_left == 0)
            continue;
        sql_format(&empty, "TRUNCATE TABLE ONLY %Q", r->schema, r->name);
        if (r->chunks_left > 0 && strcmp(r->kind, "table") == 0 &&
            !conn_exec(flow->dst, empty.data, err))
            return false;
        if (!copy_plan_chunks(flow->dst, migration, r, chunk_bytes, err))
            return false;
        if (strcmp(r->kind, "table") == 0 &&
            !conn_run(
                flow->dst,
                "UPDATE pgbaton.relation SET group_id = $3::integer WHERE migration = $1 AND id = $2::integer",
                PARAMS(migration, PARAM_I64(r->id), PARAM_I64(step->group.id)), NULL, err))
            return false;
    }
    return conn_exec(flow->dst, "COMMIT", err);
}

static void
close_keeper(CopyStep *step)
{
    conn_close(step->keeper);
    conn_close(step->guard);
    step->keeper = NULL;
    step->guard = NULL;
}

/* The slot, and the keeper with its snapshot. `tables` are locked from before the slot is made. */
static bool
take_snapshot(CopyStep *step, const QualifiedNames *tables, Err *err)
{
    Flow *flow = step->flow;
    cleanup_(conn_close_pointer) Conn *walsender = NULL;
    SlotSnapshot slot;

    if (!conn_open(&flow->source, flow->dbname, "guard", &step->guard, err) ||
        !conn_open(&flow->source, flow->dbname, "keeper", &step->keeper, err) ||
        !snapshot_guard(step->guard, tables, flow->config->slot_timeout_ms, err) ||
        !flow_refuse_drift(flow, step->guard, DRIFT_IN_DATA, err) ||
        !slot_create_exporting(&flow->source, flow->src, step->group.name,
                               flow->config->slot_timeout_ms, flow->arena, &walsender, &slot,
                               err) ||
        !snapshot_keep(step->keeper, slot.snapshot, flow->arena, &step->snapshot, err))
        return false;
    step->group.consistent_lsn = slot.consistent_lsn;
    step->group.snapshot = step->snapshot;
    step->group.state = "copying";
    return true;
}

static bool
begin_group(CopyStep *step, int id, Err *err)
{
    Flow *flow = step->flow;
    QualifiedNames complete = {0};
    QualifiedNames tables = {0};
    const char *suffix;
    const char *marker;

    if (!sort_tables(flow, 0, &complete, &tables, err))
        return false;
    suffix = arena_printf(flow->arena, "%d", id);
    marker = flow_marker_name(flow, suffix);
    step->group = (GroupRow){.id = id, .name = flow_object_name(flow, suffix), .state = "creating"};
    return journal_add_group(flow->dst, flow->config->migration, &step->group, err) &&
           marker_create(flow->src, marker, err) && marker_create(flow->dst, marker, err) &&
           publication_create(flow->src, step->group.name, flow_tag(flow), &tables, marker,
                              conn_version(flow->dst), err) &&
           take_snapshot(step, &tables, err) && plan_group(step, err);
}

/* The rows are in: nothing needs the snapshot any more, and it holds back the source's vacuum. */
static bool
release_keeper(CopyStep *step, Err *err)
{
    close_keeper(step);
    step->group.state = "copied";
    return journal_set_group(step->flow->dst, step->flow->config->migration, &step->group, err);
}

/*
 * The slots keep WAL on the source's disk. Past the bound they are given up before the disk is full; what they made
 * possible is then lost, and the copy begins anew when the migration is run again.
 */
static bool
bound_wal(CopyStep *step, Err *err)
{
    Flow *flow = step->flow;
    GroupRows groups = {0};
    SlotState slot;
    int64_t bound = flow->config->max_wal_retained_bytes;

    if (bound == 0 || clock_ms() - step->looked_at_wal_ms < LOOK_AT_WAL_EVERY_MS)
        return true;
    step->looked_at_wal_ms = clock_ms();
    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
    {
        const char *name = groups.items[i].name;

        if (!slot_read(flow->src, name, &slot, err))
            return false;
        if (slot.retained_bytes > bound / 2 && slot.retained_bytes <= bound)
            flow_warning(flow,
                         "slot \"%s\" keeps %lld bytes of WAL on the source, the bound is %lld",
                         name, (long long)slot.retained_bytes, (long long)bound);
        if (slot.retained_bytes <= bound)
            continue;
        if (!slot_drop(flow->src, name, err))
            return false;
        err_set(err, ERR_REFUSED, "replication slot \"%s\" kept too much WAL and was given up",
                name);
        err_detail(err, "It kept %lld bytes on the source's disk, the bound is %lld.",
                   (long long)slot.retained_bytes, (long long)bound);
        return err_hint(
            err,
            "Raise --max-wal-retained, or try at a quieter time: pgbaton migrate copies again what "
            "depended on the slot.");
    }
    return true;
}

static bool
watch_copy(void *context, const CopyCounters *counters, Err *err)
{
    CopyStep *step = context;
    Flow *flow = step->flow;
    Progress progress;

    if (clock_ms() - step->watched_ms < WATCH_EVERY_MS)
        return true;
    step->watched_ms = clock_ms();
    if (!journal_read_progress(flow->dst, flow->config->migration, &progress, err))
        return false;
    if (flow->observer->progress)
        flow->observer->progress(flow->observer->context, flow->dbname, &progress, counters,
                                 step->start_ms);
    if (!bound_wal(step, err))
        return false;
    if (step->keeper && progress.chunks_left == 0)
        return release_keeper(step, err);
    return !step->keeper ||
           (conn_exec(step->keeper, "SELECT 1", err) && conn_exec(step->guard, "SELECT 1", err)) ||
           err_context(err, "the session that holds the snapshot");
}

/* A keeper of which either session is gone is none. */
static void
look_after_keeper(CopyStep *step)
{
    cleanup_(err_release) Err ignored = {0};

    if (step->keeper && (!conn_exec(step->keeper, "SELECT 1", &ignored) ||
                         !conn_exec(step->guard, "SELECT 1", &ignored)))
        close_keeper(step);
}

/* Even a database without a table has a group: its marker is what proves that the switchover may go on. */
static bool
needs_group(Flow *flow, bool *ret_needed, Err *err)
{
    Progress progress;
    GroupRows groups = {0};

    if (!journal_read_progress(flow->dst, flow->config->migration, &progress, err) ||
        !journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    *ret_needed = progress.relations_to_copy > 0 || groups.len == 0;
    return true;
}

/* One go: a group if rows are missing and no snapshot is held, then the workers. */
static bool
copy_once(CopyStep *step, Err *err)
{
    Flow *flow = step->flow;
    int next_id = 0;
    bool needed = false;
    CopyJob job = {
        .source = &flow->source,
        .target = &flow->target,
        .source_dbname = flow->dbname,
        .target_dbname = flow->target_dbname,
        .migration = flow->config->migration,
        .n_workers = flow->config->jobs,
        .n_index_workers = flow->config->index_jobs,
        .tick = watch_copy,
        .context = step,
    };

    if (!step->keeper &&
        (!settle_old_groups(flow, &next_id, err) || !needs_group(flow, &needed, err)))
        return false;
    if (needed && !begin_group(step, next_id, err))
    {
        close_keeper(
            step); /* a group that was not made whole is settled when this is tried again */
        return false;
    }
    job.snapshot = step->keeper ? step->snapshot : NULL;
    if (!copy_run(&job, err))
        return false;
    return !step->keeper || release_keeper(step, err);
}

static int64_t
work_left(const Progress *progress)
{
    return progress->chunks_left + progress->indexes_left + progress->analyzes_left;
}

/* After a lost connection: back to both servers, and on with the same snapshot if it is still held. */
static bool
recover(CopyStep *step, int64_t *left_before, int *n_fruitless, Err *err)
{
    Flow *flow = step->flow;
    cleanup_(err_release) Err cause = {0};
    Progress progress;

    err_move(&cause, err);
    flow_warning(flow, "%s; connecting again", cause.message);
    if (!flow_reconnect(flow, err) ||
        !journal_read_progress(flow->dst, flow->config->migration, &progress, err))
        return false;
    look_after_keeper(step);
    *n_fruitless = work_left(&progress) < *left_before ? 0 : *n_fruitless + 1;
    *left_before = work_left(&progress);
    return *n_fruitless < MAX_FRUITLESS_ATTEMPTS || err_move(err, &cause);
}

bool
copy_step(Flow *flow, Err *err)
{
    CopyStep step = {.flow = flow, .start_ms = clock_ms()};
    int64_t left_before = INT64_MAX;
    int n_fruitless = 0;
    bool ok;

    for (;;)
    {
        ok = copy_once(&step, err);
        if (ok || err->code != ERR_UNREACHABLE || !recover(&step, &left_before, &n_fruitless, err))
            break;
    }
    close_keeper(&step);
    return ok;
}

bool
copy_finish_work(Flow *flow, Err *err)
{
    CopyJob job = {
        .source = &flow->source,
        .target = &flow->target,
        .source_dbname = flow->dbname,
        .target_dbname = flow->target_dbname,
        .migration = flow->config->migration,
        .n_workers = flow->config->jobs,
        .n_index_workers = flow->config->jobs,
    };

    return copy_run(&job, err);
}
