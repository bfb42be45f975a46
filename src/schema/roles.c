#include "schema/roles.h"

#include "sql/sql.h"

/* Password hashes as JSON text, NULL when this role may not read them. */
static bool
read_passwords(Conn *conn, Arena *arena, const char **ret_json, Err *err)
{
    const char *readable;

    *ret_json = NULL;
    if (!conn_value(conn, arena, sql_roles_passwords_readable, NO_PARAMS, &readable, err))
        return false;
    return *readable != 't' ||
           conn_value(conn, arena, sql_roles_passwords, NO_PARAMS, ret_json, err);
}

bool
roles_plan(Conn *source, Conn *target, bool with_passwords, const char *only, Arena *arena,
           Statements *ret, Err *err)
{
    const char *roles;
    const char *wanted = NULL;
    const char *present = NULL;

    if (!conn_value(source, arena, sql_roles_read, PARAMS(only), &roles, err))
        return false;
    if (with_passwords && (!read_passwords(source, arena, &wanted, err) ||
                           !read_passwords(target, arena, &present, err)))
        return false;
    if (with_passwords && !wanted)
        *vec_push(&ret->warnings, arena) =
            "The source does not show the passwords of its roles to this user: set them on the target yourself.";
    return statements_query(target, sql_roles_plan, PARAMS(roles, wanted ? wanted : "{}", present),
                            arena, ret, err) &&
           statements_add_settings(source, target, SETTINGS_OF_ROLES, "[]", only, arena, ret, err);
}

bool
roles_plan_in_database(Conn *source, Conn *target, const char *only, Arena *arena, Statements *ret,
                       Err *err)
{
    const char *coming;

    return conn_value(source, arena, sql_check_source_roles, NO_PARAMS, &coming, err) &&
           statements_add_settings(source, target, SETTINGS_OF_ROLES_IN_DATABASE, coming, only,
                                   arena, ret, err);
}
