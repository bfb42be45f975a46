#define _GNU_SOURCE
#include "copy/worker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cancel.h"
#include "copy/large_object.h"
#include "copy/snapshot.h"
#include "copy/table.h"
#include "pg/quote.h"
#include "sql/sql.h"

typedef struct Worker
{
    CopyPool *pool;
    const CopyJob *job;
    Conn *source; /* under the snapshot; NULL until a chunk is claimed */
    Conn *target;
    int n_chunks;     /* copied in the source's present transaction */
    bool is_building; /* counted in pool->n_building */
    bool singly;      /* a batch failed: the next error is to name its piece of work */
} Worker;

enum
{
    CHUNKS_PER_TRANSACTION =
        64,     /* on the source, where each table that was read stays locked till its end */
    BATCH = 64, /* pieces of work on small tables that are done in one transaction */
    SMALL_TABLE_BYTES = 256 * 1024
};

/* A claimed piece of work. */
typedef struct Claim
{
    const char *id;
    const char *kind;
    const char *label;
    const char *sql;
    ChunkRange range;
    int64_t n_chunks; /* of its table */
    bool is_large_objects;
    RelationRow relation;
} Claim;

/* Several pieces of one kind, on small tables, or just one. */
typedef VEC(Claim) Claims;

static int64_t
page_or_open(const PGresult *result, int row, const char *column)
{
    int number = result_column(result, column);

    return PQgetisnull(result, row, number) ? -1 : result_i64(result, row, number);
}

static void
read_claims(const PGresult *result, Arena *arena, Claims *claims)
{
#define TEXT(column) arena_strdup(arena, result_text(result, row, result_column(result, column)))
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(claims, arena) = (Claim){
            .id = TEXT("id"),
            .kind = TEXT("kind"),
            .label = TEXT("label"),
            .sql = TEXT("sql"),
            .range =
                {
                    .first_page = page_or_open(result, row, "first_page"),
                    .end_page = page_or_open(result, row, "end_page"),
                    .key_column = TEXT("key_column"),
                    .first_key = TEXT("first_key"),
                    .end_key = TEXT("end_key"),
                },
            .n_chunks = result_i64(result, row, result_column(result, "n_chunks")),
            .is_large_objects = strcmp(TEXT("relation_kind"), "large objects") == 0,
            .relation =
                {
                    .schema = TEXT("schema_name"),
                    .name = TEXT("name"),
                    .columns_json = TEXT("columns"),
                    .copy_options = TEXT("copy_options"),
                    .condition = TEXT("condition"),
                    .table_bytes = result_i64(result, row, result_column(result, "table_bytes")),
                },
        };
#undef TEXT
}

static bool
is_chunk(const Claim *claim)
{
    return strcmp(claim->kind, "chunk") == 0;
}

static bool
is_small(const Claim *claim)
{
    return claim->relation.table_bytes <= SMALL_TABLE_BYTES && !claim->is_large_objects &&
           !claim->relation.condition;
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

/* first NULL: the heaviest piece of all; else further ones like it, of small tables. */
static bool
claim_some(Worker *worker, const Claim *first, bool may_build, Arena *arena, Claims *claims,
           Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(worker->target, sql_journal_claim,
                    PARAMS(worker->job->migration, worker->job->snapshot,
                           may_build ? "true" : "false", PARAM_I64(first ? BATCH - 1 : 1),
                           first ? first->id : NULL, first ? first->kind : NULL,
                           PARAM_I64(SMALL_TABLE_BYTES)),
                    &result, err))
        return err_context(err, "claiming work");
    read_claims(result, arena, claims);
    return true;
}

