/*
 * The role that pgbaton connects as: what it takes on a side, and no more; and taking it away again.
 */
#ifndef PGBATON_SCHEMA_GRANT_H
#define PGBATON_SCHEMA_GRANT_H

#include "schema/statement.h"

/*
 * Adds what makes the role (made if need be) fit for the side of `conn`, in its database; what the current user cannot give is a warning.
 * source: NULL, or the source's session, whose owners are to be its as well. Idempotent. ERR_REFUSED for the current user itself.
 */
bool grant_plan(Conn *conn, Conn *source, const char *role, Arena *arena, Statements *ret,
                Err *err) must_check;

/* Adds the statement that sets its password, as a SCRAM verifier: the server never sees the password. */
bool grant_plan_password(Conn *conn, const char *role, const char *password, Arena *arena,
                         Statements *ret, Err *err) must_check;

typedef struct GrantedRole
{
    bool is_there;
    bool needs_membership;       /* before what it owns can be dropped */
    VEC(const char *) databases; /* that it has rights in, the connected one last */
} GrantedRole;

/* ERR_REFUSED for the current user itself. */
bool grant_look(Conn *conn, const char *role, Arena *arena, GrantedRole *ret, Err *err) must_check;

/* ERR_REFUSED when the role owns anything in that database that holds data. */
bool grant_refuse_owner(Conn *conn, const char *role, Err *err) must_check;

#endif
