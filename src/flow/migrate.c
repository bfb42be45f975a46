#include "flow/migrate.h"

#include <stdlib.h>
#include <string.h>

#include "fence/fence.h"
#include "flow/copy_step.h"
#include "flow/entries.h"
#include "flow/handover.h"
#include "flow/read_schema.h"
#include "flow/rest.h"
#include "flow/stream.h"
#include "flow/sync.h"
#include "pg/quote.h"
#include "pg/tools.h"
#include "schema/database.h"
#include "schema/roles.h"
#include "sql/sql.h"

static const char flow_name[] = "migrate";

static bool
begin_journal(Flow *flow, Err *err)
{
    cleanup_(str_release) Str skipped = STR_INIT;
    const char *dboid;

    if (flow->is_recorded)
        return true;
    if (!conn_value(
            flow->src, flow->arena,
            "SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
            NO_PARAMS, &dboid, err))
        return false;
    for (size_t i = 0; i < flow->config->skip_checks.len; i++)
        str_addf(&skipped, "%s%s", i ? "," : "", flow->config->skip_checks.items[i]);
    flow->migration = (MigrationRow){
        .name = flow->config->migration,
        .source_dbname = flow->dbname,
        .source_dboid = (uint32_t)strtoul(dboid, NULL, 10),
        .source_version = conn_version(flow->src),
        .source_system_identifier = conn_system_identifier(flow->src),
        .target_system_identifier = conn_system_identifier(flow->dst),
        .skipped_checks = arena_strdup(flow->arena, skipped.data),
    };
    if (!journal_create(flow->dst, err) ||
        !journal_add_migration(flow->dst, &flow->migration, err) ||
        !journal_begin_step(flow->dst, flow->config->migration, flow_name, "journal", err))
        return false;
    flow->is_recorded = true;
    return true;
}

static bool
run_statements(Flow *flow, const Statements *statements, Err *err)
{
    for (size_t i = 0; i < statements->warnings.len; i++)
        flow_warning(flow, "%s", statements->warnings.items[i]);
    for (size_t i = 0; i < statements->list.len; i++)
        if (!conn_exec(flow->dst, statements->list.items[i].sql, err))
            return err_context(err, "%s", statements->list.items[i].object);
    return true;
}

