/*
 * Inside of check: a run over the table of checks, and what its rows and probes are made of.
 *
 * A row has either SQL, every row of whose result is an object of one finding (no row: passed), or a probe, which calls check_find for
 * each finding (none: passed). Queries and probes that the role has no right for are "not run".
 */
#ifndef PGBATON_CHECK_RUN_H
#define PGBATON_CHECK_RUN_H

#include "catalog/left_out.h"
#include "check/check.h"
#include "check/template.h"

typedef struct CheckRun CheckRun;

/* What a row's $1, $2 … are. */
typedef enum CheckParam
{
    PARAM_END,
    PARAM_NOTHING,        /* NULL */
    PARAM_FEED,           /* the value of the row's feed */
    PARAM_GROUPS,         /* apply streams of all databases */
    PARAM_GROUPS_AND_ONE, /* one more: a slot being made, a group that a lost snapshot splits off */
    PARAM_DATABASES_AND_ONE, /* one more: the slot that a reverse slot is made from */
    PARAM_DATABASES,         /* databases of the migration: one reverse stream each */
    PARAM_SESSIONS,          /* ours at one time on one server */
    PARAM_SOURCE_SESSIONS, /* the same with the walsenders: before 12 they take from max_connections */
    PARAM_OWN_OBJECTS, /* regular expression: names of objects of this migration, as far as it is in the journal */
    PARAM_INCLUDE, /* filter_json */
    PARAM_EXCLUDE,
    PARAM_TARGET_EXISTS,
} CheckParam;

enum
{
    CHECK_REVERSE = 1, /* only if the switchover prepares the way back */
    CHECK_SERVER = 2,  /* of the server, not of the database */
    CHECK_IN_DATABASE =
        4, /* of what is in the target database: nothing, if that does not exist yet */
    CHECK_FRESH =
        8, /* matters until the slots are there: passed for a migration that is in the journal */
    CHECK_MAX_PARAMS = 4
};

/* Texts are templates, see template.h. */
typedef struct CheckRow
{
    const char *name;
    CheckSide side; /* CHECK_BOTH: sql is run on the target */
    CheckSeverity severity;
    int min_major; /* of the server that is asked; 0: any */
    int max_major;
    unsigned flags;
    const char *holds; /* what is so if it passes */
    const char *feed;  /* a query on the source, whose value is a parameter */
    const char *sql;
    CheckParam params[CHECK_MAX_PARAMS];
    bool (*probe)(CheckRun *run, Err *err);
    const char *message;
    const char *detail;
    const char *hint;
} CheckRow;

extern const CheckRow check_rows[];
extern const size_t n_check_rows;

struct CheckRun
{
    const CheckInput *in;
    const Config *config;
    Arena *arena;
    CheckReport *report;
    Conn *source; /* NULL: this side is not checked */
    Conn *target; /* to a maintenance database if the target database does not exist */
    bool target_exists;
    bool is_resumed;  /* the target's journal has this migration */
    LeftOut excluded; /* of the source */

    const CheckRow *row; /* the present one */
    const char *feed;
    int n_found;
    bool is_not_run;
};

/* The connection that the present row asks. */
Conn *check_conn(const CheckRun *run);

/* Runs a query with the row's parameters; *ret_result is PQclear()ed by the caller and must outlive ret_objects. */
bool check_query(CheckRun *run, const char *sql, PGresult **ret_result, CheckObjects *ret_objects,
                 Err *err) must_check;

/* The sum of an integer column. */
int64_t check_sum(const CheckObjects *objects, const char *column);

/* Adds a finding with the row's own texts. */
void check_find(CheckRun *run, CheckSeverity severity, const CheckObjects *objects);

/* Adds a finding whose texts are given; in the arena. hint may be NULL. */
void check_find_text(CheckRun *run, CheckSeverity severity, const char *message, const char *detail,
                     const char *hint);

/* Adds "not run" with the reason. */
void check_not_run(CheckRun *run, const char *reason);

/* Adds "passed" with the row's own words. */
void check_pass(CheckRun *run);

/* A size for people: "512 MB". */
const char *check_size(Arena *arena, int64_t n_bytes);

/* Probes. */
bool probe_target_database(CheckRun *run, Err *err) must_check;
bool probe_client_tools(CheckRun *run, Err *err) must_check;
bool probe_apply_streams(CheckRun *run, Err *err) must_check;
bool probe_truncate_in_parts(CheckRun *run, Err *err) must_check;
bool probe_large_objects(CheckRun *run, Err *err) must_check;
bool probe_unlogged_tables(CheckRun *run, Err *err) must_check;
bool probe_replication_connection(CheckRun *run, Err *err) must_check;
bool probe_source_from_target(CheckRun *run, Err *err) must_check;
bool probe_target_from_source(CheckRun *run, Err *err) must_check;
bool probe_same_database(CheckRun *run, Err *err) must_check;
bool probe_system_identifiers(CheckRun *run, Err *err) must_check;

#endif
