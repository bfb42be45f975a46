#include "repl/publication_read.h"

#include <string.h>

#include "base/json_text.h"
#include "pg/quote.h"
#include "repl/publication_edit.h"
#include "sql/sql.h"

bool
publications_query(Conn *conn, const char *name, PGresult **ret_result, Err *err)
{
    return conn_query(conn,
                      conn_has(conn, FEATURE_ROW_FILTERS) ? sql_repl_publications_filtered
                                                          : sql_repl_publications,
                      PARAMS(name), ret_result, err);
}

/* Cells that are JSON themselves, of one row. */
static json_t *
document_of(const PGresult *result, int row)
{
    static const char *const documents[] = {"tables", "schemas", "except_tables"};
    static const char *const flags[] = {"all_tables", "via_root"};
    static const char *const texts[] = {"name", "publishes"};
    json_t *object = json_object();

    for (size_t i = 0; i < lengthof(documents); i++)
        json_object_set_new(
            object, documents[i],
            json_loads(result_text(result, row, result_column(result, documents[i])), 0, NULL));
    for (size_t i = 0; i < lengthof(flags); i++)
        json_object_set_new(
            object, flags[i],
            json_boolean(result_bool(result, row, result_column(result, flags[i]))));
    for (size_t i = 0; i < lengthof(texts); i++)
        json_object_set_new(object, texts[i],
                            json_string(result_text(result, row, result_column(result, texts[i]))));
    return object;
}

bool
publications_json(Conn *conn, Arena *arena, const char **ret_json, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    json_t *list;

    if (!publications_query(conn, NULL, &result, err))
        return false;
    list = json_array();
    for (int row = 0; row < PQntuples(result); row++)
        json_array_append_new(list, document_of(result, row));
    *ret_json = json_arena_text(arena, list);
    return true;
}

static void
read_members(Arena *arena, const json_t *document, Publication *publication)
{
    const json_t *member;
    size_t i;

    json_array_foreach(json_object_get(document, "tables"), i, member)
    {
        json_t *columns = json_object_get(member, "columns");

        *vec_push(&publication->tables, arena) = (PublicationTable){
            .oid = arena_printf(arena, "%lld",
                                (long long)json_integer_value(json_object_get(member, "oid"))),
            .schema = arena_strdup(arena, json_string_value(json_object_get(member, "schema"))),
            .name = arena_strdup(arena, json_string_value(json_object_get(member, "name"))),
            .columns_json =
                json_is_array(columns) ? json_arena_text(arena, json_incref(columns)) : NULL,
            .filter = arena_strdup(arena, json_string_value(json_object_get(member, "where"))),
        };
    }
    json_array_foreach(json_object_get(document, "schemas"), i, member) *
        vec_push(&publication->schemas, arena) = arena_strdup(arena, json_string_value(member));
}

bool
publication_read(Conn *conn, Arena *arena, const char *name, Publication *ret_publication,
                 bool *ret_exists, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    json_t *document;

    if (!publications_query(conn, name, &result, err))
        return false;
    *ret_exists = PQntuples(result) > 0;
    if (!*ret_exists)
        return true;
#define TEXT(column) arena_strdup(arena, result_text(result, 0, result_column(result, column)))
    *ret_publication = (Publication){
        .name = TEXT("name"),
        .owner = TEXT("owner"),
        .migration = TEXT("migration"),
        .publishes = TEXT("publishes"),
        .all_tables = result_bool(result, 0, result_column(result, "all_tables")),
        .via_root = result_bool(result, 0, result_column(result, "via_root")),
    };
#undef TEXT
    document = document_of(result, 0);
    read_members(arena, document, ret_publication);
    ret_publication->has_exceptions =
        json_array_size(json_object_get(document, "except_tables")) > 0;
    json_decref(document);
    return true;
}

const PublicationTable *
publication_find_table(const PublicationTables *tables, const char *oid)
{
    for (size_t i = 0; i < tables->len; i++)
        if (strcmp(tables->items[i].oid, oid) == 0)
            return &tables->items[i];
    return NULL;
}

bool
publication_has_schema(const Names *schemas, const char *name)
{
    for (size_t i = 0; i < schemas->len; i++)
        if (strcmp(schemas->items[i], name) == 0)
            return true;
    return false;
}

static bool
probe(Conn *conn, Arena *arena, const char *name, PublicationTable *table,
      const char **ret_columns_json, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    Publication made = {.tables = {0}};
    PublicationTable closed = *table;
    bool exists;

    /* What follows the condition makes a syntax error of one that ends before its end; the line's end ends a comment. */
    closed.filter = arena_printf(arena, "%s\n", table->filter);
    sql_format(&sql, "CREATE PUBLICATION %I FOR TABLE ", name);
    publication_add_table(&sql, &closed);
    str_add(&sql, " WITH (publish = 'insert')");
    /* Not conn_exec: this takes one statement only. */
    if (!conn_run(conn, sql.data, NO_PARAMS, NULL, err) ||
        !publication_read(conn, arena, name, &made, &exists, err) ||
        !conn_value(conn, arena, sql_repl_filter_columns, PARAMS(name), ret_columns_json, err))
        return false;
    if (made.tables.len == 1 && made.schemas.len == 0 && made.tables.items[0].filter)
    {
        table->filter = made.tables.items[0].filter;
        return true;
    }
    err_set(err, ERR_USAGE, "malformed row filter");
    err_detail(err, "It is more than one expression: %s", table->filter);
    return err_hint(err, "Write one condition, without WHERE: --where 'total > 10'.");
}

bool
publication_probe_filter(Conn *conn, Arena *arena, PublicationTable *table,
                         const char **ret_columns_json, Err *err)
{
    cleanup_(str_release) Str name = STR_INIT;
    PublicationTable filtered = *table;
    cleanup_(err_release) Err ignored = {0};
    bool ok;

    str_addf(&name, "pgbaton_probe_%d", PQbackendPID(conn_pg(conn)));
    filtered.columns_json = NULL; /* only those of the filter are asked for */
    if (!conn_exec(conn, "BEGIN", err))
        return false;
    ok = probe(conn, arena, name.data, &filtered, ret_columns_json, err);
    table->filter = filtered.filter;
    return (conn_exec(conn, "ROLLBACK", ok ? err : &ignored) && ok) ||
           err_context(err, "the row filter of table \"%s.%s\"", table->schema, table->name);
}
