/* One worker of the copy, and what the workers of a pool share. */
#ifndef PGBATON_COPY_WORKER_H
#define PGBATON_COPY_WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include "copy/copy.h"

typedef struct CopyPool
{
    const CopyJob *job;
    CopyCounters counters;
    RateLimit rate;
    pthread_mutex_t lock;    /* of what follows */
    pthread_cond_t progress; /* a piece of work was finished, or a worker ended */
    int n_running;
    int n_building;
    Err first_error;
    int abort_pipe[2]; /* readable when the pool is to stop */
} CopyPool;

/* Thread body: works until nothing is left or the CopyPool arg stops. Its error, if it is the first one, goes to the pool. */
void *copy_worker_main(void *arg);

#endif
