#include "config/cmdline.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "config/suggest.h"

/* Where the parser stands. */
typedef struct Cmdline
{
    Arena *arena;
    int argc;
    const char *const *argv;
    int next;
    const char *command;
    const CmdlineTable *tables;
    WordList *words;
} Cmdline;

enum
{
    N_TABLES = 2
};

static const char *
name_of(Arena *arena, const char *argument)
{
    return arena_strndup(arena, argument + 2, strcspn(argument + 2, "="));
}

/*
 * The row of the option that the argument gives last: of "-qc" the c. *ret_inline: its value is in
 * the argument.
 */
static const Option *
row_of(Arena *arena, const char *argument, const Option *const *tables, bool *ret_inline)
{
    const Option *row = NULL;

    *ret_inline = argument[1] == '-' && strchr(argument, '=');
    for (const char *p = argument + 1; argument[1] != '-' && *p; p++)
    {
        row = NULL;
        for (size_t t = 0; tables[t] && !row; t++)
            row = option_find_letter(tables[t], *p);
        *ret_inline = p[1] != '\0';
        if (!row || row->type != OPTION_FLAG)
            break;
    }
    for (size_t t = 0; argument[1] == '-' && tables[t] && !row; t++)
        row = option_find(tables[t], name_of(arena, argument));
    return row;
}

WordList
cmdline_words(Arena *arena, int argc, const char *const *argv, const Option *const *tables)
{
    WordList words = {0};

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
    {
        const Option *row;
        bool is_inline;

        if (argv[i][0] != '-' || !argv[i][1])
        {
            *vec_push(&words, arena) = argv[i];
            continue;
        }
        row = row_of(arena, argv[i], tables, &is_inline);
        if (!row)
            break;
        if (row->type != OPTION_FLAG && !is_inline)
            i++;
    }
    return words;
}

static bool
usage_hint(const Cmdline *cmdline, Err *err)
{
    if (!err->hint)
        err_hint(err, "Run: pgbaton help%s%s", *cmdline->command ? " " : "", cmdline->command);
    return false;
}

static bool
unknown_option(const Cmdline *cmdline, const char *shown, const char *name, Err *err)
{
    Suggestion near = suggestion_for(name);

    for (int t = 0; t < N_TABLES; t++)
        for (const Option *row = cmdline->tables[t].rows; row && row->name; row++)
            if (row->help)
                suggest(&near, row->name);
    err_set(err, ERR_USAGE, "unknown option \"%s\"", shown);
    if (near.best)
        err_detail(err, "The nearest known option is --%s.", near.best);
    else if (*cmdline->command)
        err_detail(err, "The command \"%s\" has no such option.", cmdline->command);
    else
        err_detail(err, "There is no such option.");
    return usage_hint(cmdline, err);
}

static bool
set(const Cmdline *cmdline, int table, const Option *row, const char *what, const char *value,
    Err *err)
{
    if (!option_set(cmdline->tables[table].values, row, value, ORIGIN_FLAG, what, err))
        return usage_hint(cmdline, err);
    return true;
}

static bool
missing_value(const Cmdline *cmdline, const Option *row, const char *what, Err *err)
{
    err_set(err, ERR_USAGE, "option \"%s\" needs a value", what);
    err_detail(err, "It is written --%s %s, or --%s=%s if the value begins with dashes.", row->name,
               row->argument, row->name, row->argument);
    return usage_hint(cmdline, err);
}

/* The value of an option that is the argument after it; NULL if there is none. */
static const char *
following(Cmdline *cmdline)
{
    if (cmdline->next >= cmdline->argc || strncmp(cmdline->argv[cmdline->next], "--", 2) == 0)
        return NULL;
    return cmdline->argv[cmdline->next++];
}

static bool
parse_long(Cmdline *cmdline, const char *argument, Err *err)
{
    const char *name = name_of(cmdline->arena, argument);
    const char *what = arena_printf(cmdline->arena, "--%s", name);
    const char *equals = strchr(argument, '=');
    const char *value = equals ? equals + 1 : NULL;
    const Option *row = NULL;
    int table = 0;

    for (; table < N_TABLES; table++)
        if ((row = option_find(cmdline->tables[table].rows, name)) != NULL)
            break;
    if (!row)
        return unknown_option(cmdline, what, name, err);
    if (row->type == OPTION_FLAG && value)
    {
        err_set(err, ERR_USAGE, "option \"%s\" takes no value", what);
        err_detail(err, "It is a switch: given, it is on.");
        return usage_hint(cmdline, err);
    }
    if (row->type == OPTION_FLAG)
        value = "true";
    else if (!value && !(value = following(cmdline)))
        return missing_value(cmdline, row, what, err);
    return set(cmdline, table, row, what, value, err);
}

static bool
parse_letters(Cmdline *cmdline, const char *argument, Err *err)
{
    for (int t = 0; t < N_TABLES; t++)
        if (argument[2] &&
            option_find(cmdline->tables[t].rows, argument + 1)) /* "-json" is meant as --json */
            return unknown_option(cmdline, argument, argument + 1, err);
    for (const char *p = argument + 1; *p; p++)
    {
        const char *what = arena_printf(cmdline->arena, "-%c", *p);
        const Option *row = NULL;
        int table = 0;

        for (; table < N_TABLES; table++)
            if ((row = option_find_letter(cmdline->tables[table].rows, *p)) != NULL)
                break;
        if (!row)
            return unknown_option(cmdline, what, "", err);
        if (row->type != OPTION_FLAG)
        {
            const char *value = p[1] ? p + 1 : following(cmdline);

            return value ? set(cmdline, table, row, what, value, err)
                         : missing_value(cmdline, row, what, err);
        }
        if (!set(cmdline, table, row, what, "true", err))
            return false;
    }
    return true;
}

bool
cmdline_parse(Arena *arena, int argc, const char *const *argv, const char *command,
              const CmdlineTable tables[2], WordList *ret_words, Err *err)
{
    Cmdline cmdline = {.arena = arena,
                       .argc = argc,
                       .argv = argv,
                       .next = 1,
                       .command = command,
                       .tables = tables};

    while (cmdline.next < argc)
    {
        const char *argument = argv[cmdline.next++];

        if (strcmp(argument, "--") == 0)
        {
            while (cmdline.next < argc)
                *vec_push(ret_words, arena) = argv[cmdline.next++];
            break;
        }
        if (argument[0] != '-' || !argument[1])
            *vec_push(ret_words, arena) = argument;
        else if (argument[1] == '-' ? !parse_long(&cmdline, argument, err)
                                    : !parse_letters(&cmdline, argument, err))
            return false;
    }
    return true;
}
