#include "flow/triggers.h"

#include "pg/quote.h"
#include "sql/sql.h"

static bool
rest_all(Flow *flow, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str sql = STR_INIT;

    if (!conn_query(flow->dst, sql_flow_opened_triggers, PARAMS(flow->config->migration), &result,
                    err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        sql_format(&sql, "ALTER TABLE %Q ENABLE %R %I;", result_text(result, row, 0),
                   result_text(result, row, 1), result_text(result, row, 2),
                   result_text(result, row, 3));
    return sql.len == 0 || conn_exec(flow->dst, sql.data, err);
}

bool
triggers_rest(Flow *flow, Err *err)
{
    return conn_exec(flow->dst, "BEGIN", err) && rest_all(flow, err) &&
           conn_run(
               flow->dst,
               "UPDATE pgbaton.work SET is_done = false WHERE migration = $1 AND kind = 'at opening'",
               PARAMS(flow->config->migration), NULL, err) &&
           conn_exec(flow->dst, "COMMIT", err);
}
