/*
 * `pgbaton subscription list`, and what it shares with the other commands of subscriptions.
 */
#include "cmd/subscription.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cmd/commands.h"
#include "pg/conninfo.h"

/* The database that the subscription reads from, as far as its connection string may be read; NULL: that of the publisher's own. */
static const char *
publisher_database(const SubscriptionWork *work)
{
    const char *name;

    if (!work->found || !work->info.conninfo)
        return NULL;
    name = conninfo_value(work->block.context->arena, work->info.conninfo, "dbname");
    return *name ? name : NULL;
}

/* Its passwords are to be masked in whatever is shown from here on. */
static void
register_secrets(const SubscriptionInfo *info)
{
    cleanup_(err_release) Err ignored = {0};

    if (info->conninfo && !conninfo_check(info->conninfo, "the subscription", &ignored))
        log_debug("the connection string of subscription \"%s\" is malformed", info->name);
}

static bool
open_publisher(SubscriptionWork *work, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    Arena *arena = work->block.context->arena;
    Side side = side_other(work->side);

    if (!*work->block.servers[side].conninfo && work->connection && *work->connection)
    {
        work->block.servers[side].conninfo = work->connection;
        work->block.servers[side].option = "connection";
    }
    if (!*work->block.servers[side].conninfo)
        return true;
    if (conn_open(&work->block.servers[side], publisher_database(work), "command",
                  &work->block.conns[side], &failure))
    {
        work->publisher = work->block.conns[side];
        return true;
    }
    if (failure.code != ERR_UNREACHABLE)
        return err_move(err, &failure);
    work->not_reachable = arena_strdup(arena, failure.message);
    return true;
}

bool
subscription_begin(SubscriptionWork *work, const CommandContext *context, Err *err)
{
    block_init(&work->block, context);
    work->side = block_side(context);
    work->name = context->args[0];
    if (!block_open(&work->block, work->side, err))
        return false;
    work->subscriber = work->block.conns[work->side];
    if (!subscription_find(work->subscriber, work->name, context->arena, &work->found, &work->info,
                           err))
        return false;
    if (work->found)
        register_secrets(&work->info);
    return open_publisher(work, err) && block_lock(&work->block, err);
}

void
subscription_end(SubscriptionWork *work)
{
    block_close(&work->block);
}

bool
subscription_require(const SubscriptionWork *work, Err *err)
{
    if (work->found)
        return true;
    err_set(err, ERR_REFUSED, "there is no subscription \"%s\"", work->name);
    err_detail(err, "Database \"%s\" of the %s has none of that name.",
               conn_dbname(work->subscriber), side_name(work->side));
    return err_hint(err, "To see them, run: pgbaton subscription list --all-databases --on %s",
                    side_name(work->side));
}

bool
subscription_require_publisher(const SubscriptionWork *work, Err *err)
{
    if (work->publisher)
        return true;
    if (!config_require_server(work->block.context->config, side_other(work->side), err))
        return false;
    err_set(err, ERR_UNREACHABLE, "the publisher of subscription \"%s\" cannot be reached",
            work->name);
    err_detail(err, "%s.", work->not_reachable ? work->not_reachable : "It is not known why");
    return err_hint(err, "Mend it, or leave out what has to be done there.");
}

bool
subscription_read_slot(const SubscriptionWork *work, SubscriptionSlot *ret_slot, Err *err)
{
    *ret_slot = (SubscriptionSlot){0};
    if (!work->publisher || !work->found || !work->info.slot)
        return true;
    if (!subscription_slot(work->publisher, work->info.slot, work->block.context->arena, ret_slot,
                           err))
        return false;
    if (!ret_slot->is_here || !ret_slot->is_pgoutput)
        *ret_slot = (SubscriptionSlot){0};
    return true;
}

