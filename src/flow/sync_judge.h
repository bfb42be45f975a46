/*
 * What is to be done about each change of the source's schema since it was read: what can join the migration, what the target has meanwhile,
 * and what has to be made there by hand first. Only looks.
 */
#ifndef PGBATON_FLOW_SYNC_JUDGE_H
#define PGBATON_FLOW_SYNC_JUDGE_H

#include "flow/flow.h"
#include "schema/fingerprint.h"

typedef enum SyncAction
{
    SYNC_BRING, /* is made on the target; a table's rows are copied */
    SYNC_JOIN,  /* a table that is on the target already, the same and empty: its rows are copied */
    SYNC_RENAME, /* a table of the migration that was renamed on both sides */
    SYNC_ACCEPT, /* the target has it as it is now */
    SYNC_FORGET, /* dropped on the source: not followed any more */
    SYNC_REFUSE, /* the target has to have it first */
} SyncAction;

typedef struct SyncFinding
{
    const Drift *drift;
    SyncAction action;
    bool drops_table; /* the target's table of that name is dropped first */
    const char *
        ddl; /* for the target, of what is refused: statements, each on a line; NULL: none can be told */
    const char *reason; /* of what is refused; NULL: the difference */
} SyncFinding;

typedef VEC(SyncFinding) SyncFindings;

typedef struct SyncOptions
{
    bool may_drop;        /* tables of the target that the source dropped */
    bool accepts_changed; /* differences that lose no row count as brought over by hand */
} SyncOptions;

/* "brought", "joined" …, for both renderers. */
const char *sync_action_name(SyncAction action);

/* Findings in the order of the drifts, one each, but for the old name of a table that was renamed. The drifts live as long. */
bool sync_judge(Flow *flow, const SyncOptions *options, const Drifts *drifts, Arena *arena,
                SyncFindings *ret_findings, Err *err) must_check;

size_t sync_count(const SyncFindings *findings, SyncAction action);

#endif
