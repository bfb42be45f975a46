#include "flow/switchover.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "fence/fence.h"
#include "flow/copy_step.h"
#include "flow/entries.h"
#include "flow/rest.h"
#include "flow/reverse.h"
#include "flow/stream.h"
#include "repl/marker.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "repl/subscription.h"

static const char flow_name[] = "switchover";

enum
{
    LOCK_BUDGETS =
        4, /* the locks are tried for so many pause budgets: between attempts the writers go on */
    FINISH_PATIENCE_MS = 600000 /* after the point of no return there is only forward */
};

bool
flow_passed_no_return(Flow *flow, bool *ret_passed, Err *err)
{
    return fence_is_closed(flow->src, flow->config->migration, ret_passed, err);
}

static int64_t
pause_deadline(const Flow *flow)
{
    return flow->pause_start_us / 1000 + flow->config->pause_budget_ms;
}

static bool
raise_fence_until(Flow *flow, int idle_timeout_ms, int64_t deadline_ms, Err *err)
{
    RelationRows relations = {0};
    QualifiedNames tables = {0};
    bool large_objects = false;

    if (flow->fence)
        return true;
    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        if (strcmp(relations.items[i].kind, "large objects") == 0)
            large_objects = true;
        else
            *vec_push(&tables, flow->arena) =
                (QualifiedName){relations.items[i].schema, relations.items[i].name};
    }
    if (!conn_open(&flow->source, flow->dbname, "fence", &flow->fence, err))
        return false;
    return fence_lock(flow->fence, flow->src, &tables, large_objects, flow->config->lock_timeout_ms,
                      idle_timeout_ms, deadline_ms, &flow->pause_start_us, err);
}

/*
 * The locks end with this process, whatever happens to it: until the point of no return the source is never left closed.
 * The gates may be minutes ago, so all definitions are compared once more, before the pause: no lock of ours would keep a
 * function or a view from being changed anyway. In the pause only what rows and values depend on is.
 */
static bool
raise_fence(Flow *flow, Err *err)
{
    if (!flow_refuse_drift(flow, flow->src, DRIFT_IN_ALL, err))
        return false;
    return raise_fence_until(flow, flow->config->pause_budget_ms,
                             clock_ms() + (int64_t)LOCK_BUDGETS * flow->config->pause_budget_ms,
                             err) &&
           flow_refuse_drift(flow, flow->fence, DRIFT_IN_DATA, err);
}

static bool
drain(Flow *flow, Err *err)
{
    int64_t latency_ms;

    return stream_prove(flow, 1, pause_deadline(flow), &latency_ms, err);
}

static bool
recopy(Flow *flow, Err *err)
{
    RelationRows relations = {0};
    cleanup_(conn_close_pointer) Conn *target = NULL;
    int64_t changed;

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err) ||
        !conn_open(&flow->target, flow->target_dbname, "recopy", &target, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];

        /* Read by the session that holds the locks: nobody else can write, and it sees all that was committed. */
        if (strcmp(r->kind, "recopied") == 0 && !copy_table_again(flow->fence, target, r, err))
            return false;
        if (strcmp(r->kind, "large objects") == 0 &&
            !(conn_exec(target, "BEGIN", err) &&
              copy_large_objects(flow->fence, target, &changed, err) &&
              conn_exec(target, "COMMIT", err)))
            return false;
    }
    flow->is_recopied = true;
    return true;
}

static bool
point_of_no_return(Flow *flow, Err *err)
{
    if (clock_ms() >= pause_deadline(flow))
    {
        err_set(err, ERR_REFUSED, "the pause would exceed its budget of %d ms",
                flow->config->pause_budget_ms);
        err_detail(err, "Up to here it took %lld ms.",
                   (long long)((clock_us() - flow->pause_start_us) / 1000));
        return err_hint(err, "Try again at a quieter time, or raise --pause-budget-ms.");
    }
    return fence_hold(flow->fence, err) && fence_close(flow->src, flow->config->migration, err);
}

