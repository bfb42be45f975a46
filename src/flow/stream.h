/* Streams: publication, slot and subscription of one name, in either direction; and markers sent through every one of them. */
#ifndef PGBATON_FLOW_STREAM_H
#define PGBATON_FLOW_STREAM_H

#include "catalog/catalog.h"
#include "flow/flow.h"
#include "repl/marker.h"

typedef struct Stream
{
    const char *name;      /* of publication, slot and subscription */
    const char *marker;    /* its table in schema pgbaton, on both sides */
    const GroupRow *group; /* NULL: the one stream from the target to the source, of all tables */
} Stream;

typedef VEC(Stream) Streams;

/* From the source there is one for every group of the journal, from the target one in all. In the flow's arena. */
bool stream_list(Flow *flow, Side publisher, Streams *ret_streams, Err *err) must_check;

/* The replicated tables of one of them. */
bool stream_tables(Flow *flow, const Stream *stream, QualifiedNames *ret_tables,
                   Err *err) must_check;

/* Makes and enables the subscription of every group that has none. */
bool stream_subscribe(Flow *flow, Err *err) must_check;

/* Drops the subscriptions of all streams from that side; their slots stay. */
bool stream_unsubscribe(Flow *flow, Side publisher, Err *err) must_check;

/* Markers that are on their way from one side to the other. */
typedef struct Proof
{
    Side publisher;
    Streams streams;
    int64_t *values; /* what must arrive, one for each stream */
    Lsn position; /* where the subscriber's WAL ended after they had arrived: no change from the publisher is behind it */
} Proof;

/* Lists the streams from publisher. The proof can be used any number of times then. */
bool stream_prepare_markers(Flow *flow, Side publisher, Proof *ret_proof, Err *err) must_check;

/* Commits a marker into every stream, by one statement. */
bool stream_send_markers(Flow *flow, Proof *proof, Err *err) must_check;

/*
 * Waits until all have arrived: everything committed on the publisher before they were sent is then applied. Gives up with the apply
 * worker's error when a stream does not move, or, past deadline_ms (of clock_ms; INT64_MAX: none), with ERR_REFUSED.
 * poll_ms 0: without a pause between two looks, for the first milliseconds.
 */
bool stream_await_markers(Flow *flow, Proof *proof, int poll_ms, int64_t deadline_ms,
                          Err *err) must_check;

/* Both. *ret_latency_ms is how long it took. */
bool stream_prove(Flow *flow, Side publisher, int poll_ms, int64_t deadline_ms,
                  int64_t *ret_latency_ms, Err *err) must_check;

/*
 * For hints: the command that runs a statement on the subscriber's side, whose database is read-only by default. In the flow's arena.
 */
const char *stream_repair_command(Flow *flow, Side subscriber, const char *sql);
/* The one that enables a subscription. */
const char *stream_enable_command(Flow *flow, Side subscriber, const char *subscription);

/* stream_prove from the source until the latency is no longer worth waiting for. */
bool stream_catch_up(Flow *flow, Err *err) must_check;

/* ERR_REFUSED when the stream's slot is not there or has lost its WAL. */
bool stream_refuse_lost_slot(Flow *flow, Side publisher, const char *name, Err *err) must_check;

#endif
