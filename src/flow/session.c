#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "fence/fence.h"
#include "flow/flow.h"
#include "pg/conninfo.h"
#include "schema/database.h"
#include "schema/statement.h"
#include "sql/sql.h"

enum
{
    MOST_OPENINGS = 4,
    SHORT_OPENING_MS = 1000,
    OPENING_PAUSE_MS = 50,
    LOCK_PATIENCE_MS = 5000, /* a killed pgbaton's session is noticed by its server within this */
    RECONNECT_PATIENCE_MS = 60000 /* a restart of a server takes less */
};

/* Databases that every cluster has, from which another one can be looked for and created. */
static const char *const maintenance_databases[] = {"postgres", "template1"};

bool
flow_open_maintenance(const Server *server, Conn **ret_conn, Err *err)
{
    for (size_t i = 0; i < lengthof(maintenance_databases); i++)
    {
        err_release(err);
        if (conn_open(server, maintenance_databases[i], "maintenance", ret_conn, err))
            return true;
        if (err->code != ERR_UNREACHABLE)
            return false;
    }
    return false;
}

bool
flow_databases(const Config *config, Arena *arena, StringList *ret_databases, Err *err)
{
    cleanup_(conn_close_pointer) Conn *source = NULL;
    Server server = config_server(config, SIDE_SOURCE);
    Names names = {0};

    if (config->databases.len > 0 && strcmp(config->databases.items[0], "*") != 0)
    {
        *ret_databases = config->databases;
        return true;
    }
    if (!conn_open(&server, NULL, "inspect", &source, err))
        return false;
    if (config->databases.len == 0)
        *vec_push(&names, arena) = arena_strdup(arena, conn_dbname(source));
    else if (!catalog_databases(source, arena, &names, err))
        return false;
    *ret_databases = (StringList){.items = names.items, .len = names.len};
    return true;
}

const char *
flow_target_dbname(const Config *config, Arena *arena, const char *dbname)
{
    bool is_only_one = config->databases.len == 0 ||
                       (config->databases.len == 1 && strcmp(config->databases.items[0], "*") != 0);
    const char *named = conninfo_value(arena, config->target.conninfo, "dbname");

    return is_only_one && *named ? named : dbname;
}

bool
flow_create_database(Flow *flow, Err *err)
{
    cleanup_(conn_close_pointer) Conn *maintenance = NULL;
    cleanup_(err_release) Err unreachable = {0};
    Statements statements = {0};
    bool exists;

    /* Where neither maintenance database can be reached, the database itself will tell whether it is there. */
    if (!flow_open_maintenance(&flow->target, &maintenance, &unreachable))
        return unreachable.code == ERR_UNREACHABLE || err_move(err, &unreachable);
    if (!database_exists(maintenance, flow->target_dbname, &exists, err))
        return false;
    if (exists)
        return true;
    if (!database_create_plan(flow->src, maintenance, flow->target_dbname, "[]", flow->arena,
                              &statements, err))
        return false;
    for (size_t i = 0; i < statements.list.len; i++)
    {
        cleanup_(err_release) Err failure = {0};

        /* The owner is a role that a later step makes; it is set then. */
        if (!conn_exec(maintenance, statements.list.items[i].sql, &failure) &&
            strcmp(failure.sqlstate, "42704") != 0)
            return err_move(err, &failure) ||
                   err_context(err, "creating %s", statements.list.items[i].object);
    }
    return true;
}

bool
flow_has_begun(const Config *config, Arena *arena, const char *dbname, bool *ret_begun, Err *err)
{
    cleanup_(conn_close_pointer) Conn *maintenance = NULL;
    cleanup_(conn_close_pointer) Conn *target = NULL;
    cleanup_(err_release) Err unreachable = {0};
    Server server = config_server(config, SIDE_TARGET);
    const char *target_dbname = flow_target_dbname(config, arena, dbname);
    MigrationRow row;
    bool exists = true;

    *ret_begun = false;
    if (!flow_open_maintenance(&server, &maintenance, &unreachable))
    {
        if (unreachable.code != ERR_UNREACHABLE)
            return err_move(err, &unreachable);
    }
    else if (!database_exists(maintenance, target_dbname, &exists, err))
        return false;
    if (!exists)
        return true;
    return conn_open(&server, target_dbname, "look", &target, err) &&
           journal_read_migration(target, config->migration, arena, &row, ret_begun, err);
}

