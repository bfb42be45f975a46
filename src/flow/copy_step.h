/* The step that copies: groups, their slots and snapshots, the workers, and what happens when a snapshot is lost. */
#ifndef PGBATON_FLOW_COPY_STEP_H
#define PGBATON_FLOW_COPY_STEP_H

#include "flow/flow.h"
#include "schema/fingerprint.h"

bool copy_step(Flow *flow, Err *err) must_check;

/* Has the workers do what is ready and needs no snapshot. */
bool copy_finish_work(Flow *flow, Err *err) must_check;

/* ERR_REFUSED naming the objects when the source's schema is not what it was when its DDL was read. */
bool flow_refuse_drift(Flow *flow, Conn *source, DriftScope scope, Err *err) must_check;

#endif
