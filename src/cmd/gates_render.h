/*
 * What a dry run of a handover shows: every gate, and the steps that would follow.
 */
#ifndef PGBATON_CMD_GATES_RENDER_H
#define PGBATON_CMD_GATES_RENDER_H

#include <jansson.h>

#include "cmd/page.h"
#include "flow/handover.h"

/* A line a gate, then the steps, which are left out when a gate refuses; on stdout. */
void gates_print(const char *database, const GateResults *results);

/* The object of docs/json.md: database, gates, steps. */
json_t *gates_json(const char *database, const GateResults *results) must_check;

/* ERR_REFUSED "N gates refuse the switchover". Returns false. */
bool gates_refuse(const char *command, size_t n_refusing, Err *err);

/* For the help: the gates and what they ask. */
void gates_help(Page *page);

#endif
