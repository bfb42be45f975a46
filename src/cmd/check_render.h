/*
 * A report of check, for people and for programs.
 */
#ifndef PGBATON_CMD_CHECK_RENDER_H
#define PGBATON_CMD_CHECK_RENDER_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "check/check.h"

/*
 * A line for each check, with detail and hint below each finding. findings_only leaves out what passed and what only informs. The
 * secrets in it are replaced.
 */
void check_print(const CheckReport *report, FILE *stream, bool findings_only);

/* "2 checks block the migration, 1 warning, 40 checks passed" */
void check_print_summary(const CheckReport *report, FILE *stream);

/* {"database", "checks": [...], "blocking", "warnings", "passed"}; json_print replaces the secrets. */
json_t *check_json(const CheckReport *report) must_check;

#endif
