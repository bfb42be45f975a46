/* What must hold before the old side's writers are stopped. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/handover.h"
#include "flow/stream.h"
#include "flow/writers.h"

#include "pg/quote.h"
#include "repl/subscription.h"
#include "sql/sql.h"

enum
{
    LAG_PATIENCE_MS = 30000
};

static const Handover *
handover_of(const Flow *flow)
{
    return flow->pause->handover;
}

static Conn *
old_side(const Flow *flow)
{
    return flow_conn(flow, handover_of(flow)->from);
}

static const char *
old_name(const Flow *flow)
{
    return side_name(handover_of(flow)->from);
}

static const char *
new_name(const Flow *flow)
{
    return side_name(handover_of(flow)->to);
}

static bool
refuse_not_ready(Flow *flow, Err *err)
{
    bool back = handover_of(flow)->from == SIDE_TARGET;
    StepState ready = STEP_NONE;

    if (flow->is_recorded &&
        !journal_read_step(flow->dst, flow->config->migration, back ? "switchover" : "migrate",
                           back ? "finished" : "ready", &ready, err))
        return false;
    if (ready == STEP_DONE)
        return true;
    if (back)
    {
        err_set(err, ERR_REFUSED, "migration \"%s\" has nothing to roll back",
                flow->config->migration);
        err_detail(err, "The writes are on the source.");
        return err_hint(err, "See: pgbaton status");
    }
    err_set(err, ERR_REFUSED, "migration \"%s\" is not ready to switch over",
            flow->config->migration);
    err_detail(err, flow->is_recorded
                        ? "Its rows have not all been copied, or the changes have not caught up."
                        : "The target database has no journal of it.");
    return err_hint(err, "Run: pgbaton migrate");
}

static bool
refuse_broken_stream(Flow *flow, const Stream *stream, Err *err)
{
    Side from = handover_of(flow)->from;
    SubscriptionState subscription;

    if (!subscription_read(flow_conn(flow, side_other(from)), stream->name, flow->arena,
                           &subscription, err))
        return false;
    if (!subscription.exists && handover_of(flow)->to == SIDE_SOURCE)
    {
        err_set(err, ERR_REFUSED, "there is no way back: the source does not follow the target");
        err_detail(err,
                   "Subscription \"%s\" is not there: the switchover was made with "
                   "--no-reverse, or somebody dropped it.",
                   stream->name);
        return err_hint(err, "Begin a migration from the target to the source.");
    }
    if (!stream_refuse_lost_slot(flow, from, stream->name, err))
        return false;
    if (subscription.tables_ready >= subscription.tables)
        return true;
    err_set(err, ERR_REFUSED, "subscription \"%s\" has tables that are not ready", stream->name);
    err_detail(err, "%lld of %lld are.", (long long)subscription.tables_ready,
               (long long)subscription.tables);
    return err_hint(err, "Wait until they are, see: pgbaton status");
}

static bool
refuse_broken_streams(Flow *flow, Err *err)
{
    Streams streams = {0};

    if (!stream_list(flow, handover_of(flow)->from, &streams, err))
        return false;
    for (size_t i = 0; i < streams.len; i++)
        if (!refuse_broken_stream(flow, &streams.items[i], err))
            return false;
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

    if (!list_names(old_side(flow), sql_flow_gate_prepared, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s has prepared transactions", old_name(flow));
    err_detail(err,
               "They hold their locks until they are ended, and are not replicated before: %s.",
               names.data);
    return err_hint(err, "On the %s: COMMIT PREPARED or ROLLBACK PREPARED each of them.",
                    old_name(flow));
}

static bool
refuse_unstoppable_roles(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!list_names(old_side(flow), sql_flow_gate_role_settings, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "roles of the %s would write to it after the %s: %s", old_name(flow),
            handover_of(flow)->name, names.data);
    err_detail(
        err,
        "Their own setting default_transaction_read_only = off beats the one that makes the database read-only.");
    return err_hint(
        err,
        "On the %s, for each: ALTER ROLE name RESET default_transaction_read_only (or ALTER ROLE name IN DATABASE …)",
        old_name(flow));
}

static bool
refuse_own_subscriptions(Flow *flow, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    if (!list_names(old_side(flow), sql_flow_gate_subscriptions, &names, err))
        return false;
    if (names.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s has enabled subscriptions of its own: %s", old_name(flow),
            names.data);
    err_detail(
        err, "No setting stops their workers: what they wrote after the %s would not reach the %s.",
        handover_of(flow)->name, new_name(flow));
    return err_hint(
        err,
        "On the %s, for each: ALTER SUBSCRIPTION name DISABLE; make it anew on the %s afterwards.",
        old_name(flow), new_name(flow));
}

/* The new side's database is read-only by our own setting, so another one is asked. Where none lets us in, nothing is known. */
static bool
refuse_read_only_server(Flow *flow, Err *err)
{
    cleanup_(conn_close_pointer) Conn *maintenance = NULL;
    cleanup_(err_release) Err unreachable = {0};
    cleanup_(str_release) Str remedies = STR_INIT;

    if (!flow_open_maintenance(flow_server(flow, handover_of(flow)->to), &maintenance,
                               &unreachable))
        return unreachable.code == ERR_UNREACHABLE || err_move(err, &unreachable);
    if (!list_names(maintenance, sql_flow_gate_target_read_only, &remedies, err))
        return false;
    if (remedies.len == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s server is read-only: default_transaction_read_only is on",
            new_name(flow));
    err_detail(err, "After the %s nobody could write anywhere.", handover_of(flow)->name);
    return err_hint(err, "On the %s: %s", new_name(flow), remedies.data);
}

