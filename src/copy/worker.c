#define _GNU_SOURCE
#include "copy/worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cancel.h"
#include "copy/snapshot.h"
#include "copy/table.h"
#include "sql/sql.h"

typedef struct Worker
{
    CopyPool *pool;
    const CopyJob *job;
    Conn *source; /* under the snapshot; NULL until a chunk is claimed */
    Conn *target;
    int n_chunks;     /* copied in the source's present transaction */
    bool is_building; /* counted in pool->n_building */
} Worker;

enum
{
    CHUNKS_PER_TRANSACTION =
        64 /* on the source, where each table that was read stays locked till its end */
};

/* A claimed piece of work. */
typedef struct Claim
{
    bool found;
    int64_t id;
    bool is_chunk;
    bool is_large_objects;
    const char *label;
    const char *sql;
    int64_t first_page;
    int64_t end_page;
    int64_t n_chunks;
    RelationRow relation;
} Claim;

static int64_t
page_or_open(const PGresult *result, const char *column)
{
    int number = result_column(result, column);

    return PQgetisnull(result, 0, number) ? -1 : result_i64(result, 0, number);
}

static void
read_claim(const PGresult *result, Arena *arena, Claim *claim)
{
#define TEXT(column) arena_strdup(arena, result_text(result, 0, result_column(result, column)))
    claim->found = true;
    claim->id = result_i64(result, 0, result_column(result, "id"));
    claim->is_chunk = strcmp(TEXT("kind"), "chunk") == 0;
    claim->label = TEXT("label");
    claim->sql = TEXT("sql");
    claim->first_page = page_or_open(result, "first_page");
    claim->end_page = page_or_open(result, "end_page");
    claim->n_chunks = result_i64(result, 0, result_column(result, "n_chunks"));
    claim->is_large_objects = strcmp(TEXT("relation_kind"), "large objects") == 0;
    claim->relation = (RelationRow){
        .schema = TEXT("schema_name"),
        .name = TEXT("name"),
        .columns_json = TEXT("columns"),
        .copy_options = TEXT("copy_options"),
        .condition = TEXT("condition"),
    };
#undef TEXT
}

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
claim_work(Worker *worker, Arena *arena, Claim *ret_claim, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    bool may_build = reserve_build(worker);

    *ret_claim = (Claim){0};
    if (!conn_exec(worker->target, "BEGIN", err) ||
        !conn_query(worker->target, sql_journal_claim,
                    PARAMS(worker->job->migration, worker->job->snapshot ? "true" : "false",
                           may_build ? "true" : "false"),
                    &result, err))
        return err_context(err, "claiming work");
    if (PQntuples(result) > 0)
        read_claim(result, arena, ret_claim);
    if (!ret_claim->found || ret_claim->is_chunk)
        release_build(worker);
    return true;
}

static bool
open_source(Worker *worker, Err *err)
{
    if (worker->source && ++worker->n_chunks < CHUNKS_PER_TRANSACTION)
        return true;
    worker->n_chunks = 0;
    if (worker->source)
        return conn_exec(worker->source, "COMMIT", err) &&
               snapshot_import(worker->source, worker->job->snapshot, err);
    if (!conn_open(worker->job->source, worker->job->source_dbname, "copy", &worker->source, err))
        return false;
    conn_set_abort_fd(worker->source, worker->pool->abort_pipe[0]);
    return snapshot_import(worker->source, worker->job->snapshot, err);
}

static bool
copy_chunk(Worker *worker, const Claim *claim, int64_t *ret_rows, int64_t *ret_bytes, Err *err)
{
    cleanup_(str_release) Str out = STR_INIT;
    cleanup_(str_release) Str in = STR_INIT;
    bool whole = claim->n_chunks == 1;

    *ret_bytes = 0;
    if (!open_source(worker, err))
        return false;
    if (claim->is_large_objects)
        return copy_large_objects(worker->source, worker->target, ret_rows, err);
    if (whole)
    {
        cleanup_(str_release) Str empty = STR_INIT;

        copy_add_empty(&empty, &claim->relation);
        if (!conn_exec(worker->target, empty.data, err))
            return false;
    }
    copy_add_out(&out, &claim->relation, claim->first_page, claim->end_page);
    copy_add_in(&in, &claim->relation, whole && !claim->relation.condition);
    return copy_stream(worker->source, out.data, worker->target, in.data, &worker->pool->counters,
                       ret_rows, ret_bytes, err);
}

static bool
do_claim(Worker *worker, const Claim *claim, Err *err)
{
    int64_t rows = 0;
    int64_t bytes = 0;

    if (claim->is_chunk ? !copy_chunk(worker, claim, &rows, &bytes, err)
                        : !conn_exec(worker->target, claim->sql, err))
        return err_context(err, "%s", claim->label);
    return conn_run(worker->target, sql_journal_finish,
                    PARAMS(worker->job->migration, PARAM_I64(claim->id), PARAM_I64(rows),
                           PARAM_I64(bytes)),
                    NULL, err) &&
           conn_exec(worker->target, "COMMIT", err);
}

/* Nothing could be claimed: is anything left that others are doing, or that becomes possible when they are done? */
static bool
work_left(Worker *worker, bool *ret_left, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *left;

    if (!conn_value(worker->target, &arena,
                    "SELECT EXISTS (SELECT FROM pgbaton.work WHERE migration = $1 AND NOT is_done"
                    " AND (kind IN ('index', 'analyze') OR (kind = 'chunk' AND $2)))",
                    PARAMS(worker->job->migration, worker->job->snapshot ? "true" : "false"), &left,
                    err))
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
    if (!conn_open(worker->job->target, worker->job->target_dbname, "copy", &worker->target, err))
        return false;
    conn_set_abort_fd(worker->target, worker->pool->abort_pipe[0]);
    if (!conn_exec(worker->target, sql_schema_session, err))
        return false;
    while (!pool_stopped(worker->pool))
    {
        cleanup_(arena_release) Arena arena = {0};
        Claim claim;
        bool left;

        if (!claim_work(worker, &arena, &claim, err))
            return false;
        if (claim.found)
        {
            if (!do_claim(worker, &claim, err))
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
