#include "traffic/live.h"

#include <stdlib.h>

void
live_add(LiveSet *set, const LiveRow *row)
{
    if (set->len == set->capacity)
    {
        set->capacity = set->capacity ? set->capacity * 2 : 64;
        set->rows = mem_realloc(set->rows, set->capacity * sizeof(*set->rows));
    }
    set->rows[set->len++] = *row;
}

LiveRow *
live_find(LiveSet *set, int64_t key, int slot)
{
    for (size_t i = 0; i < set->len; i++)
        if (set->rows[i].key == key && set->rows[i].slot == slot)
            return &set->rows[i];
    return NULL;
}

void
live_remove(LiveSet *set, int64_t key, int slot)
{
    LiveRow *row = live_find(set, key, slot);

    if (row)
        *row = set->rows[--set->len];
}

LiveRow *
live_choose(LiveSet *set, Random *random, int64_t n)
{
    for (int attempt = 0; attempt < 8 && set->len > 0; attempt++)
    {
        LiveRow *row = &set->rows[random_between(random, 0, (int64_t)set->len - 1)];

        if (row->used == n)
            continue;
        row->used = n;
        return row;
    }
    return NULL;
}

void
live_remove_used(LiveSet *set, int64_t n)
{
    for (size_t i = set->len; i-- > 0;)
        if (set->rows[i].used == n)
            set->rows[i] = set->rows[--set->len];
}

void
live_release(LiveSet *set)
{
    free(set->rows);
    *set = (LiveSet){0};
}
