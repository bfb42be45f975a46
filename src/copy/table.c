#include "copy/table.h"

#include "catalog/catalog.h"
#include "copy/copy.h"
#include "pg/quote.h"

static bool
is_open(const ChunkRange *range)
{
    return !range ||
           (range->first_page < 0 && range->end_page < 0 && !range->first_key && !range->end_key);
}

static void
add_range(Str *sql, const ChunkRange *range)
{
    const char *separator = " WHERE ";

    if (range->first_page >= 0)
    {
        str_addf(sql, "%sctid >= '(%lld,0)'::pg_catalog.tid", separator,
                 (long long)range->first_page);
        separator = " AND ";
    }
    if (range->end_page >= 0)
        str_addf(sql, "%sctid < '(%lld,0)'::pg_catalog.tid", separator, (long long)range->end_page);
    if (range->first_key)
    {
        sql_format(sql, "%R%I >= %L::pg_catalog.int8", separator, range->key_column,
                   range->first_key);
        separator = " AND ";
    }
    if (range->end_key)
        sql_format(sql, "%R%I < %L::pg_catalog.int8", separator, range->key_column, range->end_key);
}

void
copy_add_out(Str *sql, const RelationRow *r, const ChunkRange *range)
{
    cleanup_(str_release) Str columns = STR_INIT;

    catalog_add_column_list(&columns, r->columns_json);
    if (columns.len > 0 && is_open(range) && !r->condition)
    {
        /* COPY of a table reads no children, and costs less than the same by a query. */
        sql_format(sql, "COPY %Q (%R) TO STDOUT", r->schema, r->name, columns.data);
    }
    else
    {
        sql_format(sql, "COPY (SELECT %R FROM ONLY %Q", columns.data, r->schema, r->name);
        if (!is_open(range))
            add_range(sql, range);
        if (r->condition) /* as the extension's author wrote it: "WHERE …", or with an ORDER BY; it cannot be combined with a range */
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

    copy_add_out(&out, r, NULL);
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
