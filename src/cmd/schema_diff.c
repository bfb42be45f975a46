/*
 * `pgbaton schema diff`: what differs between the catalogs of source and target, and the DDL that mends the target.
 */
#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "base/table.h"
#include "cmd/block.h"
#include "cmd/commands.h"
#include "schema/difference.h"

static const Option diff_options[] = {
    {.name = "database",
     .type = OPTION_TEXT,
     .argument = "NAME",
     .help = "the database to compare (default: those of the connection strings)"},
    {.name = "ddl", .type = OPTION_FLAG, .help = "print the DDL only: a script for psql -1"},
    {.name = "roles",
     .type = OPTION_FLAG,
     .help =
         "compare roles too, which is so by default: those that own or are granted something in the "
         "database, or have settings in it"},
    {.name = "no-roles", .type = OPTION_FLAG, .help = "do not compare roles"},
    {.name = NULL}};

static json_t *
properties_json(const Difference *d)
{
    json_t *list = json_array();

    for (size_t i = 0; i < d->properties.len; i++)
    {
        const DifferenceProperty *p = &d->properties.items[i];

        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:o}", "name", p->name, "source",
                                        json_text(p->source), "target", json_text(p->target)));
    }
    return list;
}

static void
report_json(const Block *block, const SchemaDifference *difference)
{
    json_t *list = json_array();
    json_t *warnings = json_array();
    json_t *skipped = json_array();

    for (size_t i = 0; i < difference->list.len; i++)
    {
        const Difference *d = &difference->list.items[i];

        json_array_append_new(
            list, json_pack("{s:s, s:o, s:s, s:o, s:o, s:b, s:o}", "kind", d->kind, "object",
                            json_text(d->object), "state", difference_state_name(d->state),
                            "properties", properties_json(d), "ddl", json_text(d->ddl),
                            "is_dangerous", d->is_dangerous, "reason", json_text(d->reason)));
    }
    for (size_t i = 0; i < difference->warnings.len; i++)
        json_array_append_new(warnings, json_text(difference->warnings.items[i]));
    for (const char *const *line = schema_difference_skipped; *line; line++)
        json_array_append_new(skipped, json_text(*line));
    json_print(json_pack(
        "{s:b, s:{s:o, s:o}, s:o, s:o, s:o, s:o}", "equal", difference->list.len == 0, "databases",
        "source", json_text(conn_dbname(block->conns[SIDE_SOURCE])), "target",
        json_text(conn_dbname(block->conns[SIDE_TARGET])), "differences", list, "script",
        json_text(difference->script), "warnings", warnings, "not_compared", skipped));
}

/* A table's cell is one line. */
static const char *
short_text(const char *text, Arena *arena)
{
    enum
    {
        MAX = 60
    };
    cleanup_(mem_free_pointer) char *shown = NULL;
    cleanup_(str_release) Str line = STR_INIT;

    if (!text)
        return "(none)";
    shown = redact(text);
    for (const char *p = shown; *p; p++)
        if (*p != '\n' && *p != '\r' && *p != '\t' && *p != ' ')
            str_add_char(&line, *p);
        else if (line.len > 0 && line.data[line.len - 1] != ' ')
            str_add_char(&line, ' ');
    if (line.len <= MAX)
        return arena_strdup(arena, line.data);
    while (line.len > MAX || (line.data[line.len - 1] & 0xC0) == 0x80)
        str_truncate(&line, line.len - 1);
    if ((unsigned char)line.data[line.len - 1] >= 0xC0)
        str_truncate(&line, line.len - 1);
    return arena_printf(arena, "%s…", line.data);
}

static const char *
value_pair(const DifferenceProperty *p, Arena *arena)
{
    return arena_printf(arena, "%s: %s -> %s", p->name, short_text(p->source, arena),
                        short_text(p->target, arena));
}

static void
print_list(const SchemaDifference *difference, Arena *arena)
{
    static const TableColumn columns[] = {
        {"kind", false}, {"object", false}, {"difference (source -> target)", false}};
    Table *table = table_new(arena, columns, lengthof(columns));

    for (size_t i = 0; i < difference->list.len; i++)
    {
        const Difference *d = &difference->list.items[i];

        if (d->state != DIFFERENCE_PROPERTIES)
            table_add_row(
                table, (const char *const[]){d->kind, d->object, difference_state_name(d->state)});
        for (size_t j = 0; j < d->properties.len; j++)
            table_add_row(table, (const char *const[]){j ? "" : d->kind, j ? "" : d->object,
                                                       value_pair(&d->properties.items[j], arena)});
    }
    table_print(table, stdout);
}

