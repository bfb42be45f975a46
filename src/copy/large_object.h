/* Large objects, by ranges of their OIDs. */
#ifndef PGBATON_COPY_LARGE_OBJECT_H
#define PGBATON_COPY_LARGE_OBJECT_H

#include "copy/stream.h"

typedef struct LargeObjectCopy
{
    Conn *source;
    Conn *target;
    RateLimit *rate; /* NULL: no bound */
    CopyCounters *counters;
    int64_t n_changed; /* written or removed */
    int64_t n_bytes;
} LargeObjectCopy;

/*
 * Makes the target's objects from first to last equal to the source's: data, owner, grants, comments. In constant memory, in the caller's
 * transaction, in which each object that is changed takes a lock.
 */
bool large_objects_copy(LargeObjectCopy *copy, uint32_t first, uint32_t last, Err *err) must_check;

#endif
