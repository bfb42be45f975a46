/* Probes of connections: each server's way to the other one, poolers in the path, and whether the two are one. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "check/run.h"
#include "pg/conninfo.h"
#include "pg/quote.h"
#include "sql/sql.h"

/* SQLSTATEs of a CREATE SUBSCRIPTION that fails. */
#define PASSWORD_IS_REQUIRED   "2F003"
#define PUBLICATION_IS_MISSING "42704"
#define QUERY_CANCELED         "57014"

/* conn_error's words before those of the server. */
static const char *
server_words(const char *message)
{
    static const char *const prefixes[] = {
        "lost the connection to the source: ", "lost the connection to the target: ", "source: ",
        "target: "};

    for (size_t i = 0; i < lengthof(prefixes); i++)
        if (strncmp(message, prefixes[i], strlen(prefixes[i])) == 0)
            return message + strlen(prefixes[i]);
    return message;
}

static const char *
publisher_conninfo(CheckRun *run, Side publisher)
{
    const ServerConfig *server =
        publisher == SIDE_SOURCE ? &run->config->source : &run->config->target;
    const Conn *conn = publisher == SIDE_SOURCE ? run->source : run->target;
    const char *conninfo = server->conninfo_from_other;

    if (!*conninfo)
        conninfo = conninfo_of_connection(run->arena, conn_pg(conn), true);
    return conninfo_with(run->arena, conninfo, "dbname", conn_dbname(conn));
}

static bool
create_trial(Conn *subscriber, const char *conninfo, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(
        &sql,
        "CREATE SUBSCRIPTION pgbaton_trial CONNECTION %L PUBLICATION pgbaton_trial "
        "WITH (create_slot = false, enabled = false, copy_data = false, slot_name = pgbaton_trial)",
        conninfo);
    /* The server heeds no connect_timeout here, but a statement's. */
    return conn_exec(subscriber, "BEGIN; SET LOCAL statement_timeout = '15s'", err) &&
           conn_run(subscriber, sql_pg_quiet_log, NO_PARAMS, NULL, err) &&
           conn_exec(subscriber, sql.data, err);
}

/* Creates a subscription in a transaction that is rolled back, which makes the server connect as an apply worker would. */
static bool
try_subscription(Conn *subscriber, const char *conninfo, Err *err)
{
    cleanup_(err_release) Err ignored = {0};
    bool ok = create_trial(subscriber, conninfo, err);

    if (!conn_exec(subscriber, "ROLLBACK", ok ? err : &ignored))
        return false;
    return ok;
}

static void
find_unreachable(CheckRun *run, Side publisher, const char *conninfo, const Err *failure)
{
    Side subscriber = publisher == SIDE_SOURCE ? SIDE_TARGET : SIDE_SOURCE;
    const char *setting =
        publisher == SIDE_SOURCE ? "source.conninfo_from_target" : "target.conninfo_from_source";
    const char *message = arena_printf(run->arena, "the server of the %s cannot connect to the %s",
                                       side_name(subscriber), side_name(publisher));

    if (strcmp(failure->sqlstate, PASSWORD_IS_REQUIRED) == 0)
        check_find_text(
            run, CHECK_BLOCKS, message,
            arena_strdup(run->arena, failure->detail ? failure->detail : failure->message),
            arena_printf(
                run->arena,
                "Put a password into --%s (or %s) and let pg_hba.conf of the %s ask for it (scram-sha-256), or "
                "connect to the %s as a superuser.",
                side_name(publisher), setting, side_name(publisher), side_name(subscriber)));
    else
        check_find_text(
            run, CHECK_BLOCKS, message,
            strcmp(failure->sqlstate, QUERY_CANCELED) == 0
                ? arena_printf(run->arena, "It got no answer from %s within 15 s.",
                               conninfo_redacted(run->arena, conninfo))
                : arena_printf(run->arena, "It tried %s: %s.",
                               conninfo_redacted(run->arena, conninfo),
                               server_words(failure->message)),
            arena_printf(
                run->arena,
                "Give its way to the %s as %s in the config file, and let it in by pg_hba.conf of the %s (\"host %s "
                "%s ADDRESS scram-sha-256\", then SELECT pg_reload_conf()).",
                side_name(publisher), setting, side_name(publisher),
                conninfo_value(run->arena, conninfo, "dbname"),
                conninfo_value(run->arena, conninfo, "user")));
}

