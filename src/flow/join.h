/*
 * Taking part in the copy of a migration that another pgbaton runs: workers that claim from the same journal, under the same snapshot. It holds no lock
 * of the migration and may be killed at any moment: what it had claimed is claimed by others.
 */
#ifndef PGBATON_FLOW_JOIN_H
#define PGBATON_FLOW_JOIN_H

#include "flow/flow.h"

typedef struct JoinOutcome
{
    const char *database;
    const char *target_database;
    const char *state; /* over; in a dry run also waiting, copying */
    CopyTally done;    /* by this process */
    int64_t waited_ms; /* for the copy to begin, and to be taken up again */
    int64_t duration_ms;
} JoinOutcome;

/*
 * Works until the copy is over. While there is nothing to take part in it waits, each time up to wait_ms: then ERR_REFUSED, or
 * ERR_UNREACHABLE if it was a server that did not come back.
 */
bool join_run(const Config *config, const FlowObserver *observer, Arena *arena,
              const char *database, int64_t wait_ms, JoinOutcome *ret_outcome, Err *err) must_check;

#endif
