#include "flow/copy_step.h"

#include <string.h>

#include "base/clock.h"
#include "flow/flow.h"
#include "flow/groups.h"
#include "repl/slot.h"

enum
{
    MAX_FRUITLESS_ATTEMPTS = 5, /* without a chunk or an index more than before */
    WATCH_EVERY_MS = 500,
    LOOK_AT_WAL_EVERY_MS = 5000
};

typedef struct CopyStep
{
    Flow *flow;
    GroupSet set; /* what is being copied, while its snapshot is held */
    int64_t start_ms;
    int64_t watched_ms;
    int64_t looked_at_wal_ms;
} CopyStep;

/* What is not ready yet nothing can join. */
static bool
hint_at_drift(Flow *flow, Err *err)
{
    cleanup_(err_release) Err ignored = {0};
    StepState ready = STEP_NONE;

    if (!journal_read_step(flow->dst, flow->config->migration, "migrate", "ready", &ready,
                           &ignored) ||
        ready == STEP_DONE || ready == STEP_UNDONE)
        return err_hint(err, "Bring it over: pgbaton sync, or undo the change on the source.");
    return err_hint(
        err,
        "Undo the change on the source, or begin again: pgbaton cleanup --yes, drop the target database, pgbaton migrate");
}

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
    return hint_at_drift(flow, err);
}

/* What was given up for keeping too much. */
typedef struct GivenUp
{
    Str names;
    int n;
    int64_t most_bytes;
} GivenUp;

static bool
bound_slot(CopyStep *step, const char *name, GivenUp *given_up, Err *err)
{
    Flow *flow = step->flow;
    int64_t bound = flow->config->max_wal_retained_bytes;
    SlotState slot;

    if (!slot_read(flow->src, name, &slot, err))
        return false;
    if (slot.retained_bytes > bound / 2 && slot.retained_bytes <= bound)
        flow_warning(flow, "slot \"%s\" keeps %lld bytes of WAL on the source, the bound is %lld",
                     name, (long long)slot.retained_bytes, (long long)bound);
    if (slot.retained_bytes <= bound)
        return true;
    str_addf(&given_up->names, "%s\"%s\"", given_up->n++ ? ", " : "", name);
    if (slot.retained_bytes > given_up->most_bytes)
        given_up->most_bytes = slot.retained_bytes;
    return slot_drop(flow->src, name, err);
}

static bool
refuse_given_up(CopyStep *step, const GivenUp *given_up, Err *err)
{
    if (given_up->n == 0)
        return true;
    err_set(err, ERR_REFUSED, "replication %s %s kept too much WAL and %s given up",
            given_up->n == 1 ? "slot" : "slots", given_up->names.data,
            given_up->n == 1 ? "was" : "were");
    err_detail(err, "%s kept %lld bytes on the source's disk, the bound is %lld.",
               given_up->n == 1 ? "It" : "They", (long long)given_up->most_bytes,
               (long long)step->flow->config->max_wal_retained_bytes);
    return err_hint(
        err,
        "Raise --max-wal-retained, or try at a quieter time: pgbaton migrate copies again what "
        "depended on it.");
}

/*
 * The slots keep WAL on the source's disk. Past the bound they are given up before the disk is full, all of them, as those that
 * were made together keep the same WAL; what they made possible is then lost, and the copy begins anew when the migration is run again.
 */
static bool
bound_wal(CopyStep *step, Err *err)
{
    Flow *flow = step->flow;
    cleanup_(arena_release) Arena scratch = {0};
    GroupRows groups = {0};
    GivenUp given_up = {.names = STR_INIT};
    bool ok = true;

    if (flow->config->max_wal_retained_bytes == 0 ||
        clock_ms() - step->looked_at_wal_ms < LOOK_AT_WAL_EVERY_MS)
        return true;
    step->looked_at_wal_ms = clock_ms();
    if (!journal_read_groups(flow->dst, flow->config->migration, &scratch, &groups, err))
        return false;
    for (size_t i = 0; ok && i < groups.len; i++)
        ok = bound_slot(step, groups.items[i].name, &given_up, err);
    ok = ok && refuse_given_up(step, &given_up, err);
    str_release(&given_up.names);
    return ok;
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
    if (step->set.keeper && progress.chunks_left == 0)
        return groups_release(flow, &step->set, err);
    return !step->set.keeper ||
           (conn_exec(step->set.keeper, "SELECT 1", err) &&
            conn_exec(step->set.guard, "SELECT 1", err)) ||
           err_context(err, "the session that holds the snapshot");
}

/* A keeper of which either session is gone is none. */
static void
look_after_keeper(CopyStep *step)
{
    cleanup_(err_release) Err ignored = {0};

    if (step->set.keeper && (!conn_exec(step->set.keeper, "SELECT 1", &ignored) ||
                             !conn_exec(step->set.guard, "SELECT 1", &ignored)))
        groups_close(&step->set);
}

/* Even a database without a table has a group: its marker is what proves that the switchover may go on. */
static bool
needs_groups(Flow *flow, const GroupsLeft *left, bool *ret_needed, Err *err)
{
    Progress progress;

    if (!journal_read_progress(flow->dst, flow->config->migration, &progress, err))
        return false;
    *ret_needed = progress.relations_to_copy > 0 || left->n == 0;
    return true;
}

/* One go: groups if rows are missing and no snapshot is held, then the workers. */
static bool
copy_once(CopyStep *step, Err *err)
{
    Flow *flow = step->flow;
    GroupsLeft left = {0};
    bool needed = false;
    CopyJob job = {
        .source = &flow->source,
        .target = &flow->target,
        .source_dbname = flow->dbname,
        .target_dbname = flow->target_dbname,
        .session_name = "copy",
        .migration = flow->config->migration,
        .n_workers = flow->config->jobs,
        .n_index_workers = flow->config->index_jobs,
        .rate_limit = flow->config->rate_limit_bytes,
        .tick = watch_copy,
        .context = step,
    };

    if (!step->set.keeper &&
        (!groups_settle(flow, &left, err) || !needs_groups(flow, &left, &needed, err)))
        return false;
    if (needed && !groups_make(flow, &left, &step->set, err))
        return false;
    job.snapshot = step->set.keeper ? step->set.snapshot : NULL;
    if (!copy_run(&job, err))
        return false;
    return !step->set.keeper || groups_release(flow, &step->set, err);
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
    groups_close(&step.set);
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
        .session_name = "copy",
        .migration = flow->config->migration,
        .n_workers = flow->config->jobs,
        .n_index_workers = flow->config->jobs,
    };

    return copy_run(&job, err);
}
