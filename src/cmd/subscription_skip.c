/*
 * `pgbaton subscription skip`: exactly the transaction that its worker fails at, shown before.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/table.h"
#include "cmd/commands.h"
#include "cmd/subscription.h"
#include "pg/lsn.h"
#include "pg/quote.h"
#include "repl/subscription.h"
#include "repl/transaction.h"
#include "sql/sql.h"

enum
{
    POLL_MS = 50,
    SLOT_BUSY_MS =
        10000, /* a failing worker comes back every wal_retrieve_retry_interval, and soon goes */
    HEALTHY_MS =
        2000 /* a worker that lives so long after the skip, and leaves no error, has moved on */
};

typedef struct Skip
{
    SubscriptionWork *work;
    const char *finish_lsn;   /* of the transaction's commit; NULL: not known */
    const char *progress_lsn; /* up to where is applied; NULL: not this role's to see */
    Transaction transaction;  /* when found: what it changes */
    const char *not_shown;    /* why it was not decoded */
    Change change;
} Skip;

static Arena *
arena_of(const Skip *skip)
{
    return skip->work->block.context->arena;
}

static bool
refuse_healthy(const Skip *skip, const char *why, Err *err)
{
    err_set(err, ERR_REFUSED, "subscription \"%s\" has nothing to skip", skip->work->name);
    err_detail(err, "%s.", why);
    return err_hint(err, "To see how it is doing, run: pgbaton subscription list --on %s",
                    side_name(skip->work->side));
}

static bool
read_progress(const Skip *skip, const char **ret_lsn, Err *err)
{
    cleanup_(err_release) Err failure = {0};

    *ret_lsn = NULL;
    if (!skip->work->info.oid ||
        conn_value(
            skip->work->subscriber, arena_of(skip),
            "SELECT COALESCE(pg_catalog.pg_replication_origin_progress('pg_' || $1, true), '0/0')",
            PARAMS(skip->work->info.oid), ret_lsn, &failure))
        return true;
    return strcmp(failure.sqlstate, "42501") == 0 || err_move(err, &failure);
}

/* A position that lies behind the transaction's commit: then it is applied, or passed over. */
static bool
is_past(const char *progress_lsn, const char *finish_lsn)
{
    uint64_t progress;
    uint64_t finish;

    return lsn_read(progress_lsn, &progress) && lsn_read(finish_lsn, &finish) && progress > finish;
}

static bool
check_lsn(const char *lsn, Err *err)
{
    uint64_t position;

    if (lsn_read(lsn, &position) && position > 0)
        return true;
    err_set(err, ERR_USAGE, "malformed value \"%s\" of --lsn", lsn);
    err_detail(err, "It is a position in the publisher's WAL.");
    return err_hint(err, "Give it as the server log says: finished at 0/1566D10");
}

/* Which one it is: as the command or the server's log says. */
static bool
find_position(Skip *skip, Err *err)
{
    const SubscriptionWork *work = skip->work;
    const OptionValues *options = work->block.context->options;
    const SubscriptionInfo *info = &work->info;

    if (option_given(options, "lsn"))
    {
        skip->finish_lsn = option_text(options, "lsn");
        if (!check_lsn(skip->finish_lsn, err))
            return false;
    }
    else
        skip->finish_lsn = info->error_lsn;
    if (!read_progress(skip, &skip->progress_lsn, err))
        return false;
    if (skip->finish_lsn && is_past(skip->progress_lsn, skip->finish_lsn))
        return refuse_healthy(
            skip,
            arena_printf(arena_of(skip),
                         "The transaction that finished at %s is applied, or skipped, already",
                         skip->finish_lsn),
            err);
    return true;
}

/* Without a word of the log: a worker that does not stay. Before 15 nothing else tells. */
static bool
check_failing(Skip *skip, Err *err)
{
    const SubscriptionWork *work = skip->work;
    int64_t deadline = clock_ms() + SLOT_BUSY_MS;
    const char *first = NULL;

    if (!work->info.is_enabled)
        return true;
    if (work->info.has_worker && work->info.apply_errors &&
        strcmp(work->info.apply_errors, "0") == 0)
        return refuse_healthy(skip, "Its worker is running, and has met no error", err);
    while (clock_ms() < deadline)
    {
        const char *pid;

        if (!conn_value(
                work->subscriber, arena_of(skip),
                "SELECT pid FROM pg_catalog.pg_stat_subscription WHERE subid = $1::oid AND relid IS NULL AND pid IS NOT NULL LIMIT 1",
                PARAMS(work->info.oid), &pid, err))
            return false;
        if (!pid || (first && strcmp(pid, first) != 0))
            return true;
        first = pid;
        if (!cancel_sleep(POLL_MS, err))
            return false;
    }
    return refuse_healthy(skip, "Its worker is running, and does not end", err);
}

