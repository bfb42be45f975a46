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
        64 * 1024 * 1024 /* smaller ones' indexes take less time than one more statement is worth */
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
        *vec_push(&plan->indexes, plan->flow->arena) = (IndexTable){
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
    if (!schema_fingerprint(source, flow->config, flow->arena, &plan->fingerprint, err) ||
        !conn_exec(source, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) ||
        !conn_value(source, flow->arena, "SELECT pg_catalog.pg_export_snapshot()", NO_PARAMS,
                    &snapshot, err) ||
        !tools_find(flow->config->pg_bindir, flow->src, flow->arena, &tools, err) ||
        !schema_dump(&tools, source, snapshot, flow->dst, flow->config, flow->arena, &plan->ddl,
                     err) ||
        !catalog_relations(source, flow->arena, &plan->relations, err) ||
        !read_index_tables(source, plan, err) ||
        !conn_value(source, flow->arena,
                    "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')",
                    NO_PARAMS, &value, err))
        return false;
    plan->moves_large_objects = *value == 't';
    return conn_exec(source, "COMMIT", err);
}

/* 0 if it is neither an index nor a constraint of an ordinary table. */
static uint32_t
table_of(const SchemaPlan *plan, const DdlEntry *entry)
{
    IndexTable key = {.class_oid = entry->catalog_oid, .object_oid = entry->object_oid};
    const IndexTable *found;

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

/* The journal's number of a table (from 1), 0 if its rows are not ours to move. */
static int
relation_id(const SchemaPlan *plan, uint32_t table_oid)
{
    for (size_t i = 0; i < plan->relations.len; i++)
        if (plan->relations.items[i].oid == table_oid)
            return (int)i + 1;
    return 0;
}

/* Statistics, when the rows are in and the indexes are built. */
static WorkItem
analyze_item(SchemaPlan *plan, int relation_id)
{
    const Relation *r = &plan->relations.items[relation_id - 1];
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "ANALYZE %Q", r->schema, r->name);
    return (WorkItem){
        .kind = "analyze",
        .relation_id = relation_id,
        .label = arena_strdup(plan->flow->arena, sql.data),
        .sql = arena_printf(plan->flow->arena, "%s;", sql.data),
    };
}

static RelationRow
relation_row(const SchemaPlan *plan, size_t i)
{
    const Relation *r = &plan->relations.items[i];

    return (RelationRow){
        .id = (int)i + 1,
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
                           ? relation_id(plan, table_of(plan, entry))
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
    Arena *arena = plan->flow->arena;
    size_t n = entries->len;

    for (size_t i = 0; i < n; i++)
    {
        DdlEntry *entry = &entries->items[i];
        DdlEntry part = *entry;
        int id = relation_id(plan, table_of(plan, entry));

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
                plan->relations.items[id - 1].table_bytes < LARGE_TABLE_BYTES ||
                !constraint_split_unique(entry->sql, arena, &part.sql, &entry->sql))
                continue;
            part.section = DDL_INDEX;
            entry->catalog_oid = 0; /* it has no index of its own any more */
        }
        *vec_push(entries, arena) = part;
    }
}

static void
add_entries(SchemaPlan *plan, WorkItems *items, RelationRow *relations)
{
    Arena *arena = plan->flow->arena;
    const char **validations = arena_alloc(arena, (plan->relations.len + 1) * sizeof(*validations));

    for (size_t i = 0; i < plan->ddl.entries.len; i++)
    {
        const DdlEntry *entry = &plan->ddl.entries.items[i];
        int id;
        const char *kind = read_schema_kind(plan, entry, &id);

        if (strcmp(kind, "validation") == 0)
        {
            /* Those of one table would wait for each other. */
            validations[id] =
                arena_printf(arena, "%s%s\n", validations[id] ? validations[id] : "", entry->sql);
            continue;
        }
        *vec_push(items, arena) = (WorkItem){
            .kind = kind,
            .position = (int)i,
            .relation_id = id,
            .label = arena_printf(arena, "%s %s%s%s", entry->type, entry->schema,
                                  *entry->schema ? "." : "", entry->tag),
            .weight = id ? plan->relations.items[id - 1].table_bytes : 0,
            .sql =
                entry->state ? arena_printf(arena, "%s%s", entry->state, entry->sql) : entry->sql,
        };
        if (id)
            relations[id - 1].builds_left++;
    }
    for (size_t i = 0; i < plan->relations.len; i++)
        if (validations[i + 1])
            *vec_push(items, arena) = (WorkItem){
                .kind = "validation",
                .relation_id = (int)i + 1,
                .label =
                    arena_printf(arena, "foreign keys of %s.%s", plan->relations.items[i].schema,
                                 plan->relations.items[i].name),
                .weight = plan->relations.items[i].table_bytes,
                .sql = validations[i + 1],
            };
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
write_plan(SchemaPlan *plan, Err *err)
{
    Flow *flow = plan->flow;
    const char *migration = flow->config->migration;
    size_t n_relations = plan->relations.len + plan->moves_large_objects;
    RelationRow *relations = arena_alloc(flow->arena, (n_relations + 1) * sizeof(*relations));
    WorkItems items = {0};

    for (size_t i = 0; i < plan->relations.len; i++)
    {
        relations[i] = relation_row(plan, i);
        *vec_push(&items, flow->arena) = analyze_item(plan, (int)i + 1);
    }
    if (plan->moves_large_objects)
        relations[n_relations - 1] = (RelationRow){
            .id = (int)n_relations,
            .kind = "large objects",
            .schema = "pg_catalog",
            .name = "pg_largeobject",
            .columns_json = "[]",
            .copy_options = "",
        };
    add_entries(plan, &items, relations);
    return conn_exec(flow->dst, "BEGIN", err) &&
           conn_run(flow->dst, "DELETE FROM pgbaton.work WHERE migration = $1", PARAMS(migration),
                    NULL, err) &&
           conn_run(flow->dst, "DELETE FROM pgbaton.relation WHERE migration = $1",
                    PARAMS(migration), NULL, err) &&
           journal_add_relations(flow->dst, migration, relations, n_relations, err) &&
           journal_add_work(flow->dst, migration, items.items, items.len, err) &&
           conn_run(flow->dst,
                    "UPDATE pgbaton.migration SET source_schema = $2::jsonb WHERE name = $1",
                    PARAMS(migration, plan->fingerprint), NULL, err) &&
           journal_end_step(flow->dst, migration, "migrate", "schema_read", err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

bool
read_schema_plan(Flow *flow, SchemaPlan *ret_plan, Err *err)
{
    cleanup_(conn_close_pointer) Conn *source = NULL;

    ret_plan->flow = flow;
    if (!conn_open(&flow->source, flow->dbname, "schema", &source, err) ||
        !read_source(ret_plan, source, err))
        return err_context(err, "reading the schema");
    for (size_t i = 0; i < ret_plan->ddl.warnings.len; i++)
        flow_warning(flow, "%s", ret_plan->ddl.warnings.items[i]);
    keep_wanted(ret_plan);
    split_constraints(ret_plan);
    return true;
}

bool
read_schema_step(Flow *flow, Err *err)
{
    SchemaPlan plan = {0};

    if (!read_schema_plan(flow, &plan, err) || !write_plan(&plan, err))
        return false;
    flow->migration.source_schema = plan.fingerprint;
    return true;
}
