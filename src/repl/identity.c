#include "repl/identity.h"

#include <stdlib.h>
#include <string.h>

#include "pg/quote.h"
#include "sql/sql.h"

IdentityChoice
identity_choice(const TableIdentity *table)
{
    if (table->has_primary_key)
        return IDENTITY_DEFAULT;
    return table->best_index ? IDENTITY_INDEX : IDENTITY_FULL;
}

const char *
identity_choice_name(IdentityChoice choice)
{
    switch (choice)
    {
        case IDENTITY_DEFAULT:
            return "default";
        case IDENTITY_INDEX:
            return "index";
        case IDENTITY_FULL:
            return "full";
    }
    abort();
}

static bool
exists(Conn *conn, Arena *arena, const char *sql, bool *ret_exists, Err *err)
{
    const char *value;

    if (!conn_value(conn, arena, sql, NO_PARAMS, &value, err))
        return false;
    *ret_exists = *value == 't';
    return true;
}

static bool
record_exists(Conn *conn, Arena *arena, bool *ret_exists, Err *err)
{
    return exists(conn, arena,
                  "SELECT pg_catalog.to_regclass('pgbaton.identity_change') IS NOT NULL",
                  ret_exists, err);
}

bool
identity_plan_record(Conn *conn, Arena *arena, Names *ret_statements, Err *err)
{
    bool has_schema;
    bool has_record;

    if (!exists(conn, arena, "SELECT pg_catalog.to_regnamespace('pgbaton') IS NOT NULL",
                &has_schema, err) ||
        !record_exists(conn, arena, &has_record, err))
        return false;
    /* IF NOT EXISTS would ask for the right to create it even where it is there. */
    if (!has_schema)
        *vec_push(ret_statements, arena) = "CREATE SCHEMA pgbaton";
    if (!has_record)
        *vec_push(ret_statements, arena) =
            arena_strndup(arena, sql_repl_identity_record, strlen(sql_repl_identity_record) - 1);
    return true;
}

/* What follows REPLICA IDENTITY. */
static void
add_clause(Str *s, const char *setting, const char *index)
{
    if (strcmp(setting, "index") == 0)
        sql_format(s, "USING INDEX %I", index);
    else if (strcmp(setting, "full") == 0)
        str_add(s, "FULL");
    else
        str_add(s, strcmp(setting, "nothing") == 0 ? "NOTHING" : "DEFAULT");
}

void
identity_plan_set(Str *sql, const TableIdentity *table, IdentityChoice choice)
{
    const char *index = choice == IDENTITY_INDEX ? table->best_index : NULL;
    const char *setting = identity_choice_name(choice);
    cleanup_(str_release) Str clause = STR_INIT;
    cleanup_(str_release) Str lock = STR_INIT;

    add_clause(&clause, setting, index);
    /* So that nobody sets it between our look and ALTER. */
    if (table->may_lock)
        sql_format(&lock, "LOCK TABLE ONLY %Q IN ACCESS EXCLUSIVE MODE;\n", table->schema,
                   table->name);
    sql_format(sql, sql_repl_identity_set, lock.data, setting, index, table->schema, table->name,
               table->schema, table->name, clause.data);
    str_truncate(sql, sql->len - 1); /* the end of its line */
}

bool
identity_read_changes(Conn *conn, Arena *arena, IdentityChanges *ret_changes, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    bool has_record;

    if (!record_exists(conn, arena, &has_record, err))
        return false;
    if (!has_record)
        return true;
    if (!conn_query(conn, sql_repl_identity_changes, NO_PARAMS, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_changes, arena) = (IdentityChange){
            .oid = arena_strdup(arena, result_text(result, row, 0)),
            .schema = arena_strdup(arena, result_text(result, row, 1)),
            .name = arena_strdup(arena, result_text(result, row, 2)),
            .before = arena_strdup(arena, result_text(result, row, 3)),
            .before_index = arena_strdup(arena, result_text(result, row, 4)),
            .after = arena_strdup(arena, result_text(result, row, 5)),
            .after_index = arena_strdup(arena, result_text(result, row, 6)),
        };
    return true;
}

void
identity_plan_forget(Str *sql, const IdentityChange *change)
{
    sql_format(sql, "DELETE FROM pgbaton.identity_change WHERE relation = %L", change->oid);
}

void
identity_plan_restore(Str *sql, const IdentityChange *change)
{
    cleanup_(str_release) Str clause = STR_INIT;

    add_clause(&clause, change->before, change->before_index);
    sql_format(sql, "BEGIN;\nALTER TABLE ONLY %Q REPLICA IDENTITY %R;\n", change->schema,
               change->name, clause.data);
    identity_plan_forget(sql, change);
    str_add(sql, ";\nCOMMIT");
}

bool
identity_plan_remove_record(Conn *conn, Arena *arena, Names *ret_statements, Err *err)
{
    bool has_record;
    bool is_alone;

    if (!record_exists(conn, arena, &has_record, err) ||
        !exists(conn, arena, sql_repl_identity_alone, &is_alone, err))
        return false;
    if (has_record)
        *vec_push(ret_statements, arena) = "DROP TABLE pgbaton.identity_change";
    if (has_record && is_alone)
        *vec_push(ret_statements, arena) = "DROP SCHEMA pgbaton";
    return true;
}
