#include "cmd/subscription_make.h"

#include <string.h>

#include "base/cancel.h"
#include "pg/conninfo.h"
#include "pg/quote.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "sql/sql.h"

/* A connection string as flow_publisher_conninfo makes it for subscriptions of migrations. */
static bool
find_connection(SubscriptionCreate *create, Err *err)
{
    const SubscriptionWork *work = create->work;
    const Config *config = work->block.context->config;
    const char *conninfo = option_text(create->options, "connection");
    const ServerConfig *server =
        side_other(work->side) == SIDE_SOURCE ? &config->source : &config->target;

    create->connection = conninfo;
    if (*conninfo)
        return true;
    if (*server->conninfo_from_other && !work->publisher)
        create->connection = server->conninfo_from_other;
    else if (!subscription_require_publisher(work, err))
        return false;
    else
        create->connection = conninfo_with(
            create->arena,
            *server->conninfo_from_other
                ? server->conninfo_from_other
                : conninfo_of_connection(create->arena, conn_pg(work->publisher), true),
            "dbname", conn_dbname(work->publisher));
    return true;
}

static bool
missing_publication(const SubscriptionCreate *create, const char *name, Err *err)
{
    const Conn *publisher = create->work->publisher;

    err_set(err, ERR_REFUSED, "there is no publication \"%s\"", name);
    err_detail(
        err,
        "Database \"%s\" of the %s has none of that name, and a slot has to be younger than its publications.",
        conn_dbname(publisher), side_name(conn_side(publisher)));
    return err_hint(
        err,
        "Run: pgbaton publication create; or make it alongside, by --with-publication and --table or --all-tables");
}

static bool
check_publications(const SubscriptionCreate *create, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str names = STR_INIT;

    for (size_t i = 0; i < create->publications.len; i++)
        sql_array_add(&names, create->publications.items[i]);
    if (!conn_query(create->work->publisher, sql_repl_publications_missing, PARAMS(names.data),
                    &result, err))
        return false;
    if (create->makes_publication)
    {
        if (PQntuples(result) > 0)
            return true;
        err_set(err, ERR_REFUSED, "there is a publication \"%s\" already",
                create->publications.items[0]);
        err_detail(
            err,
            "What it publishes is not looked at, so that it cannot be taken for what is wanted.");
        return err_hint(err, "Leave --with-publication out to use it as it is.");
    }
    return PQntuples(result) == 0 || missing_publication(create, PQgetvalue(result, 0, 0), err);
}

static bool
refuse_slot(const SubscriptionCreate *create, const char *why, const char *hint, Err *err)
{
    err_set(err, ERR_REFUSED, "replication slot \"%s\" cannot be used", create->slot);
    err_detail(err, "%s.", why);
    return err_hint(err, "%s", hint);
}

static bool
check_slot(const SubscriptionCreate *create, Err *err)
{
    SubscriptionSlot slot;

    if (!subscription_slot(create->work->publisher, create->slot, create->arena, &slot, err))
        return false;
    if (create->makes_slot && slot.exists)
        return refuse_slot(
            create, "It is there already, at a position that may be old",
            "Add --no-create-slot to go on from where it stands, or give another name by --slot.",
            err);
    if (!create->makes_slot && !slot.exists)
        return refuse_slot(create, "It is not there",
                           "Leave --no-create-slot out, or run: pgbaton slot create", err);
    if (!slot.exists)
        return true;
    if (!slot.is_here || !slot.is_pgoutput)
        return refuse_slot(create, "It is not one of that database with the plugin pgoutput",
                           "Give another one by --slot.", err);
    return (!slot.is_active && !slot.is_lost) ||
           refuse_slot(create,
                       slot.is_lost ? "Its WAL is gone" : "Another subscription reads from it",
                       "Give another one by --slot.", err);
}

/* Before a password is sent in a statement that would fail, and be logged. */
static bool
check_right(const SubscriptionCreate *create, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(create->work->subscriber, sql_check_subscription_right, NO_PARAMS, &result,
                    err))
        return false;
    if (PQntuples(result) == 0)
        return true;
    err_set(err, ERR_REFUSED, "this role may not create subscription \"%s\"", create->work->name);
    err_detail(err, "That takes %s.", PQgetvalue(result, 0, result_column(result, "takes")));
    return err_hint(err, "As a superuser, run in psql: %s",
                    PQgetvalue(result, 0, result_column(result, "command")));
}

static void
plan_subscription(const SubscriptionCreate *create, bool server_makes_slot, Str *sql)
{
    const OptionValues *options = create->options;

    sql_format(sql, "CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION ", create->work->name,
               create->connection);
    for (size_t i = 0; i < create->publications.len; i++)
        sql_format(sql, i ? ", %I" : "%I", create->publications.items[i]);
    sql_format(sql, " WITH (create_slot = %R, slot_name = %L, enabled = %R, copy_data = %R",
               server_makes_slot ? "true" : "false", create->slot,
               option_flag(options, "disabled") ? "false" : "true",
               option_flag(options, "no-copy-data") ? "false" : "true");
    for (size_t i = 0; i < create->settings.len; i++)
        subscription_setting_add_sql(sql, &create->settings.items[i]);
    str_add(sql, ")");
}

