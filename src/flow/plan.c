#include "flow/plan.h"

#include <stdlib.h>
#include <string.h>

#include "copy/table.h"
#include "flow/balance.h"
#include "pg/conninfo.h"
#include "pg/quote.h"
#include "repl/publication.h"
#include "repl/subscription.h"
#include "schema/database.h"
#include "schema/roles.h"
#include "sql/sql.h"

static void
add_heading(Str *sql, const char *side, const char *text)
{
    str_addf(sql, "\n-- %s: %s\n", side, text);
}

static void
add_statements(Str *sql, const Statements *statements)
{
    for (size_t i = 0; i < statements->warnings.len; i++)
        str_addf(sql, "-- warning: %s\n", statements->warnings.items[i]);
    for (size_t i = 0; i < statements->list.len; i++)
        str_addf(sql, "%s;\n", statements->list.items[i].sql);
}

static void
add_entries(Str *sql, const SchemaPlan *plan, const char *kind)
{
    for (size_t i = 0; i < plan->ddl.entries.len; i++)
    {
        int relation_id;

        if (strcmp(read_schema_kind(plan, &plan->ddl.entries.items[i], &relation_id), kind) == 0)
            str_addf(sql, "%s%s\n",
                     plan->ddl.entries.items[i].state ? plan->ddl.entries.items[i].state : "",
                     plan->ddl.entries.items[i].sql);
    }
}

static void
add_copies(Str *sql, const SchemaPlan *plan)
{
    for (size_t i = 0; i < plan->relations.len; i++)
    {
        const Relation *r = &plan->relations.items[i];
        RelationRow row = {.schema = r->schema,
                           .name = r->name,
                           .columns_json = r->columns_json,
                           .copy_options = r->copy_options,
                           .condition = r->condition};

        copy_add_out(sql, &row, NULL);
        str_add(sql, ";\n  -- into: ");
        copy_add_in(sql, &row, !r->condition);
        str_addf(sql, "; about %lld bytes\n", (long long)r->table_bytes);
    }
    if (plan->moves_large_objects)
        str_add(sql, "-- and the large objects, if there are any\n");
}

/* The groups that are made: their first number, and how many there are. */
typedef struct PlannedGroups
{
    int first_id;
    size_t n;
} PlannedGroups;

static const char *
group_suffix(const Flow *flow, const PlannedGroups *groups, size_t i)
{
    return arena_printf(flow->arena, "%d", groups->first_id + (int)i);
}

/* Markers, publications and slots: as in flow/groups.c. */
static bool
add_groups(Str *sql, Flow *flow, const SchemaPlan *plan, int n_streams, PlannedGroups *groups,
           Err *err)
{
    TableLoads tables = {0};
    int target_version = conn_version(flow->dst);
    const char *first = flow_object_name(flow, group_suffix(flow, groups, 0));

    for (size_t i = 0; i < plan->relations.len; i++)
    {
        const Relation *r = &plan->relations.items[i];

        if (r->persistence == 'p' && !r->is_configuration)
            *vec_push(&tables, flow->arena) = (TableLoad){
                .oid = r->oid, .schema = r->schema, .name = r->name, .bytes = r->table_bytes};
    }
    if (!balance_tables(flow->src, &tables, n_streams, flow->arena, &groups->n, err))
        return false;
    add_heading(sql, "source", "marker, publication and slot of each group");
    if (groups->first_id == 1)
        str_add(sql, "CREATE SCHEMA pgbaton;\n");
    for (size_t group = 0; group < groups->n; group++)
    {
        const char *suffix = group_suffix(flow, groups, group);
        const char *marker = flow_marker_name(flow, suffix);
        QualifiedNames names = {0};

        for (size_t i = 0; i < tables.len; i++)
            if (tables.items[i].group == group)
                *vec_push(&names, flow->arena) =
                    (QualifiedName){tables.items[i].schema, tables.items[i].name};
        sql_format(
            sql,
            "CREATE TABLE pgbaton.%I (id integer PRIMARY KEY, value bigint NOT NULL, written_at timestamptz NOT NULL);\n",
            marker);
        publication_add_sql(sql, flow->src, flow_object_name(flow, suffix), flow_tag(flow), &names,
                            marker, target_version);
    }
    sql_format(sql, "\nCREATE_REPLICATION_SLOT %I LOGICAL pgoutput EXPORT_SNAPSHOT;\n", first);
    for (size_t group = 1; group < groups->n; group++)
        sql_format(sql, "SELECT pg_catalog.pg_copy_logical_replication_slot(%L, %L);\n", first,
                   flow_object_name(flow, group_suffix(flow, groups, group)));
    return true;
}

static void
add_subscriptions(Str *sql, Flow *flow, const PlannedGroups *groups)
{
    SubscriptionSpec spec = {.publisher_conninfo = conninfo_redacted(
                                 flow->arena, flow_publisher_conninfo(flow, SIDE_SOURCE))};

    add_heading(sql, "target", groups->n == 1 ? "subscription" : "subscriptions");
    for (size_t group = 0; group < groups->n; group++)
    {
        spec.name = flow_object_name(flow, group_suffix(flow, groups, group));
        subscription_add_sql(sql, conn_version(flow->dst), &spec);
        str_add(sql, ";\n");
    }
}

