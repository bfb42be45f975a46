/*
 * The journal: where a migration of one database stands, kept in the target database, schema pgbaton.
 *
 * A step's outcome is written in the transaction of its effect where that is on the target; else the intent is written before
 * (journal_begin_step) and the outcome when it has been seen (journal_end_step). Every function takes the connection to write through, as a
 * worker's outcome must be in the worker's transaction.
 */
#ifndef PGBATON_JOURNAL_JOURNAL_H
#define PGBATON_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "pg/conn.h"

enum
{
    JOURNAL_VERSION = 1
};

typedef struct MigrationRow
{
    const char *name;
    const char *source_dbname;
    uint32_t source_dboid;
    int source_version;
    const char *source_system_identifier;
    const char *target_system_identifier;
    const char *skipped_checks;
    const char *source_schema; /* fingerprint, JSON; NULL until the schema was read */
} MigrationRow;

/* Is there a journal in this database? */
bool journal_exists(Conn *target, bool *ret_exists, Err *err) must_check;

/* Makes schema and tables; does nothing where they are. */
bool journal_create(Conn *target, Err *err) must_check;

/* Writes the migration's row unless it is there. */
bool journal_add_migration(Conn *target, const MigrationRow *row, Err *err) must_check;

/* *ret_found false when the database has no such migration. ERR_REFUSED when a newer pgbaton wrote it. */
bool journal_read_migration(Conn *target, const char *migration, Arena *arena,
                            MigrationRow *ret_row, bool *ret_found, Err *err) must_check;

/* Removes the migration; the schema stays. */
bool journal_drop(Conn *target, const char *migration, Err *err) must_check;

typedef enum StepState
{
    STEP_NONE,
    STEP_BEGUN,
    STEP_DONE,
    STEP_UNDONE,
} StepState;

typedef struct StepRow
{
    const char *flow;
    const char *name;
    StepState state;
    const char *finished_at; /* NULL: not finished */
} StepRow;

typedef VEC(StepRow) StepRows;

bool journal_read_step(Conn *target, const char *migration, const char *flow, const char *step,
                       StepState *ret_state, Err *err) must_check;
bool journal_read_steps(Conn *target, const char *migration, Arena *arena, StepRows *ret_steps,
                        Err *err) must_check;
bool journal_begin_step(Conn *target, const char *migration, const char *flow, const char *step,
                        Err *err) must_check;
/* May be part of the caller's transaction. */
bool journal_end_step(Conn *target, const char *migration, const char *flow, const char *step,
                      Err *err) must_check;
/* The statement of journal_end_step, with its semicolon. */
void journal_add_end_step(Str *sql, const char *migration, const char *flow, const char *step);
/* Every step of the flow becomes undone: it will be run again from its first. */
bool journal_undo_flow(Conn *target, const char *migration, const char *flow, Err *err) must_check;

/* One group of tables: publication, slot and subscription have its name. */
typedef struct GroupRow
{
    int id;
    const char *name;
    const char *state;          /* creating, copying, copied, streaming */
    const char *consistent_lsn; /* NULL while creating */
    const char *snapshot;       /* NULL while creating */
    int64_t n_tables;
} GroupRow;

typedef VEC(GroupRow) GroupRows;

bool journal_read_groups(Conn *target, const char *migration, Arena *arena, GroupRows *ret_groups,
                         Err *err) must_check;
bool journal_add_group(Conn *target, const char *migration, const GroupRow *group,
                       Err *err) must_check;
bool journal_set_group(Conn *target, const char *migration, const GroupRow *group,
                       Err *err) must_check;
bool journal_delete_group(Conn *target, const char *migration, int id, Err *err) must_check;

typedef struct RelationRow
{
    int id;
    const char *kind; /* table, recopied, large objects */
    const char *schema;
    const char *name;
    uint32_t source_oid;
    int group_id; /* 0: none */
    int64_t heap_bytes;
    int64_t table_bytes;
    int64_t row_estimate;
    const char *columns_json;
    const char *copy_options; /* "", or what goes into the parentheses of both COPY commands */
    const char *condition;
    int chunks_left; /* -1: not planned */
    int builds_left;
    int64_t rows_copied;
    int64_t bytes_copied;
} RelationRow;

typedef VEC(RelationRow) RelationRows;

bool journal_add_relations(Conn *target, const char *migration, const RelationRow *rows, size_t n,
                           Err *err) must_check;
bool journal_read_relations(Conn *target, const char *migration, Arena *arena,
                            RelationRows *ret_relations, Err *err) must_check;

/* A piece of work to be done, as added. */
typedef struct WorkItem
{
    const char *
        kind; /* extension, before data, chunk, index, analyze, after data, validation, at opening */
    int position;
    int relation_id; /* 0: none */
    const char *label;
    int64_t weight;
    int64_t first_page; /* -1: open */
    int64_t end_page;   /* -1: open */
    const char *key_column;
    const char *first_key; /* decimal; NULL: open */
    const char *end_key;   /* decimal; NULL: open */
    const char *sql;
} WorkItem;

bool journal_add_work(Conn *target, const char *migration, const WorkItem *items, size_t n,
                      Err *err) must_check;

/* How a relation is going to be copied. */
typedef struct JournalPlan
{
    int relation_id;
    int group_id; /* 0: not replicated */
    int n_chunks; /* 0: nothing to copy, so its indexes can be built */
} JournalPlan;

typedef VEC(JournalPlan) JournalPlans;

/* Removes the relations' old chunks and sets what they start from; the new chunks are added by journal_add_work. */
bool journal_plan_chunks(Conn *target, const char *migration, const JournalPlans *plans,
                         Err *err) must_check;

typedef struct Progress
{
    int64_t tables;
    int64_t tables_to_copy;
    int64_t relations_to_copy; /* tables, and the large objects as one */
    int64_t bytes;
    int64_t row_estimate;
    int64_t rows_left;     /* by the estimates of what is not copied whole */
    int64_t not_estimated; /* relations to copy that have rows, nobody knows how many */
    int64_t rows_copied;
    int64_t bytes_copied;
    int64_t chunks_left;
    int64_t indexes;
    int64_t indexes_left;
    int64_t analyzes_left;
} Progress;

bool journal_read_progress(Conn *target, const char *migration, Progress *ret_progress,
                           Err *err) must_check;

/*
 * For tests: ends the process on the spot (SIGKILL) if $PGBATON_KILL_AT names this point, "FLOW.STEP.begun" (intent journaled),
 * "FLOW.STEP.ending" (effect made, outcome not journaled) or "FLOW.STEP.done"; or a moment within a step that has some of its own.
 * $PGBATON_STOP_AT stops it there (SIGSTOP), until it is sent a SIGCONT, so that something else can fail at that moment.
 */
void journal_kill_point(const char *flow, const char *step, const char *moment);
/* For who goes on where another process was ended. */
void journal_forget_kill_points(void);

#endif
