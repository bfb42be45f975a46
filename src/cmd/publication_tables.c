#include <string.h>

#include "catalog/table_name.h"
#include "cmd/commands.h"
#include "cmd/publication.h"
#include "pg/quote.h"
#include "repl/publication_edit.h"

/* Tables of the arguments after the first one. */
static StringList
table_arguments(const CommandContext *context)
{
    StringList list = {.len = (size_t)context->n_args - 1};

    list.items = arena_alloc(context->arena, (list.len + 1) * sizeof(*list.items));
    for (size_t i = 0; i < list.len; i++)
        list.items[i] = context->args[i + 1];
    return list;
}

static bool
check_usage(const CommandContext *context, Err *err)
{
    if (context->n_args > 1 || option_given(context->options, "schema"))
        return true;
    err_set(err, ERR_USAGE, "no table and no schema is named");
    err_detail(err, "Publication \"%s\" is all that is named.", context->args[0]);
    return err_hint(err, "Name them after it: SCHEMA.TABLE, 'SCHEMA.*', or --schema NAMES.");
}

static bool
refuse_all_tables(const PublicationCommand *command, Err *err)
{
    cleanup_(str_release) Str word = STR_INIT;

    publication_add_word(&word, command->now.name);
    err_set(err, ERR_REFUSED, "publication \"%s\" is of all tables", command->now.name);
    err_detail(err, "No single one can be added to it or taken out.");
    return err_hint(err, "Make another one, or first run: pgbaton publication drop --on %s %s",
                    side_name(conn_side(command->conn)), word.data);
}

static bool
refuse_missing(const PublicationCommand *command, Err *err)
{
    cleanup_(str_release) Str word = STR_INIT;

    publication_add_word(&word, command->change.name);
    err_set(err, ERR_REFUSED, "there is no publication \"%s\"", command->change.name);
    err_detail(err, "Database \"%s\" of the %s has no such one.", conn_dbname(command->conn),
               side_name(conn_side(command->conn)));
    return err_hint(err, "Run: pgbaton publication create --on %s %s --table NAME",
                    side_name(conn_side(command->conn)), word.data);
}

/* What of `given` is not in the publication yet. A table that is in it otherwise than given is refused. */
static bool
take_new(const PublicationCommand *command, Arena *arena, const Publication *given,
         Publication *ret_added, Err *err)
{
    for (size_t i = 0; i < given->tables.len; i++)
    {
        const PublicationTable *have =
            publication_find_table(&command->now.tables, given->tables.items[i].oid);
        Publication one = command->now;
        Publication other = command->now;

        if (!have)
        {
            *vec_push(&ret_added->tables, arena) = given->tables.items[i];
            continue;
        }
        one.tables = (PublicationTables){.items = (PublicationTable[]){*have}, .len = 1};
        other.tables =
            (PublicationTables){.items = (PublicationTable[]){given->tables.items[i]}, .len = 1};
        if (!publication_same(&one, &other, conn_side(command->conn), err))
            return false;
    }
    for (size_t i = 0; i < given->schemas.len; i++)
        if (!publication_has_schema(&command->now.schemas, given->schemas.items[i]))
            *vec_push(&ret_added->schemas, arena) = given->schemas.items[i];
    return true;
}

static bool
plan_add(PublicationCommand *command, const CommandContext *context, Names *ret_statements,
         Err *err)
{
    StringList texts = table_arguments(context);
    Publication given = {.name = context->args[0]};
    Publication added = {.name = context->args[0]};
    const char *filter_columns;

    if (!command->exists)
        return refuse_missing(command, err);
    if (command->now.all_tables)
        return refuse_all_tables(command, err);
    if (!members_read_schemas(&command->block, command->conn, &given.schemas, err) ||
        !members_read_tables(&command->block, command->conn, &texts, &given.tables, &filter_columns,
                             err) ||
        !take_new(command, context->arena, &given, &added, err) ||
        !members_check_identity(&command->block, command->conn, &added, command->now.publishes,
                                filter_columns, &command->change, err))
        return false;
    publication_plan_add(context->arena, context->args[0], &added.tables, &added.schemas,
                         ret_statements);
    return true;
}

static bool
run_add(const CommandContext *context, Err *err)
{
    PublicationCommand command = {.exists = false};
    Names statements = {0};
    bool ok;

    if (!check_usage(context, err))
        return false;
    ok = publication_begin(&command, context, err);
    command.change.outcome = "changed";
    command.change.unchanged = "has them already";
    command.change.note =
        "Subscriptions take new tables up by: ALTER SUBSCRIPTION ... REFRESH PUBLICATION";
    ok = ok && plan_add(&command, context, &statements, err) &&
         publication_finish(&command, &statements, err);
    json_decref(command.change.details);
    block_close(&command.block);
    return ok;
}

static const Option add_options[] = {
    OPTION_MEMBER_SCHEMA, OPTION_MEMBER_DETAILS, OPTION_ON("source"),
    OPTION_DATABASE,      {.name = NULL},
};

static void
add_members_help(Page *page)
{
    page_heading(page, "Names of tables");
    page_text(page, members_help);
}

const Command command_publication_add = {
    .name = "publication add",
    .arguments = "NAME [TABLE...]",
    .summary = "add tables and schemas to a publication",
    .description =
        "Those that are in it already are left as they are; one that is in it with another row filter or column list is refused, with the "
        "commands that would change it. What cannot be published, or not without a replica identity, is refused as by \"publication create\".",
    .examples = "pgbaton publication add p app.orders 'app.item_*'\n"
                "pgbaton publication add p app.orders --where 'total > 100'",
    .options = add_options,
    .add_help = add_members_help,
    .settings = "lock-timeout",
    .min_args = 1,
    .max_args = -1,
    .run = run_add,
};

