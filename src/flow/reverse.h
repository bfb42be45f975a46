/* The way back: a stream from the target to the source, ready before the first write on the target. */
#ifndef PGBATON_FLOW_REVERSE_H
#define PGBATON_FLOW_REVERSE_H

#include "flow/flow.h"

/* Publication and slot on the target, and a disabled subscription on the source. Makes them anew if they are there. */
bool reverse_prepare(Flow *flow, Err *err) must_check;

/* What the target holds up to now will not be sent: it came from the source. */
bool reverse_advance(Flow *flow, Err *err) must_check;

/* Starts the stream and proves by a marker that it carries. */
bool reverse_start(Flow *flow, Err *err) must_check;

bool reverse_drop(Flow *flow, Err *err) must_check;

#endif
