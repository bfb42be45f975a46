#include <string.h>

#include "catalog/table_name.h"
#include "cmd/publication.h"
#include "pg/quote.h"

/* What is told of a difference. */
typedef struct Difference
{
    Str text;
    Str commands;
    const char *name;
    Side side;
} Difference;

static void
difference_release(Difference *difference)
{
    str_release(&difference->text);
    str_release(&difference->commands);
}

static Str *
say(Difference *difference)
{
    str_add(&difference->text, difference->text.len ? "; it " : "It ");
    return &difference->text;
}

/* Begins a command of ours on the publication. */
static Str *
say_command(Difference *difference, const char *verb)
{
    Str *s = &difference->commands;

    str_addf(s, "%spgbaton publication %s --on %s ", s->len ? " && " : "", verb,
             side_name(difference->side));
    publication_add_word(s, difference->name);
    return s;
}

void
publication_add_word(Str *s, const char *name)
{
    /* After it no name is an option. */
    str_add(s, *name == '-' ? "-- " : "");
    str_add_shell_word(s, name);
}

static void
add_words(Str *s, const PublicationTable *table)
{
    cleanup_(str_release) Str name = STR_INIT;

    table_name_add(&name, table->schema, table->name);
    str_add_char(s, ' ');
    str_add_shell_word(s, name.data);
}

/* The tables of `some` that `others` lack. */
static void
compare_tables(Difference *difference, const PublicationTables *some,
               const PublicationTables *others, const char *what, const char *verb)
{
    cleanup_(arena_release) Arena arena = {0};
    PublicationTables missing = {0};
    Str *s;

    for (size_t i = 0; i < some->len; i++)
        if (!publication_find_table(others, some->items[i].oid))
            *vec_push(&missing, &arena) = some->items[i];
    if (missing.len == 0)
        return;
    s = say(difference);
    str_addf(s, "%s ", what);
    members_add_list(s, &missing);
    s = say_command(difference, verb);
    for (size_t i = 0; i < missing.len; i++)
        add_words(s, &missing.items[i]);
}

static void
compare_schemas(Difference *difference, const Names *some, const Names *others, const char *what,
                const char *verb)
{
    for (size_t i = 0; i < some->len; i++)
        if (!publication_has_schema(others, some->items[i]))
        {
            cleanup_(str_release) Str name = STR_INIT;

            str_addf(say(difference), "%s all of schema \"%s\"", what, some->items[i]);
            plain_name_add(&name, some->items[i]);
            str_add(say_command(difference, verb), " --schema ");
            str_add_shell_word(&difference->commands, name.data);
        }
}

static bool
same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool
same_columns(const char *a, const char *b)
{
    cleanup_(json_release) json_t *one = a ? json_loads(a, 0, NULL) : json_null();
    cleanup_(json_release) json_t *other = b ? json_loads(b, 0, NULL) : json_null();

    return json_equal(one, other);
}

static void
add_details(Str *s, const PublicationTable *table)
{
    str_add(s, table->columns_json ? table->columns_json : "all columns");
    if (table->filter)
        str_addf(s, " of the rows where %s", table->filter);
    else
        str_add(s, " of all rows");
}

static void
compare_details(Difference *difference, const PublicationTable *now, const PublicationTable *wanted)
{
    Str *s;

    if (same_text(now->filter, wanted->filter) &&
        same_columns(now->columns_json, wanted->columns_json))
        return;
    s = say(difference);
    str_add(s, "publishes of ");
    table_name_add(s, now->schema, now->name);
    str_add_char(s, ' ');
    add_details(s, now);
    str_add(s, ", not ");
    add_details(s, wanted);
    add_words(say_command(difference, "remove"), now);
    s = say_command(difference, "add");
    add_words(s, wanted);
    if (wanted->filter)
    {
        str_add(s, " --where ");
        str_add_shell_word(s, wanted->filter);
    }
    if (wanted->columns_json)
    {
        cleanup_(json_release) json_t *columns = json_loads(wanted->columns_json, 0, NULL);
        cleanup_(str_release) Str list = STR_INIT;
        const json_t *column;
        size_t i;

        json_array_foreach(columns, i, column)
        {
            str_add(&list, i ? "," : "");
            plain_name_add(&list, json_string_value(column));
        }
        str_add(s, " --columns ");
        str_add_shell_word(s, list.data);
    }
}

static void
compare_settings(Difference *difference, const Publication *now, const Publication *wanted)
{
    cleanup_(str_release) Str sql = STR_INIT;

    if (!same_text(now->publishes, wanted->publishes))
    {
        str_addf(say(difference), "publishes %s, not %s",
                 *now->publishes ? now->publishes : "nothing", wanted->publishes);
        sql_format(&sql, "ALTER PUBLICATION %I SET (publish = %L)", now->name, wanted->publishes);
    }
    if (now->via_root != wanted->via_root)
    {
        str_addf(say(difference), "publishes partitions as %s",
                 now->via_root ? "their roots, not as themselves"
                               : "themselves, not as their roots");
        sql_format(&sql, "%R ALTER PUBLICATION %I SET (publish_via_partition_root = %R)",
                   sql.len ? ";" : "", now->name, wanted->via_root ? "true" : "false");
    }
    if (sql.len > 0)
    {
        str_addf(&difference->commands, "%spsql -c ", difference->commands.len ? " && " : "");
        str_add_shell_word(&difference->commands, sql.data + strspn(sql.data, " "));
    }
}

bool
publication_same(const Publication *now, const Publication *wanted, Side side, Err *err)
{
    cleanup_(difference_release)
        Difference difference = {.text = STR_INIT, .commands = STR_INIT, .side = side};

    difference.name = now->name;
    if (now->all_tables != wanted->all_tables)
    {
        str_add(say(&difference),
                now->all_tables ? "is of all tables" : "is not of all tables, but names its own");
        say_command(&difference, "drop");
    }
    else
    {
        if (now->has_exceptions)
        {
            str_add(say(&difference), "leaves some tables out");
            say_command(&difference, "drop");
        }
        compare_settings(&difference, now, wanted);
        compare_tables(&difference, &wanted->tables, &now->tables, "lacks", "add");
        compare_tables(&difference, &now->tables, &wanted->tables, "has also", "remove");
        compare_schemas(&difference, &wanted->schemas, &now->schemas, "lacks", "add");
        compare_schemas(&difference, &now->schemas, &wanted->schemas, "has also", "remove");
        for (size_t i = 0; i < wanted->tables.len; i++)
        {
            const PublicationTable *have =
                publication_find_table(&now->tables, wanted->tables.items[i].oid);

            if (have)
                compare_details(&difference, have, &wanted->tables.items[i]);
        }
    }
    if (!difference.text.len)
        return true;
    err_set(err, ERR_REFUSED, "publication \"%s\" is there already, and is another one", now->name);
    err_detail(err, "%s.", difference.text.data);
    return err_hint(err, "To change it, run: %s", difference.commands.data);
}
