#include "schema/fingerprint.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "catalog/left_out.h"
#include "config/filter.h"
#include "sql/sql.h"

/* Every query yields catalog, oid, kind, schema, name, hash; its parameters are the first n of include, exclude, relkinds. */
typedef struct Part
{
    const char *query;
    const char *relkinds;
    int n_params;
    DriftScope scope;
} Part;

static const Part parts[] = {
    {sql_schema_fingerprint_relations, .relkinds = "{r,p}", .n_params = 3, .scope = DRIFT_IN_DATA},
    {sql_schema_fingerprint_sequences, .n_params = 2, .scope = DRIFT_IN_DATA},
    {sql_schema_fingerprint_relations, .relkinds = "{v,m,f}", .n_params = 3, .scope = DRIFT_IN_ALL},
    {sql_schema_fingerprint_functions, .scope = DRIFT_IN_ALL},
    {sql_schema_fingerprint_types, .scope = DRIFT_IN_ALL},
    {sql_schema_fingerprint_others, .scope = DRIFT_IN_ALL},
};

/* The kinds of the rows that parts of DRIFT_IN_DATA yield. */
static DriftScope
scope_of(const char *kind)
{
    return strcmp(kind, "table") == 0 || strcmp(kind, "sequence") == 0 ? DRIFT_IN_DATA
                                                                       : DRIFT_IN_ALL;
}

typedef struct Print
{
    const char *kind;
    const char *schema; /* "": in none */
    const char *name;
    const char *hash;
    uint64_t key; /* as left_out_key; 0 of one that was stored */
} Print;

typedef VEC(Print) Prints;

