/*
 * The fence: what stops writes on a server.
 *
 * Up to the point of no return it is locks of one session, so that the server is writable again by itself when that session ends. From then on it is
 * default_transaction_read_only on the database, recorded in pgbaton.fence of that database in the same transaction: that row's commit is the
 * point of no return.
 */
#ifndef PGBATON_FENCE_FENCE_H
#define PGBATON_FENCE_FENCE_H

#include "base/vec.h"
#include "catalog/catalog.h"
#include "pg/conn.h"

/* A session that had to be ended. */
typedef struct EndedSession
{
    int64_t pid;
    const char *user;        /* NULL: a background worker */
    const char *application; /* "" when it has no name */
    const char *state;       /* active, idle, idle in transaction, …; NULL: none */
} EndedSession;

typedef VEC(EndedSession) EndedSessions;

/*
 * Opens a transaction on conn with EXCLUSIVE locks on all tables (and on the large objects): readers go on, writers wait.
 *
 * Applications that lock the same tables in another order would deadlock with us. So an attempt waits for a lock only briefly (longer
 * from one to the next, at most lock_timeout_ms, which has to be less than their deadlock_timeout), then lets everything go; and the
 * table it failed at is locked first in the next one, which brings our order towards theirs. `tables` is reordered so. Past
 * deadline_ms (of clock_ms) ERR_REFUSED names who is in the way, whom `observer` finds.
 *
 * The server itself ends the session, and so the fence, when it hears nothing for idle_timeout_ms (0: never): a host that is cut off
 * must not leave its locks behind. fence_hold lifts that.
 *
 * *ret_start_us (of clock_us) is when the attempt that succeeded began: between two attempts writers go on.
 */
bool fence_lock(Conn *conn, Conn *observer, QualifiedNames *tables, bool large_objects,
                int lock_timeout_ms, int idle_timeout_ms, int64_t deadline_ms,
                int64_t *ret_start_us, Err *err) must_check;

/* From now on the locks are held until conn is closed. Fails when they are lost already. */
bool fence_hold(Conn *conn, Err *err) must_check;

/* Makes the table that the point of no return is written to, ahead of it. */
bool fence_prepare(Conn *conn, Err *err) must_check;

/* Runs once what the pause is going to ask, so that the session's caches are filled. */
bool fence_warm_up(Conn *conn, Err *err) must_check;

/* The point of no return, after fence_prepare. Idempotent. `together`: statements for the same transaction, each with its semicolon. */
bool fence_close(Conn *conn, const char *migration, const char *together, Err *err) must_check;

/* Has fence_close been committed by this migration? */
bool fence_is_closed(Conn *conn, const char *migration, bool *ret_closed, Err *err) must_check;

/* How long ago fence_close was committed, in microseconds by the server's clock; 0 if it was not. */
bool fence_closed_for(Conn *conn, const char *migration, int64_t *ret_us, Err *err) must_check;

/*
 * Ends every client session of the database that may have begun before fence_close or fence_guard was committed, and so does not know of it, but those whose pid is in
 * the list (a PostgreSQL array, "{1,2}").
 */
bool fence_end_sessions(Conn *conn, const char *own_pids, Err *err) must_check;

/*
 * The same up to deadline_ms (of clock_ms); what was ended is added to *ret_ended. ERR_REFUSED when there is a session of which this role cannot see whether
 * it is an old one, or which it may not end.
 */
bool fence_end_sessions_until(Conn *conn, const char *own_pids, int64_t deadline_ms, Arena *arena,
                              EndedSessions *ret_ended, Err *err) must_check;

/* Sessions that cannot write, as the fence's locks keep them waiting. The texts are arrays of PostgreSQL. */
typedef struct HeldSessions
{
    const char *pids;
    const char *messages; /* when the message from the client came that each of them is busy with */
    int64_t n;
} HeldSessions;

/* Those that wait now for a lock of session `fence`. */
bool fence_held_sessions(Conn *conn, const Conn *fence, Arena *arena, HeldSessions *ret_held,
                         Err *err) must_check;

/*
 * Signals them to end. They need not be awaited: a session that waits for a lock ends before it does anything else, also when it is given the
 * lock in that moment. *ret_locked: the fence has its locks after that, if it has any to hold. *ret_all: all have been waiting in between; if not,
 * one may have done something else meanwhile, such as nextval().
 */
bool fence_end_held(Conn *conn, const Conn *fence, const HeldSessions *held, bool *ret_locked,
                    bool *ret_all, Err *err) must_check;

/* ERR_REFUSED, naming them, when there are sessions that could not be ended now. */
bool fence_refuse_unendable(Conn *conn, const char *own_pids, Err *err) must_check;

/* Makes the database read-only for sessions that begin from now on; fence_open takes it back. May be part of a transaction. */
bool fence_guard(Conn *conn, Err *err) must_check;

/* Takes fence_guard back. */
bool fence_unguard(Conn *conn, Err *err) must_check;
void fence_add_unguard(Str *sql, const Conn *conn);

/* Adds the statement that forgets the point of no return of this migration, for after fence_prepare. */
void fence_add_forget(Str *sql, const char *migration);

#endif
