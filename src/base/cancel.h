/*
 * Stopping cleanly on SIGINT, SIGTERM and SIGHUP.
 *
 * The handler sets a flag and makes cancel_fd() readable for good; everything that waits polls that descriptor too,
 * so that a query, a COPY, a child or a sleep ends at once, in every thread. What must be finished in spite of it (undoing, releasing)
 * runs between cancel_shield_begin and cancel_shield_end. The third signal ends the process on the spot.
 */
#ifndef PGBATON_BASE_CANCEL_H
#define PGBATON_BASE_CANCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Installs the handlers. Call once, from main, before any thread is started. SIGPIPE is ignored from then on. */
void cancel_install(void);

/* Puts the signals back as they were before, for the program that this process becomes. */
void cancel_uninstall(void);

/* True when a stop was asked for and this thread is not shielded. */
bool cancel_requested(void);

/* Readable once a stop was asked for; -1 while this thread is shielded (poll ignores it). */
int cancel_fd(void);

/* Nestable, per thread. */
void cancel_shield_begin(void);
void cancel_shield_end(void);

/* Fills err with ERR_STOPPED. */
bool cancel_error(Err *err);

/* Waits duration_ms, or until a stop is asked for: then false with ERR_STOPPED. */
bool cancel_sleep(int64_t duration_ms, Err *err) must_check;

#endif
