/*
 * One COPY from server to server through this process, in constant memory but for the largest row.
 */
#ifndef PGBATON_COPY_STREAM_H
#define PGBATON_COPY_STREAM_H

#include <stdatomic.h>

#include "pg/conn.h"

/* What has passed so far; written by the copying thread, read by whoever shows progress. */
typedef struct CopyCounters
{
    atomic_int_fast64_t rows;
    atomic_int_fast64_t bytes;
} CopyCounters;

/*
 * Runs `copy_out` (COPY … TO STDOUT) on from and `copy_in` (COPY … FROM STDIN) on to. The number of rows is the one that the target reports.
 * After a failure both connections may be left in mid-COPY: close them.
 */
bool copy_stream(Conn *from, const char *copy_out, Conn *to, const char *copy_in,
                 CopyCounters *counters, int64_t *ret_rows, int64_t *ret_bytes,
                 Err *err) must_check;

#endif
