/*
 * Rewinding a subscription: having the publisher send again what was applied already.
 *
 * Setting the subscription's origin back does nothing by itself: the publisher starts at the slot's confirmed_flush_lsn at the earliest (logical.c,
 * CreateDecodingContext), and a slot never goes back. So it takes another slot that was kept at an older position (slot copy), onto which the
 * subscription is put together with its origin.
 */
#ifndef PGBATON_REPL_REWIND_H
#define PGBATON_REPL_REWIND_H

#include "base/str.h"
#include "repl/slot_info.h"

typedef struct RewindWish
{
    const char *subscription;
    const char *lsn;  /* NULL: the position of the slot */
    const char *slot; /* NULL: the one slot that can send what comes after lsn */
    bool enable;
} RewindWish;

typedef struct Rewind
{
    const RewindWish *wish;
    const char *oid;      /* of the subscription */
    const char *origin;   /* its name */
    const char *old_slot; /* NULL: it had none */
    SlotInfo slot;        /* the kept one */
    const char *from;     /* up to where it has applied; NULL: nothing */
    const char *to;
    bool was_enabled;
} Rewind;

/* Looks at both sides, and refuses (ERR_REFUSED) with the reason what would not have the wished effect. wish has to outlive the result. */
bool rewind_plan(Conn *publisher, Conn *subscriber, const RewindWish *wish, Arena *arena,
                 Rewind *ret_rewind, Err *err) must_check;

/* The first statement, which ends the worker, and the others, one message. */
void rewind_add_disable_sql(const Rewind *rewind, Str *sql);
void rewind_add_sql(const Rewind *rewind, Str *sql);

/* Does it. When it fails, the subscription is as it was. */
bool rewind_run(Conn *subscriber, Rewind *rewind, Arena *arena, Err *err) must_check;

typedef enum ReplayState
{
    REPLAY_NONE,    /* not looked at, or nothing is sent again */
    REPLAY_DONE,    /* what had been applied before is applied again */
    REPLAY_RUNNING, /* under way */
    REPLAY_STOPPED, /* the apply worker fails */
} ReplayState;

typedef struct Replay
{
    ReplayState state;
    const char *position; /* of the origin now; NULL */
    const char *error;    /* as far as the server log can be read; NULL */
    const char *
        conflicts; /* what the server has counted meanwhile (18), a JSON object; NULL: it counts none */
} Replay;

/* What is to be compared with afterwards: before rewind_run. */
typedef struct ReplayBase
{
    int64_t n_errors; /* -1: not counted */
    const char *conflicts;
} ReplayBase;

bool replay_base(Conn *subscriber, const Rewind *rewind, Arena *arena, ReplayBase *ret_base,
                 Err *err) must_check;

/* Looks on until all is applied again, the worker fails, or timeout_ms is over. */
bool replay_watch(Conn *subscriber, const Rewind *rewind, const ReplayBase *base, int timeout_ms,
                  Arena *arena, Replay *ret_replay, Err *err) must_check;

#endif
