/*
 * The main flow: a database's schema and rows onto the target, kept up to date by logical replication, ready to switch over.
 */
#ifndef PGBATON_FLOW_MIGRATE_H
#define PGBATON_FLOW_MIGRATE_H

#include "flow/flow.h"

extern const Step migrate_steps[];

/* On a flow that is open. Idempotent and resumable. */
bool migrate_run(Flow *flow, Err *err) must_check;

#endif
