/* Triggers and rules that fire on replicated rows too (ENABLE ALWAYS, ENABLE REPLICA). */
#ifndef PGBATON_FLOW_TRIGGERS_H
#define PGBATON_FLOW_TRIGGERS_H

#include "flow/flow.h"

/*
 * Sets those of the target's migrated tables back to ordinary ones, as they were before the opening, which will change them again: the target is
 * about to get rows by a subscription, and their effects come with the rows.
 */
bool triggers_rest(Flow *flow, Err *err) must_check;

#endif
