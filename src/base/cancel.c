#define _GNU_SOURCE
#include "base/cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static int wake_pipe[2] = {-1, -1};
static atomic_int n_signals;
static _Thread_local int shield_depth;

/* What we handle, and how it was before. */
static struct
{
    int number;
    struct sigaction old;
} handled[] = {{.number = SIGINT}, {.number = SIGTERM}, {.number = SIGHUP}, {.number = SIGPIPE}};

static void
handle_signal(int signal_number)
{
    int saved_errno = errno;
    ssize_t written;

    (void)signal_number;
    if (atomic_fetch_add(&n_signals, 1) >= 2)
        _exit(err_exit_code(ERR_STOPPED));
    /* The byte is never read: the descriptor stays readable for every thread that polls it. */
    written = write(wake_pipe[1], "x", 1);
    (void)written;
    errno = saved_errno;
}

void
cancel_install(void)
{
    struct sigaction action = {.sa_handler = handle_signal, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        abort();
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < lengthof(handled); i++)
        sigaction(handled[i].number, handled[i].number == SIGPIPE ? &ignore : &action,
                  &handled[i].old);
}

void
cancel_uninstall(void)
{
    for (size_t i = 0; i < lengthof(handled); i++)
        sigaction(handled[i].number, &handled[i].old, NULL);
}

bool
cancel_requested(void)
{
    return shield_depth == 0 && atomic_load(&n_signals) > 0;
}

int
cancel_fd(void)
{
    return shield_depth == 0 ? wake_pipe[0] : -1;
}

void
cancel_shield_begin(void)
{
    shield_depth++;
}

void
cancel_shield_end(void)
{
    shield_depth--;
}

bool
cancel_error(Err *err)
{
    err_set(err, ERR_STOPPED, "stopped by a signal");
    err_detail(err, "What was finished is in the journal.");
    return err_hint(err, "Run the same command again to continue.");
}

bool
cancel_sleep(int64_t duration_ms, Err *err)
{
    struct pollfd fd = {.fd = cancel_fd(), .events = POLLIN};

    if (!cancel_requested())
        poll(&fd, 1, (int)duration_ms);
    return cancel_requested() ? cancel_error(err) : true;
}
