#include "schema/database.h"

#include "sql/sql.h"

bool
database_exists(Conn *conn, const char *dbname, bool *ret, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_schema_database_exists, PARAMS(dbname), &result, err))
        return false;
    *ret = result_bool(result, 0, 0);
    return true;
}

bool
database_create_plan(Conn *source, Conn *target, const char *dbname, const char *coming_roles,
                     Arena *arena, Statements *ret, Err *err)
{
    const char *of_source;

    return conn_value(source, arena, sql_schema_database_read, NO_PARAMS, &of_source, err) &&
           statements_query(target, sql_schema_database_create,
                            PARAMS(of_source, dbname, coming_roles), arena, ret, err);
}

bool
database_properties_plan(Conn *source, Conn *target, const char *coming_roles, Arena *arena,
                         Statements *ret, Err *err)
{
    const char *of_source;
    const char *of_target;

    return conn_value(source, arena, sql_schema_database_read, NO_PARAMS, &of_source, err) &&
           conn_value(target, arena, sql_schema_database_read, NO_PARAMS, &of_target, err) &&
           statements_query(target, sql_schema_database_plan,
                            PARAMS(of_source, of_target, coming_roles), arena, ret, err) &&
           statements_add_settings(source, target, SETTINGS_OF_DATABASE, coming_roles, NULL, arena,
                                   ret, err);
}