bool
flow_take_lock(Flow *flow, Conn *conn, Err *err)
{
    int64_t deadline = clock_ms() + LOCK_PATIENCE_MS;

    for (;;)
    {
        cleanup_(arena_release) Arena arena = {0};
        const char *value;

        if (!conn_value(conn, &arena, sql_flow_try_lock, PARAMS(flow->config->migration), &value,
                        err))
            return false;
        if (*value == 't')
            return true;
        if (clock_ms() >= deadline)
        {
            if (!conn_value(conn, &arena, sql_flow_lock_holder, PARAMS(flow->config->migration),
                            &value, err))
                return false;
            err_set(err, ERR_BUSY, "another pgbaton is at work on migration \"%s\"",
                    flow->config->migration);
            err_detail(err, "It holds the lock in database \"%s\" of the %s: %s.",
                       conn_dbname(conn), side_name(conn_side(conn)),
                       value ? value : "it has just ended");
            return err_hint(err, "Wait for it, look at it with: pgbaton status, or end it.");
        }
        if (!cancel_sleep(100, err))
            return false;
    }
}

static bool
end_leftovers_on(Flow *flow, Conn *conn, Err *err)
{
    /* Never the subscriptions' walsenders: their application_name is the subscription's. */
    return conn_run(conn, sql_flow_leftovers,
                    PARAMS(arena_printf(flow->arena, "%s ", flow->source.application_name)), NULL,
                    err);
}

bool
flow_end_leftovers(Flow *flow, Err *err)
{
    return end_leftovers_on(flow, flow->src, err) && end_leftovers_on(flow, flow->dst, err);
}

static bool
takes_lock(FlowMode mode)
{
    return mode == FLOW_WORK || mode == FLOW_CREATE;
}

static bool
open_session(Flow *flow, Side side, const char *purpose, Conn **conn, Err *err)
{
    if (!conn_open(flow_server(flow, side), flow_database(flow, side), purpose, conn, err))
        return false;
    conn_set_patience(*conn, flow->patience_ms);
    return true;
}

/* A session that is ended while it begins looks like a server that is away. One that is away is not waited for. */
static bool
may_open_again(int n_attempts, int64_t begun_ms, Err *err)
{
    if (err->code != ERR_UNREACHABLE || n_attempts >= MOST_OPENINGS ||
        clock_ms() - begun_ms > SHORT_OPENING_MS)
        return false;
    err_release(err);
    return cancel_sleep(OPENING_PAUSE_MS, err);
}

/* Who waits for the lock may be ended by who holds it: as a leftover, or with everybody else when the writes move. */
static bool
open_with_lock(Flow *flow, Side side, Conn **conn, Err *err)
{
    int64_t deadline = clock_ms() + LOCK_PATIENCE_MS;

    for (int n_attempts = 1;; n_attempts++)
    {
        int64_t begun_ms = clock_ms();

        if (!open_session(flow, side, "flow", conn, err))
        {
            if (!may_open_again(n_attempts, begun_ms, err))
                return false;
            continue;
        }
        if (flow_take_lock(flow, *conn, err))
            return true;
        if (err->code != ERR_UNREACHABLE || clock_ms() >= deadline)
            return false;
        conn_close(*conn);
        *conn = NULL;
        err_release(err);
    }
}

static bool
open_sessions(Flow *flow, FlowMode mode, Err *err)
{
    if (!takes_lock(mode))
    {
        const char *purpose = mode == FLOW_JOIN ? "join" : "look";

        return open_session(flow, SIDE_SOURCE, purpose, &flow->src, err) &&
               open_session(flow, SIDE_TARGET, purpose, &flow->dst, err);
    }
    /* The source first: two operators meet at the same place in the same order. */
    if (!open_with_lock(flow, SIDE_SOURCE, &flow->src, err))
        return false;
    if (mode == FLOW_CREATE && !flow_create_database(flow, err))
        return false;
    return open_with_lock(flow, SIDE_TARGET, &flow->dst, err);
}

/* From now on both servers must be the ones that the journal names. */
static bool
pin(Flow *flow, Err *err)
{
    const MigrationRow *row = &flow->migration;
    const char *seen_source = conn_system_identifier(flow->src);
    const char *seen_target = conn_system_identifier(flow->dst);

    flow->source.system_identifier = arena_strdup(flow->arena, seen_source);
    flow->target.system_identifier = arena_strdup(flow->arena, seen_target);
    if (!flow->is_recorded)
        return true;
    if ((*seen_source && *row->source_system_identifier &&
         strcmp(seen_source, row->source_system_identifier) != 0) ||
        strcmp(row->source_dbname, flow->dbname) != 0)
    {
        err_set(err, ERR_REFUSED, "migration \"%s\" of the target was begun from another source",
                flow->config->migration);
        err_detail(
            err,
            "It moves database \"%s\" of the server with system identifier %s; --source is database \"%s\" of %s.",
            row->source_dbname, row->source_system_identifier, flow->dbname, seen_source);
        return err_hint(err,
                        "Correct --source, or give this migration another name with --migration.");
    }
    return true;
}

