/* The groups' streams: subscriptions made, and markers sent through every one of them. */
#ifndef PGBATON_FLOW_STREAM_H
#define PGBATON_FLOW_STREAM_H

#include "flow/flow.h"

/* Makes and enables the subscription of every group that has none. */
bool stream_subscribe(Flow *flow, Err *err) must_check;

/*
 * Writes a marker into every group and waits until all have arrived: everything committed on the source before the call is then
 * applied. *ret_latency_ms is how long that took. Gives up with the apply worker's error when a group does not move, or, past
 * deadline_ms (of clock_ms; INT64_MAX: none), with ERR_REFUSED.
 */
bool stream_prove(Flow *flow, int poll_ms, int64_t deadline_ms, int64_t *ret_latency_ms,
                  Err *err) must_check;

/*
 * For hints: the command that runs a statement on the subscriber's side, whose database is read-only by default until the
 * switchover (the target), or from then on (the source). In the flow's arena.
 */
const char *stream_repair_command(Flow *flow, Side subscriber, const char *sql);
/* The one that enables a subscription. */
const char *stream_enable_command(Flow *flow, Side subscriber, const char *subscription);

/* stream_prove until the latency is no longer worth waiting for. */
bool stream_catch_up(Flow *flow, Err *err) must_check;

/* ERR_REFUSED when the group's slot on the source is not there or has lost its WAL. */
bool stream_refuse_lost_slot(Flow *flow, const GroupRow *group, Err *err) must_check;

#endif
