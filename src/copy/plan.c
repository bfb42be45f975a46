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
    Conn *target;
    const char *migration;
    const RelationRow *relation;
    int64_t chunk_bytes; /* 0: not to be split */
    const char *label;
    int64_t weight;
    int n_chunks;
} Planner;

static bool
add_chunk(Planner *planner, WorkItem item, Err *err)
{
    item.kind = "chunk";
    item.position = planner->n_chunks++;
    item.relation_id = planner->relation->id;
    item.label = planner->label;
    item.weight = planner->weight;
    return journal_add_work(planner->target, planner->migration, &item, 1, err);
}

static bool
add_whole(Planner *planner, Err *err)
{
    return add_chunk(planner, (WorkItem){.first_page = -1, .end_page = -1}, err);
}

/* One more chunk than there are cuts, open at both ends. */
static bool
add_between_cuts(Planner *planner, const PGresult *cuts, const char *key_column, Err *err)
{
    for (int i = 0; i <= PQntuples(cuts); i++)
        if (!add_chunk(planner,
                       (WorkItem){.first_page = -1,
                                  .end_page = -1,
                                  .key_column = key_column,
                                  .first_key = i > 0 ? result_text(cuts, i - 1, 0) : NULL,
                                  .end_key = i < PQntuples(cuts) ? result_text(cuts, i, 0) : NULL},
                       err))
            return false;
    return true;
}

static bool
plan_large_objects(Planner *planner, Err *err)
{
    cleanup_(result_release) PGresult *cuts = NULL;

    if (planner->chunk_bytes == 0)
        return add_whole(planner, err);
    if (!conn_query(planner->source, sql_copy_lo_cuts,
                    PARAMS(PARAM_I64(OBJECTS_PER_CHUNK), PARAM_I64(planner->chunk_bytes)), &cuts,
                    err))
        return err_context(err, "reading the sizes of the large objects");
    if (PQntuples(cuts) > 0)
        planner->weight = result_i64(cuts, 0, 1);
    return add_between_cuts(planner, cuts, NULL, err);
}

static bool
plan_pages(Planner *planner, int64_t n_chunks, Err *err)
{
    int64_t pages = planner->relation->heap_bytes / PAGE_BYTES;

    if (n_chunks > pages)
        n_chunks = pages > 0 ? pages : 1;
    for (int64_t i = 0; i < n_chunks; i++)
        if (!add_chunk(planner,
                       (WorkItem){.first_page = i == 0 ? -1 : pages * i / n_chunks,
                                  .end_page = i == n_chunks - 1 ? -1 : pages * (i + 1) / n_chunks},
                       err))
            return false;
    return true;
}

/* Equal parts of the range between the smallest and the largest key; where keys have gaps, the parts are not of equal size. */
static bool
plan_keys(Planner *planner, int64_t n_chunks, Err *err)
{
    const RelationRow *r = planner->relation;
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(result_release) PGresult *cuts = NULL;
    cleanup_(str_release) Str sql = STR_INIT;
    const char *column;

    if (!conn_value(planner->source, &arena, sql_copy_key_column, PARAMS(PARAM_I64(r->source_oid)),
                    &column, err))
        return false;
    if (!column)
        return add_whole(planner, err);
    sql_format(
        &sql,
        "SELECT DISTINCT pg_catalog.floor(b.low + (b.high - b.low + 1) * i.n / $1::numeric)::bigint AS cut"
        " FROM (SELECT pg_catalog.min(t.%I)::numeric AS low, pg_catalog.max(t.%I)::numeric AS high FROM ONLY %Q AS t) AS b,"
        " pg_catalog.generate_series(1, $1::bigint - 1) AS i (n)"
        " WHERE pg_catalog.floor(b.low + (b.high - b.low + 1) * i.n / $1::numeric) > b.low ORDER BY 1",
        column, column, r->schema, r->name);
    return (conn_query(planner->source, sql.data, PARAMS(PARAM_I64(n_chunks)), &cuts, err) ||
            err_context(err, "reading the keys of table \"%s.%s\"", r->schema, r->name)) &&
           add_between_cuts(planner, cuts, column, err);
}

static bool
plan_table(Planner *planner, Err *err)
{
    const RelationRow *r = planner->relation;
    /* TOAST counts as it is copied too, though it is the heap that is split. */
    int64_t n_chunks =
        planner->chunk_bytes > 0 && !r->condition ? r->table_bytes / planner->chunk_bytes + 1 : 1;

    if (n_chunks == 1)
        return add_whole(planner, err);
    /* Without TID range scans each part of the pages would read all of them. */
    return conn_has(planner->source, FEATURE_TID_RANGE_SCAN) ? plan_pages(planner, n_chunks, err)
                                                             : plan_keys(planner, n_chunks, err);
}

bool
copy_plan_chunks(Conn *source, Conn *target, const char *migration, const RelationRow *r,
                 int64_t chunk_bytes, Err *err)
{
    cleanup_(str_release) Str label = STR_INIT;
    bool is_large_objects = strcmp(r->kind, "large objects") == 0;
    Planner planner = {
        .source = source,
        .target = target,
        .migration = migration,
        .relation = r,
        .chunk_bytes = chunk_bytes,
        .weight = r->table_bytes,
    };

    sql_format(&label, is_large_objects ? "large objects" : "rows of %Q", r->schema, r->name);
    planner.label = label.data;
    return conn_run(
               target,
               "DELETE FROM pgbaton.work WHERE migration = $1 AND kind = 'chunk' AND relation_id = $2::integer",
               PARAMS(migration, PARAM_I64(r->id)), NULL, err) &&
           (is_large_objects ? plan_large_objects(&planner, err) : plan_table(&planner, err)) &&
           conn_run(
               target,
               "UPDATE pgbaton.relation SET chunks_left = $3::integer, rows_copied = 0, bytes_copied = 0"
               " WHERE migration = $1 AND id = $2::integer",
               PARAMS(migration, PARAM_I64(r->id), PARAM_I64(planner.n_chunks)), NULL, err);
}
