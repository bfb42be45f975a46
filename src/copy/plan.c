/* How a relation is split into chunks. */
#include <string.h>

#include "copy/copy.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    PAGE_BYTES = 8192, /* a larger page of a server that was built so only makes larger chunks */
    OBJECTS_PER_CHUNK = 500 /* each takes a lock of the target until the chunk is committed */
};

typedef struct Planner
{
    Conn *source;
    Arena arena;
    VEC(WorkItem) chunks; /* of all relations */

    /* The relation that is being planned. */
    const RelationRow *relation;
    int64_t chunk_bytes; /* 0: not to be split */
    const char *label;
    int64_t weight;
    int n_chunks;
} Planner;

static void
add_chunk(Planner *planner, WorkItem item)
{
    item.kind = "chunk";
    item.position = planner->n_chunks++;
    item.relation_id = planner->relation->id;
    item.label = planner->label;
    item.weight = planner->weight;
    *vec_push(&planner->chunks, &planner->arena) = item;
}

static void
add_whole(Planner *planner)
{
    add_chunk(planner, (WorkItem){.first_page = -1, .end_page = -1});
}

static const char *
cut_at(Planner *planner, const PGresult *cuts, int row)
{
    return row >= 0 && row < PQntuples(cuts)
               ? arena_strdup(&planner->arena, result_text(cuts, row, 0))
               : NULL;
}

/* One more chunk than there are cuts, open at both ends. */
static void
add_between_cuts(Planner *planner, const PGresult *cuts, const char *key_column)
{
    for (int i = 0; i <= PQntuples(cuts); i++)
        add_chunk(planner, (WorkItem){.first_page = -1,
                                      .end_page = -1,
                                      .key_column = key_column,
                                      .first_key = cut_at(planner, cuts, i - 1),
                                      .end_key = cut_at(planner, cuts, i)});
}

static bool
plan_large_objects(Planner *planner, Err *err)
{
    cleanup_(result_release) PGresult *cuts = NULL;

    if (planner->chunk_bytes == 0)
    {
        add_whole(planner);
        return true;
    }
    if (!conn_query(planner->source, sql_copy_lo_cuts,
                    PARAMS(PARAM_I64(OBJECTS_PER_CHUNK), PARAM_I64(planner->chunk_bytes)), &cuts,
                    err))
        return err_context(err, "reading the sizes of the large objects");
    if (PQntuples(cuts) > 0)
        planner->weight = result_i64(cuts, 0, 1);
    add_between_cuts(planner, cuts, NULL);
    return true;
}

static void
plan_pages(Planner *planner, int64_t n_chunks)
{
    int64_t pages = planner->relation->heap_bytes / PAGE_BYTES;

    if (n_chunks > pages)
        n_chunks = pages > 0 ? pages : 1;
    for (int64_t i = 0; i < n_chunks; i++)
        add_chunk(planner, (WorkItem){
                               .first_page = i == 0 ? -1 : pages * i / n_chunks,
                               .end_page = i == n_chunks - 1 ? -1 : pages * (i + 1) / n_chunks,
                           });
}

/* Equal parts of the range between the smallest and the largest key; where keys have gaps, the parts are not of equal size. */
static bool
plan_keys(Planner *planner, int64_t n_chunks, Err *err)
{
    const RelationRow *r = planner->relation;
    cleanup_(result_release) PGresult *cuts = NULL;
    cleanup_(str_release) Str sql = STR_INIT;
    const char *column;

    if (!conn_value(planner->source, &planner->arena, sql_copy_key_column,
                    PARAMS(PARAM_I64(r->source_oid)), &column, err))
        return false;
    if (!column)
    {
        add_whole(planner);
        return true;
    }
    sql_format(
        &sql,
        "SELECT DISTINCT pg_catalog.floor(b.low + (b.high - b.low + 1) * i.n / $1::numeric)::bigint AS cut"
        " FROM (SELECT pg_catalog.min(t.%I)::numeric AS low, pg_catalog.max(t.%I)::numeric AS high FROM ONLY %Q AS t) AS b,"
        " pg_catalog.generate_series(1, $1::bigint - 1) AS i (n)"
        " WHERE pg_catalog.floor(b.low + (b.high - b.low + 1) * i.n / $1::numeric) > b.low ORDER BY 1",
        column, column, r->schema, r->name);
    if (!conn_query(planner->source, sql.data, PARAMS(PARAM_I64(n_chunks)), &cuts, err))
        return err_context(err, "reading the keys of table \"%s.%s\"", r->schema, r->name);
    add_between_cuts(planner, cuts, column);
    return true;
}

static bool
plan_table(Planner *planner, Err *err)
{
    const RelationRow *r = planner->relation;
    /* TOAST counts as it is copied too, though it is the heap that is split. */
    int64_t n_chunks =
        planner->chunk_bytes > 0 && !r->condition ? r->table_bytes / planner->chunk_bytes + 1 : 1;

    if (n_chunks == 1)
        add_whole(planner);
    else if (conn_has(planner->source, FEATURE_TID_RANGE_SCAN))
        plan_pages(planner, n_chunks);
    else /* each part of the pages would read all of them */
        return plan_keys(planner, n_chunks, err);
    return true;
}

static bool
plan_relation(Planner *planner, CopyPlan *plan, Err *err)
{
    const RelationRow *r = plan->relation;
    bool is_large_objects = strcmp(r->kind, "large objects") == 0;
    cleanup_(str_release) Str label = STR_INIT;

    planner->relation = r;
    planner->chunk_bytes = plan->chunk_bytes;
    planner->weight = r->table_bytes;
    planner->n_chunks = 0;
    sql_format(&label, is_large_objects ? "large objects" : "rows of %Q", r->schema, r->name);
    planner->label = arena_strdup(&planner->arena, label.data);
    if (plan->is_empty)
        return true;
    return is_large_objects ? plan_large_objects(planner, err) : plan_table(planner, err);
}

static bool
write_plans(Planner *planner, Conn *target, const char *migration, const JournalPlans *plans,
            Err *err)
{
    return journal_plan_chunks(target, migration, plans, err) &&
           journal_add_work(target, migration, planner->chunks.items, planner->chunks.len, err);
}

bool
copy_plan_chunks(Conn *source, Conn *target, const char *migration, CopyPlan *plans, size_t n,
                 Err *err)
{
    Planner planner = {.source = source};
    JournalPlans rows = {0};
    bool ok = true;

    for (size_t i = 0; ok && i < n; i++)
    {
        ok = plan_relation(&planner, &plans[i], err);
        *vec_push(&rows, &planner.arena) = (JournalPlan){
            .relation_id = plans[i].relation->id,
            .group_id = plans[i].group_id,
            .n_chunks = planner.n_chunks,
        };
    }
    ok = ok && write_plans(&planner, target, migration, &rows, err);
    arena_release(&planner.arena);
    return ok;
}
