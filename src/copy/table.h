/* The COPY statements of a table or a part of it. */
#ifndef PGBATON_COPY_TABLE_H
#define PGBATON_COPY_TABLE_H

#include "base/str.h"
#include "journal/journal.h"

/* first_page and end_page: -1 is open. Only what `condition` and the pages leave is read. */
void copy_add_out(Str *sql, const RelationRow *relation, int64_t first_page, int64_t end_page);

/* freeze: the table was emptied in this very transaction. */
void copy_add_in(Str *sql, const RelationRow *relation, bool freeze);

/* Empties the target's table of what is going to be copied into it. */
void copy_add_empty(Str *sql, const RelationRow *relation);

#endif
