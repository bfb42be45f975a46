/*
 * `pgbaton slot list`: any replication slot of a server, whoever made it.
 */
#include <stdio.h>

#include "base/log.h"
#include "cmd/commands.h"
#include "cmd/slot.h"
#include "repl/slot_info.h"

bool
slot_open_subscriber(const Block *block, Side side, Conn **ret_conn, Err *err)
{
    const Server *server = &block->servers[side_other(side)];
    cleanup_(err_release) Err failure = {0};

    *ret_conn = NULL;
    if (!*server->conninfo || conn_open(server, NULL, "command", ret_conn, &failure))
        return true;
    if (failure.code == ERR_STOPPED)
        return err_move(err, &failure);
    log_warning("the %s was not asked for subscriptions that use slots: %s",
                side_name(server->side), failure.message);
    return true;
}

enum
{
    C_NAME,
    C_TYPE,
    C_PLUGIN,
    C_DATABASE,
    C_STATE,
    C_USED_BY,
    C_POSITION,
    C_KEEPS,
    C_WAL,
    C_OPTIONS,
    C_MIGRATION,
    C_SUBSCRIPTION,
    C_FIRST_OF_RESULT, /* from here on those that are taken from the query as they are */
};

static const ListingColumn columns[] = {
    [C_NAME] = {"name", "slot", CELL_TEXT},
    [C_TYPE] = {"type", "type", CELL_TEXT},
    [C_PLUGIN] = {"plugin", "plugin", CELL_TEXT},
    [C_DATABASE] = {"database", "database", CELL_TEXT},
    [C_STATE] = {"state", "state", CELL_TEXT},
    [C_USED_BY] = {"used_by", "used by", CELL_TEXT},
    [C_POSITION] = {"position", "position", CELL_TEXT},
    [C_KEEPS] = {"retained_bytes", "keeps", CELL_BYTES},
    [C_WAL] = {"wal_status", "WAL", CELL_TEXT},
    [C_OPTIONS] = {"options", "options", CELL_JSON},
    [C_MIGRATION] = {"migration", "migration", CELL_TEXT},
    [C_SUBSCRIPTION] = {"subscription", "subscription", CELL_TEXT},
    {"active", NULL, CELL_BOOL},
    {"pid", NULL, CELL_NUMBER},
    {"application", NULL, CELL_TEXT},
    {"temporary", NULL, CELL_BOOL},
    {"restart_lsn", NULL, CELL_TEXT},
    {"confirmed_flush_lsn", NULL, CELL_TEXT},
    {"safe_wal_size_bytes", NULL, CELL_NUMBER},
    {"two_phase", NULL, CELL_BOOL},
    {"failover", NULL, CELL_BOOL},
    {"synced", NULL, CELL_BOOL},
    {"conflicting", NULL, CELL_BOOL},
    {"invalidation_reason", NULL, CELL_TEXT},
    {"inactive_since", NULL, CELL_TEXT},
    {NULL},
};

/* The properties that are on, as a JSON array. */
static const char *
options_of(Arena *arena, const PGresult *result, int row)
{
    static const char *const keys[] = {"temporary", "two_phase", "failover", "synced",
                                       "conflicting"};
    cleanup_(str_release) Str list = STR_INIT;

    for (size_t i = 0; i < lengthof(keys); i++)
        if (result_bool(result, row, result_column(result, keys[i])))
            str_addf(&list, "%s\"%s\"", list.len ? ", " : "", keys[i]);
    return arena_printf(arena, "[%s]", list.data);
}

static void
add_row(Listing *listing, Arena *arena, const SlotInfo *info, const PGresult *result, int row,
        const char *subscription)
{
    const char *cells[lengthof(columns)];

    for (size_t i = 0; columns[i].key; i++)
        if (i == C_WAL || i >= C_FIRST_OF_RESULT || i == C_KEEPS || i <= C_DATABASE)
            cells[i] = result_text(result, row, result_column(result, columns[i].key));
    cells[C_STATE] = info->lost        ? arena_printf(arena, "lost: %s", info->lost)
                     : info->is_active ? "in use"
                                       : "not in use";
    cells[C_USED_BY] = info->is_active ? slot_user(arena, info) : NULL;
    cells[C_POSITION] = info->position;
    cells[C_OPTIONS] = options_of(arena, result, row);
    cells[C_MIGRATION] = info->migration;
    cells[C_SUBSCRIPTION] = subscription;
    listing_add(listing, cells);
}

