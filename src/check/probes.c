/* Probes that look at more than one result: what is copied once more inside the pause, the client tools, the target database. */
#include "base/str.h"
#include "check/run.h"
#include "pg/tools.h"
#include "sql/sql.h"

bool
probe_target_database(CheckRun *run, Err *err)
{
    (void)err;
    if (!run->target_exists)
        check_find_text(run, CHECK_INFORMS,
                        arena_printf(run->arena, "database \"%s\" does not exist on the target",
                                     run->in->target_dbname),
                        "It will be created with the source database's encoding and locale.", NULL);
    return true;
}

bool
probe_client_tools(CheckRun *run, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    ClientTools tools;

    if (tools_find(run->config->pg_bindir, run->source, run->arena, &tools, &failure))
        return true;
    if (failure.code != ERR_REFUSED)
        return err_move(err, &failure);
    check_find_text(run, CHECK_BLOCKS, arena_strdup(run->arena, failure.message),
                    arena_strdup(run->arena, failure.detail),
                    arena_strdup(run->arena, failure.hint));
    return true;
}

/* What logical replication does not carry is copied again while nobody may write: too much of it makes too long a pause. */
static void
find_recopied(CheckRun *run, const CheckObjects *objects, CheckSeverity severity, const char *what)
{
    int64_t n_bytes = check_sum(objects, "bytes");
    const char *size = check_size(run->arena, n_bytes);

    if (n_bytes > run->config->recopy_limit_bytes)
        check_find_text(
            run, CHECK_BLOCKS, arena_printf(run->arena, "%s: %s", what, size),
            arena_printf(
                run->arena,
                "Logical replication does not carry them, so they are copied once more inside the write pause, "
                "for which %s is the limit (migration.recopy_limit).",
                check_size(run->arena, run->config->recopy_limit_bytes)),
            arena_printf(
                run->arena, "If a longer pause is bearable: --recopy-limit %lldMB; else %s.",
                (long long)(n_bytes / 1048576 + 1),
                run->row->side == CHECK_SOURCE && run->row->probe == probe_unlogged_tables
                    ? "empty them, make them logged (ALTER TABLE ... SET LOGGED), or leave them out with --exclude"
                    : "move them into bytea columns, or remove orphans with vacuumlo"));
    else
        check_find_text(
            run, severity, arena_printf(run->arena, "%s: %s", what, size),
            severity == CHECK_WARNS
                ? "Logical replication does not carry them, and this role may not read those of others."
                : "Logical replication does not carry them: they are copied with the rest, and once more inside the write pause.",
            severity == CHECK_WARNS ? "Connect to the source as a superuser, or as their owner."
                                    : NULL);
}

bool
probe_large_objects(CheckRun *run, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    CheckObjects objects;

    if (!check_query(run, sql_check_large_objects, &result, &objects, err))
        return false;
    if (objects.n == 0)
        return true;
    find_recopied(run, &objects,
                  result_bool(result, 0, result_column(result, "readable")) ? CHECK_INFORMS
                                                                            : CHECK_WARNS,
                  arena_printf(run->arena, "%s large object(s)",
                               result_text(result, 0, result_column(result, "count"))));
    return true;
}

bool
probe_unlogged_tables(CheckRun *run, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str what = STR_INIT;
    CheckObjects objects;

    if (!check_query(run, sql_check_unlogged_tables, &result, &objects, err))
        return false;
    if (objects.n == 0)
        return true;
    str_addf(&what, "%d unlogged %s", objects.n, objects.n == 1 ? "table" : "tables");
    for (int i = 0; i < objects.n && i < 5; i++)
        str_addf(&what, "%s \"%s\"", i ? "," : "",
                 result_text(result, objects.rows[i], result_column(result, "object")));
    if (objects.n > 5)
        str_addf(&what, " and %d more", objects.n - 5);
    find_recopied(run, &objects, CHECK_INFORMS, what.data);
    return true;
}
