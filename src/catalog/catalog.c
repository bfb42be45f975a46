#include "catalog/catalog.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "pg/quote.h"
#include "sql/sql.h"

bool
catalog_relations(Conn *conn, Arena *arena, Relations *ret_relations, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_catalog_relations, PARAMS("false"), &result, err))
        return err_context(err, "reading the tables");
    for (int row = 0; row < PQntuples(result); row++)
    {
        Relation *r = vec_push(ret_relations, arena);
#define TEXT(column) arena_strdup(arena, result_text(result, row, result_column(result, column)))
        r->oid = (uint32_t)result_i64(result, row, result_column(result, "oid"));
        r->schema = TEXT("nspname");
        r->name = TEXT("relname");
        r->persistence = *TEXT("relpersistence");
        r->identity = *TEXT("relreplident");
        r->heap_bytes = result_i64(result, row, result_column(result, "heap_bytes"));
        r->table_bytes = result_i64(result, row, result_column(result, "table_bytes"));
        r->row_estimate = result_i64(result, row, result_column(result, "row_estimate"));
        r->columns_json = TEXT("columns");
        r->copy_options =
            arena_strdup(arena, result_text(result, row, result_column(result, "copy_options")));
        r->is_configuration = result_bool(result, row, result_column(result, "is_configuration"));
        r->condition = TEXT("condition");
#undef TEXT
    }
    return true;
}

static void
free_json(json_t **json)
{
    json_decref(*json);
}

static bool
has_name(json_t *names, const char *wanted)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (strcmp(json_string_value(json_array_get(names, i)), wanted) == 0)
            return true;
    return false;
}

bool
catalog_same_columns(const Relation *a, const Relation *b)
{
    cleanup_(free_json) json_t *these = json_loads(a->columns_json, 0, NULL);
    cleanup_(free_json) json_t *those = json_loads(b->columns_json, 0, NULL);

    if (json_array_size(these) != json_array_size(those))
        return false;
    for (size_t i = 0; i < json_array_size(these); i++)
        if (!has_name(those, json_string_value(json_array_get(these, i))))
            return false;
    return true;
}

void
catalog_add_column_list(Str *s, const char *columns_json)
{
    cleanup_(free_json) json_t *columns = json_loads(columns_json, 0, NULL);
    json_t *column;
    size_t i;

    json_array_foreach(columns, i, column)
    {
        str_add(s, i ? ", " : "");
        sql_ident(s, json_string_value(column));
    }
}

bool
catalog_has_large_objects(Conn *conn, bool *ret_any, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)",
                    NO_PARAMS, &result, err))
        return false;
    *ret_any = result_bool(result, 0, 0);
    return true;
}

bool
catalog_matviews(Conn *conn, Arena *arena, QualifiedNames *ret_names, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_catalog_matviews, NO_PARAMS, &result, err))
        return err_context(err, "reading the materialised views");
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_names, arena) =
            (QualifiedName){.schema = arena_strdup(arena, result_text(result, row, 0)),
                            .name = arena_strdup(arena, result_text(result, row, 1))};
    return true;
}

bool
catalog_databases(Conn *conn, Arena *arena, Names *ret_names, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_catalog_databases, NO_PARAMS, &result, err))
        return err_context(err, "reading the databases");
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_names, arena) = arena_strdup(arena, result_text(result, row, 0));
    return true;
}
