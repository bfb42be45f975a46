#include "check/check.h"

#include <string.h>

#include "base/str.h"
#include "check/run.h"
#include "config/filter.h"
#include "journal/journal.h"
#include "sql/sql.h"

enum
{
    /* Sessions beside a worker's: the flow's own, the keeper, the monitor, and one to spare. */
    EXTRA_SESSIONS = 4
};

const char *
check_side_name(CheckSide side)
{
    static const char *const names[] = {
        [CHECK_SOURCE] = "source", [CHECK_TARGET] = "target", [CHECK_BOTH] = "both"};

    return names[side];
}

const char *
check_severity_name(CheckSeverity severity)
{
    static const char *const names[] = {
        [CHECK_BLOCKS] = "blocks", [CHECK_WARNS] = "warns", [CHECK_INFORMS] = "informs"};

    return names[severity];
}

const char *
check_outcome_name(CheckOutcome outcome)
{
    static const char *const names[] = {[CHECK_PASSED] = "passed",
                                        [CHECK_FOUND] = "found",
                                        [CHECK_SKIPPED] = "skipped",
                                        [CHECK_NOT_RUN] = "not run"};

    return names[outcome];
}

bool
check_refuse(const CheckReport *report, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    const char *last = "";

    for (size_t i = 0; i < report->results.len; i++)
    {
        const CheckResult *result = &report->results.items[i];

        if (result->outcome != CHECK_FOUND || result->severity != CHECK_BLOCKS ||
            strcmp(last, result->name) == 0)
            continue;
        str_addf(&names, "%s%s", names.len ? ", " : "", result->name);
        last = result->name;
    }
    err_set(err, ERR_REFUSED, "%d %s the migration", report->n_blocking,
            report->n_blocking == 1 ? "check blocks" : "checks block");
    err_detail(err, "Nothing was changed. They are: %s.", names.data);
    return err_hint(
        err,
        "Do what each one's hint says, then run: pgbaton check; one that does not apply to you is overridden by "
        "--skip-check NAME.");
}

bool
check_is_known(const char *name, Suggestion *near)
{
    bool is_known = false;

    for (size_t row = 0; row < n_check_rows; row++)
    {
        is_known = is_known || strcmp(check_rows[row].name, name) == 0;
        suggest(near, check_rows[row].name);
    }
    return is_known;
}

/*
 * The target database, or one from which the server can be looked at if it does not exist. What tells the one from the
 * other is the list of databases: the text of a refused connection is in the server's language.
 */
static bool
open_target(CheckRun *run, const char *dbname, Err *err)
{
    static const char *const maintenance[] = {"postgres", "template1"};
    cleanup_(conn_close_pointer) Conn *other = NULL;
    const char *found = NULL;

    run->target_exists = true;
    if (conn_open(run->in->target, dbname, "check", &run->target, err))
        return true;
    if (err->code != ERR_UNREACHABLE || !dbname)
        return false;
    for (size_t i = 0; i < lengthof(maintenance) && !other; i++)
    {
        cleanup_(err_release) Err ignored = {0};

        if (!conn_open(run->in->target, maintenance[i], "check", &other, &ignored) &&
            (ignored.code == ERR_STOPPED || ignored.code == ERR_REFUSED))
            return err_release(err), err_move(err, &ignored);
    }
    if (!other)
        return false;
    err_release(err);
    if (!conn_value(other, run->arena,
                    "SELECT datname FROM pg_catalog.pg_database WHERE datname = $1", PARAMS(dbname),
                    &found, err))
        return false;
    if (found) /* it is there, but lets nobody in */
        return conn_open(run->in->target, dbname, "check", &run->target, err);
    run->target_exists = false;
    run->target = other;
    other = NULL;
    return true;
}

/* On a busy server a check must not hang: neither behind someone's lock nor in a huge catalog. */
static bool
bound_session(Conn *conn, Err *err)
{
    return conn_exec(conn, "SET lock_timeout = '5s'; SET statement_timeout = '60s'", err);
}

static bool
open_sides(CheckRun *run, Err *err)
{
    const CheckInput *in = run->in;
    bool has_journal;
    MigrationRow row;

    if (in->source && (!conn_open(in->source, in->dbname, "check", &run->source, err) ||
                       !bound_session(run->source, err)))
        return false;
    if (!in->target)
        return true;
    if (!open_target(run, in->target_dbname, err) || !bound_session(run->target, err))
        return false;
    if (!run->target_exists)
        return true;
    if (!journal_exists(run->target, &has_journal, err))
        return false;
    if (!has_journal || journal_read_migration(run->target, in->config->migration, run->arena, &row,
                                               &run->is_resumed, err))
        return true;
    if (strcmp(err->sqlstate, "42501") !=
        0) /* somebody else's: target-empty and target-leftovers will tell */
        return false;
    err_release(err);
    return true;
}

Conn *
check_conn(const CheckRun *run)
{
    return run->row->side == CHECK_SOURCE || !run->target ? run->source : run->target;
}

