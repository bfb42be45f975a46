#include "schema/fingerprint.h"

#include <jansson.h>
#include <string.h>

#include "config/filter.h"
#include "sql/sql.h"

const char *
drift_name(DriftKind kind)
{
    switch (kind)
    {
        case DRIFT_ADDED:
            return "added";
        case DRIFT_DROPPED:
            return "dropped";
        case DRIFT_CHANGED:
            return "changed";
    }
    return "";
}

bool
schema_fingerprint(Conn *source, const Config *config, Arena *arena, const char **ret_json,
                   Err *err)
{
    return conn_value(
        source, arena, sql_schema_fingerprint,
        PARAMS(filter_json(arena, &config->include), filter_json(arena, &config->exclude)),
        ret_json, err);
}

/* One [schema, table, md5]. */
typedef struct Print
{
    const char *schema;
    const char *table;
    const char *hash;
} Print;

static void
json_release(json_t **json)
{
    json_decref(*json);
}

static bool
load(const char *text, json_t **ret, Err *err)
{
    json_error_t reason;

    *ret = json_loads(text, 0, &reason);
    if (json_is_array(*ret))
        return true;
    err_set(err, ERR_FAILED, "cannot read the stored state of the source's tables");
    return err_detail(err, "%s.", *ret ? "It is not a list" : reason.text);
}

/* Past the end: all NULL. */
static Print
print_at(const json_t *array, size_t i)
{
    const json_t *item = json_array_get(array, i);

    return (Print){json_string_value(json_array_get(item, 0)),
                   json_string_value(json_array_get(item, 1)),
                   json_string_value(json_array_get(item, 2))};
}

/* Nothing sorts last. */
static int
compare(const Print *a, const Print *b)
{
    int order;

    if (!a->schema || !b->schema || !a->table || !b->table)
        return (a->schema == NULL) - (b->schema == NULL);
    order = strcmp(a->schema, b->schema);
    return order ? order : strcmp(a->table, b->table);
}

static void
add_drift(DriftKind kind, const Print *print, Arena *arena, Drifts *ret)
{
    *vec_push(ret, arena) =
        (Drift){kind, arena_strdup(arena, print->schema), arena_strdup(arena, print->table)};
}

bool
schema_drift(Conn *source, const Config *config, const char *json, Arena *arena, Drifts *ret,
             Err *err)
{
    cleanup_(json_release) json_t *then = NULL;
    cleanup_(json_release) json_t *now = NULL;
    const char *current;
    size_t i = 0;
    size_t j = 0;

    if (!schema_fingerprint(source, config, arena, &current, err) || !load(json, &then, err) ||
        !load(current, &now, err))
        return false;
    while (i < json_array_size(then) || j < json_array_size(now))
    {
        Print before = print_at(then, i);
        Print after = print_at(now, j);
        int order = compare(&before, &after);

        if (order < 0)
            add_drift(DRIFT_DROPPED, &before, arena, ret);
        else if (order > 0)
            add_drift(DRIFT_ADDED, &after, arena, ret);
        else if (before.hash && after.hash && strcmp(before.hash, after.hash) != 0)
            add_drift(DRIFT_CHANGED, &before, arena, ret);
        i += order <= 0;
        j += order >= 0;
    }
    return true;
}
