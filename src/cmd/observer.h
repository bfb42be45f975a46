/* Shows what a flow does: a line a step, and the progress of the copy, on stderr. */
#ifndef PGBATON_CMD_OBSERVER_H
#define PGBATON_CMD_OBSERVER_H

#include "flow/flow.h"

extern const FlowObserver command_observer;

/* Adds "1.2 GB" etc. */
void add_bytes(Str *s, int64_t bytes);

/* Takes away the progress line, if one is shown. Call when the flow has ended. */
void observer_end(void);

#endif
