/* What a migration would do, as SQL to read: nothing is changed on either side. */
#ifndef PGBATON_FLOW_PLAN_H
#define PGBATON_FLOW_PLAN_H

#include "flow/flow.h"

/* Adds the plan of one database to ret_sql. Secrets are not masked yet: print it by redact(). */
bool plan_migration(const Config *config, const FlowObserver *observer, Arena *arena,
                    const char *database, Str *ret_sql, Err *err) must_check;

#endif
