/* Leading the clients from one side to the other: PgBouncers, and a command of the operator's. */
#ifndef PGBATON_FLOW_CLIENTS_H
#define PGBATON_FLOW_CLIENTS_H

#include "flow/handover.h"

/* Before the pause: everything that can be made ready. What an attempt that was killed has left paused goes on first. */
bool clients_prepare(Flow *flow, Err *err) must_check;

/* The pause begins with it where there are PgBouncers: their clients wait, none is in a transaction. */
bool clients_hold(Flow *flow, Err *err) must_check;

/* They go on where they were. Nothing held is fine. */
bool clients_let_go(Flow *flow, Err *err) must_check;

/* They go on on the new side. What fails is told as a warning: the writes have moved. */
bool clients_lead(Flow *flow, Err *err) must_check;
bool clients_run_hook(Flow *flow, Err *err) must_check;

/* Lets those go on that an attempt which was killed before its point of no return has left paused; on a flow that is open. */
bool clients_recover(Flow *flow, const Handover *handover, Err *err) must_check;

#endif
