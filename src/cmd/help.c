/*
 * `pgbaton help`
 */
#include "cmd/help.h"

#include <string.h>

#include "cmd/commands.h"

static const Option options[] = {
    {.name = "man", .type = OPTION_FLAG},
    {.name = "man-dir", .type = OPTION_TEXT, .argument = "DIRECTORY"},
    {.name = NULL},
};

/* "pgbaton help traffic": the commands that begin so. */
static bool
help_group(Page *page, const char *group)
{
    size_t len = strlen(group);
    bool found = false;

    for (const Command *const *c = commands; *c; c++)
    {
        if (strncmp((*c)->name, group, len) != 0 || (*c)->name[len] != ' ' || (*c)->is_hidden)
            continue;
        if (!found)
            page_heading(page, "Commands");
        page_entry(page, (*c)->name, (*c)->summary);
        found = true;
    }
    return found;
}

static bool
run(const CommandContext *context, Err *err)
{
    Page page = {.stream = stdout, .roff = option_flag(context->options, "man")};
    const char *directory = option_text(context->options, "man-dir");
    const Command *command;
    cleanup_(err_release) Err unknown = {0};
    int n_words;

    if (*directory)
        return help_write_man_pages(directory, err);
    if (context->n_args == 0)
        help_overview(&page);
    else if (context->n_args == 1 && strcmp(context->args[0], "settings") == 0)
        help_settings(&page);
    else if ((command = command_find(context->args, (size_t)context->n_args, &n_words, &unknown)))
        help_command(&page, command);
    else if (context->n_args != 1 || !help_group(&page, context->args[0]))
        return err_move(err, &unknown);
    return true;
}

const Command command_help = {
    .name = "help",
    .arguments = "[COMMAND|settings]",
    .summary = "show help for a command, or what the config file can hold",
    .description =
        "Without an argument, lists the commands. \"pgbaton COMMAND --help\" does the same as \"pgbaton help COMMAND\".",
    .examples = "pgbaton help migrate\npgbaton help settings",
    .options = options,
    .max_args = 2,
    .needs_no_config = true,
    .run = run,
};