static bool
refuse_table(const char *name, const char *why, const char *hint, Err *err)
{
    err_set(err, ERR_REFUSED, "table \"%s\" cannot be published", name);
    err_detail(err, "%s.", why);
    return err_hint(err, "%s", hint);
}

/* Once published, a table without a usable replica identity refuses UPDATE and DELETE on the publisher. */
static bool
check_identity(const SubscriptionCreate *create, const char *oids, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(create->work->publisher, sql_repl_published_without_identity, PARAMS(oids),
                    &result, err))
        return false;
    return PQntuples(result) == 0 ||
           refuse_table(
               arena_printf(create->arena, "%s.%s", PQgetvalue(result, 0, 0),
                            PQgetvalue(result, 0, 1)),
               "It has no usable replica identity: the publisher would refuse to update and delete its rows",
               "Run: pgbaton identity fix; or leave the table out.", err);
}

static bool
plan_tables(const SubscriptionCreate *create, Str *sql, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str names = STR_INIT;
    cleanup_(str_release) Str oids = STR_INIT;
    StringList tables = option_list(create->options, "table");

    for (size_t i = 0; i < tables.len; i++)
        sql_array_add(&names, tables.items[i]);
    if (!conn_query(create->work->publisher, sql_repl_tables_by_name, PARAMS(names.data), &result,
                    err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        if (!result_text(result, row, 2))
            return refuse_table(PQgetvalue(result, row, 0),
                                "The publisher has no such table by that schema and name",
                                "Give schema and name as SQL writes them: --table 'public.\"Big\"'",
                                err);
        sql_array_add(&oids, PQgetvalue(result, row, 1));
        sql_format(sql, row ? ", %Q" : " FOR TABLE %Q", PQgetvalue(result, row, 2),
                   PQgetvalue(result, row, 3));
    }
    return check_identity(create, oids.data, err);
}

static bool
plan_publication(SubscriptionCreate *create, Err *err)
{
    bool all = option_flag(create->options, "all-tables");
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "CREATE PUBLICATION %I", create->publications.items[0]);
    if (all == (option_list(create->options, "table").len > 0))
    {
        err_set(err, ERR_USAGE, "--with-publication needs either --table or --all-tables");
        err_detail(err, "It has to be said what is to be published.");
        return err_hint(err, "Give --table SCHEMA.NAME, or --all-tables.");
    }
    if (all)
        str_add(&sql, " FOR ALL TABLES");
    if (all ? !check_identity(create, NULL, err) : !plan_tables(create, &sql, err))
        return false;
    change_add(&create->change, &create->work->block, side_other(create->work->side), sql.data);
    return true;
}

/* A publication first, committed, as a slot cannot decode with one that is younger; the slot before the subscription, which within one cluster would wait for itself. */
static bool
plan(SubscriptionCreate *create, Err *err)
{
    const SubscriptionWork *work = create->work;
    Block *block = &create->work->block;
    cleanup_(str_release) Str sql = STR_INIT;

    if (create->makes_publication && !plan_publication(create, err))
        return false;
    if (create->makes_slot && work->publisher)
    {
        slot_add_create_sql(&sql, &(SlotSpec){.name = create->slot, .plugin = "pgoutput"});
        change_add(&create->change, block, side_other(work->side), sql.data);
        str_clear(&sql);
    }
    plan_subscription(create, create->makes_slot && !work->publisher, &sql);
    change_add(&create->change, block, work->side, sql.data);
    return true;
}

/* What a role without superuser is told by the server, with the remedy. */
static bool
explain(const SubscriptionCreate *create, Err *err)
{
    if (strcmp(err->sqlstate, "42501") == 0)
    {
        err->code = ERR_REFUSED;
        if (!err->detail)
            err_detail(err, "This role lacks a right.");
        err_hint(
            err,
            "Run, as a superuser: GRANT pg_create_subscription TO this role, and GRANT CREATE ON DATABASE; before PostgreSQL 16 only superusers can, or the role that the provider made for it.");
    }
    if (strcmp(err->sqlstate, "2F003") == 0) /* prohibited_sql_statement_attempted */
    {
        err->code = ERR_REFUSED;
        if (!err->detail)
            err_detail(err, "Only superusers may subscribe without a password.");
        err_hint(err, "Give a connection string with a password: --connection");
    }
    return err_context(err, "creating subscription \"%s\"", create->work->name);
}