bool
flow_open(Flow *flow, const Config *config, const FlowObserver *observer, Arena *arena,
          const char *dbname, FlowMode mode, Err *err)
{
    *flow = (Flow){.arena = arena, .config = config, .observer = observer};
    flow->source = config_server(config, SIDE_SOURCE);
    flow->target = config_server(config, SIDE_TARGET);
    flow->dbname = dbname;
    flow->target_dbname = flow_target_dbname(config, arena, dbname);
    return open_sessions(flow, mode, err) && (!takes_lock(mode) || flow_end_leftovers(flow, err)) &&
           journal_read_migration(flow->dst, config->migration, arena, &flow->migration,
                                  &flow->is_recorded, err) &&
           pin(flow, err);
}

void
flow_close(Flow *flow)
{
    conn_close(flow->src);
    conn_close(flow->dst);
    flow->src = NULL;
    flow->dst = NULL;
}

void
flow_set_patience(Flow *flow, int patience_ms)
{
    flow->patience_ms = patience_ms;
    if (flow->src)
        conn_set_patience(flow->src, patience_ms);
    if (flow->dst)
        conn_set_patience(flow->dst, patience_ms);
}

bool
flow_reconnect(Flow *flow, Err *err)
{
    int64_t deadline = clock_ms() + RECONNECT_PATIENCE_MS;

    for (;;)
    {
        flow_close(flow);
        err_release(err);
        if (open_sessions(flow, FLOW_WORK, err))
            return true;
        /* Busy: the server has not noticed yet that our old session, which holds the lock, is dead. */
        if ((err->code != ERR_UNREACHABLE && err->code != ERR_BUSY) || clock_ms() >= deadline ||
            !cancel_sleep(500, err))
            return false;
    }
}

Conn *
flow_conn(const Flow *flow, Side side)
{
    return side == SIDE_SOURCE ? flow->src : flow->dst;
}

const char *
flow_database(const Flow *flow, Side side)
{
    return side == SIDE_SOURCE ? flow->dbname : flow->target_dbname;
}

const Server *
flow_server(const Flow *flow, Side side)
{
    return side == SIDE_SOURCE ? &flow->source : &flow->target;
}

bool
flow_is_closed(Flow *flow, Side side, bool *ret_closed, Err *err)
{
    return fence_is_closed(flow_conn(flow, side), flow->config->migration, ret_closed, err);
}

const char *
flow_object_name(Flow *flow, const char *suffix)
{
    return arena_printf(flow->arena, "pgbaton_%s_%u_%s", flow->config->migration,
                        flow->migration.source_dboid, suffix);
}

const char *
flow_marker_name(Flow *flow, const char *suffix)
{
    return arena_printf(flow->arena, "marker_%s_%s", flow->config->migration, suffix);
}

const char *
flow_tag(Flow *flow)
{
    return arena_printf(flow->arena, "made by pgbaton, migration \"%s\"", flow->config->migration);
}

const char *
flow_publisher_conninfo(Flow *flow, Side publisher)
{
    const ServerConfig *server =
        publisher == SIDE_SOURCE ? &flow->config->source : &flow->config->target;
    const Conn *conn = publisher == SIDE_SOURCE ? flow->src : flow->dst;
    const char *conninfo = server->conninfo_from_other;

    if (!*conninfo)
        conninfo = conninfo_of_connection(flow->arena, conn_pg(conn), true);
    return conninfo_with(flow->arena, conninfo, "dbname", conn_dbname(conn));
}

static void tell(Flow *flow, void (*listener)(void *, const char *, const char *),
                 const char *format, va_list args) printf_(3, 0);

static void
tell(Flow *flow, void (*listener)(void *, const char *, const char *), const char *format,
     va_list args)
{
    cleanup_(str_release) Str text = STR_INIT;

    str_addv(&text, format, args);
    if (listener)
        listener(flow->observer->context, flow->dbname, text.data);
}

void
flow_note(Flow *flow, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tell(flow, flow->observer->note, format, args);
    va_end(args);
}

void
flow_warning(Flow *flow, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    tell(flow, flow->observer->warning, format, args);
    va_end(args);
}
