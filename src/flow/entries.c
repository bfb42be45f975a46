#include "flow/entries.h"

#include "sql/sql.h"

/* *ret_n is 0 when none was left. */
static bool
run_next(Flow *flow, const char *kind, int *ret_n, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(flow->dst, sql_journal_next_entries, PARAMS(flow->config->migration, kind),
                    &result, err))
        return false;
    *ret_n = PQntuples(result);
    for (int row = 0; row < *ret_n; row++)
        if (!conn_exec(flow->dst, result_text(result, row, 1), err))
            return err_context(err, "%s", result_text(result, row, 2));
    return *ret_n == 0 ||
           conn_run(
               flow->dst,
               "UPDATE pgbaton.work SET is_done = true WHERE migration = $1 AND kind = $2 AND position <= $3::integer",
               PARAMS(flow->config->migration, kind, result_text(result, *ret_n - 1, 0)), NULL,
               err);
}

static bool
begin(Flow *flow, Err *err)
{
    return conn_run(flow->dst, sql_schema_session, NO_PARAMS, NULL, err);
}

/* What the entries set is not for what we make ourselves. */
static bool
end(Flow *flow, Err *err)
{
    return conn_exec(flow->dst, "RESET default_tablespace", err) &&
           (!feature_available(FEATURE_TABLE_ACCESS_METHODS, conn_version(flow->dst)) ||
            conn_exec(flow->dst, "RESET default_table_access_method", err));
}

bool
entries_run(Flow *flow, const char *kind, Err *err)
{
    int n = 1;

    if (!begin(flow, err))
        return false;
    while (n > 0)
        if (!conn_exec(flow->dst, "BEGIN", err) || !run_next(flow, kind, &n, err) ||
            !conn_exec(flow->dst, "COMMIT", err))
            return false;
    return end(flow, err);
}

bool
entries_run_within(Flow *flow, const char *kind, Err *err)
{
    int n = 1;

    if (!begin(flow, err))
        return false;
    while (n > 0)
        if (!run_next(flow, kind, &n, err))
            return false;
    return end(flow, err);
}