/* Roles are of the whole server: two databases' flows find the work done. */
static bool
copy_roles(Flow *flow, Err *err)
{
    Statements statements = {0};

    return roles_plan(flow->src, flow->dst, !flow->config->no_role_passwords, NULL, flow->arena,
                      &statements, err) &&
           conn_exec(flow->dst, "BEGIN", err) &&
           conn_run(flow->dst, sql_pg_quiet_log, NO_PARAMS, NULL, err) &&
           run_statements(flow, &statements, err) &&
           journal_end_step(flow->dst, flow->config->migration, flow_name, "roles", err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

/*
 * Until the switchover strangers are not to write here, and not before there is anything to write to: clients that know both hosts
 * may come over when the source restarts. Apply workers and our own sessions are not hindered.
 */
static bool
guard_target(Flow *flow, Err *err)
{
    const char *pids = arena_printf(flow->arena, "{%d}", PQbackendPID(conn_pg(flow->dst)));

    return fence_guard(flow->dst, err) && fence_end_sessions(flow->dst, pids, err);
}

static bool
copy_database_properties(Flow *flow, Err *err)
{
    Statements statements = {0};

    return database_properties_plan(flow->src, flow->dst, "[]", flow->arena, &statements, err) &&
           conn_exec(flow->dst, "BEGIN", err) && run_statements(flow, &statements, err) &&
           journal_end_step(flow->dst, flow->config->migration, flow_name, "database", err) &&
           conn_exec(flow->dst, "COMMIT", err);
}

static bool
create_extensions(Flow *flow, Err *err)
{
    return entries_run(flow, "extension", err);
}

static bool
create_schema_before_data(Flow *flow, Err *err)
{
    return entries_run(flow, "before data", err);
}

static bool
create_schema_after_data(Flow *flow, Err *err)
{
    return entries_run(flow, "after data", err);
}

/* They were added without a look at the rows; nothing is applied yet, so what a foreign key refers to is of the same moment. */
static bool
validate_foreign_keys(Flow *flow, Err *err)
{
    if (conn_run(
            flow->dst,
            "UPDATE pgbaton.work SET is_ready = true WHERE migration = $1 AND kind = 'validation'",
            PARAMS(flow->config->migration), NULL, err) &&
        copy_finish_work(flow, err))
        return true;
    if (strcmp(err->sqlstate, "23503") == 0) /* foreign_key_violation */
        err_hint(
            err,
            "Such rows are on the source too, where they came in past the constraint. Correct them there and begin again: "
            "pgbaton cleanup --yes, drop the target database, pgbaton migrate");
    return false;
}

/* Tables were analyzed as their indexes were done; autovacuum never analyzes their partitioned parents. */
static bool
analyze_parents(Flow *flow, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(flow->dst, sql_flow_partitioned_roots, NO_PARAMS, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        cleanup_(str_release) Str sql = STR_INIT;

        sql_format(&sql, "ANALYZE %Q", result_text(result, row, 0), result_text(result, row, 1));
        if (!conn_exec(flow->dst, sql.data, err))
            return err_context(err, "analyzing table \"%s.%s\"", result_text(result, row, 0),
                               result_text(result, row, 1));
    }
    return true;
}

static bool
refresh_matviews(Flow *flow, Err *err)
{
    return rest_refresh_matviews(flow->src, flow->dst, flow->arena, err);
}

static bool
preset_sequences(Flow *flow, Err *err)
{
    return rest_copy_sequences(flow->src, flow->dst, err);
}

static bool
be_ready(Flow *flow, Err *err)
{
    (void)flow;
    (void)err;
    return true;
}

const Step migrate_steps[] = {
    {.name = "journal", .title = "journal", .run = begin_journal},
    {.name = "guard", .title = "target closed to other writers", .run = guard_target},
    {.name = "roles", .title = "roles", .run = copy_roles, .ends_itself = true},
    {.name = "schema_read",
     .title = "reading the schema",
     .run = read_schema_step,
     .ends_itself = true},
    {.name = "database",
     .title = "settings of the database",
     .run = copy_database_properties,
     .ends_itself = true},
    {.name = "extensions", .title = "schemas and extensions", .run = create_extensions},
    {.name = "schema_before_data", .title = "schema before data", .run = create_schema_before_data},
    {.name = "copy", .title = "copying rows, building indexes", .run = copy_step},
    {.name = "schema_after_data", .title = "schema after data", .run = create_schema_after_data},
    {.name = "foreign_keys", .title = "checking foreign keys", .run = validate_foreign_keys},
    {.name = "subscribe", .title = "subscriptions", .run = stream_subscribe},
    {.name = "catch_up", .title = "catching up", .run = stream_catch_up, .always = true},
    {.name = "materialised_views", .title = "materialised views", .run = refresh_matviews},
    {.name = "analyze", .title = "statistics of partitioned tables", .run = analyze_parents},
    /* The switchover sets them again; a target that is looked at before should not show first values. */
    {.name = "sequences", .title = "sequences", .run = preset_sequences, .always = true},
    {.name = "ready", .title = "ready to switch over", .run = be_ready},
    {.name = NULL},
};

bool
migrate_run(Flow *flow, Err *err)
{
    bool closed;

    if (!handover_refuse_unfinished(flow, &handover_rollback, err) ||
        !flow_is_closed(flow, SIDE_SOURCE, &closed, err))
        return false;
    if (closed)
    {
        err_set(err, ERR_REFUSED, "migration \"%s\" has been switched over",
                flow->config->migration);
        err_detail(err, "The source is read-only since then, and follows the target.");
        return err_hint(
            err,
            "Finish the switchover by: pgbaton switchover --yes, look at it by: pgbaton status, or end it by: pgbaton cleanup");
    }
    return sync_refuse_unfinished(flow, err) && flow_run(flow, flow_name, migrate_steps, err);
}
