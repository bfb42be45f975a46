/*
 * `pgbaton subscription reverse`: the target takes the writes, the source follows, for a subscription that others made.
 */
#include "cmd/block.h"
#include "cmd/commands.h"
#include "cmd/observer.h"
#include "flow/reverse.h"

typedef struct Plan
{
    Change *change;
    const Block *block;
} Plan;

static void
add_statement(void *context, Side side, const char *sql)
{
    const Plan *plan = context;

    change_add(plan->change, plan->block, side, sql);
}

static const char *
note(const CommandContext *context, const Reverse *r)
{
    return arena_printf(
        context->arena,
        "The target may be written to now; the source follows it by subscription \"%s\"%s. To swap "
        "both in the configuration: pgbaton config swap",
        r->new_name, r->fence ? " and refuses writes until: pgbaton writes resume source" : "");
}

static bool
turn_round(Block *block, Reverse *r, Err *err)
{
    const CommandContext *context = block->context;
    Change change = {
        .object = "subscription",
        .name = r->old_name,
        .outcome = "reversed",
        .unchanged = "has been reversed already",
        .question = "Turn the replication round; nobody may write to the source from now on",
        .details = json_pack("{s:o}", "reverse", json_text(r->new_name)),
        .note = note(context, r),
    };
    Plan plan = {&change, block};

    if (!reverse_plan(r, add_statement, &plan, err) || !block_confirm(block, &change, err) ||
        (!context->config->dry_run && !reverse_run(r, err)))
    {
        json_decref(change.details);
        return false;
    }
    block_report(block, &change);
    return true;
}

static bool
run(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block;
    const char *as = option_text(context->options, "as");
    Reverse r = {
        .flow = {.arena = context->arena, .config = context->config, .observer = &command_observer},
        .old_name = context->args[0],
        .new_name = *as ? as : reverse_default_name(context->arena, context->args[0]),
        .fence = option_flag(context->options, "pause-writes"),
        .fence_timeout_ms = (int)option_number(context->options, "pause-timeout"),
        .timeout_ms = (int)option_number(context->options, "timeout")};

    block_init(&block, context);
    if (!block_open_database(&block, SIDE_SOURCE, NULL, err) ||
        !block_open_database(&block, SIDE_TARGET, NULL, err) || !block_lock(&block, err))
        return false;
    r.flow.source = block.servers[SIDE_SOURCE];
    r.flow.target = block.servers[SIDE_TARGET];
    r.flow.src = block.conns[SIDE_SOURCE];
    r.flow.dst = block.conns[SIDE_TARGET];
    r.flow.dbname = conn_dbname(r.flow.src);
    r.flow.target_dbname = conn_dbname(r.flow.dst);
    return reverse_look(&r, err) && turn_round(&block, &r, err);
}

static const Option options[] = {
    {.name = "as",
     .type = OPTION_TEXT,
     .argument = "NAME",
     .help = "name of the publication, slot and subscription of the other direction (default: the "
             "subscription's with _reverse after it)"},
    {.name = "pause-writes",
     .type = OPTION_FLAG,
     .help = "stop the writes to the source, as writes pause does; without it nobody may write "
             "there, which is checked"},
    {.name = "pause-timeout",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "10s",
     .min = 1,
     .max = 86400000,
     .help = "how long to wait for running transactions of the source"},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "60s",
     .min = 1,
     .max = 86400000,
     .help = "how long to wait until all changes have arrived"},
    {.name = NULL},
};

const Command command_subscription_reverse = {
    .name = "subscription reverse",
    .arguments = "NAME",
    .summary = "turn the direction of a subscription round",
    .description =
        "For replication that others set up, without a migration: --target has subscription NAME, --source is its publisher. A marker sent "
        "through the subscription's own slot proves that all has arrived, sequences are set to the "
        "source's values, and a publication, slot and subscription in the other direction are there before "
        "the first write to the target; the old subscription and its slot are dropped. Nothing is copied, and no row comes back to where it came from.\n\n"
        "Nobody may write to the source meanwhile: --pause-writes stops them; without it the old slot is "
        "looked into, and the command is undone when somebody wrote. It may be killed and run again.",
    .examples =
        "pgbaton --source postgresql://old/shop --target postgresql://new/shop subscription "
        "reverse --pause-writes shop_sub",
    .options = options,
    .settings = "slot-timeout",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
