#include "flow/clients.h"

#include <string.h>

#include "base/clock.h"
#include "fence/hook.h"
#include "fence/pooler.h"

/* The connection may be replaced while the poolers are open. */
static PoolerPlace
place_of(Flow *flow, const Conn *conn)
{
    PoolerPlace place = pooler_place_of(conn);

    return (PoolerPlace){.host = arena_strdup(flow->arena, place.host),
                         .port = arena_strdup(flow->arena, place.port),
                         .dbname = arena_strdup(flow->arena, place.dbname)};
}

static bool
open_poolers(Flow *flow, const Handover *handover, bool is_recovery, Poolers **ret_poolers,
             Err *err)
{
    PoolerMove move = {
        .sections = flow->config->poolers,
        .n_sections = flow->config->n_poolers,
        .migration = flow->config->migration,
        .application_name = flow->config->application_name,
        .source = place_of(flow, flow->src),
        .target = place_of(flow, flow->dst),
        .is_rollback = handover->to == SIDE_SOURCE,
        .pause_ms = flow->config->pause_budget_ms,
        .is_recovery = is_recovery,
    };

    return poolers_open(&move, flow->arena, ret_poolers, err);
}

bool
clients_recover(Flow *flow, const Handover *handover, Err *err)
{
    cleanup_(poolers_close_pointer) Poolers *poolers = NULL;
    StepState state = STEP_NONE;

    if (flow->is_recorded && !journal_read_step(flow->dst, flow->config->migration, handover->name,
                                                "pause", &state, err))
        return false;
    return state != STEP_BEGUN ||
           (open_poolers(flow, handover, true, &poolers, err) && poolers_undo(poolers, err));
}

bool
clients_prepare(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    StringList warnings;

    if (!clients_recover(flow, pause->handover, err) ||
        !open_poolers(flow, pause->handover, false, &pause->poolers, err))
        return false;
    warnings = poolers_warnings(pause->poolers);
    for (size_t i = 0; i < warnings.len; i++)
        flow_warning(flow, "%s", warnings.items[i]);
    return true;
}

bool
clients_hold(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;

    if (!poolers_any(pause->poolers))
        return true;
    pause->start_us = clock_us();
    pause->holds_clients = true;
    return poolers_pause(pause->poolers, clock_ms() + flow->config->pause_budget_ms, err);
}

bool
clients_let_go(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    bool ok = poolers_undo(pause->poolers, err);

    poolers_close(pause->poolers);
    pause->poolers = NULL;
    pause->holds_clients = false;
    return ok;
}

static void
warn(Flow *flow, const Err *failure)
{
    flow_warning(flow, "%s%s%s%s%s", failure->message, failure->detail ? "; " : "",
                 failure->detail ? failure->detail : "", failure->hint ? " " : "",
                 failure->hint ? failure->hint : "");
}

bool
clients_lead(Flow *flow, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    Pause *pause = flow->pause;

    (void)err;
    if ((!pause->poolers &&
         !open_poolers(flow, pause->handover, true, &pause->poolers, &failure)) ||
        !poolers_switch(pause->poolers, false, &failure))
        warn(flow, &failure);
    pause->holds_clients = false;
    return true;
}

bool
clients_run_hook(Flow *flow, Err *err)
{
    const Handover *handover = flow->pause->handover;
    cleanup_(err_release) Err failure = {0};
    cleanup_(str_release) Str output = STR_INIT;
    Hook hook = {
        .command = flow->config->on_switch,
        .timeout_ms = flow->config->on_switch_timeout_ms,
        .migration = flow->config->migration,
        .database = flow->dbname,
        .from = flow_conn(flow, handover->from),
        .to = flow_conn(flow, handover->to),
        .is_rollback = handover->to == SIDE_SOURCE,
    };
    bool ok = hook_run(&hook, &output, &failure);

    (void)err;
    if (output.len > 0)
        flow_note(flow, "on_switch: %s", output.data);
    if (!ok)
        warn(flow, &failure);
    return true;
}
