/*
 * The command line: options of two tables in any position, and positional words.
 */
#ifndef PGBATON_CONFIG_CMDLINE_H
#define PGBATON_CONFIG_CMDLINE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "config/option.h"

typedef VEC(const char *) WordList;

/*
 * The positional words, before it is known which command they name. An option takes the next word
 * along if any of the tables (a NULL-terminated array) says so. Words after an option that no table
 * has are left out: it is the first thing to be told.
 */
WordList cmdline_words(Arena *arena, int argc, const char *const *argv,
                       const Option *const *tables);

/*
 * Reads `--name=value`, `--name value`, `-c value`, `-cvalue`, `-qv`; after `--` all are words.
 * argv[0] is left out. ERR_USAGE with a hint that names `command` for: an unknown option, a
 * missing, superfluous, malformed or out-of-range value.
 */
typedef struct CmdlineTable
{
    const Option *rows;
    OptionValues *values;
} CmdlineTable;

bool cmdline_parse(Arena *arena, int argc, const char *const *argv, const char *command,
                   const CmdlineTable tables[2], WordList *ret_words, Err *err) must_check;

#endif
