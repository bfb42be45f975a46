/*
 * `pgbaton subscription drop`: with its slot if the publisher can be reached, detached from it if not.
 */
#include <string.h>

#include "cmd/commands.h"
#include "cmd/subscription.h"
#include "pg/quote.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "repl/subscription.h"

enum
{
    DROP_TIMEOUT_MS = 30000 /* a publisher whose packets vanish would be waited for by TCP */
};

typedef struct Drop
{
    SubscriptionWork *work;
    bool keep_slot;
    bool with_publication;
    const char *slot_left;    /* the slot's name when it stays on the publisher */
    const char *slot_left_by; /* why */
    Change change;
} Drop;

static void
add(Drop *drop, Side side, const char *template, const char *name)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, template, name);
    change_add(&drop->change, &drop->work->block, side, sql.data);
}

static void
plan_publications(Drop *drop, const json_t *publications)
{
    for (size_t i = 0; i < json_array_size(publications); i++)
        add(drop, side_other(drop->work->side), "DROP PUBLICATION IF EXISTS %I",
            json_string_value(json_array_get(publications, i)));
}

static void
plan(Drop *drop)
{
    SubscriptionWork *work = drop->work;
    cleanup_(json_release) json_t *publications =
        json_loads(work->info.publications, JSON_DECODE_ANY, NULL);

    add(drop, work->side, "ALTER SUBSCRIPTION %I DISABLE", work->name);
    if (drop->keep_slot && work->info.slot)
        add(drop, work->side, "ALTER SUBSCRIPTION %I SET (slot_name = NONE)", work->name);
    add(drop, work->side, "DROP SUBSCRIPTION %I", work->name);
    if (drop->with_publication)
        plan_publications(drop, publications);
}

/* Did the server fail at its publisher, not at ours? Before 14 such an error has no code of its own. 57014: the timeout. */
static bool
is_publishers(const Conn *subscriber, const Err *err)
{
    return !conn_is_broken(subscriber) &&
           (strncmp(err->sqlstate, "08", 2) == 0 || strcmp(err->sqlstate, "XX000") == 0 ||
            strcmp(err->sqlstate, "57014") == 0);
}

/* As PostgreSQL does it: the subscriber's server drops the slot through the subscription's own connection string. */
static bool
drop_with_slot(Drop *drop, bool *ret_dropped, Err *err)
{
    Conn *subscriber = drop->work->subscriber;
    cleanup_(err_release) Err failure = {0};
    cleanup_(str_release) Str sql = STR_INIT;
    cleanup_(str_release) Str timeout = STR_INIT;

    *ret_dropped = false;
    sql_format(&timeout, "SET statement_timeout = %R", PARAM_I64(DROP_TIMEOUT_MS));
    sql_format(&sql, "DROP SUBSCRIPTION %I", drop->work->name);
    if (!conn_exec(subscriber, timeout.data, err))
        return false;
    *ret_dropped = conn_exec(subscriber, sql.data, &failure);
    if (!*ret_dropped && !is_publishers(subscriber, &failure))
        return err_move(err, &failure);
    if (!*ret_dropped)
        drop->slot_left_by = arena_strdup(drop->work->block.context->arena, failure.message);
    return conn_exec(subscriber, "SET statement_timeout = 0", err);
}

/* The slot stays; with the publisher at hand and told to clear up there, it is dropped by ourselves. */
static bool
drop_detached(Drop *drop, Err *err)
{
    SubscriptionWork *work = drop->work;
    SubscriptionSlot slot;

    if (!subscription_drop(work->subscriber, work->name, err))
        return false;
    drop->slot_left = work->info.slot;
    if (drop->keep_slot || !drop->with_publication)
        return true;
    if (!subscription_read_slot(work, &slot, err))
        return false;
    if (slot.exists && !slot_drop(work->publisher, work->info.slot, err))
        return false;
    drop->slot_left = NULL;
    return true;
}

