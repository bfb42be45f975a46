/* What include and exclude leave out, by the query that also decides what is dumped. */
#include <stdlib.h>

#include "base/str.h"
#include "check/run.h"
#include "config/filter.h"
#include "sql/sql.h"

static int
compare_oids(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

bool
excluded_read(CheckRun *run, Err *err)
{
    enum
    {
        CLASS_OF_RELATIONS = 1259 /* pg_class */
    };
    cleanup_(result_release) PGresult *result = NULL;

    if (run->config->include.len == 0 && run->config->exclude.len == 0)
        return true;
    if (!conn_query(run->source, sql_schema_excluded,
                    PARAMS(filter_json(run->arena, &run->config->include),
                           filter_json(run->arena, &run->config->exclude)),
                    &result, err))
        return err_context(err, "finding what include and exclude leave out");
    for (int row = 0; row < PQntuples(result); row++)
        if (result_i64(result, row, 0) == CLASS_OF_RELATIONS)
            *vec_push(&run->excluded, run->arena) = (uint32_t)result_i64(result, row, 1);
    if (run->excluded.len > 0)
        qsort(run->excluded.items, run->excluded.len, sizeof(uint32_t), compare_oids);
    return true;
}

bool
excluded_has(const CheckRun *run, uint32_t oid)
{
    return run->excluded.len > 0 && bsearch(&oid, run->excluded.items, run->excluded.len,
                                            sizeof(uint32_t), compare_oids) != NULL;
}
