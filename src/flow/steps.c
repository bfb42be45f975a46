#include "base/clock.h"
#include "flow/flow.h"
#include "flow/pause.h"

/* What is timed instead of journaled. */
static bool
run_in_pause(Flow *flow, const char *flow_name, const Step *step, Err *err)
{
    int64_t start_us = clock_us();

    journal_kill_point(flow_name, step->name, "begun");
    pause_limit_silence(flow);
    if (!step->run(flow, err))
        return false;
    journal_kill_point(flow_name, step->name, "ending");
    *vec_push(&flow->pause->parts, flow->arena) =
        (PausePart){.name = step->name, .us = clock_us() - start_us};
    journal_kill_point(flow_name, step->name, "done");
    return true;
}

static bool
run_step(Flow *flow, const char *flow_name, const Step *step, Err *err)
{
    const FlowObserver *observer = flow->observer;
    int64_t start = clock_ms();

    /* The first step of all makes the journal, so there is none to write its intent into. */
    if (flow->is_recorded &&
        !journal_begin_step(flow->dst, flow->config->migration, flow_name, step->name, err))
        return false;
    if (observer->step)
        observer->step(observer->context, flow->dbname, step->name, step->title, false, 0);
    if (!step->run(flow, err))
        return false;
    journal_kill_point(flow_name, step->name, "ending");
    if (!step->ends_itself &&
        !journal_end_step(flow->dst, flow->config->migration, flow_name, step->name, err))
        return false;
    journal_kill_point(flow_name, step->name, "done");
    if (observer->step)
        observer->step(observer->context, flow->dbname, step->name, step->title, true,
                       clock_ms() - start);
    return true;
}

bool
flow_run(Flow *flow, const char *flow_name, const Step *steps, Err *err)
{
    for (const Step *step = steps; step->name; step++)
    {
        StepState state = STEP_NONE;

        if (step->in_pause)
        {
            if (!run_in_pause(flow, flow_name, step, err))
                return false;
            continue;
        }
        if (flow->is_recorded && !journal_read_step(flow->dst, flow->config->migration, flow_name,
                                                    step->name, &state, err))
            return false;
        if (state == STEP_DONE && !step->always)
            continue;
        if (!run_step(flow, flow_name, step, err))
            return false;
    }
    return true;
}
