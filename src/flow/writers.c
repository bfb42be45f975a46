#include "flow/writers.h"

#include "fence/fence.h"
#include "flow/handover.h"

static bool
is_readonly(const Flow *flow)
{
    return flow->config->fence == FENCE_READONLY;
}

static void
prepare(Flow *flow)
{
    const Pause *pause = flow->pause;

    flow->pause->readonly = (Readonly){
        .server = flow_server(flow, pause->handover->from),
        .migration = flow->config->migration,
        .own_pids = arena_printf(flow->arena, "{%s}", pause_own_pids(flow)),
        .budget_ms = flow->config->pause_budget_ms,
    };
}

bool
writers_refuse(Flow *flow, Err *err)
{
    prepare(flow);
    return !is_readonly(flow) || readonly_refuse(pause_old_side(flow), &flow->pause->readonly, err);
}

static bool
refuse_kept(Flow *flow, Err *err)
{
    const Names *kept = &flow->pause->readonly.kept;
    cleanup_(str_release) Str names = STR_INIT;

    if (kept->len == 0)
        return true;
    for (size_t i = 0; i < kept->len; i++)
        str_addf(&names, "%s\"%s\"", i ? ", " : "", kept->items[i]);
    err_set(err, ERR_REFUSED, "roles of the %s could write on: %s",
            side_name(flow->pause->handover->from), names.data);
    err_detail(err, "Their own default_transaction_read_only = off beats the database's, and this "
                    "role may not change it.");
    return err_hint(err, "As a superuser: ALTER ROLE … RESET default_transaction_read_only, or use "
                         "--fence=lock");
}

bool
writers_stop(Flow *flow, int idle_ms, int64_t deadline_ms, Err *err)
{
    Pause *pause = flow->pause;
    int64_t stopped_us;

    if (is_readonly(flow))
    {
        prepare(flow);
        if (!readonly_raise(pause_old_side(flow), &pause->readonly, deadline_ms, flow->arena,
                            err) ||
            !refuse_kept(flow, err))
            return false;
        stopped_us = pause->readonly.start_us;
    }
    else if (!fence_lock(pause->fence, pause_old_side(flow), &pause->tables.locked,
                         pause->tables.large_objects, flow->config->lock_timeout_ms, idle_ms,
                         deadline_ms, &stopped_us, err))
        return false;
    if (!pause->holds_clients)
        pause->start_us = stopped_us;
    return true;
}

bool
writers_close(Flow *flow, const char *together, Err *err)
{
    Pause *pause = flow->pause;
    const char *migration = flow->config->migration;

    if (!is_readonly(flow))
        return fence_hold(pause->fence, err) &&
               fence_close(pause_old_side(flow), migration, together, err);
    return (!together || conn_exec(pause_old_side(flow), together, err)) &&
           readonly_close(pause_old_side(flow), &pause->readonly, migration, err);
}

void
writers_let_go(Flow *flow)
{
    cleanup_(err_release) Err left_to_the_guard = {0};

    if (is_readonly(flow) && flow->pause->readonly.id != 0 &&
        !conn_is_broken(pause_old_side(flow)) &&
        !readonly_lower(pause_old_side(flow), flow->config->migration, NULL, &left_to_the_guard))
        flow_warning(flow, "the %s is writable again within %d ms, by itself: %s",
                     side_name(flow->pause->handover->from), flow->config->pause_budget_ms,
                     left_to_the_guard.message);
    writers_release(flow);
}

void
writers_release(Flow *flow)
{
    readonly_release(&flow->pause->readonly);
    conn_close(flow->pause->fence);
    flow->pause->fence = NULL;
}
