/*
 * Quoting for utility commands, which take no parameters. The only way names and values get into SQL text.
 *
 * Correct whatever the server's encoding is of the ones a server allows (none of which uses quote or backslash as a trailing
 * byte), with standard_conforming_strings on, which conn_open sets.
 */
#ifndef PGBATON_PG_QUOTE_H
#define PGBATON_PG_QUOTE_H

#include "base/str.h"

/* "name": always quoted, as pg_catalog.quote_ident with quote_all_identifiers does. */
void sql_ident(Str *s, const char *name);

/* "schema"."name" */
void sql_qualified(Str *s, const char *schema, const char *name);

/* 'value', or E'value' if there is a backslash. NULL gives the word NULL. */
void sql_literal(Str *s, const char *value);

/* Appends an element (NULL: a null) to the text of an array, for a parameter; what was empty becomes an array of one. */
void sql_array_add(Str *array, const char *value);

/*
 * Builds a command from a template: %I is replaced by the next argument as an identifier, %L as a literal, %Q takes two (schema, name)
 * and makes a qualified name, %R takes raw SQL that was itself built by these functions, %% a percent sign. All arguments
 * are const char *. Anything else after % aborts.
 */
void sql_format(Str *s, const char *template, ...);

#endif
