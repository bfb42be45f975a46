#include <stdlib.h>
#include <string.h>

#include "copy/copy.h"
#include "sql/sql.h"

enum
{
    PAGES_PER_QUERY = 256
};

/* Replaces the target's object by the source's pages. */
static bool
copy_object(Conn *source, Conn *target, const char *oid, bool exists, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *next_page = "0";

    if (exists && !conn_run(target, "SELECT pg_catalog.lo_unlink($1::oid)", PARAMS(oid), NULL, err))
        return false;
    if (!conn_run(target, "SELECT pg_catalog.lo_create($1::oid)", PARAMS(oid), NULL, err))
        return false;
    for (;;)
    {
        cleanup_(result_release) PGresult *pages = NULL;

        if (!conn_query(source, sql_copy_lo_pages,
                        PARAMS(oid, next_page, PARAM_I64(PAGES_PER_QUERY)), &pages, err))
            return false;
        if (PQgetisnull(pages, 0, 0))
            return true;
        if (!conn_run(target, sql_copy_lo_put,
                      PARAMS(oid, result_text(pages, 0, 0), result_text(pages, 0, 1)), NULL, err))
            return false;
        next_page = arena_printf(&arena, "%lld", (long long)result_i64(pages, 0, 2) + 1);
    }
}

/* Statements that the source's objects need and the target's do not have yet. Both lists are small texts per object. */
static bool
copy_properties(Conn *source, Conn *target, Err *err)
{
    cleanup_(result_release) PGresult *wanted = NULL;

    if (!conn_query(source, sql_copy_lo_statements, NO_PARAMS, &wanted, err))
        return false;
    for (int row = 0; row < PQntuples(wanted); row++)
        if (!conn_exec(target, result_text(wanted, row, 0), err))
            return err_context(err, "large objects");
    return true;
}

static int
compare_oids(const PGresult *a, int row_a, const PGresult *b, int row_b)
{
    int64_t oid_a = row_a < PQntuples(a) ? result_i64(a, row_a, 0) : INT64_MAX;
    int64_t oid_b = row_b < PQntuples(b) ? result_i64(b, row_b, 0) : INT64_MAX;

    return (oid_a > oid_b) - (oid_a < oid_b);
}

bool
copy_large_objects(Conn *source, Conn *target, int64_t *ret_changed, Err *err)
{
    cleanup_(result_release) PGresult *theirs = NULL;
    cleanup_(result_release) PGresult *ours = NULL;
    int row = 0;
    int our_row = 0;

    *ret_changed = 0;
    if (!conn_query(source, sql_copy_lo_list, NO_PARAMS, &theirs, err) ||
        !conn_query(target, sql_copy_lo_list, NO_PARAMS, &ours, err))
        return err_context(err, "reading the large objects");
    while (row < PQntuples(theirs) || our_row < PQntuples(ours))
    {
        int order = compare_oids(theirs, row, ours, our_row);

        if (order > 0) /* only the target has it */
        {
            if (!conn_run(target, "SELECT pg_catalog.lo_unlink($1::oid)",
                          PARAMS(result_text(ours, our_row, 0)), NULL, err))
                return err_context(err, "removing large object %s", result_text(ours, our_row, 0));
            ++*ret_changed;
        }
        else if (order < 0 ||
                 strcmp(result_text(theirs, row, 1), result_text(ours, our_row, 1)) != 0)
        {
            if (!copy_object(source, target, result_text(theirs, row, 0), order == 0, err))
                return err_context(err, "copying large object %s", result_text(theirs, row, 0));
            ++*ret_changed;
        }
        row += order <= 0;
        our_row += order >= 0;
    }
    return copy_properties(source, target, err);
}
