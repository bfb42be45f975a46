/*
 * Where a migration stands, as one struct that both renderers print. Reads only, but for a marker that it sends through each stream to measure
 * the lag; takes no lock.
 */
#ifndef PGBATON_FLOW_STATUS_H
#define PGBATON_FLOW_STATUS_H

#include "flow/flow.h"
#include "repl/slot.h"
#include "repl/subscription.h"

typedef struct StreamStatus
{
    const char *name;  /* of publication, slot and subscription */
    const char *state; /* creating, copying, copied, streaming; prepared, reverse: the way back */
    int64_t n_tables;
    SubscriptionState subscription;
    SlotState slot;
    int64_t
        lag_ms; /* how long a marker took; -1: not measured; at least this when !marker_arrived */
    bool marker_arrived;
} StreamStatus;

typedef struct TableStatus
{
    const char *schema;
    const char *name;
    const char *kind;  /* table; recopied; large objects */
    const char *state; /* waiting, copying, indexing, done */
    int64_t rows_copied;
    int64_t row_estimate;
    int64_t bytes_copied;
    int64_t table_bytes;
} TableStatus;

typedef struct Problem
{
    const char *message;
    const char *detail;
    const char *hint;
} Problem;

typedef struct DatabaseStatus
{
    const char *database;
    const char *target_database;
    const char *
        phase; /* not begun, migrating, replicating, switching over, switched over, rolling back, rolled back */
    const char *step;         /* of an unfinished flow, the last that was begun; NULL: none is */
    const char *worked_on_by; /* who holds the migration's lock; NULL: nobody */
    int64_t n_joined;         /* pgbatons that take part in the copy beside that one */
    int64_t n_joined_workers;
    Progress progress;
    VEC(StreamStatus) streams;
    VEC(TableStatus) tables;
    VEC(Problem) problems; /* none: healthy */
} DatabaseStatus;

bool status_read(const Config *config, const FlowObserver *observer, Arena *arena,
                 const char *database, DatabaseStatus *ret_status, Err *err) must_check;

#endif
