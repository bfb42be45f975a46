#include "cmd/publication.h"

#include <string.h>

#include "cmd/commands.h"
#include "pg/quote.h"
#include "repl/publication_edit.h"

bool
publication_begin(PublicationCommand *command, const CommandContext *context, Err *err)
{
    Side side = block_side(context);

    block_init(&command->block, context);
    command->change = (Change){.object = "publication", .name = context->args[0]};
    if (!block_open(&command->block, side, err) || !block_lock(&command->block, err))
        return false;
    command->conn = command->block.conns[side];
    return publication_read(command->conn, context->arena, context->args[0], &command->now,
                            &command->exists, err);
}

bool
publication_finish(PublicationCommand *command, const Names *statements, Err *err)
{
    for (size_t i = 0; i < statements->len; i++)
        change_add(&command->change, &command->block, conn_side(command->conn),
                   statements->items[i]);
    return block_change_gently(&command->block, &command->change, err) ||
           members_rights(
               command->conn,
               "It takes CREATE on the database to make one, the publication's owner to change it, and a superuser for all "
               "tables and for schemas.",
               err);
}

static bool
run_list(const CommandContext *context, Err *err)
{
    static const ListingColumn columns[] = {
        {"name", "name", CELL_TEXT},
        {"owner", "owner", CELL_TEXT},
        {"all_tables", "all tables", CELL_BOOL},
        {"n_tables", "tables", CELL_NUMBER},
        {"n_schemas", "schemas", CELL_NUMBER},
        {"publishes", "publishes", CELL_TEXT},
        {"via_root", "via root", CELL_BOOL},
        {"n_filters", "row filters", CELL_NUMBER},
        {"n_column_lists", "column lists", CELL_NUMBER},
        {"generated_columns", NULL, CELL_TEXT},
        {"all_sequences", NULL, CELL_BOOL},
        {"migration", "made by migration", CELL_TEXT},
        {"tables", NULL, CELL_JSON},
        {"schemas", NULL, CELL_JSON},
        {"except_tables", NULL, CELL_JSON},
        {.key = NULL},
    };
    cleanup_(block_close) Block block;
    cleanup_(result_release) PGresult *result = NULL;
    Listing *listing = listing_new(context->arena, columns);
    Side side = block_side(context);

    block_init(&block, context);
    if (!block_open(&block, side, err) ||
        !publications_query(block.conns[side], NULL, &result, err))
        return false;
    listing_add_result(listing, result);
    block_print(&block, side, listing, "publications", "publications");
    return true;
}

static const Option list_options[] = {OPTION_ON("source"), OPTION_DATABASE, {.name = NULL}};

const Command command_publication_list = {
    .name = "publication list",
    .arguments = "",
    .summary = "list the publications of a database",
    .description =
        "Each with its owner, how many tables and schemas it names, what it publishes, whether changes of partitions are published as those of "
        "their root, and the migration of pgbaton that made it. --json tells its tables with their row filters and column lists too; "
        "\"table list\" tells the publications of each table.",
    .examples = "pgbaton publication list\npgbaton publication list --on target --json",
    .options = list_options,
    .run = run_list,
};

static const char *const operations[] = {"insert", "update", "delete", "truncate"};

/* The server's own order and spelling, so that it can be compared. */
static bool
read_publishes(const CommandContext *context, Conn *conn, const char **ret_publishes, Err *err)
{
    StringList given = option_list(context->options, "publish");
    bool knows_truncate = conn_has(conn, FEATURE_TRUNCATE_REPLICATED);
    bool wanted[lengthof(operations)] = {true, true, true, knows_truncate};
    cleanup_(str_release) Str s = STR_INIT;

    if (given.len > 0)
        memset(wanted, 0, sizeof(wanted));
    for (size_t i = 0; i < given.len; i++)
    {
        size_t n = 0;

        while (n < lengthof(operations) && strcmp(given.items[i], operations[n]) != 0)
            n++;
        if (n == lengthof(operations))
        {
            err_set(err, ERR_USAGE, "unknown operation \"%s\"", given.items[i]);
            err_detail(err, "What can be published: insert, update, delete, truncate.");
            return err_hint(err, "Run: pgbaton help publication create");
        }
        if (strcmp(operations[n], "truncate") == 0 &&
            !conn_require(conn, FEATURE_TRUNCATE_REPLICATED, err))
            return false;
        wanted[n] = true;
    }
    for (size_t i = 0; i < lengthof(operations); i++)
        if (wanted[i])
            str_addf(&s, "%s%s", s.len ? ", " : "", operations[i]);
    *ret_publishes = arena_strdup(context->arena, s.data);
    return true;
}

/* Before anything is asked of a server. */
static bool
check_usage(const CommandContext *context, Err *err)
{
    bool all = option_flag(context->options, "all-tables");
    bool some = option_given(context->options, "table") || option_given(context->options, "schema");
    bool details =
        option_given(context->options, "where") || option_given(context->options, "columns");

    if (all != some && !(all && details))
        return true;
    if (all)
        err_set(err, ERR_USAGE, "--all-tables goes with none of the options that name tables");
    else
        err_set(err, ERR_USAGE, "nothing is named that publication \"%s\" is to publish",
                context->args[0]);
    err_detail(err, "It is --all-tables, or tables and schemas.");
    return err_hint(err, "Give --table NAME, --schema NAMES, or --all-tables.");
}

