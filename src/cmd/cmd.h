/*
 * Sub-commands: one file and one const Command each, all listed in the table of commands.c. A command turns options
 * into parameters, calls a flow (or a feature), and renders what it returns. stdout is the result, stderr the log.
 */
#ifndef PGBATON_CMD_CMD_H
#define PGBATON_CMD_CMD_H

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "config/option.h"

typedef struct CommandContext
{
    Arena *arena;         /* lives as long as the command */
    const Config *config; /* global settings, merged */
    const char *const *args; /* positional arguments */
    int n_args;
    const OptionValues *options; /* the command's own options */
} CommandContext;

typedef struct Command
{
    const char *name;      /* "migrate", "config show" */
    const char *arguments; /* for the usage line: "[source|target]", "" */
    const char *summary;   /* one line, lower case, no full stop */
    const char *description; /* paragraphs for help and man page */
    const char *examples;    /* shell lines, may be NULL */
    const Option *options; /* its own; ends with a row whose name is NULL; may be NULL */
    int min_args;
    int max_args;
    bool (*run)(const CommandContext *context, Err *err);
} Command;

extern const Command *const commands[]; /* NULL-terminated, in the order of the help */

#endif
