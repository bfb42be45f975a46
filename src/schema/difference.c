#include "schema/difference.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "base/redact.h"
#include "base/str.h"
#include "catalog/left_out.h"
#include "config/filter.h"
#include "pg/quote.h"
#include "schema/difference_object.h"
#include "sql/sql.h"

/* The columns of schema_diff_hashes.sql and schema_diff_read.sql. */
enum
{
    HASH_CATALOG,
    HASH_OID,
    HASH_KIND,
    HASH_SCHEMA,
    HASH_NAME,
    HASH_PARENT,
    HASH_OPTIONAL,
    HASH_HASH,
    READ_KIND = 0,
    READ_SCHEMA,
    READ_NAME,
    READ_PARENT,
    READ_SELF,
    READ_HOST,
    READ_DDL,
    READ_PROPERTIES,
};

typedef struct Part
{
    const char *query;
    bool is_roles; /* takes their names */
} Part;

static const Part parts[] = {
    {.query = sql_schema_diff_roles, .is_roles = true},
    {.query = sql_schema_diff_database},
    {.query = sql_schema_diff_others},
    {.query = sql_schema_diff_types},
    {.query = sql_schema_diff_functions},
    {.query = sql_schema_diff_relations},
    {.query = sql_schema_diff_columns},
    {.query = sql_schema_diff_sequences},
    {.query = sql_schema_diff_indexes},
    {.query = sql_schema_diff_constraints},
    {.query = sql_schema_diff_triggers},
};

typedef struct Comparison
{
    Conn *conns[2]; /* by Side */
    LeftOut gone[2];
    const char *role_names;
    Params params[2]; /* of the parts that are not roles, of the one that is */
    Arena *arena;
    ObjectPairs *pairs;
} Comparison;

/* A sequence is the same one whatever owns it. */
static int
compare_objects(const void *a, const void *b)
{
    const Object *x = a;
    const Object *y = b;
    int order = strcmp(x->kind, y->kind);

    if (order == 0)
        order = strcmp(x->schema, y->schema);
    return order ? order : strcmp(x->name, y->name);
}

static void
sort_objects(Objects *objects)
{
    if (objects->len > 0)
        qsort(objects->items, objects->len, sizeof(Object), compare_objects);
}

static bool
read_hashes(const Comparison *c, const Part *part, Side side, Arena *arena, Objects *ret, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, sql_schema_diff_hashes, part->query);
    if (!conn_query(c->conns[side], sql.data, &c->params[part->is_roles], &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        Object object = {
            .catalog = result_i64(result, row, HASH_CATALOG),
            .oid = result_i64(result, row, HASH_OID),
            .kind = object_kind(result_text(result, row, HASH_KIND))->name,
            .schema = arena_strdup(arena, result_text(result, row, HASH_SCHEMA)),
            .name = arena_strdup(arena, result_text(result, row, HASH_NAME)),
            .parent = arena_strdup(arena, result_text(result, row, HASH_PARENT)),
            .is_optional = result_bool(result, row, HASH_OPTIONAL),
            .hash = arena_strdup(arena, result_text(result, row, HASH_HASH)),
        };

        if (!left_out_has(&c->gone[side], object.catalog, object.oid))
            *vec_push(ret, arena) = object;
    }
    sort_objects(ret);
    return true;
}

static Object *
copy_object(const Object *object, Arena *arena)
{
    Object *copy;

    if (!object)
        return NULL;
    copy = arena_alloc(arena, sizeof(*copy));
    *copy = *object;
    copy->schema = arena_strdup(arena, object->schema);
    copy->name = arena_strdup(arena, object->name);
    copy->parent = arena_strdup(arena, object->parent);
    return copy;
}

static void
add_pair(Comparison *c, const Object *source, const Object *target)
{
    if (source && target && strcmp(source->hash, target->hash) == 0)
        return;
    *vec_push(c->pairs, c->arena) = (ObjectPair){.source = copy_object(source, c->arena),
                                                 .target = copy_object(target, c->arena)};
}

