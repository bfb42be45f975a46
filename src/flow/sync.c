#include "flow/sync.h"

#include <string.h>

#include "base/clock.h"
#include "flow/common_point.h"
#include "flow/copy_step.h"
#include "flow/entries.h"
#include "flow/handover.h"
#include "flow/plan.h"
#include "flow/rest.h"
#include "flow/stream.h"
#include "flow/sync_pick.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    PROOF_PATIENCE_MS = 60000,
    MAX_NAMED = 5
};

static const char flow_name[] = "sync";

/* Of one that is under way; the flow's. */
struct Sync
{
    const SyncOptions *options;
    SyncLook *look;
};

bool
sync_is_unfinished(Flow *flow, bool *ret_unfinished, Err *err)
{
    StepState ready = STEP_NONE;

    if (flow->is_recorded &&
        !journal_read_step(flow->dst, flow->config->migration, "migrate", "ready", &ready, err))
        return false;
    *ret_unfinished = ready == STEP_UNDONE;
    return true;
}

bool
sync_refuse_unfinished(Flow *flow, Err *err)
{
    bool unfinished;

    if (!sync_is_unfinished(flow, &unfinished, err))
        return false;
    if (!unfinished)
        return true;
    err_set(err, ERR_REFUSED, "the sync of migration \"%s\" is not finished",
            flow->config->migration);
    err_detail(err, "Tables that join the migration have not all been copied and caught up.");
    return err_hint(err, "Finish it: pgbaton sync");
}

static bool
refuse_switched_over(Flow *flow, Err *err)
{
    err_set(err, ERR_REFUSED, "migration \"%s\" has been switched over", flow->config->migration);
    err_detail(err,
               "New tables join from the source to the target, and the source is read-only: it "
               "follows the target.");
    return err_hint(err, "Make what is new on the target on the source, too, before a rollback: "
                         "PGOPTIONS='-c default_transaction_read_only=off' psql …");
}

bool
sync_refuse(Flow *flow, Err *err)
{
    StepState ready = STEP_NONE;
    bool closed;

    if (!handover_refuse_unfinished(flow, &handover_rollback, err) ||
        !flow_is_closed(flow, SIDE_SOURCE, &closed, err) ||
        (flow->is_recorded &&
         !journal_read_step(flow->dst, flow->config->migration, "migrate", "ready", &ready, err)))
        return false;
    if (closed)
        return refuse_switched_over(flow, err);
    if (ready == STEP_DONE || ready == STEP_UNDONE)
        return true;
    err_set(err, ERR_REFUSED, "migration \"%s\" %s", flow->config->migration,
            flow->is_recorded ? "is not ready" : "has not begun");
    err_detail(err, "There is nothing yet that new tables could join.");
    return err_hint(err, "Run: pgbaton migrate");
}

bool
sync_refuse_findings(Flow *flow, const SyncFindings *findings, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    size_t n = 0;

    for (size_t i = 0; i < findings->len; i++)
        if (findings->items[i].action == SYNC_REFUSE && n++ < MAX_NAMED)
            str_addf(&names, "%s%s \"%s\"", n > 1 ? ", " : "",
                     findings->items[i].drift->object_kind, findings->items[i].drift->object);
    if (n == 0)
        return true;
    err_set(err, ERR_REFUSED,
            "%zu changes of the source's schema have to be made on the target first", n);
    err_detail(err, "Nothing was changed; what differs is: %s%s.", names.data,
               n > MAX_NAMED ? ", and more" : "");
    return err_hint(err, "Make them on the target's server: %s, then run this again.",
                    stream_repair_command(flow, SIDE_TARGET, "…"));
}

bool
sync_look(Flow *flow, const SyncOptions *options, SyncLook *ret_look, Err *err)
{
    const char *unused;

    *ret_look = (SyncLook){0};
    return sync_refuse(flow, err) && sync_is_unfinished(flow, &ret_look->is_unfinished, err) &&
           schema_fingerprint_since(flow->src, flow->config, flow->migration.source_schema,
                                    flow->arena, &unused, &ret_look->drifts, err) &&
           sync_judge(flow, options, &ret_look->drifts, flow->arena, &ret_look->findings, err);
}

/* Where the journal's numbers end. */
static bool
read_ends(Flow *flow, SchemaPlan *plan, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(
            flow->dst,
            "SELECT (SELECT COALESCE(pg_catalog.max(id), 0) FROM pgbaton.relation WHERE migration = $1),"
            " (SELECT COALESCE(pg_catalog.max(position), 0) + 1 FROM pgbaton.work WHERE migration = $1)",
            PARAMS(flow->config->migration), &result, err))
        return false;
    plan->ids_before = (int)result_i64(result, 0, 0);
    plan->position_before = (int)result_i64(result, 0, 1);
    return true;
}

