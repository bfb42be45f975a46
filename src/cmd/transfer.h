/*
 * What the copy commands share: statements are planned for the target from what the source has, and what cannot be had is told.
 *
 *   cleanup_(transfer_close) Transfer transfer;
 *
 *   transfer_init(&transfer, context, "roles", "copied");
 *   if (!transfer_open(&transfer, err) || !roles_plan(…, &transfer.plan, err))
 *       return false;
 *   return transfer_run(&transfer, err);
 */
#ifndef PGBATON_CMD_TRANSFER_H
#define PGBATON_CMD_TRANSFER_H

#include "cmd/block.h"
#include "schema/statement.h"

typedef struct Transfer
{
    Block block;
    Change change;
    Side side; /* that is changed; the target */
    Statements plan;
    size_t
        n_forgiven; /* of the first so many statements, those that the target's user may not execute become warnings */
    bool names_object; /* in what people are told at the end: one of a name, not all */
    bool is_terse;     /* people are not told of each statement */
    /* Told of a statement that fails: adds a hint to err. NULL: none. */
    void (*explain)(const Statement *statement, Err *err);
    VEC(const char *) objects; /* of the statements of change */
} Transfer;

void transfer_init(Transfer *transfer, const CommandContext *context, const char *object,
                   const char *outcome);

/* For cleanup_. */
void transfer_close(Transfer *transfer);

/*
 * Opens both sides and takes the locks: the source's database, and the target's that is named, or of the same name. any_database: what is copied is the server's, so if
 * the target has no such database yet, another one of its will do; *ret_is_there tells (NULL: not asked).
 */
bool transfer_open(Transfer *transfer, bool any_database, bool *ret_is_there, Err *err) must_check;

/*
 * Executes the plan on the target in one transaction, or shows it in a dry run, and tells what was done, by object, and the warnings. JSON: docs/schema/transfer.json.
 */
bool transfer_run(Transfer *transfer, Err *err) must_check;

/* The text of a JSON array, for a parameter; NULL when the list is empty. */
const char *transfer_names(Arena *arena, StringList names);

#endif