const Step switchover_steps_before[] = {
    {.name = "gates", .title = "gates", .run = switchover_gates, .always = true},
    {.name = "prepare_reverse",
     .title = "reverse replication prepared",
     .run = reverse_prepare,
     .always = true},
    {.name = "fence", .title = "writes stopped", .run = raise_fence, .always = true},
    {.name = "drain", .title = "every change applied", .run = drain, .always = true},
    {.name = "recopy", .title = "unlogged tables and large objects", .run = recopy, .always = true},
    {.name = "point_of_no_return",
     .title = "source read-only (point of no return)",
     .run = point_of_no_return,
     .always = true},
    {.name = NULL},
};

/*
 * When a process that passed the point of no return died, its locks went, and sessions that knew nothing of it, or that
 * write in spite of it, may have written since: all is stopped again, ended, drained and read again, until the target is open.
 */
static bool
restore_fence(Flow *flow, Err *err)
{
    return raise_fence_until(flow, 0, clock_ms() + FINISH_PATIENCE_MS, err);
}

static bool
end_sessions(Flow *flow, Err *err)
{
    const char *pids = arena_printf(flow->arena, "{%d,%d}", PQbackendPID(conn_pg(flow->src)),
                                    PQbackendPID(conn_pg(flow->fence)));

    return fence_end_sessions(flow->src, pids, err);
}

/* All that was ever committed on the source is on the target: nobody can have written since, and nobody can any more. */
static bool
drain_last(Flow *flow, Err *err)
{
    int64_t latency_ms;

    return stream_prove(flow, 1, clock_ms() + FINISH_PATIENCE_MS, &latency_ms, err);
}

static bool
recopy_last(Flow *flow, Err *err)
{
    /* What this very process has copied behind its locks still stands. */
    return flow->is_recopied || recopy(flow, err);
}

static bool
stop_forward(Flow *flow, Err *err)
{
    GroupRows groups = {0};

    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
        if (!subscription_drop(flow->dst, groups.items[i].name, err))
            return false;
    return true;
}

/* Of a switchover that another process began, the pause is as old as its point of no return. */
static bool
measure_pause(Flow *flow, Err *err)
{
    int64_t closed_us;

    if (!fence_closed_for(flow->src, flow->config->migration, &closed_us, err))
        return false;
    flow->pause_us = clock_us() - flow->pause_start_us;
    if (closed_us > flow->pause_us)
        flow->pause_us = closed_us;
    return true;
}

/*
 * From here on the applications can write to the target: effect and outcome are one transaction. Triggers that fire on replicated rows too
 * are theirs from now on; before, they would have stopped a stream that had a late change to bring.
 */
static bool
open_target(Flow *flow, Err *err)
{
    if (!conn_exec(flow->dst, "BEGIN", err) || !entries_run_within(flow, "at opening", err) ||
        !fence_open(flow->dst, err) ||
        !journal_end_step(flow->dst, flow->config->migration, flow_name, "open_target", err) ||
        !conn_exec(flow->dst, "COMMIT", err))
        return false;
    return measure_pause(flow, err);
}

static bool
lower_fence(Flow *flow, Err *err)
{
    (void)err;
    conn_close(flow->fence);
    flow->fence = NULL;
    return true;
}

static bool
drop_forward(Flow *flow, Err *err)
{
    GroupRows groups = {0};

    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
    {
        const char *marker =
            flow_marker_name(flow, arena_printf(flow->arena, "%d", groups.items[i].id));

        if (!slot_drop(flow->src, groups.items[i].name, err) ||
            !publication_drop(flow->src, groups.items[i].name, err) ||
            !marker_drop(flow->src, marker, err) || !marker_drop(flow->dst, marker, err))
            return false;
    }
    return true;
}

