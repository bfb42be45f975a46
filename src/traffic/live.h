/*
 * The rows of a writer that are certain to be there: the ones it may update and delete. No other writer touches them.
 */
#ifndef PGBATON_TRAFFIC_LIVE_H
#define PGBATON_TRAFFIC_LIVE_H

#include <stddef.h>

#include "traffic/md5.h"
#include "traffic/random.h"

typedef struct LiveRow
{
    int64_t key; /* id; of a note: n of the transaction that inserted it */
    int slot;
    Md5 body; /* of a document */
    Md5 data;
    int64_t used; /* n of the last transaction that chose it: a transaction changes a row once */
} LiveRow;

typedef struct LiveSet
{
    LiveRow *rows;
    size_t len;
    size_t capacity;
} LiveSet;

void live_add(LiveSet *set, const LiveRow *row);
void live_remove(LiveSet *set, int64_t key, int slot);

/* NULL when it is not there. The address is valid until the next change of the set. */
LiveRow *live_find(LiveSet *set, int64_t key, int slot);

/* Some row that transaction n has not chosen yet, which then counts as chosen; NULL when none was found. */
LiveRow *live_choose(LiveSet *set, Random *random, int64_t n);

/* Removes the rows that transaction n chose. */
void live_remove_used(LiveSet *set, int64_t n);

void live_release(LiveSet *set);

#endif
