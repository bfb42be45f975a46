/* Stopping the old side's writers, by either fence (see fence/fence.h and fence/readonly.h). */
#ifndef PGBATON_FLOW_WRITERS_H
#define PGBATON_FLOW_WRITERS_H

#include "flow/pause.h"

/* ERR_REFUSED when the fence could not be raised; changes nothing. A gate. */
bool writers_refuse(Flow *flow, Err *err) must_check;

/* Raises the fence, at the latest at deadline_ms (of clock_ms); the server takes it down itself idle_ms after it has lost sight of us (0: never). */
bool writers_stop(Flow *flow, int idle_ms, int64_t deadline_ms, Err *err) must_check;

/* The point of no return. `together`: statements for the old side that belong to it, each with its semicolon. */
bool writers_close(Flow *flow, const char *together, Err *err) must_check;

/* Takes the fence down where the point of no return was not passed. What fails is done by the server itself within the budget. */
void writers_let_go(Flow *flow);

/* Takes it down after the point of no return: what keeps the old side read-only stays. */
void writers_release(Flow *flow);

#endif
