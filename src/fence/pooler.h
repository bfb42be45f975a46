/*
 * Moving the database entries of PgBouncers from one server to the other, around a write pause.
 *
 *   poolers_open      before the pause: sessions, checks, the new files written beside the old ones
 *   poolers_pause     begin of the pause: clients wait, none is in a transaction any more
 *   poolers_redirect  in it, if it is sure that they move
 *   poolers_switch    end of the pause: the files take the old ones' place, RELOAD, RESUME
 *   poolers_undo      instead, or after it: as it was before
 *   poolers_close
 *
 * All PgBouncers of all sections [pooler NAME] go side by side; those of one section read the same file. Nothing needs to be remembered: a
 * later process that finds the journal saying "begun" opens with is_recovery, and calls poolers_switch if the point of no return is
 * passed, else poolers_undo. Both look at what is there, and can be called again and again.
 *
 * A migration of several databases does all this for one after the other; only the entries that lead to that database are touched.
 */
#ifndef PGBATON_FENCE_POOLER_H
#define PGBATON_FENCE_POOLER_H

#include "config/pooler.h"
#include "fence/pooler_text.h"
#include "pg/conn.h"

typedef struct Poolers Poolers;

/* What is to be moved where. The texts and the sections are borrowed for as long as the Poolers live. */
typedef struct PoolerMove
{
    const PoolerConfig *sections;
    size_t n_sections;
    const char *migration;        /* a part of the names of staged files */
    const char *application_name; /* as of Server */
    PoolerPlace source;           /* of the migrated database, as pgbaton reaches it */
    PoolerPlace target;
    bool is_rollback; /* the writes go from the target to the source */
    int pause_ms;     /* how long clients may have to wait */
    bool
        is_recovery; /* another process has begun: paused or moved entries are expected, and a PgBouncer that does not
                         answer is left to poolers_switch or poolers_undo to tell */
} PoolerMove;

/* Where an open connection leads. The texts are the connection's. */
PoolerPlace pooler_place_of(const Conn *conn);

/*
 * *ret_poolers is NULL when there are no sections; all functions take that. ERR_REFUSED, ERR_UNREACHABLE: nothing was
 * changed. On failure too, what was opened is closed.
 */
bool poolers_open(const PoolerMove *move, Arena *arena, Poolers **ret_poolers, Err *err) must_check;

/* What somebody should know before the pause, as whole messages. */
StringList poolers_warnings(const Poolers *poolers);

/* Does any entry lead to the migrated database, so that there is something to do? */
bool poolers_any(const Poolers *poolers);

/*
 * Holds the clients of the entries, at the latest at deadline_ms (of clock_ms). When one PgBouncer fails, or a stop is asked for, all
 * are resumed before it returns; the error names that one.
 */
bool poolers_pause(Poolers *poolers, int64_t deadline_ms, Err *err) must_check;

/*
 * While the clients are held: puts the new files in place and tells RELOAD, but does not wait for the answers, so that poolers_switch has less to do.
 * What fails is tried again there.
 */
void poolers_redirect(Poolers *poolers);

/*
 * Leads the clients to the other side. A PgBouncer counts as done when SHOW DATABASES shows the new place, and is not resumed
 * before. When one fails: may_undo puts all of them back; else the others go on, and detail and hint tell what to do by hand.
 * A stop is not heeded.
 */
bool poolers_switch(Poolers *poolers, bool may_undo, Err *err) must_check;

/* Leads them back to where they were, or lets them go on there. A stop is not heeded. Fails as poolers_switch does. */
bool poolers_undo(Poolers *poolers, Err *err) must_check;

/* NULL is allowed. Neither resumes nor undoes. For cleanup_: poolers_close_pointer. */
void poolers_close(Poolers *poolers);
void poolers_close_pointer(Poolers **poolers);

#endif
