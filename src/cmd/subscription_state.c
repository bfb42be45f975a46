/*
 * `pgbaton subscription enable`, `disable`, `refresh`: stopping without losing the position, going on, and taking in new tables.
 */
#include "cmd/commands.h"
#include "cmd/subscription.h"
#include "pg/quote.h"
#include "repl/subscription.h"
#include "sql/sql.h"

static const Option state_options[] = {
    OPTION_ON("target"),
    OPTION_DATABASE,
    {.name = NULL},
};

static bool
refuse_detached(const SubscriptionWork *work, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "ALTER SUBSCRIPTION %I SET (slot_name = '...')", work->name);
    err_set(err, ERR_REFUSED, "subscription \"%s\" has no slot", work->name);
    err_detail(err, "It has been detached from it, and cannot run without one.");
    return err_hint(
        err, "If its slot is still there run, in psql: %s; else drop it and create it again.",
        sql.data);
}

static bool
run_enable(const CommandContext *context, Err *err)
{
    cleanup_(subscription_end) SubscriptionWork work = {0};
    cleanup_(str_release) Str sql = STR_INIT;
    Change change = {.object = "subscription",
                     .name = context->args[0],
                     .outcome = "enabled",
                     .unchanged = "is enabled already"};

    if (!subscription_begin(&work, context, err) || !subscription_require(&work, err))
        return false;
    if (!work.info.is_enabled && !work.info.slot)
        return refuse_detached(&work, err);
    if (!work.info.is_enabled)
    {
        sql_format(&sql, "ALTER SUBSCRIPTION %I ENABLE", work.name);
        change_add(&change, &work.block, work.side, sql.data);
    }
    return block_change(&work.block, &change, err);
}

const Command command_subscription_enable = {
    .name = "subscription enable",
    .arguments = "NAME",
    .summary = "let a subscription go on where it stopped",
    .description =
        "The server starts its apply worker, which goes on at the position that it had reached. Nothing to do if it is enabled already.",
    .examples = "pgbaton subscription enable shop",
    .options = state_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_enable,
};

/* What stopping costs: told from the publisher, or told that it could not be. */
static bool
tell_retention(const SubscriptionWork *work, Change *change, Err *err)
{
    Arena *arena = work->block.context->arena;
    const char *publisher = side_name(side_other(work->side));
    SubscriptionSlot slot;

    if (!subscription_read_slot(work, &slot, err))
        return false;
    change->details = json_pack("{s:o, s:o}", "slot", json_text(work->info.slot), "retained_bytes",
                                slot.exists ? json_integer(slot.retained_bytes) : json_null());
    if (!work->info.slot)
        return true;
    if (slot.exists)
        change->note = arena_printf(
            arena, "slot \"%s\" on the %s keeps %s now, and all that is written from now on",
            work->info.slot, publisher, subscription_size_text(arena, slot.retained_bytes));
    else
        change->note = arena_printf(
            arena,
            "slot \"%s\" on its publisher keeps all WAL that is written from now on; how much that is cannot be asked: %s",
            work->info.slot,
            work->not_reachable ? work->not_reachable
            : work->publisher   ? arena_printf(arena, "the %s has no such slot", publisher)
                                : arena_printf(arena, "the %s is not given", publisher));
    return true;
}

static bool
run_disable(const CommandContext *context, Err *err)
{
    cleanup_(subscription_end) SubscriptionWork work = {0};
    cleanup_(str_release) Str sql = STR_INIT;
    Change change = {.object = "subscription",
                     .name = context->args[0],
                     .outcome = "disabled",
                     .unchanged = "is disabled already"};

    if (!subscription_begin(&work, context, err) || !subscription_require(&work, err))
        return false;
    if (work.info.is_enabled || work.info.has_worker)
    {
        sql_format(&sql, "ALTER SUBSCRIPTION %I DISABLE", work.name);
        change_add(&change, &work.block, work.side, sql.data);
        /* It waits for its workers, which could otherwise still apply something. */
        if (!context->config->dry_run && !subscription_disable(work.subscriber, work.name, err))
            return false;
    }
    if (!tell_retention(&work, &change, err))
        return false;
    block_report(&work.block, &change);
    return true;
}

