/*
 * VEC(T): a growing array whose memory is in an arena.
 *
 *   VEC(char *) names = {0};
 *   *vec_push(&names, &arena) = text;
 *   for (size_t i = 0; i < names.len; i++) use(names.items[i]);
 *
 * Pointers to items, and copies of the struct, are valid until the next push.
 */
#ifndef PGBATON_BASE_VEC_H
#define PGBATON_BASE_VEC_H

#include "base/arena.h"

#define VEC(T)           \
    struct               \
    {                    \
        T *items;        \
        size_t len;      \
        size_t capacity; \
    }

/* Returns the address of a new, zeroed last item. */
#define vec_push(vec, arena)                                                                   \
    ((vec)->items =                                                                            \
         vec_grow((arena), (vec)->items, sizeof(*(vec)->items), (vec)->len, &(vec)->capacity), \
     &(vec)->items[(vec)->len++])

void *vec_grow(Arena *arena, void *items, size_t item_size, size_t len, size_t *capacity);

#endif
