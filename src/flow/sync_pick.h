/* Of a whole schema, what joins a migration that is under way. */
#ifndef PGBATON_FLOW_SYNC_PICK_H
#define PGBATON_FLOW_SYNC_PICK_H

#include "flow/read_schema.h"
#include "flow/sync_judge.h"

/* Leaves in the plan, which was read with `since`, what is new by the findings; a partition of an old table is attached where foreign keys are checked. */
bool sync_pick(SchemaPlan *plan, const SyncFindings *findings, Err *err) must_check;

#endif
