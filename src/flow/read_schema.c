/* The step that reads the source's schema and tables into the journal, all under one snapshot of the source. */
#include <stdlib.h>
#include <string.h>

#include "config/filter.h"
#include "flow/read_schema.h"
#include "pg/quote.h"
#include "pg/tools.h"
#include "schema/fingerprint.h"
#include "sql/sql.h"

enum
{
    CLASS_OF_RELATIONS = 1259,  /* pg_class */
    CLASS_OF_CONSTRAINTS = 2606 /* pg_constraint */
};

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

static bool
is_index_of(const SchemaPlan *plan, const DdlEntry *entry, uint32_t *ret_table_oid)
{
    IndexTable key = {.class_oid = entry->catalog_oid, .object_oid = entry->object_oid};
    const IndexTable *found;

    if (entry->section != DDL_POST_DATA || plan->indexes.len == 0 ||
        (strcmp(entry->type, "INDEX") != 0 && strcmp(entry->type, "CONSTRAINT") != 0))
        return false;
    found = bsearch(&key, plan->indexes.items, plan->indexes.len, sizeof(IndexTable),
                    compare_index_tables);
    if (found)
        *ret_table_oid = found->table_oid;
    return found != NULL;
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

static bool
add_relation(SchemaPlan *plan, size_t i, int n_indexes, Err *err)
{
    const Relation *r = &plan->relations.items[i];
    RelationRow row = {
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
        .builds_left = n_indexes,
    };
    WorkItem analyze = {.kind = "analyze", .relation_id = row.id, .weight = 0};
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "ANALYZE %Q", r->schema, r->name);
    analyze.label = sql.data;
    analyze.sql = sql.data;
    return journal_add_relation(plan->flow->dst, plan->flow->config->migration, &row, err) &&
           journal_add_work(plan->flow->dst, plan->flow->config->migration, &analyze, err);
}

static bool
add_large_objects(SchemaPlan *plan, Err *err)
{
    RelationRow row = {
        .id = (int)plan->relations.len + 1,
        .kind = "large objects",
        .schema = "pg_catalog",
        .name = "pg_largeobject",
        .columns_json = "[]",
        .copy_options = "",
    };

    return !plan->moves_large_objects ||
           journal_add_relation(plan->flow->dst, plan->flow->config->migration, &row, err);
}

const char *
read_schema_kind(const SchemaPlan *plan, const DdlEntry *entry, int *ret_relation_id)
{
    uint32_t table_oid = 0;

    *ret_relation_id = is_index_of(plan, entry, &table_oid) ? relation_id(plan, table_oid) : 0;
    if (*ret_relation_id > 0)
        return "index";
    if (entry->section == DDL_AT_OPENING)
        return "at opening";
    if (entry->section == DDL_POST_DATA)
        return "after data";
    /* An extension needs nothing but its schema. */
    return strcmp(entry->type, "SCHEMA") == 0 || strcmp(entry->type, "EXTENSION") == 0
               ? "extension"
               : "before data";
}

static bool
add_entries(SchemaPlan *plan, int *n_indexes, Err *err)
{
    const Flow *flow = plan->flow;

    for (size_t i = 0; i < plan->ddl.entries.len; i++)
    {
        const DdlEntry *entry = &plan->ddl.entries.items[i];
        cleanup_(str_release) Str label = STR_INIT;
        WorkItem item = {.position = (int)i, .sql = entry->sql};

        str_addf(&label, "%s %s%s%s", entry->type, entry->schema, *entry->schema ? "." : "",
                 entry->tag);
        item.label = label.data;
        item.kind = read_schema_kind(plan, entry, &item.relation_id);
        if (item.relation_id > 0)
        {
            item.weight = plan->relations.items[item.relation_id - 1].table_bytes;
            n_indexes[item.relation_id - 1]++;
        }
        if (!journal_add_work(flow->dst, flow->config->migration, &item, err))
            return false;
    }
    return true;
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
    int *n_indexes = arena_alloc(flow->arena, (plan->relations.len + 1) * sizeof(int));

    if (!conn_exec(flow->dst, "BEGIN", err) ||
        !conn_run(flow->dst, "DELETE FROM pgbaton.work WHERE migration = $1", PARAMS(migration),
                  NULL, err) ||
        !conn_run(flow->dst, "DELETE FROM pgbaton.relation WHERE migration = $1", PARAMS(migration),
                  NULL, err) ||
        !add_entries(plan, n_indexes, err))
        return false;
    for (size_t i = 0; i < plan->relations.len; i++)
        if (!add_relation(plan, i, n_indexes[i], err))
            return false;
    return add_large_objects(plan, err) &&
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
