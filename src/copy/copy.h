/*
 * The copy: workers that claim chunks and index builds from the journal's queue and do them, one pair of connections each.
 */
#ifndef PGBATON_COPY_COPY_H
#define PGBATON_COPY_COPY_H

#include <stdatomic.h>
#include <stdbool.h>

#include "copy/stream.h"
#include "journal/journal.h"
#include "pg/conn.h"

/* What was finished, committed and all; read by whoever shows it. */
typedef struct CopyTally
{
    atomic_int_fast64_t chunks;
    atomic_int_fast64_t rows;
    atomic_int_fast64_t bytes;
    atomic_int_fast64_t indexes;
} CopyTally;

typedef struct CopyJob
{
    const Server *source;
    const Server *target;
    const char *source_dbname;
    const char *target_dbname;
    const char *session_name; /* of the workers' connections, see conn_open */
    const char *migration;
    const char *snapshot; /* NULL: no chunks are claimed */
    int n_workers;
    int n_index_workers; /* of these, how many may build indexes at a time */
    int64_t rate_limit;  /* bytes per second over all workers of this process; 0: none */
    CopyTally *tally;    /* is added to; may be NULL */
    /*
     * Called by the thread that runs copy_run every 200 ms or so, to show progress and to watch over the keeper. False ends the
     * copy with the Err it filled. May be NULL.
     */
    bool (*tick)(void *context, const CopyCounters *counters, Err *err);
    void *context;
} CopyJob;

/*
 * Runs until the queue holds nothing that can be done. On the first failure all workers are stopped, at once, and it is returned;
 * ERR_UNREACHABLE may be retried: what was finished stays finished.
 */
bool copy_run(const CopyJob *job, Err *err) must_check;

/* What is to be planned. */
typedef struct CopyPlan
{
    const RelationRow *relation;
    int64_t chunk_bytes; /* 0: one chunk */
    int group_id;        /* 0: not replicated */
    bool is_empty;       /* there is nothing to copy */
} CopyPlan;

/*
 * Splits relations into chunks of about chunk_bytes and adds them to the queue, in the caller's transaction on the target, after removing
 * those they had: who has claimed one is waited for. Tables are split by pages, from a server without TID range scans by a
 * primary key that is an integer, or not at all; large objects by their OIDs. `source` reads under the snapshot that is copied, so that the
 * parts are fair; complete they are in any case.
 */
bool copy_plan_chunks(Conn *source, Conn *target, const char *migration, CopyPlan *plans, size_t n,
                      Err *err) must_check;

/* Copies one table whole, replacing what the target has of it; for what is copied again inside the pause. Not in a transaction. */
bool copy_table_again(Conn *source, Conn *target, const RelationRow *relation, Err *err) must_check;

/* Makes the target's large objects equal to the source's: data, owner, grants, comments. *ret_changed counts what was written or removed. */
bool copy_large_objects(Conn *source, Conn *target, int64_t *ret_changed, Err *err) must_check;

#endif
