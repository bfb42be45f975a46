/* What a migration would do, as SQL to read: nothing is changed on either side. */
#ifndef PGBATON_FLOW_PLAN_H
#define PGBATON_FLOW_PLAN_H

#include "flow/flow.h"
#include "flow/read_schema.h"

/* Adds the plan of one database to ret_sql. Secrets are not masked yet: print it by redact(). */
bool plan_migration(const Config *config, const FlowObserver *observer, Arena *arena,
                    const char *database, Str *ret_sql, Err *err) must_check;

/* The same of what joins a migration: plan holds nothing else, group_id is the number of its group. */
bool plan_joining(Str *sql, Flow *flow, const SchemaPlan *plan, int group_id, Err *err) must_check;

#endif
