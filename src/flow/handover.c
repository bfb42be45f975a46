#include "flow/handover.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "fence/fence.h"
#include "flow/clients.h"
#include "flow/copy_step.h"
#include "flow/rest.h"
#include "flow/stream.h"
#include "flow/triggers.h"
#include "flow/undo.h"
#include "flow/watchdog.h"
#include "flow/way_back.h"
#include "flow/writers.h"
#include "repl/subscription.h"

enum
{
    FINISH_PATIENCE_MS = 120000,
    CLIENTS_FIRST_MS = 100
};

const Handover handover_switchover = {
    .name = "switchover",
    .from = SIDE_SOURCE,
    .to = SIDE_TARGET,
    .opposite = &handover_rollback,
};

const Handover handover_rollback = {
    .name = "rollback",
    .from = SIDE_TARGET,
    .to = SIDE_SOURCE,
    .opposite = &handover_switchover,
};

static bool
prepare_way_back(Flow *flow, Err *err)
{
    return fence_prepare(flow->src, err) && fence_prepare(flow->dst, err) &&
           way_back_prepare(flow, &flow->pause->way_back, err);
}

/* Stands outside the pause: a view that is only as old as its last refresh is what its readers are used to. */
static bool
refresh_matviews(Flow *flow, Err *err)
{
    const Handover *handover = flow->pause->handover;

    return rest_refresh_matviews(flow_conn(flow, handover->from), flow_conn(flow, handover->to),
                                 flow->arena, err);
}

const Step handover_steps_before[] = {
    {.name = "gates", .title = "gates", .run = handover_gates, .always = true},
    {.name = "moment", .title = "moment", .run = moment_await, .always = true},
    {.name = "prepare_way_back",
     .title = "way back prepared",
     .run = prepare_way_back,
     .always = true},
    {.name = "materialised_views",
     .title = "materialised views",
     .run = refresh_matviews,
     .always = true},
    {.name = "warm_up",
     .title = "sessions open, sequences set for a start",
     .run = pause_warm_up,
     .always = true},
    {.name = "prepare_clients", .title = "poolers ready", .run = clients_prepare, .always = true},
    {.name = "pause",
     .title = "write pause begins",
     .run = pause_begin,
     .always = true,
     .ends_itself = true},
    {.name = NULL},
};

const Step handover_steps_proof[] = {
    {.name = "poolers_paused",
     .title = "clients wait at the poolers",
     .run = clients_hold,
     .in_pause = true},
    {.name = "fence", .title = "writes stopped", .run = pause_raise_fence, .in_pause = true},
    {.name = "marker_sent",
     .title = "marker committed",
     .run = pause_send_marker,
     .in_pause = true},
    {.name = "marker_seen",
     .title = "every change applied",
     .run = pause_await_marker,
     .in_pause = true},
    {.name = "drift",
     .title = "definitions as they were",
     .run = pause_refuse_drift,
     .in_pause = true},
    {.name = NULL},
};

const Step handover_steps_commit[] = {
    {.name = "recopy",
     .title = "unlogged tables and large objects",
     .run = pause_recopy,
     .in_pause = true},
    {.name = "point_of_no_return",
     .title = "old side read-only (point of no return)",
     .run = pause_point_of_no_return,
     .in_pause = true},
    {.name = NULL},
};

const Step handover_steps_closing[] = {
    {.name = "restore_fence",
     .title = "writes still stopped",
     .run = pause_restore_fence,
     .in_pause = true},
    {.name = "end_sessions",
     .title = "old sessions ended",
     .run = pause_end_sessions,
     .in_pause = true},
    {.name = "drain_last",
     .title = "every last change applied",
     .run = pause_drain_last,
     .in_pause = true},
    {.name = "recopy_last",
     .title = "unlogged tables and large objects complete",
     .run = pause_recopy_last,
     .in_pause = true},
    {.name = "sequences", .title = "sequences", .run = pause_set_sequences, .in_pause = true},
    {.name = "position_way_back",
     .title = "way back begins here",
     .run = pause_position_way_back,
     .in_pause = true},
    {.name = "end_held", .title = "held sessions ended", .run = pause_end_held, .in_pause = true},
    {.name = "open", .title = "new side open for writes", .run = pause_open, .in_pause = true},
    {.name = NULL},
};

static bool
stop_streams(Flow *flow, Err *err)
{
    /* What is left can wait, while all clients at once connect to the new side. */
    return (!flow->pause->start_us || cancel_sleep(CLIENTS_FIRST_MS, err)) &&
           stream_unsubscribe(flow, flow->pause->handover->from, err);
}

/* Triggers that fire on replicated rows wait again for the opening of the target. */
static bool
start_way_back(Flow *flow, Err *err)
{
    const Handover *handover = flow->pause->handover;

    return (handover->from != SIDE_TARGET || triggers_rest(flow, err)) &&
           way_back_start(flow, handover->to, err);
}

static bool
drop_streams(Flow *flow, Err *err)
{
    return way_back_drop(flow, flow->pause->handover->from, err);
}

