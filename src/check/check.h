/*
 * Preflight: what would make a migration of one database fail, or surprise, found before anything is changed.
 *
 *   Server source = config_server(config, SIDE_SOURCE), target = config_server(config, SIDE_TARGET);
 *   CheckInput in = {.config = config, .source = &source, .target = &target, .dbname = "shop", .target_dbname = "shop", .n_databases = 1};
 *   CheckReport report = {0};
 *   if (!check_run(&in, arena, &report, err)) return false;       // a server is unreachable, …
 *   if (report.n_blocking) …
 *
 * Nothing is changed on either side. All checks are rows of one table (rows.c). A target database that does not exist yet is no
 * finding: what concerns it passes, the rest is looked at from a maintenance database. Objects of a migration that is in the
 * target's journal count as present, so that a run that resumes is not refused for its own doing.
 */
#ifndef PGBATON_CHECK_CHECK_H
#define PGBATON_CHECK_CHECK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "config/config.h"
#include "config/suggest.h"
#include "pg/conn.h"

typedef enum CheckSeverity
{
    CHECK_BLOCKS,
    CHECK_WARNS,
    CHECK_INFORMS,
} CheckSeverity;

typedef enum CheckOutcome
{
    CHECK_PASSED,
    CHECK_FOUND,
    CHECK_SKIPPED, /* a blocking finding that skip_checks overrides; its texts are those of the finding */
    CHECK_NOT_RUN, /* this role cannot look, or another finding is in the way: message says so */
} CheckOutcome;

typedef enum CheckSide
{
    CHECK_SOURCE,
    CHECK_TARGET,
    CHECK_BOTH, /* needs both sides connected */
} CheckSide;

/* Texts are in the arena of check_run; they may hold a secret until they are redacted by the renderer. */
typedef struct CheckResult
{
    const char *name;
    CheckSide side;
    CheckSeverity severity;
    CheckOutcome outcome;
    const char *database; /* on the source (or the target, if only that was checked) */
    const char *message;  /* passed: what holds; found: what is wrong, objects named */
    const char *detail;   /* NULL unless found or skipped */
    const char *hint;     /* NULL unless found or skipped; may be NULL when only informing */
} CheckResult;

typedef struct CheckReport
{
    VEC(CheckResult) results; /* in the order of the table; a check may have several findings */
    int n_blocking;
    int n_warnings;
    int n_passed; /* checks, without those not run */
} CheckReport;

typedef struct CheckInput
{
    const Config *config;
    const Server *source; /* NULL: only the target is checked */
    const Server *target; /* NULL: only the source is checked */
    const char *dbname;   /* on the source; NULL as in its conninfo */
    const char *target_dbname;
    int n_databases; /* of the whole migration: slots and workers are counted for all of them */
    bool
        only_database_checks; /* those of whole servers were made with another database of this migration */
} CheckInput;

/*
 * Adds to *ret, which the caller zeroes. ERR_UNREACHABLE: a side could not be connected to. Findings are no error. That
 * every name in skip_checks is one of a check (or of a gate) is for the caller to look at first.
 */
bool check_run(const CheckInput *in, Arena *arena, CheckReport *ret, Err *err) must_check;

/* For refusing after a run with n_blocking > 0: ERR_REFUSED "N checks block the migration", naming them. Returns false. */
bool check_refuse(const CheckReport *report, Err *err);

/* Is there a check of that name? The names of all are offered to *near. */
bool check_is_known(const char *name, Suggestion *near) must_check;

/* "source", "target", "both"; "blocks", "warns", "informs"; "passed", "found", "skipped", "not run" */
const char *check_side_name(CheckSide side);
const char *check_severity_name(CheckSeverity severity);
const char *check_outcome_name(CheckOutcome outcome);

#endif
