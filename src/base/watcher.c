#define _GNU_SOURCE
#include "base/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cancel.h"

static const int heeded[] = {SIGINT, SIGTERM, SIGHUP};

/* The pipe becomes the only descriptor beside the standard ones; results are the parent's to tell. */
static void
keep_only(int pipe_fd)
{
    int null_fd = open("/dev/null", O_RDWR);

    if (null_fd >= 0)
    {
        dup2(null_fd, STDIN_FILENO);
        dup2(null_fd, STDOUT_FILENO);
    }
    dup2(pipe_fd, STDERR_FILENO + 1);
    closefrom(STDERR_FILENO + 2);
}

static void
await_end_of(int pipe_fd)
{
    char byte;

    while (read(pipe_fd, &byte, 1) < 0 && errno == EINTR)
        continue;
}

/*
 * Does not return: above it are the parent's callers, whose handles it must not close, and whose sessions it would end by that. Nor does
 * it exit as main does: what the parent has not flushed yet is the parent's.
 */
static void
watch(int pipe_fd, const sigset_t *mask, void (*put_in_order)(void *context), void *context)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    for (size_t i = 0; i < lengthof(heeded); i++)
        sigaction(heeded[i], &ignore, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    setsid();
    cancel_shield_begin();
    keep_only(pipe_fd);
    await_end_of(STDERR_FILENO + 1);
    put_in_order(context);
    _exit(0);
}

bool
watcher_start(void (*put_in_order)(void *context), void *context, Watcher *ret_watcher, Err *err)
{
    sigset_t all;
    sigset_t mask;
    int fds[2];
    int failure = 0;
    pid_t pid = -1;

    if (pipe2(fds, O_CLOEXEC) == 0)
    {
        /* One that comes in between would be counted by the handler of the parent, whose pipe they share. */
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, &mask);
        pid = fork();
        failure = errno;
        if (pid == 0)
            watch(fds[0], &mask, put_in_order, context);
        sigprocmask(SIG_SETMASK, &mask, NULL);
        close(fds[0]);
        if (pid < 0)
            close(fds[1]);
    }
    else
        failure = errno;
    if (pid < 0)
    {
        err_set(err, ERR_FAILED, "could not start a second process");
        return err_detail(err, "%s.", strerror(failure));
    }
    *ret_watcher = (Watcher){.pid = pid, .fd = fds[1]};
    return true;
}

/* Killed before the pipe is closed it cannot mistake that for a death, and one that is stopped is not waited for. */
void
watcher_end(Watcher *watcher)
{
    if (watcher->pid == 0)
        return;
    kill(watcher->pid, SIGKILL);
    close(watcher->fd);
    while (waitpid(watcher->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    *watcher = (Watcher){0};
}
