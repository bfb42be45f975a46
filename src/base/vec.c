#include "base/vec.h"

void *
vec_grow(Arena *arena, void *items, size_t item_size, size_t len, size_t *capacity)
{
    size_t old_size = *capacity * item_size;

    if (len < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 8;
    return arena_grow(arena, items, old_size, *capacity * item_size);
}
