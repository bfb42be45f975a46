/* Who else works on the two servers, and with what settings. */
#include "flow/gate.h"
#include "sql/sql.h"

bool
gate_prepared(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!gate_list(pause_old_side(flow), sql_flow_gate_prepared, NO_PARAMS, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s has prepared transactions", gate_old_name(flow));
    err_detail(err,
               "They hold their locks until they are ended, and are not replicated before: %s.",
               names.data);
    return err_hint(err, "On the %s: COMMIT PREPARED or ROLLBACK PREPARED each of them.",
                    gate_old_name(flow));
}

bool
gate_role_settings(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!gate_list(pause_old_side(flow), sql_flow_gate_role_settings, NO_PARAMS, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "roles of the %s would write to it after the %s: %s",
            gate_old_name(flow), flow->pause->handover->name, names.data);
    err_detail(
        err,
        "Their own setting default_transaction_read_only = off beats the one that makes the database read-only.");
    return err_hint(
        err,
        "On the %s, for each: ALTER ROLE name RESET default_transaction_read_only (or ALTER ROLE name IN DATABASE …)",
        gate_old_name(flow));
}

bool
gate_subscriptions(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!gate_list(pause_old_side(flow), sql_flow_gate_subscriptions, NO_PARAMS, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s has enabled subscriptions of its own: %s",
            gate_old_name(flow), names.data);
    err_detail(
        err, "No setting stops their workers: what they wrote after the %s would not reach the %s.",
        flow->pause->handover->name, gate_new_name(flow));
    return err_hint(
        err,
        "On the %s, for each: ALTER SUBSCRIPTION name DISABLE; make it anew on the %s afterwards.",
        gate_old_name(flow), gate_new_name(flow));
}

/* The new side's database is read-only by our own setting, so another one is asked. Where none lets us in, nothing is known. */
bool
gate_read_only_server(Flow *flow, Err *err)
{
    cleanup_(conn_close_pointer) Conn *maintenance = NULL;
    cleanup_(err_release) Err unreachable = {0};
    cleanup_(str_release) Str remedies = STR_INIT;

    if (!flow_open_maintenance(flow_server(flow, flow->pause->handover->to), &maintenance,
                               &unreachable))
        return unreachable.code == ERR_UNREACHABLE || err_move(err, &unreachable);
    if (!gate_list(maintenance, sql_flow_gate_target_read_only, NO_PARAMS, &remedies, err))
        return false;
    if (remedies.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s server is read-only: default_transaction_read_only is on",
            gate_new_name(flow));
    err_detail(err, "After the %s nobody could write anywhere.", flow->pause->handover->name);
    return err_hint(err, "On the %s: %s", gate_new_name(flow), remedies.data);
}

/* "what" of each row, and the statement that ends it. */
static bool
list_sessions(Conn *conn, const char *query, const Params *params, Str *ret_names,
              Str *ret_remedies, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, query, params, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        str_addf(ret_names, "%s%s", row ? "; " : "", PQgetvalue(result, row, 0));
        str_addf(ret_remedies, "%s%s", row ? ", " : "SELECT ", PQgetvalue(result, row, 1));
    }
    return true;
}

/* The locks of the fence would wait for them, and so would every writer that comes after. */
bool
gate_transactions(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    cleanup_(str_release) Str remedies = STR_INIT;
    int age_ms = flow->config->max_transaction_age_ms;

    if (!list_sessions(pause_old_side(flow), sql_flow_gate_transactions, PARAMS(PARAM_I64(age_ms)),
                       &names, &remedies, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED,
            "the %s has transactions that have written or hold locks for more than %d ms",
            gate_old_name(flow), age_ms);
    err_detail(err,
               "The locks of the write pause would wait for them, and all writers for these: %s.",
               names.data);
    return err_hint(
        err, "Wait for them, end them on the %s with %s, or allow them with --max-transaction-age.",
        gate_old_name(flow), remedies.data);
}

static bool
refuse_writing_sessions(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    cleanup_(str_release) Str remedies = STR_INIT;

    if (!list_sessions(pause_new_side(flow), sql_flow_gate_strangers, NO_PARAMS, &names, &remedies,
                       err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "somebody else is writing to the %s", gate_new_name(flow));
    err_detail(
        err,
        "Before the %s it must have no changes but those of the %s, or a row of them is in the way of the stream: %s.",
        flow->pause->handover->name, gate_old_name(flow), names.data);
    return err_hint(err, "Stop them: on the %s, %s", gate_new_name(flow), remedies.data);
}

static bool
refuse_writing_roles(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!gate_list(pause_new_side(flow), sql_flow_gate_role_settings, NO_PARAMS, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "roles of the %s can write to it before the %s: %s",
            gate_new_name(flow), flow->pause->handover->name, names.data);
    err_detail(
        err,
        "Their own setting default_transaction_read_only = off beats the one that guards the database.");
    return err_hint(
        err,
        "On the %s, for each: ALTER ROLE name RESET default_transaction_read_only (or ALTER ROLE name IN DATABASE …)",
        gate_new_name(flow));
}

bool
gate_strangers(Flow *flow, Err *err)
{
    return refuse_writing_sessions(flow, err) && refuse_writing_roles(flow, err);
}

bool
gate_foreign_slots(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!gate_list(pause_old_side(flow), sql_flow_gate_foreign_slots,
                   PARAMS(flow_object_name(flow, "")), &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s has logical replication slots of somebody else: %s",
            gate_old_name(flow), names.data);
    err_detail(
        err,
        "They stay there: what is written after the %s reaches them by the way back only, as long as there is one.",
        flow->pause->handover->name);
    return err_hint(err, "Make them anew on the %s once it has the writes.", gate_new_name(flow));
}
