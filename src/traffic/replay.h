/*
 * What the ledgers say the database must hold.
 *
 * Read twice: first the outcomes, then, when it is known which transactions are in the database, their changes. Memory: 32 bytes a
 * transaction, 8 a sequence value and some 80 a row that is alive at the end.
 */
#ifndef PGBATON_TRAFFIC_REPLAY_H
#define PGBATON_TRAFFIC_REPLAY_H

#include "traffic/ledger.h"
#include "traffic/schema.h"
#include "traffic/traffic.h"

typedef enum Outcome
{
    OUTCOME_NONE, /* not in the ledger */
    OUTCOME_AMBIGUOUS,
    OUTCOME_ROLLED_BACK,
    OUTCOME_COMMITTED,
} Outcome;

typedef struct Txn
{
    int64_t ticket;
    Md5 payload;
    unsigned char outcome; /* Outcome */
    unsigned char seen;    /* rows of it in txn: 0, 1, 2 = more */
    bool half;
    bool duplicated;
} Txn;

/* The transactions of one writer of one run; txns[n - 1]. */
typedef struct Stream
{
    int64_t run;
    int writer;
    Txn *txns;
    size_t len;
    size_t capacity;
    int64_t own_count; /* what its counter must be */
    int64_t own_last;
} Stream;

/* A row that must be there. */
typedef struct Row
{
    char table; /* 0: an empty place */
    bool seen;
    int slot;
    int stream;
    int64_t key;
    int64_t n;       /* who inserted it */
    int64_t changed; /* who changed it last */
    Md5 sum;
} Row;

typedef struct Numbers
{
    int64_t *items;
    size_t len;
    size_t capacity;
} Numbers;

typedef struct Replay
{
    Stream *streams;
    int n_streams;
    int last_stream;
    Row *rows; /* open addressing with linear probing; a power of two */
    size_t n_rows;
    size_t row_capacity;
    int64_t accounts[TRAFFIC_ACCOUNTS]; /* sums of what was added */
    int64_t counters[TRAFFIC_SHARED_COUNTERS];
    Numbers tickets; /* sequence values of committed transactions */
    Numbers item_ids;
    Numbers document_ids;
} Replay;

/* Reads the outcomes. sizes has an element for every ledger, -1 at first: see ledger_read. */
bool replay_outcomes(Replay *replay, const LedgerList *ledgers, int64_t *sizes,
                     Err *err) must_check;

/* Reads the changes of the transactions that were seen and can have committed. */
bool replay_changes(Replay *replay, const LedgerList *ledgers, int64_t *sizes, Err *err) must_check;

/* -1 when the ledgers do not know the writer. */
int replay_stream(Replay *replay, int64_t run, int writer);

/* NULL when the ledgers do not know the transaction. */
Txn *replay_txn(Replay *replay, int stream, int64_t n);

/* NULL when no such row must be there. */
Row *replay_row(Replay *replay, char table, int stream, int64_t key, int slot);

/* How many values are there more than once. Sorts. */
int64_t numbers_repeated(Numbers *numbers);

void replay_release(Replay *replay);

#endif
