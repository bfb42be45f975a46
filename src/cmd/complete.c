/*
 * `pgbaton complete -- WORD...`: what the last word can become. The scripts of `completion` ask it, so that they are the same for ever and
 * know what this program knows.
 *
 * A line for each: the word, a tab, its meaning. ":file", ":directory" and ":command" are what the shell completes by itself.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/help.h"
#include "config/cmdline.h"

typedef struct Completion
{
    Arena *arena;
    const char *current;    /* the word to be completed */
    const char *prefix;     /* "--on=" of "--on=so": goes before what is told */
    const Command *command; /* NULL: not known yet */
    WordList names;         /* positional words before it */
    int n_name_words;       /* of those, the command's name */
    const Option *pending;  /* the option whose value it is */
    bool is_after_dashes;   /* behind "--" */
} Completion;

static void
offer(const Completion *completion, const char *word, const char *meaning)
{
    if (strncmp(word, completion->current, strlen(completion->current)) == 0)
        printf("%s%s\t%s\n", completion->prefix, word, meaning);
}

static const Option *
find_option(const Option *table, const char *word)
{
    cleanup_(arena_release) Arena scratch = {0};

    if (strncmp(word, "--", 2) == 0)
        return option_find(table, arena_strndup(&scratch, word + 2, strcspn(word + 2, "=")));
    return table ? option_find_letter(table, word[strlen(word) - 1]) : NULL;
}

/* Of whichever command: it may stand behind its options. */
static const Option *
find_any_option(const char *word)
{
    const Option *row = find_option(global_options, word);

    for (const Command *const *c = commands; *c && !row; c++)
        row = find_option((*c)->options, word);
    return row;
}

static void
read_words(Completion *completion, const char *const *words, int n_words)
{
    for (int i = 0; i < n_words; i++)
    {
        const char *word = words[i];
        const Option *row;

        if (completion->is_after_dashes || *word != '-' || !word[1])
        {
            *vec_push(&completion->names, completion->arena) = word;
            continue;
        }
        completion->is_after_dashes = strcmp(word, "--") == 0;
        row = completion->is_after_dashes ? NULL : find_any_option(word);
        if (!row || row->type == OPTION_FLAG || strchr(word, '='))
            continue;
        if (++i == n_words)
            completion->pending = row;
    }
}

static void
offer_values(const Completion *completion, const Option *row)
{
    for (const char *const *word = row->choices; word && *word; word++)
        offer(completion, *word, "");
    if (row->argument && strcmp(row->argument, "FILE") == 0)
        puts(":file");
    else if (row->argument && strcmp(row->argument, "DIRECTORY") == 0)
        puts(":directory");
}

static void
offer_options(const Completion *completion, const Option *table)
{
    for (const Option *row = table; row && row->name; row++)
        if (row->help && (table != global_options || help_heeds(completion->command, row)))
            offer(completion, arena_printf(completion->arena, "--%s", row->name), row->help);
}

/* The first words, or the second ones of a group. */
static void
offer_commands(const Completion *completion, const char *group)
{
    const char *last = "";

    for (const Command *const *c = commands; *c; c++)
    {
        const char *name = (*c)->name;
        size_t len = strlen(group);
        const char *word;

        if ((*c)->is_hidden || (len > 0 && (strncmp(name, group, len) != 0 || name[len] != ' ')))
            continue;
        name += len > 0 ? len + 1 : 0;
        word = arena_strndup(completion->arena, name, strcspn(name, " "));
        if (strcmp(word, last) != 0)
            offer(completion, word, name[strlen(word)] ? "" : (*c)->summary);
        last = word;
    }
}

/* "[source|target]": its words in lower case. */
static void
offer_arguments(const Completion *completion)
{
    const Command *command = completion->command;
    const char *text = command->arguments;
    int n_given = (int)completion->names.len - completion->n_name_words;

    if (command->max_args >= 0 && n_given >= command->max_args)
        return;
    if (strstr(text, "COMMAND"))
        offer_commands(completion, n_given > 0 ? completion->names.items[1] : "");
    if (n_given > 0)
        return;
    while (*text)
    {
        size_t len = strcspn(text, "[]| .");
        const char *word = arena_strndup(completion->arena, text, len);

        if (len > 0 && *word >= 'a' && *word <= 'z')
            offer(completion, word, "");
        text += len + (text[len] != '\0');
    }
}

static void
complete(Completion *completion)
{
    bool is_exec = completion->command && completion->command == &command_exec;

    if (completion->pending)
        offer_values(completion, completion->pending);
    else if (is_exec && completion->is_after_dashes)
        printf(":command\t%d\n", (int)completion->names.len - completion->n_name_words);
    else if (completion->is_after_dashes)
        return;
    else if (*completion->current == '-' && strchr(completion->current, '='))
    {
        const Option *row = find_any_option(completion->current);
        size_t len = strcspn(completion->current, "=") + 1;

        completion->prefix = arena_strndup(completion->arena, completion->current, len);
        completion->current += len;
        if (row)
            offer_values(completion, row);
    }
    else if (*completion->current == '-')
    {
        offer_options(completion, completion->command ? completion->command->options : NULL);
        offer_options(completion, global_options);
    }
    else if (completion->command)
        offer_arguments(completion);
    else if (completion->names.len <= 1)
        offer_commands(completion, completion->names.len ? completion->names.items[0] : "");
}

static bool
run(const CommandContext *context, Err *err)
{
    cleanup_(err_release) Err unknown = {0};
    Completion completion = {.arena = context->arena, .current = "", .prefix = ""};

    (void)err;
    if (context->n_args > 0)
        completion.current = context->args[context->n_args - 1];
    read_words(&completion, context->args, context->n_args - 1);
    completion.command = command_find(completion.names.items, completion.names.len,
                                      &completion.n_name_words, &unknown);
    complete(&completion);
    return true;
}

const Command command_complete = {
    .name = "complete",
    .arguments = "-- [WORD...]",
    .summary = "print what the last word can become",
    .max_args = -1,
    .needs_no_config = true,
    .is_hidden = true,
    .run = run,
};
