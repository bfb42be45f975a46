#include "base/vec.h"

#include <string.h>

void *
vec_grow(Arena *arena, void *items, size_t item_size, size_t len, size_t *capacity)
{
    void *grown;

    if (len < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 8;
    grown = arena_alloc(arena, *capacity * item_size);
    if (len)
        memcpy(grown, items, len * item_size);
    return grown;
}
