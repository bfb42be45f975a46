/*
 * `pgbaton schema copy`: the source's schema into a database of the target, without rows and without a migration.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/transfer.h"
#include "flow/flow.h"
#include "flow/schema_copy.h"
#include "schema/database.h"
#include "sql/sql.h"

static const char *const sections[] = {"all", "pre-data", "post-data", NULL};

enum
{
    SECTION_ALL,
    SECTION_PRE_DATA,
    SECTION_POST_DATA
};

/* Undefined: object, function, table, schema. */
static bool
is_missing(const Err *err)
{
    static const char *const states[] = {"42704", "42883", "42P01", "3F000"};

    for (size_t i = 0; i < lengthof(states); i++)
        if (strcmp(err->sqlstate, states[i]) == 0)
            return true;
    return false;
}

static void
explain(const Statement *statement, Err *err)
{
    (void)statement;
    if (strcmp(err->sqlstate, "42704") == 0 && strstr(err->message, "role \""))
        err_hint(err, "Make the roles first: pgbaton roles copy");
    else if (is_missing(err))
        err_hint(
            err,
            "It is in a schema that is not copied, or an extension's: then run pgbaton extensions copy first.");
    else if (strcmp(err->sqlstate, "42501") == 0)
        err_hint(err, "The target's user has to be a member of the owners (GRANT owner TO user), "
                      "or a superuser.");
    else if (strcmp(err->sqlstate, "53200") == 0)
        err_hint(err, "Raise max_locks_per_transaction of the target, or copy by --schema.");
}

static bool
refuse_missing_database(const char *dbname, Err *err)
{
    err_set(err, ERR_REFUSED, "database \"%s\" does not exist on the target", dbname);
    err_detail(err, "The schema is copied into a database that is there.");
    return err_hint(err, "Make it as the source's is by: pgbaton schema copy --create-database");
}

static bool
explain_database(Err *err)
{
    if (strcmp(err->sqlstate, "42501") != 0)
        return false;
    err_detail(err, "It is to belong to the role that owns the source's, and takes CREATEDB.");
    return err_hint(
        err,
        "Make the target's user a member of that role (GRANT owner TO user), or make the database yourself.");
}

/* Opens the target database, making it before if it is to be; in a dry run of that, another database stands in for it. */
static bool
open_target(Transfer *transfer, const char *dbname, bool *ret_is_there, bool *ret_made, Err *err)
{
    Block *block = &transfer->block;
    const CommandContext *context = block->context;
    Flow flow = {.arena = context->arena,
                 .config = context->config,
                 .source = block->servers[SIDE_SOURCE],
                 .target = block->servers[SIDE_TARGET],
                 .target_dbname = dbname,
                 .src = block->conns[SIDE_SOURCE]};
    cleanup_(conn_close_pointer) Conn *maintenance = NULL;

    *ret_is_there = true;
    *ret_made = false;
    if (!flow_open_maintenance(&flow.target, &maintenance, err))
    {
        if (err->code != ERR_UNREACHABLE)
            return false;
        err_release(err); /* the database itself will tell */
    }
    else if (!database_exists(maintenance, dbname, ret_is_there, err))
        return false;
    if (!*ret_is_there && !option_flag(context->options, "create-database"))
        return refuse_missing_database(dbname, err);
    if (!*ret_is_there && context->config->dry_run)
    {
        block->conns[SIDE_TARGET] = maintenance;
        maintenance = NULL;
        return true;
    }
    *ret_made = !*ret_is_there;
    if (*ret_made && !flow_create_database(&flow, err))
        return explain_database(err);
    *ret_is_there = true;
    return block_open_database(block, SIDE_TARGET, dbname, err);
}

/* What would be lost if the database becomes the source's in all it has. */
static bool
takes_away(const Statements *plan)
{
    for (size_t i = 0; i < plan->list.len; i++)
        if (strncmp(plan->list.items[i].sql, "REVOKE ", strlen("REVOKE ")) == 0 ||
            strstr(plan->list.items[i].sql, " RESET "))
            return true;
    return false;
}

