/*
 * Publications as they are, whoever made them.
 */
#ifndef PGBATON_REPL_PUBLICATION_READ_H
#define PGBATON_REPL_PUBLICATION_READ_H

#include "catalog/catalog.h"
#include "pg/conn.h"

/* A table that a publication names. */
typedef struct PublicationTable
{
    const char *oid;
    const char *schema;
    const char *name;
    const char *columns_json; /* JSON array, in the order of the table; NULL: all */
    const char *filter;       /* an expression as the server writes it; NULL: all rows */
} PublicationTable;

typedef VEC(PublicationTable) PublicationTables;

typedef struct Publication
{
    const char *name;
    const char *owner;
    const char *migration; /* that made it; NULL: not pgbaton */
    const char *publishes; /* "insert, update, delete, truncate", in this order */
    bool all_tables;
    bool has_exceptions; /* tables that are left out of all */
    bool via_root;
    PublicationTables tables;
    Names schemas;
} Publication;

/* A row each, its columns as src/sql/repl_publications.sql names them. name NULL: all. */
bool publications_query(Conn *conn, const char *name, PGresult **ret_result, Err *err) must_check;

/* What catalog/tables.h needs of them to tell which tables are in which. */
bool publications_json(Conn *conn, Arena *arena, const char **ret_json, Err *err) must_check;

bool publication_read(Conn *conn, Arena *arena, const char *name, Publication *ret_publication,
                      bool *ret_exists, Err *err) must_check;

/* NULL: not among them. */
const PublicationTable *publication_find_table(const PublicationTables *tables, const char *oid);
bool publication_has_schema(const Names *schemas, const char *name);

/*
 * A row filter as the server understands it, and the columns that it looks at (JSON array): by making a publication in a transaction that is
 * rolled back. What is not one expression is an error.
 */
bool publication_probe_filter(Conn *conn, Arena *arena, PublicationTable *table,
                              const char **ret_columns_json, Err *err) must_check;

#endif
