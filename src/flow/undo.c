#include "flow/undo.h"

#include "base/cancel.h"
#include "flow/clients.h"
#include "flow/watchdog.h"
#include "flow/way_back.h"
#include "flow/writers.h"

enum
{
    RELEASE_SILENCE_MS = 2000, /* what is not taken back by then the server takes back itself */
    UNDO_SILENCE_MS = 30000
};

/* What an attempt that was given up has left. */
typedef enum UndoStand
{
    UNDO_UNKNOWN,
    UNDO_IN_USE,   /* the old side has the writes */
    UNDO_TOO_LATE, /* the point of no return was passed */
} UndoStand;

/*
 * Has an attempt that is not over made a way back? Only then are the streams of that direction its preparations; else they are those that the
 * opposite handover, or migrate, has left in use.
 */
static bool
is_prepared(Flow *flow, const Handover *handover, bool *ret_prepared, Err *err)
{
    bool undone;
    bool never;
    bool finished;

    if (!handover_step_is(flow, handover, "prepare_way_back", STEP_UNDONE, &undone, err) ||
        !handover_step_is(flow, handover, "prepare_way_back", STEP_NONE, &never, err) ||
        !handover_step_is(flow, handover, "finished", STEP_DONE, &finished, err))
        return false;
    *ret_prepared = !undone && !never && !finished;
    return true;
}

static bool
undo_preparations(Flow *flow, Err *err)
{
    const Handover *handover = flow->pause->handover;
    bool prepared;

    return conn_exec(flow->dst, "ROLLBACK", err) && is_prepared(flow, handover, &prepared, err) &&
           (!prepared || way_back_drop(flow, handover->to, err)) &&
           journal_undo_flow(flow->dst, flow->config->migration, handover->name, err);
}

/* Goes as far as it comes; *ret_stand tells how far that was. */
static bool
try_undo(Flow *flow, UndoStand *ret_stand, Err *err)
{
    const Handover *handover = flow->pause->handover;
    bool passed;

    if ((!flow->src || !flow->dst || conn_is_broken(flow->src) || conn_is_broken(flow->dst)) &&
        !handover_reconnect(flow, err))
        return false;
    if (!handover_has_passed(flow, handover, &passed, err))
        return false;
    if (passed)
    {
        *ret_stand = UNDO_TOO_LATE;
        return true;
    }
    /* A server that was restarted has lost the guard which would have done it. */
    if (flow->config->fence == FENCE_READONLY &&
        !readonly_lower(flow_conn(flow, handover->from), flow->config->migration, NULL, err))
        return false;
    *ret_stand = UNDO_IN_USE;
    return !flow->is_recorded || undo_preparations(flow, err);
}

/* Sessions that have broken meanwhile are only found out by using them. */
static bool
undo_all(Flow *flow, UndoStand *ret_stand, Err *err)
{
    *ret_stand = UNDO_UNKNOWN;
    if (try_undo(flow, ret_stand, err))
        return true;
    if (err->code != ERR_UNREACHABLE || !flow->src || !flow->dst)
        return false;
    err_release(err);
    return try_undo(flow, ret_stand, err);
}

/* What the one who started it has to know now, beside the reason. */
static void
explain(Flow *flow, UndoStand stand, Err *err)
{
    const Handover *handover = flow->pause->handover;
    const char *old = side_name(handover->from);

    if (stand == UNDO_UNKNOWN && flow->pause->is_closing)
    {
        err_detail(err,
                   "Whether the point of no return was passed is not known: the %s may be "
                   "read-only now.",
                   old);
        err_hint(err,
                 "When both servers can be reached run again, it finishes or begins anew: "
                 "pgbaton %s --yes",
                 handover->name);
    }
    else if (stand == UNDO_UNKNOWN && flow->config->fence == FENCE_READONLY)
    {
        err_detail(err,
                   "The %s takes back by itself that it is read-only, unless it was restarted "
                   "meanwhile.",
                   old);
        err_hint(err,
                 "See: pgbaton writes status; if it is still read-only: pgbaton writes resume "
                 "%s, or run the %s again.",
                 old, handover->name);
    }
    else if (err->code == ERR_UNREACHABLE)
    {
        if (!err->detail)
            err_detail(err, "The point of no return was not passed: the %s has the writes.", old);
        if (!err->hint)
            err_hint(err, "When both servers can be reached run again: pgbaton %s --yes",
                     handover->name);
    }
}

static void
release_clients(Flow *flow)
{
    cleanup_(err_release) Err failure = {0};

    if (!clients_let_go(flow, &failure))
        flow_warning(flow, "%s %s", failure.message, failure.hint ? failure.hint : "");
}

bool
handover_undo(Flow *flow, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    const Handover *handover = flow->pause->handover;
    bool may_be_closed = flow->pause->is_closing;
    UndoStand stand;

    cancel_shield_begin();
    flow_set_patience(flow, RELEASE_SILENCE_MS);
    writers_let_go(flow);
    /* Clients of a pooler must not run into a side that may be read-only: they wait until that is known. */
    if (!may_be_closed)
        release_clients(flow);
    pause_drop_sessions(flow->pause);
    flow_set_patience(flow, UNDO_SILENCE_MS);
    /* That may take a minute, which is not to pass in silence. */
    if (err->code == ERR_UNREACHABLE)
        flow_warning(flow, "%s; connecting again to undo it", err->message);
    if (!undo_all(flow, &stand, &failure))
        flow_warning(flow, "could not undo the preparations of the %s: %s", handover->name,
                     failure.message);
    else if (stand == UNDO_IN_USE)
        flow_note(flow, "nothing is left of the attempt, the %s is in use as before",
                  side_name(handover->from));
    if (may_be_closed && stand != UNDO_TOO_LATE)
        release_clients(flow);
    explain(flow, stand, err);
    if (stand != UNDO_TOO_LATE)
        watchdog_end(flow);
    cancel_shield_end();
    return stand == UNDO_TOO_LATE;
}

/* The read-only fence's guard would do it, too, at the end of its time. */
static bool
lower_what_is_left(Flow *flow, const Handover *handover, Err *err)
{
    return flow->config->fence != FENCE_READONLY ||
           readonly_lower(flow_conn(flow, handover->from), flow->config->migration, NULL, err);
}

bool
handover_undo_for_the_dead(Flow *flow, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    const Handover *handover = flow->pause->handover;
    UndoStand stand;

    if (!lower_what_is_left(flow, handover, err))
        return false;
    if (!clients_recover(flow, handover, &failure))
        flow_warning(flow, "%s %s", failure.message, failure.hint ? failure.hint : "");
    if (!try_undo(flow, &stand, err))
        return false;
    flow_note(flow, "nothing is left of the attempt, the %s is in use as before",
              side_name(handover->from));
    return true;
}
