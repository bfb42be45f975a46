#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "pg/tools.h"
#include "schema/difference_object.h"
#include "schema/dump.h"

/* Entries that are a part of the object they depend on, and have no row of their own in the comparison. */
static const char *const attachments[] = {
    "ACL",          "COMMENT",      "DEFAULT",           "ROW SECURITY",
    "TABLE ATTACH", "INDEX ATTACH", "SEQUENCE OWNED BY", "SECURITY LABEL"};

/* Those that come with a table or view that is made, unless they are a difference of their own. */
static const struct
{
    const char *type;
    int rank; /* difference_kinds.c */
} children[] = {{"INDEX", 70},         {"CONSTRAINT", 75}, {"CHECK CONSTRAINT", 76},
                {"FK CONSTRAINT", 80}, {"TRIGGER", 90},    {"RULE", 90},
                {"POLICY", 90},        {"STATISTICS", 92}};

static const char *const late_types[] = {"VIEW", "MATERIALIZED VIEW"};

/* What is known of an entry, by its number. */
typedef struct Taken
{
    bool is_taken;
    bool has_children;
    size_t pair;
    int rank;
} Taken;

typedef struct Key
{
    uint64_t object;
    size_t pair;
} Key;

typedef VEC(Key) Keys;

static int
compare_keys(const void *a, const void *b)
{
    const Key *x = a;
    const Key *y = b;

    return (x->object > y->object) - (x->object < y->object);
}

static bool
is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static int
child_rank(const char *type)
{
    for (size_t i = 0; i < lengthof(children); i++)
        if (strcmp(type, children[i].type) == 0)
            return children[i].rank;
    return 0;
}

static int
rank_of(const DdlEntry *entry)
{
    if (is_one_of(entry->type, late_types, lengthof(late_types)))
        return 60;
    if (strcmp(entry->type, "DEFAULT ACL") == 0)
        return 92;
    return entry->section == DDL_PRE_DATA ? child_rank(entry->type)
           : child_rank(entry->type)      ? child_rank(entry->type)
                                          : 91;
}

/* Objects of the source by their OIDs; those of columns, which are their table's, are none of pg_dump's. */
static void
collect_keys(const ObjectPairs *pairs, Arena *arena, Keys *ret)
{
    for (size_t i = 0; i < pairs->len; i++)
    {
        const Object *o = pairs->items[i].source;

        if (o && strncmp(o->kind, "column", 6) != 0 && strcmp(o->kind, "attribute") != 0)
            *vec_push(ret, arena) = (Key){(uint64_t)o->catalog << 32 | (uint64_t)o->oid, i};
    }
    if (ret->len > 0)
        qsort(ret->items, ret->len, sizeof(Key), compare_keys);
}

static const Key *
find_key(const Keys *keys, const DdlEntry *entry)
{
    Key key = {.object = (uint64_t)entry->catalog_oid << 32 | entry->object_oid};

    return entry->catalog_oid && keys->len > 0
               ? bsearch(&key, keys->items, keys->len, sizeof(Key), compare_keys)
               : NULL;
}

/* Taken as a part of what it depends on. */
static bool
goes_along(const DdlEntry *entry, const Taken *taken, int max_id, Taken *ret)
{
    bool is_attachment = is_one_of(entry->type, attachments, lengthof(attachments));
    int rank = child_rank(entry->type);

    for (size_t i = 0; i < entry->n_depends_on; i++)
    {
        int id = entry->depends_on[i];

        if (id < 0 || id > max_id || !taken[id].is_taken ||
            !(is_attachment || (rank && taken[id].has_children)))
            continue;
        *ret = taken[id];
        ret->has_children = false;
        if (rank)
            ret->rank = rank;
        return true;
    }
    return false;
}

/* No earlier than what it depends on. */
static int
rank_behind(const DdlEntry *entry, const Taken *taken, int max_id, int rank)
{
    for (size_t i = 0; i < entry->n_depends_on; i++)
    {
        int id = entry->depends_on[i];

        if (id >= 0 && id <= max_id && taken[id].is_taken && taken[id].rank > rank)
            rank = taken[id].rank;
    }
    return rank;
}

static bool
has_children(const DdlEntry *entry)
{
    return strcmp(entry->type, "TABLE") == 0 || strcmp(entry->type, "DOMAIN") == 0 ||
           strcmp(entry->type, "FOREIGN TABLE") == 0 ||
           is_one_of(entry->type, late_types, lengthof(late_types));
}

static void
choose(const DdlEntries *entries, const ObjectPairs *pairs, const bool *is_wanted, const Keys *keys,
       Arena *arena, Creations *ret)
{
    int max_id = 0;
    Taken *taken;

    for (size_t i = 0; i < entries->len; i++)
        if (entries->items[i].dump_id > max_id)
            max_id = entries->items[i].dump_id;
    taken = arena_alloc(arena, ((size_t)max_id + 1) * sizeof(Taken));
    for (size_t i = 0; i < entries->len; i++)
    {
        const DdlEntry *entry = &entries->items[i];
        const Key *key = find_key(keys, entry);
        Taken t = {.is_taken = true, .has_children = has_children(entry), .rank = rank_of(entry)};

        if (key && is_wanted[key->pair])
            t.pair = key->pair;
        else if ((key && !pairs->items[key->pair].is_covered) ||
                 !goes_along(entry, taken, max_id, &t))
            continue;
        t.rank = rank_behind(entry, taken, max_id, t.rank);
        taken[entry->dump_id] = t;
        *vec_push(ret, arena) = (Creation){
            .pair = t.pair,
            .rank = t.rank,
            .sql = arena_printf(arena, "%s%s", entry->state ? entry->state : "", entry->sql)};
    }
}

bool
difference_creations(Conn *source, Conn *target, const Config *config, Arena *arena,
                     const ObjectPairs *pairs, const bool *is_wanted, Creations *ret, Err *err)
{
    ClientTools tools;
    Ddl ddl = {0};
    Keys keys = {0};

    if (!tools_find(config->pg_bindir, source, arena, &tools, err) ||
        !schema_dump(&tools, source, NULL, target, config, arena, &ddl, err))
        return false;
    collect_keys(pairs, arena, &keys);
    choose(&ddl.entries, pairs, is_wanted, &keys, arena, ret);
    return true;
}
