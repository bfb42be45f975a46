/*
 * Taking out of a dumped schema what the patterns of the config leave out, pgbaton's own, and all that depends on it.
 */
#ifndef PGBATON_SCHEMA_OMIT_H
#define PGBATON_SCHEMA_OMIT_H

#include <stdbool.h>

#include "config/filter.h"
#include "schema/dump.h"

/* Shortens ddl->entries, fills ddl->omitted. ERR_REFUSED when a table that is wanted would have to go. */
bool omit_entries(Conn *source, const Config *config, Arena *arena, Ddl *ddl, Err *err) must_check;

#endif
