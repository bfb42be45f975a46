#include <stdio.h>

#include "base/log.h"
#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "cmd/json.h"
#include "cmd/observer.h"
#include "flow/cleanup.h"
#include "pg/conninfo.h"

/* With the source gone, the names of its databases are those that were given. */
static bool
databases_to_clean(const CommandContext *context, StringList *ret_databases, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    const char *dbname = conninfo_value(context->arena, context->config->source.conninfo, "dbname");
    const char **only;

    if (flow_databases(context->config, context->arena, ret_databases, &failure))
        return true;
    if (failure.code != ERR_UNREACHABLE || !*dbname)
        return err_move(err, &failure);
    only = arena_alloc(context->arena, sizeof(*only));
    *only = dbname;
    *ret_databases = (StringList){.items = only, .len = 1};
    return true;
}

static json_t *
outcome_json(const CleanupOutcome *outcome, bool dry_run)
{
    json_t *removed = json_array();

    for (size_t i = 0; i < outcome->removed.len; i++)
        json_array_append_new(removed, json_text(outcome->removed.items[i]));
    return json_pack("{s:o, s:o, s:b, s:b, s:b}", "database", json_text(outcome->database),
                     dry_run ? "would_remove" : "removed", removed, "source_unreachable",
                     outcome->source_unreachable, "target_unreachable", outcome->target_unreachable,
                     "source_is_read_only", outcome->source_is_read_only);
}

static void
print_outcome(const CleanupOutcome *outcome, bool dry_run)
{
    for (size_t i = 0; i < outcome->removed.len; i++)
        printf("%s %s\n", dry_run ? "would remove" : "removed", outcome->removed.items[i]);
    printf("database \"%s\": %zu objects%s\n", outcome->database, outcome->removed.len,
           dry_run ? "" : " removed");
}

static void
tell_read_only(const CleanupOutcome *outcome)
{
    if (outcome->source_is_read_only)
        log_info(
            "the source database \"%s\" stays read-only since the switchover; to take that back, from another database of its "
            "server: psql -d postgres -c 'ALTER DATABASE \"%s\" RESET default_transaction_read_only'",
            outcome->database, outcome->database);
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(json_release) json_t *list = json_array();
    StringList databases = {0};
    cleanup_(err_release) Err unreachable = {0}; /* the first one; it does not stop the rest */

    if (!command_confirm(
            config,
            "Remove everything that this migration made on both sides; it cannot be continued afterwards",
            err) ||
        !databases_to_clean(context, &databases, err))
        return false;
    for (size_t i = 0; i < databases.len; i++)
    {
        cleanup_(err_release) Err failure = {0};
        CleanupOutcome outcome = {0};

        if (!cleanup_run(config, &command_observer, context->arena, databases.items[i],
                         flow_target_dbname(config, context->arena, databases.items[i]), &outcome,
                         &failure))
        {
            err_context(&failure, "database \"%s\"", databases.items[i]);
            if (failure.code != ERR_UNREACHABLE)
                return err_move(err, &failure);
            if (unreachable.code == ERR_NONE)
                err_move(&unreachable, &failure);
        }
        if (config->json)
            json_array_append_new(list, outcome_json(&outcome, config->dry_run));
        else
            print_outcome(&outcome, config->dry_run);
        tell_read_only(&outcome);
    }
    if (config->json)
        json_print(json_pack("{s:s, s:O}", "migration", config->migration, "databases", list));
    return unreachable.code == ERR_NONE || err_move(err, &unreachable);
}

const Command command_cleanup = {
    .name = "cleanup",
    .arguments = "",
    .summary = "remove all that pgbaton made on both sides",
    .description =
        "Drops the migration's subscriptions, slots, publications, marker tables and journal, on both sides, at any stage; the tables and "
        "rows on the target stay. It may be repeated. A side that cannot be reached does not stop the other (exit code 5 then).\n\n"
        "After a switchover the source stays read-only: it no longer follows the target.",
    .examples = "pgbaton -c shop.conf cleanup --yes",
    .settings = "migration databases",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run,
};
