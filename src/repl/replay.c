#include "base/cancel.h"
#include "base/clock.h"
#include "pg/lsn.h"
#include "repl/origin.h"
#include "repl/rewind.h"
#include "repl/subscription.h"
#include "sql/sql.h"

enum
{
    STATISTICS_PATIENCE_MS = 1500, /* a worker tells its statistics once a second at the most */
};

/* conflicts: those since `since`, NULL: all. */
static bool
read_counts(Conn *subscriber, const Rewind *rewind, const char *since, Arena *arena,
            ReplayBase *ret_counts, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *ret_counts = (ReplayBase){.n_errors = -1};
    if (!conn_has(subscriber, FEATURE_SUBSCRIPTION_STATS))
        return true;
    if (!conn_query(subscriber, sql_repl_replay_counts, PARAMS(rewind->oid, since), &result, err))
        return err_context(err, "reading the statistics of subscription \"%s\"",
                           rewind->wish->subscription);
    if (PQntuples(result) > 0)
        *ret_counts = (ReplayBase){.n_errors = result_i64(result, 0, 0),
                                   .conflicts = arena_strdup(arena, result_text(result, 0, 1))};
    return true;
}

bool
replay_base(Conn *subscriber, const Rewind *rewind, Arena *arena, ReplayBase *ret_base, Err *err)
{
    return read_counts(subscriber, rewind, NULL, arena, ret_base, err);
}

/* Has the worker failed since? Before 15 nothing counts that: there it has when none is running at the end. */
static bool
read_replay_error(Conn *subscriber, const Rewind *rewind, Arena *arena, Replay *replay, Err *err)
{
    SubscriptionError error;

    if (!subscription_last_error(subscriber, rewind->oid, arena, &error, err))
        return false;
    replay->error = error.text;
    return true;
}

static bool
look(Conn *subscriber, const Rewind *rewind, const ReplayBase *base, bool is_late, Arena *arena,
     Replay *replay, Err *err)
{
    SubscriptionState state;
    ReplayBase now;

    if (!origin_position(subscriber, arena, rewind->origin, &replay->position, err))
        return false;
    if (lsn_of(replay->position) >= lsn_of(rewind->from))
    {
        replay->state = REPLAY_DONE;
        return true;
    }
    if (!read_counts(subscriber, rewind, base->conflicts, arena, &now, err) ||
        !subscription_read(subscriber, rewind->wish->subscription, arena, &state, err))
        return false;
    if (now.n_errors > base->n_errors || !state.is_enabled ||
        (is_late && now.n_errors < 0 && !state.has_worker))
    {
        replay->state = REPLAY_STOPPED;
        return read_replay_error(subscriber, rewind, arena, replay, err);
    }
    replay->state = REPLAY_RUNNING;
    return true;
}

static bool
read_conflicts(Conn *subscriber, const Rewind *rewind, const ReplayBase *base, Arena *arena,
               Replay *replay, Err *err)
{
    int64_t deadline = clock_ms() + STATISTICS_PATIENCE_MS;

    for (;;)
    {
        ReplayBase now;

        if (!read_counts(subscriber, rewind, base->conflicts, arena, &now, err))
            return false;
        replay->conflicts = now.conflicts;
        if (now.conflicts || !conn_has(subscriber, FEATURE_CONFLICT_STATS) || clock_ms() > deadline)
            return true;
        if (!cancel_sleep(50, err))
            return false;
    }
}

bool
replay_watch(Conn *subscriber, const Rewind *rewind, const ReplayBase *base, int timeout_ms,
             Arena *arena, Replay *ret_replay, Err *err)
{
    int64_t deadline = clock_ms() + timeout_ms;

    *ret_replay = (Replay){0};
    for (;;)
    {
        bool is_late = clock_ms() > deadline;

        if (!look(subscriber, rewind, base, is_late, arena, ret_replay, err))
            return false;
        if (ret_replay->state != REPLAY_RUNNING || is_late)
            return read_conflicts(subscriber, rewind, base, arena, ret_replay, err);
        if (!cancel_sleep(50, err))
            return false;
    }
}
