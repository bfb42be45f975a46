/*
 * `pgbaton exec`: becomes another command, which has the connection data of both sides in its environment.
 *
 * pgbaton is replaced by it, so that exit code, signals and terminal are the command's own in every respect. Passwords are in a file without
 * a name that this process holds open: it ends with it, however that ends.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/process.h"
#include "base/redact.h"
#include "cmd/block.h"
#include "cmd/commands.h"
#include "pg/conninfo.h"
#include "pg/environment.h"

enum
{
    PASSFILE_FD = 60 /* at least: scripts use small numbers for their own files */
};

static bool
is_given(const CommandContext *context, Side side)
{
    const Config *config = context->config;

    return *(side == SIDE_SOURCE ? config->source.conninfo : config->target.conninfo) != '\0';
}

/* With --on that side must answer; the other one is welcome. Without it, every side that is given must. */
static bool
open_sides(Block *block, Err *err)
{
    const CommandContext *context = block->context;
    bool has_side = option_given(context->options, "on");

    if (has_side && !block_open(block, block_side(context), err))
        return false;
    if (!has_side && !is_given(context, SIDE_TARGET) &&
        !config_require_server(context->config, SIDE_SOURCE, err))
        return false;
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
    {
        cleanup_(err_release) Err failure = {0};

        if (block->conns[side] || !is_given(context, side) || block_open(block, side, &failure))
            continue;
        if (!has_side || failure.code != ERR_UNREACHABLE)
            return err_move(err, &failure);
        conn_close(block->conns[side]);
        block->conns[side] = NULL;
        log_warning("the %s is not reached, and not in the environment: %s", side_name(side),
                    failure.message);
    }
    return true;
}

static void
close_file(FILE **stream)
{
    if (*stream)
        fclose(*stream);
}

/* The user's own, for other servers that the command may connect to; one that libpq would not read is left. */
static void
add_user_passfile(Arena *arena, Str *text)
{
    const char *named = getenv("PGPASSFILE");
    const char *home = getenv("HOME");
    const char *path =
        named && *named ? named : arena_printf(arena, "%s/.pgpass", home ? home : "");
    cleanup_(close_file) FILE *stream = fopen(path, "re");
    char buffer[4096];
    struct stat st;
    size_t n;

    if (!stream || fstat(fileno(stream), &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077))
        return;
    while ((n = fread(buffer, 1, sizeof(buffer), stream)) > 0)
        str_add_bytes(text, buffer, n);
}

/* The file is open in the process that is to be the command, and lasts as long as that. */
static bool
make_passfile(Arena *arena, const Str *text, const char **ret_path, Err *err)
{
    int low_fd;
    int fd;

    if (!passfile_make(text, &low_fd, err))
        return false;
    fd = fcntl(low_fd, F_DUPFD, PASSFILE_FD);
    close(low_fd);
    if (fd < 0)
    {
        err_set(err, ERR_FAILED, "could not make a password file for a child process");
        return err_detail(err, "%s.", strerror(errno));
    }
    /* Not "self": programs that the command starts are to find it, too. */
    *ret_path = arena_printf(arena, "/proc/%" PRIdMAX "/fd/%d", (intmax_t)getpid(), fd);
    return true;
}

static bool
add_passwords(const Block *block, Environment *environment, Err *err)
{
    const CommandContext *context = block->context;
    Arena *arena = context->arena;
    bool by_value = option_flag(context->options, "password-in-environment");
    cleanup_(str_release) Str text = STR_INIT;
    const char *path = "a file without a name, made when it is run";

    if (!by_value)
        environment_add(arena, environment, "PGPASSWORD", NULL);
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
    {
        const char *password = block->conns[side] ? PQpass(conn_pg(block->conns[side])) : NULL;
        const char *name = environment_side_name(arena, side, "PASSWORD");
        bool has_password = password && *password;

        environment_add(arena, environment, name, by_value && has_password ? password : NULL);
        if (!has_password)
            continue;
        if (by_value && option_given(context->options, "on") && block_side(context) == side)
            environment_add(arena, environment, "PGPASSWORD", password);
        passfile_add(&text, conn_pg(block->conns[side]), password);
    }
    if (text.len == 0 || by_value)
        return true;
    add_user_passfile(arena, &text);
    if (!context->config->dry_run && !make_passfile(arena, &text, &path, err))
        return false;
    environment_add(arena, environment, "PGPASSFILE", path);
    return true;
}

