#include "repl/subscription.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "pg/quote.h"
#include "sql/sql.h"

void
subscription_add_sql(Str *sql, int subscriber_version, const SubscriptionSpec *spec)
{
    sql_format(
        sql,
        "CREATE SUBSCRIPTION %I CONNECTION %L PUBLICATION %I WITH (create_slot = false, copy_data = false, enabled = false, slot_name = %L",
        spec->name, spec->publisher_conninfo, spec->name, spec->name);
    /* Large transactions arrive while they run instead of all at once after their commit. */
    if (feature_available(FEATURE_STREAM_IN_PROGRESS, subscriber_version))
        str_add(sql, ", streaming = on");
    /* Not as each table's owner, whom forced row-level security or missing rights on an own table would stop. */
    if (feature_available(FEATURE_RUN_AS_OWNER, subscriber_version))
        str_add(sql, ", run_as_owner = true");
    if (spec->only_local_changes &&
        feature_available(FEATURE_SUBSCRIPTION_ORIGIN, subscriber_version))
        str_add(sql, ", origin = none");
    str_add(sql, ")");
}

/* The statement holds a password: a server that logs statements, or only those that fail, is not to log this one. */
static bool
create(Conn *subscriber, const SubscriptionSpec *spec, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    subscription_add_sql(&sql, conn_version(subscriber), spec);
    sql_format(&sql, "; COMMENT ON SUBSCRIPTION %I IS %L", spec->name, spec->comment);
    return conn_run(subscriber, sql_pg_quiet_log, NO_PARAMS, NULL, err) &&
           conn_exec(subscriber, sql.data, err);
}

bool
subscription_create(Conn *subscriber, const SubscriptionSpec *spec, Err *err)
{
    bool in_transaction = PQtransactionStatus(conn_pg(subscriber)) == PQTRANS_INTRANS;
    cleanup_(err_release) Err ignored = {0};

    if (!in_transaction && !conn_exec(subscriber, "BEGIN", err))
        return false;
    if (create(subscriber, spec, err))
        return in_transaction || conn_exec(subscriber, "COMMIT", err);
    if (!in_transaction && !conn_exec(subscriber, "ROLLBACK", &ignored) &&
        ignored.code == ERR_UNREACHABLE)
        err_move(err, &ignored);
    return err_context(err, "creating subscription \"%s\"", spec->name);
}

static bool
exists(Conn *subscriber, const char *name, bool *ret_exists, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(subscriber, sql_repl_subscription_read, PARAMS(name), &result, err))
        return false;
    *ret_exists = PQntuples(result) > 0;
    return true;
}

static bool
alter(Conn *subscriber, const char *name, const char *change, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "ALTER SUBSCRIPTION %I %R", name, change);
    return conn_exec(subscriber, sql.data, err) ||
           err_context(err, "altering subscription \"%s\"", name);
}

bool
subscription_enable(Conn *subscriber, const char *name, Err *err)
{
    return alter(subscriber, name, "ENABLE", err);
}

bool
subscription_disable(Conn *subscriber, const char *name, Err *err)
{
    if (!alter(subscriber, name, "DISABLE", err))
        return false;
    for (;;)
    {
        cleanup_(arena_release) Arena arena = {0};
        SubscriptionState state;

        /* Before 16 a worker that has nothing to do looks only once a second whether it is still wanted. */
        if (!conn_run(subscriber, sql_repl_end_workers, PARAMS(name), NULL, err) ||
            !subscription_read(subscriber, name, &arena, &state, err))
            return false;
        if (!state.has_worker)
            return true;
        if (!cancel_sleep(2, err))
            return false;
    }
}

bool
subscription_drop(Conn *subscriber, const char *name, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    bool found;

    if (!exists(subscriber, name, &found, err))
        return false;
    if (!found)
        return true;
    if (!subscription_disable(subscriber, name, err) ||
        !alter(subscriber, name, "SET (slot_name = NONE)", err))
        return false;
    sql_format(&sql, "DROP SUBSCRIPTION %I", name);
    return conn_exec(subscriber, sql.data, err) ||
           err_context(err, "dropping subscription \"%s\"", name);
}

