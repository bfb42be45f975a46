/*
 * One writer: a thread with one connection that runs transactions and keeps the ledger.
 */
#ifndef PGBATON_TRAFFIC_WRITER_H
#define PGBATON_TRAFFIC_WRITER_H

#include "traffic/ledger.h"
#include "traffic/live.h"
#include "traffic/session.h"

/* What all writers of a run share. */
typedef struct Run
{
    int64_t number;
    int ledger_fd;
    int commit_log_fd; /* -1: none is kept */
    int n_writers;
    double rate;
    atomic_bool stop;
    Stats stats;
} Run;

typedef struct WriterCounts
{
    int64_t committed;
    int64_t rolled_back;
    int64_t ambiguous;
    int64_t retries;
    int64_t interrupted;
} WriterCounts;

typedef struct PendingChange
{
    LedgerChange change;
    Md5 body; /* of a document */
    Md5 data;
} PendingChange;

enum
{
    MAX_PENDING = 16
};

typedef struct Writer
{
    Run *run;
    int number;
    int64_t n; /* of the transaction in hand */
    Random random;
    Session session;
    LiveSet items;
    LiveSet notes;
    LiveSet documents;
    PendingChange pending[MAX_PENDING]; /* what the transaction in hand did */
    int n_pending;
    Str line;
    Str text[3]; /* contents being written */
    Gap gap;
    WriterCounts counts;
    Err err; /* set when the ledger could not be written */
} Writer;

/* The thread's function; arg is the Writer, with run, number, random and session filled. Ends with the run. */
void *writer_main(void *arg);

/* Frees what the Writer holds, after its thread has ended. */
void writer_release(Writer *writer);

#endif