/* Begins the transaction and claims in it. */
static bool
claim_work(Worker *worker, Arena *arena, Claims *ret_claims, Err *err)
{
    bool may_build = reserve_build(worker);

    if (!conn_exec(worker->target, "BEGIN", err) ||
        !claim_some(worker, NULL, may_build, arena, ret_claims, err))
        return false;
    if (ret_claims->len == 0 || is_chunk(&ret_claims->items[0]))
        release_build(worker);
    return ret_claims->len == 0 || worker->singly || !is_small(&ret_claims->items[0]) ||
           claim_some(worker, &ret_claims->items[0], may_build, arena, ret_claims, err);
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

static bool
open_source(Worker *worker, Err *err)
{
    if (worker->source && ++worker->n_chunks < CHUNKS_PER_TRANSACTION)
        return true;
    worker->n_chunks = 0;
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
    if (!is_chunk(&claims->items[0]))
        return run_statements(worker, claims, err);
    if (!open_source(worker, err))
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

        atomic_fetch_add(&tally->chunks, is_chunk(claim));
        atomic_fetch_add(&tally->rows, counts[i].rows);
        atomic_fetch_add(&tally->bytes, counts[i].bytes);
        atomic_fetch_add(&tally->indexes, strcmp(claim->kind, "index") == 0);
    }
}

/*
 * What is lost when the target crashes is lost with its outcome in the journal, so commits need not wait for the disk; there are many of
 * small tables.
 */
static bool
commit(Worker *worker, const Claims *claims, Err *err)
{
    return conn_exec(
        worker->target,
        is_small(&claims->items[0]) ? "SET LOCAL synchronous_commit = off; COMMIT" : "COMMIT", err);
}

/* Writes the outcome into the journal and commits both. */
static bool
finish_work(Worker *worker, const Claims *claims, const CopyCount *counts, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *finished;
    cleanup_(str_release) Str ids = STR_INIT;
    cleanup_(str_release) Str rows = STR_INIT;
    cleanup_(str_release) Str bytes = STR_INIT;

    for (size_t i = 0; i < claims->len; i++)
    {
        sql_array_add(&ids, claims->items[i].id);
        sql_array_add(&rows, PARAM_I64(counts[i].rows));
        sql_array_add(&bytes, PARAM_I64(counts[i].bytes));
    }
    if ((claims->len > 1 && !conn_run(worker->target, sql_journal_lock_relations,
                                      PARAMS(worker->job->migration, ids.data), NULL, err)) ||
        !conn_value(
            worker->target, &arena, sql_journal_finish,
            PARAMS(worker->job->migration, ids.data, rows.data, bytes.data, worker->job->snapshot),
            &finished, err))
        return false;
    if (*finished != 't')
        return snapshot_lost(err);
    if (!commit(worker, claims, err))
        return false;
    count_finished(worker->job->tally, claims, counts);
    return true;
}

/* What a server says of a value or a row beyond its limits names neither the table nor the limit. */
static bool
explain_size(const Claim *claim, Err *err)
{
    cleanup_(str_release) Str table = STR_INIT;
    bool is_too_large = strstr(err->message, "invalid memory alloc request size") != NULL ||
                        strstr(err->message, "string buffer exceeds maximum") != NULL ||
                        strcmp(err->sqlstate, "54000") == 0; /* program_limit_exceeded */

    if (!is_chunk(claim) || claim->is_large_objects ||
        (!is_too_large && strcmp(err->sqlstate, "53200") != 0)) /* out_of_memory */
        return false;
    sql_qualified(&table, claim->relation.schema, claim->relation.name);
    if (!is_too_large)
    {
        err_detail(err, "The server ran out of memory for a row of table %s, which it needs whole.",
                   table.data);
        return err_hint(err, "Give that server more memory, or copy with fewer --jobs.");
    }
    err_detail(
        err,
        "A row of table %s is too large to be sent: a server cannot handle more than 1 GB of one in one piece%s.",
        table.data,
        strstr(claim->relation.copy_options, "binary")
            ? ""
            : ", and this table's rows go as text, in which bytea takes twice its size");
    return err_hint(
        err,
        "Logical replication has the same limit: make such rows smaller, or leave the table out with --exclude and move it by other means.");
}

static bool
do_claims(Worker *worker, const Claims *claims, Err *err)
{
    CopyCount counts[BATCH] = {0};
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
    return explain_size(&claims->items[0], err) || err_context(err, "%s", claims->items[0].label);
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
