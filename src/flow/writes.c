#include "flow/writes.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "flow/flow.h"
#include "sql/sql.h"

enum
{
    GUARD_MARGIN_MS = 30000 /* beyond the deadlines of all databases */
};

/* No migration has a name with a blank. */
static const char lock_name[] = "writes pause";

bool
writes_databases(const Config *config, Side side, Arena *arena, StringList *ret_databases, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = config_server(config, side);
    bool is_listed = config->databases.len > 0 && strcmp(config->databases.items[0], "*") != 0;
    Names names = {0};

    for (size_t i = 0; is_listed && i < config->databases.len; i++)
        *vec_push(&names, arena) =
            side == SIDE_SOURCE ? config->databases.items[i]
                                : flow_target_dbname(config, arena, config->databases.items[i]);
    if (!is_listed && !conn_open(&server, NULL, "inspect", &conn, err))
        return false;
    if (!is_listed && config->databases.len > 0 && !catalog_databases(conn, arena, &names, err))
        return false;
    if (!is_listed && config->databases.len == 0)
        *vec_push(&names, arena) = arena_strdup(arena, conn_dbname(conn));
    *ret_databases = (StringList){.items = names.items, .len = names.len};
    return true;
}

static bool
read_state(Conn *conn, Arena *arena, WritesState *ret_state, Err *err)
{
    ReadonlyState *fence = &ret_state->fence;
    const char *guarded_by = NULL;

    *ret_state =
        (WritesState){.database = arena_strdup(arena, conn_dbname(conn)), .side = conn_side(conn)};
    if (!readonly_read(conn, arena, fence, err) ||
        (fence->has_journal &&
         !conn_value(conn, arena, sql_flow_writes_guarded, NO_PARAMS, &guarded_by, err)))
        return false;
    ret_state->migration = fence->closed_by       ? fence->closed_by
                           : !fence->is_read_only ? NULL
                           : fence->is_paused     ? fence->paused_for
                                                  : guarded_by;
    ret_state->state = fence->closed_by       ? "closed"
                       : !fence->is_read_only ? "open"
                       : fence->is_paused     ? (fence->paused_for ? "pausing" : "paused")
                       : guarded_by           ? "guarded"
                                              : "read-only";
    return true;
}

bool
writes_read(const Config *config, Side side, const char *database, Arena *arena,
            WritesState *ret_state, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = config_server(config, side);

    return conn_open(&server, database, "look", &conn, err) &&
           read_state(conn, arena, ret_state, err);
}

/* Two operators at the same database. */
static bool
take_lock(Conn *conn, Arena *arena, Err *err)
{
    const char *value;

    if (!conn_value(conn, arena, sql_flow_try_lock, PARAMS(lock_name), &value, err))
        return false;
    if (*value == 't')
        return true;
    if (!conn_value(conn, arena, sql_flow_lock_holder, PARAMS(lock_name), &value, err))
        return false;
    err_set(err, ERR_BUSY, "another pgbaton is pausing or resuming writes to database \"%s\"",
            conn_dbname(conn));
    err_detail(err, "It holds the lock on the %s: %s.", side_name(conn_side(conn)),
               value ? value : "it has just ended");
    return err_hint(err, "Wait for it, then look: pgbaton writes status %s",
                    side_name(conn_side(conn)));
}

static bool
refuse_guarded(const WritesState *state, Err *err)
{
    err_set(err, ERR_REFUSED, "database \"%s\" is read-only until the switchover of \"%s\"",
            state->database, state->migration);
    err_detail(err, "Strangers are not to write to the target before.");
    return err_hint(
        err,
        "It is opened by: pgbaton switchover, or, if you give the migration up: pgbaton cleanup");
}

static bool
refuse_closed(const WritesState *state, Err *err)
{
    err_set(err, ERR_REFUSED, "database \"%s\" was closed by the switchover of \"%s\"",
            state->database, state->migration);
    err_detail(err, "It is read-only since %s, and its writers have moved.",
               state->fence.closed_since);
    return err_hint(
        err,
        "Move them back by: pgbaton rollback; if the switchover is not finished (see pgbaton status), finish it first: pgbaton switchover --yes");
}

static bool
refuse_pausing(const WritesState *state, Err *err)
{
    err_set(err, ERR_REFUSED, "writes to database \"%s\" are paused by a switchover of \"%s\"",
            state->database, state->migration);
    err_detail(err, "The server resumes them by itself at %s.", state->fence.paused_until);
    return err_hint(err, "Stop that pgbaton, or wait.");
}

static bool
refuse_read_only(const WritesState *state, Err *err)
{
    err_set(err, ERR_REFUSED, "database \"%s\" is read-only, but not by a pause", state->database);
    err_detail(err, "pgbaton has no record of what was before.");
    return err_hint(
        err,
        "If it is to be written to, from another database: ALTER DATABASE … RESET default_transaction_read_only");
}

static bool
make_fence(const Server *server, Conn *conn, bool revoke_connect, Arena *arena, Readonly *ret_fence,
           Err *err)
{
    *ret_fence = (Readonly){.server = server, .revoke_connect = revoke_connect};
    return conn_value(conn, arena, sql_flow_writes_own,
                      PARAMS(arena_printf(arena, "%s ", server->application_name)),
                      &ret_fence->own_pids, err);
}