static bool
probe_reach(CheckRun *run, Side publisher, Err *err)
{
    Conn *subscriber = publisher == SIDE_SOURCE ? run->target : run->source;
    cleanup_(err_release) Err failure = {0};
    const char *conninfo = publisher_conninfo(run, publisher);
    const char *in_recovery;

    if (!conn_value(subscriber, run->arena, "SELECT pg_catalog.pg_is_in_recovery()", NO_PARAMS,
                    &in_recovery, err))
        return false;
    if (*in_recovery == 't')
        return check_not_run(run, arena_printf(run->arena, "the %s is a standby",
                                               side_name(conn_side(subscriber)))),
               true;
    if (try_subscription(subscriber, conninfo, &failure) ||
        strcmp(failure.sqlstate, PUBLICATION_IS_MISSING) == 0)
        return true;
    if (conn_is_broken(subscriber) || failure.code == ERR_STOPPED)
        return err_move(err, &failure);
    if (strcmp(failure.sqlstate, "42501") == 0 && !strstr(failure.message, "could not connect"))
        check_not_run(run,
                      arena_printf(run->arena, "this role may not create subscriptions on the %s",
                                   side_name(conn_side(subscriber))));
    else
        find_unreachable(run, publisher, conninfo, &failure);
    return true;
}

bool
probe_source_from_target(CheckRun *run, Err *err)
{
    return probe_reach(run, SIDE_SOURCE, err);
}

bool
probe_target_from_source(CheckRun *run, Err *err)
{
    return probe_reach(run, SIDE_TARGET, err);
}

/* Slots and their snapshots are made through a walsender session, which poolers do not pass on. */
bool
probe_replication_connection(CheckRun *run, Err *err)
{
    cleanup_(conn_close_pointer) Conn *walsender = NULL;
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(err_release) Err failure = {0};

    if (conn_open_replication(run->in->source, conn_dbname(run->source), &walsender, &failure) &&
        conn_simple(walsender, "IDENTIFY_SYSTEM", &result, &failure))
        return true;
    if (failure.code == ERR_STOPPED)
        return err_move(err, &failure);
    check_find_text(
        run, CHECK_BLOCKS, "the source does not accept a replication connection",
        arena_strdup(run->arena, failure.detail ? failure.detail : failure.message),
        arena_printf(
            run->arena,
            "Connect to the server itself, not to a pooler; the role needs ALTER ROLE \"%s\" REPLICATION, and pg_hba.conf "
            "a line for database \"%s\" (then SELECT pg_reload_conf()).",
            PQuser(conn_pg(run->source)), conn_dbname(run->source)));
    return true;
}

/* A lock that only this session holds, seen from the other side, proves one cluster; addresses and identifiers do not. */
static bool
is_same_cluster(CheckRun *run, bool *ret_same, const char **ret_dbname, Err *err)
{
    const char *key = arena_printf(run->arena, "%lld",
                                   (long long)((clock_us() * 4194304LL + getpid()) & INT64_MAX));
    cleanup_(err_release) Err ignored = {0};
    const char *locked;
    const char *dbname;
    bool ok;

    if (!conn_value(run->source, run->arena, "SELECT pg_catalog.pg_try_advisory_lock($1::bigint)",
                    PARAMS(key), &locked, err))
        return false;
    ok = conn_value(run->target, run->arena, sql_check_advisory_lock,
                    PARAMS(key, PARAM_I64(PQbackendPID(conn_pg(run->source)))), &dbname, err);
    if (!conn_run(run->source, "SELECT pg_catalog.pg_advisory_unlock($1::bigint)", PARAMS(key),
                  NULL, ok ? err : &ignored) ||
        !ok)
        return false;
    *ret_same = dbname != NULL;
    *ret_dbname = dbname;
    return true;
}

bool
probe_same_database(CheckRun *run, Err *err)
{
    const char *dbname;
    bool same;

    if (!is_same_cluster(run, &same, &dbname, err))
        return false;
    if (!same)
        return true;
    if (run->target_exists && strcmp(dbname, conn_dbname(run->target)) == 0)
        check_find_text(
            run, CHECK_BLOCKS,
            arena_printf(run->arena, "source and target are the same database \"%s\"", dbname),
            "A lock taken through --source is seen through --target.",
            "Give another server, or another database, as --target.");
    else
        check_find_text(run, CHECK_INFORMS, "source and target are databases of the same server",
                        "Its slots, senders and workers serve both sides.", NULL);
    return true;
}

bool
probe_system_identifiers(CheckRun *run, Err *err)
{
    const char *source = conn_system_identifier(run->source);
    const char *target = conn_system_identifier(run->target);
    const char *dbname;
    bool same;

    if (!*source || !*target)
    {
        check_find_text(
            run, CHECK_WARNS,
            arena_printf(run->arena, "the system identifier of the %s is not readable",
                         *source ? "target" : "source"),
            "Without it nothing notices that a host name has come to mean another server.",
            arena_printf(
                run->arena,
                "As a superuser on the %s: GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO \"%s\"",
                *source ? "target" : "source",
                PQuser(conn_pg(*source ? run->target : run->source))));
        return true;
    }
    if (strcmp(source, target) != 0)
        return true;
    if (!is_same_cluster(run, &same, &dbname, err))
        return false;
    if (!same)
        check_find_text(
            run, CHECK_INFORMS,
            arena_printf(run->arena, "both servers have the system identifier %s", source),
            "One was made as a physical copy of the other, so a pinned identifier does not tell them apart.",
            NULL);
    return true;
}
