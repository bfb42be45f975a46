/* What must hold before the source's writers are stopped. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/copy_step.h"
#include "flow/stream.h"
#include "flow/switchover.h"
#include "pg/quote.h"
#include "repl/subscription.h"
#include "sql/sql.h"

enum
{
    LAG_PATIENCE_MS = 30000
};

static bool
refuse_unfinished(Flow *flow, Err *err)
{
    StepState ready = STEP_NONE;

    if (flow->is_recorded &&
        !journal_read_step(flow->dst, flow->config->migration, "migrate", "ready", &ready, err))
        return false;
    if (ready == STEP_DONE)
        return true;
    err_set(err, ERR_REFUSED, "migration \"%s\" is not ready to switch over",
            flow->config->migration);
    err_detail(err, flow->is_recorded
                        ? "Its rows have not all been copied, or the changes have not caught up."
                        : "The target database has no journal of it.");
    return err_hint(err, "Run: pgbaton migrate");
}

static bool
refuse_broken_streams(Flow *flow, Err *err)
{
    GroupRows groups = {0};

    if (!journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
    {
        SubscriptionState subscription;

        if (!stream_refuse_lost_slot(flow, &groups.items[i], err) ||
            !subscription_read(flow->dst, groups.items[i].name, flow->arena, &subscription, err))
            return false;
        if (subscription.tables_ready < subscription.tables)
        {
            err_set(err, ERR_REFUSED, "subscription \"%s\" has tables that are not ready",
                    groups.items[i].name);
            err_detail(err, "%lld of %lld are.", (long long)subscription.tables_ready,
                       (long long)subscription.tables);
            return err_hint(err, "Wait until they are, see: pgbaton status");
        }
    }
    return true;
}

/* The first column of every row, separated by commas; "" when there is none. */
static bool
list_names(Conn *conn, const char *query, Str *ret_names, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, query, NO_PARAMS, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        str_addf(ret_names, "%s%s", row ? ", " : "", PQgetvalue(result, row, 0));
    return true;
}

static bool
refuse_prepared(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!list_names(flow->src, sql_flow_gate_prepared, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the source has prepared transactions");
    err_detail(err,
               "They hold their locks until they are ended, and are not replicated before: %s.",
               names.data);
    return err_hint(err, "On the source: COMMIT PREPARED or ROLLBACK PREPARED each of them.");
}

static bool
refuse_unstoppable_roles(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!list_names(flow->src, sql_flow_gate_role_settings, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "roles of the source would write to it after the switchover: %s",
            names.data);
    err_detail(
        err,
        "Their own setting default_transaction_read_only = off beats the one that makes the database read-only.");
    return err_hint(
        err,
        "On the source, for each: ALTER ROLE name RESET default_transaction_read_only (or ALTER ROLE name IN DATABASE …)");
}

static bool
refuse_own_subscriptions(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!list_names(flow->src, sql_flow_gate_subscriptions, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the source has enabled subscriptions of its own: %s", names.data);
    err_detail(
        err,
        "No setting stops their workers: what they wrote after the switchover would not reach the target.");
    return err_hint(
        err,
        "On the source, for each: ALTER SUBSCRIPTION name DISABLE; make it anew on the target afterwards.");
}

/* The target database is read-only by our own setting, so another one is asked. Where none lets us in, nothing is known. */
static bool
refuse_read_only_target(Flow *flow, Err *err)
{
    cleanup_(conn_close_pointer) Conn *maintenance = NULL;
    cleanup_(err_release) Err unreachable = {0};
    cleanup_(str_release) Str remedies = STR_INIT;

    if (!flow_open_maintenance(&flow->target, &maintenance, &unreachable))
        return unreachable.code == ERR_UNREACHABLE || err_move(err, &unreachable);
    if (!list_names(maintenance, sql_flow_gate_target_read_only, &remedies, err))
        return false;
    if (remedies.len == 0)
        return true;
    err_set(err, ERR_REFUSED,
            "the target server is read-only: default_transaction_read_only is on");
    err_detail(err, "After the switchover nobody could write anywhere.");
    return err_hint(err, "On the target: %s", remedies.data);
}

/* Those that a role cannot read it cannot move; the check tells of it before, but they may have been made since. */
static bool
refuse_forgotten_large_objects(Flow *flow, Err *err)
{
    RelationRows relations = {0};
    const char *exist;

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err) ||
        !conn_value(flow->src, flow->arena,
                    "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)", NO_PARAMS,
                    &exist, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
        if (strcmp(relations.items[i].kind, "large objects") == 0)
            return true;
    if (*exist != 't')
        return true;
    err_set(err, ERR_REFUSED, "the large objects were not moved");
    err_detail(err, "The source's role may not read pg_largeobject.");
    return err_hint(err,
                    "Begin again with a superuser on the source, or remove the large objects.");
}

/* What is copied again while writes are stopped must be small. */
static bool
refuse_long_recopy(Flow *flow, Err *err)
{
    RelationRows relations = {0};
    int64_t bytes = 0;

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];
        cleanup_(str_release) Str name = STR_INIT;
        const char *value;

        if (strcmp(r->kind, "table") == 0)
            continue;
        sql_qualified(&name, r->schema, r->name);
        if (!conn_value(flow->src, flow->arena,
                        "SELECT pg_catalog.pg_table_size(pg_catalog.to_regclass($1))",
                        PARAMS(name.data), &value, err))
            return false;
        bytes += value ? strtoll(value, NULL, 10) : 0;
    }
    if (bytes <= flow->config->recopy_limit_bytes)
        return true;
    err_set(err, ERR_REFUSED, "unlogged tables and large objects are too large for the pause");
    err_detail(
        err,
        "Logical replication does not carry them; %lld bytes would be copied while writes are stopped, allowed are %lld.",
        (long long)bytes, (long long)flow->config->recopy_limit_bytes);
    return err_hint(
        err,
        "Make them smaller (ALTER TABLE … SET LOGGED before migrating), or allow it by --recopy-limit.");
}

bool
switchover_gates(Flow *flow, Err *err)
{
    int64_t latency_ms;

    /* A dry run does not even write a marker. */
    return refuse_unfinished(flow, err) && refuse_broken_streams(flow, err) &&
           refuse_prepared(flow, err) && refuse_own_subscriptions(flow, err) &&
           refuse_forgotten_large_objects(flow, err) && refuse_unstoppable_roles(flow, err) &&
           refuse_read_only_target(flow, err) &&
           flow_refuse_drift(flow, flow->src, DRIFT_IN_ALL, err) && refuse_long_recopy(flow, err) &&
           (flow->config->dry_run ||
            stream_prove(flow, 10, clock_ms() + LAG_PATIENCE_MS, &latency_ms, err));
}
