/* Undoing a handover that has not passed its point of no return: flow->pause tells which, and how far it came. */
#ifndef PGBATON_FLOW_UNDO_H
#define PGBATON_FLOW_UNDO_H

#include "flow/handover.h"

/*
 * Gives the writers back what they had. What cannot be undone now is made anew, or removed by cleanup, later. True when it turns out that the
 * point of no return was passed, its answer being lost: then there is only forward.
 */
bool handover_undo(Flow *flow, Err *err);

/* The same for a process that has died, by another one. */
bool handover_undo_for_the_dead(Flow *flow, Err *err) must_check;

#endif
