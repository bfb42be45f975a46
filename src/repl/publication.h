/*
 * Publications, which name their tables one by one: a table that appears meanwhile must not stall the apply worker.
 */
#ifndef PGBATON_REPL_PUBLICATION_H
#define PGBATON_REPL_PUBLICATION_H

#include "catalog/catalog.h"
#include "pg/conn.h"

/*
 * Makes (or makes anew) a publication of the tables and of pgbaton.<marker_table>, some tables in a transaction. subscriber_version decides whether
 * TRUNCATE is published: a subscriber before 11 does not understand it.
 */
bool publication_create(Conn *publisher, const char *name, const char *comment,
                        const QualifiedNames *tables, const char *marker_table,
                        int subscriber_version, Err *err) must_check;

/* The statements of publication_create. */
void publication_add_sql(Str *sql, Conn *publisher, const char *name, const char *comment,
                         const QualifiedNames *tables, const char *marker_table,
                         int subscriber_version);

bool publication_remove_tables(Conn *publisher, const char *name, const QualifiedNames *tables,
                               Err *err) must_check;

/* Not there is fine. */
bool publication_drop(Conn *publisher, const char *name, Err *err) must_check;

#endif