/* Opens a session, with the lock, and refuses what neither command may touch. */
static bool
begin(const Server *server, const char *database, Arena *arena, Conn **ret_conn,
      WritesState *ret_state, Err *err)
{
    return conn_open(server, database, "writes", ret_conn, err) &&
           take_lock(*ret_conn, arena, err) && read_state(*ret_conn, arena, ret_state, err) &&
           (*ret_state->state != 'c' || refuse_closed(ret_state, err)) &&
           (*ret_state->state != 'g' || refuse_guarded(ret_state, err));
}

typedef struct Pausing
{
    Conn *conn;
    Readonly fence;
} Pausing;

static bool
pause_one(const Server *server, const char *database, int budget_ms, int timeout_ms,
          bool revoke_connect, Arena *arena, Pausing *pausing, Err *err)
{
    WritesState before;

    if (!begin(server, database, arena, &pausing->conn, &before, err))
        return false;
    if (!make_fence(server, pausing->conn, revoke_connect, arena, &pausing->fence, err))
        return false;
    pausing->fence.budget_ms = budget_ms;
    return readonly_raise(pausing->conn, &pausing->fence, clock_ms() + timeout_ms, arena, err);
}

/* Until they are resumed, or, for a time, left to their guards. */
static bool
settle(Pausing *pausing, bool is_for_good, Arena *arena, WritesPause *ret_pause, Err *err)
{
    ret_pause->ended = pausing->fence.ended;
    return (!is_for_good || readonly_keep(pausing->conn, &pausing->fence, err)) &&
           read_state(pausing->conn, arena, &ret_pause->state, err);
}

static void
resume_all(Pausing *all, size_t n)
{
    cleanup_(err_release) Err ignored = {0};

    cancel_shield_begin();
    for (size_t i = 0; i < n; i++)
        if (all[i].fence.id && readonly_lower(all[i].conn, NULL, NULL, &ignored))
            all[i].fence.is_settled = true;
    cancel_shield_end();
}

bool
writes_pause(const Config *config, Side side, const StringList *databases, int for_ms,
             int timeout_ms, bool revoke_connect, Arena *arena, WritesPause *ret_pauses, Err *err)
{
    Server server = config_server(config, side);
    size_t n = databases->len;
    Pausing *all = arena_alloc(arena, (n + 1) * sizeof(*all));
    int64_t budget_ms = for_ms ? for_ms : (int64_t)n * timeout_ms + GUARD_MARGIN_MS;
    bool ok = true;

    if (for_ms && for_ms < timeout_ms)
        timeout_ms = for_ms;
    for (size_t i = 0; ok && i < n; i++)
        ok = pause_one(&server, databases->items[i],
                       budget_ms < INT32_MAX ? (int)budget_ms : INT32_MAX, timeout_ms,
                       revoke_connect, arena, &all[i], err) ||
             err_context(err, "database \"%s\"", databases->items[i]);
    for (size_t i = 0; ok && i < n; i++)
        ok = settle(&all[i], for_ms == 0, arena, &ret_pauses[i], err);
    if (!ok)
        resume_all(all, n);
    for (size_t i = 0; i < n; i++)
    {
        readonly_release(&all[i].fence);
        conn_close(all[i].conn);
    }
    return ok;
}

/* Of a switchover only what was left behind: no guard waits any more. */
static bool
refuse_resume(const WritesState *state, Err *err)
{
    if (*state->state == 'r')
        return refuse_read_only(state, err);
    if (state->migration && state->fence.has_guard)
        return refuse_pausing(state, err);
    return true;
}

bool
writes_resume(const Config *config, Side side, const char *database, Arena *arena,
              bool *ret_was_paused, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = config_server(config, side);
    WritesState state;

    if (!begin(&server, database, arena, &conn, &state, err) || !refuse_resume(&state, err) ||
        !readonly_lower(conn, state.fence.paused_for, NULL, err))
        return false;
    *ret_was_paused = state.fence.has_record;
    return readonly_tidy(conn, err);
}

static void
add_plan(Str *sql, const WritesState *state, const Names *statements)
{
    str_addf(sql, "-- %s, database \"%s\"\n", side_name(state->side), state->database);
    for (size_t i = 0; i < statements->len; i++)
        str_addf(sql, "%s;\n", statements->items[i]);
}

bool
writes_plan_pause(const Config *config, Side side, const char *database, bool revoke_connect,
                  Arena *arena, Str *ret_sql, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = config_server(config, side);
    WritesState state;
    Readonly fence;
    Names statements = {0};

    if (!begin(&server, database, arena, &conn, &state, err))
        return false;
    if (!make_fence(&server, conn, revoke_connect, arena, &fence, err) ||
        !readonly_refuse(conn, &fence, err) ||
        !readonly_plan(conn, revoke_connect, arena, &statements, err))
        return false;
    add_plan(ret_sql, &state, &statements);
    str_addf(ret_sql, "-- then the sessions that began before are ended, at present %lld\n",
             (long long)state.fence.n_sessions);
    return true;
}

bool
writes_plan_resume(const Config *config, Side side, const char *database, Arena *arena,
                   Str *ret_sql, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = config_server(config, side);
    WritesState state;
    Names statements = {0};

    if (!begin(&server, database, arena, &conn, &state, err) || !refuse_resume(&state, err) ||
        !readonly_undo_plan(conn, arena, &statements, err))
        return false;
    add_plan(ret_sql, &state, &statements);
    return true;
}