/* Before 12 the slot itself is looked at, which takes a moment when its worker is away. */
static bool
decode(Skip *skip, Err *err)
{
    const SubscriptionWork *work = skip->work;
    int64_t deadline = clock_ms() + SLOT_BUSY_MS;

    for (;;)
    {
        cleanup_(err_release) Err failure = {0};

        if (transaction_read(work->publisher, work->info.slot, work->info.publication_identifiers,
                             skip->finish_lsn, skip->progress_lsn, arena_of(skip),
                             &skip->transaction, &failure))
            return true;
        if (strcmp(failure.sqlstate, "55006") != 0 || clock_ms() > deadline) /* object_in_use */
        {
            if (failure.code == ERR_STOPPED)
                return err_move(err, &failure);
            skip->not_shown = arena_strdup(arena_of(skip), failure.message);
            return true;
        }
        if (!cancel_sleep(POLL_MS, err))
            return false;
    }
}

static bool
show_transaction(Skip *skip, Err *err)
{
    const SubscriptionWork *work = skip->work;
    SubscriptionSlot slot;

    if (!work->publisher)
    {
        skip->not_shown =
            work->not_reachable ? work->not_reachable : "the publisher's side is not given";
        return true;
    }
    if (!skip->finish_lsn && !skip->progress_lsn)
    {
        skip->not_shown = "this role may not see how far the subscription is";
        return true;
    }
    if (!subscription_read_slot(work, &slot, err))
        return false;
    if (!slot.exists)
    {
        skip->not_shown = arena_printf(arena_of(skip), "that database of the %s has no slot \"%s\"",
                                       side_name(side_other(work->side)), work->info.slot);
        return true;
    }
    if (!decode(skip, err))
        return false;
    if (!skip->transaction.found && !skip->not_shown)
        skip->not_shown = "the slot holds no such transaction";
    return true;
}

static bool
refuse_unknown(const Skip *skip, Err *err)
{
    err_set(err, ERR_REFUSED, "it is not known which transaction stops subscription \"%s\"",
            skip->work->name);
    err_detail(err,
               "The server's log does not tell it to this role, and it could not be decoded: %s.",
               skip->not_shown);
    return err_hint(
        err,
        "Give the publisher's side, or the position by --lsn as the log says: finished at 0/1566D10");
}

/* Before 15 the position is set behind the transaction, which takes knowing its end and a right. */
static bool
check_advance(const Skip *skip, Err *err)
{
    const SubscriptionWork *work = skip->work;
    const char *value;

    if (conn_has(work->subscriber, FEATURE_SUBSCRIPTION_SKIP))
        return true;
    if (!skip->transaction.found)
    {
        err_set(err, ERR_REFUSED,
                "the end of the transaction that stops subscription \"%s\" is not known",
                work->name);
        err_detail(
            err,
            "Before PostgreSQL 15 it is skipped by setting the subscription's position behind it, and it could not be decoded: %s.",
            skip->not_shown);
        return err_hint(err,
                        "Give the publisher's side by --%s, as a role that may read its slots.",
                        side_name(side_other(work->side)));
    }
    if (!conn_value(work->subscriber, arena_of(skip), sql_repl_may_advance_origin, NO_PARAMS,
                    &value, err))
        return false;
    if (*value == 't')
        return true;
    err_set(err, ERR_REFUSED, "this role may not set the position of subscription \"%s\"",
            work->name);
    err_detail(err, "Before PostgreSQL 15 that is how a transaction is skipped.");
    return err_hint(
        err,
        "Run it as a superuser; from 14 on EXECUTE on pg_replication_origin_advance does as well.");
}

