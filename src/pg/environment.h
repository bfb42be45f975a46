/*
 * The environment of a command that is to reach the servers that pgbaton is connected to. Passwords are not in it, unless that is asked for.
 */
#ifndef PGBATON_PG_ENVIRONMENT_H
#define PGBATON_PG_ENVIRONMENT_H

#include "base/vec.h"
#include "pg/conn.h"

/* "NAME=value", or "NAME" to take it away: see ProcessSpec. */
typedef VEC(const char *) Environment;

/* NULL takes it away. */
void environment_add(Arena *arena, Environment *environment, const char *name, const char *value);

/* PGHOST PGPORT PGDATABASE PGUSER, and what the connection uses beside them, so that a plain psql makes the same one; what would lead it astray goes. */
void environment_add_libpq(Arena *arena, Environment *environment, const Conn *conn);

/* PGBATON_SOURCE_HOST _PORT _DBNAME _USER of the source, PGBATON_TARGET_… of the target. conn NULL takes them away. */
void environment_add_side(Arena *arena, Environment *environment, Side side, const Conn *conn);

/* "PGBATON_SOURCE_HOST" */
const char *environment_side_name(Arena *arena, Side side, const char *what);

#endif