const char *
subscription_argument(Arena *arena, const char *name)
{
    cleanup_(str_release) Str s = STR_INIT;

    if (*name &&
        !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")])
        return name;
    str_add_char(&s, '\'');
    for (const char *p = name; *p; p++)
        if (*p == '\'')
            str_add(&s, "'\\''");
        else
            str_add_char(&s, *p);
    str_add_char(&s, '\'');
    return arena_strdup(arena, s.data);
}

const char *
subscription_size_text(Arena *arena, int64_t bytes)
{
    cleanup_(str_release) Str s = STR_INIT;

    str_add_size(&s, bytes);
    str_add(&s, " of WAL");
    return arena_strdup(arena, s.data);
}

static const ListingColumn list_columns[] = {
    {"database", "database", CELL_TEXT},
    {"name", "name", CELL_TEXT},
    {"owner", NULL, CELL_TEXT},
    {"enabled", "enabled", CELL_BOOL},
    {"worker", "worker", CELL_BOOL},
    {"publications", "publications", CELL_JSON},
    {"slot", "slot", CELL_TEXT},
    {"tables", "tables", CELL_NUMBER},
    {"tables_ready", "ready", CELL_NUMBER},
    {"tables_not_ready", NULL, CELL_JSON},
    {"received_lsn", NULL, CELL_TEXT},
    {"latest_end_lsn", "latest end", CELL_TEXT},
    {"skip_lsn", NULL, CELL_TEXT},
    {"retained_bytes", "retained", CELL_BYTES},
    {"apply_errors", "apply errors", CELL_NUMBER},
    {"sync_errors", "sync errors", CELL_NUMBER},
    {"options", NULL, CELL_JSON},
    {"conninfo", NULL, CELL_TEXT},
    {"migration", "migration", CELL_TEXT},
    {"error", "last error", CELL_TEXT},
    {"error_lsn", NULL, CELL_TEXT},
    {.key = NULL},
};

/* Slots are of the whole cluster: one session sees those of all databases. */
static bool
retained(Conn *publisher, Arena *arena, const SubscriptionInfo *info, const char **ret_bytes,
         Err *err)
{
    SubscriptionSlot slot;
    const char *database;

    *ret_bytes = NULL;
    if (!publisher || !info->slot)
        return true;
    if (!subscription_slot(publisher, info->slot, arena, &slot, err))
        return false;
    database =
        info->conninfo ? conninfo_value(arena, info->conninfo, "dbname") : conn_dbname(publisher);
    if (slot.exists && slot.database && strcmp(slot.database, database) == 0)
        *ret_bytes = arena_printf(arena, "%" PRId64, slot.retained_bytes);
    return true;
}

static void
add_row(Arena *arena, Listing *listing, const SubscriptionInfo *info, const char *retained_bytes)
{
    const char *conninfo = info->conninfo ? conninfo_redacted(arena, info->conninfo) : NULL;

    register_secrets(info);
    listing_add(listing, (const char *const[]){info->database,
                                               info->name,
                                               info->owner,
                                               info->is_enabled ? "t" : "f",
                                               info->has_worker ? "t" : "f",
                                               info->publications,
                                               info->slot,
                                               info->tables,
                                               info->tables_ready,
                                               info->not_ready,
                                               info->received_lsn,
                                               info->latest_end_lsn,
                                               info->skip_lsn,
                                               retained_bytes,
                                               info->apply_errors,
                                               info->sync_errors,
                                               info->options,
                                               conninfo,
                                               info->migration,
                                               info->error_text,
                                               info->error_lsn});
}

static bool
run_list(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block;
    Listing *listing = listing_new(context->arena, list_columns);
    SubscriptionInfos infos = {0};
    Side side = block_side(context);
    Side other = side_other(side);

    block_init(&block, context);
    if (!block_open(&block, side, err) ||
        !subscription_list(block.conns[side], option_flag(context->options, "all-databases"),
                           context->arena, &infos, err))
        return false;
    if (infos.len > 0 && *block.servers[other].conninfo)
    {
        cleanup_(err_release) Err failure = {0};

        if (!block_open_database(&block, other, NULL, &failure))
        {
            if (failure.code != ERR_UNREACHABLE)
                return err_move(err, &failure);
            log_warning("the %s cannot be asked how much WAL it keeps: %s", side_name(other),
                        failure.message);
        }
    }
    for (size_t i = 0; i < infos.len; i++)
    {
        const char *bytes;

        if (!retained(block.conns[other], context->arena, &infos.items[i], &bytes, err))
            return false;
        add_row(context->arena, listing, &infos.items[i], bytes);
    }
    block_print(&block, side, listing, "subscriptions", "subscriptions");
    return true;
}

static const Option list_options[] = {
    OPTION_ON("target"),
    OPTION_DATABASE,
    {.name = "all-databases",
     .type = OPTION_FLAG,
     .help = "also those of other databases, of which less can be seen from here"},
    {.name = NULL},
};

const Command command_subscription_list = {
    .name = "subscription list",
    .arguments = "",
    .summary = "show subscriptions, how they are doing and what they fail at",
    .description =
        "Those of the connected database, whoever made them: enabled or not, whether the apply worker runs, publications, slot, tables and how many "
        "of them are ready, how much WAL the slot keeps (if the publisher is given too), how many errors there were (from PostgreSQL 15) and "
        "the last one, as far as this role may read the server's log, and the migration of pgbaton that made it.\n\n"
        "--json tells more: each table that is not ready, the options that are set, positions, and the connection string with its password masked.",
    .examples = "pgbaton subscription list\npgbaton subscription list --all-databases --json",
    .options = list_options,
    .run = run_list,
};
