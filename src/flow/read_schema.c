/* The step that reads the source's schema and tables into the journal, all under one snapshot of the source. */
#include <stdlib.h>
#include <string.h>

#include "config/filter.h"
#include "flow/read_schema.h"
#include "pg/quote.h"
#include "pg/tools.h"
#include "schema/constraint.h"
#include "schema/fingerprint.h"
#include "sql/sql.h"

enum
{
    LARGE_TABLE_BYTES =
        64 * 1024 *
        1024, /* smaller ones' indexes take less time than one more statement is worth */
    ITEMS_AT_ONCE = 1000
};

typedef VEC(WorkItem) WorkItems;

static int
compare_index_tables(const void *a, const void *b)
{
    const IndexTable *x = a;
    const IndexTable *y = b;

    if (x->class_oid != y->class_oid)
        return x->class_oid < y->class_oid ? -1 : 1;
    return (x->object_oid > y->object_oid) - (x->object_oid < y->object_oid);
}

static bool
read_index_tables(Conn *source, SchemaPlan *plan, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(source, sql_catalog_index_tables, NO_PARAMS, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(&plan->indexes, plan->arena) = (IndexTable){
            .class_oid = (uint32_t)result_i64(result, row, 0),
            .object_oid = (uint32_t)result_i64(result, row, 1),
            .table_oid = (uint32_t)result_i64(result, row, 2),
        };
    if (plan->indexes.len > 0)
        qsort(plan->indexes.items, plan->indexes.len, sizeof(IndexTable), compare_index_tables);
    return true;
}

/* Everything is read in one transaction of the source, whose snapshot pg_dump shares. */
static bool
read_source(SchemaPlan *plan, Conn *source, Err *err)
{
    Flow *flow = plan->flow;
    const char *snapshot;
    const char *value;
    ClientTools tools;

    /*
     * The fingerprint comes first: much of it is deparsed from what the catalogs say at that moment, whatever the snapshot. What changes
     * after it is told, be it once too often; what changed before it and after the dump would never be.
     */
    if (!(plan->since
              ? schema_fingerprint_since(source, flow->config, plan->since, plan->arena,
                                         &plan->fingerprint, &plan->drifts, err)
              : schema_fingerprint(source, flow->config, plan->arena, &plan->fingerprint, err)) ||
        !conn_exec(source, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) ||
        !conn_value(source, plan->arena, "SELECT pg_catalog.pg_export_snapshot()", NO_PARAMS,
                    &snapshot, err) ||
        !tools_find(flow->config->pg_bindir, flow->src, plan->arena, &tools, err) ||
        !schema_dump(&tools, source, snapshot, flow->dst, flow->config, plan->arena, &plan->ddl,
                     err) ||
        !catalog_relations(source, plan->arena, &plan->relations, err) ||
        !read_index_tables(source, plan, err) ||
        !conn_value(source, plan->arena,
                    "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')",
                    NO_PARAMS, &value, err))
        return false;
    plan->moves_large_objects = *value == 't';
    return conn_exec(source, "COMMIT", err);
}

uint32_t
read_schema_table_of(const SchemaPlan *plan, const DdlEntry *entry)
{
    IndexTable key = {.class_oid = entry->catalog_oid, .object_oid = entry->object_oid};
    const IndexTable *found;

    if (entry->table_oid)
        return entry->table_oid;
    if (entry->section == DDL_PRE_DATA || plan->indexes.len == 0)
        return 0;
    found = bsearch(&key, plan->indexes.items, plan->indexes.len, sizeof(IndexTable),
                    compare_index_tables);
    return found ? found->table_oid : 0;
}

static bool
is_index(const DdlEntry *entry)
{
    return entry->section == DDL_INDEX ||
           (entry->section == DDL_POST_DATA && entry->catalog_oid != 0 &&
            (strcmp(entry->type, "INDEX") == 0 || strcmp(entry->type, "CONSTRAINT") == 0));
}

static int
compare_relation_ids(const void *a, const void *b)
{
    const RelationId *x = a;
    const RelationId *y = b;

    return (x->oid > y->oid) - (x->oid < y->oid);
}

static void
number_relations(SchemaPlan *plan)
{
    size_t n = plan->relations.len;

    plan->relation_ids = arena_alloc(plan->arena, (n + 1) * sizeof(RelationId));
    for (size_t i = 0; i < n; i++)
        plan->relation_ids[i] =
            (RelationId){plan->relations.items[i].oid, plan->ids_before + (int)i + 1};
    qsort(plan->relation_ids, n, sizeof(RelationId), compare_relation_ids);
}

/* The journal's number of a table (from 1), 0 if its rows are not ours to move. */
static int
relation_id(const SchemaPlan *plan, uint32_t table_oid)
{
    RelationId key = {.oid = table_oid};
    const RelationId *found = bsearch(&key, plan->relation_ids, plan->relations.len,
                                      sizeof(RelationId), compare_relation_ids);

    return found ? found->id : 0;
}

static const Relation *
relation_of(const SchemaPlan *plan, int id)
{
    return &plan->relations.items[id - plan->ids_before - 1];
}

/* Statistics, when the rows are in and the indexes are built. */
static WorkItem
analyze_item(const SchemaPlan *plan, int relation_id, Arena *arena)
{
    const Relation *r = relation_of(plan, relation_id);
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "ANALYZE %Q", r->schema, r->name);
    return (WorkItem){
        .kind = "analyze",
        .relation_id = relation_id,
        .label = arena_strdup(arena, sql.data),
        .sql = arena_printf(arena, "%s;", sql.data),
    };
}

