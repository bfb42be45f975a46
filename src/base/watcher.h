/*
 * A second process that waits for the death of this one, to put in order what that has left: what kill -9 or the kernel's lack of memory
 * leaves no time for.
 *
 * It is a fork, not another program, so that it has what it needs in memory, passwords above all, which must not pass through arguments. It
 * holds no descriptor of its parent's but standard error: a server sees the parent's sessions end when the parent dies. It is the
 * leader of a session of its own and heeds no signal that a terminal or a service manager ends pgbaton by, nor a stop that
 * was asked for before. Fork copies only the thread that calls it, and a lock that another one holds stays held: so there must
 * be no other thread.
 */
#ifndef PGBATON_BASE_WATCHER_H
#define PGBATON_BASE_WATCHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

typedef struct Watcher
{
    pid_t pid; /* 0: none */
    int fd; /* of a pipe whose other end it reads: closed by the kernel when this process ends, however it does */
} Watcher;

/*
 * Starts it. When this process has ended without watcher_end, put_in_order is called in the other one, which then ends too. What
 * it finds in memory is as it was at this call; handles among it are not to be used, nor closed: their descriptors are gone.
 */
bool watcher_start(void (*put_in_order)(void *context), void *context, Watcher *ret_watcher,
                   Err *err) must_check;

/* It is no longer needed, and gone when this returns. None is fine. */
void watcher_end(Watcher *watcher);

#endif
