/*
 * Sub-commands: one file and one const Command each, all listed in the table of commands.c. A
 * command turns options into parameters, calls a flow (or a feature), and renders what it returns.
 * stdout is the result, stderr the log.
 */
#ifndef PGBATON_CMD_CMD_H
#define PGBATON_CMD_CMD_H

#include "base/arena.h"
#include "base/err.h"
#include "cmd/page.h"
#include "config/config.h"
#include "config/option.h"

typedef struct CommandContext
{
    Arena *arena;            /* lives as long as the command */
    const Config *config;    /* global settings, merged */
    const char *const *args; /* positional arguments */
    int n_args;
    const OptionValues *options; /* the command's own options */
} CommandContext;

/* Sides whose conninfo must be given; main refuses before run is called. */
enum
{
    NEEDS_SOURCE = 1,
    NEEDS_TARGET = 2
};

typedef struct Command
{
    const char *name;        /* one or two words: "migrate", "config show" */
    const char *arguments;   /* for the usage line: "[source|target]", "" */
    const char *summary;     /* one line, lower case, no full stop */
    const char *description; /* paragraphs with an empty line between; the printer breaks lines */
    const char *examples;    /* shell lines, may be NULL */
    const Option *options;   /* its own; ends with a row whose name is NULL; may be NULL */
    const char *settings;    /* names of global options it heeds, for its help; may be NULL */
    void (*add_help)(Page *page); /* sections of its own after the description; may be NULL */
    int needs;                    /* NEEDS_SOURCE | NEEDS_TARGET */
    bool needs_no_config;         /* no config file is read */
    bool is_hidden;               /* for tests: works, but is not listed */
    int min_args;
    int max_args; /* -1: any number */

    /*
     * False with err filled. When the result on stdout has told it already (say "status": not
     * healthy), err->code alone is set: then only the exit code speaks.
     */
    bool (*run)(const CommandContext *context, Err *err);
} Command;

extern const Command *const commands[]; /* NULL-terminated, in the order of the help */

#endif
