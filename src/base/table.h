/*
 * A table of texts, printed with aligned columns (by characters as the terminal shows them, not bytes).
 *
 * The texts are borrowed: they must live until table_print. Control characters are printed as \n, \t, \x1b.
 */
#ifndef PGBATON_BASE_TABLE_H
#define PGBATON_BASE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"

typedef struct TableColumn
{
    const char *title;
    bool align_right;
} TableColumn;

typedef struct Table Table;

/* The table lives in the arena; columns are borrowed. */
Table *table_new(Arena *arena, const TableColumn *columns, size_t n_columns) must_check;

/* Adds a row of as many cells as there are columns; NULL prints as nothing. */
void table_add_row(Table *table, const char *const *cells);

void table_print(const Table *table, FILE *stream);

#endif
