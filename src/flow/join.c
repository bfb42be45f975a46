#include "flow/join.h"

#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "copy/snapshot.h"
#include "sql/sql.h"

enum
{
    LOOK_EVERY_MS = 500,
    MASTERLESS_PATIENCE_MS = 3000 /* the copy's own pgbaton may be connecting again */
};

static const char waiting_for_servers[] = "for the servers";

typedef enum Stand
{
    STAND_WAITING,
    STAND_COPYING,
    STAND_OVER,
} Stand;

/* What the journal says, see flow_join.sql. */
typedef struct View
{
    Stand stand;
    const char *reason;   /* STAND_WAITING: what for */
    const char *snapshot; /* NULL: none is held */
    bool rows_left;
    bool is_worked_on;
} View;

typedef struct Joiner
{
    Flow flow;
    JoinOutcome *outcome;
    Conn *guard;          /* locks of our own: those of the other pgbaton go when it dies */
    const char *snapshot; /* of the present go at the copy; NULL: indexes only */
    int64_t wait_ms;
    int64_t start_ms;
    int64_t waiting_since_ms; /* 0: there is something to do */
    int64_t looked_ms;
    int64_t alone_since_ms; /* 0: somebody runs the migration */
    const char *told;       /* what was last said to be waited for */
    bool was_open;
} Joiner;

static bool
is_worked_on(Flow *flow, Arena *arena, bool *ret, Err *err)
{
    const char *holder;

    if (!conn_value(flow->dst, arena, sql_flow_lock_holder, PARAMS(flow->config->migration),
                    &holder, err))
        return false;
    *ret = holder != NULL;
    return true;
}

static void
judge(View *view, const char *copy_step, bool builds_left)
{
    bool is_begun = copy_step && strcmp(copy_step, "begun") == 0;

    if ((copy_step && strcmp(copy_step, "done") == 0) ||
        (is_begun && !view->rows_left && !builds_left))
        view->stand = STAND_OVER;
    else if (!view->is_worked_on)
        view->reason = "for pgbaton migrate, which is not running";
    else if (!is_begun || (view->rows_left && !view->snapshot))
        view->reason = "for the copy to begin";
    else
        view->stand = STAND_COPYING;
}

static bool
read_view(Flow *flow, Arena *arena, View *ret_view, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *ret_view = (View){.reason = "for pgbaton migrate to begin"};
    if (!conn_query(flow->dst, sql_flow_join, PARAMS(flow->config->migration), &result, err) ||
        !is_worked_on(flow, arena, &ret_view->is_worked_on, err))
        return false;
    if (PQntuples(result) == 0)
        return true;
    ret_view->snapshot =
        arena_strdup(arena, result_text(result, 0, result_column(result, "snapshot")));
    ret_view->rows_left = result_bool(result, 0, result_column(result, "rows_left"));
    judge(ret_view, result_text(result, 0, result_column(result, "copy_step")),
          result_bool(result, 0, result_column(result, "builds_left")));
    return true;
}

static void
close_guard(Joiner *joiner)
{
    conn_close(joiner->guard);
    joiner->guard = NULL;
}

static void
close_all(Joiner *joiner)
{
    close_guard(joiner);
    flow_close(&joiner->flow);
}

/* Connects as soon as there is a journal; before, the target's database may not be there. */
static bool
open_flow(Joiner *joiner, bool *ret_begun, Err *err)
{
    Flow *flow = &joiner->flow;
    const Config *config = flow->config;
    cleanup_(arena_release) Arena scratch = {0};

    *ret_begun = flow->dst != NULL;
    if (flow->dst)
        return true;
    return flow_has_begun(config, &scratch, flow->dbname, ret_begun, err) &&
           (!*ret_begun ||
            flow_open(flow, config, flow->observer, flow->arena, flow->dbname, FLOW_JOIN, err));
}