static const char *
param_value(CheckRun *run, CheckParam param)
{
    const Config *config = run->config;
    int n_databases = run->in->n_databases > 0 ? run->in->n_databases : 1;
    int n_groups = config->apply_streams * n_databases;

    switch (param)
    {
        case PARAM_END:
            break;
        case PARAM_FEED:
            return run->feed;
        case PARAM_GROUPS:
            return arena_printf(run->arena, "%d", n_groups);
        case PARAM_GROUPS_AND_ONE:
            return arena_printf(run->arena, "%d", n_groups + 1);
        case PARAM_DATABASES:
            return arena_printf(run->arena, "%d", n_databases);
        case PARAM_DATABASES_AND_ONE:
            return arena_printf(run->arena, "%d", n_databases + 1);
        case PARAM_SESSIONS:
            return arena_printf(run->arena, "%d", config->jobs + EXTRA_SESSIONS);
        case PARAM_SOURCE_SESSIONS:
            return arena_printf(run->arena, "%d",
                                config->jobs + EXTRA_SESSIONS +
                                    (conn_major(run->source) < 12 ? n_groups + 1 : 0));
        case PARAM_OWN_OBJECTS:
            return run->is_resumed
                       ? arena_printf(run->arena, "^pgbaton_%s_[0-9]+_[^_]+$", config->migration)
                       : "^$";
        case PARAM_INCLUDE:
            return filter_json(run->arena, &config->include);
        case PARAM_EXCLUDE:
            return filter_json(run->arena, &config->exclude);
        case PARAM_NOTHING:
            return NULL;
        case PARAM_TARGET_EXISTS:
            return run->target_exists ? "true" : "false";
    }
    return NULL;
}

bool
check_query(CheckRun *run, const char *sql, PGresult **ret_result, CheckObjects *ret_objects,
            Err *err)
{
    const char *values[CHECK_MAX_PARAMS];
    Params params = {.values = values};
    int *rows;
    int oid_column;

    while (params.n < CHECK_MAX_PARAMS && run->row->params[params.n] != PARAM_END)
    {
        values[params.n] = param_value(run, run->row->params[params.n]);
        params.n++;
    }
    if (!conn_query(check_conn(run), sql, &params, ret_result, err))
        return false;
    oid_column = PQfnumber(*ret_result, "oid");
    rows = arena_alloc(run->arena, ((size_t)PQntuples(*ret_result) + 1) * sizeof(*rows));
    *ret_objects = (CheckObjects){.result = *ret_result, .rows = rows};
    for (int row = 0; row < PQntuples(*ret_result); row++)
        if (oid_column < 0 || !left_out_has(&run->excluded, CATALOG_OF_RELATIONS,
                                            result_i64(*ret_result, row, oid_column)))
            rows[ret_objects->n++] = row;
    return true;
}

static bool
run_query(CheckRun *run, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    CheckObjects objects;

    if (run->row->feed &&
        !conn_value(run->source, run->arena, run->row->feed, NO_PARAMS, &run->feed, err))
        return false;
    if (!check_query(run, run->row->sql, &result, &objects, err))
        return false;
    if (objects.n > 0)
        check_find(run, run->row->severity, &objects);
    return true;
}

/* Is the row of this run at all? One that is not leaves no result. */
static bool
applies(const CheckRun *run, const CheckRow *row)
{
    int major;

    if ((row->side != CHECK_TARGET && !run->source) || (row->side != CHECK_SOURCE && !run->target))
        return false;
    if (((row->flags & CHECK_REVERSE) && run->config->no_reverse) ||
        ((row->flags & CHECK_SERVER) && run->in->only_database_checks))
        return false;
    major = conn_major(row->side == CHECK_SOURCE ? run->source : run->target);
    return major >= row->min_major && (row->max_major == 0 || major <= row->max_major);
}

/* Reasons for which a query says nothing about what it was to find out. */
static const char *
excuse(const CheckRun *run, const Err *failure)
{
    if (strcmp(failure->sqlstate, "42501") == 0)
        return arena_printf(run->arena, "this role may not look: %s", failure->message);
    if (strcmp(failure->sqlstate, "55P03") == 0)
        return arena_printf(run->arena, "somebody's lock is in the way: %s", failure->message);
    if (strcmp(failure->sqlstate, "57014") == 0)
        return arena_printf(run->arena, "it took too long: %s", failure->message);
    /* A broken extension's control file, say: no reason to withhold what the other checks find. */
    if (failure->code == ERR_FAILED && *failure->sqlstate)
        return arena_printf(run->arena, "it could not be looked at: %s", failure->message);
    return NULL;
}

static bool
run_row(CheckRun *run, const CheckRow *row, Err *err)
{
    const char *reason;

    run->row = row;
    run->feed = NULL;
    run->n_found = 0;
    run->is_not_run = false;
    if (((row->flags & CHECK_IN_DATABASE) && !run->target_exists) ||
        ((row->flags & CHECK_FRESH) && run->is_resumed))
        return check_pass(run), true;
    if (!(row->probe ? row->probe(run, err) : run_query(run, err)))
    {
        reason = excuse(run, err);
        if (!reason)
            return err_context(err, "check \"%s\"", row->name);
        check_not_run(run, reason);
        err_release(err);
    }
    if (run->n_found == 0 && !run->is_not_run)
        check_pass(run);
    return true;
}

static bool
read_excluded(CheckRun *run, Err *err)
{
    return left_out_read(run->source, filter_json(run->arena, &run->config->include),
                         filter_json(run->arena, &run->config->exclude), run->arena, &run->excluded,
                         err) ||
           err_context(err, "finding what include and exclude leave out");
}

static bool
run_rows(CheckRun *run, Err *err)
{
    if (!open_sides(run, err) || (run->source && !read_excluded(run, err)))
        return false;
    for (size_t i = 0; i < n_check_rows; i++)
        if (applies(run, &check_rows[i]) && !run_row(run, &check_rows[i], err))
            return false;
    return true;
}

bool
check_run(const CheckInput *in, Arena *arena, CheckReport *ret, Err *err)
{
    CheckRun run = {.in = in, .config = in->config, .arena = arena, .report = ret};
    bool ok = run_rows(&run, err);

    conn_close(run.source);
    conn_close(run.target);
    return ok;
}