/* A table that is published without being named cannot be taken out by its name. */
static bool
refuse_implied(const PublicationCommand *command, Arena *arena, const TableName *name, Err *err)
{
    static const char sql[] =
        "WITH RECURSIVE root AS ("
        " SELECT c.oid, c.relnamespace, n.nspname, c.relname, 0 AS level"
        "   FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
        "  WHERE n.nspname = $1 AND c.relname = $2"
        " UNION ALL"
        " SELECT c.oid, c.relnamespace, n.nspname, c.relname, r.level + 1"
        "   FROM root AS r JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = r.oid"
        "   JOIN pg_catalog.pg_class AS p ON p.oid = r.oid AND p.relispartition"
        "   JOIN pg_catalog.pg_class AS c ON c.oid = i.inhparent"
        "   JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace)"
        " SELECT CASE WHEN r.nspname::text = ANY ($3::text[]) THEN pg_catalog.concat('schema \"', r.nspname, '\"')"
        "             ELSE pg_catalog.concat('table \"', r.nspname, '.', r.relname, '\", of which it is a partition') END"
        "   FROM root AS r"
        "  WHERE r.nspname::text = ANY ($3::text[]) OR r.level > 0 AND r.oid::text = ANY ($4::text[])"
        "  ORDER BY r.level LIMIT 1";
    cleanup_(str_release) Str schemas = STR_INIT;
    cleanup_(str_release) Str oids = STR_INIT;
    const char *through;

    for (size_t i = 0; i < command->now.schemas.len; i++)
        sql_array_add(&schemas, command->now.schemas.items[i]);
    for (size_t i = 0; i < command->now.tables.len; i++)
        sql_array_add(&oids, command->now.tables.items[i].oid);
    if (!conn_value(command->conn, arena, sql,
                    PARAMS(name->schema, name->name, schemas.len ? schemas.data : "{}",
                           oids.len ? oids.data : "{}"),
                    &through, err))
        return false;
    if (!through)
        return true;
    err_set(err, ERR_REFUSED, "table \"%s.%s\" cannot be taken out of publication \"%s\" alone",
            name->schema, name->name, command->now.name);
    err_detail(err, "It is published with %s.", through);
    return err_hint(err, "Take that out, and add the others one by one.");
}

static bool
plan_remove(PublicationCommand *command, const CommandContext *context, Names *ret_statements,
            Err *err)
{
    Arena *arena = context->arena;
    StringList texts = table_arguments(context);
    Names schemas = {0};
    Names gone_schemas = {0};
    PublicationTables gone = {0};
    bool *is_taken;

    if (!command->exists)
        return true;
    if (command->now.all_tables)
        return refuse_all_tables(command, err);
    is_taken = arena_alloc(arena, command->now.tables.len + 1);
    for (size_t i = 0; i < texts.len; i++)
    {
        TableName name;
        size_t n_matches = 0;

        if (!table_name_parse(arena, texts.items[i], &name, err))
            return false;
        for (size_t t = 0; t < command->now.tables.len; t++)
            if (table_name_matches(&name, command->now.tables.items[t].schema,
                                   command->now.tables.items[t].name))
            {
                n_matches++;
                is_taken[t] = true;
            }
        if (n_matches == 0 && name.name && !refuse_implied(command, arena, &name, err))
            return false;
    }
    for (size_t t = 0; t < command->now.tables.len; t++)
        if (is_taken[t])
            *vec_push(&gone, arena) = command->now.tables.items[t];
    texts = option_list(context->options, "schema");
    for (size_t i = 0; i < texts.len; i++)
        if (!plain_names_parse(arena, texts.items[i], &schemas, err))
            return false;
    for (size_t i = 0; i < schemas.len; i++)
        if (publication_has_schema(&command->now.schemas, schemas.items[i]) &&
            !publication_has_schema(&gone_schemas, schemas.items[i]))
            *vec_push(&gone_schemas, arena) = schemas.items[i];
    publication_plan_remove(arena, context->args[0], &gone, &gone_schemas, ret_statements);
    return true;
}

static bool
run_remove(const CommandContext *context, Err *err)
{
    PublicationCommand command = {.exists = false};
    Names statements = {0};
    bool ok;

    if (!check_usage(context, err))
        return false;
    ok = publication_begin(&command, context, err);
    command.change.outcome = "changed";
    command.change.unchanged = command.exists ? "does not have them" : "is not there";
    command.change.question = arena_printf(
        context->arena, "Stop publishing these tables in publication \"%s\"", context->args[0]);
    ok = ok && plan_remove(&command, context, &statements, err) &&
         publication_finish(&command, &statements, err);
    block_close(&command.block);
    return ok;
}

static const Option remove_options[] = {
    {.name = "schema",
     .type = OPTION_TEXTS,
     .argument = "NAMES",
     .help = "take these schemas out, which were added as a whole"},
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_publication_remove = {
    .name = "publication remove",
    .arguments = "NAME [TABLE...]",
    .summary = "take tables and schemas out of a publication",
    .description =
        "Asks before: what is written to them from then on does not arrive anywhere. A pattern is one of the publication's own tables. What is not in it is no "
        "error, but a table that is in it with its schema, or with the table that it is a partition of, cannot be taken out alone.",
    .examples = "pgbaton publication remove p app.orders --yes",
    .options = remove_options,
    .add_help = add_members_help,
    .settings = "lock-timeout",
    .min_args = 1,
    .max_args = -1,
    .run = run_remove,
};
