/*
 * Moving the writes: from the source, which becomes read-only, to the target.
 */
#ifndef PGBATON_FLOW_SWITCHOVER_H
#define PGBATON_FLOW_SWITCHOVER_H

#include "flow/flow.h"

/* Up to and with the point of no return; a failure before it undoes everything. */
extern const Step switchover_steps_before[];
/* From then on it is only finished, never undone. These are all run again until the last of them, which opens the target, is done. */
extern const Step switchover_steps_closing[];
extern const Step switchover_steps_after[];

/* On a flow that is open. Also finishes one that was begun by another pgbaton. */
bool switchover_run(Flow *flow, Err *err) must_check;

/* The gates alone. */
bool switchover_gates(Flow *flow, Err *err) must_check;

#endif