/* The text of the log line, with those that continue it, that begins with `label` within [from, to); NULL if there is none. */
static const char *
log_text(Arena *arena, const char *from, const char *to, const char *label)
{
    const char *found = strstr(from, label);
    const char *end;
    char *text;

    if (!found || found >= to)
        return NULL;
    found += strlen(label);
    end = found + strcspn(found, "\n");
    /* From 18 on it is in the second line which row a conflict is about. */
    while (end[0] == '\n' && end[1] == '\t')
        end += 2 + strcspn(end + 2, "\n");
    text = arena_strndup(arena, found, (size_t)(end - found));
    for (char *p = text; *p; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    return text;
}

/*
 * The last error of a subscription's worker in the end of a server log. Its ERROR line is followed by DETAIL and, from 15 on, by a
 * CONTEXT that names the replication origin; an older server's log does not tell whose an error was.
 */
static void
last_error(Arena *arena, const char *log, const char *origin, SubscriptionError *error)
{
    static const char label[] = "ERROR:  ";
    cleanup_(str_release) Str mark = STR_INIT;

    str_addf(&mark, "replication origin \"%s\"", origin);
    for (const char *p = strstr(log, label); p; p = strstr(p + 1, label))
    {
        const char *next = strstr(p + 1, label);
        const char *context = strstr(p, mark.data);
        const char *lsn;
        const char *detail;

        if (!context || (next && context > next))
            continue;
        error->text = log_text(arena, p, context, label);
        detail = log_text(arena, p, context, "DETAIL:  ");
        if (detail)
            error->text = arena_printf(arena, "%s (%s)", error->text, detail);
        lsn = log_text(arena, context, context + strcspn(context, "\n"), "finished at ");
        error->finish_lsn =
            lsn ? arena_strndup(arena, lsn, strspn(lsn, "0123456789ABCDEF/")) : NULL;
    }
}

bool
subscription_last_error(Conn *subscriber, const char *oid, Arena *arena,
                        SubscriptionError *ret_error, Err *err)
{
    cleanup_(err_release) Err ignored = {0};
    const char *log;

    *ret_error = (SubscriptionError){0};
    if (conn_value(subscriber, arena, sql_repl_server_log, NO_PARAMS, &log, &ignored) && log)
        last_error(arena, log, arena_printf(arena, "pg_%s", oid), ret_error);
    return ignored.code != ERR_UNREACHABLE || err_move(err, &ignored);
}

static bool
read_error(Conn *subscriber, const char *oid, Arena *arena, SubscriptionState *state, Err *err)
{
    SubscriptionError error;
    const char *value;

    state->apply_errors = -1;
    if (conn_has(subscriber, FEATURE_SUBSCRIPTION_STATS))
    {
        if (!conn_value(
                subscriber, arena,
                "SELECT apply_error_count FROM pg_catalog.pg_stat_subscription_stats WHERE subid = $1::oid",
                PARAMS(oid), &value, err))
            return false;
        state->apply_errors = value ? strtoll(value, NULL, 10) : 0;
    }
    if (state->has_worker && state->apply_errors == 0)
        return true;
    if (!subscription_last_error(subscriber, oid, arena, &error, err))
        return false;
    state->error_text = error.text;
    return true;
}

bool
subscription_read(Conn *subscriber, const char *name, Arena *arena, SubscriptionState *ret_state,
                  Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *ret_state = (SubscriptionState){0};
    if (!conn_query(subscriber, sql_repl_subscription_read, PARAMS(name), &result, err))
        return err_context(err, "reading subscription \"%s\"", name);
    if (PQntuples(result) == 0)
        return true;
    ret_state->exists = true;
    ret_state->is_enabled = result_bool(result, 0, 0);
    ret_state->has_worker = result_bool(result, 0, 1);
    ret_state->tables = result_i64(result, 0, 2);
    ret_state->tables_ready = result_i64(result, 0, 3);
    return !ret_state->is_enabled ||
           read_error(subscriber, result_text(result, 0, 4), arena, ret_state, err);
}
