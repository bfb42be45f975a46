#define _GNU_SOURCE
#include "copy/worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cancel.h"
#include "copy/claim.h"
#include "copy/large_object.h"
#include "copy/snapshot.h"
#include "copy/table.h"
#include "sql/sql.h"

typedef struct Worker
{
    CopyPool *pool;
    const CopyJob *job;
    Conn *source; /* under the snapshot; NULL until a chunk is claimed */
    Conn *target;
    size_t n_chunks;  /* copied in the source's present transaction */
    bool is_building; /* counted in pool->n_building */
    bool singly;      /* a batch failed: the next error is to name its piece of work */
} Worker;

enum
{
    CHUNKS_PER_TRANSACTION =
        64 /* on the source, where each table that was read stays locked till its end */
};

/* Index builds are a share of the workers, so that they do not starve the copy. */
static bool
reserve_build(Worker *worker)
{
    bool may_build;

    pthread_mutex_lock(&worker->pool->lock);
    may_build = worker->pool->n_building < worker->job->n_index_workers;
    worker->pool->n_building += may_build;
    worker->is_building = may_build;
    pthread_mutex_unlock(&worker->pool->lock);
    return may_build;
}

static void
release_build(Worker *worker)
{
    pthread_mutex_lock(&worker->pool->lock);
    worker->pool->n_building -= worker->is_building;
    worker->is_building = false;
    pthread_mutex_unlock(&worker->pool->lock);
}

/* Begins the transaction and claims in it. */
static bool
claim_work(Worker *worker, Arena *arena, Claims *ret_claims, Err *err)
{
    bool may_build = reserve_build(worker);

    if (!conn_exec(worker->target, "BEGIN", err) ||
        !claims_take(worker->target, worker->job, NULL, may_build, arena, ret_claims, err))
        return false;
    if (ret_claims->len == 0 || claim_is_chunk(&ret_claims->items[0]))
        release_build(worker);
    return ret_claims->len == 0 || worker->singly || !claim_is_small(&ret_claims->items[0]) ||
           claims_take(worker->target, worker->job, &ret_claims->items[0], may_build, arena,
                       ret_claims, err);
}

static bool
open_target(Worker *worker, Err *err)
{
    if (!conn_open(worker->job->target, worker->job->target_dbname, worker->job->session_name,
                   &worker->target, err))
        return false;
    conn_set_abort_fd(worker->target, worker->pool->abort_pipe[0]);
    return conn_exec(worker->target, sql_schema_session, err) &&
           conn_run(worker->target, sql_copy_index_session,
                    PARAMS(PARAM_I64(worker->job->n_index_workers)), NULL, err);
}

/* For so many chunks more. */
static bool
open_source(Worker *worker, size_t n_chunks, Err *err)
{
    worker->n_chunks += n_chunks;
    if (worker->source && worker->n_chunks <= CHUNKS_PER_TRANSACTION)
        return true;
    worker->n_chunks = n_chunks;
    if (worker->source)
        return conn_exec(worker->source, "COMMIT", err) &&
               snapshot_import(worker->source, worker->job->snapshot, err);
    if (!conn_open(worker->job->source, worker->job->source_dbname, worker->job->session_name,
                   &worker->source, err))
        return false;
    conn_set_abort_fd(worker->source, worker->pool->abort_pipe[0]);
    return snapshot_import(worker->source, worker->job->snapshot, err);
}

static bool
copy_objects(Worker *worker, const ChunkRange *range, CopyCount *ret_count, Err *err)
{
    uint32_t first = range->first_key ? (uint32_t)strtoul(range->first_key, NULL, 10) : 0;
    uint32_t last = range->end_key ? (uint32_t)strtoul(range->end_key, NULL, 10) - 1 : UINT32_MAX;
    LargeObjectCopy copy = {
        .source = worker->source,
        .target = worker->target,
        .rate = &worker->pool->rate,
        .counters = &worker->pool->counters,
    };
    bool ok = large_objects_copy(&copy, first, last, err);

    *ret_count = (CopyCount){.rows = copy.n_changed, .bytes = copy.n_bytes};
    return ok;
}

static bool
copy_chunk(Worker *worker, const Claim *claim, CopyCount *ret_count, Err *err)
{
    cleanup_(str_release) Str out = STR_INIT;
    cleanup_(str_release) Str in = STR_INIT;
    bool whole = claim->n_chunks == 1;

    ret_count->bytes = 0;
    if (claim->is_large_objects)
        return copy_objects(worker, &claim->range, ret_count, err);
    if (whole)
    {
        cleanup_(str_release) Str empty = STR_INIT;

        copy_add_empty(&empty, &claim->relation);
        if (!conn_exec(worker->target, empty.data, err))
            return false;
    }
    copy_add_out(&out, &claim->relation, &claim->range);
    copy_add_in(&in, &claim->relation, whole && !claim->relation.condition);
    return copy_stream(worker->source, out.data, worker->target, in.data, 1, &worker->pool->rate,
                       &worker->pool->counters, ret_count, err);
}

/* Small tables, with few round trips: they are empty still, as what fills them commits only when they are done. */
static bool
copy_batch(Worker *worker, const Claims *claims, CopyCount *ret_counts, Err *err)
{
    cleanup_(str_release) Str out = STR_INIT;
    cleanup_(str_release) Str in = STR_INIT;

    for (size_t i = 0; i < claims->len; i++)
    {
        copy_add_out(&out, &claims->items[i].relation, NULL);
        copy_add_in(&in, &claims->items[i].relation, false);
        str_add_char(&out, ';');
        str_add_char(&in, ';');
    }
    return copy_stream(worker->source, out.data, worker->target, in.data, claims->len,
                       &worker->pool->rate, &worker->pool->counters, ret_counts, err);
}

