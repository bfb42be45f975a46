/*
 * Arena: memory of one unit of work, freed all at once. Out of memory aborts. Not for use by two threads at a time.
 *
 *   cleanup_(arena_release) Arena arena = {0};
 */
#ifndef PGBATON_BASE_ARENA_H
#define PGBATON_BASE_ARENA_H

#include <stddef.h>

#include "base/macros.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena
{
    ArenaBlock *head;
} Arena;

/* Zeroed memory, aligned for any type, valid until arena_release. */
void *arena_alloc(Arena *arena, size_t size) must_check __attribute__((returns_nonnull));

/*
 * The larger piece that takes the place of `memory` (NULL: none yet), zeroed behind old_size. A large old one is given back, a small one
 * stays where it is until arena_release: neither may be used any more.
 */
void *arena_grow(Arena *arena, void *memory, size_t old_size, size_t new_size) must_check
    __attribute__((returns_nonnull));

/* NULL gives NULL. */
char *arena_strdup(Arena *arena, const char *text) must_check;
char *arena_strndup(Arena *arena, const char *text, size_t len) must_check;
char *arena_printf(Arena *arena, const char *format, ...) printf_(2, 3) must_check;

/* Frees everything; the Arena is empty and usable afterwards. */
void arena_release(Arena *arena);

#endif
