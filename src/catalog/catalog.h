/*
 * What a server holds, as plain structs in the caller's arena. Queries only; system schemas and schema "pgbaton" are left out.
 */
#ifndef PGBATON_CATALOG_CATALOG_H
#define PGBATON_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"
#include "pg/conn.h"

/* An ordinary table or a leaf partition: something that has rows of its own. */
typedef struct Relation
{
    uint32_t oid;
    const char *schema;
    const char *name;
    char persistence; /* pg_class.relpersistence: 'p', 'u' */
    char identity;    /* pg_class.relreplident */
    int64_t heap_bytes;
    int64_t table_bytes; /* with TOAST, without indexes */
    int64_t row_estimate;
    const char *
        columns_json; /* names of the columns that can be copied (not generated), in the table's order */
    const char *
        copy_options; /* of both COPY commands: the form in which those columns are the same on another server */
    bool is_configuration; /* an extension's configuration table */
    const char *condition; /* which of its rows are the user's; NULL: all */
} Relation;

typedef VEC(Relation) Relations;

/* Largest first. */
bool catalog_relations(Conn *conn, Arena *arena, Relations *ret_relations, Err *err) must_check;

/* Have both the same columns, in any order? A dump does not keep that of inherited ones. */
bool catalog_same_columns(const Relation *a, const Relation *b);

/* Writes the columns of a JSON list of names as a quoted SQL list: "a", "b". Nothing for an empty list. */
void catalog_add_column_list(Str *s, const char *columns_json);

typedef struct SequenceValue
{
    uint32_t oid;
    const char *schema;
    const char *name;
    const char *last_value; /* decimal */
    bool is_called;
} SequenceValue;

typedef VEC(SequenceValue) SequenceValues;

/* Reads every sequence without advancing it, many in one query. */
bool catalog_sequences(Conn *conn, Arena *arena, SequenceValues *ret_sequences,
                       Err *err) must_check;

/* The values of these, which are there by name, and may be read. */
bool catalog_read_sequences(Conn *conn, Arena *arena, SequenceValues *sequences,
                            Err *err) must_check;

/* Sequences that are going to be read once more, fast. */
typedef struct SequenceWatch
{
    SequenceValues values; /* as they were; sorted by OID */
    size_t n_uncalled;     /* how many of them were not called yet */
    size_t n_per_query;
    uint32_t middle; /* OID: the helper reads the called ones from here on */
    bool is_ready;
} SequenceWatch;

/*
 * Reads every sequence, and prepares both sessions, which are of one database, so that catalog_changed_sequences takes some microseconds a
 * sequence. Once a session.
 */
bool catalog_watch_sequences(Conn *conn, Conn *helper, Arena *arena, SequenceWatch *ret_watch,
                             Err *err) must_check;

/*
 * On the same sessions, which share the work: those whose value is another one now, exactly. A sequence that was made since is not seen (comparing schemas tells
 * of it).
 */
bool catalog_changed_sequences(Conn *conn, Conn *helper, Arena *arena, const SequenceWatch *watch,
                               SequenceValues *ret_changed, Err *err) must_check;

/* Sets sequences by name (setval), many in one query. One that does not exist there is passed over: comparing schemas tells of it. */
bool catalog_set_sequences(Conn *conn, const SequenceValues *sequences, Err *err) must_check;

typedef struct QualifiedName
{
    const char *schema;
    const char *name;
} QualifiedName;

typedef VEC(QualifiedName) QualifiedNames;

/* Is there any large object? Much faster than listing them. */
bool catalog_has_large_objects(Conn *conn, bool *ret_any, Err *err) must_check;

/* Populated materialised views in an order in which they can be refreshed. */
bool catalog_matviews(Conn *conn, Arena *arena, QualifiedNames *ret_names, Err *err) must_check;

typedef VEC(const char *) Names;

/* Databases a migration of "*" covers: not templates, connectable. */
bool catalog_databases(Conn *conn, Arena *arena, Names *ret_names, Err *err) must_check;

#endif
