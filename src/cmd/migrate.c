#include <stdio.h>

#include "base/clock.h"
#include "base/redact.h"
#include "check/check.h"
#include "cmd/check_render.h"
#include "cmd/commands.h"
#include "cmd/json.h"
#include "cmd/observer.h"
#include "flow/gates.h"
#include "flow/migrate.h"
#include "flow/plan.h"

/* What came of one database, for both renderers. */
typedef struct Outcome
{
    const char *database;
    const char *target;
    Progress progress;
    int64_t duration_ms;
} Outcome;

static bool
migrate_database(const CommandContext *context, const char *database, Outcome *ret_outcome,
                 Err *err)
{
    int64_t start = clock_ms();
    Flow flow;
    bool ok;

    ok = flow_open(&flow, context->config, &command_observer, context->arena, database, FLOW_CREATE,
                   err) &&
         migrate_run(&flow, err) &&
         journal_read_progress(flow.dst, context->config->migration, &ret_outcome->progress, err);
    observer_end();
    ret_outcome->database = database;
    ret_outcome->target = flow.target_dbname;
    ret_outcome->duration_ms = clock_ms() - start;
    flow_close(&flow);
    return ok || err_context(err, "database \"%s\"", database);
}

/* Before the first thing is changed. A migration that has begun was checked then, with the checks its operator skipped. */
static bool
check_databases(const CommandContext *context, const StringList *databases, Err *err)
{
    const Config *config = context->config;
    Server source = config_server(config, SIDE_SOURCE);
    Server target = config_server(config, SIDE_TARGET);
    CheckInput in = {
        .config = config, .source = &source, .target = &target, .n_databases = (int)databases->len};
    CheckReport report = {0};

    for (size_t i = 0; i < databases->len; i++)
    {
        bool begun;

        if (!flow_has_begun(config, context->arena, databases->items[i], &begun, err))
            return false;
        in.dbname = databases->items[i];
        in.target_dbname = flow_target_dbname(config, context->arena, in.dbname);
        if (!begun && !check_run(&in, context->arena, &report, err))
            return false;
        in.only_database_checks = in.only_database_checks || !begun;
    }
    if (!config->quiet || report.n_blocking)
        check_print(&report, stderr, true);
    return report.n_blocking == 0 || check_refuse(&report, err);
}

static bool
print_plans(const CommandContext *context, const StringList *databases, Err *err)
{
    cleanup_(json_release) json_t *list = json_array();

    for (size_t i = 0; i < databases->len; i++)
    {
        cleanup_(str_release) Str sql = STR_INIT;
        cleanup_(mem_free_pointer) char *shown = NULL;

        if (!plan_migration(context->config, &command_observer, context->arena, databases->items[i],
                            &sql, err))
            return err_context(err, "database \"%s\"", databases->items[i]);
        if (context->config->json)
        {
            json_array_append_new(list, json_pack("{s:o, s:o}", "database",
                                                  json_text(databases->items[i]), "sql",
                                                  json_text(sql.data)));
            continue;
        }
        shown = redact(sql.data);
        fputs(shown, stdout);
    }
    if (context->config->json)
        json_print(json_pack("{s:s, s:O}", "migration", context->config->migration, "plans", list));
    return true;
}

static void
print_outcome(const Outcome *o)
{
    cleanup_(str_release) Str line = STR_INIT;

    str_addf(&line, "database \"%s\" is ready to switch over: %lld tables, %lld rows, ",
             o->database, (long long)o->progress.tables, (long long)o->progress.rows_copied);
    str_add_size(&line, o->progress.bytes_copied);
    str_addf(&line, ", %lld indexes in ", (long long)o->progress.indexes);
    clock_add_duration(&line, o->duration_ms);
    puts(line.data);
}

static json_t *
outcome_json(const Outcome *o)
{
    return json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:I}", "database", json_text(o->database),
                     "target_database", json_text(o->target), "state", "ready", "tables",
                     (json_int_t)o->progress.tables, "rows", (json_int_t)o->progress.rows_copied,
                     "bytes", (json_int_t)o->progress.bytes_copied, "indexes",
                     (json_int_t)o->progress.indexes, "duration_ms", (json_int_t)o->duration_ms);
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    StringList databases = {0};
    cleanup_(json_release) json_t *list = json_array();

    if (!gates_check_skips(config, err) ||
        !flow_databases(config, context->arena, &databases, err) ||
        !check_databases(context, &databases, err))
        return false;
    if (config->dry_run)
        return print_plans(context, &databases, err);
    for (size_t i = 0; i < databases.len; i++)
    {
        Outcome outcome = {0};

        if (!migrate_database(context, databases.items[i], &outcome, err))
            return false;
        if (config->json)
            json_array_append_new(list, outcome_json(&outcome));
        else
            print_outcome(&outcome);
    }
    if (config->json)
        json_print(json_pack("{s:s, s:O}", "migration", config->migration, "databases", list));
    return true;
}

const Command command_migrate = {
    .name = "migrate",
    .arguments = "",
    .summary = "copy the database to the target and keep it up to date, ready to switch over",
    .description =
        "Checks both servers, copies roles, extensions, schema and rows, builds the indexes, and lets PostgreSQL's logical "
        "replication carry the changes. The source stays in use all the while. It ends when everything committed on the source has "
        "arrived on the target and the writes can be moved by: pgbaton switchover.\n\n"
        "It may be stopped, killed and run again, from any host: the journal is in the target database, schema \"pgbaton\", and "
        "what was finished is not done again. Until the switchover the target database refuses other sessions' writes "
        "(default_transaction_read_only).",
    .examples = "pgbaton --source postgresql://old/shop --target postgresql://new/shop migrate\n"
                "pgbaton -c shop.conf migrate --dry-run",
    .settings =
        "migration databases jobs index-jobs apply-streams chunk-size rate-limit include exclude max-wal-retained slot-timeout "
        "no-role-passwords pg-bindir skip-check recopy-limit no-reverse",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run,
};
