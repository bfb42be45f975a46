/*
 * What the list commands print: rows that people see as an aligned table, and programs get as objects, from the same cells.
 */
#ifndef PGBATON_CMD_LISTING_H
#define PGBATON_CMD_LISTING_H

#include <jansson.h>
#include <libpq-fe.h>

#include "base/arena.h"

typedef enum CellKind
{
    CELL_TEXT,
    CELL_NUMBER, /* decimal integer */
    CELL_BYTES,  /* the same, shown with a unit */
    CELL_BOOL,   /* t or f, shown as yes or no */
    CELL_JSON,   /* a JSON document; an array is shown as its elements with commas between them */
} CellKind;

typedef struct ListingColumn
{
    const char *key;   /* of the member in JSON, and of the column of a query: [a-z_]+ */
    const char *title; /* of the table's column; NULL: for programs only */
    CellKind kind;
} ListingColumn;

typedef struct Listing Listing;

/* In the arena. columns are borrowed, and end with one without a key. */
Listing *listing_new(Arena *arena, const ListingColumn *columns) must_check;

/* Adds a row, one cell for each column; NULL is null, and nothing in the table. The texts are copied. */
void listing_add(Listing *listing, const char *const *cells);

/* The same of every row of a query that has a column of each key's name; in any order, and others too. */
void listing_add_result(Listing *listing, const PGresult *result);

size_t listing_len(const Listing *listing);

/* On stdout. Without a row: "no <things>". */
void listing_print(const Listing *listing, const char *things);

/* An array of objects. */
json_t *listing_json(const Listing *listing) must_check;

#endif
