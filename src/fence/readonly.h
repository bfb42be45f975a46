/*
 * The read-only fence: instead of locking tables it makes the database read-only for the sessions that begin from now on
 * (default_transaction_read_only), and ends those that began before. For more tables than a lock table takes, for roles that may not lock,
 * and for `pgbaton writes pause`.
 *
 * What it changes is recorded in the same transaction (pgbaton.write_pause of that database) and put back exactly: the
 * database's own setting, those of roles that would beat it, and grants of CONNECT where asked for. A database has one pause at a time.
 *
 * Unlike a lock, a setting outlives its session. So before it is made a second session, the guard, is told in one message to
 * wait for the budget and then to take everything back. The server does that even if the client is gone by then, as it looks at its socket
 * only between messages (client_connection_check_interval, 14+, is off in that session). The guard and the point of no return
 * both lock pgbaton.fence: either the guard finds the row there and lets the pause be, or the point of no return finds the pause gone,
 * and fails. Only if the server itself restarts before the budget is over is the guard lost; then readonly_lower does it.
 *
 * A session may still write by saying so itself (SET transaction_read_only = off): revoke_connect keeps it out, but for superusers.
 *
 * In a switchover:
 *
 *   before the pause          readonly_refuse(src, &fence, …)
 *   instead of fence_lock     readonly_raise(src, &fence, deadline, …)    every earlier session has ended: now drain
 *   instead of fence_hold
 *     and fence_close         readonly_close(src, &fence, migration, …)   the point of no return
 *   afterwards                readonly_release(&fence)                    cannot fail
 *   failed before it          readonly_lower(src, migration, …), then readonly_release(&fence)
 *   the way back, later       readonly_add_open and fence_add_forget
 */
#ifndef PGBATON_FENCE_READONLY_H
#define PGBATON_FENCE_READONLY_H

#include "base/arena.h"
#include "fence/fence.h"
#include "pg/conn.h"

typedef struct Readonly
{
    /* Asked for. */
    const Server *server;  /* where the guard connects to: the one of conn */
    const char *migration; /* whose pause it is; NULL: of `writes pause` */
    const char *own_pids;  /* sessions that are spared beside conn's and the guard's: "{1,2}" */
    int budget_ms;         /* from then on the server takes it back by itself */
    bool revoke_connect;   /* keeps out those that do not heed the setting, too */

    /* Found. */
    Conn *guard;
    int64_t id;          /* the pause's number; 0: not raised */
    int64_t start_us;    /* of clock_us, when new sessions became read-only */
    EndedSessions ended; /* who had to go */
    bool is_settled;     /* the guard has nothing to take back any more */
    Names kept;          /* roles whose own setting this role may not change: they can write */
} Readonly;

/* The statements that it will run on conn's database, for a dry run and for those who want to look before. Each ends without a semicolon. */
bool readonly_plan(Conn *conn, bool revoke_connect, Arena *arena, Names *ret_statements,
                   Err *err) must_check;

/* What would be put back now by readonly_lower, in the same form; nothing without a pause. */
bool readonly_undo_plan(Conn *conn, Arena *arena, Names *ret_statements, Err *err) must_check;

/*
 * ERR_REFUSED when it cannot be raised: closed by a switchover, paused by somebody else, rights that are missing, sessions that may not be
 * ended, prepared transactions that are older than a few seconds. Changes nothing.
 */
bool readonly_refuse(Conn *conn, const Readonly *fence, Err *err) must_check;

/*
 * Raises it, or, if it is this migration's already, takes it over with a new budget. conn must be outside of a transaction. Then ends the earlier sessions and waits for prepared
 * transactions, until deadline_ms (of clock_ms). When it fails everything has been put back, by the guard at the latest.
 */
bool readonly_raise(Conn *conn, Readonly *fence, int64_t deadline_ms, Arena *arena,
                    Err *err) must_check;

/*
 * The point of no return: inserts into pgbaton.fence and makes the pause final, in one transaction, which fails with ERR_REFUSED when the pause has
 * been taken back meanwhile. As with any commit, ask fence_is_closed when the connection broke. Idempotent.
 */
bool readonly_close(Conn *conn, Readonly *fence, const char *migration, Err *err) must_check;

/* Makes the pause last until readonly_lower: the guard no longer has a say. ERR_REFUSED when it has taken it back already. */
bool readonly_keep(Conn *conn, Readonly *fence, Err *err) must_check;

/* Lets go of the guard's connection. A guard whose pause is final or kept is ended; one that may still have a pause to take back goes on. */
void readonly_release(Readonly *fence);

/*
 * Puts back all that a pause of this migration (NULL: of `writes pause`) has changed, also when another process raised it; nothing to do when there is
 * none. A database that was closed stays closed, which is no error. *ret_was_up (may be NULL): there was one.
 */
bool readonly_lower(Conn *conn, const char *migration, bool *ret_was_up, Err *err) must_check;

/*
 * Adds the statements that let strangers write again to a database that was closed by either fence, each with its semicolon; they may be part of a
 * transaction. The row in pgbaton.fence stays.
 */
bool readonly_add_open(Conn *conn, Str *sql, Err *err) must_check;

/* What is known of one database. */
typedef struct ReadonlyState
{
    bool is_read_only;        /* default_transaction_read_only is on for the database */
    const char *closed_by;    /* the migration whose switchover closed it; NULL: none */
    const char *closed_since; /* as the server prints it */
    bool is_paused;           /* there is a pause, and the database is read-only */
    bool
        has_record; /* there is something to be put back, also if somebody made the database writable by hand */
    const char *paused_for; /* the migration; NULL: `writes pause` */
    const char *paused_since;
    const char *paused_by;
    const char *paused_until; /* NULL: until it is lowered */
    bool has_guard;           /* somebody waits to take it back */
    bool connect_revoked;
    int64_t n_sessions; /* of clients */
    int64_t n_writing;  /* sessions in a transaction that has written */
    int64_t n_prepared; /* prepared transactions */
    bool has_journal;   /* of a migration to this database */
    Names may_write;    /* what the setting does not stop, in words */
} ReadonlyState;

bool readonly_read(Conn *conn, Arena *arena, ReadonlyState *ret_state, Err *err) must_check;

/* Removes the tables of a pause that is over, and schema pgbaton if nothing else is in it. */
bool readonly_tidy(Conn *conn, Err *err) must_check;

#endif
