#include "schema/statement.h"

#include "sql/sql.h"

void
statements_add_result(const PGresult *result, Arena *arena, Statements *ret)
{
    int object = result_column(result, "object");
    int sql = result_column(result, "sql");
    int secret = result_column(result, "secret");
    int warning = result_column(result, "warning");

    for (int i = 0; i < PQntuples(result); i++)
    {
        const char *statement = result_text(result, i, sql);

        if (!statement)
            *vec_push(&ret->warnings, arena) = arena_strdup(arena, PQgetvalue(result, i, warning));
        else
            *vec_push(&ret->list, arena) = (Statement){
                .object = arena_strdup(arena, PQgetvalue(result, i, object)),
                .sql = arena_strdup(arena, statement),
                .secret = result_bool(result, i, secret),
            };
    }
}

bool
statements_query(Conn *target, const char *sql, const Params *params, Arena *arena, Statements *ret,
                 Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(target, sql, params, &result, err))
        return false;
    statements_add_result(result, arena, ret);
    return true;
}

bool
statements_add_settings(Conn *source, Conn *target, SettingsScope scope, const char *coming_roles,
                        const char *only, Arena *arena, Statements *ret, Err *err)
{
    static const char *const words[] = {
        [SETTINGS_OF_ROLES] = "roles",
        [SETTINGS_OF_DATABASE] = "database",
        [SETTINGS_OF_ROLES_IN_DATABASE] = "roles in database",
    };
    const char *of_source;
    const char *of_target;

    return conn_value(source, arena, sql_schema_settings, NO_PARAMS, &of_source, err) &&
           conn_value(target, arena, sql_schema_settings, NO_PARAMS, &of_target, err) &&
           statements_query(target, sql_schema_settings_plan,
                            PARAMS(of_source, of_target, words[scope], coming_roles, only), arena,
                            ret, err);
}
