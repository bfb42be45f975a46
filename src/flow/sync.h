/*
 * Bringing a migration up to date with the source's schema: what was created there since the schema was read joins it, tables as a new
 * group with publication, slot, copy and subscription of its own; what was changed in existing tables has to be made on the target
 * by its operator and is then accepted; what was dropped is not followed any more.
 *
 * New objects are written to the journal, made on the target and counted as known in one transaction; from there on the steps only go on with
 * what the journal has, as migrate does. Until they are done the migration is not ready to switch over.
 */
#ifndef PGBATON_FLOW_SYNC_H
#define PGBATON_FLOW_SYNC_H

#include "flow/sync_judge.h"

extern const Step sync_steps[];

typedef struct SyncLook
{
    Drifts drifts;
    SyncFindings findings;
    bool is_unfinished; /* an earlier one was interrupted */
} SyncLook;

/* Was one begun that has not come to its end? */
bool sync_is_unfinished(Flow *flow, bool *ret_unfinished, Err *err) must_check;

/* ERR_REFUSED when one is unfinished: it has to be finished first. */
bool sync_refuse_unfinished(Flow *flow, Err *err) must_check;

/* ERR_REFUSED when there is no migration that could be brought up to date: not ready yet, or switched over. */
bool sync_refuse(Flow *flow, Err *err) must_check;

/* Finds out what is to be done; changes nothing. On a flow that is open. */
bool sync_look(Flow *flow, const SyncOptions *options, SyncLook *ret_look, Err *err) must_check;

/* Adds what would be done as SQL to read. */
bool sync_plan(Flow *flow, const SyncOptions *options, Str *ret_sql, Err *err) must_check;

/*
 * Does it. ERR_REFUSED, with nothing changed, when something has to be made on the target first; ret_look then tells. Idempotent and
 * resumable.
 */
bool sync_run(Flow *flow, const SyncOptions *options, SyncLook *ret_look, Err *err) must_check;

/* ERR_REFUSED, when there are findings that are refused. */
bool sync_refuse_findings(Flow *flow, const SyncFindings *findings, Err *err) must_check;

#endif
