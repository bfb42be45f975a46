#include "cmd/confirm.h"

#include <stdio.h>
#include <unistd.h>

bool
command_confirm(const Config *config, const char *question, Err *err)
{
    char answer[8] = "";

    if (config->yes || config->dry_run)
        return true;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
    {
        err_set(err, ERR_USAGE, "not confirmed: %s", question);
        err_detail(err, "There is no terminal to ask on.");
        return err_hint(err, "Add --yes if this is what you want.");
    }
    fprintf(stderr, "%s? [y/N] ", question);
    fflush(stderr);
    if (fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y'))
        return true;
    err_set(err, ERR_USAGE, "not confirmed: %s", question);
    err_detail(err, "The answer was not y.");
    return err_hint(err, "Nothing was changed.");
}