/* What the DDL leaves to do, as comments of SQL, since --ddl prints them too. */
static void
print_notes(const SchemaDifference *difference)
{
    for (size_t i = 0; i < difference->list.len; i++)
    {
        const Difference *d = &difference->list.items[i];

        if (d->reason && !d->is_dangerous)
        {
            cleanup_(str_release) Str line = STR_INIT;

            str_addf(&line, "-- %s %s: %s", d->kind, d->object, d->reason);
            for (char *p = line.data; *p; p++)
                if (*p == '\n' || *p == '\r')
                    *p = ' ';
            printf("%s\n", line.data);
        }
    }
    for (size_t i = 0; i < difference->warnings.len; i++)
        printf("-- %s\n", difference->warnings.items[i]);
}

static void
print_ddl(const SchemaDifference *difference)
{
    print_notes(difference);
    if (!*difference->script)
        return;
    puts("SET check_function_bodies = off;");
    puts("SET search_path = '';");
    fputs(difference->script, stdout);
}

static void
report(const Block *block, const SchemaDifference *difference)
{
    if (block->context->config->json)
        report_json(block, difference);
    else if (option_flag(block->context->options, "ddl"))
        print_ddl(difference);
    else if (difference->list.len == 0)
        printf("the schemas are the same\n");
    else
    {
        print_list(difference, block->context->arena);
        printf("\n%zu object%s. This makes the target as the source is:\n\n", difference->list.len,
               difference->list.len == 1 ? " differs" : "s differ");
        print_ddl(difference);
        printf("\n");
    }
    if (!block->context->config->json && !option_flag(block->context->options, "ddl"))
        for (const char *const *line = schema_difference_skipped; *line; line++)
            printf("not compared: %s\n", *line);
}

static bool
run_diff(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block;
    SchemaDifference difference = {0};
    bool with_roles = !option_flag(context->options, "no-roles");

    block_init(&block, context);
    if (!with_roles && option_flag(context->options, "roles"))
    {
        err_set(err, ERR_USAGE, "--roles and --no-roles exclude each other");
        err_detail(err, "Roles are either compared or not.");
        return err_hint(err, "Run: pgbaton help schema diff");
    }
    if (!block_open(&block, SIDE_SOURCE, err) || !block_open(&block, SIDE_TARGET, err) ||
        !schema_difference(block.conns[SIDE_SOURCE], block.conns[SIDE_TARGET], context->config,
                           with_roles, context->arena, &difference, err))
        return false;
    report(&block, &difference);
    if (difference.list.len == 0)
        return true;
    err->code = ERR_DIFFER;
    return false;
}

const Command command_schema_diff = {
    .name = "schema diff",
    .arguments = "",
    .summary = "compare the schemas of source and target, and print the DDL that mends the target",
    .description =
        "Compares the catalogs of the two databases, of any versions, object by object: tables with columns, indexes, constraints, triggers, "
        "rules and policies; views, sequences, functions, types, and whatever else pg_dump writes; owners, grants and comments; the "
        "database itself with its locale and settings; and the roles that have to do with it, without their passwords (--no-roles: not those). "
        "Definitions are the same when the target's server reads them as the same: for this temporary objects are made "
        "on the target, in a transaction that is rolled back.\n\n"
        "Then comes the DDL that makes the target as the source is, in an order in which psql -1 can execute it. What would lose data is in it as a "
        "comment, with the reason. Read it before you use it; nothing is executed. What is missing on the target is written by pg_dump.\n\n"
        "Left out are members of extensions, pgbaton's own objects and what include and exclude leave out. What is not compared at all "
        "is named at the end.\n\n"
        "Exit code: 0 when there is no difference, 4 when there is one.",
    .examples =
        "pgbaton schema diff\npgbaton schema diff --ddl > mend.sql\npgbaton schema diff --no-roles --json",
    .options = diff_options,
    .settings = "include exclude pg-bindir",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_diff,
};
