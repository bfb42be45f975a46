/*
 * Tables by name and pattern, and what is to be known of each: kind, size, replica identity, publications.
 */
#ifndef PGBATON_CATALOG_TABLES_H
#define PGBATON_CATALOG_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/table_name.h"
#include "pg/conn.h"

/* A relation that a name or a pattern stands for. */
typedef struct FoundTable
{
    size_t pattern; /* its place among the names */
    const char *oid;
    const char *schema;
    const char *name;
    char kind; /* pg_class.relkind */
    bool is_partition;
    bool is_own; /* this role has the rights of its owner */
    const char *owner;
    const char *refusal; /* a sentence: why it cannot be published; NULL: it can */
} FoundTable;

typedef VEC(FoundTable) FoundTables;

/* Of a pattern, tables of users only; of a name any relation. A name or a pattern without any is ERR_REFUSED. */
bool tables_find(Conn *conn, Arena *arena, const TableNames *names, FoundTables *ret_tables,
                 Err *err) must_check;

/* Which tables to tell about. The texts are parameters of the query, see src/sql/catalog_tables.sql. */
typedef struct TableScope
{
    const char *oids;         /* array of OIDs: these and their partitions; NULL: all */
    const char *schemas;      /* JSON array; NULL: none */
    const char *publications; /* JSON; NULL: none */
    const char *include;      /* JSON of config/filter.h; NULL: none */
    const char *exclude;
    const char *schema_like; /* NULL: any */
    bool with_sizes;
} TableScope;

/* A row a table, its columns as the query names them. */
bool tables_query(Conn *conn, const TableScope *scope, PGresult **ret_result, Err *err) must_check;

/* A table and its replica identity. */
typedef struct TableIdentity
{
    const char *oid;
    const char *schema;
    const char *name;
    const char *setting;       /* default, nothing, full, index */
    const char *setting_index; /* of index; NULL when it is gone */
    const char *index;         /* the one in effect; NULL: none */
    const char *columns_json;  /* its columns; NULL: none */
    const char *
        reason; /* why UPDATE and DELETE cannot be published, the end of a sentence; NULL: they can */
    bool has_primary_key;   /* one that the setting "default" would use */
    const char *best_index; /* the smallest one that it could be set to; NULL: none */
    const char *extension;  /* that it is a member of */
    const char *owner;
    const char *publications; /* JSON: those that publish its changes */
    bool is_own;
    bool may_lock; /* by LOCK TABLE: an owner may have taken that right from itself */
    bool is_unlogged;
} TableIdentity;

typedef VEC(TableIdentity) TableIdentities;

/* Of the tables that have rows of their own: no partitioned ones, no foreign ones. */
bool tables_identities(Conn *conn, Arena *arena, const TableScope *scope,
                       TableIdentities *ret_identities, Err *err) must_check;

#endif
