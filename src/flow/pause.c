#include "flow/pause.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "copy/copy.h"
#include "fence/fence.h"
#include "fence/pooler.h"
#include "flow/entries.h"
#include "flow/handover.h"
#include "flow/rest.h"
#include "flow/watchdog.h"
#include "flow/writers.h"
#include "sql/sql.h"

enum
{
    LEAST_SILENCE_MS = 1000,
    FINISH_SILENCE_MS = 10000, /* when nobody can write */
    REST_SILENCE_MS = 60000,
    FINISH_PATIENCE_MS = 600000 /* after the point of no return there is only forward */
};

Conn *
pause_old_side(const Flow *flow)
{
    return flow_conn(flow, flow->pause->handover->from);
}

Conn *
pause_new_side(const Flow *flow)
{
    return flow_conn(flow, flow->pause->handover->to);
}

static int64_t
deadline(const Flow *flow)
{
    return flow->pause->start_us / 1000 + flow->config->pause_budget_ms;
}

void
pause_limit_silence(Flow *flow)
{
    Pause *pause = flow->pause;
    int64_t silence_ms = flow->config->pause_budget_ms + flow->config->lock_timeout_ms;

    if (pause->is_closing)
        silence_ms = FINISH_SILENCE_MS;
    else if (pause->start_us)
        silence_ms = deadline(flow) - clock_ms();
    if (silence_ms < LEAST_SILENCE_MS)
        silence_ms = LEAST_SILENCE_MS;
    flow_set_patience(flow, (int)silence_ms);
    if (pause->fence)
        conn_set_patience(pause->fence, (int)silence_ms);
    if (pause->helper)
        conn_set_patience(pause->helper, (int)silence_ms);
    if (pause->recopy)
        conn_set_patience(pause->recopy, (int)silence_ms);
}

static bool
open_session(Flow *flow, Side side, const char *purpose, Conn **conn, Err *err)
{
    return *conn ||
           conn_open(flow_server(flow, side), flow_database(flow, side), purpose, conn, err);
}

const char *
pause_own_pids(const Flow *flow)
{
    const Conn *sessions[] = {flow->pause->fence, flow->pause->helper};
    cleanup_(str_release) Str pids = STR_INIT;

    for (size_t i = 0; i < lengthof(sessions); i++)
        if (sessions[i])
            str_addf(&pids, "%s%d", pids.len ? "," : "", PQbackendPID(conn_pg(sessions[i])));
    return arena_strdup(flow->arena, pids.len ? pids.data : "");
}

static bool
read_tables(Flow *flow, Err *err)
{
    PauseTables tables = {0};
    RelationRows relations = {0};

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];

        if (strcmp(r->kind, "large objects") == 0)
            tables.large_objects = true;
        else
            *vec_push(&tables.locked, flow->arena) = (QualifiedName){r->schema, r->name};
        if (strcmp(r->kind, "table") != 0)
            *vec_push(&tables.recopied, flow->arena) = *r;
    }
    flow->pause->tables = tables;
    return true;
}

static bool
open_sessions(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;

    return read_tables(flow, err) &&
           open_session(flow, pause->handover->from, "fence", &pause->fence, err) &&
           (pause->tables.recopied.len == 0 ||
            open_session(flow, pause->handover->to, "recopy", &pause->recopy, err));
}

/* Nobody but the streams writes there meanwhile, and they bring none. */
static bool
look_for_large_objects(Flow *flow, Err *err)
{
    bool any = false;

    if (flow->pause->tables.large_objects &&
        !catalog_has_large_objects(pause_new_side(flow), &any, err))
        return false;
    flow->pause->tables.new_side_has_none = !any;
    return true;
}

/*
 * The gates may be minutes ago, so all definitions are compared once more; the stamp, taken before, tells in the pause whether anything was
 * changed since. It is taken by the session that will hold the locks, whose caches it fills.
 */
