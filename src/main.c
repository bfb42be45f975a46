/*
 * Entry point: signals, command line, dispatch, error to exit code. The only place that exits.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/str.h"
#include "cmd/commands.h"
#include "cmd/help.h"
#include "cmd/json.h"
#include "config/cmdline.h"
#include "pg/conninfo.h"

/* Our own copy, since main's is overwritten by hide_secrets. */
static const char *const *
copy_arguments(Arena *arena, int argc, char **argv)
{
    const char **copy = arena_alloc(arena, ((size_t)argc + 1) * sizeof(*copy));

    for (int i = 0; i < argc; i++)
        copy[i] = arena_strdup(arena, argv[i]);
    return copy;
}

/*
 * The argument as it may be shown. A connection string is masked as libpq reads it, with whatever
 * escapes the password is written.
 */
static char *
showable(const char *argument)
{
    cleanup_(arena_release) Arena scratch = {0};
    cleanup_(str_release) Str s = STR_INIT;
    const char *text = argument;

    if (strncmp(text, "--", 2) == 0 && strchr(text, '='))
        text = strchr(text, '=') + 1;
    if (!conninfo_has_password(text))
        return redact(argument);
    str_add_bytes(&s, argument, (size_t)(text - argument));
    str_add(&s, conninfo_redacted(&scratch, text));
    return redact(s.data);
}

/* `ps` shows the memory of argv: what must not be seen is overwritten there. */
static void
hide_secrets(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
    {
        cleanup_(mem_free_pointer) char *shown = showable(argv[i]);
        size_t len = strlen(argv[i]);
        bool ended = false;

        if (strcmp(shown, argv[i]) == 0)
            continue;
        for (size_t j = 0; j < len; j++)
        {
            ended = ended || !shown[j];
            argv[i][j] = ended ? ' ' : shown[j];
        }
    }
}

/* Whether --json was asked for, even if the command line cannot be parsed. */
static bool
wants_json(int argc, const char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

/*
 * The global options' and every command's, to tell a command's words from the values of options
 * before it.
 */
static const Option *const *
all_tables(Arena *arena)
{
    size_t n_tables = 0;
    const Option **tables;

    while (commands[n_tables])
        n_tables++;
    tables = arena_alloc(arena, (n_tables + 2) * sizeof(Option *));
    tables[0] = global_options;
    n_tables = 1;
    for (const Command *const *c = commands; *c; c++)
        if ((*c)->options)
            tables[n_tables++] = (*c)->options;
    return tables;
}

static bool
check_arguments(const Command *command, int n_args, const char *const *args, Err *err)
{
    if (n_args < command->min_args)
        err_set(err, ERR_USAGE, "command \"%s\" needs more arguments", command->name);
    else if (command->max_args >= 0 && n_args > command->max_args)
        err_set(err, ERR_USAGE, "command \"%s\" does not take the argument \"%s\"", command->name,
                args[command->max_args]);
    else
        return true;
    err_detail(err, "Its form is: pgbaton %s%s%s [OPTION...].", command->name,
               *command->arguments ? " " : "", command->arguments);
    return err_hint(err, "Run: pgbaton help %s", command->name);
}

static bool
run_command(const Command *command, CommandContext *context, OptionValues *global, Err *err)
{
    Config *config = arena_alloc(context->arena, sizeof(*config));

    if (option_flag(global, "help"))
    {
        help_command(&(Page){.stream = stdout}, command);
        return true;
    }
    if (!check_arguments(command, context->n_args, context->args, err) ||
        !config_load(context->arena, global, !command->needs_no_config, config, err))
        return false;
    if ((command->needs & NEEDS_SOURCE) && !config_require_server(config, SIDE_SOURCE, err))
        return false;
    if ((command->needs & NEEDS_TARGET) && !config_require_server(config, SIDE_TARGET, err))
        return false;
    context->config = config;
    return command->run(context, err);
}

/* Without a command there are only --help and --version to be had. */
static bool
run_without_command(int argc, const OptionValues *global, Err *err)
{
    if (option_flag(global, "version"))
        puts("pgbaton " PGBATON_VERSION);
    else if (option_flag(global, "help"))
        help_overview(&(Page){.stream = stdout});
    else if (argc == 1)
    {
        help_overview(&(Page){.stream = stderr});
        err->code = ERR_USAGE;
        return false;
    }
    else
    {
        err_set(err, ERR_USAGE, "no command is given");
        err_detail(err, "Options alone do nothing.");
        return err_hint(err, "Run: pgbaton help");
    }
    return true;
}

static bool
run(Arena *arena, int argc, char **raw_argv, const char *const *argv, Err *err)
{
    WordList names = cmdline_words(arena, argc, argv, all_tables(arena));
    WordList words = {0};
    OptionValues *global = option_values_new(arena, global_options);
    const Command *command = NULL;
    CommandContext context = {.arena = arena};
    CmdlineTable tables[2] = {{global_options, global}};
    int n_words = 0;
    bool fine;

    if (names.len && !(command = command_find(names.items, names.len, &n_words, err)))
    {
        hide_secrets(argc, raw_argv);
        return false;
    }
    if (command && command->options)
        tables[1] = (CmdlineTable){command->options, option_values_new(arena, command->options)};
    fine = cmdline_parse(arena, argc, argv, command ? command->name : "", tables, &words, err);
    hide_secrets(argc, raw_argv);
    if (!fine)
        return false;
    log_set_level(option_flag(global, "verbose") ? LOG_DEBUG
                  : option_flag(global, "quiet") ? LOG_QUIET
                                                 : LOG_INFO);
    if (!command || option_flag(global, "version"))
        return run_without_command(argc, global, err);
    context.args = words.items + n_words;
    context.n_args = (int)words.len - n_words;
    context.options = tables[1].values;
    return run_command(command, &context, global, err);
}

/* A result that did not get out is no success: the disk is full, the reader has gone. */
static bool
flush_result(Err *err)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    return err_set(err, ERR_FAILED, "could not write the result to standard output");
}

int
main(int argc, char **argv)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    const char *const *arguments = copy_arguments(&arena, argc, argv);

    (void)setlocale(LC_ALL, "");
    (void)setlocale(LC_NUMERIC, "C"); /* numbers we print are read by programs */
    cancel_install();
    redact_register(getenv("PGPASSWORD"));
    if (run(&arena, argc, argv, arguments, &err) && flush_result(&err))
        return 0;
    if (err.message)
    {
        log_error(&err);
        if (wants_json(argc, arguments) && !json_was_printed())
            json_print_error(&err);
    }
    return err_exit_code(err.code == ERR_NONE ? ERR_BUG : err.code);
}
