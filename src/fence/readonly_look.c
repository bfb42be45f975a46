/* What can be known of a pause, or of a database that is to be paused, without changing anything. */
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "fence/readonly_look.h"
#include "sql/sql.h"

enum
{
    OLD_PREPARED_S = 5 /* a prepared transaction of that age will hardly end within the pause */
};

static bool
read_statements(Conn *conn, const char *query, const Params *params, Arena *arena,
                Names *ret_statements, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    int column;

    if (!conn_query(conn, query, params, &result, err))
        return false;
    column = result_column(result, "statement");
    for (int row = 0; row < PQntuples(result); row++)
        if (result_text(result, row, column))
            *vec_push(ret_statements, arena) =
                arena_strdup(arena, result_text(result, row, column));
    return true;
}

bool
readonly_plan(Conn *conn, bool revoke_connect, Arena *arena, Names *ret_statements, Err *err)
{
    return read_statements(conn, sql_fence_pause_plan, PARAMS(revoke_connect ? "t" : "f"), arena,
                           ret_statements, err);
}

bool
readonly_undo_plan(Conn *conn, Arena *arena, Names *ret_statements, Err *err)
{
    const char *has_pause;

    if (!conn_value(conn, arena,
                    "SELECT pg_catalog.to_regclass('pgbaton.write_pause_change') IS NOT NULL",
                    NO_PARAMS, &has_pause, err))
        return false;
    return *has_pause != 't' ||
           read_statements(conn, sql_fence_pause_undo_plan, NO_PARAMS, arena, ret_statements, err);
}

/* What is in the tables, which may not be there. */
static bool
read_record(Conn *conn, Arena *arena, bool has_fence, bool has_pause, ReadonlyState *state,
            Err *err)
{
    cleanup_(result_release) PGresult *closed = NULL;
    cleanup_(result_release) PGresult *pause = NULL;
    const char *value;

    if (has_fence &&
        !conn_query(
            conn,
            "SELECT migration, pg_catalog.date_trunc('second', closed_at) FROM pgbaton.fence ORDER BY closed_at DESC",
            NO_PARAMS, &closed, err))
        return false;
    if (closed && PQntuples(closed) > 0)
    {
        state->closed_by = arena_strdup(arena, PQgetvalue(closed, 0, 0));
        state->closed_since = arena_strdup(arena, PQgetvalue(closed, 0, 1));
    }
    if (!has_pause)
        return true;
    if (!conn_query(
            conn,
            "SELECT id, migration, pg_catalog.date_trunc('second', paused_at), paused_by, pg_catalog.date_trunc('second', until),"
            " EXISTS (SELECT FROM pgbaton.write_pause_change WHERE kind = 'revoked') FROM pgbaton.write_pause",
            NO_PARAMS, &pause, err) ||
        !conn_value(conn, arena, "SELECT EXISTS (SELECT FROM pgbaton.write_pause_change)",
                    NO_PARAMS, &value, err))
        return false;
    state->has_record = PQntuples(pause) > 0 || *value == 't';
    if (PQntuples(pause) == 0)
        return true;
    state->is_paused = state->is_read_only;
    state->paused_for = arena_strdup(arena, result_text(pause, 0, 1));
    state->paused_since = arena_strdup(arena, PQgetvalue(pause, 0, 2));
    state->paused_by = arena_strdup(arena, PQgetvalue(pause, 0, 3));
    state->paused_until = arena_strdup(arena, result_text(pause, 0, 4));
    state->connect_revoked = result_bool(pause, 0, 5);
    if (!conn_value(conn, arena, sql_fence_pause_guard, PARAMS(PQgetvalue(pause, 0, 0)), &value,
                    err))
        return false;
    state->has_guard = value != NULL;
    return true;
}

bool
readonly_read(Conn *conn, Arena *arena, ReadonlyState *ret_state, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(result_release) PGresult *may_write = NULL;

    memset(ret_state, 0, sizeof(*ret_state));
    if (!conn_query(conn, sql_fence_state, NO_PARAMS, &result, err) ||
        !conn_query(conn, sql_fence_may_write, NO_PARAMS, &may_write, err))
        return false;
    ret_state->is_read_only = result_bool(result, 0, result_column(result, "is_read_only"));
    ret_state->n_sessions = result_i64(result, 0, result_column(result, "sessions"));
    ret_state->n_writing = result_i64(result, 0, result_column(result, "writing"));
    ret_state->n_prepared = result_i64(result, 0, result_column(result, "prepared"));
    ret_state->has_journal = result_bool(result, 0, result_column(result, "has_journal"));
    for (int row = 0; row < PQntuples(may_write); row++)
        *vec_push(&ret_state->may_write, arena) =
            arena_strdup(arena, PQgetvalue(may_write, row, 0));
    return read_record(conn, arena, result_bool(result, 0, result_column(result, "has_fence")),
                       result_bool(result, 0, result_column(result, "has_pause")), ret_state, err);
}

