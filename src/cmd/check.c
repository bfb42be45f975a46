/*
 * `pgbaton check`: what would make the migration fail or surprise, before anything is changed.
 */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "cmd/check_render.h"
#include "cmd/commands.h"
#include "cmd/json.h"
#include "flow/flow.h"
#include "flow/gates.h"

/* Which sides the argument means. */
static bool
parse_sides(const CommandContext *context, bool *ret_source, bool *ret_target, Err *err)
{
    const char *word = context->n_args > 0 ? context->args[0] : NULL;

    *ret_source = !word || strcmp(word, side_name(SIDE_SOURCE)) == 0;
    *ret_target = !word || strcmp(word, side_name(SIDE_TARGET)) == 0;
    if (*ret_source || *ret_target)
        return (!*ret_source || config_require_server(context->config, SIDE_SOURCE, err)) &&
               (!*ret_target || config_require_server(context->config, SIDE_TARGET, err));
    err_set(err, ERR_USAGE, "there is no side \"%s\" to check", word);
    err_detail(err, "The sides are \"source\" and \"target\"; without one, both are checked.");
    return err_hint(err, "Run: pgbaton help check");
}

/* Without the source nobody tells which databases "*" or no list means: then it is the one that the target's conninfo names. */
static bool
find_databases(const CommandContext *context, bool with_source, StringList *ret_databases, Err *err)
{
    static const char *unnamed[] = {NULL};
    const StringList *listed = &context->config->databases;

    if (with_source || (listed->len > 0 && strcmp(listed->items[0], "*") != 0))
        return flow_databases(context->config, context->arena, ret_databases, err);
    *ret_databases = (StringList){.items = unnamed, .len = 1};
    return true;
}

static void
print_report(const Config *config, const CheckReport *report, const char *database,
             bool is_only_one)
{
    if (!is_only_one)
        printf("database \"%s\"\n", database);
    check_print(report, stdout, config->quiet);
    if (!is_only_one)
        putchar('\n');
}

/* The sum over all databases; their results one after the other, for the error's list of names. */
static void
add_report(CheckReport *all, const CheckReport *report, Arena *arena)
{
    for (size_t i = 0; i < report->results.len; i++)
        *vec_push(&all->results, arena) = report->results.items[i];
    all->n_blocking += report->n_blocking;
    all->n_warnings += report->n_warnings;
    all->n_passed += report->n_passed;
}

static bool
check_databases(const CommandContext *context, CheckInput *in, const StringList *databases,
                json_t *list, CheckReport *ret_all, Err *err)
{
    const Config *config = context->config;

    for (size_t i = 0; i < databases->len; i++)
    {
        CheckReport report = {0};
        const char *database = databases->items[i];

        in->dbname = database;
        in->target_dbname = database ? flow_target_dbname(config, context->arena, database) : NULL;
        in->only_database_checks = i > 0;
        if (!check_run(in, context->arena, &report, err))
            return databases->len == 1
                       ? false
                       : err_context(err, "database \"%s\"", database ? database : "");
        if (config->json)
            json_array_append_new(list, check_json(&report));
        else
            print_report(config, &report, database, databases->len == 1);
        add_report(ret_all, &report, context->arena);
    }
    return true;
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    Server source = config_server(config, SIDE_SOURCE);
    Server target = config_server(config, SIDE_TARGET);
    CheckInput in = {.config = config};
    StringList databases = {0};
    CheckReport all = {0};
    cleanup_(json_release) json_t *list = json_array();
    bool with_source;
    bool with_target;

    source.application_name = config->application_name;
    target.application_name = config->application_name;
    if (!gates_check_skips(config, err) || !parse_sides(context, &with_source, &with_target, err) ||
        !find_databases(context, with_source, &databases, err))
        return false;
    in.source = with_source ? &source : NULL;
    in.target = with_target ? &target : NULL;
    in.n_databases = (int)databases.len;
    if (!check_databases(context, &in, &databases, list, &all, err))
        return false;
    if (config->json)
    {
        json_print(json_pack("{s:O, s:i, s:i, s:i}", "databases", list, "blocking", all.n_blocking,
                             "warnings", all.n_warnings, "passed", all.n_passed));
    }
    else
        check_print_summary(&all, stdout);
    return all.n_blocking == 0 || check_refuse(&all, err);
}

const Command command_check = {
    .name = "check",
    .arguments = "[source|target]",
    .summary = "look for what would make the migration fail, before anything is changed",
    .description =
        "Looks at both servers, or at the one that is named, and prints a line for each check: \"ok\", \"info\", \"warning\", or \"FAILED\" "
        "for what blocks the migration. Each finding says what is wrong, why it matters, and the command or setting that mends it, with the "
        "numbers this migration needs. Nothing is changed: whether the servers reach one another is tried by a subscription that is "
        "rolled back. \"pgbaton migrate\" makes the same checks first.\n\n"
        "A check that blocks is overridden by its name with --skip-check.\n\n"
        "Exit code 0: nothing blocks; 3: something does; 5: a server cannot be reached.\n\n"
        "With --json: {\"databases\": [{\"database\", \"checks\": [{\"name\", \"side\", \"severity\", \"outcome\", \"message\", "
        "\"detail\", \"hint\"}], \"blocking\", \"warnings\", \"passed\"}], \"blocking\", \"warnings\", \"passed\"}; severity is \"blocks\", "
        "\"warns\" or \"informs\", outcome \"passed\", \"found\", \"skipped\" or \"not run\". Results of whole servers stand with the "
        "first database.",
    .examples =
        "pgbaton check\npgbaton check source\npgbaton check --skip-check full-equality --json",
    .settings =
        "migration databases jobs apply-streams include exclude recopy-limit pg-bindir skip-check no-reverse",
    .max_args = 1,
    .run = run,
};
