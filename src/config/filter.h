/*
 * The config's include and exclude patterns, in the one form in which queries take them.
 *
 * A pattern is SCHEMA.TABLE with * and ? as in a shell; without a dot it is a schema, the same as SCHEMA.*. Case counts.
 *
 *   include  restricts tables (ordinary, partitioned, foreign); empty: all. Other objects are not touched by it.
 *   exclude  leaves out any relation that matches; SCHEMA.* leaves out whole schemas with their functions and types too.
 *
 * What depends on a table that is left out (indexes, owned sequences, views, foreign keys …) goes with it.
 */
#ifndef PGBATON_CONFIG_FILTER_H
#define PGBATON_CONFIG_FILTER_H

#include <stdbool.h>

#include "base/arena.h"
#include "config/config.h"

/* A JSON array of [schema, table, as written], the first two patterns for LIKE, e.g. [["app", "t\\_%", "app.t_*"]]; a parameter of queries. */
const char *filter_json(Arena *arena, const StringList *patterns) must_check;

/* The same decision in C. */
bool filter_wants_table(const Config *config, const char *schema, const char *table);

/* A shell-like match of * and ? only. */
bool filter_match(const char *pattern, const char *text);

#endif