/* What the opposite flow has done is to be done anew when its turn comes. */
static bool
be_finished(Flow *flow, Err *err)
{
    const Handover *handover = flow->pause->handover;
    const char *migration = flow->config->migration;

    return conn_exec(flow->dst, "BEGIN", err) &&
           journal_undo_flow(flow->dst, migration, handover->opposite->name, err) &&
           journal_end_step(flow->dst, migration, handover->name, "pause", err) &&
           journal_end_step(flow->dst, migration, handover->name, "finished", err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

static bool
lower_fence(Flow *flow, Err *err)
{
    (void)err;
    writers_release(flow);
    return true;
}

/* The locks are held until the streams are gone: what comes back from the new side must not go there again. */
const Step handover_steps_after[] = {
    {.name = "poolers_resumed",
     .title = "clients of the poolers lead to the new side",
     .run = clients_lead,
     .in_pause = true},
    {.name = "on_switch",
     .title = "command of on_switch",
     .run = clients_run_hook,
     .in_pause = true},
    {.name = "go_on", .title = "clients go on", .run = pause_end, .in_pause = true},
    {.name = "stop_streams", .title = "subscriptions dropped", .run = stop_streams},
    {.name = "lower_fence", .title = "locks released", .run = lower_fence},
    {.name = "start_way_back", .title = "way back started", .run = start_way_back},
    {.name = "drop_streams", .title = "slots and publications dropped", .run = drop_streams},
    {.name = "finished", .title = "finished", .run = be_finished, .ends_itself = true},
    {.name = NULL},
};

bool
handover_step_is(Flow *flow, const Handover *handover, const char *step, StepState wanted,
                 bool *ret_is, Err *err)
{
    StepState state = STEP_NONE;

    if (flow->is_recorded &&
        !journal_read_step(flow->dst, flow->config->migration, handover->name, step, &state, err))
        return false;
    *ret_is = state == wanted;
    return true;
}

/* Of the target the journal tells, of the source that it is not closed any more. */
static bool
is_open(Flow *flow, const Handover *handover, bool *ret_open, Err *err)
{
    if (handover->to == SIDE_TARGET)
        return handover_step_is(flow, handover, "open", STEP_DONE, ret_open, err);
    if (!flow_is_closed(flow, SIDE_SOURCE, ret_open, err))
        return false;
    *ret_open = !*ret_open;
    return true;
}

/* While the opposite one is under way the old side may be closed too, by this one when its turn was: then this one is finished. */
bool
handover_has_passed(Flow *flow, const Handover *handover, bool *ret_passed, Err *err)
{
    bool finished;

    if (!flow_is_closed(flow, handover->from, ret_passed, err) ||
        !handover_step_is(flow, handover, "finished", STEP_DONE, &finished, err))
        return false;
    *ret_passed = *ret_passed && !finished;
    return true;
}

bool
handover_is_half_done(Flow *flow, const Handover *handover, bool *ret_half_done, Err *err)
{
    bool opened = false;

    if (!handover_has_passed(flow, handover, ret_half_done, err) ||
        (*ret_half_done && !is_open(flow, handover, &opened, err)))
        return false;
    *ret_half_done = *ret_half_done && !opened;
    return true;
}

bool
handover_refuse_unfinished(Flow *flow, const Handover *handover, Err *err)
{
    bool passed;

    if (!handover_has_passed(flow, handover, &passed, err))
        return false;
    if (!passed)
        return true;
    err_set(err, ERR_REFUSED, "the %s is not finished", handover->name);
    err_detail(err, "It has passed its point of no return: database \"%s\" of the %s is read-only.",
               flow_database(flow, handover->from), side_name(handover->from));
    return err_hint(err, "Finish it first: pgbaton %s --yes", handover->name);
}

/* The old sessions are gone then, with all that they had under way: the new ones get the lock that those held. */
bool
handover_reconnect(Flow *flow, Err *err)
{
    return flow_reconnect(flow, err) && flow_end_leftovers(flow, err);
}

static bool
run_tables(Flow *flow, const Step *const *tables, size_t n, Err *err)
{
    for (size_t i = 0; i < n; i++)
        if (!flow_run(flow, flow->pause->handover->name, tables[i], err))
            return false;
    return true;
}

/* Up to the point of no return. */
static bool
run_before(Flow *flow, Err *err)
{
    static const Step *const tables[] = {handover_steps_before, handover_steps_proof,
                                         handover_steps_commit};

    if (run_tables(flow, tables, lengthof(tables), err))
        return true;
    if (gates_explain_wait(flow, err) || !handover_undo(flow, err))
        return false;
    flow_warning(flow, "the point of no return is passed, but: %s", err->message);
    err_release(err);
    return true;
}

static bool
finish_once(Flow *flow, Err *err)
{
    const Handover *handover = flow->pause->handover;
    bool opened;

    return is_open(flow, handover, &opened, err) &&
           (opened || flow_run(flow, handover->name, handover_steps_closing, err)) &&
           flow_run(flow, handover->name, handover_steps_after, err);
}

/* Nobody can write until it is done, so it does not end with a connection. */
static bool
finish(Flow *flow, Err *err)
{
    int64_t deadline = clock_ms() + FINISH_PATIENCE_MS;

    flow->pause->is_closing = true;
    while (!finish_once(flow, err))
    {
        if (err->code != ERR_UNREACHABLE || clock_ms() >= deadline)
            return false;
        flow_warning(flow, "%s; trying again", err->message);
        pause_drop_sessions(flow->pause);
        err_release(err);
        if (!handover_reconnect(flow, err))
            return false;
    }
    return true;
}

static void
new_pause(Flow *flow, const Handover *handover, Moment *moment, Pause **ret_pause)
{
    flow->pause = arena_alloc(flow->arena, sizeof(*flow->pause));
    *flow->pause = (Pause){.handover = handover, .moment = moment};
    *ret_pause = flow->pause;
}

/* *ret_passed: the point of no return was passed by another process, or an attempt before. */
static bool
begin(Flow *flow, const Handover *handover, bool *ret_finished, bool *ret_passed, Err *err)
{
    return handover_refuse_unfinished(flow, handover->opposite, err) &&
           handover_has_passed(flow, handover, ret_passed, err) &&
           handover_step_is(flow, handover, "finished", STEP_DONE, ret_finished, err) &&
           way_back_plan(flow, handover->to, &flow->pause->way_back, err);
}

static bool
tell_to_finish(Flow *flow, Err *err)
{
    const char *command = flow->pause->handover->name;

    err_context(err, "after the point of no return");
    if (!err->detail)
        err_detail(err, "The %s cannot be undone any more, and is not finished.", command);
    if (!err->hint)
        return err_hint(err, "Finish it: pgbaton %s --yes", command);
    return err_hint(err, "%s Then finish it: pgbaton %s --yes",
                    arena_strdup(flow->arena, err->hint), command);
}

bool
handover_run(Flow *flow, const Handover *handover, Moment *moment, Pause **ret_pause, Err *err)
{
    bool finished;
    bool passed;
    bool ok;

    new_pause(flow, handover, moment, ret_pause);
    if (!begin(flow, handover, &finished, &passed, err))
        return false;
    if (finished)
    {
        flow_note(flow, "the %s has the writes already", side_name(handover->to));
        return true;
    }
    if (!passed && !run_before(flow, err))
        return false;
    /* Nobody can write to either side now: a signal must not leave it at that. */
    cancel_shield_begin();
    ok = finish(flow, err);
    watchdog_end(flow);
    cancel_shield_end();
    pause_close(flow->pause);
    return ok || tell_to_finish(flow, err);
}

bool
handover_take_over(Flow *flow, const Handover *handover, Err *err)
{
    Pause *pause;
    bool passed;
    bool is_open_ended;

    new_pause(flow, handover, NULL, &pause);
    if (!handover_has_passed(flow, handover, &passed, err) ||
        !handover_step_is(flow, handover, "pause", STEP_BEGUN, &is_open_ended, err))
        return false;
    if (!is_open_ended)
    {
        flow_note(flow, "somebody else has seen to the %s", handover->name);
        return true;
    }
    if (!passed)
        return handover_undo_for_the_dead(flow, err);
    if (!handover_run(flow, handover, NULL, &pause, err))
        return false;
    flow_note(flow, "the %s has the writes", side_name(handover->to));
    return true;
}

static bool
stop_rehearsal(Flow *flow, Err *err)
{
    writers_let_go(flow);
    return clients_let_go(flow, err) && pause_end(flow, err);
}

bool
handover_rehearse(Flow *flow, const Handover *handover, Moment *moment, Pause **ret_pause, Err *err)
{
    static const Step *const tables[] = {handover_steps_before, handover_steps_proof};
    cleanup_(err_release) Err none = {0};
    bool finished;
    bool passed;

    new_pause(flow, handover, moment, ret_pause);
    if (!handover_refuse_unfinished(flow, handover, err) ||
        !begin(flow, handover, &finished, &passed, err))
        return false;
    if (finished)
    {
        err_set(err, ERR_REFUSED, "there is nothing to rehearse");
        err_detail(err, "The %s has the writes already.", side_name(handover->to));
        return err_hint(err, "The way back is: pgbaton %s", handover->opposite->name);
    }
    if (run_tables(flow, tables, lengthof(tables), err) && stop_rehearsal(flow, err))
        return !handover_undo(flow, &none);
    if (!gates_explain_wait(flow, err))
        handover_undo(flow, err);
    return false;
}

bool
handover_check(Flow *flow, const Handover *handover, Moment *moment, Pause **ret_pause, Err *err)
{
    bool finished;
    bool passed;

    new_pause(flow, handover, moment, ret_pause);
    if (!handover_refuse_unfinished(flow, handover->opposite, err) ||
        !handover_has_passed(flow, handover, &passed, err) ||
        !handover_step_is(flow, handover, "finished", STEP_DONE, &finished, err))
        return false;
    if (finished)
        flow_note(flow, "the %s has the writes already", side_name(handover->to));
    else if (passed)
        flow_note(flow, "the %s has passed its point of no return: no gate stops it any more",
                  handover->name);
    return finished || passed || gates_look(flow, &flow->pause->gates, err);
}