/* Those that a role cannot read it cannot move; the check tells of it before, but they may have been made since. */
static bool
refuse_forgotten_large_objects(Flow *flow, Err *err)
{
    RelationRows relations = {0};
    const char *exist;

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err) ||
        !conn_value(old_side(flow), flow->arena,
                    "SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)", NO_PARAMS,
                    &exist, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
        if (strcmp(relations.items[i].kind, "large objects") == 0)
            return true;
    if (*exist != 't')
        return true;
    err_set(err, ERR_REFUSED, "the large objects were not moved");
    err_detail(err, "When the migration began, the source's role could not read pg_largeobject.");
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
        if (!conn_value(old_side(flow), flow->arena,
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

static bool
refuse_drift(Flow *flow, Err *err)
{
    return handover_refuse_drift(flow, old_side(flow), DRIFT_IN_ALL, err);
}

static bool
refuse_lag(Flow *flow, Err *err)
{
    int64_t latency_ms;

    /* A dry run does not even write a marker. */
    return flow->config->dry_run || stream_prove(flow, handover_of(flow)->from, 10,
                                                 clock_ms() + LAG_PATIENCE_MS, &latency_ms, err);
}

static const struct
{
    const char *name; /* for --skip-check; NULL: cannot be skipped */
    bool (*refuse)(Flow *flow, Err *err);
} gates[] = {
    {NULL, refuse_not_ready},
    {NULL, refuse_broken_streams},
    {"gate-prepared-transactions", refuse_prepared},
    {"gate-subscriptions", refuse_own_subscriptions},
    {"gate-large-objects", refuse_forgotten_large_objects},
    {"gate-role-settings", refuse_unstoppable_roles},
    {"gate-read-only-server", refuse_read_only_server},
    {"gate-drift", refuse_drift},
    {"gate-recopy", refuse_long_recopy},
    {NULL, writers_refuse},
    {"gate-lag", refuse_lag},
};

static bool
is_skipped(const Flow *flow, const char *name)
{
    for (size_t i = 0; name && i < flow->config->skip_checks.len; i++)
        if (strcmp(flow->config->skip_checks.items[i], name) == 0)
            return true;
    return false;
}

bool
handover_gates(Flow *flow, Err *err)
{
    for (size_t i = 0; i < lengthof(gates); i++)
    {
        if (is_skipped(flow, gates[i].name))
        {
            flow_warning(flow, "%s is skipped", gates[i].name);
            continue;
        }
        if (gates[i].refuse(flow, err))
            continue;
        if (gates[i].name && err->code == ERR_REFUSED)
            flow_note(flow, "this gate can be passed by: --skip-check %s", gates[i].name);
        return false;
    }
    return true;
}
