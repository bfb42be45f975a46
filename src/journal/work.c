/* Groups, relations and work: the rows the copy is planned and claimed by. */
#include "journal/journal.h"

#include "pg/quote.h"
#include "sql/sql.h"

#define PARAM_ID(value)   ((value) ? PARAM_I64(value) : NULL)
#define PARAM_OPEN(value) ((value) >= 0 ? PARAM_I64(value) : NULL)

bool
journal_read_groups(Conn *target, const char *migration, Arena *arena, GroupRows *ret_groups,
                    Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(
            target,
            "SELECT g.id, g.name, g.state, g.consistent_lsn, g.snapshot,"
            " (SELECT pg_catalog.count(*) FROM pgbaton.relation AS r WHERE r.migration = g.migration AND r.group_id = g.id)"
            " FROM pgbaton.replication_group AS g WHERE g.migration = $1 ORDER BY g.id",
            PARAMS(migration), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_groups, arena) = (GroupRow){
            .id = (int)result_i64(result, row, 0),
            .name = arena_strdup(arena, result_text(result, row, 1)),
            .state = arena_strdup(arena, result_text(result, row, 2)),
            .consistent_lsn = arena_strdup(arena, result_text(result, row, 3)),
            .snapshot = arena_strdup(arena, result_text(result, row, 4)),
            .n_tables = result_i64(result, row, 5),
        };
    return true;
}

bool
journal_add_group(Conn *target, const char *migration, const GroupRow *group, Err *err)
{
    return conn_run(
        target,
        "INSERT INTO pgbaton.replication_group (migration, id, name, state) VALUES ($1, $2::integer, $3, $4)",
        PARAMS(migration, PARAM_I64(group->id), group->name, group->state), NULL, err);
}

bool
journal_set_group(Conn *target, const char *migration, const GroupRow *group, Err *err)
{
    return conn_run(
        target,
        "UPDATE pgbaton.replication_group SET state = $3, consistent_lsn = $4::pg_lsn, snapshot = $5"
        " WHERE migration = $1 AND id = $2::integer",
        PARAMS(migration, PARAM_I64(group->id), group->state, group->consistent_lsn,
               group->snapshot),
        NULL, err);
}

bool
journal_delete_group(Conn *target, const char *migration, int id, Err *err)
{
    return conn_run(
        target, "DELETE FROM pgbaton.replication_group WHERE migration = $1 AND id = $2::integer",
        PARAMS(migration, PARAM_I64(id)), NULL, err);
}

/* Many rows in one statement: each of its columns as an array. */
enum
{
    MAX_COLUMNS = 12,
    ROWS_AT_ONCE = 1000 /* so that memory stays bounded */
};

typedef struct Columns
{
    Str arrays[MAX_COLUMNS];
} Columns;

static void
columns_release(Columns *columns)
{
    for (int i = 0; i < MAX_COLUMNS; i++)
        str_release(&columns->arrays[i]);
}

static Columns
no_columns(void)
{
    Columns columns;

    for (int i = 0; i < MAX_COLUMNS; i++)
        str_init(&columns.arrays[i]);
    return columns;
}

static void
add_row(Columns *columns, const Params *values)
{
    for (int i = 0; i < values->n; i++)
        sql_array_add(&columns->arrays[i], values->values[i]);
}

/* $1 of the statement is the migration, the others are the columns. */
static bool
run_with_columns(Conn *target, const char *sql, const char *migration, const Columns *columns,
                 Err *err)
{
    const char *values[1 + MAX_COLUMNS] = {migration};
    int n = 0;

    while (n < MAX_COLUMNS && columns->arrays[n].len > 0)
    {
        values[n + 1] = columns->arrays[n].data;
        n++;
    }
    return n == 0 || conn_run(target, sql, &(const Params){n + 1, values}, NULL, err);
}

static bool
add_relations(Conn *target, const char *migration, const RelationRow *rows, size_t n, Err *err)
{
    cleanup_(columns_release) Columns columns = no_columns();

    for (size_t i = 0; i < n; i++)
    {
        const RelationRow *r = &rows[i];

        add_row(&columns,
                PARAMS(PARAM_I64(r->id), r->kind, r->schema, r->name, PARAM_I64(r->source_oid),
                       PARAM_I64(r->heap_bytes), PARAM_I64(r->table_bytes),
                       PARAM_I64(r->row_estimate), r->columns_json, r->copy_options, r->condition,
                       PARAM_I64(r->builds_left)));
    }
    return run_with_columns(target, sql_journal_add_relations, migration, &columns, err);
}

bool
journal_add_relations(Conn *target, const char *migration, const RelationRow *rows, size_t n,
                      Err *err)
{
    for (size_t start = 0; start < n; start += ROWS_AT_ONCE)
        if (!add_relations(target, migration, rows + start,
                           n - start < ROWS_AT_ONCE ? n - start : ROWS_AT_ONCE, err))
            return false;
    return true;
}

