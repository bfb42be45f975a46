/* What include and exclude leave out, by the query that also decides what is dumped. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "check/run.h"
#include "sql/sql.h"

static json_t *
like_pattern(const char *glob, size_t len)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (size_t i = 0; i < len; i++)
    {
        if (strchr("%_\\", glob[i]))
            str_add_char(&s, '\\');
        str_add_char(&s, glob[i] == '*' ? '%' : glob[i] == '?' ? '_' : glob[i]);
    }
    return json_stringn_nocheck(s.data, s.len);
}

const char *
pattern_json(Arena *arena, const StringList *patterns)
{
    json_t *array = json_array();
    char *text;
    const char *copy;

    for (size_t i = 0; i < patterns->len; i++)
    {
        const char *pattern = patterns->items[i];
        const char *dot = strchr(pattern, '.');
        const char *table = dot ? dot + 1 : "*";
        json_t *item = json_array();

        json_array_append_new(
            item, like_pattern(pattern, dot ? (size_t)(dot - pattern) : strlen(pattern)));
        json_array_append_new(item, like_pattern(table, strlen(table)));
        json_array_append_new(item, json_string_nocheck(pattern));
        json_array_append_new(array, item);
    }
    text = json_dumps(array, JSON_COMPACT);
    json_decref(array);
    copy = arena_strdup(arena, text ? text : "[]");
    free(text);
    return copy;
}

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
                    PARAMS(pattern_json(run->arena, &run->config->include),
                           pattern_json(run->arena, &run->config->exclude)),
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
