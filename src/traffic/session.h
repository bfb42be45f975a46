/*
 * A writer's connection: ordinary libpq, as an application would use it. Nothing is set on the session, so that a fence
 * (read-only roles, locks, terminated sessions) stops it, and it works through a pooler in transaction mode.
 */
#ifndef PGBATON_TRAFFIC_SESSION_H
#define PGBATON_TRAFFIC_SESSION_H

#include <libpq-fe.h>
#include <stdatomic.h>

#include "traffic/stats.h"

/* How a statement ended. Unless it is STEP_OK, the transaction is not committed (for COMMIT see session_commit). */
typedef enum StepResult
{
    STEP_OK,
    STEP_RETRY,     /* serialization failure, deadlock, lock timeout */
    STEP_RECONNECT, /* the connection is lost, or the server takes no writes */
    STEP_ERROR,     /* anything else; its text is in the stats */
    STEP_STOP,      /* the run is over */
} StepResult;

typedef struct SessionCounts
{
    int64_t connects;
    int64_t errors;
    int64_t sequence_reused;
} SessionCounts;

typedef struct Session
{
    const char *conninfo; /* borrowed */
    const char *name;     /* application_name; borrowed */
    PGconn *pg;           /* NULL when not connected */
    int64_t deadline_ms;  /* on the monotonic clock; INT64_MAX: none */
    const atomic_bool *stop;
    Stats *stats;
    int64_t back_off_ms; /* before the next connection; 0 after a commit */
    SessionCounts counts;
} Session;

/* A text or bytea value of a statement. */
typedef struct Arg
{
    const char *value;
    size_t len; /* of a binary one */
    bool binary;
} Arg;

/* The time is over, or a stop was asked for. */
bool session_over(const Session *session);

/* Connects, trying again until the run is over (false). */
bool session_connect(Session *session);

void session_close(Session *session);

/* Runs one statement; args may be NULL. ret_result may be NULL; PQclear what it returns. */
StepResult session_exec(Session *session, const char *sql, const Arg *args, int n_args,
                        PGresult **ret_result);

/* Rolls back, if the connection still can. */
void session_rollback(Session *session);

typedef enum CommitResult
{
    COMMIT_DONE,
    COMMIT_NOT_DONE, /* the server said no; *ret_step tells what to do */
    COMMIT_AMBIGUOUS,
} CommitResult;

/* A stop does not end the wait for the answer before 5 s are over. */
CommitResult session_commit(Session *session, StepResult *ret_step);

/* Counts an error that is not the server's. */
void session_complain(Session *session, const char *text);

#endif
