/*
 * Self-checking load: writers that keep a ledger of what was acknowledged, and the comparison of the ledger with a database.
 *
 * Everything is in schema pgbaton_traffic, which is tagged by comments: nothing here touches a schema of this name that
 * pgbaton did not make (ERR_REFUSED).
 */
#ifndef PGBATON_TRAFFIC_TRAFFIC_H
#define PGBATON_TRAFFIC_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum
{
    TRAFFIC_MAX_WRITERS = 512,
    TRAFFIC_MAX_TEXTS = 10, /* error texts and offenders told */
};

/* Makes the schema, or finds it made. */
bool traffic_init(const char *conninfo, bool *ret_made, Err *err) must_check;

/* Removes the schema; false in *ret_dropped when there was none. */
bool traffic_drop(const char *conninfo, bool *ret_dropped, Err *err) must_check;

typedef struct TrafficRunSpec
{
    const char
        *conninfo; /* several hosts as libpq takes them; tried in their order on every reconnect */
    const char *ledger;
    int n_writers;
    int64_t duration_ms; /* 0: until a stop is asked for */
    double rate;         /* transactions a second over all writers; 0: as fast as they can */
    int64_t seed;        /* of what is done; 0: another one every time */
    const char *name;    /* start of application_name */
    const char
        *commit_log; /* a line for every acknowledged commit, see stats.h; NULL or empty: none */
} TrafficRunSpec;

typedef struct TrafficText
{
    char *text;
    int64_t n;
} TrafficText;

typedef struct TrafficRunResult
{
    int64_t run; /* its number in the ledger */
    int64_t seed;
    int64_t committed;   /* acknowledged */
    int64_t rolled_back; /* on purpose */
    int64_t ambiguous;
    int64_t errors; /* other than lost connections, read-only servers and what retries counts */
    TrafficText error_texts[TRAFFIC_MAX_TEXTS]; /* in the arena */
    int n_error_texts;
    int64_t retries; /* serialization failures, deadlocks, lock timeouts: known not committed */
    int64_t
        interrupted; /* transactions that failed before COMMIT because the server or the connection went away */
    int64_t reconnects;
    int64_t sequence_reused; /* unique violations on values taken from sequences */
    int64_t
        longest_gap_ms; /* between successive acknowledged commits over all writers, the one open at the end included */
    const char *longest_gap_at;    /* when it began: local time; NULL without any gap */
    int64_t longest_writer_gap_ms; /* the same within one writer */
    int64_t duration_ms;
    double tps;
} TrafficRunResult;

/*
 * Runs the writers until the time is over or a stop is asked for, which is a success. Texts of the result are in the
 * arena. False when it could not start or the ledger could not be written; *ret_result then tells what was done.
 */
bool traffic_run(const TrafficRunSpec *spec, Arena *arena, TrafficRunResult *ret_result,
                 Err *err) must_check;

/* The ledger files of a database. */
typedef struct LedgerList
{
    const char *const *paths;
    size_t len;
} LedgerList;

typedef struct TrafficCheckResult
{
    int64_t checked;    /* acknowledged transactions in the ledgers */
    int64_t missing;    /* of them not in the database */
    int64_t duplicated; /* transactions with a row that is there twice */
    int64_t half;    /* transactions of which a row is missing, changed, or there though deleted */
    int64_t foreign; /* rows of no transaction of the ledgers that can have committed */
    int64_t ambiguous_present;
    int64_t ambiguous_absent;
    int64_t sequence_reused; /* sequence values that two committed transactions got */
    bool balance_ok;         /* every account is what the transactions that are there make of it */
    bool counters_ok;
    const char *offenders[TRAFFIC_MAX_TEXTS]; /* in the arena */
    int n_offenders;
} TrafficCheckResult;

/* Compares. A difference is no error: see traffic_check_fine. To be called when no traffic is running. */
bool traffic_check(const char *conninfo, const LedgerList *ledgers, Arena *arena,
                   TrafficCheckResult *ret_result, Err *err) must_check;

bool traffic_check_fine(const TrafficCheckResult *result);

#endif
