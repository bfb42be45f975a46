#include "repl/subscription_list.h"

#include <stddef.h>
#include <string.h>

#include "base/macros.h"
#include "repl/subscription.h"
#include "sql/sql.h"

static const struct
{
    const char *column;
    size_t offset;
} texts[] = {
    {"database", offsetof(SubscriptionInfo, database)},
    {"name", offsetof(SubscriptionInfo, name)},
    {"owner", offsetof(SubscriptionInfo, owner)},
    {"slot", offsetof(SubscriptionInfo, slot)},
    {"publications", offsetof(SubscriptionInfo, publications)},
    {"publication_identifiers", offsetof(SubscriptionInfo, publication_identifiers)},
    {"tables", offsetof(SubscriptionInfo, tables)},
    {"tables_ready", offsetof(SubscriptionInfo, tables_ready)},
    {"not_ready", offsetof(SubscriptionInfo, not_ready)},
    {"received_lsn", offsetof(SubscriptionInfo, received_lsn)},
    {"latest_end_lsn", offsetof(SubscriptionInfo, latest_end_lsn)},
    {"skip_lsn", offsetof(SubscriptionInfo, skip_lsn)},
    {"options", offsetof(SubscriptionInfo, options)},
    {"migration", offsetof(SubscriptionInfo, migration)},
    {"oid", offsetof(SubscriptionInfo, oid)},
};

static SubscriptionInfo
read_row(Arena *arena, const PGresult *result, int row)
{
    SubscriptionInfo info = {0};

    for (size_t i = 0; i < lengthof(texts); i++)
        *(const char **)((char *)&info + texts[i].offset) =
            arena_strdup(arena, result_text(result, row, result_column(result, texts[i].column)));
    info.is_enabled = result_bool(result, row, result_column(result, "enabled"));
    info.has_worker = result_bool(result, row, result_column(result, "worker"));
    return info;
}

static bool
read_errors(Conn *conn, Arena *arena, SubscriptionInfo *info, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    SubscriptionError error;

    if (!info->oid)
        return true;
    if (conn_has(conn, FEATURE_SUBSCRIPTION_STATS))
    {
        if (!conn_query(conn, sql_repl_subscription_stats, PARAMS(info->oid), &result, err))
            return false;
        if (PQntuples(result) > 0)
        {
            info->apply_errors = arena_strdup(arena, result_text(result, 0, 0));
            info->sync_errors = arena_strdup(arena, result_text(result, 0, 1));
        }
    }
    if (info->has_worker && info->apply_errors && strcmp(info->apply_errors, "0") == 0)
        return true;
    if (!subscription_last_error(conn, info->oid, arena, &error, err))
        return false;
    info->error_text = error.text;
    info->error_lsn = error.finish_lsn;
    return true;
}

/* Only the owner of a server may read it, as it can hold a password. */
static bool
read_conninfo(Conn *conn, Arena *arena, SubscriptionInfo *info, Err *err)
{
    cleanup_(err_release) Err ignored = {0};

    return conn_value(conn, arena, sql_repl_subscription_conninfo, PARAMS(info->name),
                      &info->conninfo, &ignored) ||
           strcmp(ignored.sqlstate, "42501") == 0 || err_move(err, &ignored);
}

static bool
query_rows(Conn *conn, bool all_databases, Arena *arena, PGresult **ret_result, Err *err)
{
    const char *query;
    const char *rows;

    if (!conn_value(conn, arena, sql_repl_subscription_rows, NO_PARAMS, &query, err) ||
        !conn_value(conn, arena, query, NO_PARAMS, &rows, err))
        return false;
    return conn_query(conn, sql_repl_subscription_list,
                      PARAMS(rows ? rows : "[]", all_databases ? "f" : "t"), ret_result, err);
}

bool
subscription_list(Conn *conn, bool all_databases, Arena *arena, SubscriptionInfos *ret_infos,
                  Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!query_rows(conn, all_databases, arena, &result, err))
        return err_context(err, "reading subscriptions");
    for (int row = 0; row < PQntuples(result); row++)
    {
        SubscriptionInfo *info = vec_push(ret_infos, arena);

        *info = read_row(arena, result, row);
        if (strcmp(info->database, conn_dbname(conn)) == 0 &&
            (!read_errors(conn, arena, info, err) || !read_conninfo(conn, arena, info, err)))
            return err_context(err, "reading subscription \"%s\"", info->name);
    }
    return true;
}

bool
subscription_find(Conn *conn, const char *name, Arena *arena, bool *ret_found,
                  SubscriptionInfo *ret_info, Err *err)
{
    SubscriptionInfos infos = {0};

    *ret_found = false;
    if (!subscription_list(conn, false, arena, &infos, err))
        return false;
    for (size_t i = 0; i < infos.len && !*ret_found; i++)
        if (strcmp(infos.items[i].name, name) == 0)
        {
            *ret_info = infos.items[i];
            *ret_found = true;
        }
    return true;
}

bool
subscription_slot(Conn *publisher, const char *name, Arena *arena, SubscriptionSlot *ret_slot,
                  Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    const char *plugin;

    *ret_slot = (SubscriptionSlot){0};
    if (!conn_query(publisher, sql_repl_subscription_slot, PARAMS(name), &result, err))
        return err_context(err, "reading replication slot \"%s\"", name);
    if (PQntuples(result) == 0)
        return true;
    plugin = result_text(result, 0, result_column(result, "plugin"));
    *ret_slot = (SubscriptionSlot){
        .exists = true,
        .is_active = result_bool(result, 0, result_column(result, "active")),
        .is_lost = result_bool(result, 0, result_column(result, "is_lost")),
        .is_pgoutput = plugin && strcmp(plugin, "pgoutput") == 0,
        .is_here = result_bool(result, 0, result_column(result, "is_here")),
        .database = arena_strdup(arena, result_text(result, 0, result_column(result, "database"))),
        .retained_bytes = result_i64(result, 0, result_column(result, "retained_bytes")),
    };
    return true;
}
