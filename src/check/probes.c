/* Probes that look at more than one result: what is copied once more inside the pause, the client tools, the target database. */
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

bool
probe_apply_streams(CheckRun *run, Err *err)
{
    (void)err;
    if (run->config->apply_streams > 1 && !conn_has(run->source, FEATURE_SLOT_COPY))
        check_find_text(
            run, CHECK_BLOCKS,
            arena_printf(run->arena, "PostgreSQL %d of the source cannot feed %d apply streams",
                         conn_major(run->source), run->config->apply_streams),
            arena_printf(run->arena,
                         "Their slots are copies of one, so that they begin at the same point; %s "
                         "came with PostgreSQL %d.",
                         feature_name(FEATURE_SLOT_COPY), feature_since(FEATURE_SLOT_COPY)),
            "Leave --apply-streams out.");
    return true;
}

/* A TRUNCATE of two tables arrives in two parts if they are in two groups, and the first is refused if the other table refers to its own. */
bool
probe_truncate_in_parts(CheckRun *run, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    CheckObjects objects;

    if (run->config->apply_streams == 1 || !conn_has(run->source, FEATURE_SLOT_COPY))
        return true;
    if (!check_query(run, sql_check_foreign_keys, &result, &objects, err))
        return false;
    if (objects.n > 0)
        check_find(run, CHECK_WARNS, &objects);
    return true;
}

/*
 * What logical replication does not carry is copied again while nobody may write: too much of it makes too long a pause. what:
 * "2 unlogged tables ..."; remedy: how to have less of it.
 */
static void
find_too_much(CheckRun *run, int64_t n_bytes, const char *what, const char *remedy)
{
    int64_t needed_mb = n_bytes / 1048576 + 1;
    const char *limit = check_size(run->arena, run->config->recopy_limit_bytes);

    check_find_text(
        run, CHECK_BLOCKS,
        arena_printf(run->arena, "%s: %s", what, check_size(run->arena, n_bytes)),
        arena_printf(run->arena,
                     "Logical replication does not carry them, so they are copied once more inside "
                     "the write pause, for which %s is the limit (migration.recopy_limit).",
                     limit),
        arena_printf(run->arena, "If a longer pause is bearable: --recopy-limit %lldMB; else %s.",
                     (long long)needed_mb, remedy));
}

static void
find_recopied(CheckRun *run, int64_t n_bytes, const char *what)
{
    check_find_text(run, CHECK_INFORMS,
                    arena_printf(run->arena, "%s: %s", what, check_size(run->arena, n_bytes)),
                    "Logical replication does not carry them: they are copied with the rest, and "
                    "once more inside the write pause.",
                    NULL);
}

bool
probe_large_objects(CheckRun *run, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    CheckObjects objects;
    const char *what;
    int64_t n_bytes;

    if (!check_query(run, sql_check_large_objects, &result, &objects, err))
        return false;
    if (objects.n == 0)
        return true;
    what = template_expand(run->arena, "{count} {noun}", NULL, 0, &objects);
    n_bytes = check_sum(&objects, "bytes");
    if (n_bytes > run->config->recopy_limit_bytes)
        find_too_much(run, n_bytes, what,
                      "move them into bytea columns, or remove orphans with vacuumlo");
    else if (result_bool(result, 0, result_column(result, "readable")))
        find_recopied(run, n_bytes, what);
    else
        check_find_text(run, CHECK_WARNS,
                        arena_printf(run->arena, "%s: %s", what, check_size(run->arena, n_bytes)),
                        "This role may not read those of others, so they cannot be copied.",
                        "Connect to the source as a superuser, or as their owner.");
    return true;
}

bool
probe_unlogged_tables(CheckRun *run, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    CheckObjects objects;
    const char *what;
    int64_t n_bytes;

    if (!check_query(run, sql_check_unlogged_tables, &result, &objects, err))
        return false;
    if (objects.n == 0)
        return true;
    what = template_expand(run->arena, "{n:unlogged table|unlogged tables} {objects}", NULL, 0,
                           &objects);
    n_bytes = check_sum(&objects, "bytes");
    if (n_bytes > run->config->recopy_limit_bytes)
        find_too_much(
            run, n_bytes, what,
            "empty them, make them logged (ALTER TABLE ... SET LOGGED), or leave them out "
            "with --exclude");
    else
        find_recopied(run, n_bytes, what);
    return true;
}