static bool
read_wanted(PublicationCommand *command, const CommandContext *context, Publication *wanted,
            const char **ret_filter_columns, Err *err)
{
    StringList tables = option_list(context->options, "table");

    wanted->name = context->args[0];
    wanted->all_tables = option_flag(context->options, "all-tables");
    wanted->via_root = option_flag(context->options, "via-root");
    return (!wanted->via_root || conn_require(command->conn, FEATURE_PUBLISH_VIA_ROOT, err)) &&
           read_publishes(context, command->conn, &wanted->publishes, err) &&
           members_read_schemas(&command->block, command->conn, &wanted->schemas, err) &&
           members_read_tables(&command->block, command->conn, &tables, &wanted->tables,
                               ret_filter_columns, err);
}

static bool
run_create(const CommandContext *context, Err *err)
{
    PublicationCommand command = {.exists = false};
    Publication wanted = {.name = NULL};
    Names statements = {0};
    const char *filter_columns = NULL;
    bool ok;

    if (!check_usage(context, err))
        return false;
    ok = publication_begin(&command, context, err) &&
         read_wanted(&command, context, &wanted, &filter_columns, err);
    command.change.outcome = "created";
    command.change.unchanged = "is there already, as wanted";
    if (ok && command.exists)
        ok = publication_same(&command.now, &wanted, block_side(context), err);
    else if (ok)
    {
        ok = members_check_identity(&command.block, command.conn, &wanted, wanted.publishes,
                                    filter_columns, &command.change, err);
        publication_plan_create(context->arena, &wanted,
                                conn_has(command.conn, FEATURE_PUBLISH_VIA_ROOT), &statements);
    }
    ok = ok && publication_finish(&command, &statements, err);
    json_decref(command.change.details);
    block_close(&command.block);
    return ok;
}

static const Option create_options[] = {
    {.name = "table",
     .type = OPTION_TEXTS,
     .argument = "NAME",
     .help = "a table, or a pattern of tables; can be given several times"},
    OPTION_MEMBER_SCHEMA,
    {.name = "all-tables",
     .type = OPTION_FLAG,
     .help = "all tables of the database, those to come too (takes a superuser)"},
    OPTION_MEMBER_DETAILS,
    {.name = "publish",
     .type = OPTION_LIST,
     .argument = "LIST",
     .help = "what of insert, update, delete and truncate (default: all that the server can)"},
    {.name = "via-root",
     .type = OPTION_FLAG,
     .help =
         "publish changes of partitions as those of the table they are part of (since PostgreSQL 13)"},
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = NULL},
};

static void
add_members_help(Page *page)
{
    page_heading(page, "Names of tables");
    page_text(page, members_help);
}

const Command command_publication_create = {
    .name = "publication create",
    .arguments = "NAME",
    .summary = "make a publication",
    .description =
        "Of tables, schemas or all tables. One that is there with the same contents is left as it is; one that differs is refused "
        "(exit code 3) with the differences and the commands that would change it.\n\n"
        "Refuses tables that cannot be published, each by name with the reason: unlogged, temporary, foreign and system tables. "
        "Refuses as well when UPDATE and DELETE on a table, or a partition of it, would fail on this server once they are published, because it has no usable "
        "replica identity, or because of the row filter or column list: see \"identity list\" and \"identity fix\".\n\n"
        "A row filter is read back from the server in a transaction that is rolled back, in a dry run too, so that its SQL is the server's own.",
    .examples =
        "pgbaton publication create p --table app.orders --table 'app.item_*'\n"
        "pgbaton publication create big --table app.orders --where 'total > 100' --columns id,total\n"
        "pgbaton publication create p --schema app,audit --publish insert,update --dry-run",
    .options = create_options,
    .add_help = add_members_help,
    .settings = "lock-timeout",
    .min_args = 1,
    .max_args = 1,
    .run = run_create,
};

static bool
run_drop(const CommandContext *context, Err *err)
{
    PublicationCommand command = {.exists = false};
    cleanup_(str_release) Str sql = STR_INIT;
    Names statements = {0};
    bool ok = publication_begin(&command, context, err);

    command.change.outcome = "dropped";
    command.change.unchanged = "is not there";
    if (ok && command.exists)
    {
        const char *migration = command.now.migration;

        sql_format(&sql, "DROP PUBLICATION IF EXISTS %I", context->args[0]);
        *vec_push(&statements, context->arena) = sql.data;
        command.change.question =
            migration
                ? arena_printf(context->arena,
                               "Drop publication \"%s\" of migration \"%s\"; what follows it fails",
                               context->args[0], migration)
                : arena_printf(context->arena, "Drop publication \"%s\"; what follows it fails",
                               context->args[0]);
    }
    ok = ok && publication_finish(&command, &statements, err);
    block_close(&command.block);
    return ok;
}

static const Option drop_options[] = {OPTION_ON("source"), OPTION_DATABASE, {.name = NULL}};

const Command command_publication_drop = {
    .name = "publication drop",
    .arguments = "NAME",
    .summary = "drop a publication",
    .description =
        "Asks before. A subscription that follows it fails from then on, and its slot keeps WAL: drop that first. What is not there "
        "is no error.",
    .examples = "pgbaton publication drop p --yes",
    .options = drop_options,
    .settings = "lock-timeout",
    .min_args = 1,
    .max_args = 1,
    .run = run_drop,
};
