#include "copy/table.h"

#include "catalog/catalog.h"
#include "copy/copy.h"
#include "pg/quote.h"

void
copy_add_out(Str *sql, const RelationRow *r, int64_t first_page, int64_t end_page)
{
    cleanup_(str_release) Str columns = STR_INIT;
    const char *separator = " WHERE ";

    catalog_add_column_list(&columns, r->columns_json);
    if (columns.len > 0 && first_page < 0 && end_page < 0 && !r->condition)
    {
        /* COPY of a table reads no children, and costs less than the same by a query. */
        sql_format(sql, "COPY %Q (%R) TO STDOUT", r->schema, r->name, columns.data);
    }
    else
    {
        sql_format(sql, "COPY (SELECT %R FROM ONLY %Q", columns.data, r->schema, r->name);
        if (first_page >= 0)
        {
            str_addf(sql, "%sctid >= '(%lld,0)'::pg_catalog.tid", separator, (long long)first_page);
            separator = " AND ";
        }
        if (end_page >= 0)
            str_addf(sql, "%sctid < '(%lld,0)'::pg_catalog.tid", separator, (long long)end_page);
        if (r->condition) /* as the extension's author wrote it: "WHERE …", or with an ORDER BY; it cannot be combined with pages */
            sql_format(sql, " %R", r->condition);
        str_add(sql, ") TO STDOUT");
    }
    if (*r->copy_options)
        sql_format(sql, " (%R)", r->copy_options);
}

void
copy_add_in(Str *sql, const RelationRow *r, bool freeze)
{
    cleanup_(str_release) Str columns = STR_INIT;

    catalog_add_column_list(&columns, r->columns_json);
    sql_format(sql, "COPY %Q", r->schema, r->name);
    if (columns.len > 0)
        sql_format(sql, " (%R)", columns.data);
    str_add(sql, " FROM STDIN");
    if (freeze || *r->copy_options)
        sql_format(sql, " (%R%R%R)", freeze ? "FREEZE" : "", freeze && *r->copy_options ? ", " : "",
                   r->copy_options);
}

void
copy_add_empty(Str *sql, const RelationRow *r)
{
    if (!r->condition)
        sql_format(sql, "TRUNCATE TABLE ONLY %Q", r->schema, r->name);
    else
        sql_format(sql, "DELETE FROM ONLY %Q %R", r->schema, r->name, r->condition);
}

bool
copy_table_again(Conn *source, Conn *target, const RelationRow *r, Err *err)
{
    cleanup_(str_release) Str out = STR_INIT;
    cleanup_(str_release) Str in = STR_INIT;
    cleanup_(str_release) Str empty = STR_INIT;
    CopyCounters counters = {0};
    CopyCount count;

    copy_add_out(&out, r, -1, -1);
    copy_add_in(&in, r, false);
    if (!r->condition) /* a foreign key that refers to it rules TRUNCATE out now */
        sql_format(&empty, "DELETE FROM ONLY %Q", r->schema, r->name);
    else
        copy_add_empty(&empty, r);
    return (conn_exec(target, "BEGIN", err) && conn_exec(target, empty.data, err) &&
            copy_stream(source, out.data, target, in.data, 1, NULL, &counters, &count, err) &&
            conn_exec(target, "COMMIT", err)) ||
           err_context(err, "copying table \"%s.%s\" again", r->schema, r->name);
}

bool
copy_plan_chunks(Conn *target, const char *migration, const RelationRow *r, int64_t chunk_bytes,
                 Err *err)
{
    enum
    {
        PAGE_BYTES = 8192 /* a larger page of a server that was built so only makes larger chunks */
    };
    int64_t pages = r->heap_bytes / PAGE_BYTES;
    /* TOAST counts as it is copied too, but what is split is the heap. */
    int64_t n_chunks = chunk_bytes > 0 && !r->condition ? r->table_bytes / chunk_bytes + 1 : 1;
    cleanup_(str_release) Str label = STR_INIT;

    if (n_chunks > pages)
        n_chunks = pages > 0 ? pages : 1;
    sql_format(&label, "rows of %Q", r->schema, r->name);
    if (!conn_run(
            target,
            "DELETE FROM pgbaton.work WHERE migration = $1 AND kind = 'chunk' AND relation_id = $2::integer",
            PARAMS(migration, PARAM_I64(r->id)), NULL, err))
        return false;
    for (int64_t i = 0; i < n_chunks; i++)
    {
        WorkItem item = {
            .kind = "chunk",
            .position = (int)i,
            .relation_id = r->id,
            .label = label.data,
            .weight = r->table_bytes,
            .first_page = i == 0 ? -1 : pages * i / n_chunks,
            .end_page = i == n_chunks - 1 ? -1 : pages * (i + 1) / n_chunks,
        };

        if (!journal_add_work(target, migration, &item, 1, err))
            return false;
    }
    return conn_run(
        target,
        "UPDATE pgbaton.relation SET chunks_left = $3::integer, rows_copied = 0, bytes_copied = 0"
        " WHERE migration = $1 AND id = $2::integer",
        PARAMS(migration, PARAM_I64(r->id), PARAM_I64(n_chunks)), NULL, err);
}
