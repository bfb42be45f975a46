#include "catalog/sequence_details.h"

#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"

static int
compare_names(const void *a, const void *b)
{
    const SequenceDetails *x = a;
    const SequenceDetails *y = b;
    int order = strcmp(x->schema, y->schema);

    return order ? order : strcmp(x->name, y->name);
}

static SequenceDetails
details_of(Arena *arena, const PGresult *result, int row)
{
    return (SequenceDetails){
        .schema = arena_strdup(arena, result_text(result, row, 1)),
        .name = arena_strdup(arena, result_text(result, row, 2)),
        .type = arena_strdup(arena, result_text(result, row, 3)),
        .start = result_i64(result, row, 4),
        .increment = result_i64(result, row, 5),
        .min = result_i64(result, row, 6),
        .max = result_i64(result, row, 7),
        .cache = result_i64(result, row, 8),
        .cycles = result_bool(result, row, 9),
        .is_unlogged = result_bool(result, row, 10),
        .may_read = result_bool(result, row, 11),
        .may_set = result_bool(result, row, 12),
        .owned_by = arena_strdup(arena, result_text(result, row, 13)),
    };
}

bool
catalog_sequence_details(Conn *conn, Arena *arena, SequenceDetailsList *ret_list, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    SequenceValues values = {0};
    size_t next = 0;

    if (!conn_query(conn, sql_catalog_sequence_details, NO_PARAMS, &result, err))
        return err_context(err, "reading the sequences");
    for (int row = 0; row < PQntuples(result); row++)
    {
        SequenceDetails *details = vec_push(ret_list, arena);

        *details = details_of(arena, result, row);
        if (details->may_read)
            *vec_push(&values, arena) =
                (SequenceValue){.schema = details->schema, .name = details->name};
    }
    if (!catalog_read_sequences(conn, arena, &values, err))
        return false;
    for (size_t i = 0; i < ret_list->len; i++)
        if (ret_list->items[i].may_read)
        {
            ret_list->items[i].last_value = strtoll(values.items[next].last_value, NULL, 10);
            ret_list->items[i].is_called = values.items[next++].is_called;
        }
    if (ret_list->len > 0)
        qsort(ret_list->items, ret_list->len, sizeof(*ret_list->items), compare_names);
    return true;
}