/* The plan of all that is new; with findings that are refused it is left as it was read. */
static bool
make_plan(Flow *flow, const SyncOptions *options, SchemaPlan *plan, SyncFindings *findings,
          Err *err)
{
    *plan = (SchemaPlan){.since = flow->migration.source_schema};
    if (!read_ends(flow, plan, err) || !read_schema_look(flow, flow->arena, plan, err) ||
        !sync_judge(flow, options, &plan->drifts, flow->arena, findings, err))
        return false;
    if (sync_count(findings, SYNC_REFUSE) > 0)
        return true;
    if (!sync_pick(plan, findings, err))
        return false;
    read_schema_number(plan);
    return true;
}

/* What was committed on the source before a table was dropped there is still applied to it. */
static bool
drain_dropped(Flow *flow, const SyncFindings *findings, Err *err)
{
    int64_t latency_ms;

    for (size_t i = 0; i < findings->len; i++)
        if (findings->items[i].drops_table)
            return stream_prove(flow, SIDE_SOURCE, 20, clock_ms() + PROOF_PATIENCE_MS, &latency_ms,
                                err);
    return true;
}

static bool
forget(Flow *flow, const SyncFinding *finding, Err *err)
{
    const Drift *drift = finding->drift;
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "DROP TABLE %Q", drift->schema, drift->name);
    return conn_run(flow->dst, sql_flow_sync_forget,
                    PARAMS(flow->config->migration, drift->schema, drift->name), NULL, err) &&
           (!finding->drops_table || conn_exec(flow->dst, sql.data, err));
}

static bool
apply_finding(Flow *flow, const SyncFinding *finding, Err *err)
{
    const Drift *drift = finding->drift;

    if (strcmp(drift->object_kind, "table") != 0)
        return true;
    if (finding->action == SYNC_FORGET || finding->drops_table)
        return forget(flow, finding, err);
    return finding->action != SYNC_RENAME ||
           conn_run(
               flow->dst,
               "UPDATE pgbaton.relation SET schema_name = $3, name = $4 WHERE migration = $1 AND source_oid = $2::oid",
               PARAMS(flow->config->migration, PARAM_I64(drift->object_oid), drift->schema,
                      drift->name),
               NULL, err);
}

