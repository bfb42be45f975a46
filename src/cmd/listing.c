#include "cmd/listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/table.h"
#include "base/vec.h"
#include "cmd/json.h"
#include "pg/conn.h"

struct Listing
{
    Arena *arena;
    const ListingColumn *columns;
    size_t n_columns;
    VEC(const char *) cells;
};

Listing *
listing_new(Arena *arena, const ListingColumn *columns)
{
    Listing *listing = arena_alloc(arena, sizeof(*listing));

    *listing = (Listing){.arena = arena, .columns = columns};
    while (columns[listing->n_columns].key)
        listing->n_columns++;
    return listing;
}

void
listing_add(Listing *listing, const char *const *cells)
{
    for (size_t i = 0; i < listing->n_columns; i++)
        *vec_push(&listing->cells, listing->arena) = arena_strdup(listing->arena, cells[i]);
}

void
listing_add_result(Listing *listing, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++)
        for (size_t i = 0; i < listing->n_columns; i++)
        {
            int column = result_column(result, listing->columns[i].key);

            *vec_push(&listing->cells, listing->arena) =
                arena_strdup(listing->arena, result_text(result, row, column));
        }
}

size_t
listing_len(const Listing *listing)
{
    return listing->n_columns ? listing->cells.len / listing->n_columns : 0;
}

/* "a, b" of ["a", "b"]; any other document as it stands. */
static const char *
shown_document(Arena *arena, const char *text)
{
    cleanup_(json_release) json_t *document = json_loads(text, JSON_DECODE_ANY, NULL);
    cleanup_(str_release) Str s = STR_INIT;

    if (!json_is_array(document))
        return text;
    for (size_t i = 0; i < json_array_size(document); i++)
    {
        const json_t *element = json_array_get(document, i);
        char *dump = json_is_string(element) ? NULL : json_dumps(element, JSON_ENCODE_ANY);

        str_addf(&s, "%s%s", i ? ", " : "", dump ? dump : json_string_value(element));
        free(dump);
    }
    return arena_strdup(arena, s.len ? s.data : "");
}

static const char *
shown(Arena *arena, CellKind kind, const char *text)
{
    cleanup_(str_release) Str s = STR_INIT;

    if (!text)
        return NULL;
    switch (kind)
    {
        case CELL_TEXT:
        case CELL_NUMBER:
            return text;
        case CELL_BYTES:
            str_add_size(&s, strtoll(text, NULL, 10));
            return arena_strdup(arena, s.data);
        case CELL_BOOL:
            return *text == 't' ? "yes" : "no";
        case CELL_JSON:
            return shown_document(arena, text);
    }
    abort();
}

static bool
is_number(CellKind kind)
{
    return kind == CELL_NUMBER || kind == CELL_BYTES;
}

void
listing_print(const Listing *listing, const char *things)
{
    Arena *arena = listing->arena;
    TableColumn *columns = arena_alloc(arena, (listing->n_columns + 1) * sizeof(*columns));
    const char **cells = arena_alloc(arena, (listing->n_columns + 1) * sizeof(*cells));
    size_t n_shown = 0;
    Table *table;

    if (listing_len(listing) == 0)
    {
        printf("no %s\n", things);
        return;
    }
    for (size_t i = 0; i < listing->n_columns; i++)
        if (listing->columns[i].title)
            columns[n_shown++] = (TableColumn){.title = listing->columns[i].title,
                                               .align_right = is_number(listing->columns[i].kind)};
    table = table_new(arena, columns, n_shown);
    for (size_t row = 0; row < listing_len(listing); row++)
    {
        size_t n = 0;

        for (size_t i = 0; i < listing->n_columns; i++)
            if (listing->columns[i].title)
                cells[n++] = shown(arena, listing->columns[i].kind,
                                   listing->cells.items[row * listing->n_columns + i]);
        table_add_row(table, cells);
    }
    table_print(table, stdout);
}

static json_t *
cell_json(CellKind kind, const char *text)
{
    json_t *document;

    if (!text)
        return json_null();
    switch (kind)
    {
        case CELL_TEXT:
            return json_text(text);
        case CELL_NUMBER:
        case CELL_BYTES:
            return json_integer(strtoll(text, NULL, 10));
        case CELL_BOOL:
            return json_boolean(*text == 't');
        case CELL_JSON:
            document = json_loads(text, JSON_DECODE_ANY, NULL);
            return document ? document : json_null();
    }
    abort();
}

json_t *
listing_json(const Listing *listing)
{
    json_t *list = json_array();

    for (size_t row = 0; row < listing_len(listing); row++)
    {
        json_t *object = json_object();

        for (size_t i = 0; i < listing->n_columns; i++)
            json_object_set_new(object, listing->columns[i].key,
                                cell_json(listing->columns[i].kind,
                                          listing->cells.items[row * listing->n_columns + i]));
        json_array_append_new(list, object);
    }
    return list;
}
