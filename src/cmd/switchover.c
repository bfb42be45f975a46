#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "cmd/json.h"
#include "cmd/observer.h"
#include "flow/switchover.h"

typedef struct Outcome
{
    const char *database;
    int64_t pause_us; /* 0: it had been switched over before */
} Outcome;

static bool
switch_database(const CommandContext *context, const char *database, Outcome *ret_outcome, Err *err)
{
    Flow flow;
    bool ok = flow_open(&flow, context->config, &command_observer, context->arena, database,
                        FLOW_WORK, err) &&
              switchover_run(&flow, err);

    ret_outcome->database = database;
    ret_outcome->pause_us = flow.pause_us;
    flow_close(&flow);
    return ok || err_context(err, "database \"%s\"", database);
}

/* The gates, and what would follow. */
static bool
plan_database(const CommandContext *context, const char *database, json_t *list, Err *err)
{
    static const Step *const tables[] = {switchover_steps_before, switchover_steps_closing,
                                         switchover_steps_after};
    json_t *steps = json_array();
    Flow flow;
    bool ok = flow_open(&flow, context->config, &command_observer, context->arena, database,
                        FLOW_LOOK, err) &&
              switchover_gates(&flow, err);

    flow_close(&flow);
    for (size_t i = 0; i < lengthof(tables); i++)
        for (const Step *step = tables[i]; step->name; step++)
        {
            json_array_append_new(steps, json_string(step->title));
            if (ok && !context->config->json)
                printf("%s: %s\n", database, step->title);
        }
    json_array_append_new(list,
                          json_pack("{s:o, s:o}", "database", json_text(database), "steps", steps));
    return ok || err_context(err, "database \"%s\"", database);
}

static void
print_outcome(const Outcome *o)
{
    if (o->pause_us)
        printf("database \"%s\" is switched over: writes were stopped for %.1f ms\n", o->database,
               (double)o->pause_us / 1000.0);
    else
        printf("database \"%s\" is switched over\n", o->database);
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(json_release) json_t *list = json_array();
    StringList databases = {0};

    if (!command_confirm(config, "Move the writes to the target and make the source read-only",
                         err) ||
        !flow_databases(config, context->arena, &databases, err))
        return false;
    for (size_t i = 0; i < databases.len; i++)
    {
        Outcome outcome;

        if (config->dry_run)
        {
            if (!plan_database(context, databases.items[i], list, err))
                return false;
            continue;
        }
        if (!switch_database(context, databases.items[i], &outcome, err))
            return false;
        if (config->json)
            json_array_append_new(
                list, json_pack("{s:o, s:s, s:f}", "database", json_text(outcome.database), "state",
                                "switched over", "pause_ms", (double)outcome.pause_us / 1000.0));
        else
            print_outcome(&outcome);
    }
    if (config->json)
        json_print(json_pack("{s:s, s:O}", "migration", config->migration, "databases", list));
    return true;
}

const Command command_switchover = {
    .name = "switchover",
    .arguments = "",
    .summary = "move the writes to the target; the source becomes read-only and follows",
    .description =
        "Stops the writers of the source by locks, proves by a marker that every committed change has arrived on the target, sets the "
        "sequences, makes the source read-only (default_transaction_read_only) and ends its sessions, and opens the target. From then on "
        "the changes flow from the target to the source, so that there is a way back.\n\n"
        "Until the source is read-only, the point of no return, whatever fails is undone and the source goes on; the locks end with "
        "this process even if it is killed. After it the switchover is only ever finished: run the command again if it was interrupted.\n\n"
        "Clients that connect with a list of both hosts and target_session_attrs=read-write follow by themselves.",
    .examples = "pgbaton -c shop.conf switchover --yes",
    .settings = "migration databases pause-budget-ms lock-timeout recopy-limit no-reverse",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run,
};