static void
plan(Skip *skip)
{
    SubscriptionWork *work = skip->work;
    cleanup_(str_release) Str sql = STR_INIT;
    bool has_skip = conn_has(work->subscriber, FEATURE_SUBSCRIPTION_SKIP);

    if (has_skip)
        sql_format(&sql, "ALTER SUBSCRIPTION %I SKIP (lsn = %L)", work->name, skip->finish_lsn);
    else
    {
        sql_format(&sql, "ALTER SUBSCRIPTION %I DISABLE", work->name);
        change_add(&skip->change, &work->block, work->side, sql.data);
        str_clear(&sql);
        sql_format(&sql, "SELECT pg_catalog.pg_replication_origin_advance(%L, %L)",
                   arena_printf(arena_of(skip), "pg_%s", work->info.oid),
                   skip->transaction.end_lsn);
    }
    change_add(&skip->change, &work->block, work->side, sql.data);
    str_clear(&sql);
    if (has_skip && work->info.is_enabled)
        return;
    sql_format(&sql, "ALTER SUBSCRIPTION %I ENABLE", work->name);
    change_add(&skip->change, &work->block, work->side, sql.data);
}

/* The transaction as people see it before they are asked. */
static void
print_transaction(const Skip *skip)
{
    static const TableColumn columns[] = {
        {"change", false}, {"schema", false}, {"table", false}, {"rows", true}, {"values", false}};
    const Transaction *t = &skip->transaction;
    Table *table = table_new(arena_of(skip), columns, lengthof(columns));

    if (!t->found)
    {
        printf("transaction finished at %s; what it changes cannot be shown: %s\n",
               skip->finish_lsn, skip->not_shown);
        return;
    }
    printf("transaction %s of the publisher, committed %s, finished at %s\n", t->xid,
           t->committed_at, t->finish_lsn);
    for (size_t i = 0; i < t->changes.len; i++)
        table_add_row(
            table,
            (const char *const[]){
                t->changes.items[i].kind, t->changes.items[i].schema, t->changes.items[i].table,
                arena_printf(arena_of(skip), "%" PRId64, t->changes.items[i].count), NULL});
    for (size_t i = 0; i < t->rows.len; i++)
        table_add_row(table,
                      (const char *const[]){t->rows.items[i].kind, t->rows.items[i].schema,
                                            t->rows.items[i].table, NULL, t->rows.items[i].values});
    table_print(table, stdout);
    fflush(stdout);
}

static json_t *
transaction_json(const Skip *skip)
{
    const Transaction *t = &skip->transaction;
    json_t *changes = json_array();
    json_t *rows = json_array();

    for (size_t i = 0; i < t->changes.len; i++)
        json_array_append_new(changes,
                              json_pack("{s:s, s:o, s:o, s:I}", "change", t->changes.items[i].kind,
                                        "schema", json_text(t->changes.items[i].schema), "table",
                                        json_text(t->changes.items[i].table), "rows",
                                        (json_int_t)t->changes.items[i].count));
    for (size_t i = 0; i < t->rows.len; i++)
        json_array_append_new(rows,
                              json_pack("{s:s, s:o, s:o, s:o}", "change", t->rows.items[i].kind,
                                        "schema", json_text(t->rows.items[i].schema), "table",
                                        json_text(t->rows.items[i].table), "values",
                                        json_text(t->rows.items[i].values)));
    return json_pack("{s:{s:o, s:o, s:o, s:o, s:o}, s:o, s:o}", "transaction", "xid",
                     json_text(t->xid), "finish_lsn", json_text(skip->finish_lsn), "committed_at",
                     json_text(t->committed_at), "changes", changes, "first_rows", rows, "error",
                     json_text(skip->work->info.error_text), "not_shown",
                     json_text(skip->not_shown));
}

/* The worker may have come through by itself meanwhile: then this would skip what comes next. */
static bool
advance(const Skip *skip, Err *err)
{
    const SubscriptionWork *work = skip->work;
    const char *progress;
    bool is_late;

    if (!subscription_disable(work->subscriber, work->name, err) ||
        !read_progress(skip, &progress, err))
        return false;
    is_late = is_past(progress, skip->finish_lsn);
    if (!is_late && !conn_run(work->subscriber,
                              "SELECT pg_catalog.pg_replication_origin_advance('pg_' || $1, $2)",
                              PARAMS(work->info.oid, skip->transaction.end_lsn), NULL, err))
        return false;
    if (!subscription_enable(work->subscriber, work->name, err))
        return false;
    return !is_late || refuse_healthy(skip, "The transaction was applied meanwhile", err);
}

static bool
fails_anew(const Skip *skip, const SubscriptionInfo *now, Err *err)
{
    err_set(err, ERR_FAILED, "subscription \"%s\" does not go on", skip->work->name);
    err_detail(err, "The transaction that finished at %s is told to be skipped; now: %s.",
               skip->finish_lsn,
               !now->is_enabled  ? "it was disabled by an error"
               : now->error_text ? now->error_text
                                 : "its worker does not stay");
    return err_hint(
        err,
        "Look at it by: pgbaton subscription list --on %s; to skip the next one, run this again.",
        side_name(skip->work->side));
}

