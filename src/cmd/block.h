/*
 * Building blocks: commands that look at, make, change or drop one kind of object on a server, with or without a migration, whoever made it.
 *
 * A block that changes something opens the sides it touches, takes the lock of its migration's name on each (so that it and a pgbaton at work
 * on that migration keep out of each other's way), looks at what is there, plans the statements that are missing, and hands them to
 * block_change, which shows, asks, executes and tells.
 *
 *   cleanup_(block_close) Block block;
 *   Change change = {.object = "publication", .name = name, .outcome = "created"};
 *
 *   block_init(&block, context);
 *   if (!block_open(&block, block_side(context, SIDE_SOURCE), err) || !block_lock(&block, err))
 *       return false;
 *   … change_add(&change, &block, side, sql.data);
 *   return block_change(&block, &change, err);
 */
#ifndef PGBATON_CMD_BLOCK_H
#define PGBATON_CMD_BLOCK_H

#include "base/vec.h"
#include "cmd/cmd.h"
#include "cmd/json.h"
#include "cmd/listing.h"
#include "pg/conn.h"

typedef struct Block
{
    const CommandContext *context;
    Server servers[2]; /* by Side */
    Conn *conns[2];    /* NULL: not opened */
} Block;

/* Rows of a command's option table. */
#define OPTION_ON(default_side)                                                          \
    {                                                                                    \
        .name = "on", .type = OPTION_CHOICE, .argument = "SIDE", .choices = block_sides, \
        .default_text = (default_side), .help = "the side to work on: source or target"  \
    }
#define OPTION_DATABASE                                                                      \
    {                                                                                        \
        .name = "database", .type = OPTION_TEXT, .argument = "NAME",                         \
        .help = "the database to work in (default: the one of the side's connection string)" \
    }
extern const char *const block_sides[];

void block_init(Block *block, const CommandContext *context);

/* For cleanup_; a block that was not initialised must not be closed. */
void block_close(Block *block);

/* The side that --on names, for a command that has OPTION_ON. */
Side block_side(const CommandContext *context);

/* Opens a session in the database that --database names. ERR_USAGE when the side has no connection string. */
bool block_open(Block *block, Side side, Err *err) must_check;

/* The same in a database of that name (NULL: that of the connection string). */
bool block_open_database(Block *block, Side side, const char *dbname, Err *err) must_check;

/* Takes the migration's lock on all sides that are open, but in a dry run. ERR_BUSY when another pgbaton has it. Kept until block_close. */
bool block_lock(Block *block, Err *err) must_check;

typedef struct ChangeStatement
{
    Side side;
    const char
        *sql; /* what is executed; one message, so one transaction unless it says otherwise */
} ChangeStatement;

/* What a command is about to do. */
typedef struct Change
{
    const char *object;  /* "publication" */
    const char *name;    /* of the object, unquoted */
    const char *outcome; /* when it is done: "created", "dropped" */
    const char
        *unchanged; /* when there is nothing to do: "is there already"; NULL: "is so already" */
    const char *
        question; /* asked before, for what cannot be taken back; without its question mark. NULL: not asked */
    const char *note; /* a line for people after it is done; NULL: none */
    json_t *
        details; /* further members of the document; the functions below release them, also when they fail. NULL: none */
    VEC(ChangeStatement) statements;
} Change;

/* Adds a statement; the text is copied. */
void change_add(Change *change, const Block *block, Side side, const char *sql);

/*
 * In a dry run prints the statements. Else asks, executes them in their order, each alone, up to the first that fails, and prints the outcome; without a statement
 * that is "unchanged". JSON: {"object", "name", "outcome", "statements": [{"side", "database", "sql"}], …}, with outcome "planned" in a dry run.
 */
bool block_change(Block *block, Change *change, Err *err) must_check;

/*
 * The same for statements that lock what applications use: no attempt waits for a lock longer than migration.lock_timeout, and there are some, with
 * pauses in which those that queued behind it go on. A statement may be a transaction of its own, from BEGIN to COMMIT.
 */
bool block_change_gently(Block *block, Change *change, Err *err) must_check;

/* The parts of block_change, for commands that execute something by themselves. */
bool block_confirm(const Block *block, Change *change, Err *err) must_check;
bool block_execute(Block *block, const Change *change, Err *err) must_check;
void block_report(const Block *block, Change *change);

/* Prints a listing: people see the table, programs {"side", "database", key: [...]}. */
void block_print(const Block *block, Side side, const Listing *listing, const char *key,
                 const char *things);

#endif
