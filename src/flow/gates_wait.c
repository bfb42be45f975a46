/* Locks of others that keep the preparations waiting. */
#include <string.h>

#include "flow/gate.h"
#include "pg/quote.h"
#include "sql/sql.h"

bool
gates_bound_waits(Flow *flow, int64_t timeout_ms, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "SET lock_timeout = %R", PARAM_I64(timeout_ms));
    return conn_exec(flow->src, sql.data, err) && conn_exec(flow->dst, sql.data, err);
}

static bool
add_blockers(Conn *conn, Str *ret_names)
{
    cleanup_(err_release) Err ignored = {0};
    cleanup_(str_release) Str names = STR_INIT;

    if (!conn || !gate_list(conn, sql_fence_blockers, NO_PARAMS, &names, &ignored))
        return false;
    if (names.len)
        str_addf(ret_names, "%son the %s: %s", ret_names->len ? "; " : "",
                 side_name(conn_side(conn)), names.data);
    return true;
}

bool
gates_explain_wait(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (strcmp(err->sqlstate, "55P03") != 0 || !add_blockers(flow->src, &names) ||
        !add_blockers(flow->dst, &names)) /* lock_not_available */
        return false;
    err->code = ERR_REFUSED;
    err_context(err, "somebody's lock is in the way");
    err_detail(err, "There are locks on tables, %s.",
               names.len ? names.data : "or were: none is there any more");
    return err_hint(
        err,
        "Wait for these transactions or end them with SELECT pg_terminate_backend(pid), and try again.");
}
