#include "copy/large_object.h"

#include <stdlib.h>
#include <string.h>

#include "copy/copy.h"
#include "sql/sql.h"

enum
{
    PAGES_PER_QUERY = 256,
    OBJECTS_PER_WINDOW = 1000
};

/* Those of one side in a window of OIDs. */
typedef struct ObjectList
{
    PGresult *result;
    int len;
} ObjectList;

static void
list_release(ObjectList *list)
{
    PQclear(list->result);
    *list = (ObjectList){0};
}

static bool
read_list(Conn *conn, uint32_t first, uint32_t last, bool with_hash, ObjectList *ret_list, Err *err)
{
    list_release(ret_list);
    if (!conn_query(conn, sql_copy_lo_list,
                    PARAMS(PARAM_I64(first), PARAM_I64(last), PARAM_I64(OBJECTS_PER_WINDOW),
                           with_hash ? "true" : "false"),
                    &ret_list->result, err))
        return err_context(err, "reading the large objects");
    ret_list->len = PQntuples(ret_list->result);
    return true;
}

/* Past the end of the list: larger than all. */
static int64_t
oid_at(const ObjectList *list, int row)
{
    return row < list->len ? result_i64(list->result, row, 0) : INT64_MAX;
}

/* Replaces the target's object by the source's pages. */
static bool
copy_object(LargeObjectCopy *copy, const char *oid, bool exists, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *next_page = "0";

    if (exists &&
        !conn_run(copy->target, "SELECT pg_catalog.lo_unlink($1::oid)", PARAMS(oid), NULL, err))
        return false;
    if (!conn_run(copy->target, "SELECT pg_catalog.lo_create($1::oid)", PARAMS(oid), NULL, err))
        return false;
    for (;;)
    {
        cleanup_(result_release) PGresult *pages = NULL;
        int64_t n_bytes;

        if (!conn_query(copy->source, sql_copy_lo_pages,
                        PARAMS(oid, next_page, PARAM_I64(PAGES_PER_QUERY)), &pages, err))
            return false;
        if (PQgetisnull(pages, 0, 0))
            return true;
        n_bytes = result_i64(pages, 0, 3);
        if (!rate_take(copy->rate, n_bytes, err) ||
            !conn_run(copy->target, sql_copy_lo_put,
                      PARAMS(oid, result_text(pages, 0, 0), result_text(pages, 0, 1)), NULL, err))
            return false;
        copy->n_bytes += n_bytes;
        atomic_fetch_add(&copy->counters->bytes, n_bytes);
        next_page = arena_printf(&arena, "%lld", (long long)result_i64(pages, 0, 2) + 1);
    }
}

/* Order of copy_lo_statements.sql. */
static int
compare_statements(const PGresult *a, int row_a, const PGresult *b, int row_b)
{
    if (row_b >= PQntuples(b))
        return -1;
    for (int column = 0; column < 2; column++)
    {
        int64_t value_a = result_i64(a, row_a, column);
        int64_t value_b = result_i64(b, row_b, column);

        if (value_a != value_b)
            return value_a < value_b ? -1 : 1;
    }
    return strcmp(result_text(a, row_a, 2), result_text(b, row_b, 2));
}

/* Executes the statements that the source's objects need and the target's have not had yet. */
static bool
copy_properties(LargeObjectCopy *copy, uint32_t first, uint32_t last, Err *err)
{
    cleanup_(result_release) PGresult *wanted = NULL;
    cleanup_(result_release) PGresult *present = NULL;
    int present_row = 0;

    if (!conn_query(copy->source, sql_copy_lo_statements, PARAMS(PARAM_I64(first), PARAM_I64(last)),
                    &wanted, err) ||
        !conn_query(copy->target, sql_copy_lo_statements, PARAMS(PARAM_I64(first), PARAM_I64(last)),
                    &present, err))
        return err_context(err, "large objects");
    for (int row = 0; row < PQntuples(wanted); row++)
    {
        int order;

        while ((order = compare_statements(wanted, row, present, present_row)) > 0)
            present_row++;
        if (order < 0 && !conn_exec(copy->target, result_text(wanted, row, 2), err))
            return err_context(err, "large objects");
    }
    return true;
}

/* Both lists hold all objects of the window. */
static bool
merge(LargeObjectCopy *copy, const ObjectList *theirs, const ObjectList *ours, Err *err)
{
    int row = 0;
    int our_row = 0;

    while (row < theirs->len || our_row < ours->len)
    {
        int64_t oid = oid_at(theirs, row);
        int64_t our_oid = oid_at(ours, our_row);

        if (our_oid < oid) /* only the target has it */
        {
            const char *text = result_text(ours->result, our_row++, 0);

            if (!conn_run(copy->target, "SELECT pg_catalog.lo_unlink($1::oid)", PARAMS(text), NULL,
                          err))
                return err_context(err, "removing large object %s", text);
            copy->n_changed++;
            continue;
        }
        if (oid < our_oid ||
            strcmp(result_text(theirs->result, row, 1), result_text(ours->result, our_row, 1)) != 0)
        {
            const char *text = result_text(theirs->result, row, 0);

            if (!copy_object(copy, text, oid == our_oid, err))
                return err_context(err, "copying large object %s", text);
            copy->n_changed++;
            atomic_fetch_add(&copy->counters->rows, 1);
        }
        our_row += oid == our_oid;
        row++;
    }
    return true;
}

/* From first on, as many as both lists hold. Contents are compared only where the target has anything. */
static bool
copy_window(LargeObjectCopy *copy, uint32_t first, uint32_t *last, Err *err)
{
    cleanup_(list_release) ObjectList theirs = {0};
    cleanup_(list_release) ObjectList ours = {0};

    if (!read_list(copy->source, first, *last, false, &theirs, err) ||
        !read_list(copy->target, first, *last, false, &ours, err))
        return false;
    if (theirs.len == OBJECTS_PER_WINDOW)
        *last = (uint32_t)oid_at(&theirs, theirs.len - 1);
    if (ours.len == OBJECTS_PER_WINDOW && oid_at(&ours, ours.len - 1) < *last)
        *last = (uint32_t)oid_at(&ours, ours.len - 1);
    if (theirs.len == 0 && ours.len == 0)
        return true;
    if (ours.len > 0 && (!read_list(copy->source, first, *last, true, &theirs, err) ||
                         !read_list(copy->target, first, *last, true, &ours, err)))
        return false;
    return merge(copy, &theirs, &ours, err) && copy_properties(copy, first, *last, err);
}

bool
large_objects_copy(LargeObjectCopy *copy, uint32_t first, uint32_t last, Err *err)
{
    for (;;)
    {
        uint32_t window_last = last;

        if (!copy_window(copy, first, &window_last, err))
            return false;
        if (window_last == last)
            return true;
        first = window_last + 1;
    }
}

bool
copy_large_objects(Conn *source, Conn *target, int64_t *ret_changed, Err *err)
{
    CopyCounters counters = {0};
    LargeObjectCopy copy = {.source = source, .target = target, .counters = &counters};

    if (!large_objects_copy(&copy, 0, UINT32_MAX, err))
        return false;
    *ret_changed = copy.n_changed;
    return true;
}