static bool
look(Joiner *joiner, View *ret_view, Err *err)
{
    bool has_begun;

    *ret_view = (View){.reason = "for pgbaton migrate to begin"};
    return open_flow(joiner, &has_begun, err) &&
           (!has_begun || read_view(&joiner->flow, joiner->flow.arena, ret_view, err));
}

static bool
migrate_gone(Err *err)
{
    err_set(err, ERR_UNREACHABLE, "pgbaton migrate has ended before the copy was over");
    err_detail(err, "Nobody holds the lock of the migration.");
    return err_hint(err, "Run pgbaton migrate again, then this.");
}

/*
 * Called while workers copy: are they still of use? The migration's own pgbaton may have died, and what goes on then without it, nobody has
 * asked for.
 */
static bool
watch_join(void *context, const CopyCounters *counters, Err *err)
{
    Joiner *joiner = context;
    Flow *flow = &joiner->flow;
    cleanup_(arena_release) Arena scratch = {0};
    Progress progress;
    View view;
    int64_t now = clock_ms();

    if (now - joiner->looked_ms < LOOK_EVERY_MS)
        return true;
    joiner->looked_ms = now;
    if (!read_view(flow, &scratch, &view, err) ||
        !journal_read_progress(flow->dst, flow->config->migration, &progress, err))
        return false;
    if (flow->observer->progress)
        flow->observer->progress(flow->observer->context, flow->dbname, &progress, counters,
                                 joiner->start_ms);
    if (view.is_worked_on || view.stand == STAND_OVER)
        joiner->alone_since_ms = 0;
    else if (joiner->alone_since_ms == 0)
        joiner->alone_since_ms = now;
    if (joiner->alone_since_ms && now - joiner->alone_since_ms >= MASTERLESS_PATIENCE_MS)
        return migrate_gone(err);
    if (!view.rows_left)
        close_guard(joiner);
    else if (!joiner->snapshot || !view.snapshot || strcmp(joiner->snapshot, view.snapshot) != 0)
        return snapshot_lost(err);
    return !joiner->guard || conn_exec(joiner->guard, "SELECT 1", err);
}

/*
 * Locks first, then a look whether the snapshot is still held: so there was never a moment in which nobody kept the tables as the snapshot
 * has them.
 */
