#include "catalog/tables.h"

#include "sql/sql.h"

static bool
not_found(const Conn *conn, const TableName *name, Err *err)
{
    if (name->name)
        err_set(err, ERR_REFUSED, "there is no table \"%s\"", name->text);
    else
        err_set(err, ERR_REFUSED, "no table matches \"%s\"", name->text);
    err_detail(err, "Database \"%s\" of the %s has no such one.", conn_dbname(conn),
               side_name(conn_side(conn)));
    return err_hint(err, "Look at what there is with: pgbaton table list --on %s",
                    side_name(conn_side(conn)));
}

bool
tables_find(Conn *conn, Arena *arena, const TableNames *names, FoundTables *ret_tables, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    bool partitioned = conn_has(conn, FEATURE_PUBLISH_PARTITIONED);
    size_t next = 0;

    if (!conn_query(conn, sql_catalog_find_tables,
                    PARAMS(table_names_json(arena, names), partitioned ? "t" : "f"), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        FoundTable *found = vec_push(ret_tables, arena);

#define TEXT(column) arena_strdup(arena, result_text(result, row, result_column(result, column)))
        *found = (FoundTable){
            .pattern = (size_t)result_i64(result, row, result_column(result, "pattern")),
            .oid = TEXT("oid"),
            .schema = TEXT("schema"),
            .name = TEXT("name"),
            .kind = *result_text(result, row, result_column(result, "relkind")),
            .is_partition = result_bool(result, row, result_column(result, "is_partition")),
            .is_own = result_bool(result, row, result_column(result, "is_own")),
            .owner = TEXT("owner"),
            .refusal = TEXT("refusal"),
        };
        if (found->pattern > next)
            break;
        next = found->pattern + 1;
    }
    return next == names->len || not_found(conn, &names->items[next], err);
}

bool
tables_query(Conn *conn, const TableScope *scope, PGresult **ret_result, Err *err)
{
    return conn_query(conn, sql_catalog_tables,
                      PARAMS(scope->oids, scope->schemas,
                             scope->publications ? scope->publications : "[]",
                             scope->with_sizes ? "t" : "f", scope->include ? scope->include : "[]",
                             scope->exclude ? scope->exclude : "[]", scope->schema_like),
                      ret_result, err);
}

bool
tables_identities(Conn *conn, Arena *arena, const TableScope *scope,
                  TableIdentities *ret_identities, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!tables_query(conn, scope, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        if (!result_text(result, row, result_column(result, "is_usable")))
            continue;
        *vec_push(ret_identities, arena) = (TableIdentity){
            .oid = TEXT("oid"),
            .schema = TEXT("schema"),
            .name = TEXT("name"),
            .setting = TEXT("setting"),
            .setting_index = TEXT("setting_index"),
            .index = TEXT("identity_index"),
            .columns_json = TEXT("identity_columns"),
            .reason = TEXT("reason"),
            .has_primary_key = result_bool(result, row, result_column(result, "has_primary_key")),
            .best_index = TEXT("best_index"),
            .extension = TEXT("extension"),
            .owner = TEXT("owner"),
            .publications = TEXT("publications_of_changes"),
            .is_own = result_bool(result, row, result_column(result, "is_own")),
            .may_lock = result_bool(result, row, result_column(result, "may_lock")),
            .is_unlogged = result_bool(result, row, result_column(result, "is_unlogged")),
        };
    }
#undef TEXT
    return true;
}
