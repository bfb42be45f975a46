/*
 * The text of a pgbouncer.ini, taken apart as PgBouncer does it (libusual's cfparser.c, PgBouncer's loader.c), and its database entries
 * changed in place: host, port and dbname of an entry are all that is touched; every other byte stays, in it and around it.
 *
 *   [databases]
 *   shop = host=old port=5432 pool_size=20 connect_query='SELECT ''a'''
 *
 * What stands before the first section is taken for entries: an included file may continue the section it is included from.
 */
#ifndef PGBATON_FENCE_POOLER_TEXT_H
#define PGBATON_FENCE_POOLER_TEXT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

/* Where an entry leads. */
typedef struct PoolerPlace
{
    const char *host; /* "": a Unix socket in PgBouncer's own default directory */
    const char *port;
    const char *dbname;
} PoolerPlace;

typedef struct PoolerEntry
{
    const char *name; /* "*": the fallback for all names without an entry */
    int line;
    size_t start; /* of the value in the text */
    size_t len;
    bool is_valid; /* PgBouncer would understand the value; else place is empty */
    PoolerPlace place;
    const PoolerPlace *move_to; /* set by the caller of pooler_text_move; NULL: stays */
} PoolerEntry;

typedef VEC(PoolerEntry) PoolerEntries;

bool pooler_place_equal(const PoolerPlace *a, const PoolerPlace *b);

/* All entries in the order of the text, in the arena. ERR_REFUSED naming file:line when PgBouncer would not read it. */
bool pooler_text_read(Arena *arena, const char *text, size_t n_bytes, const char *file,
                      PoolerEntries *ret_entries, Err *err) must_check;

/* PgBouncer takes the last of several entries of one name. NULL: there is none. */
PoolerEntry *pooler_text_find(const PoolerEntries *entries, const char *name);

/* Adds the text to s, the entries that have a move_to leading there. */
void pooler_text_move(const char *text, size_t n_bytes, const PoolerEntries *entries, Str *s);

#endif
