/*
 * Logical replication slots (plugin pgoutput unless another one is named).
 */
#ifndef PGBATON_REPL_SLOT_H
#define PGBATON_REPL_SLOT_H

#include "base/str.h"
#include "pg/conn.h"

typedef struct SlotSnapshot
{
    const char *consistent_lsn;
    const char *snapshot; /* importable while the walsender session lives and runs nothing else */
} SlotSnapshot;

/*
 * Makes the slot through a walsender session, which *ret_walsender hands to the caller, and exports its snapshot. Creation waits for every
 * transaction that has an xid; past timeout_ms it is given up (ERR_REFUSED) naming those sessions, which `observer`, another
 * session on that server, finds. A slot of that name that is left over is dropped first.
 */
bool slot_create_exporting(const Server *server, Conn *observer, const char *name, int timeout_ms,
                           Arena *arena, Conn **ret_walsender, SlotSnapshot *ret_snapshot,
                           Err *err) must_check;

typedef struct SlotSpec
{
    const char *name;
    const char *plugin;
    bool two_phase; /* needs FEATURE_SLOT_TWO_PHASE */
    bool failover;  /* needs FEATURE_SLOT_FAILOVER */
} SlotSpec;

/* The statement that makes it. */
void slot_add_create_sql(Str *sql, const SlotSpec *spec);

/* Runs that statement, which waits as above. */
bool slot_make(Conn *conn, const char *name, const char *sql, int timeout_ms, Err *err) must_check;

/* Makes the slot without a snapshot, else as slot_create_exporting. */
bool slot_create(Conn *conn, const char *name, int timeout_ms, Err *err) must_check;

/* The same where one of that name is somebody else's: an error. */
bool slot_create_new(Conn *conn, const char *name, int timeout_ms, Err *err) must_check;

/*
 * Makes slot `name` at the position of slot `base`, from which nothing may be read meanwhile: both then send the same from
 * there on. Needs FEATURE_SLOT_COPY. A slot `name` that is left over is dropped first.
 */
bool slot_copy(Conn *conn, const char *base, const char *name, Err *err) must_check;

/*
 * Makes slot `name` at the present end of WAL from slot `base`, which it moves there: what was committed up to now will not be sent, also
 * after a crash. (pg_replication_slot_advance alone is not durable before the next checkpoint, while a copied slot is saved at once:
 * slotfuncs.c, copy_replication_slot. Creating one here would wait for open transactions.) A slot `name` that is there is dropped
 * first. Before 12 slots cannot be copied: there `base` must be `name`, which is then only moved.
 */
bool slot_create_at_now(Conn *conn, const char *base, const char *name, Err *err) must_check;

/* Not there is fine. A walsender that still uses it is ended. */
bool slot_drop(Conn *conn, const char *name, Err *err) must_check;

typedef struct SlotState
{
    bool exists;
    bool is_active;
    bool is_lost;           /* its WAL is gone: wal_status "lost" */
    int64_t retained_bytes; /* WAL it keeps on the server's disk */
} SlotState;

bool slot_read(Conn *conn, const char *name, SlotState *ret_state, Err *err) must_check;

#endif