static bool
add_replication(Str *sql, Flow *flow, const SchemaPlan *plan, Err *err)
{
    PlannedGroups groups = {.first_id = 1};

    if (!add_groups(sql, flow, plan, flow->config->apply_streams, &groups, err))
        return false;
    add_heading(sql, "source to target",
                "rows, under the slot's snapshot; large tables in several parts");
    add_copies(sql, plan);
    add_heading(sql, "target", "indexes and constraints, each table's as soon as its rows are in");
    add_entries(sql, plan, "index");
    add_heading(sql, "target", "schema after data");
    add_entries(sql, plan, "after data");
    add_heading(sql, "target", "foreign keys are checked, those of several tables at a time");
    add_entries(sql, plan, "validation");
    add_subscriptions(sql, flow, &groups);
    add_heading(sql, "target",
                "triggers that fire on replicated rows too, when the switchover opens it");
    add_entries(sql, plan, "at opening");
    return true;
}

/* A database that is to be made has no session yet; another of its server stands in for it. */
static bool
open_target(Flow *flow, bool *ret_exists, Err *err)
{
    Server server = flow->target;

    if (!flow_open_maintenance(&server, &flow->dst, err) ||
        !database_exists(flow->dst, flow->target_dbname, ret_exists, err))
        return false;
    if (!*ret_exists)
        return true;
    conn_close(flow->dst);
    flow->dst = NULL;
    return conn_open(&server, flow->target_dbname, "plan", &flow->dst, err);
}

static bool
add_plan(Flow *flow, Str *sql, Err *err)
{
    SchemaPlan plan = {0};
    Statements roles = {0};
    Statements database = {0};
    bool exists;
    const char *dboid;
    const char *source_roles;

    if (!conn_open(&flow->source, flow->dbname, "plan", &flow->src, err) ||
        !open_target(flow, &exists, err) ||
        !conn_value(
            flow->src, flow->arena,
            "SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
            NO_PARAMS, &dboid, err) ||
        !conn_value(flow->src, flow->arena, sql_check_source_roles, NO_PARAMS, &source_roles, err))
        return false;
    flow->migration.source_dboid = (uint32_t)strtoul(dboid, NULL, 10);
    if (!roles_plan(flow->src, flow->dst, !flow->config->no_role_passwords, NULL, flow->arena,
                    &roles, err) ||
        !(exists ? database_properties_plan(flow->src, flow->dst, source_roles, flow->arena,
                                            &database, err)
                 : database_create_plan(flow->src, flow->dst, flow->target_dbname, source_roles,
                                        flow->arena, &database, err)) ||
        !read_schema_plan(flow, flow->arena, &plan, err))
        return false;
    str_addf(sql,
             "-- plan of migration \"%s\": database \"%s\" of the source to \"%s\" of the target\n",
             flow->config->migration, flow->dbname, flow->target_dbname);
    add_heading(sql, "target", "roles");
    add_statements(sql, &roles);
    add_heading(sql, "target", exists ? "settings of the database" : "the database");
    add_statements(sql, &database);
    if (!exists)
        str_add(sql, "-- and its settings, grants and comment as on the source\n");
    sql_format(sql, "ALTER DATABASE %I SET default_transaction_read_only = on;\n",
               flow->target_dbname);
    add_heading(sql, "target", "schemas and extensions");
    add_entries(sql, &plan, "extension");
    add_heading(sql, "target", "schema before data");
    add_entries(sql, &plan, "before data");
    return add_replication(sql, flow, &plan, err);
}

bool
plan_migration(const Config *config, const FlowObserver *observer, Arena *arena,
               const char *database, Str *ret_sql, Err *err)
{
    Flow flow = {
        .arena = arena,
        .config = config,
        .observer = observer,
        .source = config_server(config, SIDE_SOURCE),
        .target = config_server(config, SIDE_TARGET),
        .dbname = database,
        .target_dbname = flow_target_dbname(config, arena, database),
    };
    bool ok = add_plan(&flow, ret_sql, err);

    flow_close(&flow);
    return ok;
}

bool
plan_joining(Str *sql, Flow *flow, const SchemaPlan *plan, int group_id, Err *err)
{
    PlannedGroups groups = {.first_id = group_id};

    add_heading(sql, "target", "schema of what is new");
    add_entries(sql, plan, "extension");
    add_entries(sql, plan, "before data");
    if (plan->relations.len > 0)
    {
        if (!add_groups(sql, flow, plan, 1, &groups, err))
            return false;
        add_heading(sql, "source to target", "rows, under the slot's snapshot");
        add_copies(sql, plan);
    }
    add_heading(sql, "target", "indexes, and what comes after the rows");
    add_entries(sql, plan, "index");
    add_entries(sql, plan, "after data");
    if (plan->relations.len > 0)
        add_subscriptions(sql, flow, &groups);
    add_heading(sql, "target", "foreign keys and partitions, all streams held at one point");
    add_entries(sql, plan, "validation");
    return true;
}
