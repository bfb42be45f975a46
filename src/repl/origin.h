/*
 * Replication origins: up to where in a publisher's WAL a subscriber has applied. That of a subscription is called pg_OID.
 */
#ifndef PGBATON_REPL_ORIGIN_H
#define PGBATON_REPL_ORIGIN_H

#include "pg/conn.h"

/* Superusers have all of these; others can be given them since PostgreSQL 14. */
typedef struct OriginRights
{
    bool may_list; /* the positions of all */
    bool may_read; /* the position of one */
    bool may_set;
    bool grantable;
    const char *role; /* quoted */
} OriginRights;

bool origin_rights(Conn *conn, Arena *arena, OriginRights *ret_rights, Err *err) must_check;

/*
 * All of the server: name, id, remote_lsn, local_lsn, database, subscription, of_table. The positions are null without the right to see them. ERR_REFUSED
 * where that right cannot be had otherwise than by being a superuser.
 */
bool origin_list(Conn *conn, Arena *arena, PGresult **ret_result, bool *ret_has_positions,
                 Err *err) must_check;

/* NULL: it has none yet. */
bool origin_position(Conn *conn, Arena *arena, const char *name, const char **ret_lsn,
                     Err *err) must_check;

#endif