static bool
raise_guard(Joiner *joiner, Err *err)
{
    Flow *flow = &joiner->flow;
    RelationRows relations = {0};
    QualifiedNames tables = {0};

    if (!journal_read_relations(flow->dst, flow->config->migration, flow->arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
        if (strcmp(relations.items[i].kind, "table") == 0 && relations.items[i].chunks_left != 0)
            *vec_push(&tables, flow->arena) =
                (QualifiedName){relations.items[i].schema, relations.items[i].name};
    return conn_open(&flow->source, flow->dbname, "join guard", &joiner->guard, err) &&
           snapshot_guard(joiner->guard, &tables, flow->config->slot_timeout_ms, err) &&
           snapshot_import(flow->src, joiner->snapshot, err) && conn_exec(flow->src, "COMMIT", err);
}

static bool
take_part(Joiner *joiner, const View *view, Err *err)
{
    Flow *flow = &joiner->flow;
    CopyJob job = {
        .source = &flow->source,
        .target = &flow->target,
        .source_dbname = flow->dbname,
        .target_dbname = flow->target_dbname,
        .session_name = "join copy",
        .migration = flow->config->migration,
        .snapshot = view->rows_left ? view->snapshot : NULL,
        .n_workers = flow->config->jobs,
        .n_index_workers = flow->config->index_jobs,
        .rate_limit = flow->config->rate_limit_bytes,
        .tally = &joiner->outcome->done,
        .tick = watch_join,
        .context = joiner,
    };
    bool ok;

    joiner->snapshot = job.snapshot;
    joiner->alone_since_ms = 0;
    flow_note(flow, "taking part in the copy with %d workers", job.n_workers);
    ok = (!job.snapshot || raise_guard(joiner, err)) && copy_run(&job, err);
    close_guard(joiner);
    return ok;
}

/* Time spent without anything to do counts from its beginning, whatever the reasons were. */
static bool
wait_for(Joiner *joiner, const char *reason, Err *failure, Err *err)
{
    Flow *flow = &joiner->flow;
    int64_t now = clock_ms();

    if (joiner->waiting_since_ms == 0)
        joiner->waiting_since_ms = now;
    if (now - joiner->waiting_since_ms < joiner->wait_ms)
    {
        if (!joiner->told || strcmp(joiner->told, reason) != 0)
            flow_note(flow, "waiting %s", reason);
        joiner->told = reason;
        joiner->outcome->waited_ms += LOOK_EVERY_MS;
        return cancel_sleep(LOOK_EVERY_MS, err);
    }
    if (failure->code != ERR_NONE)
        return err_move(err, failure);
    err_set(err, ERR_REFUSED, "there is no copy to take part in");
    err_detail(err, "This waited %s.", reason);
    return err_hint(err, "Run pgbaton migrate, then this again; or wait longer with --wait.");
}

/* The first time it may have been a session of ours alone that was ended: migrate does that when it begins. */
static bool
look_again(Joiner *joiner, Err *failure, Err *err)
{
    bool had_sessions = joiner->flow.dst != NULL;

    /* A server that was never reached is a mistake in the settings; one that went away comes back. */
    if (failure->code != ERR_UNREACHABLE || !joiner->was_open)
        return err_move(err, failure);
    close_all(joiner);
    if (had_sessions)
        return true;
    if (!joiner->told || strcmp(joiner->told, waiting_for_servers) != 0)
        flow_warning(&joiner->flow, "%s", failure->message);
    return wait_for(joiner, waiting_for_servers, failure, err);
}

/* One look, and what follows from it. *ret_over: there is nothing left to do. */
static bool
go_on(Joiner *joiner, bool *ret_over, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    const Config *config = joiner->flow.config;
    View view;
    int64_t chunks_before = joiner->outcome->done.chunks + joiner->outcome->done.indexes;

    if (!look(joiner, &view, &failure))
        return look_again(joiner, &failure, err);
    joiner->was_open = true;
    *ret_over = view.stand == STAND_OVER || config->dry_run;
    joiner->outcome->state = view.stand == STAND_OVER      ? "over"
                             : view.stand == STAND_COPYING ? "copying"
                                                           : "waiting";
    if (*ret_over)
        return true;
    if (view.stand == STAND_WAITING)
        return wait_for(joiner, view.reason, &failure, err);
    joiner->told = NULL;
    if (take_part(joiner, &view, &failure))
    {
        joiner->waiting_since_ms = 0;
        return cancel_sleep(0, err);
    }
    if (failure.code != ERR_UNREACHABLE)
        return err_move(err, &failure);
    if (joiner->outcome->done.chunks + joiner->outcome->done.indexes > chunks_before)
        joiner->waiting_since_ms = 0;
    flow_warning(&joiner->flow, "%s; connecting again", failure.message);
    close_all(joiner);
    return wait_for(joiner, "for the copy to be taken up again", &failure, err);
}

bool
join_run(const Config *config, const FlowObserver *observer, Arena *arena, const char *database,
         int64_t wait_ms, JoinOutcome *ret_outcome, Err *err)
{
    Joiner joiner = {
        .flow = {.arena = arena, .config = config, .observer = observer, .dbname = database},
        .outcome = ret_outcome,
        .wait_ms = wait_ms,
        .start_ms = clock_ms(),
    };
    bool is_over = false;
    bool ok = true;

    *ret_outcome = (JoinOutcome){.database = database};
    while (ok && !is_over)
        ok = go_on(&joiner, &is_over, err);
    close_all(&joiner);
    ret_outcome->target_database = flow_target_dbname(config, arena, database);
    ret_outcome->duration_ms = clock_ms() - joiner.start_ms;
    return ok;
}
