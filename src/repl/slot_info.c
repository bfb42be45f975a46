#include "repl/slot_info.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "sql/sql.h"

static SlotInfo
read_row(const PGresult *result, int row, Arena *arena)
{
#define TEXT(column) arena_strdup(arena, result_text(result, row, result_column(result, column)))
#define BOOL(column) result_bool(result, row, result_column(result, column))
    SlotInfo info = {
        .exists = true,
        .name = TEXT("name"),
        .plugin = TEXT("plugin"),
        .database = TEXT("database"),
        .is_active = BOOL("active"),
        .pid = result_i64(result, row, result_column(result, "pid")),
        .application = TEXT("application"),
        .is_temporary = BOOL("temporary"),
        .two_phase = BOOL("two_phase"),
        .failover = BOOL("failover"),
        .lost = TEXT("invalidation_reason"),
        .restart_lsn = TEXT("restart_lsn"),
        .retained_bytes = result_i64(result, row, result_column(result, "retained_bytes")),
        .migration = TEXT("migration"),
    };

    info.is_logical = info.plugin != NULL;
    info.position = info.is_logical ? TEXT("confirmed_flush_lsn") : info.restart_lsn;
    if (!info.application)
        info.application = "";
    return info;
#undef TEXT
#undef BOOL
}

static bool
read_slots(Conn *conn, const char *name, Arena *arena, SlotInfos *infos, PGresult **ret_result,
           Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *infos = (SlotInfos){0};
    if (!conn_query(conn, sql_repl_slots, PARAMS(name), &result, err))
        return err_context(err, "reading replication slots");
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(infos, arena) = read_row(result, row, arena);
    if (ret_result)
    {
        *ret_result = result;
        result = NULL;
    }
    return true;
}

bool
slot_info(Conn *conn, const char *name, Arena *arena, SlotInfo *ret_info, Err *err)
{
    SlotInfos infos;

    if (!read_slots(conn, name, arena, &infos, NULL, err))
        return false;
    *ret_info = infos.len > 0 ? infos.items[0] : (SlotInfo){.name = name};
    return true;
}

bool
slot_list(Conn *conn, Arena *arena, SlotInfos *ret_infos, PGresult **ret_result, Err *err)
{
    return read_slots(conn, NULL, arena, ret_infos, ret_result, err);
}

const char *
slot_user(Arena *arena, const SlotInfo *info)
{
    return *info->application ? arena_printf(arena, "pid %" PRId64 ", application \"%s\"",
                                             info->pid, info->application)
                              : arena_printf(arena, "pid %" PRId64, info->pid);
}

static bool
refuse_absent(const Conn *conn, const SlotInfo *info, Err *err)
{
    const char *side = side_name(conn_side(conn));

    err_set(err, ERR_REFUSED, "there is no replication slot \"%s\" on the %s", info->name, side);
    err_detail(err, "Slots belong to a whole server, and none of this one has that name.");
    return err_hint(err, "See what there is: pgbaton slot list --on %s", side);
}

static bool
refuse_lost(const SlotInfo *info, const char *doing, Err *err)
{
    err_set(err, ERR_REFUSED, "replication slot \"%s\" cannot be %s", info->name, doing);
    err_detail(err,
               "It is invalidated (%s): what it was to send is no longer on the server's disk.",
               info->lost);
    return err_hint(err, "Nothing brings it back; remove it with: pgbaton slot drop %s",
                    info->name);
}

static bool
refuse_active(const SlotInfo *info, const char *doing, Arena *arena, Err *err)
{
    err_set(err, ERR_REFUSED, "replication slot \"%s\" cannot be %s while it is in use", info->name,
            doing);
    err_detail(err, "It is used by %s.", slot_user(arena, info));
    return err_hint(
        err,
        "End that first: on its subscriber ALTER SUBSCRIPTION … DISABLE, or on this server SELECT pg_terminate_backend(%" PRId64
        ").",
        info->pid);
}

bool
slot_require(Conn *conn, const SlotInfo *info, bool may_be_active, const char *doing, Arena *arena,
             Err *err)
{
    if (!info->exists)
        return refuse_absent(conn, info, err);
    if (info->lost)
        return refuse_lost(info, doing, err);
    if (info->is_active && !may_be_active)
        return refuse_active(info, doing, arena, err);
    if (!info->database || strcmp(info->database, conn_dbname(conn)) == 0)
        return true;
    err_set(err, ERR_REFUSED, "replication slot \"%s\" is of another database", info->name);
    err_detail(err, "It sends the changes of database \"%s\", and this session is in \"%s\".",
               info->database, conn_dbname(conn));
    return err_hint(err, "Name that database in the connection string.");
}

bool
slot_check_name(const char *name, Err *err)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (len > 0 && len <= 63 && !name[len])
        return true;
    err_set(err, ERR_USAGE, "\"%s\" is no name of a replication slot", name);
    err_detail(err,
               "PostgreSQL takes lower-case letters, digits and underscores, 1 to 63 of them.");
    return err_hint(err, "See what there is: pgbaton slot list");
}

bool
slot_bound(Conn *conn, Arena *arena, SlotBound *ret_bound, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *ret_bound = (SlotBound){.bytes = -1};
    if (!conn_query(conn, sql_repl_slot_bound, NO_PARAMS, &result, err))
        return false;
    if (PQntuples(result) > 0)
        *ret_bound = (SlotBound){.bytes = result_i64(result, 0, 0),
                                 .text = arena_strdup(arena, result_text(result, 0, 1))};
    return true;
}

bool
slot_wal_end(Conn *conn, Arena *arena, const char **ret_lsn, Err *err)
{
    return conn_value(conn, arena, sql_repl_wal_end, NO_PARAMS, ret_lsn, err);
}

bool
slot_subscriptions(Conn *subscriber, const char *name, Arena *arena, const char **ret_subscriptions,
                   Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str names = STR_INIT;

    if (!conn_query(subscriber, sql_repl_slot_subscriptions, PARAMS(name), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        str_addf(&names, "%s%s.%s", row ? ", " : "", result_text(result, row, 1),
                 result_text(result, row, 2));
    *ret_subscriptions = names.len ? arena_strdup(arena, names.data) : NULL;
    return true;
}
