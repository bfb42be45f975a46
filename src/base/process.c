#define _GNU_SOURCE
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/vec.h"

enum
{
    TERM_PATIENCE_MS = 2000 /* from SIGTERM to SIGKILL */
};

static const int ended_by[] = {SIGINT, SIGTERM, SIGHUP};

static size_t
name_length(const char *setting)
{
    return strcspn(setting, "=");
}

/* Our environment with the changes applied. The texts stay where they are. */
static char **
build_environment(Arena *arena, const char *const *changes)
{
    VEC(char *) result = {0};

    for (char **old = environ; *old; old++)
    {
        bool changed = false;

        for (const char *const *change = changes; change && *change && !changed; change++)
            changed = name_length(*change) == name_length(*old) &&
                      strncmp(*change, *old, name_length(*old)) == 0;
        if (!changed)
            *vec_push(&result, arena) = *old;
    }
    for (const char *const *change = changes; change && *change; change++)
        if (strchr(*change, '='))
            *vec_push(&result, arena) = arena_strdup(arena, *change);
    *vec_push(&result, arena) = NULL;
    return result.items;
}

static void
close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static bool
start_error(const char *program, int reason, Err *err)
{
    err_set(err, ERR_FAILED, "could not run \"%s\"", program);
    return err_detail(err, "%s.", strerror(reason));
}

/* exec() and its like want them writable. */
static char **
copy_argv(Arena *arena, const char *const *argv)
{
    VEC(char *) copy = {0};

    for (const char *const *arg = argv; *arg; arg++)
        *vec_push(&copy, arena) = arena_strdup(arena, *arg);
    *vec_push(&copy, arena) = NULL;
    return copy.items;
}

static bool
spawn_child(const ProcessSpec *spec, int out_fd, int err_fd, pid_t *ret_pid, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    char **argv = copy_argv(&arena, spec->argv);
    int rc;

    posix_spawn_file_actions_init(&actions);
    if (!spec->inherit_output)
    {
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, out_fd, STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, err_fd, STDERR_FILENO);
    }
    if (spec->keep_fd > 0) /* onto itself: takes the close-on-exec flag away in the child alone */
        posix_spawn_file_actions_adddup2(&actions, spec->keep_fd, spec->keep_fd);

    posix_spawnattr_init(&attributes);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    for (size_t i = 0; i < lengthof(ended_by); i++) /* a watcher (base/watcher.h) ignores them */
        sigaddset(&defaults, ended_by[i]);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes,
        (short)(POSIX_SPAWN_SETSIGDEF | (spec->timeout_ms > 0 ? POSIX_SPAWN_SETPGROUP : 0)));

    rc = posix_spawnp(ret_pid, argv[0], &actions, &attributes, argv,
                      build_environment(&arena, spec->environment));
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return rc == 0 || start_error(spec->argv[0], rc, err);
}

/* One read into s; closes *fd at the end of the stream. */
static void
drain(int *fd, Str *s)
{
    char buffer[65536];
    ssize_t n = read(*fd, buffer, sizeof(buffer));

    if (n > 0)
        str_add_bytes(s, buffer, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
    {
        close(*fd);
        *fd = -1;
    }
}

static bool
timeout_error(const ProcessSpec *spec, Err *err)
{
    err_set(err, ERR_UNREACHABLE, "\"%s\" did not end in time", spec->argv[0]);
    return err_detail(err, "After %d ms it was ended.", spec->timeout_ms);
}

/*
 * How long to wait before the child has to be told to end, or was told and has to be made to. A child that still lives, or one of its own
 * that holds the pipes, is killed; then nothing more is read.
 */
static int
enforce_timeout(const ProcessSpec *spec, pid_t pid, int64_t start_ms, bool *is_late)
{
    int64_t left_ms = start_ms + spec->timeout_ms - clock_ms();

    if (spec->timeout_ms <= 0)
        return -1;
    if (left_ms <= 0 && !*is_late)
    {
        *is_late = true;
        kill(-pid, SIGTERM);
    }
    if (!*is_late)
        return (int)left_ms;
    if (left_ms > -TERM_PATIENCE_MS)
        return (int)left_ms + TERM_PATIENCE_MS;
    kill(-pid, SIGKILL);
    return 0;
}

bool
process_run(const ProcessSpec *spec, Str *ret_stdout, Str *ret_stderr, int *ret_status, Err *err)
{
    int out_pipe[2] = {-1, -1};
    int err_pipe[2] = {-1, -1};
    int64_t start_ms = clock_ms();
    bool stopped = false;
    bool is_late = false;
    pid_t pid;
    int status = 0;

    if (!spec->inherit_output &&
        (pipe2(out_pipe, O_CLOEXEC) != 0 || pipe2(err_pipe, O_CLOEXEC) != 0))
    {
        err_set(err, ERR_FAILED, "could not make a pipe for \"%s\"", spec->argv[0]);
        err_detail(err, "%s.", strerror(errno));
        close_fd(&out_pipe[0]);
        close_fd(&out_pipe[1]);
        return false;
    }
    cleanup_(close_fd) int out_fd = out_pipe[0];
    cleanup_(close_fd) int err_fd = err_pipe[0];
    bool started = spawn_child(spec, spec->stdout_fd > 0 ? spec->stdout_fd : out_pipe[1],
                               err_pipe[1], &pid, err);

    close_fd(&out_pipe[1]);
    close_fd(&err_pipe[1]);
    if (!started)
        return false;

    while (out_fd >= 0 || err_fd >= 0)
    {
        int wait_ms = enforce_timeout(spec, pid, start_ms, &is_late);

        if (wait_ms == 0)
            break;
        struct pollfd fds[3] = {
            {.fd = out_fd, .events = POLLIN},
            {.fd = err_fd, .events = POLLIN},
            {.fd = stopped ? -1 : cancel_fd(), .events = POLLIN},
        };

        if (poll(fds, lengthof(fds), wait_ms) < 0)
            continue;
        if (fds[2].revents && !stopped)
        {
            stopped = true;
            kill(spec->timeout_ms > 0 ? -pid : pid, SIGTERM);
        }
        if (fds[0].revents)
            drain(&out_fd, ret_stdout);
        if (fds[1].revents)
            drain(&err_fd, ret_stderr);
    }
    /* One that has closed its pipes may live on. */
    while (spec->timeout_ms > 0 && waitpid(pid, &status, WNOHANG) == 0)
    {
        if (enforce_timeout(spec, pid, start_ms, &is_late) == 0)
            break;
        poll(NULL, 0, 10);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (is_late)
        return timeout_error(spec, err);
    return stopped ? cancel_error(err) : true;
}

bool
process_become(const char *const *argv, const char *const *environment, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    char **copy = copy_argv(&arena, argv);
    char **variables = build_environment(&arena, environment);

    cancel_uninstall();
    if (cancel_requested()) /* up to this very moment */
        return cancel_error(err);
    execvpe(copy[0], copy, variables);
    return start_error(argv[0], errno, err);
}
