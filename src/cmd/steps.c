#include <stdio.h>

#include "cmd/commands.h"
#include "flow/handover.h"
#include "flow/migrate.h"
#include "flow/sync.h"

/* For tests: a kill at each of these must be survived, also at those that are added later. */
static bool
run(const CommandContext *context, Err *err)
{
    static const struct
    {
        const char *flow;
        const Step *steps;
    } flows[] = {{"migrate", migrate_steps},
                 {"sync", sync_steps},
                 {"switchover", handover_steps_before},
                 {"switchover", handover_steps_proof},
                 {"switchover", handover_steps_commit},
                 {"switchover", handover_steps_closing},
                 {"switchover", handover_steps_after},
                 {"rollback", handover_steps_before},
                 {"rollback", handover_steps_proof},
                 {"rollback", handover_steps_commit},
                 {"rollback", handover_steps_closing},
                 {"rollback", handover_steps_after}};
    static const char *const moments[] = {"begun", "ending", "done"};

    (void)context;
    (void)err;
    for (size_t i = 0; i < lengthof(flows); i++)
        for (const Step *step = flows[i].steps; step->name; step++)
            /* In the pause nothing is journaled between one effect and the next. */
            for (size_t j = step->in_pause ? lengthof(moments) - 1 : 0; j < lengthof(moments); j++)
                printf("%s.%s.%s\n", flows[i].flow, step->name, moments[j]);
    return true;
}

const Command command_steps = {
    .name = "help steps",
    .arguments = "",
    .summary = "list the journaled steps of every flow",
    .description =
        "One line a point at which $PGBATON_KILL_AT can end the process, for tests: FLOW.STEP.MOMENT, the moment being begun (its "
        "intent is journaled), ending (its effect is made, the outcome not journaled) or done.",
    .is_hidden = true,
    .run = run,
};
