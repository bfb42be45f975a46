/* Executing the schema's statements that the journal lists. */
#ifndef PGBATON_FLOW_ENTRIES_H
#define PGBATON_FLOW_ENTRIES_H

#include "flow/flow.h"

/*
 * Runs those of a kind (WorkItem.kind) that are not done, in order, some in a transaction: one that made 10,000 tables would need as many
 * locks.
 */
bool entries_run(Flow *flow, const char *kind, Err *err) must_check;

/* Is any of a kind left? */
bool entries_any(Flow *flow, const char *kind, bool *ret_any, Err *err) must_check;

/* The same as entries_run in the caller's transaction. */
bool entries_run_within(Flow *flow, const char *kind, Err *err) must_check;

#endif
