#include "flow/watchdog.h"

#include "base/cancel.h"
#include "base/clock.h"
#include "flow/handover.h"

enum
{
    PATIENCE_MS = 600000, /* for a server that is away, or another pgbaton that is at work */
    RETRY_MS = 500
};

static bool
may_pass(const Err *err)
{
    return err->code == ERR_UNREACHABLE || err->code == ERR_BUSY;
}

/* With sessions of its own. The lock is free when the server has noticed the end of the dead one's. */
static bool
try_to_take_over(const Flow *dead, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    Flow flow;
    bool ok =
        flow_open(&flow, dead->config, dead->observer, &arena, dead->dbname, FLOW_WORK, err) &&
        handover_take_over(&flow, dead->pause->handover, err);

    flow_close(&flow);
    return ok;
}

static void
take_over(void *context)
{
    Flow *dead = context;
    const char *name = dead->pause->handover->name;
    int64_t deadline = clock_ms() + PATIENCE_MS;

    journal_forget_kill_points();
    flow_warning(dead, "pgbaton has died in the write pause of the %s, its watchdog goes on", name);
    for (;;)
    {
        cleanup_(err_release) Err err = {0};
        cleanup_(err_release) Err none = {0};

        if (try_to_take_over(dead, &err))
            return;
        if (may_pass(&err) && clock_ms() < deadline && cancel_sleep(RETRY_MS, &none))
            continue;
        flow_warning(dead,
                     "the watchdog gives up: %s; %s To finish or to undo, run: pgbaton %s --yes",
                     err.message, err.detail ? err.detail : "", name);
        return;
    }
}

bool
watchdog_start(Flow *flow, Err *err)
{
    if (flow->config->no_watchdog)
        return true;
    return watcher_start(take_over, flow, &flow->pause->watchdog, err) ||
           err_context(err, "watchdog") || err_hint(err, "To go without it: --no-watchdog");
}

void
watchdog_end(Flow *flow)
{
    watcher_end(&flow->pause->watchdog);
}
