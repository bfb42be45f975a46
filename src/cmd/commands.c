#include "cmd/commands.h"

#include <string.h>

#include "base/str.h"
#include "config/suggest.h"

const Command *const commands[] = {
    &command_init,
    &command_check,
    &command_migrate,
    &command_join,
    &command_sync,
    &command_status,
    &command_switchover,
    &command_rollback,
    &command_cleanup,
    &command_publication_list,
    &command_publication_create,
    &command_publication_drop,
    &command_publication_add,
    &command_publication_remove,
    &command_subscription_list,
    &command_subscription_create,
    &command_subscription_drop,
    &command_subscription_enable,
    &command_subscription_disable,
    &command_subscription_refresh,
    &command_subscription_skip,
    &command_subscription_reverse,
    &command_slot_list,
    &command_slot_create,
    &command_slot_copy,
    &command_slot_advance,
    &command_slot_drop,
    &command_origin_list,
    &command_origin_rewind,
    &command_sequence_diff,
    &command_sequence_sync,
    &command_identity_list,
    &command_identity_fix,
    &command_identity_restore,
    &command_roles_copy,
    &command_extensions_copy,
    &command_schema_copy,
    &command_schema_diff,
    &command_table_list,
    &command_column_list,
    &command_grant,
    &command_writes_pause,
    &command_writes_resume,
    &command_writes_status,
    &command_traffic_init,
    &command_traffic_run,
    &command_traffic_check,
    &command_exec,
    &command_config_show,
    &command_config_swap,
    &command_completion,
    &command_steps,
    &command_help,
    &command_complete,
    NULL,
};

/* How many of the words are the command's name, 0 if they are not. */
static int
match(const Command *command, const char *const *words, size_t n_words)
{
    const char *name = command->name;

    for (size_t i = 0; i < n_words; i++)
    {
        size_t len = strcspn(name, " ");

        if (strlen(words[i]) != len || strncmp(words[i], name, len) != 0)
            return 0;
        if (!name[len])
            return (int)i + 1;
        name += len + 1;
    }
    return 0;
}

/* The word begins the names of commands with two words: "traffic" of "traffic run". */
static bool
is_group(const Command *command, const char *word)
{
    size_t len = strlen(word);

    return strncmp(command->name, word, len) == 0 && command->name[len] == ' ';
}

static void
unknown_subcommand(const char *group, const char *word, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    Suggestion near = suggestion_for(word ? word : "");

    for (const Command *const *c = commands; *c; c++)
        if (is_group(*c, group) && !(*c)->is_hidden)
        {
            const char *name = (*c)->name + strlen(group) + 1;

            suggest(&near, name);
            str_addf(&names, "%s%s", names.len ? ", " : "", name);
        }
    if (word)
        err_set(err, ERR_USAGE, "unknown command \"%s %s\"", group, word);
    else
        err_set(err, ERR_USAGE, "command \"%s\" needs a sub-command", group);
    if (word && near.best)
        err_detail(err, "The nearest known command is \"%s %s\".", group, near.best);
    else
        err_detail(err, "The sub-commands of \"%s\" are: %s.", group, names.data);
    err_hint(err, "Run: pgbaton help %s", group);
}

static void
unknown_command(const char *word, Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    Suggestion near = suggestion_for(word);

    for (const Command *const *c = commands; *c; c++)
    {
        suggest(&near, (*c)->name);
        suggest(&near, arena_strndup(&scratch, (*c)->name, strcspn((*c)->name, " ")));
    }
    err_set(err, ERR_USAGE, "unknown command \"%s\"", word);
    if (near.best)
        err_detail(err, "The nearest known command is \"%s\".", near.best);
    else
        err_detail(err, "No command of pgbaton has a name like it.");
    err_hint(err, "Run: pgbaton help%s%s", near.best ? " " : "", near.best ? near.best : "");
}

const Command *
command_find(const char *const *words, size_t n_words, int *ret_n_words, Err *err)
{
    const Command *best = NULL;

    *ret_n_words = 0;
    for (const Command *const *c = commands; *c; c++)
    {
        int n = match(*c, words, n_words);

        if (n > *ret_n_words)
        {
            best = *c;
            *ret_n_words = n;
        }
    }
    if (best)
        return best;
    for (const Command *const *c = commands; n_words && *c; c++)
        if (is_group(*c, words[0]))
        {
            unknown_subcommand(words[0], n_words > 1 ? words[1] : NULL, err);
            return NULL;
        }
    unknown_command(n_words ? words[0] : "", err);
    return NULL;
}
