/*
 * Parts of the refusals of readonly.h, for readonly.c.
 */
#ifndef PGBATON_FENCE_READONLY_LOOK_H
#define PGBATON_FENCE_READONLY_LOOK_H

#include "fence/readonly.h"

/* ERR_REFUSED when the database is closed, or paused by another one than this migration (NULL: `writes pause`). May be asked in a transaction. */
bool readonly_refuse_other(Conn *conn, const char *migration, Err *err) must_check;

/* ERR_REFUSED, naming them, when there still are prepared transactions at deadline_ms (of clock_ms). */
bool readonly_wait_for_prepared(Conn *conn, int64_t deadline_ms, Err *err) must_check;

#endif
