/*
 * A bound on how fast rows are copied, shared by the workers of a pool: a bucket that fills with so many bytes a second and
 * holds those of a quarter of one.
 */
#ifndef PGBATON_COPY_RATE_H
#define PGBATON_COPY_RATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef struct RateLimit
{
    int64_t bytes_per_s; /* 0: no bound */
    int abort_fd;        /* ends a wait when it becomes readable; -1: none */
    pthread_mutex_t lock;
    int64_t paid_us; /* of clock_us: when all that was taken will have flowed in */
} RateLimit;

void rate_init(RateLimit *rate, int64_t bytes_per_s, int abort_fd);
void rate_release(RateLimit *rate);

/*
 * Books n_bytes at a time of clock_us and returns until when whoever sends them must wait: at once if that is not after now_us. What is larger
 * than the bucket is paid for afterwards, by whoever comes next. Only with a bound.
 */
int64_t rate_reserve(RateLimit *rate, int64_t n_bytes, int64_t now_us) must_check;

/*
 * Takes n_bytes that are about to be sent, waiting until they may be. ERR_STOPPED when it is stopped meanwhile. rate NULL: no
 * bound.
 */
bool rate_take(RateLimit *rate, int64_t n_bytes, Err *err) must_check;

#endif
