/*
 * `pgbaton config swap`: source and target change places in the config file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/log.h"
#include "base/redact.h"
#include "cmd/commands.h"
#include "cmd/init_file.h"
#include "cmd/json.h"
#include "config/swap.h"
#include "flow/flow.h"
#include "pg/conninfo.h"

static bool
no_file(Err *err)
{
    err_set(err, ERR_USAGE, "there is no config file");
    err_detail(err, "None is named, and there is no \"" CONFIG_DEFAULT_FILE "\" here.");
    return err_hint(err, "Name one by --config FILE, or write it by: pgbaton init");
}

static bool
nothing_to_swap(const char *file, Err *err)
{
    err_set(err, ERR_REFUSED, "there is nothing to swap in \"%s\"", file);
    err_detail(err, "It sets neither [source] nor [target].");
    return err_hint(err, "Write both by: pgbaton init --config %s", file);
}

static bool
begun_error(const Config *config, const char *database, Err *err)
{
    err_set(err, ERR_REFUSED, "database \"%s\": migration \"%s\" has its journal on the target",
            database, config->migration);
    err_detail(
        err,
        "With the sides swapped, status, switchover, rollback and cleanup would look for it on the other server.");
    return err_hint(
        err,
        "To move the writes: pgbaton switchover, or pgbaton rollback. To end the migration: pgbaton "
        "cleanup. To swap all the same: pgbaton config swap --force");
}

/* A server that cannot be asked is no reason to keep a wrong file. */
static bool
tolerate(Err *failure, Err *err)
{
    if (failure->code != ERR_UNREACHABLE)
        return err_move(err, failure);
    log_warning("could not look for a journal of this migration: %s", failure->message);
    err_release(failure);
    return true;
}

static bool
check_journal(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(err_release) Err failure = {0};
    StringList databases = {0};

    if (option_flag(context->options, "force") || !*config->source.conninfo ||
        !*config->target.conninfo)
        return true;
    if (!flow_databases(config, context->arena, &databases, &failure))
        return tolerate(&failure, err);
    for (size_t i = 0; i < databases.len; i++)
    {
        bool begun = false;

        if (!flow_has_begun(config, context->arena, databases.items[i], &begun, &failure) &&
            !tolerate(&failure, err))
            return false;
        if (begun)
            return begun_error(config, databases.items[i], err);
    }
    return true;
}

static void
warn_of_rest(const CommandContext *context)
{
    const Config *config = context->config;
    const char *target_dbname = conninfo_value(context->arena, config->target.conninfo, "dbname");

    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        if (option_origin(config->values, side_name(side)) >= ORIGIN_ENVIRONMENT)
            log_warning(
                "the %s is given by --%s or the environment, too: that goes before the file, and is not swapped",
                side_name(side), side_name(side));
    if (config->databases.len == 1 && strcmp(config->databases.items[0], "*") != 0 &&
        *target_dbname && strcmp(config->databases.items[0], target_dbname) != 0)
        log_warning(
            "\"databases\" names \"%s\", which is \"%s\" on the new source: change it by hand",
            config->databases.items[0], target_dbname);
    for (size_t i = 0; i < config->n_poolers; i++)
        if (*config->poolers[i].target_dbname)
            log_warning(
                "\"target_dbname\" of section [pooler %s] has no counterpart: change it by hand",
                config->poolers[i].name);
}

/* A name that is free: FILE.bak-20261121T140500Z */
static const char *
backup_name(Arena *arena, const char *file)
{
    time_t now = time(NULL);
    struct tm tm;
    struct stat st;
    char stamp[32];
    const char *name;

    gmtime_r(&now, &tm);
    (void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
    name = arena_printf(arena, "%s.bak-%s", file, stamp);
    for (int n = 2; lstat(name, &st) == 0; n++)
        name = arena_printf(arena, "%s.bak-%s-%d", file, stamp, n);
    return name;
}

static void
report(const CommandContext *context, const char *backup, const Str *text)
{
    const Config *config = context->config;
    cleanup_(mem_free_pointer) char *shown = redact(text->data);

    if (config->json)
        json_print(json_pack("{s:o, s:o, s:b, s:o}", "file", json_text(config->file), "backup",
                             json_text(backup), "written", backup != NULL, "text",
                             json_text(shown)));
    else if (!backup)
        fputs(shown, stdout);
    else
        printf("swapped source and target in \"%s\", the old file is \"%s\"; next: pgbaton check\n",
               config->file, backup);
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(str_release) Str old = STR_INIT;
    cleanup_(str_release) Str text = STR_INIT;
    cleanup_(mem_free_pointer) char *path = NULL;
    const char *backup = NULL;
    struct stat st;

    if (!config->file)
        return no_file(err);
    path = realpath(config->file, NULL); /* a symbolic link stays one */
    if (!path || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
    {
        err_set(err, ERR_REFUSED, "\"%s\" is no plain file", config->file);
        err_detail(err, "It cannot be replaced.");
        return err_hint(err, "Name a file by --config FILE.");
    }
    if (!init_read_file(path, &old, err))
        return false;
    if (!config_swap_text(context->arena, old.data, old.len, &text))
        return nothing_to_swap(config->file, err);
    if (!check_journal(context, err))
        return false;
    warn_of_rest(context);
    if (!config->dry_run)
    {
        backup = backup_name(context->arena, path);
        if (!init_write_file(backup, &old, false, err) || !init_replace_file(path, &text, &st, err))
            return false;
    }
    report(context, backup, &text);
    return true;
}

static const Option options[] = {
    {.name = "force",
     .type = OPTION_FLAG,
     .help = "swap although the target has a journal of this migration; no server is asked"},
    {.name = NULL},
};

const Command command_config_swap = {
    .name = "config swap",
    .arguments = "",
    .summary = "swap source and target in the config file",
    .description =
        "Source and target change places, with how each is reached from the other, their pinned system identifiers, and the hosts and "
        "ports of poolers. Comments and the order of the file stay. What options and the environment say is neither heeded nor written.\n\n"
        "The file is replaced in one go, with its owner and mode; the old one is kept beside it, as FILE.bak-TIME, for its owner "
        "only. Swapping again leads back.\n\n"
        "Refused with 3 while the target has a journal of the migration, finished or not: status, switchover, rollback and cleanup look for "
        "it there. For handing the writes over and back swapping is not needed. When a server cannot be asked, that is a warning.",
    .examples = "pgbaton config swap --dry-run\npgbaton config swap",
    .options = options,
    .run = run,
};