static RelationRow
relation_row(const SchemaPlan *plan, size_t i)
{
    const Relation *r = &plan->relations.items[i];

    return (RelationRow){
        .id = plan->ids_before + (int)i + 1,
        /* What logical replication does not carry is copied once more when nobody writes. */
        .kind = r->persistence == 'p' && !r->is_configuration ? "table" : "recopied",
        .schema = r->schema,
        .name = r->name,
        .source_oid = r->oid,
        .heap_bytes = r->heap_bytes,
        .table_bytes = r->table_bytes,
        .row_estimate = r->row_estimate,
        .columns_json = r->columns_json,
        .copy_options = r->copy_options,
        .condition = r->condition,
    };
}

const char *
read_schema_kind(const SchemaPlan *plan, const DdlEntry *entry, int *ret_relation_id)
{
    *ret_relation_id = is_index(entry) || entry->section == DDL_VALIDATION
                           ? relation_id(plan, read_schema_table_of(plan, entry))
                           : 0;
    if (*ret_relation_id > 0)
        return is_index(entry) ? "index" : "validation";
    switch (entry->section)
    {
        case DDL_AT_OPENING:
            return "at opening";
        case DDL_POST_DATA:
        case DDL_INDEX:
        case DDL_VALIDATION:
            return "after data";
        case DDL_PRE_DATA:
            break;
    }
    /* An extension needs nothing but its schema. */
    return strcmp(entry->type, "SCHEMA") == 0 || strcmp(entry->type, "EXTENSION") == 0
               ? "extension"
               : "before data";
}

/*
 * A large table's indexes are to be built side by side, which one that comes with its constraint hinders; foreign keys are checked side by
 * side, too.
 */
static void
split_constraints(SchemaPlan *plan)
{
    DdlEntries *entries = &plan->ddl.entries;
    Arena *arena = plan->arena;
    size_t n = entries->len;

    for (size_t i = 0; i < n; i++)
    {
        DdlEntry *entry = &entries->items[i];
        DdlEntry part = *entry;
        int id = relation_id(plan, read_schema_table_of(plan, entry));

        if (id == 0)
            continue;
        if (strcmp(entry->type, "FK CONSTRAINT") == 0)
        {
            if (!constraint_split_foreign_key(entry->sql, arena, &entry->sql, &part.sql))
                continue;
            part.section = DDL_VALIDATION;
        }
        else
        {
            if (strcmp(entry->type, "CONSTRAINT") != 0 ||
                relation_of(plan, id)->table_bytes < LARGE_TABLE_BYTES ||
                !constraint_split_unique(entry->sql, arena, &part.sql, &entry->sql))
                continue;
            part.section = DDL_INDEX;
            entry->catalog_oid = 0; /* it has no index of its own any more */
        }
        *vec_push(entries, arena) = part;
    }
}

