#include "repl/publication_edit.h"

#include <jansson.h>

#include "catalog/catalog.h"
#include "pg/quote.h"

enum
{
    MEMBERS_PER_STATEMENT = 500
};

void
publication_add_table(Str *s, const PublicationTable *table)
{
    /* Without ONLY, tables that inherit from it would be in it too. */
    sql_format(s, "ONLY %Q", table->schema, table->name);
    if (table->columns_json)
    {
        str_add(s, " (");
        catalog_add_column_list(s, table->columns_json);
        str_add_char(s, ')');
    }
    if (table->filter)
        sql_format(s, " WHERE (%R)", table->filter);
}

static void
add_statement(Arena *arena, Names *statements, const Str *sql)
{
    *vec_push(statements, arena) = arena_strdup(arena, sql->data);
}

/* From *start on as many tables as one statement takes; the keyword before them. */
static void
add_tables(Str *sql, const PublicationTables *tables, size_t *start, bool with_details)
{
    size_t end =
        tables->len - *start > MEMBERS_PER_STATEMENT ? *start + MEMBERS_PER_STATEMENT : tables->len;

    for (size_t i = *start; i < end; i++)
    {
        PublicationTable table = tables->items[i];

        if (!with_details)
            table.columns_json = table.filter = NULL;
        str_add(sql, i == *start ? "TABLE " : ", ");
        publication_add_table(sql, &table);
    }
    *start = end;
}

static void
add_schemas(Str *sql, const Names *schemas)
{
    for (size_t i = 0; i < schemas->len; i++)
        sql_format(sql, i ? ", %I" : "TABLES IN SCHEMA %I", schemas->items[i]);
}

static void
plan_alter(Arena *arena, const char *name, const char *verb, const PublicationTables *tables,
           size_t start, const Names *schemas, Names *ret_statements)
{
    bool adds = *verb == 'A';

    while (start < tables->len)
    {
        cleanup_(str_release) Str sql = STR_INIT;

        sql_format(&sql, "ALTER PUBLICATION %I %R ", name, verb);
        add_tables(&sql, tables, &start, adds);
        add_statement(arena, ret_statements, &sql);
    }
    if (schemas && schemas->len > 0)
    {
        cleanup_(str_release) Str sql = STR_INIT;

        sql_format(&sql, "ALTER PUBLICATION %I %R ", name, verb);
        add_schemas(&sql, schemas);
        add_statement(arena, ret_statements, &sql);
    }
}

void
publication_plan_add(Arena *arena, const char *name, const PublicationTables *tables,
                     const Names *schemas, Names *ret_statements)
{
    plan_alter(arena, name, "ADD", tables, 0, schemas, ret_statements);
}

void
publication_plan_remove(Arena *arena, const char *name, const PublicationTables *tables,
                        const Names *schemas, Names *ret_statements)
{
    plan_alter(arena, name, "DROP", tables, 0, schemas, ret_statements);
}

void
publication_plan_create(Arena *arena, const Publication *publication, bool knows_via_root,
                        Names *ret_statements)
{
    cleanup_(str_release) Str sql = STR_INIT;
    size_t start = 0;

    sql_format(&sql, "CREATE PUBLICATION %I", publication->name);
    if (publication->all_tables)
        str_add(&sql, " FOR ALL TABLES");
    else
        str_add(&sql, " FOR ");
    add_tables(&sql, &publication->tables, &start, true);
    if (publication->schemas.len > 0)
        str_add(&sql, publication->tables.len > 0 ? ", " : "");
    add_schemas(&sql, &publication->schemas);
    sql_format(&sql, " WITH (publish = %L", publication->publishes);
    if (knows_via_root && publication->via_root)
        str_add(&sql, ", publish_via_partition_root = true");
    str_add_char(&sql, ')');
    add_statement(arena, ret_statements, &sql);
    plan_alter(arena, publication->name, "ADD", &publication->tables, start, NULL, ret_statements);
}
