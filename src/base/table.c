#define _GNU_SOURCE
#include "base/table.h"

#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "base/str.h"
#include "base/vec.h"

struct Table
{
    Arena *arena;
    const TableColumn *columns;
    size_t n_columns;
    VEC(const char *) cells;
};

Table *
table_new(Arena *arena, const TableColumn *columns, size_t n_columns)
{
    Table *table = arena_alloc(arena, sizeof(*table));

    table->arena = arena;
    table->columns = columns;
    table->n_columns = n_columns;
    return table;
}

/* Control characters would let a name rewrite the screen. */
static const char *
printable(Arena *arena, const char *text)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (const char *p = text; *p; p++)
    {
        if (*p == '\n')
            str_add(&s, "\\n");
        else if (*p == '\t')
            str_add(&s, "\\t");
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            str_addf(&s, "\\x%02x", (unsigned)*p);
        else
            str_add_char(&s, *p);
    }
    return arena_strdup(arena, s.data);
}

void
table_add_row(Table *table, const char *const *cells)
{
    for (size_t i = 0; i < table->n_columns; i++)
        *vec_push(&table->cells, table->arena) = cells[i] ? printable(table->arena, cells[i]) : "";
}

static size_t
display_width(const char *text)
{
    mbstate_t state = {0};
    size_t width = 0;

    while (*text)
    {
        wchar_t c;
        size_t n = mbrtowc(&c, text, MB_LEN_MAX, &state);
        int w;

        if (n == (size_t)-1 || n == (size_t)-2) /* not of this locale: a column a byte */
            return width + strlen(text);
        w = wcwidth(c);
        width += w > 0 ? (size_t)w : 0;
        text += n;
    }
    return width;
}

static void
print_cell(const Table *table, size_t column, const char *text, size_t width, FILE *stream)
{
    size_t fill = width - display_width(text);
    bool last = column + 1 == table->n_columns;

    if (table->columns[column].align_right)
        fprintf(stream, "%*s", (int)fill, "");
    fputs(text, stream);
    if (!table->columns[column].align_right && !last)
        fprintf(stream, "%*s", (int)fill, "");
    fputs(last ? "\n" : "  ", stream);
}

void
table_print(const Table *table, FILE *stream)
{
    cleanup_(arena_release) Arena scratch = {0};
    size_t *widths = arena_alloc(&scratch, table->n_columns * sizeof(*widths));

    for (size_t i = 0; i < table->n_columns; i++)
        widths[i] = display_width(table->columns[i].title);
    for (size_t row = 0; row < table->cells.len; row += table->n_columns)
    {
        for (size_t i = 0; i < table->n_columns; i++)
        {
            size_t width = display_width(table->cells.items[row + i]);

            if (width > widths[i])
                widths[i] = width;
        }
    }
    for (size_t i = 0; i < table->n_columns; i++)
        print_cell(table, i, table->columns[i].title, widths[i], stream);
    for (size_t row = 0; row < table->cells.len; row += table->n_columns)
    {
        for (size_t i = 0; i < table->n_columns; i++)
            print_cell(table, i, table->cells.items[row + i], widths[i], stream);
    }
}
