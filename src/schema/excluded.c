#include "schema/excluded.h"

#include <stdlib.h>

#include "config/filter.h"
#include "sql/sql.h"

uint64_t
schema_excluded_key(int64_t catalog, int64_t oid)
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
schema_excluded_read(Conn *conn, const Config *config, Arena *arena, Excluded *ret, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (config->include.len == 0 && config->exclude.len == 0)
        return true;
    if (!conn_query(
            conn, sql_schema_excluded,
            PARAMS(filter_json(arena, &config->include), filter_json(arena, &config->exclude)),
            &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret, arena) =
            schema_excluded_key(result_i64(result, row, 0), result_i64(result, row, 1));
    return true;
}

bool
schema_excluded_has(const Excluded *excluded, int64_t catalog, int64_t oid)
{
    uint64_t key = schema_excluded_key(catalog, oid);

    return excluded->len > 0 &&
           bsearch(&key, excluded->items, excluded->len, sizeof(key), compare_keys) != NULL;
}
