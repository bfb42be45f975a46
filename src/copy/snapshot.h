/*
 * The keeper: a session on the source that holds the snapshot all workers copy under, and ACCESS SHARE locks on what is copied (a TRUNCATE is not
 * MVCC-safe). It imports the slot's snapshot and exports it again, so that the walsender which made the slot may die.
 */
#ifndef PGBATON_COPY_SNAPSHOT_H
#define PGBATON_COPY_SNAPSHOT_H

#include "catalog/catalog.h"
#include "pg/conn.h"

/*
 * ACCESS SHARE locks on the tables, in a transaction of `conn` that this opens; taken before the slot is made, so that nothing can change
 * between the snapshot and the lock. It assigns no xid and so does not hold up the slot.
 */
bool snapshot_guard(Conn *conn, const QualifiedNames *tables, int lock_timeout_ms,
                    Err *err) must_check;

/* Turns `conn` into the keeper: imports slot_snapshot, exports it anew, locks the tables. */
bool snapshot_keep(Conn *conn, const char *slot_snapshot, const QualifiedNames *tables,
                   int lock_timeout_ms, Arena *arena, const char **ret_snapshot,
                   Err *err) must_check;

/* Begins a transaction of a worker under the keeper's snapshot. */
bool snapshot_import(Conn *conn, const char *snapshot, Err *err) must_check;

#endif