static bool
refuse_rights(Conn *conn, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    const char *dbname = conn_dbname(conn);

    if (!conn_query(conn, sql_fence_state, NO_PARAMS, &result, err))
        return false;
    if (!result_bool(result, 0, result_column(result, "is_owner")))
    {
        const char *owner = PQgetvalue(result, 0, result_column(result, "owner"));

        err_set(err, ERR_REFUSED, "this role may not make database \"%s\" read-only", dbname);
        err_detail(err, "Only its owner \"%s\" and superusers may change its settings.", owner);
        return err_hint(err, "Connect as one of them, or GRANT \"%s\" TO the role of --%s", owner,
                        side_name(conn_side(conn)));
    }
    if (result_bool(result, 0, result_column(result, "has_plpgsql")))
        return true;
    err_set(err, ERR_REFUSED, "database \"%s\" has no PL/pgSQL", dbname);
    err_detail(err, "The server needs it to end a pause by itself.");
    return err_hint(err, "In that database: CREATE EXTENSION plpgsql");
}

bool
readonly_refuse_other(Conn *conn, const char *migration, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    ReadonlyState state;
    const char *dbname = conn_dbname(conn);

    if (!readonly_read(conn, &arena, &state, err))
        return false;
    if (state.closed_by)
    {
        err_set(err, ERR_REFUSED, "database \"%s\" was closed by the switchover of \"%s\"", dbname,
                state.closed_by);
        err_detail(err, "It is read-only since %s, and its writers have moved.",
                   state.closed_since);
        return err_hint(err, "See where they are with: pgbaton status");
    }
    if (!state.is_paused || (!migration && !state.paused_for) ||
        (migration && state.paused_for && strcmp(migration, state.paused_for) == 0))
        return true;
    err_set(err, ERR_REFUSED, "writes to database \"%s\" are paused already", dbname);
    err_detail(err, "%s%s did it, %s.", state.paused_for ? "Migration " : "The command of ",
               state.paused_for ? state.paused_for : state.paused_by, state.paused_since);
    return err_hint(err,
                    state.paused_for
                        ? "Wait for its switchover to end, or run it again: pgbaton switchover"
                        : "Take it back first: pgbaton writes resume %s",
                    side_name(conn_side(conn)));
}

static bool
refuse_foreign_grants(Conn *conn, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_fence_pause_plan, PARAMS("t"), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        const char *grantee = PQgetvalue(result, row, 2);
        const char *grantor = PQgetvalue(result, row, 3);

        if (strcmp(PQgetvalue(result, row, 0), "foreign") != 0)
            continue;
        err_set(err, ERR_REFUSED, "CONNECT on database \"%s\" cannot be taken from \"%s\"",
                conn_dbname(conn), grantee);
        err_detail(err, "It was granted by \"%s\", not by the database's owner.", grantor);
        return err_hint(err,
                        "Let the owner grant it instead, or pause without taking CONNECT away.");
    }
    return true;
}

/* In *ret_names those that were prepared at least so many seconds ago; "" when there is none. */
static bool
list_prepared(Conn *conn, int age_s, Str *ret_names, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    str_clear(ret_names);
    if (!conn_query(conn, sql_fence_prepared, PARAMS(PARAM_I64(age_s)), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        str_addf(ret_names, "%s%s", row ? "; " : "", PQgetvalue(result, row, 0));
    return true;
}

static bool
prepared_error(const Conn *conn, const char *names, Err *err)
{
    err_set(err, ERR_REFUSED, "database \"%s\" has prepared transactions", conn_dbname(conn));
    err_detail(err, "They can be committed in spite of the pause: %s.", names);
    return err_hint(err, "COMMIT PREPARED or ROLLBACK PREPARED each of them, and try again.");
}

static bool
refuse_prepared(Conn *conn, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    return list_prepared(conn, OLD_PREPARED_S, &names, err) &&
           (names.len == 0 || prepared_error(conn, names.data, err));
}

bool
readonly_wait_for_prepared(Conn *conn, int64_t deadline_ms, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    for (;;)
    {
        if (!list_prepared(conn, 0, &names, err))
            return false;
        if (names.len == 0)
            return true;
        if (clock_ms() >= deadline_ms)
            return prepared_error(conn, names.data, err);
        if (!cancel_sleep(5, err))
            return false;
    }
}

bool
readonly_refuse(Conn *conn, const Readonly *fence, Err *err)
{
    return refuse_rights(conn, err) && readonly_refuse_other(conn, fence->migration, err) &&
           (!fence->revoke_connect || refuse_foreign_grants(conn, err)) &&
           refuse_prepared(conn, err) &&
           fence_refuse_unendable(conn, fence->own_pids ? fence->own_pids : "{}", err);
}