const Command command_subscription_disable = {
    .name = "subscription disable",
    .arguments = "NAME",
    .summary = "stop a subscription without losing its position",
    .description =
        "Ends when its workers have ended: nothing is applied any more. The slot on the publisher stays, and keeps all WAL from then on until the "
        "subscription is enabled again or dropped; how much it keeps now is told if the publisher is given and can be reached.",
    .examples = "pgbaton subscription disable shop\npgbaton subscription enable shop",
    .options = state_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_disable,
};

static bool
refuse_disabled(const SubscriptionWork *work, Err *err)
{
    err_set(err, ERR_REFUSED, "subscription \"%s\" is disabled", work->name);
    err_detail(err, "Only an enabled one can be refreshed.");
    return err_hint(err, "Run: pgbaton subscription enable %s --on %s; then refresh it",
                    subscription_argument(work->block.context->arena, work->name),
                    side_name(work->side));
}

static bool
read_tables(const SubscriptionWork *work, const char *before, PGresult **ret_result, Err *err)
{
    return conn_query(work->subscriber, sql_repl_subscription_tables,
                      PARAMS(work->info.oid, before), ret_result, err);
}

static json_t *
list_of(const PGresult *result, const char *column)
{
    return json_loads(PQgetvalue(result, 0, result_column(result, column)), JSON_DECODE_ANY, NULL);
}

static const char *
names_text(Arena *arena, const json_t *names)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (size_t i = 0; i < json_array_size(names); i++)
        str_addf(&s, "%s%s", i ? ", " : "", json_string_value(json_array_get(names, i)));
    return arena_strdup(arena, json_array_size(names) ? s.data : "none");
}

static bool
refresh(SubscriptionWork *work, Change *change, Err *err)
{
    cleanup_(result_release) PGresult *before = NULL;
    cleanup_(result_release) PGresult *after = NULL;
    Arena *arena = work->block.context->arena;
    json_t *added;
    json_t *removed;

    if (!read_tables(work, "{}", &before, err) || !block_execute(&work->block, change, err) ||
        !read_tables(work, PQgetvalue(before, 0, result_column(before, "tables")), &after, err))
        return false;
    added = list_of(after, "added");
    removed = list_of(after, "removed");
    change->note = arena_printf(arena, "tables added: %s; removed: %s", names_text(arena, added),
                                names_text(arena, removed));
    change->details = json_pack("{s:o, s:o}", "added", added, "removed", removed);
    return true;
}

static bool
run_refresh(const CommandContext *context, Err *err)
{
    cleanup_(subscription_end) SubscriptionWork work = {0};
    cleanup_(str_release) Str sql = STR_INIT;
    Change change = {.object = "subscription", .name = context->args[0], .outcome = "refreshed"};

    if (!subscription_begin(&work, context, err) || !subscription_require(&work, err))
        return false;
    if (!work.info.is_enabled)
        return refuse_disabled(&work, err);
    sql_format(&sql, "ALTER SUBSCRIPTION %I REFRESH PUBLICATION WITH (copy_data = %R)", work.name,
               option_flag(context->options, "no-copy-data") ? "false" : "true");
    change_add(&change, &work.block, work.side, sql.data);
    if (!context->config->dry_run && !refresh(&work, &change, err))
        return false;
    block_report(&work.block, &change);
    return true;
}

static const Option refresh_options[] = {
    OPTION_ON("target"),
    OPTION_DATABASE,
    {.name = "no-copy-data",
     .type = OPTION_FLAG,
     .help = "do not copy the rows that new tables hold already"},
    {.name = NULL},
};

const Command command_subscription_refresh = {
    .name = "subscription refresh",
    .arguments = "NAME",
    .summary = "take in tables that its publications have gained, leave those they have lost",
    .description =
        "Tables that were added to the publications join the subscription, first with the rows they hold; those that were taken out of them leave it. Each "
        "new table has to exist here already. Refuses a subscription that is disabled (exit code 3).",
    .examples =
        "pgbaton subscription refresh shop\npgbaton subscription refresh shop --no-copy-data",
    .options = refresh_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_refresh,
};
