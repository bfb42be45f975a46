#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/str.h"
#include "copy/worker.h"

enum
{
    TICK_MS = 200
};

static void
stop_pool(CopyPool *pool, Err *err)
{
    ssize_t written;

    pthread_mutex_lock(&pool->lock);
    if (pool->first_error.code == ERR_NONE)
        err_move(&pool->first_error, err);
    pthread_mutex_unlock(&pool->lock);
    written = write(pool->abort_pipe[1], "x", 1);
    (void)written;
    pthread_cond_broadcast(&pool->progress);
}

static int
n_running(CopyPool *pool)
{
    int n;

    pthread_mutex_lock(&pool->lock);
    n = pool->n_running;
    pthread_mutex_unlock(&pool->lock);
    return n;
}

/* Watches until the last worker has ended. */
static void
watch(CopyPool *pool)
{
    const CopyJob *job = pool->job;
    bool stopped = false;

    while (n_running(pool) > 0)
    {
        cleanup_(err_release) Err err = {0};
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_MS * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&pool->lock);
        if (pool->n_running > 0)
            pthread_cond_timedwait(&pool->progress, &pool->lock, &until);
        pthread_mutex_unlock(&pool->lock);
        if (!stopped && job->tick && !job->tick(job->context, &pool->counters, &err))
        {
            stopped = true;
            stop_pool(pool, &err);
        }
    }
}

bool
copy_run(const CopyJob *job, Err *err)
{
    CopyPool pool = {.job = job};
    pthread_t *threads = mem_alloc((size_t)job->n_workers * sizeof(*threads));
    int n_started = 0;

    if (pipe2(pool.abort_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        abort();
    rate_init(&pool.rate, job->rate_limit, pool.abort_pipe[0]);
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.progress, NULL);
    pool.n_running = job->n_workers;
    for (; n_started < job->n_workers; n_started++)
        if (pthread_create(&threads[n_started], NULL, copy_worker_main, &pool) != 0)
            abort();
    watch(&pool);
    for (int i = 0; i < n_started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    close(pool.abort_pipe[0]);
    close(pool.abort_pipe[1]);
    pthread_cond_destroy(&pool.progress);
    pthread_mutex_destroy(&pool.lock);
    rate_release(&pool.rate);
    if (pool.first_error.code != ERR_NONE)
        return err_move(err, &pool.first_error);
    return !cancel_requested() || cancel_error(err);
}
