#include "flow/sync_pick.h"

#include <stdlib.h>
#include <string.h>

#include "pg/quote.h"
#include "sql/sql.h"

typedef VEC(uint64_t) Keys;

typedef struct Picker
{
    SchemaPlan *plan;
    Keys objects; /* (catalog, object) of what is to be made, with all that belongs to it; sorted */
    Keys tables;  /* those whose rows are to be copied; sorted */
    uint32_t *table; /* by dump_id: an entry that was picked, and the table of its own; 0: none */
    bool *is_picked; /* by dump_id */
    int max_id;
} Picker;

static uint64_t
key_of(uint32_t catalog, uint32_t object)
{
    return (uint64_t)catalog << 32 | object;
}

static int
compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

static void
sort_keys(Keys *keys)
{
    if (keys->len > 0)
        qsort(keys->items, keys->len, sizeof(uint64_t), compare_keys);
}

static bool
has_key(const Keys *keys, uint64_t key)
{
    return keys->len > 0 &&
           bsearch(&key, keys->items, keys->len, sizeof(uint64_t), compare_keys) != NULL;
}

static bool
is_table(const SyncFinding *finding)
{
    return strcmp(finding->drift->object_kind, "table") == 0;
}

static bool
read_owned(Picker *picker, const char *oids, Err *err)
{
    cleanup_(result_release) PGresult *owned = NULL;

    if (!conn_query(picker->plan->flow->src, sql_flow_sync_owned, PARAMS(oids, oids), &owned, err))
        return false;
    for (int row = 0; row < PQntuples(owned); row++)
        *vec_push(&picker->objects, picker->plan->arena) =
            key_of((uint32_t)result_i64(owned, row, 0), (uint32_t)result_i64(owned, row, 1));
    return true;
}

static bool
list_objects(Picker *picker, const SyncFindings *findings, Err *err)
{
    cleanup_(str_release) Str oids = STR_INIT;
    bool ok;

    for (size_t i = 0; i < findings->len; i++)
    {
        const SyncFinding *f = &findings->items[i];
        const Drift *d = f->drift;

        if ((f->action == SYNC_BRING || f->action == SYNC_JOIN) && is_table(f))
            *vec_push(&picker->tables, picker->plan->arena) = d->object_oid;
        if (f->action != SYNC_BRING)
            continue;
        *vec_push(&picker->objects, picker->plan->arena) = key_of(d->catalog_oid, d->object_oid);
        sql_array_add(&oids, PARAM_I64(d->object_oid));
    }
    ok = oids.len == 0 || read_owned(picker, oids.data, err);
    sort_keys(&picker->objects);
    sort_keys(&picker->tables);
    return ok;
}

static bool
is_attach(const DdlEntry *entry)
{
    return strcmp(entry->type, "TABLE ATTACH") == 0 || strcmp(entry->type, "INDEX ATTACH") == 0;
}

/* Comments, grants and the like have no number of their own and go with what they are of. */
static bool
wants(const Picker *picker, const DdlEntry *entry, size_t *ret_n_picked)
{
    size_t n = 0;

    for (size_t i = 0; i < entry->n_depends_on; i++)
    {
        int id = entry->depends_on[i];

        n += id >= 0 && id <= picker->max_id && picker->is_picked[id];
    }
    *ret_n_picked = n;
    return entry->catalog_oid
               ? has_key(&picker->objects, key_of(entry->catalog_oid, entry->object_oid))
               : n > 0;
}

static uint32_t
table_of_dependency(const Picker *picker, const DdlEntry *entry)
{
    for (size_t i = 0; i < entry->n_depends_on; i++)
    {
        int id = entry->depends_on[i];

        if (id >= 0 && id <= picker->max_id && picker->is_picked[id] && picker->table[id])
            return picker->table[id];
    }
    return 0;
}

static void
note(Picker *picker, const DdlEntry *entry)
{
    if (entry->dump_id < 0)
        return;
    picker->is_picked[entry->dump_id] = true;
    picker->table[entry->dump_id] = strcmp(entry->type, "TABLE") == 0
                                        ? entry->object_oid
                                        : read_schema_table_of(picker->plan, entry);
}

/*
 * To an old table a new partition is attached after its own indexes are there, else it would get others beside them; and where rows of both sides
 * are of the same moment, as its foreign keys are then checked.
 */
static void
attach_late(Picker *picker, DdlEntry *entry, size_t n_picked)
{
    if (!is_attach(entry) || n_picked == entry->n_depends_on)
        return;
    entry->section = DDL_VALIDATION;
    entry->table_oid = table_of_dependency(picker, entry);
}

static void
pick_entries(Picker *picker)
{
    DdlEntries *entries = &picker->plan->ddl.entries;
    size_t n_kept = 0;

    for (size_t i = 0; i < entries->len; i++)
    {
        DdlEntry entry = entries->items[i];
        size_t n_picked;

        if (!wants(picker, &entry, &n_picked))
            continue;
        attach_late(picker, &entry, n_picked);
        note(picker, &entry);
        entries->items[n_kept++] = entry;
    }
    entries->len = n_kept;
}

static void
pick_relations(Picker *picker)
{
    Relations *relations = &picker->plan->relations;
    size_t n_kept = 0;

    for (size_t i = 0; i < relations->len; i++)
        if (has_key(&picker->tables, relations->items[i].oid))
            relations->items[n_kept++] = relations->items[i];
    relations->len = n_kept;
}

bool
sync_pick(SchemaPlan *plan, const SyncFindings *findings, Err *err)
{
    Picker picker = {.plan = plan};

    /* The large objects are the migration's as a whole, or not at all. */
    plan->moves_large_objects = false;
    for (size_t i = 0; i < plan->ddl.entries.len; i++)
        if (plan->ddl.entries.items[i].dump_id > picker.max_id)
            picker.max_id = plan->ddl.entries.items[i].dump_id;
    picker.is_picked = arena_alloc(plan->arena, (size_t)picker.max_id + 1);
    picker.table = arena_alloc(plan->arena, ((size_t)picker.max_id + 1) * sizeof(*picker.table));
    if (!list_objects(&picker, findings, err))
        return false;
    pick_relations(&picker);
    pick_entries(&picker);
    return true;
}