static bool
warm_up_definitions(Flow *flow, Err *err)
{
    return conn_prepare(flow->pause->fence, sql_schema_stamp, err) &&
           schema_stamp(flow->pause->fence, flow->arena, &flow->pause->stamp, err) &&
           (config_skips(flow->config, "gate-drift") ||
            handover_refuse_drift(flow, pause_old_side(flow), DRIFT_IN_ALL, err));
}

/*
 * From here on the applications can write to the new side. On the target effect and outcome are one transaction; of the source it is the
 * effect that tells. It need not wait for the disk: what clients write comes after it in WAL.
 */
static bool
prepare_opening(Flow *flow, Err *err)
{
    const Handover *handover = flow->pause->handover;
    const char *migration = flow->config->migration;
    cleanup_(str_release) Str sql = STR_INIT;

    if (!readonly_add_open(pause_new_side(flow), &sql, err))
        return false;
    fence_add_forget(&sql, migration);
    if (handover->to == SIDE_TARGET)
        journal_add_end_step(&sql, migration, handover->name, "open");
    flow->pause->opening = arena_strdup(flow->arena, sql.data);
    return handover->to != SIDE_TARGET ||
           entries_any(flow, "at opening", &flow->pause->wakes_triggers, err);
}

bool
pause_warm_up(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;

    return open_sessions(flow, err) && prepare_opening(flow, err) &&
           look_for_large_objects(flow, err) &&
           stream_prepare_markers(flow, pause->handover->from, &pause->proof, err) &&
           open_session(flow, pause->handover->from, "sequences", &pause->helper, err) &&
           catalog_watch_sequences(pause_old_side(flow), pause->helper, flow->arena,
                                   &pause->sequences, err) &&
           catalog_set_sequences(pause_new_side(flow), &pause->sequences.values, err) &&
           fence_warm_up(pause_old_side(flow), err) && warm_up_definitions(flow, err);
}

bool
pause_begin(Flow *flow, Err *err)
{
    return gates_bound_waits(flow, 0, err) && watchdog_start(flow, err);
}

/* The session that holds the locks has nothing else to do while a marker is under way: it looks for changed definitions. */
bool
pause_raise_fence(Flow *flow, Err *err)
{
    /* Who waits at a pooler does not go on between two attempts. */
    int64_t until = flow->pause->holds_clients
                        ? deadline(flow)
                        : clock_ms() + (int64_t)FENCE_BUDGETS * flow->config->pause_budget_ms;

    return writers_stop(flow, flow->config->pause_budget_ms, until, err) &&
           conn_send(flow->pause->fence, sql_schema_stamp, err);
}

/* Only what rows and values depend on: no lock of ours keeps a function or a view from being changed. */
bool
pause_refuse_drift(Flow *flow, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_receive(flow->pause->fence, &result, err))
        return false;
    return strcmp(result_text(result, 0, 0), flow->pause->stamp) == 0 ||
           handover_refuse_drift(flow, flow->pause->fence, DRIFT_IN_DATA, err);
}

bool
pause_send_marker(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;

    return (pause->proof.values ||
            stream_prepare_markers(flow, pause->handover->from, &pause->proof, err)) &&
           stream_send_markers(flow, &pause->proof, err);
}

bool
pause_await_marker(Flow *flow, Err *err)
{
    if (!stream_await_markers(flow, &flow->pause->proof, 0, deadline(flow), err))
        return false;
    flow->pause->is_unbroken = true;
    return true;
}

static bool
recopy_relation(Flow *flow, const RelationRow *r, Err *err)
{
    Conn *target = flow->pause->recopy;
    int64_t changed;
    bool on_old_side;
    bool on_new_side = false;

    /* Read by the session that holds the locks: nobody else can write, and it sees all that was committed. */
    if (strcmp(r->kind, "recopied") == 0)
        return copy_table_again(flow->pause->fence, target, r, err);
    if (!catalog_has_large_objects(flow->pause->fence, &on_old_side, err) ||
        (!flow->pause->tables.new_side_has_none &&
         !catalog_has_large_objects(target, &on_new_side, err)))
        return false;
    return (!on_old_side && !on_new_side) ||
           (conn_exec(target, "BEGIN", err) &&
            copy_large_objects(flow->pause->fence, target, &changed, err) &&
            conn_exec(target, "COMMIT", err));
}