static bool
create_in_transaction(const SubscriptionCreate *create, const char *sql, Err *err)
{
    Conn *conn = create->work->subscriber;
    cleanup_(err_release) Err ignored = {0};

    if (!conn_exec(conn, "BEGIN", err))
        return false;
    if (conn_run(conn, sql_pg_quiet_log, NO_PARAMS, NULL, err) && conn_exec(conn, sql, err))
        return conn_exec(conn, "COMMIT", err);
    if (!conn_exec(conn, "ROLLBACK", &ignored) && ignored.code == ERR_UNREACHABLE)
        return err_move(err, &ignored);
    return false;
}

/* Within one cluster the slot that the server waits for waits for the server's own transaction. */
static bool
explain_wait(const SubscriptionCreate *create, Err *failure, Err *err)
{
    Conn *conn = create->work->subscriber;
    SubscriptionSlot slot;

    if (strcmp(failure->sqlstate, "57014") != 0 || cancel_requested())
        return err_move(err, failure);
    if (!subscription_slot(conn, create->slot, create->arena, &slot, err) ||
        (slot.exists && !slot_drop(conn, create->slot, err)))
        return false;
    err_set(err, ERR_REFUSED, "replication slot \"%s\" could not be created in time", create->slot);
    err_detail(
        err,
        "Its creation waits for the end of every open transaction of the publisher that has written: within one cluster also for the one that makes it.");
    return err_hint(
        err,
        "Give the publisher's side as well, by --%s CONNINFO, so that pgbaton makes the slot first.",
        side_name(side_other(create->work->side)));
}

/* The server makes the slot by itself: the publisher was not given. */
static bool
create_with_slot(const SubscriptionCreate *create, const char *sql, Err *err)
{
    Conn *conn = create->work->subscriber;
    cleanup_(err_release) Err failure = {0};
    cleanup_(str_release) Str timeout = STR_INIT;
    SubscriptionSlot slot;

    sql_format(&timeout, "SET statement_timeout = %R",
               PARAM_I64(create->work->block.context->config->slot_timeout_ms));
    if (!subscription_slot(conn, create->slot, create->arena, &slot, err) ||
        !conn_run(conn, sql_repl_quiet_session, NO_PARAMS, NULL, err) ||
        !conn_exec(conn, timeout.data, err))
        return false;
    if (conn_exec(conn, sql, &failure))
        return true;
    /* A slot that was there before is nobody's to drop. */
    return slot.exists ? err_move(err, &failure) : explain_wait(create, &failure, err);
}

/* Each part in its order; *ret_n_done of them were made, also on failure. */
static bool
execute(const SubscriptionCreate *create, size_t *ret_n_done, Err *err)
{
    const SubscriptionWork *work = create->work;
    const Change *change = &create->change;

    *ret_n_done = 0;
    if (create->makes_publication &&
        !conn_exec(work->publisher, change->statements.items[0].sql, err))
        return err_context(err, "creating publication \"%s\"", create->publications.items[0]);
    *ret_n_done += create->makes_publication;
    if (create->makes_slot && work->publisher &&
        !slot_create_new(work->publisher, create->slot,
                         work->block.context->config->slot_timeout_ms, err))
        return false;
    *ret_n_done += create->makes_slot && work->publisher;
    if (create->makes_slot && !work->publisher
            ? create_with_slot(create, change->statements.items[*ret_n_done].sql, err)
            : create_in_transaction(create, change->statements.items[*ret_n_done].sql, err))
        return true;
    return explain(create, err);
}

/* What was made before the part that failed goes again; a stop that was asked for must not leave it. */
static bool
undo(const SubscriptionCreate *create, size_t n_done, Err *err)
{
    const SubscriptionWork *work = create->work;
    cleanup_(err_release) Err failure = {0};
    bool has_slot = create->makes_slot && work->publisher && n_done > create->makes_publication;
    bool undone;

    cancel_shield_begin();
    undone = (!has_slot || slot_drop(work->publisher, create->slot, &failure)) &&
             (!create->makes_publication || n_done == 0 ||
              publication_drop(work->publisher, create->publications.items[0], &failure));
    cancel_shield_end();
    if (!undone)
        err_hint(
            err,
            "What was made before could not be dropped (%s). Drop it: publication \"%s\", slot \"%s\".",
            failure.message, create->publications.items[0], create->slot);
    return false;
}

bool
subscription_make(SubscriptionCreate *create, Err *err)
{
    const SubscriptionWork *work = create->work;
    size_t n_done;

    if (!check_right(create, err) || !find_connection(create, err) ||
        !conninfo_check(create->connection, "--connection", err) ||
        (create->makes_publication && !subscription_require_publisher(work, err)))
        return false;
    if (work->publisher && (!check_publications(create, err) || !check_slot(create, err)))
        return false;
    if (!plan(create, err) || (!work->block.context->config->dry_run &&
                               !execute(create, &n_done, err) && !undo(create, n_done, err)))
        return false;
    block_report(&create->work->block, &create->change);
    return true;
}
