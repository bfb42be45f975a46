#include <stdio.h>

#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "cmd/gates_render.h"
#include "cmd/json.h"
#include "cmd/observer.h"
#include "flow/handover.h"

enum
{
    SHOWN_US = 50 /* a part that took less is a zero */
};

static const char *
new_side(const Handover *handover)
{
    return side_name(handover->to);
}

static void
print_pause(const Pause *pause)
{
    const char *separator = "  in ms: ";

    for (size_t i = 0; i < pause->parts.len; i++)
    {
        const PausePart *part = &pause->parts.items[i];

        if (part->us < SHOWN_US)
            continue;
        printf("%s%s %.1f", separator, part->name, (double)part->us / 1000.0);
        separator = ", ";
    }
    printf("\n");
}

static const PausePart *
longest_part(const Pause *pause)
{
    const PausePart *longest = NULL;

    for (size_t i = 0; i < pause->parts.len; i++)
        if (!longest || pause->parts.items[i].us > longest->us)
            longest = &pause->parts.items[i];
    return longest;
}

static void
print_outcome(const Handover *handover, const char *database, const Pause *pause, bool is_rehearsal)
{
    const PausePart *longest = longest_part(pause);

    if (is_rehearsal)
        printf(
            "database \"%s\": writes were stopped for %.1f ms, most of it by %s; the %s has them still\n",
            database, (double)pause->length_us / 1000.0, longest ? longest->name : "nothing",
            side_name(handover->from));
    else if (pause->length_us)
        printf("database \"%s\": the %s has the writes, which were stopped for %.1f ms\n", database,
               new_side(handover), (double)pause->length_us / 1000.0);
    else
        printf("database \"%s\": the %s has the writes\n", database, new_side(handover));
    if (longest)
        print_pause(pause);
}

static json_t *
outcome_json(const Handover *handover, const char *database, const Pause *pause, bool is_rehearsal)
{
    json_t *timeline = json_array();

    for (size_t i = 0; i < pause->parts.len; i++)
        json_array_append_new(timeline, json_pack("{s:s, s:f}", "part", pause->parts.items[i].name,
                                                  "ms", (double)pause->parts.items[i].us / 1000.0));
    return json_pack("{s:o, s:s, s:s, s:s?, s:f, s:o}", "database", json_text(database), "state",
                     is_rehearsal                  ? "rehearsed"
                     : handover->to == SIDE_TARGET ? "switched over"
                                                   : "rolled back",
                     "writes_on", side_name(is_rehearsal ? handover->from : handover->to),
                     "pause_began", pause->began, "pause_ms", (double)pause->length_us / 1000.0,
                     "timeline", timeline);
}

static bool
hand_over(const CommandContext *context, const Handover *handover, Moment *moment,
          const char *database, json_t *list, Err *err)
{
    bool is_rehearsal = option_flag(context->options, "rehearse");
    Pause *pause = NULL;
    Flow flow;
    bool ok = flow_open(&flow, context->config, &command_observer, context->arena, database,
                        FLOW_WORK, err) &&
              (is_rehearsal ? handover_rehearse(&flow, handover, moment, &pause, err)
                            : handover_run(&flow, handover, moment, &pause, err));

    flow_close(&flow);
    if (!ok)
        return err_context(err, "database \"%s\"", database);
    if (context->config->json)
        json_array_append_new(list, outcome_json(handover, database, pause, is_rehearsal));
    else
        print_outcome(handover, database, pause, is_rehearsal);
    return true;
}

/* The gates, and what would follow. Adds to *n_refusing. */
static bool
plan_database(const CommandContext *context, const Handover *handover, Moment *moment,
              const char *database, json_t *list, size_t *n_refusing, Err *err)
{
    Pause *pause = NULL;
    Flow flow;
    bool ok = flow_open(&flow, context->config, &command_observer, context->arena, database,
                        FLOW_LOOK, err) &&
              handover_check(&flow, handover, moment, &pause, err);

    flow_close(&flow);
    if (!ok)
        return err_context(err, "database \"%s\"", database);
    *n_refusing += gates_n_refusing(&pause->gates);
    if (context->config->json)
        json_array_append_new(list, gates_json(database, &pause->gates));
    else
        gates_print(database, &pause->gates);
    return true;
}

/* When gates of one database refuse, those of the others are looked at all the same. */
static bool
plan(const CommandContext *context, const Handover *handover, Moment *moment,
     const StringList *databases, Err *err)
{
    cleanup_(json_release) json_t *list = json_array();
    size_t n_refusing = 0;

    for (size_t i = 0; i < databases->len; i++)
        if (!plan_database(context, handover, moment, databases->items[i], list, &n_refusing, err))
            return false;
    if (context->config->json)
        json_print(
            json_pack("{s:s, s:O}", "migration", context->config->migration, "databases", list));
    return n_refusing == 0 || gates_refuse(handover->name, n_refusing, err);
}

