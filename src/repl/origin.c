#include "repl/origin.h"

#include "sql/sql.h"

bool
origin_rights(Conn *conn, Arena *arena, OriginRights *ret_rights, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_repl_origin_rights, NO_PARAMS, &result, err))
        return false;
    *ret_rights = (OriginRights){.may_list = result_bool(result, 0, 0),
                                 .may_read = result_bool(result, 0, 1),
                                 .may_set = result_bool(result, 0, 2),
                                 .grantable = result_bool(result, 0, 3),
                                 .role = arena_strdup(arena, result_text(result, 0, 4))};
    return true;
}

bool
origin_list(Conn *conn, Arena *arena, PGresult **ret_result, bool *ret_has_positions, Err *err)
{
    OriginRights rights;
    const char *positions = NULL;

    if (!origin_rights(conn, arena, &rights, err))
        return false;
    if (!rights.may_list && !rights.grantable)
    {
        err_set(err, ERR_REFUSED, "the replication origins of the %s are not shown to %s",
                side_name(conn_side(conn)), rights.role);
        err_detail(err, "In PostgreSQL %d only superusers see them.", conn_major(conn));
        return err_hint(err, "Connect to the %s as a superuser.", side_name(conn_side(conn)));
    }
    *ret_has_positions = rights.may_list;
    return (!rights.may_list ||
            conn_value(conn, arena, sql_repl_origin_status, NO_PARAMS, &positions, err)) &&
           conn_query(conn, sql_repl_origins, PARAMS(positions), ret_result, err);
}

bool
origin_position(Conn *conn, Arena *arena, const char *name, const char **ret_lsn, Err *err)
{
    return conn_value(conn, arena, "SELECT pg_catalog.pg_replication_origin_progress($1, false)",
                      PARAMS(name), ret_lsn, err);
}
