/*
 * Str: a string that grows. Out of memory aborts the process.
 *
 *   cleanup_(str_release) Str s = STR_INIT;
 *   str_addf(&s, "%d", 1);
 *
 * `data` is always a valid NUL-terminated string and never NULL.
 */
#ifndef PGBATON_BASE_STR_H
#define PGBATON_BASE_STR_H

#include <stdarg.h>
#include <stddef.h>

#include "base/macros.h"

typedef struct Str
{
    char *data;
    size_t len;      /* bytes before the NUL */
    size_t capacity; /* 0: data is not allocated */
} Str;

extern char str_empty_data[];
#define STR_INIT                                        \
    {                                                   \
        .data = str_empty_data, .len = 0, .capacity = 0 \
    }

void str_init(Str *s);
void str_add(Str *s, const char *text);
void str_add_bytes(Str *s, const void *bytes, size_t n_bytes);
void str_add_char(Str *s, char c);
void str_addf(Str *s, const char *format, ...) printf_(2, 3);
/* A number of bytes for people: "12 B", "3.4 MB". */
void str_add_size(Str *s, int64_t bytes);
/* Text as one word of a shell. */
void str_add_shell_word(Str *s, const char *text);
void str_addv(Str *s, const char *format, va_list args) printf_(2, 0);

/* Makes room for n_bytes more without a further allocation. */
void str_reserve(Str *s, size_t n_bytes);

/* Shortens to len bytes; a longer len is ignored. */
void str_truncate(Str *s, size_t len);

/* Hands out the text (free() it) and makes the Str empty. */
char *str_detach(Str *s) must_check;

/* Empties it, keeping the memory. */
void str_clear(Str *s);

/* Frees the memory; the Str is empty and usable afterwards. */
void str_release(Str *s);

/* malloc, realloc and strdup that abort when memory runs out; free() the result. */
void *mem_alloc(size_t size) must_check __attribute__((malloc, returns_nonnull));
void *mem_alloc_zeroed(size_t size) must_check __attribute__((malloc, returns_nonnull));
void *mem_realloc(void *memory, size_t size) must_check __attribute__((returns_nonnull));
char *mem_strdup(const char *text) must_check __attribute__((malloc, returns_nonnull));

/* free() for cleanup_(): takes the address of the pointer. */
void mem_free_pointer(char **pointer);

#endif