static Moment
moment_of(const CommandContext *context)
{
    return (Moment){
        .at = option_text(context->options, "at"),
        .lag_below_ms = option_given(context->options, "when-lag-below")
                            ? option_number(context->options, "when-lag-below")
                            : 0,
        .timeout_ms = option_number(context->options, "wait-timeout"),
    };
}

static bool
run(const CommandContext *context, const Handover *handover, Err *err)
{
    const Config *config = context->config;
    cleanup_(json_release) json_t *list = json_array();
    StringList databases = {0};
    Moment moment = moment_of(context);
    const char *question = option_flag(context->options, "rehearse")
                               ? "Stop the writes for a moment to see how long it takes"
                           : handover->to == SIDE_TARGET
                               ? "Move the writes to the target and make the source read-only"
                               : "Move the writes back to the source and make the target read-only";

    if (!gates_check_skips(config, err) || !command_confirm(config, question, err) ||
        !flow_databases(config, context->arena, &databases, err))
        return false;
    if (config->dry_run)
        return plan(context, handover, &moment, &databases, err);
    for (size_t i = 0; i < databases.len; i++)
        if (!hand_over(context, handover, &moment, databases.items[i], list, err))
            return false;
    if (config->json)
        json_print(json_pack("{s:s, s:O}", "migration", config->migration, "databases", list));
    return true;
}

static bool
run_switchover(const CommandContext *context, Err *err)
{
    return run(context, &handover_switchover, err);
}

static bool
run_rollback(const CommandContext *context, Err *err)
{
    return run(context, &handover_rollback, err);
}

static const Option options[] = {
    {.name = "rehearse",
     .type = OPTION_FLAG,
     .help =
         "do it all up to the proof that every change has arrived, then let the writers go on, and tell how long it took"},
    {.name = "at",
     .type = OPTION_TEXT,
     .argument = "TIME",
     .default_text = "",
     .help =
         "begin then: HH:MM (the next one), or a date and a time; in the time zone of the server that has the writes, unless it names one"},
    {.name = "when-lag-below",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .min = 1,
     .max = 86400000,
     .help = "begin when a marker takes less than that to arrive (with --at: from then on)"},
    {.name = "wait-timeout",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "0",
     .min = 0,
     .max = 2147483647,
     .help = "longest wait for --when-lag-below, then refuse; 0: no bound"},
    {.name = NULL},
};

#define SETTINGS                                                                    \
    "migration databases pause-budget-ms lock-timeout max-lag max-transaction-age " \
    "recopy-limit fence skip-check no-reverse on-switch on-switch-timeout no-watchdog"

const Command command_switchover = {
    .name = "switchover",
    .arguments = "",
    .summary = "move the writes to the target; the source becomes read-only and follows",
    .description =
        "Stops the writers of the source by locks, proves by a marker that every committed change has arrived on the target, sets the "
        "sequences, makes the source read-only (default_transaction_read_only) and ends its sessions, and opens the target. From then on "
        "the changes flow from the target to the source, so that there is a way back: pgbaton rollback.\n\n"
        "Until the source is read-only, the point of no return, whatever fails is undone and the source goes on; the locks end with "
        "this process even if it is killed. After it the switchover is only ever finished: run the command again if it was interrupted.\n\n"
        "With --at or --when-lag-below it waits first. Ctrl-C ends the wait, and leaves everything as it was. Gates that tell of the moment only "
        "(open transactions, lag) are looked at when the wait is over, all others before it, too.\n\n"
        "Clients that connect with a list of both hosts and target_session_attrs=read-write follow by themselves.",
    .examples = "pgbaton -c shop.conf switchover --dry-run\n"
                "pgbaton -c shop.conf switchover --yes\n"
                "pgbaton -c shop.conf switchover --yes --at 03:00 --when-lag-below 200ms",
    .options = options,
    .settings = SETTINGS,
    .add_help = gates_help,
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_switchover,
};

const Command command_rollback = {
    .name = "rollback",
    .arguments = "",
    .summary = "move the writes back to the source; the target becomes read-only and follows",
    .description =
        "The same as switchover with the sides swapped, at any time after it: what was written on the target meanwhile is on the source, as "
        "the stream that the switchover left behind has carried it. Sequences, unlogged tables and large objects are brought back, too. "
        "Afterwards the changes flow from the source to the target again, so that one can switch over again, any number of times.\n\n"
        "DDL that was run on the target since the switchover does not go back: a table or column that only the target has is refused "
        "before anything is stopped.",
    .examples = "pgbaton -c shop.conf rollback --yes",
    .options = options,
    .settings = SETTINGS,
    .add_help = gates_help,
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_rollback,
};