static bool
run_statements(Worker *worker, const Claims *claims, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    for (size_t i = 0; i < claims->len; i++)
        str_addf(&sql, "%s\n", claims->items[i].sql);
    return conn_exec(worker->target, sql.data, err);
}

static bool
do_work(Worker *worker, const Claims *claims, CopyCount *counts, Err *err)
{
    if (!claim_is_chunk(&claims->items[0]))
        return run_statements(worker, claims, err);
    if (!open_source(worker, claims->len, err))
        return false;
    return claims->len > 1 ? copy_batch(worker, claims, counts, err)
                           : copy_chunk(worker, &claims->items[0], counts, err);
}

static void
count_finished(CopyTally *tally, const Claims *claims, const CopyCount *counts)
{
    for (size_t i = 0; tally && i < claims->len; i++)
    {
        const Claim *claim = &claims->items[i];

        atomic_fetch_add(&tally->chunks, claim_is_chunk(claim));
        atomic_fetch_add(&tally->rows, counts[i].rows);
        atomic_fetch_add(&tally->bytes, counts[i].bytes);
        atomic_fetch_add(&tally->indexes, strcmp(claim->kind, "index") == 0);
    }
}

static bool
finish_work(Worker *worker, const Claims *claims, const CopyCount *counts, Err *err)
{
    if (!claims_finish(worker->target, worker->job, claims, counts, err))
        return false;
    count_finished(worker->job->tally, claims, counts);
    return true;
}

static bool
do_claims(Worker *worker, const Claims *claims, Err *err)
{
    CopyCount counts[CLAIM_BATCH] = {0};
    cleanup_(err_release) Err failure = {0};

    if (do_work(worker, claims, counts, &failure))
        return finish_work(worker, claims, counts, err);
    if (claims->len > 1 && failure.code == ERR_FAILED)
    {
        /* Both sessions may be in the middle of something. */
        worker->singly = true;
        conn_close(worker->source);
        conn_close(worker->target);
        worker->source = NULL;
        worker->target = NULL;
        return open_target(worker, err);
    }
    err_move(err, &failure);
    return claim_explain_size(&claims->items[0], err) ||
           err_context(err, "%s", claims->items[0].label);
}

/* Nothing could be claimed: is anything left that others are doing, or that becomes possible when they are done? */
static bool
work_left(Worker *worker, bool *ret_left, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *left;

    if (!conn_value(
            worker->target, &arena,
            "SELECT EXISTS (SELECT FROM pgbaton.work WHERE migration = $1 AND NOT is_done"
            " AND (kind IN ('index', 'analyze') OR (kind = 'chunk' AND $2) OR (kind = 'validation' AND is_ready)))",
            PARAMS(worker->job->migration, worker->job->snapshot ? "true" : "false"), &left, err))
        return false;
    *ret_left = *left == 't';
    return true;
}

/* Waits for a colleague to finish something; the time-out is for colleagues on other hosts. */
static void
wait_for_progress(CopyPool *pool)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 200000000;
    if (until.tv_nsec >= 1000000000)
    {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&pool->lock);
    if (pool->first_error.code == ERR_NONE)
        pthread_cond_timedwait(&pool->progress, &pool->lock, &until);
    pthread_mutex_unlock(&pool->lock);
}

static bool
pool_stopped(CopyPool *pool)
{
    bool stopped;

    pthread_mutex_lock(&pool->lock);
    stopped = pool->first_error.code != ERR_NONE;
    pthread_mutex_unlock(&pool->lock);
    return stopped;
}

static bool
work(Worker *worker, Err *err)
{
    if (!open_target(worker, err))
        return false;
    while (!pool_stopped(worker->pool))
    {
        cleanup_(arena_release) Arena arena = {0};
        Claims claims = {0};
        bool left;

        if (!claim_work(worker, &arena, &claims, err))
            return false;
        if (claims.len > 0)
        {
            if (!do_claims(worker, &claims, err))
                return false;
            release_build(worker);
            pthread_cond_broadcast(&worker->pool->progress);
            continue;
        }
        if (!conn_exec(worker->target, "ROLLBACK", err) || !work_left(worker, &left, err))
            return false;
        if (!left)
            return true;
        /* The session under the snapshot is not needed while only indexes are left; it would hold back the source's vacuum. */
        conn_close(worker->source);
        worker->source = NULL;
        wait_for_progress(worker->pool);
        if (cancel_requested())
            return cancel_error(err);
    }
    return true;
}

void *
copy_worker_main(void *arg)
{
    CopyPool *pool = arg;
    Worker worker = {.pool = pool, .job = pool->job};
    cleanup_(err_release) Err err = {0};
    bool ok = work(&worker, &err);

    conn_close(worker.source);
    conn_close(worker.target);
    release_build(&worker);
    pthread_mutex_lock(&pool->lock);
    if (!ok && pool->first_error.code == ERR_NONE)
    {
        ssize_t written;

        err_move(&pool->first_error, &err);
        written = write(pool->abort_pipe[1], "x", 1);
        (void)written;
    }
    pool->n_running--;
    pthread_cond_broadcast(&pool->progress);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}
