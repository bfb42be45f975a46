/*
 * Child processes, started by argv (no shell), with their output collected.
 *
 * A child gets stdin from /dev/null. When a stop is asked for, it gets SIGTERM and is waited for.
 */
#ifndef PGBATON_BASE_PROCESS_H
#define PGBATON_BASE_PROCESS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

typedef struct ProcessSpec
{
    const char *const
        *argv; /* argv[0] is searched in PATH unless it holds a slash; NULL-terminated */
    const char *const *
        environment; /* "NAME=value" set on top of ours; "NAME" removes it; NULL-terminated or NULL */
    int keep_fd;     /* a descriptor the child inherits under the same number; <= 0 for none */
    int stdout_fd;   /* where its stdout goes, which is then not collected; <= 0 for none */
    bool inherit_output; /* stdin, stdout and stderr are ours: nothing is collected */
    int timeout_ms; /* then it and what it has started get SIGTERM, a little later SIGKILL; 0: none. The
                            child leads a process group of its own: a Ctrl-C on the terminal is not for it */
} ProcessSpec;

/*
 * Runs the child to its end. *ret_status is its exit code, or 128 + the signal that ended it. False when it could not be
 * started (ERR_FAILED), a stop was asked for (ERR_STOPPED), or the time was up (ERR_UNREACHABLE). An exit code other than 0 is not an
 * error here.
 */
bool process_run(const ProcessSpec *spec, Str *ret_stdout, Str *ret_stderr, int *ret_status,
                 Err *err) must_check;

/*
 * Becomes the program of argv: the same process, terminal and descriptors, with the environment changed and the signals as they were given
 * to us. Returns, always false, only when it could not be run.
 */
bool process_become(const char *const *argv, const char *const *environment, Err *err) must_check;

#endif
