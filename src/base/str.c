#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char str_empty_data[1] = "";

void *
mem_alloc(size_t size)
{
    return mem_realloc(NULL, size);
}

void *
mem_alloc_zeroed(size_t size)
{
    void *p = mem_alloc(size);

    memset(p, 0, size);
    return p;
}

void *
mem_realloc(void *memory, size_t size)
{
    void *p = realloc(memory, size ? size : 1);

    if (!p)
    {
        fputs("pgbaton: out of memory\n", stderr);
        abort();
    }
    return p;
}

char *
mem_strdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(mem_alloc(size), text, size);
}

void
mem_free_pointer(char **pointer)
{
    free(*pointer);
    *pointer = NULL;
}

void
str_init(Str *s)
{
    *s = (Str)STR_INIT;
}

void
str_reserve(Str *s, size_t n_bytes)
{
    size_t need = s->len + n_bytes + 1;
    size_t capacity = s->capacity ? s->capacity : 64;

    if (need <= s->capacity)
        return;
    while (capacity < need)
        capacity *= 2;
    s->data = mem_realloc(s->capacity ? s->data : NULL, capacity);
    s->capacity = capacity;
    s->data[s->len] = '\0';
}

void
str_add_bytes(Str *s, const void *bytes, size_t n_bytes)
{
    str_reserve(s, n_bytes);
    if (n_bytes)
        memcpy(s->data + s->len, bytes, n_bytes);
    s->len += n_bytes;
    s->data[s->len] = '\0';
}

void
str_add(Str *s, const char *text)
{
    str_add_bytes(s, text, strlen(text));
}

void
str_add_char(Str *s, char c)
{
    str_add_bytes(s, &c, 1);
}

void
str_addv(Str *s, const char *format, va_list args)
{
    va_list again;
    int n;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        abort();
    str_reserve(s, (size_t)n);
    vsnprintf(s->data + s->len, (size_t)n + 1, format, args);
    s->len += (size_t)n;
}

void
str_addf(Str *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    str_addv(s, format, args);
    va_end(args);
}

void
str_truncate(Str *s, size_t len)
{
    if (len < s->len)
    {
        s->len = len;
        s->data[len] = '\0';
    }
}

char *
str_detach(Str *s)
{
    char *text = s->capacity ? s->data : mem_strdup("");

    str_init(s);
    return text;
}

void
str_clear(Str *s)
{
    str_truncate(s, 0);
}

void
str_release(Str *s)
{
    if (s->capacity)
        free(s->data);
    str_init(s);
}

void
str_add_size(Str *s, int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1024 && unit + 1 < lengthof(units))
    {
        value /= 1024;
        unit++;
    }
    str_addf(s, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}
