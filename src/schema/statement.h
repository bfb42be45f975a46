/*
 * Statements that were planned and not yet executed.
 */
#ifndef PGBATON_SCHEMA_STATEMENT_H
#define PGBATON_SCHEMA_STATEMENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "pg/conn.h"

typedef struct Statement
{
    const char *object; /* for messages: role "app" */
    const char *sql;
    bool secret; /* holds a password hash: show it by redact() only, and best not at all */
} Statement;

/* In an arena. Execute in order; each alone (ALTER DATABASE … SET and role changes may be put into one transaction, CREATE DATABASE not). */
typedef struct Statements
{
    VEC(Statement) list;
    VEC(const char *) warnings; /* what could not be planned, in one sentence each */
} Statements;

/* Adds the rows of a planning query: columns object, sql, secret, warning. A row without sql is a warning. */
bool statements_query(Conn *target, const char *sql, const Params *params, Arena *arena,
                      Statements *ret, Err *err) must_check;

/* The same of a result that is there; other columns may be in it too. */
void statements_add_result(const PGresult *result, Arena *arena, Statements *ret);

typedef enum SettingsScope
{
    SETTINGS_OF_ROLES,             /* in all databases */
    SETTINGS_OF_DATABASE,          /* of the connected one, and of roles in it */
    SETTINGS_OF_ROLES_IN_DATABASE, /* the latter alone */
} SettingsScope;

/*
 * Adds what makes the settings (ALTER ROLE … SET, ALTER DATABASE … SET) of the target those of the source. Those that only the target has are
 * reset with SETTINGS_OF_DATABASE. coming_roles: as of database_create_plan. only: the roles wanted, as a JSON array; NULL: all.
 */
bool statements_add_settings(Conn *source, Conn *target, SettingsScope scope,
                             const char *coming_roles, const char *only, Arena *arena,
                             Statements *ret, Err *err) must_check;

#endif