static bool
add_environment(const Block *block, Environment *environment, Err *err)
{
    const CommandContext *context = block->context;
    const Conn *conn;

    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        environment_add_side(context->arena, environment, side, block->conns[side]);
    environment_add(context->arena, environment, "PGBATON_MIGRATION", context->config->migration);
    if (option_given(context->options, "on"))
    {
        conn = block->conns[block_side(context)];
        environment_add_libpq(context->arena, environment, conn);
    }
    if (!add_passwords(block, environment, err))
        return false;
    *vec_push(environment, context->arena) = NULL;
    return true;
}

static void
show_json(const CommandContext *context, const Environment *environment)
{
    json_t *variables = json_object();
    json_t *command = json_array();

    for (int i = 0; i < context->n_args; i++)
        json_array_append_new(command, json_text(context->args[i]));
    for (const char *const *setting = environment->items; *setting; setting++)
    {
        size_t len = strcspn(*setting, "=");

        json_object_set_new(variables, arena_strndup(context->arena, *setting, len),
                            json_text((*setting)[len] ? *setting + len + 1 : NULL));
    }
    json_print(json_pack("{s:o, s:o}", "command", command, "environment", variables));
}

static void
show(const CommandContext *context, const Environment *environment)
{
    for (const char *const *setting = environment->items; *setting; setting++)
    {
        size_t len = strcspn(*setting, "=");
        cleanup_(mem_free_pointer) char *value =
            (*setting)[len] ? redact(*setting + len + 1) : NULL;

        if (value)
            printf("%.*s=%s\n", (int)len, *setting, value);
    }
    for (int i = 0; i < context->n_args; i++)
    {
        cleanup_(mem_free_pointer) char *shown = redact(context->args[i]);

        printf("%s%s", i ? " " : "", shown);
    }
    printf("\n");
}

static bool
run(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block = {0};
    Environment environment = {0};

    block_init(&block, context);
    if (!open_sides(&block, err) || !add_environment(&block, &environment, err))
        return false;
    if (context->config->dry_run && context->config->json)
        show_json(context, &environment);
    else if (context->config->dry_run)
        show(context, &environment);
    if (context->config->dry_run)
        return true;
    block_close(&block);
    return process_become(context->args, environment.items, err) ||
           err_hint(err, "Correct the command, or the path to it.");
}

static const Option options[] = {
    {.name = "on",
     .type = OPTION_CHOICE,
     .argument = "SIDE",
     .choices = block_sides,
     .help =
         "lead libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER and so on) to this side: source or target"},
    {.name = "password-in-environment",
     .type = OPTION_FLAG,
     .help =
         "give the passwords by value, as PGPASSWORD and PGBATON_SOURCE_PASSWORD, instead of by a "
         "password file: for programs without libpq"},
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_exec = {
    .name = "exec",
    .arguments = "-- COMMAND [ARGUMENT...]",
    .summary = "run a command with the connection data of both sides in its environment",
    .description =
        "Connects to each side that is given, to find out where it leads - which of several hosts, what a service file "
        "or a default says - and becomes the command, by its arguments, without a shell. Terminal, input, output, signals and exit "
        "code are the command's own.\n\n"
        "It finds PGBATON_SOURCE_HOST, PGBATON_SOURCE_PORT, PGBATON_SOURCE_USER and PGBATON_SOURCE_DBNAME, the same with PGBATON_TARGET_, "
        "and PGBATON_MIGRATION. With --on SIDE also PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE and the like of that side, so that "
        "psql or pg_dump without options reach it; the other side may then be down.\n\n"
        "Passwords are in the file that PGPASSFILE names, with the lines of your own password file behind them. It has no place on disk and ends "
        "with the command. A program that closes the descriptors it has inherited, as sudo does, cannot read it.\n\n"
        "Exit code: the command's, 128 + N in a shell when signal N ended it; pgbaton's own when it could not be started. --dry-run shows the variables and "
        "runs nothing. The migration's lock is not taken.",
    .examples = "pgbaton exec --on target -- psql\n"
                "pgbaton exec --on source -- pg_dump --schema-only --table app.orders\n"
                "pgbaton exec -- sh -c 'ping -c 1 \"$PGBATON_TARGET_HOST\"'",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