const Step switchover_steps_closing[] = {
    {.name = "restore_fence",
     .title = "writes still stopped",
     .run = restore_fence,
     .always = true},
    {.name = "end_sessions", .title = "old sessions ended", .run = end_sessions, .always = true},
    {.name = "drain_last", .title = "every last change applied", .run = drain_last, .always = true},
    {.name = "recopy_last",
     .title = "unlogged tables and large objects complete",
     .run = recopy_last,
     .always = true},
    {.name = "sequences", .title = "sequences", .run = rest_copy_sequences, .always = true},
    {.name = "advance_reverse",
     .title = "reverse slot in place",
     .run = reverse_advance,
     .always = true},
    {.name = "open_target",
     .title = "target open for writes",
     .run = open_target,
     .ends_itself = true},
    {.name = NULL},
};

/* The locks are held until the forward streams are gone: what came back from the target must not go there again. */
const Step switchover_steps_after[] = {
    {.name = "stop_forward", .title = "forward subscriptions dropped", .run = stop_forward},
    {.name = "lower_fence", .title = "locks on the source released", .run = lower_fence},
    {.name = "start_reverse", .title = "reverse replication started", .run = reverse_start},
    {.name = "drop_forward",
     .title = "forward slots and publications dropped",
     .run = drop_forward},
    {.name = "materialised_views", .title = "materialised views", .run = rest_refresh_matviews},
    {.name = "finished", .title = "switchover finished", .run = lower_fence},
    {.name = NULL},
};

static bool
try_undo(Flow *flow, bool *ret_passed, Err *err)
{
    if ((conn_is_broken(flow->src) || conn_is_broken(flow->dst)) && !flow_reconnect(flow, err))
        return false;
    if (!flow_passed_no_return(flow, ret_passed, err))
        return false;
    if (*ret_passed || !flow->is_recorded)
        return true;
    return (conn_exec(flow->dst, "ROLLBACK", err) && reverse_drop(flow, err) &&
            journal_undo_flow(flow->dst, flow->config->migration, flow_name, err));
}

/* Gives the writers back what they had. What cannot be undone now is made anew, or removed by cleanup, later. */
static bool
undo(Flow *flow, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    bool passed = false;

    cancel_shield_begin();
    conn_close(flow->fence);
    flow->fence = NULL;
    if (!try_undo(flow, &passed, &failure))
        flow_warning(
            flow,
            "could not undo the preparations of the switchover, which does no harm to the source: %s",
            failure.message);
    else if (!passed)
        flow_note(flow, "nothing is left of the attempt, the source is in use as before");
    else
        err_hint(err, "The point of no return is passed. To finish, run: pgbaton switchover --yes");
    cancel_shield_end();
    return false;
}

static bool
step_is_done(Flow *flow, const char *step, bool *ret_done, Err *err)
{
    StepState state = STEP_NONE;

    if (flow->is_recorded &&
        !journal_read_step(flow->dst, flow->config->migration, flow_name, step, &state, err))
        return false;
    *ret_done = state == STEP_DONE;
    return true;
}

static bool
finish(Flow *flow, Err *err)
{
    bool opened;

    return step_is_done(flow, "open_target", &opened, err) &&
           (opened || flow_run(flow, flow_name, switchover_steps_closing, err)) &&
           flow_run(flow, flow_name, switchover_steps_after, err);
}

bool
switchover_run(Flow *flow, Err *err)
{
    bool finished;
    bool passed;
    bool ok;

    if (!flow_passed_no_return(flow, &passed, err) ||
        !step_is_done(flow, "finished", &finished, err))
        return false;
    if (finished)
    {
        flow_note(flow, "was switched over before");
        return true;
    }
    if (!passed && !flow_run(flow, flow_name, switchover_steps_before, err))
        return undo(flow, err);
    /* Nobody can write to either side now: a signal must not leave it at that. */
    cancel_shield_begin();
    ok = finish(flow, err);
    cancel_shield_end();
    return ok || err_context(err, "after the point of no return");
}