static bool
execute(Drop *drop, Err *err)
{
    SubscriptionWork *work = drop->work;
    bool done = false;

    if (!subscription_disable(work->subscriber, work->name, err) ||
        (work->info.slot && !drop->keep_slot && !drop_with_slot(drop, &done, err)) ||
        (!done && !drop_detached(drop, err)))
        return false;
    if (drop->with_publication)
    {
        cleanup_(json_release) json_t *publications =
            json_loads(work->info.publications, JSON_DECODE_ANY, NULL);

        for (size_t i = 0; i < json_array_size(publications); i++)
            if (!publication_drop(work->publisher,
                                  json_string_value(json_array_get(publications, i)), err))
                return false;
    }
    return true;
}

static void
tell_slot(Drop *drop)
{
    Arena *arena = drop->work->block.context->arena;
    const char *publisher = side_name(side_other(drop->work->side));

    drop->change.details = json_pack("{s:o, s:o}", "slot_left", json_text(drop->slot_left),
                                     "reason", json_text(drop->slot_left_by));
    if (!drop->slot_left)
        return;
    drop->change.note = arena_printf(
        arena,
        "slot \"%s\" stays on the publisher%s%s and keeps WAL there until its disk is full; to drop it, run: pgbaton slot drop %s --on %s",
        drop->slot_left, drop->slot_left_by ? ", which could not be told to drop it: " : "",
        drop->slot_left_by ? drop->slot_left_by : "", drop->slot_left, publisher);
}

static bool
drop_it(Drop *drop, Err *err)
{
    const Config *config = drop->work->block.context->config;
    const char *migration = drop->work->info.migration;

    if (migration)
        drop->change.question = arena_printf(
            drop->work->block.context->arena,
            "Drop the subscription, which is part of migration \"%s\"; its position is lost",
            migration);
    plan(drop);
    if (!block_confirm(&drop->work->block, &drop->change, err))
        return false;
    if (config->dry_run)
        return true;
    if (!execute(drop, err))
        return err_context(err, "dropping subscription \"%s\"", drop->work->name);
    tell_slot(drop);
    return true;
}

static bool
run_drop(const CommandContext *context, Err *err)
{
    cleanup_(subscription_end) SubscriptionWork work = {0};
    Drop drop = {.work = &work,
                 .keep_slot = option_flag(context->options, "keep-slot"),
                 .with_publication = option_flag(context->options, "with-publication"),
                 .change = {.object = "subscription",
                            .name = context->args[0],
                            .outcome = "dropped",
                            .unchanged = "is not there",
                            .question = "Drop the subscription; its position is lost"}};

    if (!subscription_begin(&work, context, err) ||
        (drop.with_publication && !subscription_require_publisher(&work, err)) ||
        (work.found && !drop_it(&drop, err)))
        return false;
    block_report(&work.block, &drop.change);
    return true;
}

static const Option options[] = {
    OPTION_ON("target"),
    OPTION_DATABASE,
    {.name = "keep-slot",
     .type = OPTION_FLAG,
     .help = "leave the slot on the publisher, where it keeps WAL"},
    {.name = "with-publication",
     .type = OPTION_FLAG,
     .help = "drop its publications on the publisher too, which has to be given"},
    {.name = NULL},
};

const Command command_subscription_drop = {
    .name = "subscription drop",
    .arguments = "NAME",
    .summary = "drop a subscription and its slot",
    .description =
        "Waits until its workers have ended, and drops it; the slot on the publisher goes with it. If the publisher is gone, or its server cannot reach it, the "
        "subscription is detached from the slot first: then the slot stays there and keeps WAL, and the command that drops it is told.\n\n"
        "With --with-publication the publications that it names are dropped as well, whoever else subscribes to them.",
    .examples =
        "pgbaton subscription drop shop --yes\npgbaton subscription drop shop --with-publication --dry-run",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run_drop,
};
