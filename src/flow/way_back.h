/*
 * The way back: the streams from the side that takes the writes over to the one that gives them up, ready before the first write there.
 * After a switchover that is one from the target to the source, after a rollback those of the journal's groups.
 *
 * What the new side has already came from the old one and must not be sent there. Every transaction that is older than a position in
 * the new side's WAL is kept back by one of three means, whichever the servers and the role allow (see way_back_means).
 */
#ifndef PGBATON_FLOW_WAY_BACK_H
#define PGBATON_FLOW_WAY_BACK_H

#include "flow/stream.h"

typedef enum WayBackMeans
{
    /*
     * The subscription's own replication origin is set to the position before it is enabled; it asks for what comes later. Costs next to
     * nothing, is in WAL, and takes EXECUTE on pg_replication_origin_advance (before 14 a superuser).
     */
    WAY_BACK_BY_PROGRESS,
    /* origin = none: what was applied by a subscription is not sent. Both sides must be 16 or later. */
    WAY_BACK_BY_ORIGIN,
    /* The slot is made anew at the position, while writes are stopped; that takes tens of milliseconds. */
    WAY_BACK_BY_SLOT
} WayBackMeans;

/* What is found out before the write pause. */
typedef struct WayBack
{
    Side publisher;  /* the new side */
    Streams streams; /* none with --no-reverse */
    WayBackMeans means;
} WayBack;

bool way_back_plan(Flow *flow, Side publisher, WayBack *ret_way, Err *err) must_check;

/* The slot from which those that are used are made in the pause, where slots can be copied. */
const char *way_back_common_slot(Flow *flow, Side publisher);

/* Publications and slots on the publisher, and disabled subscriptions on the other side. Makes them anew if they are there. */
bool way_back_prepare(Flow *flow, const WayBack *way, Err *err) must_check;

/* Adds the statements for the old side that set the position, if those are the means; they may be part of a transaction. */
void way_back_add_position(const WayBack *way, const char *lsn, Str *sql);

/* Makes slots at the publisher's present position, if those are the means. */
bool way_back_move_slots(Flow *flow, const WayBack *way, Err *err) must_check;

/* Starts the streams and proves by markers that they carry. */
bool way_back_start(Flow *flow, Side publisher, Err *err) must_check;

/* Removes all of it. */
bool way_back_drop(Flow *flow, Side publisher, Err *err) must_check;

#endif