static bool
plan_database(Transfer *transfer, const char *dbname, bool is_there, bool made, Err *err)
{
    Arena *arena = transfer->block.context->arena;
    Conn *source = transfer->block.conns[SIDE_SOURCE];
    Conn *target = transfer->block.conns[SIDE_TARGET];

    if (!is_there)
    {
        *vec_push(&transfer->plan.warnings, arena) = arena_printf(
            arena,
            "Database \"%s\" is made first; all else goes there, its settings and grants too.",
            dbname);
        return database_create_plan(source, target, dbname, "[]", arena, &transfer->plan, err);
    }
    if (!database_properties_plan(source, target, "[]", arena, &transfer->plan, err))
        return false;
    transfer->n_forgiven = transfer->plan.list.len;
    if (!made && takes_away(&transfer->plan))
        transfer->change.question = arena_printf(
            arena,
            "Revoke grants and reset settings of database \"%s\" of the target that the source's does not have",
            dbname);
    return true;
}

static bool
run_schema_copy(const CommandContext *context, Err *err)
{
    cleanup_(transfer_close) Transfer transfer;
    int64_t section = option_number(context->options, "section");
    SchemaCopy wanted = {
        .pre_data = section != SECTION_POST_DATA,
        .post_data = section != SECTION_PRE_DATA,
        .schemas = option_list(context->options, "schema"),
    };
    Conn **conns;
    const char *dbname;
    bool made;

    transfer_init(&transfer, context, "schema", "copied");
    conns = transfer.block.conns;
    transfer.change.unchanged = "has nothing to copy";
    transfer.explain = explain;
    transfer.is_terse = true;
    if (!block_open_database(&transfer.block, SIDE_SOURCE, NULL, err))
        return false;
    transfer.change.name = conn_dbname(conns[SIDE_SOURCE]);
    dbname = flow_target_dbname(context->config, context->arena, transfer.change.name);
    if (!open_target(&transfer, dbname, &wanted.is_there, &made, err) ||
        !block_lock(&transfer.block, err) ||
        (wanted.schemas.len == 0 && wanted.pre_data &&
         !plan_database(&transfer, dbname, wanted.is_there, made, err)) ||
        !schema_copy_plan(context->config, conns[SIDE_SOURCE], conns[SIDE_TARGET], &wanted,
                          context->arena, &transfer.plan, err) ||
        !conn_run(conns[SIDE_TARGET], sql_schema_session, NO_PARAMS, NULL, err))
        return false;
    return transfer_run(&transfer, err);
}

static const Option copy_options[] = {
    {.name = "section",
     .type = OPTION_CHOICE,
     .argument = "SECTION",
     .choices = sections,
     .default_text = "all",
     .help =
         "pre-data (types, tables, functions and so on), post-data (indexes, constraints, triggers), "
         "or all"},
    {.name = "schema",
     .type = OPTION_LIST,
     .argument = "NAME",
     .help = "only what is in these schemas; no extensions, nor settings of the database"},
    {.name = "create-database",
     .type = OPTION_FLAG,
     .help =
         "make the target's database if it is not there, with the source's encoding and locale"},
    {.name = NULL},
};

const Command command_schema_copy = {
    .name = "schema copy",
    .arguments = "",
    .summary = "make the source's schema in a database of the target, without its rows",
    .description =
        "By the pg_dump that fits the source: types, tables, views, functions, indexes, constraints, triggers, with owners, grants and comments; "
        "before them owner, settings, grants and comment of the database itself. No rows, no publications, no subscriptions, nothing of "
        "pgbaton's own. Schemas and extensions that are there stay as they are. All is one transaction, which ends at the first error, told with its object.\n\n"
        "Nothing is dropped: a target that has any of the objects is refused (exit code 3), naming them. Grants and settings of the database that only the target has are taken away, after a question. "
        "--dry-run prints the SQL.\n\n"
        "Owners must be there: see \"pgbaton roles copy\". What the target's user may not change of the database itself is told as a warning.",
    .examples = "pgbaton schema copy --create-database --yes\n"
                "pgbaton schema copy --section pre-data --schema app --dry-run",
    .options = copy_options,
    .settings = "migration include exclude lock-timeout pg-bindir",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_schema_copy,
};
