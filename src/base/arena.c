#include "base/arena.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

struct ArenaBlock
{
    ArenaBlock *next;
    size_t used;
    size_t size;
    _Alignas(max_align_t) char data[];
};

enum
{
    BLOCK_SIZE = 8192
};

static size_t
aligned(size_t size)
{
    const size_t align = _Alignof(max_align_t);

    return (size + align - 1) / align * align;
}

void *
arena_alloc(Arena *arena, size_t size)
{
    ArenaBlock *block = arena->head;
    void *memory;

    size = aligned(size);
    if (!block || block->size - block->used < size)
    {
        size_t block_size = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;

        block = mem_alloc(sizeof(ArenaBlock) + block_size);
        block->size = block_size;
        block->used = 0;
        /* A block of its own for a large piece goes second, so that the room left in the current block is not lost. */
        if (arena->head && block_size != BLOCK_SIZE)
        {
            block->next = arena->head->next;
            arena->head->next = block;
        }
        else
        {
            block->next = arena->head;
            arena->head = block;
        }
    }
    memory = block->data + block->used;
    block->used += size;
    return memset(memory, 0, size);
}

/* Where the list points to the block that this piece has for itself; NULL if it shares one. */
static ArenaBlock **
find_own_block(Arena *arena, const void *memory, size_t size)
{
    if (size <= BLOCK_SIZE / 4)
        return NULL;
    for (ArenaBlock **link = &arena->head; *link; link = &(*link)->next)
        if ((const char *)memory == (*link)->data)
            return (*link)->size == size ? link : NULL;
    return NULL;
}

void *
arena_grow(Arena *arena, void *memory, size_t old_size, size_t new_size)
{
    ArenaBlock **link = memory ? find_own_block(arena, memory, aligned(old_size)) : NULL;
    void *grown;

    if (link)
    {
        *link = mem_realloc(*link, sizeof(ArenaBlock) + aligned(new_size));
        (*link)->size = (*link)->used = aligned(new_size);
        memset((*link)->data + old_size, 0, aligned(new_size) - old_size);
        return (*link)->data;
    }
    grown = arena_alloc(arena, new_size);
    return memory ? memcpy(grown, memory, old_size) : grown;
}

char *
arena_strndup(Arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    memcpy(copy, text, len);
    return copy;
}

char *
arena_strdup(Arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *
arena_printf(Arena *arena, const char *format, ...)
{
    cleanup_(str_release) Str s = STR_INIT;
    va_list args;

    va_start(args, format);
    str_addv(&s, format, args);
    va_end(args);
    return arena_strndup(arena, s.data, s.len);
}

void
arena_release(Arena *arena)
{
    while (arena->head)
    {
        ArenaBlock *next = arena->head->next;

        free(arena->head);
        arena->head = next;
    }
}