static bool
read_part(Conn *source, const Config *config, const Part *part, const LeftOut *gone, Arena *arena,
          Prints *ret, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    const char *values[] = {filter_json(arena, &config->include),
                            filter_json(arena, &config->exclude), part->relkinds};

    if (!conn_query(source, part->query, &(const Params){.n = part->n_params, .values = values},
                    &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        if (!left_out_has(gone, result_i64(result, row, 0), result_i64(result, row, 1)))
            *vec_push(ret, arena) = (Print){
                .kind = arena_strdup(arena, result_text(result, row, 2)),
                .schema = arena_strdup(arena, result_text(result, row, 3)),
                .name = arena_strdup(arena, result_text(result, row, 4)),
                .hash = arena_strdup(arena, result_text(result, row, 5)),
                .key = left_out_key(result_i64(result, row, 0), result_i64(result, row, 1))};
    return true;
}

static bool
read_prints(Conn *source, const Config *config, DriftScope scope, Arena *arena, Prints *ret,
            Err *err)
{
    LeftOut gone = {0};

    /* The queries of tables and sequences look at the patterns themselves. */
    if (scope == DRIFT_IN_ALL &&
        !left_out_read(source, filter_json(arena, &config->include),
                       filter_json(arena, &config->exclude), arena, &gone, err))
        return false;
    for (size_t i = 0; i < lengthof(parts); i++)
        if (parts[i].scope <= scope &&
            !read_part(source, config, &parts[i], &gone, arena, ret, err))
            return err_context(err, "reading the definitions of the source's objects");
    return true;
}

static void
text_release(char **text)
{
    free(*text);
}

static bool
json_fails(const char *message, const char *detail, Err *err)
{
    err_set(err, ERR_FAILED, "%s", message);
    return err_detail(err, "%s.", detail);
}

/* One at a time: jansson's tree of all of them would take some ten times as much memory as the text. */
static bool
add_print(Str *json, const Print *p)
{
    cleanup_(json_release) json_t *item = json_pack("[ssss]", p->kind, p->schema, p->name, p->hash);
    cleanup_(text_release) char *text = item ? json_dumps(item, JSON_COMPACT) : NULL;

    if (text)
        str_add(json, text);
    return text != NULL;
}

static bool
prints_json(const Prints *prints, Arena *arena, const char **ret_json, Err *err)
{
    cleanup_(str_release) Str json = STR_INIT;

    for (size_t i = 0; i < prints->len; i++)
    {
        str_add(&json, i ? "," : "[");
        if (!add_print(&json, &prints->items[i]))
            return json_fails("cannot store the state of the source's schema",
                              "The name of an object is not valid UTF-8", err);
    }
    str_add(&json, prints->len ? "]" : "[]");
    *ret_json = arena_strdup(arena, json.data);
    return true;
}

bool
schema_fingerprint(Conn *source, const Config *config, Arena *arena, const char **ret_json,
                   Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    Prints prints = {0};

    return read_prints(source, config, DRIFT_IN_ALL, &scratch, &prints, err) &&
           prints_json(&prints, arena, ret_json, err);
}

/* Past the opening bracket, or what ended the item before the next one: its last character, a comma, blanks. */
static const char *
after_separator(const char *p)
{
    return p + (*p != '\0') + strspn(p + (*p != '\0'), ", \t\r\n");
}

static bool
load_prints(const char *text, DriftScope scope, Arena *arena, Prints *ret, Err *err)
{
    static const char message[] = "cannot read the stored state of the source's schema";
    const char *at = after_separator(text);

    if (*text != '[')
        return json_fails(message, "It is not a list", err);
    while (*at != ']')
    {
        json_error_t reason;
        cleanup_(json_release) json_t *item = json_loads(at, JSON_DISABLE_EOF_CHECK, &reason);
        Print p;

        if (!item)
            return json_fails(message, reason.text, err);
        if (json_unpack(item, "[ssss]", &p.kind, &p.schema, &p.name, &p.hash) != 0)
            return json_fails(message, "An item is not four texts", err);
        at = after_separator(at + reason.position - 1);
        if (scope_of(p.kind) <= scope)
            *vec_push(ret, arena) = (Print){
                .kind = arena_strdup(arena, p.kind),
                .schema = arena_strdup(arena, p.schema),
                .name = arena_strdup(arena, p.name),
                .hash = arena_strdup(arena, p.hash),
            };
    }
    return true;
}

static int
compare_prints(const void *a, const void *b)
{
    const Print *x = a;
    const Print *y = b;
    int order = strcmp(x->kind, y->kind);

    if (order == 0)
        order = strcmp(x->schema, y->schema);
    return order ? order : strcmp(x->name, y->name);
}

/* Here and not by ORDER BY: the orders of UTF-8 and of the database's encoding differ. */
static void
sort_prints(Prints *prints)
{
    if (prints->len > 0)
        qsort(prints->items, prints->len, sizeof(Print), compare_prints);
}

static void
add_drift(DriftKind kind, const Print *print, Arena *arena, Drifts *ret)
{
    *vec_push(ret, arena) = (Drift){
        .kind = kind,
        .object_kind = arena_strdup(arena, print->kind),
        .object =
            arena_printf(arena, "%s%s%s", print->schema, *print->schema ? "." : "", print->name),
        .schema = arena_strdup(arena, print->schema),
        .name = arena_strdup(arena, print->name),
        .catalog_oid = (uint32_t)(print->key >> 32),
        .object_oid = (uint32_t)print->key,
        .hash = arena_strdup(arena, print->hash),
    };
}

static void
compare_states(const Prints *then, const Prints *now, Arena *arena, Drifts *ret)
{
    size_t i = 0;
    size_t j = 0;

    while (i < then->len && j < now->len)
    {
        const Print *before = &then->items[i];
        const Print *after = &now->items[j];
        int order = compare_prints(before, after);

        if (order < 0)
            add_drift(DRIFT_DROPPED, before, arena, ret);
        else if (order > 0)
            add_drift(DRIFT_ADDED, after, arena, ret);
        else if (strcmp(before->hash, after->hash) != 0)
            add_drift(DRIFT_CHANGED, after, arena, ret);
        i += order <= 0;
        j += order >= 0;
    }
    for (; i < then->len; i++)
        add_drift(DRIFT_DROPPED, &then->items[i], arena, ret);
    for (; j < now->len; j++)
        add_drift(DRIFT_ADDED, &now->items[j], arena, ret);
}

bool
schema_drift(Conn *source, const Config *config, const char *json, DriftScope scope, Arena *arena,
             Drifts *ret, Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    Prints then = {0};
    Prints now = {0};

    if (!load_prints(json, scope, &scratch, &then, err) ||
        !read_prints(source, config, scope, &scratch, &now, err))
        return false;
    sort_prints(&then);
    sort_prints(&now);
    compare_states(&then, &now, arena, ret);
    return true;
}

bool
schema_fingerprint_since(Conn *source, const Config *config, const char *then_json, Arena *arena,
                         const char **ret_json, Drifts *ret_drifts, Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    Prints then = {0};
    Prints now = {0};

    if (!load_prints(then_json, DRIFT_IN_ALL, &scratch, &then, err) ||
        !read_prints(source, config, DRIFT_IN_ALL, &scratch, &now, err) ||
        !prints_json(&now, arena, ret_json, err))
        return false;
    sort_prints(&then);
    sort_prints(&now);
    compare_states(&then, &now, arena, ret_drifts);
    return true;
}

bool
schema_stamp(Conn *conn, Arena *arena, const char **ret_stamp, Err *err)
{
    return conn_value(conn, arena, sql_schema_stamp, NO_PARAMS, ret_stamp, err) ||
           err_context(err, "looking for changed definitions");
}

const char *
drift_text(const Drift *drift, Arena *arena)
{
    static const char *const verbs[] = {
        [DRIFT_ADDED] = "added", [DRIFT_DROPPED] = "dropped", [DRIFT_CHANGED] = "changed"};

    return arena_printf(arena, "%s \"%s\" was %s", drift->object_kind, drift->object,
                        verbs[drift->kind]);
}
