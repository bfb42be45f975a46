/*
 * COPY from server to server through this process, in constant memory but for the largest row.
 */
#ifndef PGBATON_COPY_STREAM_H
#define PGBATON_COPY_STREAM_H

#include <stdatomic.h>

#include "copy/rate.h"
#include "pg/conn.h"

/* What has passed so far; written by the copying thread, read by whoever shows progress. */
typedef struct CopyCounters
{
    atomic_int_fast64_t rows;
    atomic_int_fast64_t bytes;
} CopyCounters;

/* What one COPY has moved: rows as the target reports them. */
typedef struct CopyCount
{
    int64_t rows;
    int64_t bytes;
} CopyCount;

/*
 * Runs `copy_out` (n times COPY … TO STDOUT, with semicolons between them) on from and `copy_in` (as many COPY … FROM STDIN) on to, one
 * after the other without waiting for the source in between, as fast as rate allows (NULL: no bound). After a failure both connections may be left in mid-COPY: close them.
 */
bool copy_stream(Conn *from, const char *copy_out, Conn *to, const char *copy_in, size_t n,
                 RateLimit *rate, CopyCounters *counters, CopyCount *ret_counts,
                 Err *err) must_check;

#endif