/* Work on its way to the journal. */
typedef struct WorkBatch
{
    const SchemaPlan *plan;
    Arena arena; /* of the items and their texts */
    WorkItems items;
} WorkBatch;

static bool
flush(WorkBatch *batch, Err *err)
{
    Flow *flow = batch->plan->flow;

    if (!journal_add_work(flow->dst, flow->config->migration, batch->items.items, batch->items.len,
                          err))
        return false;
    arena_release(&batch->arena);
    batch->items = (WorkItems){0};
    return true;
}

static bool
add_item(WorkBatch *batch, WorkItem item, Err *err)
{
    *vec_push(&batch->items, &batch->arena) = item;
    return batch->items.len < ITEMS_AT_ONCE || flush(batch, err);
}

static bool
add_analyzes(WorkBatch *batch, Err *err)
{
    for (size_t i = 0; i < batch->plan->relations.len; i++)
        if (!add_item(
                batch,
                analyze_item(batch->plan, batch->plan->ids_before + (int)i + 1, &batch->arena),
                err))
            return false;
    return true;
}

static bool
add_entries(WorkBatch *batch, Err *err)
{
    const SchemaPlan *plan = batch->plan;

    for (size_t i = 0; i < plan->ddl.entries.len; i++)
    {
        const DdlEntry *entry = &plan->ddl.entries.items[i];
        int id;
        WorkItem item = {.kind = read_schema_kind(plan, entry, &id),
                         .position = plan->position_before + (int)i};

        if (strcmp(item.kind, "validation") == 0)
            continue;
        item.relation_id = id;
        item.label = arena_printf(&batch->arena, "%s %s%s%s", entry->type, entry->schema,
                                  *entry->schema ? "." : "", entry->tag);
        item.weight = id ? relation_of(plan, id)->table_bytes : 0;
        item.sql = entry->state ? arena_printf(&batch->arena, "%s%s", entry->state, entry->sql)
                                : entry->sql;
        if (!add_item(batch, item, err))
            return false;
    }
    return true;
}

/* One for all foreign keys of a table: they would wait for each other. */
static bool
add_validations(WorkBatch *batch, Err *err)
{
    const SchemaPlan *plan = batch->plan;
    const char **sql = arena_alloc(plan->arena, (plan->relations.len + 1) * sizeof(*sql));

    for (size_t i = 0; i < plan->ddl.entries.len; i++)
    {
        const DdlEntry *entry = &plan->ddl.entries.items[i];
        int id;

        if (strcmp(read_schema_kind(plan, entry, &id), "validation") != 0)
            continue;
        id -= plan->ids_before;
        sql[id] = arena_printf(plan->arena, "%s%s\n", sql[id] ? sql[id] : "", entry->sql);
    }
    for (size_t i = 0; i < plan->relations.len; i++)
    {
        const Relation *r = &plan->relations.items[i];

        if (sql[i + 1] &&
            !add_item(batch,
                      (WorkItem){.kind = "validation",
                                 .relation_id = plan->ids_before + (int)i + 1,
                                 .label = arena_printf(&batch->arena, "foreign keys of %s.%s",
                                                       r->schema, r->name),
                                 .weight = r->table_bytes,
                                 .sql = sql[i + 1]},
                      err))
            return false;
    }
    return true;
}

static bool
write_work(const SchemaPlan *plan, Err *err)
{
    WorkBatch batch = {.plan = plan};
    bool ok = add_analyzes(&batch, err) && add_entries(&batch, err) &&
              add_validations(&batch, err) && flush(&batch, err);

    arena_release(&batch.arena);
    return ok;
}

