/* The COPY statements of a table or a part of it. */
#ifndef PGBATON_COPY_TABLE_H
#define PGBATON_COPY_TABLE_H

#include "base/str.h"
#include "journal/journal.h"

/* A chunk's part of its table: of the heap's pages, or of the values of a key. Open at both ends: all of it. */
typedef struct ChunkRange
{
    int64_t first_page;     /* -1: open */
    int64_t end_page;       /* -1: open */
    const char *key_column; /* NULL for large objects, whose key is their OID */
    const char *first_key;  /* decimal; NULL: open */
    const char *end_key;    /* decimal; NULL: open */
} ChunkRange;

/* Only what `condition` and the range leave is read. range NULL: the whole table. */
void copy_add_out(Str *sql, const RelationRow *relation, const ChunkRange *range);

/* freeze: the table was emptied in this very transaction. */
void copy_add_in(Str *sql, const RelationRow *relation, bool freeze);

/* Empties the target's table of what is going to be copied into it. */
void copy_add_empty(Str *sql, const RelationRow *relation);

#endif
