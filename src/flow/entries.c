#include "flow/entries.h"

#include "sql/sql.h"

/* All in one message. */
static bool
run_together(Flow *flow, const PGresult *entries, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    for (int row = 0; row < PQntuples(entries); row++)
        str_addf(&sql, "%s\n", result_text(entries, row, 1));
    return PQntuples(entries) == 0 || conn_exec(flow->dst, sql.data, err);
}

/* So that an error names the entry. */
static bool
run_singly(Flow *flow, const PGresult *entries, Err *err)
{
    for (int row = 0; row < PQntuples(entries); row++)
        if (!conn_exec(flow->dst, result_text(entries, row, 1), err))
            return err_context(err, "%s", result_text(entries, row, 2));
    return true;
}

/* *ret_n is 0 when none was left. */
static bool
run_next(Flow *flow, const char *kind, bool together, int *ret_n, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(flow->dst, sql_journal_next_entries, PARAMS(flow->config->migration, kind),
                    &result, err))
        return false;
    *ret_n = PQntuples(result);
    if (!(together ? run_together(flow, result, err) : run_singly(flow, result, err)))
        return false;
    return *ret_n == 0 ||
           conn_run(
               flow->dst,
               "UPDATE pgbaton.work SET is_done = true WHERE migration = $1 AND kind = $2 AND position <= $3::integer AND NOT is_done",
               PARAMS(flow->config->migration, kind, result_text(result, *ret_n - 1, 0)), NULL,
               err);
}

static bool
run_in_transaction(Flow *flow, const char *kind, bool together, int *ret_n, Err *err)
{
    return conn_exec(flow->dst, "BEGIN", err) && run_next(flow, kind, together, ret_n, err) &&
           conn_exec(flow->dst, "COMMIT", err);
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
    {
        cleanup_(err_release) Err unnamed = {0};

        if (run_in_transaction(flow, kind, true, &n, &unnamed))
            continue;
        if (unnamed.code != ERR_FAILED)
            return err_move(err, &unnamed);
        if (!conn_exec(flow->dst, "ROLLBACK", err) ||
            !run_in_transaction(flow, kind, false, &n, err))
            return false;
    }
    return end(flow, err);
}

bool
entries_run_within(Flow *flow, const char *kind, Err *err)
{
    int n = 1;

    if (!begin(flow, err))
        return false;
    while (n > 0)
        if (!run_next(flow, kind, false, &n, err))
            return false;
    return end(flow, err);
}

bool
entries_any(Flow *flow, const char *kind, bool *ret_any, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(flow->dst, sql_journal_next_entries, PARAMS(flow->config->migration, kind),
                    &result, err))
        return false;
    *ret_any = PQntuples(result) > 0;
    return true;
}
