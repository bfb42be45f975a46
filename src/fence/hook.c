#include "fence/hook.h"

#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/process.h"
#include "base/vec.h"
#include "pg/conninfo.h"
#include "pg/environment.h"

static void
close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The side that the writes leave. */
static void
add_from(Arena *arena, Environment *environment, const Conn *conn)
{
    environment_add(arena, environment, "PGBATON_FROM_HOST", PQhost(conn_pg(conn)));
    environment_add(arena, environment, "PGBATON_FROM_PORT", PQport(conn_pg(conn)));
    environment_add(arena, environment, "PGBATON_FROM_DATABASE", conn_dbname(conn));
}

static void
add_quoted(Str *s, const char *text)
{
    str_add_char(s, '\'');
    for (const char *p = text; *p; p++)
    {
        if (*p == '\'')
            str_add(s, "'\\'");
        str_add_char(s, *p);
    }
    str_add_char(s, '\'');
}

/* PGHOST='new' … sh -c 'COMMAND', for somebody who repeats it by hand; the password is theirs to know. */
static bool
repeat_hint(const Hook *hook, const Environment *environment, Err *err)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (size_t i = 0; i < environment->len; i++)
    {
        const char *setting = environment->items[i];
        size_t name_len = strcspn(setting, "=");

        if (!setting[name_len] || strncmp(setting, "PGPASSFILE=", 11) == 0)
            continue;
        str_add_bytes(&s, setting, name_len + 1);
        add_quoted(&s, setting + name_len + 1);
        str_add_char(&s, ' ');
    }
    str_add(&s, "sh -c ");
    add_quoted(&s, hook->command);
    return err_hint(err, "When it is mended, run it by hand: %s", s.data);
}

/* The last line is most often the reason. */
static void
last_line(const Str *output, Str *line)
{
    size_t end = output->len;
    size_t start;

    while (end > 0 && strchr("\r\n \t", output->data[end - 1]))
        end--;
    for (start = end; start > 0 && output->data[start - 1] != '\n';)
        start--;
    str_add_bytes(line, output->data + start, end - start > 500 ? 500 : end - start);
}

static bool
judge(const Hook *hook, int status, const Str *output, Err *err)
{
    cleanup_(str_release) Str line = STR_INIT;

    if (status == 0)
        return true;
    last_line(output, &line);
    err_set(err, ERR_FAILED, "the command of on_switch failed: exit code %d", status);
    return err_detail(err, "%s. It was to lead the traffic of \"%s\" over%s%s.", hook->command,
                      hook->database, line.len ? "; its last words are: " : "", line.data);
}

bool
hook_run(const Hook *hook, Str *ret_output, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(str_release) Str messages = STR_INIT;
    cleanup_(close_fd) int passfile_fd = -1;
    const char *const argv[] = {"/bin/sh", "-c", hook->command, NULL};
    const char *password = PQpass(conn_pg(hook->to));
    const char *passfile;
    Environment environment = {0};
    int status;
    bool ok;

    if (!hook->command || !*hook->command)
        return true;
    environment_add_libpq(&arena, &environment, hook->to);
    add_from(&arena, &environment, hook->from);
    environment_add_side(&arena, &environment, SIDE_SOURCE,
                         hook->is_rollback ? hook->to : hook->from);
    environment_add_side(&arena, &environment, SIDE_TARGET,
                         hook->is_rollback ? hook->from : hook->to);
    environment_add(&arena, &environment, "PGBATON_DIRECTION",
                    hook->is_rollback ? "rollback" : "switchover");
    environment_add(&arena, &environment, "PGBATON_MIGRATION", hook->migration);
    environment_add(&arena, &environment, "PGBATON_DATABASE", hook->database);
    if (password && *password)
    {
        if (!passfile_open(&arena, password, &passfile_fd, &passfile, err))
            return repeat_hint(hook, &environment, err);
        environment_add(&arena, &environment, "PGPASSFILE", passfile);
    }
    size_t n_variables = environment.len;

    *vec_push(&environment, &arena) = NULL;
    ProcessSpec spec = {.argv = argv,
                        .environment = environment.items,
                        .keep_fd = passfile_fd,
                        .timeout_ms = hook->timeout_ms};

    cancel_shield_begin();
    ok = process_run(&spec, ret_output, &messages, &status, err);
    cancel_shield_end();
    str_add(ret_output, messages.data);
    if (ok)
        ok = judge(hook, status, ret_output, err);
    else
        err_context(err, "the command of on_switch");
    environment.len = n_variables;
    return ok || repeat_hint(hook, &environment, err);
}
