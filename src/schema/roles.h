/*
 * Roles: what to execute on the target so that it has the source's roles.
 *
 * All roles of the source but pg_* ones and the target's own (its bootstrap superuser, the current and the session user: their attributes and
 * passwords are never touched; memberships, settings and comments are). Roles that exist are adjusted; only what differs gives a
 * statement, so that a second plan after executing the first one is empty. Nothing is ever dropped or revoked.
 *
 * Passwords are taken from pg_authid where the source lets us read it; else they are left alone, with a warning. What the target's
 * user may not grant (SUPERUSER, REPLICATION, BYPASSRLS, to non-superusers) is a warning, not a statement.
 */
#ifndef PGBATON_SCHEMA_ROLES_H
#define PGBATON_SCHEMA_ROLES_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "pg/conn.h"
#include "schema/statement.h"

/* ret is added to. only: the names wanted, as a JSON array; NULL: all. */
bool roles_plan(Conn *source, Conn *target, bool with_passwords, const char *only, Arena *arena,
                Statements *ret, Err *err) must_check;

/* The same for what those roles have set in the connected databases (ALTER ROLE … IN DATABASE … SET), of roles that are there or coming. */
bool roles_plan_in_database(Conn *source, Conn *target, const char *only, Arena *arena,
                            Statements *ret, Err *err) must_check;

#endif