/* Below the table: what slots that nobody reads from do to the disk. */
static void
print_warning(const Conn *conn, const SlotInfos *infos, const SlotBound *bound)
{
    cleanup_(str_release) Str size = STR_INIT;
    int64_t most = 0;
    int n_idle = 0;

    for (size_t i = 0; i < infos->len; i++)
    {
        const SlotInfo *info = &infos->items[i];

        if (info->is_active || info->lost || !info->restart_lsn)
            continue;
        n_idle++;
        if (info->retained_bytes > most)
            most = info->retained_bytes;
    }
    if (n_idle == 0)
        return;
    str_add_size(&size, most);
    printf(
        "\n%d of them not in use: the server keeps %s of WAL for %s, and more with every write, ",
        n_idle, size.data, n_idle == 1 ? "it" : "them");
    if (bound->text)
        printf("up to max_slot_wal_keep_size = %s; beyond it they are lost\n", bound->text);
    else if (conn_has(conn, FEATURE_SLOT_WAL_STATUS))
        printf("until its disk is full: max_slot_wal_keep_size sets no bound\n");
    else
        printf("until its disk is full: PostgreSQL %d has no bound for it\n", conn_major(conn));
}

static bool
fill_listing(const Block *block, Side side, const SlotInfos *infos, const PGresult *result,
             Listing *listing, Err *err)
{
    cleanup_(conn_close_pointer) Conn *subscriber = NULL;
    Arena *arena = block->context->arena;

    if (infos->len > 0 && !slot_open_subscriber(block, side, &subscriber, err))
        return false;
    for (size_t i = 0; i < infos->len; i++)
    {
        const char *subscription = NULL;

        if (subscriber &&
            !slot_subscriptions(subscriber, infos->items[i].name, arena, &subscription, err))
            return false;
        add_row(listing, arena, &infos->items[i], result, (int)i, subscription);
    }
    return true;
}

static bool
run_list(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block;
    cleanup_(result_release) PGresult *result = NULL;
    Listing *listing = listing_new(context->arena, columns);
    Side side = block_side(context);
    SlotInfos infos;
    SlotBound bound;

    block_init(&block, context);
    if (!block_open(&block, side, err) ||
        !slot_list(block.conns[side], context->arena, &infos, &result, err) ||
        !slot_bound(block.conns[side], context->arena, &bound, err) ||
        !fill_listing(&block, side, &infos, result, listing, err))
        return false;
    if (context->config->json)
    {
        json_print(json_pack(
            "{s:s, s:o, s:o, s:o}", "side", side_name(side), "database",
            json_text(conn_dbname(block.conns[side])), "max_slot_wal_keep_size_bytes",
            bound.text ? json_integer(bound.bytes) : json_null(), "slots", listing_json(listing)));
        return true;
    }
    listing_print(listing, "replication slots");
    print_warning(block.conns[side], &infos, &bound);
    return true;
}

static const Option list_options[] = {OPTION_ON("source"), OPTION_DATABASE, {.name = NULL}};

const Command command_slot_list = {
    .name = "slot list",
    .arguments = "",
    .summary = "list the replication slots of a server",
    .description =
        "All slots of the server, logical and physical, whoever made them: who uses each, its position (what it sends comes after it), and how "
        "much WAL the server keeps for it. A line below the table warns of slots that nobody reads from: they fill the disk. \"lost\" is a slot "
        "whose WAL is gone; it can only be dropped.\n\n"
        "The migration is told for slots of the database that the session is in. If the other side is given too, subscriptions there that name the slot are told.\n\n"
        "--json has all that the server's version tells: restart_lsn and confirmed_flush_lsn, safe_wal_size (13), two_phase (14), "
        "conflicting (16), failover, synced, invalidation_reason, inactive_since (17).",
    .examples = "pgbaton slot list\npgbaton slot list --on target --json",
    .options = list_options,
    .run = run_list,
};