/* How many things are to be built on each table before it is analyzed. */
static void
count_builds(const SchemaPlan *plan, RelationRow *relations)
{
    for (size_t i = 0; i < plan->ddl.entries.len; i++)
    {
        int id;
        const char *kind = read_schema_kind(plan, &plan->ddl.entries.items[i], &id);

        if (id && strcmp(kind, "validation") != 0)
            relations[id - plan->ids_before - 1].builds_left++;
    }
}

static void
keep_wanted(SchemaPlan *plan)
{
    size_t kept = 0;

    for (size_t i = 0; i < plan->relations.len; i++)
    {
        const Relation *r = &plan->relations.items[i];

        if (r->is_configuration || filter_wants_table(plan->flow->config, r->schema, r->name))
            plan->relations.items[kept++] = *r;
    }
    plan->relations.len = kept;
}

static bool
write_relations(const SchemaPlan *plan, Err *err)
{
    size_t n = plan->relations.len + plan->moves_large_objects;
    RelationRow *relations = arena_alloc(plan->arena, (n + 1) * sizeof(*relations));

    for (size_t i = 0; i < plan->relations.len; i++)
        relations[i] = relation_row(plan, i);
    if (plan->moves_large_objects)
        relations[n - 1] = (RelationRow){
            .id = plan->ids_before + (int)n,
            .kind = "large objects",
            .schema = "pg_catalog",
            .name = "pg_largeobject",
            .columns_json = "[]",
            .copy_options = "",
        };
    count_builds(plan, relations);
    return journal_add_relations(plan->flow->dst, plan->flow->config->migration, relations, n, err);
}

bool
read_schema_write(const SchemaPlan *plan, Err *err)
{
    return write_relations(plan, err) && write_work(plan, err);
}

static bool
write_plan(const SchemaPlan *plan, Err *err)
{
    Flow *flow = plan->flow;
    const char *migration = flow->config->migration;

    return conn_exec(flow->dst, "BEGIN", err) &&
           conn_run(flow->dst, "DELETE FROM pgbaton.work WHERE migration = $1", PARAMS(migration),
                    NULL, err) &&
           conn_run(flow->dst, "DELETE FROM pgbaton.relation WHERE migration = $1",
                    PARAMS(migration), NULL, err) &&
           read_schema_write(plan, err) &&
           conn_run(flow->dst,
                    "UPDATE pgbaton.migration SET source_schema = $2::jsonb WHERE name = $1",
                    PARAMS(migration, plan->fingerprint), NULL, err) &&
           journal_end_step(flow->dst, migration, "migrate", "schema_read", err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

bool
read_schema_look(Flow *flow, Arena *arena, SchemaPlan *plan, Err *err)
{
    cleanup_(conn_close_pointer) Conn *source = NULL;

    plan->flow = flow;
    plan->arena = arena;
    if (!conn_open(&flow->source, flow->dbname, "schema", &source, err) ||
        !read_source(plan, source, err))
        return err_context(err, "reading the schema");
    for (size_t i = 0; i < plan->ddl.warnings.len; i++)
        flow_warning(flow, "%s", plan->ddl.warnings.items[i]);
    keep_wanted(plan);
    return true;
}

void
read_schema_number(SchemaPlan *plan)
{
    number_relations(plan);
    split_constraints(plan);
}

bool
read_schema_plan(Flow *flow, Arena *arena, SchemaPlan *ret_plan, Err *err)
{
    if (!read_schema_look(flow, arena, ret_plan, err))
        return false;
    read_schema_number(ret_plan);
    return true;
}

bool
read_schema_step(Flow *flow, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    SchemaPlan plan = {0};

    if (!read_schema_plan(flow, &arena, &plan, err) || !write_plan(&plan, err))
        return false;
    flow->migration.source_schema = arena_strdup(flow->arena, plan.fingerprint);
    return true;
}
