#include "catalog/left_out.h"

#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"

uint64_t
left_out_key(int64_t catalog, int64_t oid)
{
    return (uint64_t)catalog << 32 | (uint64_t)oid;
}

static int
compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

bool
left_out_read(Conn *conn, const char *include, const char *exclude, Arena *arena,
              LeftOut *ret_left_out, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (strcmp(include, "[]") == 0 && strcmp(exclude, "[]") == 0)
        return true;
    if (!conn_query(conn, sql_schema_excluded, PARAMS(include, exclude), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_left_out, arena) =
            left_out_key(result_i64(result, row, 0), result_i64(result, row, 1));
    return true;
}

bool
left_out_has(const LeftOut *left_out, int64_t catalog, int64_t oid)
{
    uint64_t key = left_out_key(catalog, oid);

    return left_out->len > 0 &&
           bsearch(&key, left_out->items, left_out->len, sizeof(key), compare_keys) != NULL;
}
