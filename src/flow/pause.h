/*
 * The write pause: what it takes is made ready before (pause_warm_up), so that in it there are only a few short statements on sessions that
 * are open. Its steps are not journaled one by one: the intent is (step "pause"), and whoever finds it unfinished looks at the servers.
 */
#ifndef PGBATON_FLOW_PAUSE_H
#define PGBATON_FLOW_PAUSE_H

#include "base/watcher.h"
#include "catalog/catalog.h"
#include "fence/fence.h"
#include "fence/readonly.h"
#include "flow/flow.h"
#include "flow/gates.h"
#include "flow/moment.h"
#include "flow/stream.h"
#include "flow/way_back.h"

typedef struct Handover Handover;

enum
{
    FENCE_BUDGETS =
        4 /* the locks are tried for so many pause budgets: between attempts writers go on */
};

/* What the pause needs to know of the migrated tables. */
typedef struct PauseTables
{
    QualifiedNames locked;
    RelationRows recopied; /* what replication does not carry */
    bool large_objects;
    bool new_side_has_none; /* of these, as it was at the last look: replication brings none */
} PauseTables;

typedef struct PausePart
{
    const char *name; /* of the step */
    int64_t us;
} PausePart;

typedef struct Pause
{
    const Handover *handover;
    Moment *moment; /* NULL: at once */
    bool moment_has_come;
    GateResults gates; /* of the last look at them */
    Conn *fence;       /* to the old side: holds the locks, if it is they that stop its writers */
    Readonly readonly; /* what stops them otherwise */
    Conn *helper;      /* to the old side: shares in reading its sequences */
    Conn *
        recopy; /* to the new side, for what replication does not carry; NULL: there is no such thing */
    int64_t start_us;    /* of clock_us, when the first client was stopped; 0: not yet */
    int64_t length_us;   /* how long clients were stopped, once they go on; 0: they were not */
    const char *began;   /* when, of this host's clock, as clock_add_utc; NULL: they were not */
    bool is_unbroken;    /* this process has held the fence from before the proof on */
    bool is_closing;     /* the point of no return was asked for: it may have been passed */
    bool is_recopied;    /* what replication does not carry was copied behind this fence */
    const char *opening; /* what opens the new side, statements within a transaction */
    bool wakes_triggers; /* there are some that fire on replicated rows too, from the opening on */
    const char *stamp;   /* of the old side's definitions before the fence */
    Proof proof;
    struct Poolers *poolers; /* see fence/pooler.h; NULL: there are none */
    bool holds_clients;      /* they wait at a pooler */
    Watcher watchdog;        /* see flow/watchdog.h */
    WayBack way_back;
    PauseTables tables;
    SequenceWatch sequences;
    HeldSessions held;    /* sessions of the old side that are ended last */
    VEC(PausePart) parts; /* how long each step took that was run in the pause */
} Pause;

/*
 * A server that does not answer must not keep the clients waiting for longer than the budget; from the point of no return on it is waited for
 * longer, as there is only forward. For the step that begins now.
 */
void pause_limit_silence(Flow *flow);

/* The flow's sessions by the part they play in the handover: who has the writes, and who gets them. */
Conn *pause_old_side(const Flow *flow);
Conn *pause_new_side(const Flow *flow);

/* The pids of the sessions that it has on the old side, the flow's own aside, with commas between them; "" without any. In the flow's arena. */
const char *pause_own_pids(const Flow *flow);

/* Before the pause: sessions opened, sequences set for a start, statements run once, so that the servers' caches are filled. */
bool pause_warm_up(Flow *flow, Err *err) must_check;
/* Lifts the bounds of the preparations, starts the watchdog; that it began is in the journal, on disk, before the first client is stopped. */
bool pause_begin(Flow *flow, Err *err) must_check;

/* Up to the point of no return. */
bool pause_raise_fence(Flow *flow, Err *err) must_check;
bool pause_refuse_drift(Flow *flow, Err *err) must_check;
bool pause_send_marker(Flow *flow, Err *err) must_check;
bool pause_await_marker(Flow *flow, Err *err) must_check;
bool pause_recopy(Flow *flow, Err *err) must_check;
bool pause_point_of_no_return(Flow *flow, Err *err) must_check;

/* From then on. What this very process has done behind its fence still stands; else it is done again. */
bool pause_restore_fence(Flow *flow, Err *err) must_check;
bool pause_end_sessions(Flow *flow, Err *err) must_check;
bool pause_drain_last(Flow *flow, Err *err) must_check;
bool pause_recopy_last(Flow *flow, Err *err) must_check;
bool pause_set_sequences(Flow *flow, Err *err) must_check;
bool pause_position_way_back(Flow *flow, Err *err) must_check;
bool pause_end_held(Flow *flow, Err *err) must_check;
bool pause_open(Flow *flow, Err *err) must_check;

/* Clients go on: the pause ends here. */
bool pause_end(Flow *flow, Err *err) must_check;

/* Closes its sessions but those of the poolers, and forgets what was proved by them. */
void pause_drop_sessions(Pause *pause);

/* Closes all of them. NULL is fine. */
void pause_close(Pause *pause);

#endif
