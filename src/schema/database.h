/*
 * The database itself: creating it, and what belongs to it but is not in its schema.
 */
#ifndef PGBATON_SCHEMA_DATABASE_H
#define PGBATON_SCHEMA_DATABASE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "pg/conn.h"
#include "schema/statement.h"

bool database_exists(Conn *conn, const char *dbname, bool *ret, Err *err) must_check;

/*
 * CREATE DATABASE dbname for the database that `source` is connected to: encoding, locale and its provider, owner, connection
 * limit; the tablespace if the target has it. `target` is connected to any other database. Planned even if it exists. coming_roles: names, as a JSON array, of roles that will be there though
 * the target does not have them yet; "[]": none.
 */
bool database_create_plan(Conn *source, Conn *target, const char *dbname, const char *coming_roles,
                          Arena *arena, Statements *ret, Err *err) must_check;

/*
 * What differs between the two connected databases, under the target's own name: owner, connection limit, comment, settings
 * (ALTER DATABASE … SET, ALTER ROLE … IN DATABASE … SET), grants. Settings and grants that only the target has are reset and revoked, as the database is
 * to be the source's. default_transaction_read_only is never copied nor reset, as pgbaton itself fences with it; if the source has
 * it, a warning says so. Idempotent.
 */
bool database_properties_plan(Conn *source, Conn *target, const char *coming_roles, Arena *arena,
                              Statements *ret, Err *err) must_check;

#endif
