/*
 * Names of tables as people type them: SCHEMA.TABLE as in SQL and in psql; without a schema, of public. A part in double quotes stands for itself ("" inside it is one
 * quote); in any other capital letters become small ones, and * and ? stand for any characters and for one.
 */
#ifndef PGBATON_CATALOG_TABLE_NAME_H
#define PGBATON_CATALOG_TABLE_NAME_H

#include <stdbool.h>

#include "catalog/catalog.h"

typedef struct TableName
{
    const char *text;        /* as typed */
    const char *schema_like; /* patterns of LIKE */
    const char *name_like;
    const char *schema; /* NULL in a pattern */
    const char *name;
} TableName;

typedef VEC(TableName) TableNames;

/* ERR_USAGE when it is not of that form. */
bool table_name_parse(Arena *arena, const char *text, TableName *ret_name, Err *err) must_check;

/* The same of names without a schema, with commas between them; no patterns. Added to *ret_names. */
bool plain_names_parse(Arena *arena, const char *text, Names *ret_names, Err *err) must_check;

/* A schema, or a pattern of schemas, as a pattern of LIKE. */
bool schema_pattern_parse(Arena *arena, const char *text, const char **ret_like,
                          Err *err) must_check;

/* A parameter of queries: [[schema_like, name_like, is a pattern], …]. */
const char *table_names_json(Arena *arena, const TableNames *names) must_check;

/* Does it stand for this table? */
bool table_name_matches(const TableName *pattern, const char *schema, const char *name);

/* As it could be typed, for messages: quoted where that is needed. */
void table_name_add(Str *s, const char *schema, const char *name);
void plain_name_add(Str *s, const char *name);

#endif