bool
journal_read_relations(Conn *target, const char *migration, Arena *arena,
                       RelationRows *ret_relations, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(
            target,
            "SELECT id, kind, schema_name, name, source_oid, COALESCE(group_id, 0), heap_bytes, table_bytes, row_estimate,"
            " columns, copy_options, condition, COALESCE(chunks_left, -1), builds_left, rows_copied, bytes_copied"
            " FROM pgbaton.relation WHERE migration = $1 ORDER BY id",
            PARAMS(migration), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_relations, arena) = (RelationRow){
            .id = (int)result_i64(result, row, 0),
            .kind = arena_strdup(arena, result_text(result, row, 1)),
            .schema = arena_strdup(arena, result_text(result, row, 2)),
            .name = arena_strdup(arena, result_text(result, row, 3)),
            .source_oid = (uint32_t)result_i64(result, row, 4),
            .group_id = (int)result_i64(result, row, 5),
            .heap_bytes = result_i64(result, row, 6),
            .table_bytes = result_i64(result, row, 7),
            .row_estimate = result_i64(result, row, 8),
            .columns_json = arena_strdup(arena, result_text(result, row, 9)),
            .copy_options = arena_strdup(arena, result_text(result, row, 10)),
            .condition = arena_strdup(arena, result_text(result, row, 11)),
            .chunks_left = (int)result_i64(result, row, 12),
            .builds_left = (int)result_i64(result, row, 13),
            .rows_copied = result_i64(result, row, 14),
            .bytes_copied = result_i64(result, row, 15),
        };
    return true;
}

static bool
add_work(Conn *target, const char *migration, const WorkItem *items, size_t n, Err *err)
{
    cleanup_(columns_release) Columns columns = no_columns();

    for (size_t i = 0; i < n; i++)
    {
        const WorkItem *w = &items[i];

        add_row(&columns,
                PARAMS(w->kind, PARAM_I64(w->position), PARAM_ID(w->relation_id), w->label,
                       PARAM_I64(w->weight), PARAM_OPEN(w->first_page), PARAM_OPEN(w->end_page),
                       w->key_column, w->first_key, w->end_key, w->sql));
    }
    return run_with_columns(target, sql_journal_add_work, migration, &columns, err);
}

bool
journal_add_work(Conn *target, const char *migration, const WorkItem *items, size_t n, Err *err)
{
    for (size_t start = 0; start < n; start += ROWS_AT_ONCE)
        if (!add_work(target, migration, items + start,
                      n - start < ROWS_AT_ONCE ? n - start : ROWS_AT_ONCE, err))
            return false;
    return true;
}

bool
journal_plan_chunks(Conn *target, const char *migration, const JournalPlans *plans, Err *err)
{
    cleanup_(columns_release) Columns columns = no_columns();
    const Str *ids = &columns.arrays[0];

    for (size_t i = 0; i < plans->len; i++)
    {
        const JournalPlan *p = &plans->items[i];

        add_row(&columns,
                PARAMS(PARAM_I64(p->relation_id), PARAM_ID(p->group_id), PARAM_I64(p->n_chunks)));
    }
    return ids->len == 0 ||
           (conn_run(
                target,
                "DELETE FROM pgbaton.work WHERE migration = $1 AND kind = 'chunk' AND relation_id = ANY ($2::integer[])",
                PARAMS(migration, ids->data), NULL, err) &&
            run_with_columns(target, sql_journal_plan_chunks, migration, &columns, err) &&
            conn_run(target, sql_journal_ready_empty, PARAMS(migration, ids->data), NULL, err));
}

bool
journal_read_progress(Conn *target, const char *migration, Progress *ret_progress, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(target, sql_journal_progress, PARAMS(migration), &result, err))
        return false;
#define NUMBER(column) result_i64(result, 0, result_column(result, column))
    *ret_progress = (Progress){
        .tables = NUMBER("tables"),
        .tables_to_copy = NUMBER("tables_to_copy"),
        .relations_to_copy = NUMBER("relations_to_copy"),
        .bytes = NUMBER("bytes"),
        .row_estimate = NUMBER("row_estimate"),
        .rows_left = NUMBER("rows_left"),
        .not_estimated = NUMBER("not_estimated"),
        .rows_copied = NUMBER("rows_copied"),
        .bytes_copied = NUMBER("bytes_copied"),
        .chunks_left = NUMBER("chunks_left"),
        .indexes = NUMBER("indexes"),
        .indexes_left = NUMBER("indexes_left"),
        .analyzes_left = NUMBER("analyzes_left"),
    };
#undef NUMBER
    return true;
}
