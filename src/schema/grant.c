#include "schema/grant.h"

#include "base/redact.h"
#include "base/str.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    NAMED_AT_MOST = 10
};

static bool
refuse_me(const char *role, Err *err)
{
    err_set(err, ERR_REFUSED, "role \"%s\" is the one that pgbaton is connected as", role);
    err_detail(err, "No role is given its own rights, nor does one drop itself.");
    return err_hint(err, "Connect as the server's administrator.");
}

bool
grant_plan(Conn *conn, Conn *source, const char *role, Arena *arena, Statements *ret, Err *err)
{
    const char *owners = NULL;
    GrantedRole look;

    if (!grant_look(conn, role, arena, &look, err))
        return false;
    if (source && !conn_value(source, arena, sql_grant_owners, NO_PARAMS, &owners, err))
        return false;
    return statements_query(conn, sql_grant_plan, PARAMS(role, side_name(conn_side(conn)), owners),
                            arena, ret, err);
}

bool
grant_plan_password(Conn *conn, const char *role, const char *password, Arena *arena,
                    Statements *ret, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    char *verifier;

    redact_register(password);
    verifier = PQencryptPasswordConn(conn_pg(conn), password, role, "scram-sha-256");
    if (!verifier)
    {
        err_set(err, ERR_FAILED, "the password of role \"%s\" could not be encrypted", role);
        return err_detail(err, "%s", PQerrorMessage(conn_pg(conn)));
    }
    redact_register(verifier);
    sql_format(&sql, "ALTER ROLE %I PASSWORD %L", role, verifier);
    PQfreemem(verifier);
    *vec_push(&ret->list, arena) = (Statement){.object = arena_printf(arena, "role \"%s\"", role),
                                               .sql = arena_strdup(arena, sql.data),
                                               .secret = true};
    return true;
}

bool
grant_look(Conn *conn, const char *role, Arena *arena, GrantedRole *ret, Err *err)
{
    cleanup_(result_release) PGresult *state = NULL;
    cleanup_(result_release) PGresult *databases = NULL;

    if (!conn_query(conn, sql_grant_revoke_state, PARAMS(role), &state, err) ||
        !conn_query(conn, sql_grant_revoke_databases, PARAMS(role), &databases, err))
        return false;
    if (result_bool(state, 0, result_column(state, "is_me")))
        return refuse_me(role, err);
    *ret = (GrantedRole){
        .is_there = result_bool(state, 0, result_column(state, "is_there")),
        .needs_membership = result_bool(state, 0, result_column(state, "needs_membership")),
    };
    for (int row = 0; row < PQntuples(databases); row++)
        if (result_bool(databases, row, 1))
            *vec_push(&ret->databases, arena) = arena_strdup(arena, result_text(databases, row, 0));
    return true;
}

bool
grant_refuse_owner(Conn *conn, const char *role, Err *err)
{
    cleanup_(result_release) PGresult *owned = NULL;
    cleanup_(str_release) Str names = STR_INIT;

    if (!conn_query(conn, sql_grant_owned_data, PARAMS(role), &owned, err))
        return false;
    if (PQntuples(owned) == 0)
        return true;
    for (int row = 0; row < PQntuples(owned) && row < NAMED_AT_MOST; row++)
        str_addf(&names, "%s%s", row ? ", " : "", result_text(owned, row, 0));
    err_set(err, ERR_REFUSED, "role \"%s\" owns \"%s\" in database \"%s\" of the %s", role,
            result_text(owned, 0, 0), conn_dbname(conn), side_name(conn_side(conn)));
    err_detail(err, "Data is not dropped with a role. It owns there: %s%s.", names.data,
               PQntuples(owned) > NAMED_AT_MOST ? " and more" : "");
    return err_hint(err, "Give it to somebody else before: REASSIGN OWNED BY … TO …");
}
