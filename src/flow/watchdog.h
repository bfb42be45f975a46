/*
 * What happens when pgbaton dies in a write pause: a process that was forked before the pause (base/watcher.h) does what the operator's
 * next command would do. Up to the point of no return it lets the clients go on where they were, and undoes; after it, it finishes.
 *
 * It is only as good as the host: one that is cut off, or loses its power, takes both with it.
 */
#ifndef PGBATON_FLOW_WATCHDOG_H
#define PGBATON_FLOW_WATCHDOG_H

#include "flow/flow.h"

/* In flow->pause, from now on until watchdog_end. Nothing with --no-watchdog. */
bool watchdog_start(Flow *flow, Err *err) must_check;
void watchdog_end(Flow *flow);

#endif
