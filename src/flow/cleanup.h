/*
 * Removing all that a migration made, by name, on both sides, at any stage; a side that cannot be reached does not stop the other.
 */
#ifndef PGBATON_FLOW_CLEANUP_H
#define PGBATON_FLOW_CLEANUP_H

#include "flow/flow.h"

typedef struct CleanupOutcome
{
    const char *database;
    VEC(const char *) removed; /* or what would be: "slot pgbaton_main_16384_1 of the source" */
    bool source_unreachable;
    bool target_unreachable;
    bool source_is_read_only; /* left so by a switchover, on purpose */
} CleanupOutcome;

/*
 * With dry_run in the config, only finds what would be removed. ERR_UNREACHABLE, with everything done on the side that answers, when one did not answer. ERR_REFUSED in the middle of a switchover that has
 * passed its point of no return.
 */
bool cleanup_run(const Config *config, const FlowObserver *observer, Arena *arena,
                 const char *database, const char *target_database, CleanupOutcome *ret_outcome,
                 Err *err) must_check;

#endif