/* Passed over, and the worker lives on and has left no other error. */
static bool
prove(const Skip *skip, Err *err)
{
    const SubscriptionWork *work = skip->work;
    int64_t deadline = clock_ms() + option_number(work->block.context->options, "timeout");
    int64_t alive_since = 0;

    for (;;)
    {
        SubscriptionInfo now;
        const char *progress;
        bool is_passed;
        bool found;

        if (!subscription_find(work->subscriber, work->name, arena_of(skip), &found, &now, err) ||
            !read_progress(skip, &progress, err))
            return false;
        if (!found)
            return subscription_require(work, err);
        is_passed = !now.skip_lsn && (!progress || is_past(progress, skip->finish_lsn));
        if ((now.error_lsn && strcmp(now.error_lsn, skip->finish_lsn) != 0 &&
             !is_past(progress, now.error_lsn) && is_passed) ||
            (is_passed && !now.is_enabled) || clock_ms() > deadline)
            return fails_anew(skip, &now, err);
        if (!is_passed || !now.has_worker)
            alive_since = 0;
        else if (!alive_since)
            alive_since = clock_ms();
        else if (clock_ms() - alive_since > HEALTHY_MS)
            return true;
        if (!cancel_sleep(POLL_MS, err))
            return false;
    }
}

static bool
execute(Skip *skip, Err *err)
{
    if (conn_has(skip->work->subscriber, FEATURE_SUBSCRIPTION_SKIP)
            ? !block_execute(&skip->work->block, &skip->change, err)
            : !advance(skip, err))
        return false;
    return prove(skip, err);
}

static bool
run_skip(const CommandContext *context, Err *err)
{
    cleanup_(subscription_end) SubscriptionWork work = {0};
    Skip skip = {.work = &work,
                 .change = {.object = "subscription",
                            .name = context->args[0],
                            .outcome = "skipped the transaction, and goes on"}};

    if (!subscription_begin(&work, context, err) || !subscription_require(&work, err) ||
        !find_position(&skip, err) || (!skip.finish_lsn && !check_failing(&skip, err)) ||
        !show_transaction(&skip, err))
        return false;
    if (!skip.finish_lsn && !skip.transaction.found)
        return refuse_unknown(&skip, err);
    if (!skip.finish_lsn)
        skip.finish_lsn = skip.transaction.finish_lsn;
    if (!check_advance(&skip, err))
        return false;
    plan(&skip);
    if (!context->config->json)
        print_transaction(&skip);
    skip.change.question = arena_printf(
        context->arena,
        "Skip the transaction that finished at %s, which this database will never have",
        skip.finish_lsn);
    skip.change.details = transaction_json(&skip);
    if (!block_confirm(&work.block, &skip.change, err) ||
        (!context->config->dry_run && !execute(&skip, err)))
    {
        json_decref(skip.change.details);
        return false;
    }
    block_report(&work.block, &skip.change);
    return true;
}

static const Option options[] = {
    OPTION_ON("target"),
    OPTION_DATABASE,
    {.name = "lsn",
     .type = OPTION_TEXT,
     .argument = "LSN",
     .help =
         "the transaction, by the position where it finished (default: what the server's log says, or the first one that waits)"},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "30s",
     .min = 1000,
     .max = 3600000,
     .help = "longest wait for the subscription to go on"},
    {.name = NULL},
};

const Command command_subscription_skip = {
    .name = "subscription skip",
    .arguments = "NAME",
    .summary = "pass over the one transaction that a subscription fails at",
    .description =
        "Finds the transaction in the server's log, or takes the one of --lsn, or else the first that waits; shows what it changes, by decoding a temporary copy of "
        "the slot on the publisher; asks; skips exactly that one, all its changes; and waits until the worker has gone on. The rows are then missing or "
        "different on the subscriber: put them right by hand.\n\n"
        "From PostgreSQL 15 the server is told to skip it. Before, the subscription's position is set behind it, for which it must have been decoded. An error that does "
        "not come from a transaction is none to skip. A disabled subscription is enabled.\n\n"
        "Exit code 3: nothing to skip, as the worker is healthy or the transaction is applied; or it cannot be found.",
    .examples =
        "pgbaton subscription skip shop\npgbaton subscription skip shop --lsn 0/1566D10 --yes",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run_skip,
};
