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
#include "base/vec.h"

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
spawn_child(const ProcessSpec *spec, int out_fd, int err_fd, pid_t *ret_pid, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    VEC(char *) argv = {0};
    int rc;

    for (const char *const *arg = spec->argv; *arg; arg++)
        *vec_push(&argv, &arena) = arena_strdup(&arena, *arg);
    *vec_push(&argv, &arena) = NULL;

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
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);

    rc = posix_spawnp(ret_pid, argv.items[0], &actions, &attributes, argv.items,
                      build_environment(&arena, spec->environment));
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (rc == 0)
        return true;
    err_set(err, ERR_FAILED, "could not run \"%s\"", spec->argv[0]);
    return err_detail(err, "%s.", strerror(rc));
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

bool
process_run(const ProcessSpec *spec, Str *ret_stdout, Str *ret_stderr, int *ret_status, Err *err)
{
    int out_pipe[2] = {-1, -1};
    int err_pipe[2] = {-1, -1};
    bool stopped = false;
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
        struct pollfd fds[3] = {
            {.fd = out_fd, .events = POLLIN},
            {.fd = err_fd, .events = POLLIN},
            {.fd = stopped ? -1 : cancel_fd(), .events = POLLIN},
        };

        if (poll(fds, lengthof(fds), -1) < 0)
            continue;
        if (fds[2].revents && !stopped)
        {
            stopped = true;
            kill(pid, SIGTERM);
        }
        if (fds[0].revents)
            drain(&out_fd, ret_stdout);
        if (fds[1].revents)
            drain(&err_fd, ret_stderr);
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return stopped ? cancel_error(err) : true;
}
