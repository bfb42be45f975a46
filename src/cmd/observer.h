/* Shows what a flow does: a line a step, and the progress of the copy, on stderr. */
#ifndef PGBATON_CMD_OBSERVER_H
#define PGBATON_CMD_OBSERVER_H

#include "flow/flow.h"

extern const FlowObserver command_observer;

/* Takes away the progress line, if one is shown. Call when the flow has ended. */
void observer_end(void);

#endif
