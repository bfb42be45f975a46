#include "catalog/catalog.h"

#include <jansson.h>
#include <stdlib.h>

#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    SEQUENCES_PER_QUERY = 500
};

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

/* One query reads a batch: each sequence is a relation of one row. */
static bool
read_sequences(Conn *conn, Arena *arena, SequenceValue *sequences, size_t n, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    cleanup_(result_release) PGresult *result = NULL;

    for (size_t i = 0; i < n; i++)
    {
        sql_format(&sql, "%RSELECT %R AS n, last_value::text, is_called FROM %Q",
                   i ? " UNION ALL " : "", PARAM_I64(i), sequences[i].schema, sequences[i].name);
    }
    if (!conn_query(conn, sql.data, NO_PARAMS, &result, err))
        return err_context(err, "reading the sequences");
    for (int row = 0; row < PQntuples(result); row++)
    {
        SequenceValue *sequence = &sequences[result_i64(result, row, 0)];

        sequence->last_value = arena_strdup(arena, result_text(result, row, 1));
        sequence->is_called = result_bool(result, row, 2);
    }
    return true;
}

static size_t
batch_size(size_t len, size_t start)
{
    return len - start < SEQUENCES_PER_QUERY ? len - start : SEQUENCES_PER_QUERY;
}

bool
catalog_sequences(Conn *conn, Arena *arena, SequenceValues *ret_sequences, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_catalog_sequences, NO_PARAMS, &result, err))
        return err_context(err, "reading the sequences");
    for (int row = 0; row < PQntuples(result); row++)
    {
        SequenceValue *sequence = vec_push(ret_sequences, arena);

        sequence->schema = arena_strdup(arena, result_text(result, row, 1));
        sequence->name = arena_strdup(arena, result_text(result, row, 2));
    }
    for (size_t start = 0; start < ret_sequences->len; start += SEQUENCES_PER_QUERY)
        if (!read_sequences(conn, arena, ret_sequences->items + start,
                            batch_size(ret_sequences->len, start), err))
            return false;
    return true;
}

static bool
set_sequences(Conn *conn, const SequenceValue *sequences, size_t n, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    for (size_t i = 0; i < n; i++)
    {
        cleanup_(str_release) Str name = STR_INIT;

        sql_qualified(&name, sequences[i].schema, sequences[i].name);
        str_add(&sql, i ? ", " : "SELECT ");
        sql_format(&sql, "pg_catalog.setval(pg_catalog.to_regclass(%L), %L::bigint, %R)", name.data,
                   sequences[i].last_value, sequences[i].is_called ? "true" : "false");
    }
    return conn_run(conn, sql.data, NO_PARAMS, NULL, err) ||
           err_context(err, "setting the sequences");
}

bool
catalog_set_sequences(Conn *conn, const SequenceValues *sequences, Err *err)
{
    for (size_t start = 0; start < sequences->len; start += SEQUENCES_PER_QUERY)
        if (!set_sequences(conn, sequences->items + start, batch_size(sequences->len, start), err))
            return false;
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