/* All that makes the new schema known, one transaction: it is recorded as soon as the target has it, and not before. */
static bool
write_plan(Flow *flow, const SchemaPlan *plan, const SyncFindings *findings, Err *err)
{
    const char *migration = flow->config->migration;

    if (!conn_exec(flow->dst, "BEGIN", err))
        return false;
    for (size_t i = 0; i < findings->len; i++)
        if (!apply_finding(flow, &findings->items[i], err))
            return false;
    return read_schema_write(plan, err) && entries_run_within(flow, "extension", err) &&
           entries_run_within(flow, "before data", err) &&
           conn_run(flow->dst,
                    "UPDATE pgbaton.migration SET source_schema = $2::jsonb WHERE name = $1",
                    PARAMS(migration, plan->fingerprint), NULL, err) &&
           journal_undo_flow(flow->dst, migration, flow_name, err) &&
           conn_run(
               flow->dst,
               "UPDATE pgbaton.step SET state = 'undone' WHERE migration = $1 AND flow = 'migrate' AND name = 'ready'",
               PARAMS(migration), NULL, err) &&
           journal_end_step(flow->dst, migration, flow_name, "schema", err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

static bool
take_schema(Flow *flow, Err *err)
{
    struct Sync *sync = flow->sync;
    SyncFindings findings = {0};
    SchemaPlan *plan = arena_alloc(flow->arena, sizeof(*plan));

    if (!make_plan(flow, sync->options, plan, &findings, err) ||
        !sync_refuse_findings(flow, &findings, err))
        return false;
    if (plan->drifts.len == 0)
        return journal_end_step(flow->dst, flow->config->migration, flow_name, "schema", err);
    sync->look->findings = findings;
    if (!drain_dropped(flow, &findings, err) || !write_plan(flow, plan, &findings, err))
        return false;
    flow->migration.source_schema = plan->fingerprint;
    return true;
}

static bool
make_rest(Flow *flow, Err *err)
{
    return entries_run(flow, "after data", err);
}

/* Of tables that are gone from the source the subscriptions need not know any more. */
static bool
forget_tables(Flow *flow, Err *err)
{
    Streams streams = {0};

    if (!stream_list(flow, SIDE_SOURCE, &streams, err))
        return false;
    for (size_t i = 0; i < streams.len; i++)
    {
        cleanup_(str_release) Str sql = STR_INIT;
        const char *stale;

        if (!conn_value(flow->dst, flow->arena, sql_flow_sync_stale,
                        PARAMS(flow->config->migration, streams.items[i].name), &stale, err))
            return false;
        sql_format(&sql, "ALTER SUBSCRIPTION %I REFRESH PUBLICATION WITH (copy_data = false)",
                   streams.items[i].name);
        if (*stale == 't' && !conn_exec(flow->dst, sql.data, err))
            return err_context(err, "taking dropped tables out of subscription \"%s\"",
                               streams.items[i].name);
    }
    return true;
}

/* Unlike in migrate, changes are applied by now: a row may have come without the one it refers to, which is another stream's. */
static bool
check_foreign_keys(Flow *flow, Err *err)
{
    cleanup_(conn_close_pointer) Conn *holder = NULL;
    bool any;

    if (!entries_any(flow, "validation", &any, err))
        return false;
    return !any ||
           (common_point_hold(flow, &holder, err) &&
            conn_run(
                flow->dst,
                "UPDATE pgbaton.work SET is_ready = true WHERE migration = $1 AND kind = 'validation'",
                PARAMS(flow->config->migration), NULL, err) &&
            copy_finish_work(flow, err));
}

static bool
set_sequences(Flow *flow, Err *err)
{
    return rest_copy_sequences(flow->src, flow->dst, err);
}

static bool
be_ready(Flow *flow, Err *err)
{
    const char *migration = flow->config->migration;

    return conn_exec(flow->dst, "BEGIN", err) &&
           journal_end_step(flow->dst, migration, "migrate", "ready", err) &&
           journal_end_step(flow->dst, migration, flow_name, "ready", err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

const Step sync_steps[] = {
    /* What came since it was done joins, too. */
    {.name = "schema",
     .title = "schema of what is new",
     .run = take_schema,
     .ends_itself = true,
     .always = true},
    {.name = "copy", .title = "copying rows, building indexes", .run = copy_step},
    {.name = "schema_after_data", .title = "schema after data", .run = make_rest},
    {.name = "subscribe", .title = "subscription", .run = stream_subscribe},
    {.name = "catch_up", .title = "catching up", .run = stream_catch_up, .always = true},
    {.name = "forget", .title = "dropped tables", .run = forget_tables},
    {.name = "foreign_keys", .title = "foreign keys and partitions", .run = check_foreign_keys},
    {.name = "sequences", .title = "sequences", .run = set_sequences, .always = true},
    {.name = "ready", .title = "ready to switch over", .run = be_ready, .ends_itself = true},
    {.name = NULL},
};

bool
sync_run(Flow *flow, const SyncOptions *options, SyncLook *ret_look, Err *err)
{
    struct Sync sync = {.options = options, .look = ret_look};
    bool ok;

    if (!sync_look(flow, options, ret_look, err) ||
        !sync_refuse_findings(flow, &ret_look->findings, err))
        return false;
    if (ret_look->drifts.len == 0 && !ret_look->is_unfinished)
        return true;
    flow->sync = &sync;
    ok = flow_run(flow, flow_name, sync_steps, err);
    flow->sync = NULL;
    return ok;
}

static void
plan_finding(Str *sql, const SyncFinding *finding)
{
    const Drift *drift = finding->drift;

    if (finding->drops_table)
        sql_format(sql, "DROP TABLE %Q;\n", drift->schema, drift->name);
}

bool
sync_plan(Flow *flow, const SyncOptions *options, Str *ret_sql, Err *err)
{
    SyncFindings findings = {0};
    SchemaPlan plan;
    GroupRows groups = {0};
    int next_id = 1;

    if (!sync_refuse(flow, err) || !make_plan(flow, options, &plan, &findings, err) ||
        !journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    if (sync_count(&findings, SYNC_REFUSE) > 0)
        return true;
    for (size_t i = 0; i < findings.len; i++)
        plan_finding(ret_sql, &findings.items[i]);
    for (size_t i = 0; i < groups.len; i++)
        next_id = groups.items[i].id + 1;
    return (plan.relations.len == 0 && plan.ddl.entries.len == 0) ||
           plan_joining(ret_sql, flow, &plan, next_id, err);
}
