/*
 * Any replication slot of a server, logical or physical, whoever made it.
 */
#ifndef PGBATON_REPL_SLOT_INFO_H
#define PGBATON_REPL_SLOT_INFO_H

#include "base/vec.h"
#include "pg/conn.h"

typedef struct SlotInfo
{
    bool exists;
    const char *name;
    bool is_logical;
    const char *plugin;   /* NULL: physical */
    const char *database; /* NULL: physical */
    bool is_active;
    int64_t pid; /* of the session that uses it; 0: none is known */
    const char
        *application; /* its application_name, which of an apply worker is the subscription; "" */
    bool is_temporary;
    bool two_phase;
    bool failover;
    const char *lost; /* why it can send nothing any more: "wal_removed"; NULL: it can */
    const char *restart_lsn;
    const char *
        position; /* what it sends comes after it: confirmed_flush_lsn, of a physical one restart_lsn; NULL */
    int64_t retained_bytes;
    const char *
        migration; /* of pgbaton, whose publication of this name is in the session's database; NULL */
} SlotInfo;

typedef VEC(SlotInfo) SlotInfos;

bool slot_info(Conn *conn, const char *name, Arena *arena, SlotInfo *ret_info, Err *err) must_check;

/* All of the server, by name. The result of the query itself is the caller's, for its columns that are not in SlotInfo; NULL: not wanted. */
bool slot_list(Conn *conn, Arena *arena, SlotInfos *ret_infos, PGresult **ret_result,
               Err *err) must_check;

/* "pid 4711, application \"shop\"" */
const char *slot_user(Arena *arena, const SlotInfo *info);

/* ERR_REFUSED if it is not there, of another database than the session's, lost, or (may_be_active false) in use. doing: "advanced" */
bool slot_require(Conn *conn, const SlotInfo *info, bool may_be_active, const char *doing,
                  Arena *arena, Err *err) must_check;

/* ERR_USAGE unless PostgreSQL takes it as the name of a slot. */
bool slot_check_name(const char *name, Err *err) must_check;

/* How much WAL the server lets slots keep. text is NULL and bytes -1 when there is no bound. */
typedef struct SlotBound
{
    int64_t bytes;
    const char *text;
} SlotBound;

bool slot_bound(Conn *conn, Arena *arena, SlotBound *ret_bound, Err *err) must_check;

/* The end of the WAL that is safely on disk. */
bool slot_wal_end(Conn *conn, Arena *arena, const char **ret_lsn, Err *err) must_check;

/* The subscriptions of that server that use a slot of this name, as "database.subscription", several with commas between them; NULL if none does. */
bool slot_subscriptions(Conn *subscriber, const char *name, Arena *arena,
                        const char **ret_subscriptions, Err *err) must_check;

#endif
