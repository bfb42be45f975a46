/*
 * What a transaction that waits in a slot changes: found by decoding a temporary copy of the slot on the publisher with pgoutput, so that neither the
 * slot's position nor a plugin that would have to be allowed is touched. Before 12, where slots cannot be copied, the slot itself is looked at (which
 * does not move it) while nobody uses it.
 */
#ifndef PGBATON_REPL_TRANSACTION_H
#define PGBATON_REPL_TRANSACTION_H

#include "base/vec.h"
#include "pg/conn.h"

typedef struct TransactionChange
{
    const char *kind; /* "insert", "update", "delete", "truncate" */
    const char *schema;
    const char *table;
    int64_t count;
} TransactionChange;

typedef struct TransactionRow
{
    const char *kind;
    const char *schema;
    const char *table;
    const char *values; /* "id = 1, name = 'x'" */
} TransactionRow;

typedef struct Transaction
{
    bool found;
    const char *xid;          /* on the publisher */
    const char *finish_lsn;   /* of its commit record: what ALTER SUBSCRIPTION … SKIP takes */
    const char *end_lsn;      /* behind it: where a replication origin stands that has passed it */
    const char *committed_at; /* UTC */
    VEC(TransactionChange) changes;
    VEC(TransactionRow) rows; /* the first ones */
} Transaction;

/*
 * finish_lsn: which one; NULL: the first that changes something of what the publications publish and ends after `after_lsn`.
 * Not finding it is no error.
 */
bool transaction_read(Conn *publisher, const char *slot, const char *publication_identifiers,
                      const char *finish_lsn, const char *after_lsn, Arena *arena,
                      Transaction *ret_transaction, Err *err) must_check;

#endif
