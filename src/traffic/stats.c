#define _GNU_SOURCE
#include "traffic/stats.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/redact.h"
#include "base/str.h"

void
gap_note(Gap *gap, int64_t now_us, int64_t now_wall_us)
{
    if (gap->last_us && now_us - gap->last_us > gap->longest_us)
    {
        gap->longest_us = now_us - gap->last_us;
        gap->longest_at_wall_us = gap->last_wall_us;
    }
    /* Two writers may take the time in one order and the mutex in the other. */
    if (now_us > gap->last_us)
    {
        gap->last_us = now_us;
        gap->last_wall_us = now_wall_us;
    }
}

void
gap_close(Gap *gap, int64_t end_us)
{
    gap_note(gap, end_us, 0);
}

void
stats_init(Stats *stats)
{
    *stats = (Stats){0};
    pthread_mutex_init(&stats->mutex, NULL);
}

void
stats_release(Stats *stats)
{
    for (int i = 0; i < stats->n_errors; i++)
        free(stats->errors[i].text);
    pthread_mutex_destroy(&stats->mutex);
}

static int64_t
wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
stats_commit(Stats *stats, Gap *gap)
{
    int64_t now_us = clock_us();
    int64_t now_wall_us = wall_us();

    gap_note(gap, now_us, now_wall_us);
    pthread_mutex_lock(&stats->mutex);
    gap_note(&stats->gap, now_us, now_wall_us);
    pthread_mutex_unlock(&stats->mutex);
    return now_wall_us;
}

static bool
commit_log_error(const char *what, Err *err)
{
    int number = errno;

    err_set(err, ERR_FAILED, "%s", what);
    err_detail(err, "%s.", strerror(number));
    return err_hint(err,
                    "Name a file that can be written to, on a disk with room: --commit-log FILE");
}

bool
commit_log_open(const char *path, int *ret_fd, Err *err)
{
    *ret_fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    return *ret_fd >= 0 || commit_log_error("could not open the commit log", err);
}

bool
commit_log_write(int fd, int64_t wall_us, int writer, PGconn *pg, Err *err)
{
    cleanup_(str_release) Str line = STR_INIT;
    ssize_t written;

    str_addf(&line, "%" PRId64 " %d %s %s\n", wall_us, writer, PQport(pg), PQhost(pg));
    do
        written = write(fd, line.data, line.len);
    while (written < 0 && errno == EINTR);
    return written == (ssize_t)line.len ||
           commit_log_error("could not write to the commit log", err);
}

static void
count_text(Stats *stats, const char *text)
{
    int i;

    for (i = 0; i < stats->n_errors; i++)
        if (strcmp(stats->errors[i].text, text) == 0)
            break;
    if (i == TRAFFIC_MAX_TEXTS)
        return;
    if (i == stats->n_errors)
        stats->errors[stats->n_errors++].text = mem_strdup(text);
    stats->errors[i].n++;
}

void
stats_error(Stats *stats, const char *text)
{
    cleanup_(mem_free_pointer) char *clean = redact(text);

    pthread_mutex_lock(&stats->mutex);
    count_text(stats, clean);
    pthread_mutex_unlock(&stats->mutex);
}

const char *
stats_time_text(Arena *arena, int64_t wall)
{
    time_t seconds = (time_t)(wall / 1000000);
    struct tm tm;
    char date[32];
    char zone[8];

    localtime_r(&seconds, &tm);
    (void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
    (void)strftime(zone, sizeof(zone), "%z", &tm);
    return arena_printf(arena, "%s.%03d%.3s:%s", date, (int)(wall / 1000 % 1000), zone, zone + 3);
}