static void
match(Comparison *c, const Objects *source, const Objects *target)
{
    size_t i = 0;
    size_t j = 0;

    while (i < source->len || j < target->len)
    {
        int order = i == source->len   ? 1
                    : j == target->len ? -1
                                       : compare_objects(&source->items[i], &target->items[j]);

        add_pair(c, order <= 0 ? &source->items[i] : NULL, order >= 0 ? &target->items[j] : NULL);
        i += order <= 0;
        j += order >= 0;
    }
}

/* Lists as items between separators, numbers and truth values as text. */
static const char *
value_text(const json_t *value, Arena *arena)
{
    cleanup_(str_release) Str text = STR_INIT;
    size_t i;
    const json_t *item;

    if (json_is_null(value))
        return NULL;
    if (json_is_string(value))
        return arena_strdup(arena, json_string_value(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    if (json_is_integer(value))
        return arena_printf(arena, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return arena_printf(arena, "%g", json_real_value(value));
    json_array_foreach(value, i, item)
    {
        if (i > 0)
            str_add_char(&text, ITEM_SEPARATOR);
        str_add(&text, json_is_string(item) ? json_string_value(item) : "");
    }
    return arena_strdup(arena, text.data);
}

static bool
fill_object(Object *object, const PGresult *result, int row, Arena *arena, Err *err)
{
    json_error_t reason;
    cleanup_(json_release) json_t *json =
        json_loads(result_text(result, row, READ_PROPERTIES), 0, &reason);
    const char *name = NULL;
    json_t *value = NULL;

    if (!json)
    {
        err_set(err, ERR_FAILED, "cannot read the properties of %s \"%s\"", object->kind,
                object->name);
        return err_detail(err, "%s.", reason.text);
    }
    object->is_read = true;
    object->self = arena_strdup(arena, result_text(result, row, READ_SELF));
    object->host = arena_strdup(arena, result_text(result, row, READ_HOST));
    object->ddl = arena_strdup(arena, result_text(result, row, READ_DDL));
    json_object_foreach(json, name, value)
    {
        *vec_push(&object->values, arena) =
            (ObjectValue){.name = arena_strdup(arena, name), .text = value_text(value, arena)};
    }
    return true;
}

/* Of the pairs from `first` on, in the order of compare_objects. */
static Object *
find_object(const Comparison *c, size_t first, Side side, const Object *key)
{
    for (size_t low = first, high = c->pairs->len; low < high;)
    {
        size_t middle = low + (high - low) / 2;
        const ObjectPair *pair = &c->pairs->items[middle];
        int order = compare_objects(pair->source ? pair->source : pair->target, key);

        if (order == 0)
            return side == SIDE_SOURCE ? pair->source : pair->target;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool
read_details(const Comparison *c, const Part *part, Side side, size_t first, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str oids = STR_INIT;
    cleanup_(str_release) Str list = STR_INIT;
    cleanup_(str_release) Str sql = STR_INIT;

    for (size_t i = first; i < c->pairs->len; i++)
    {
        const ObjectPair *pair = &c->pairs->items[i];
        const Object *object = side == SIDE_SOURCE ? pair->source : pair->target;

        if (object)
            str_addf(&oids, "%s%lld", oids.len ? "," : "{", (long long)object->oid);
    }
    if (oids.len == 0)
        return true;
    str_add(&oids, "}");
    sql_literal(&list, oids.data);
    sql_format(&sql, sql_schema_diff_read, part->query, list.data);
    if (!conn_query(c->conns[side], sql.data, &c->params[part->is_roles], &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        Object key = {.kind = result_text(result, row, READ_KIND),
                      .schema = result_text(result, row, READ_SCHEMA),
                      .name = result_text(result, row, READ_NAME)};
        Object *object = find_object(c, first, side, &key);

        if (object && !object->is_read && !fill_object(object, result, row, c->arena, err))
            return false;
    }
    return true;
}

static bool
compare_part(Comparison *c, const Part *part, Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    Objects sides[2] = {0};
    size_t first = c->pairs->len;

    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        if (!read_hashes(c, part, side, &scratch, &sides[side], err))
            return err_context(err, "reading the catalogs of the %s", side_name(side));
    match(c, &sides[SIDE_SOURCE], &sides[SIDE_TARGET]);
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        if (!read_details(c, part, side, first, err))
            return err_context(err, "reading the catalogs of the %s", side_name(side));
    return true;
}

/* Of one side's bootstrap superuser it is not known what it ought to be. */
static bool
read_role_names(Comparison *c, Err *err)
{
    cleanup_(json_release) json_t *all = json_array();

    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
    {
        const char *text;
        cleanup_(json_release) json_t *names = NULL;

        if (!conn_value(c->conns[side], c->arena, sql_schema_diff_role_names, NO_PARAMS, &text,
                        err))
            return err_context(err, "reading the roles of the %s", side_name(side));
        names = json_loads(text, 0, NULL);
        if (names)
            json_array_extend(all, names);
    }
    c->role_names = json_arena_text(c->arena, json_incref(all));
    if (!c->role_names)
        c->role_names = "[]";
    return true;
}

/* What belongs to an object that only one side has comes or goes with it, as does what is optional. */
static void
cover_children(ObjectPairs *pairs, Arena *arena)
{
    Objects missing = {0};

    for (size_t i = 0; i < pairs->len; i++)
    {
        const ObjectPair *pair = &pairs->items[i];
        const Object *only = pair->source ? pair->source : pair->target;

        if ((pair->source && pair->target) || strchr(only->name, PART_SEPARATOR))
            continue;
        *vec_push(&missing, arena) = (Object){
            .kind = "",
            .schema = "",
            .name = arena_printf(arena, "%s%c%s", only->schema, PART_SEPARATOR, only->name)};
    }
    sort_objects(&missing);
    for (size_t i = 0; i < pairs->len; i++)
    {
        ObjectPair *pair = &pairs->items[i];
        const Object *only = pair->source ? pair->source : pair->target;
        Object key = {.kind = "", .schema = "", .name = only->parent};

        if (pair->source && pair->target)
            continue;
        if (only->is_optional && !object_kind(only->kind)->is_virtual)
            pair->is_covered = true;
        if (only->parent && missing.len > 0 &&
            bsearch(&key, missing.items, missing.len, sizeof(Object), compare_objects))
            pair->is_covered = pair->goes_with_parent = true;
    }
}

static const char *
shown_value(const char *text, Arena *arena)
{
    cleanup_(str_release) Str shown = STR_INIT;

    if (!text)
        return NULL;
    for (const char *p = text; *p; p++)
        if (*p == ITEM_SEPARATOR)
            str_add(&shown, ", ");
        else if (strncmp(p, "{owner}", 7) == 0)
        {
            str_add(&shown, "the owner");
            p += 6;
        }
        else if (*p != PART_SEPARATOR)
            str_add_char(&shown, *p);
    return arena_strdup(arena, shown.data);
}

static const char *
shown_name(const Comparison *c, const Object *object)
{
    char *name = arena_printf(
        c->arena, "%s%s%s", object->schema, *object->schema ? "." : "",
        strcmp(object->kind, "database") == 0 ? conn_dbname(c->conns[SIDE_SOURCE]) : object->name);

    for (char *p = name; *p; p++)
        if (*p == PART_SEPARATOR)
            *p = '.';
    return name;
}

/* What is inherited is the parent's difference, if it is one. */
static bool
same_text(const char *a, const char *b)
{
    return a == b || (a && *a == INHERITED) || (b && *b == INHERITED) ||
           (a && b && strcmp(a, b) == 0);
}

/* The passwords in options of servers and user mappings. */
static void
register_secrets(const Object *object, Arena *arena)
{
    const char *options = object ? object_value(object, "options") : NULL;
    char *copy = options ? arena_strdup(arena, options) : NULL;
    char *rest = NULL;

    for (char *item = copy ? strtok_r(copy, "\x1e", &rest) : NULL; item;
         item = strtok_r(NULL, "\x1e", &rest))
        if (strncmp(item, "password\x1f=\x1f", 11) == 0 ||
            strncmp(item, "sslpassword\x1f=\x1f", 14) == 0)
            redact_register(strrchr(item, PART_SEPARATOR) + 1);
}

static void
describe(const Comparison *c, ObjectPair *pair)
{
    const Object *any = pair->source ? pair->source : pair->target;
    const ObjectKind *kind = object_kind(any->kind);
    Difference *d = &pair->difference;

    register_secrets(pair->source, c->arena);
    register_secrets(pair->target, c->arena);
    d->kind = any->kind;
    d->object = shown_name(c, any);
    d->state = kind->is_virtual || (pair->source && pair->target) ? DIFFERENCE_PROPERTIES
               : pair->source                                     ? DIFFERENCE_ONLY_SOURCE
                                                                  : DIFFERENCE_ONLY_TARGET;
    for (size_t i = 0; d->state == DIFFERENCE_PROPERTIES && i < any->values.len; i++)
    {
        const char *name = any->values.items[i].name;
        const char *source =
            object_value(pair->source ? pair->source : any, pair->source ? name : "built-in");
        const char *target =
            object_value(pair->target ? pair->target : any, pair->target ? name : "built-in");

        if (strcmp(name, "owner") == 0 && kind->is_virtual)
            continue;
        if (kind->is_virtual && (!source || strcmp(source, "false") == 0) &&
            (!target || strcmp(target, "false") == 0))
            continue;
        if (strcmp(name, "built-in") != 0 && !same_text(source, target))
            *vec_push(&d->properties, c->arena) = (DifferenceProperty){name, source, target};
    }
    if (d->state == DIFFERENCE_PROPERTIES && d->properties.len == 0)
        pair->is_covered = true;
}

static void
publish(const Comparison *c, SchemaDifference *ret)
{
    for (size_t i = 0; i < c->pairs->len; i++)
    {
        Difference *d = &c->pairs->items[i].difference;

        if (c->pairs->items[i].is_covered)
            continue;
        for (size_t j = 0; j < d->properties.len; j++)
        {
            DifferenceProperty *p = &d->properties.items[j];

            p->source = shown_value(p->source, c->arena);
            p->target = shown_value(p->target, c->arena);
        }
        *vec_push(&ret->list, c->arena) = *d;
    }
}

static bool
compare_all(Comparison *c, const Config *config, bool with_roles, Err *err)
{
    static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        if (!conn_exec(c->conns[side], begin, err) ||
            !left_out_read(c->conns[side], filter_json(c->arena, &config->include),
                           filter_json(c->arena, &config->exclude), c->arena, &c->gone[side], err))
            return false;
    if (with_roles && !read_role_names(c, err))
        return false;
    for (size_t i = 0; i < lengthof(parts); i++)
        if ((with_roles || !parts[i].is_roles) && !compare_part(c, &parts[i], err))
            return false;
    return conn_exec(c->conns[SIDE_SOURCE], "COMMIT", err) &&
           conn_exec(c->conns[SIDE_TARGET], "COMMIT", err);
}

bool
schema_difference(Conn *source, Conn *target, const Config *config, bool with_roles, Arena *arena,
                  SchemaDifference *ret, Err *err)
{
    ObjectPairs pairs = {0};
    Comparison c = {.conns = {source, target}, .arena = arena, .pairs = &pairs};

    c.params[true] = (Params){.n = 1, .values = &c.role_names};

    if (!compare_all(&c, config, with_roles, err))
        return false;
    cover_children(&pairs, arena);
    for (size_t i = 0; i < pairs.len; i++)
        describe(&c, &pairs.items[i]);
    if (!difference_reparse(source, target, arena, &pairs, ret, err) ||
        !difference_ddl(source, target, config, arena, &pairs, ret, err))
        return false;
    publish(&c, ret);
    return true;
}

const char *
difference_state_name(DifferenceState state)
{
    static const char *const names[] = {[DIFFERENCE_ONLY_SOURCE] = "only on source",
                                        [DIFFERENCE_ONLY_TARGET] = "only on target",
                                        [DIFFERENCE_PROPERTIES] = "differs"};

    return names[state];
}