bool
pause_recopy(Flow *flow, Err *err)
{
    const RelationRows *recopied = &flow->pause->tables.recopied;

    flow->pause->is_recopied = false;
    for (size_t i = 0; i < recopied->len; i++)
        if (!recopy_relation(flow, &recopied->items[i], err))
            return false;
    flow->pause->is_recopied = true;
    return true;
}

bool
pause_point_of_no_return(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    cleanup_(str_release) Str position = STR_INIT;

    if (clock_ms() >= deadline(flow))
    {
        err_set(err, ERR_REFUSED, "the pause would exceed its budget of %d ms",
                flow->config->pause_budget_ms);
        err_detail(err, "Up to here it took %lld ms.",
                   (long long)((clock_us() - pause->start_us) / 1000));
        return err_hint(err, "Try again at a quieter time, or raise --pause-budget-ms.");
    }
    way_back_add_position(&pause->way_back, pause->proof.position, &position);
    pause->is_closing = true;
    if (!writers_close(flow, position.data, err))
        return false;
    poolers_redirect(pause->poolers);
    return true;
}

/*
 * When a process that passed the point of no return died, its locks went, and sessions that knew nothing of it, or that
 * write in spite of it, may have written since: all is stopped again, ended, drained and read again, until the new side is open.
 */
bool
pause_restore_fence(Flow *flow, Err *err)
{
    return flow->pause->is_unbroken ||
           (open_sessions(flow, err) &&
            (flow->config->fence == FENCE_READONLY ||
             writers_stop(flow, 0, clock_ms() + FINISH_PATIENCE_MS, err)));
}

static bool
end_sessions(Flow *flow, const char *spared, Err *err)
{
    cleanup_(str_release) Str pids = STR_INIT;
    const char *own = pause_own_pids(flow);

    str_addf(&pids, "{%d", PQbackendPID(conn_pg(pause_old_side(flow))));
    if (*own)
        str_addf(&pids, ",%s", own);
    if (strcmp(spared, "{}") != 0)
        str_addf(&pids, ",%.*s", (int)strcspn(spared + 1, "}"), spared + 1);
    str_add(&pids, "}");
    return fence_end_sessions(pause_old_side(flow), pids.data, err);
}

static bool
holds_by_locks(const Flow *flow)
{
    return flow->pause->is_unbroken && flow->config->fence != FENCE_READONLY;
}

/*
 * Clients whose session ends connect again at once, and keep both servers busy: those that our locks keep from doing anything are left
 * to wait until all else is done.
 */
bool
pause_end_sessions(Flow *flow, Err *err)
{
    HeldSessions *held = &flow->pause->held;

    *held = (HeldSessions){.pids = "{}", .messages = "{}"};
    return (!holds_by_locks(flow) || fence_held_sessions(pause_old_side(flow), flow->pause->fence,
                                                         flow->arena, held, err)) &&
           end_sessions(flow, held->pids, err);
}

/* What was done since the sessions were ended, once more. */
static bool
close_again(Flow *flow, Err *err)
{
    return pause_restore_fence(flow, err) && end_sessions(flow, "{}", err) &&
           pause_drain_last(flow, err) && pause_recopy_last(flow, err) &&
           pause_set_sequences(flow, err) && pause_position_way_back(flow, err);
}

