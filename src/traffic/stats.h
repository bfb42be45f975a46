/*
 * What the writers count together: gaps between commits and the texts of errors. Thread-safe.
 */
#ifndef PGBATON_TRAFFIC_STATS_H
#define PGBATON_TRAFFIC_STATS_H

#include <libpq-fe.h>
#include <pthread.h>

#include "traffic/traffic.h"

/* The longest time between successive commits. Of one thread. */
typedef struct Gap
{
    int64_t last_us; /* monotonic; 0 before the first commit */
    int64_t last_wall_us;
    int64_t longest_us;
    int64_t longest_at_wall_us; /* when it began */
} Gap;

void gap_note(Gap *gap, int64_t now_us, int64_t now_wall_us);

/* The gap open at the end counts too. */
void gap_close(Gap *gap, int64_t end_us);

typedef struct Stats
{
    pthread_mutex_t mutex;
    Gap gap;
    TrafficText errors[TRAFFIC_MAX_TEXTS];
    int n_errors;
} Stats;

void stats_init(Stats *stats);
void stats_release(Stats *stats);

/* A commit was acknowledged just now; gap is the writer's own. Returns the wall clock time in microseconds. */
int64_t stats_commit(Stats *stats, Gap *gap);

/*
 * The commit log, for whoever wants to know of every gap: "TIME WRITER PORT HOST" a line, TIME being the microseconds since
 * 1970 at which the commit was acknowledged, PORT and HOST (a name, an address or a directory) where the writer is
 * connected. Lines are appended by a single write().
 */
bool commit_log_open(const char *path, int *ret_fd, Err *err) must_check;
bool commit_log_write(int fd, int64_t wall_us, int writer, PGconn *pg, Err *err) must_check;

/* Keeps the text if it is among the first distinct ones. */
void stats_error(Stats *stats, const char *text);

/* A wall clock time in microseconds as "2026-11-21 14:03:07.123+01:00", in the arena. */
const char *stats_time_text(Arena *arena, int64_t wall_us);

#endif
