/*
 * What holds the source still while it is copied: the keeper, a session with the snapshot all workers copy under, and the guard, one with ACCESS
 * SHARE locks on what is copied, as TRUNCATE is not MVCC-safe. The keeper imports the slot's snapshot and exports it again, so that
 * the walsender which made the slot may die.
 */
#ifndef PGBATON_COPY_SNAPSHOT_H
#define PGBATON_COPY_SNAPSHOT_H

#include "catalog/catalog.h"
#include "pg/conn.h"

/*
 * Turns `conn` into the guard: ACCESS SHARE locks on the tables, in a transaction that this opens; taken before the slot is made, so that nothing can change
 * between the snapshot and the lock. It assigns no xid and so does not hold up the slot.
 */
bool snapshot_guard(Conn *conn, const QualifiedNames *tables, int lock_timeout_ms,
                    Err *err) must_check;

/* Turns `conn` into the keeper: imports slot_snapshot and exports it anew. */
bool snapshot_keep(Conn *conn, const char *slot_snapshot, Arena *arena, const char **ret_snapshot,
                   Err *err) must_check;

/* Begins a transaction of a worker under the keeper's snapshot. As snapshot_lost() when that is gone. */
bool snapshot_import(Conn *conn, const char *snapshot, Err *err) must_check;

/* Fills err, with ERR_UNREACHABLE: as when the keeper's server went away, the copy can be taken up under another snapshot. */
bool snapshot_lost(Err *err);

#endif