/* Locks that were lost before the last old session was to end have let it write after the proof. */
bool
pause_end_held(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    bool is_locked;
    bool all;

    if (!holds_by_locks(flow))
        return true;
    if (!fence_end_held(pause_old_side(flow), pause->fence, &pause->held, &is_locked, &all, err))
        return false;
    if (!is_locked && (pause->tables.locked.len > 0 || pause->tables.large_objects))
    {
        flow_warning(flow,
                     "the locks on the %s were lost; what was written since then is looked for",
                     side_name(pause->handover->from));
        pause_drop_sessions(pause);
        return close_again(flow, err);
    }
    return all || close_again(flow, err);
}

/* All that was ever committed on the old side is on the new one: nobody can have written since, and nobody can any more. */
bool
pause_drain_last(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;

    return pause->is_unbroken ||
           (pause_send_marker(flow, err) &&
            stream_await_markers(flow, &pause->proof, 1, clock_ms() + FINISH_PATIENCE_MS, err));
}

bool
pause_recopy_last(Flow *flow, Err *err)
{
    return flow->pause->is_recopied || pause_recopy(flow, err);
}

bool
pause_set_sequences(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    SequenceValues changed = {0};

    if (!pause->sequences.is_ready)
        return rest_copy_sequences(pause_old_side(flow), pause_new_side(flow), err);
    return catalog_changed_sequences(pause_old_side(flow), pause->helper, flow->arena,
                                     &pause->sequences, &changed, err) &&
           catalog_set_sequences(pause_new_side(flow), &changed, err);
}

bool
pause_position_way_back(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    cleanup_(str_release) Str position = STR_INIT;

    /* The point of no return has set it. */
    if (pause->is_unbroken && pause->way_back.means != WAY_BACK_BY_SLOT)
        return true;
    way_back_add_position(&pause->way_back, pause->proof.position, &position);
    return (position.len == 0 || conn_exec(pause_old_side(flow), position.data, err)) &&
           way_back_move_slots(flow, &pause->way_back, err);
}

bool
pause_open(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    cleanup_(str_release) Str sql = STR_INIT;

    if (!pause->opening && !prepare_opening(flow, err))
        return false;
    str_add(&sql, "BEGIN; SET LOCAL synchronous_commit = off;\n");
    if (pause->wakes_triggers)
    {
        /* Triggers that fire on replicated rows too: before, they would have stopped a stream that had a late change to bring. */
        if (!conn_exec(pause_new_side(flow), sql.data, err) ||
            !entries_run_within(flow, "at opening", err))
            return false;
        str_clear(&sql);
    }
    str_addf(&sql, "%sCOMMIT", pause->opening);
    return conn_exec(pause_new_side(flow), sql.data, err) ||
           err_context(err, "opening the %s", side_name(pause->handover->to));
}

/* Of a handover that another process began, the pause is as old as its point of no return. */
bool
pause_end(Flow *flow, Err *err)
{
    Pause *pause = flow->pause;
    int64_t now_us = clock_us();
    int64_t closed_us = 0;

    flow_set_patience(flow, REST_SILENCE_MS);
    if (!pause->is_unbroken &&
        !fence_closed_for(pause_old_side(flow), flow->config->migration, &closed_us, err))
        return false;
    pause->length_us = pause->start_us ? now_us - pause->start_us : 0;
    if (closed_us > pause->length_us)
        pause->length_us = closed_us;
    if (pause->length_us)
    {
        cleanup_(str_release) Str began = STR_INIT;

        clock_add_utc(&began, pause->length_us);
        pause->began = arena_strdup(flow->arena, began.data);
    }
    return true;
}

void
pause_drop_sessions(Pause *pause)
{
    readonly_release(&pause->readonly);
    conn_close(pause->fence);
    conn_close(pause->helper);
    conn_close(pause->recopy);
    pause->fence = NULL;
    pause->helper = NULL;
    pause->recopy = NULL;
    pause->is_unbroken = false;
    pause->is_recopied = false;
    pause->sequences.is_ready = false; /* they are read by statements that a session has prepared */
}

void
pause_close(Pause *pause)
{
    if (!pause)
        return;
    pause_drop_sessions(pause);
    poolers_close(pause->poolers);
    pause->poolers = NULL;
}
