/*
 * Subscriptions as they stand, whoever made them. A role without the right to see something gets NULL there, not an error.
 */
#ifndef PGBATON_REPL_SUBSCRIPTION_LIST_H
#define PGBATON_REPL_SUBSCRIPTION_LIST_H

#include "base/vec.h"
#include "pg/conn.h"

/* The texts are in the arena of subscription_list. What belongs to another database's catalogs, or is not this role's to see, is NULL. */
typedef struct SubscriptionInfo
{
    const char *database;
    const char *name;
    const char *owner;
    bool is_enabled;
    bool has_worker;
    const char *slot;                    /* NULL: detached */
    const char *publications;            /* JSON array of names */
    const char *publication_identifiers; /* the same as SQL writes them, with commas between */
    const char *tables;
    const char *tables_ready;
    const char *not_ready; /* JSON array of {schema, table, state} */
    const char *received_lsn;
    const char *latest_end_lsn;
    const char *skip_lsn; /* the transaction that it has been told to skip */
    const char *options;  /* JSON object: those that the version knows and this role may read */
    const char *migration;
    const char *oid;
    const char *apply_errors; /* since the statistics were reset; from 15 */
    const char *sync_errors;
    const char *error_text; /* the last one in the server log; none while all goes well */
    const char *error_lsn;
    const char *conninfo; /* with its password: not to be shown */
} SubscriptionInfo;

typedef VEC(SubscriptionInfo) SubscriptionInfos;

/* Those of the connected database; pg_subscription is of the whole cluster. */
bool subscription_list(Conn *conn, bool all_databases, Arena *arena, SubscriptionInfos *ret_infos,
                       Err *err) must_check;

/* The one of that name in the connected database. */
bool subscription_find(Conn *conn, const char *name, Arena *arena, bool *ret_found,
                       SubscriptionInfo *ret_info, Err *err) must_check;

/* A slot as the publisher sees it. */
typedef struct SubscriptionSlot
{
    bool exists;
    bool is_active;
    bool is_lost;
    bool is_pgoutput;     /* a logical one of that plugin */
    bool is_here;         /* of the connected database */
    const char *database; /* NULL: of a physical slot */
    int64_t retained_bytes;
} SubscriptionSlot;

bool subscription_slot(Conn *publisher, const char *name, Arena *arena, SubscriptionSlot *ret_slot,
                       Err *err) must_check;

#endif
