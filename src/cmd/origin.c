/*
 * `pgbaton origin list`, `rewind`: how far subscribers have come, and going back to a slot that was kept.
 */
#include <stdio.h>
#include <string.h>

#include "cmd/block.h"
#include "cmd/commands.h"
#include "pg/lsn.h"
#include "repl/origin.h"
#include "repl/rewind.h"

static const ListingColumn columns[] = {
    {"name", "origin", CELL_TEXT},
    {"id", NULL, CELL_NUMBER},
    {"remote_lsn", "applied up to", CELL_TEXT},
    {"local_lsn", "in own WAL at", CELL_TEXT},
    {"database", "database", CELL_TEXT},
    {"subscription", "subscription", CELL_TEXT},
    {"of_table", "of a table's copy", CELL_BOOL},
    {NULL},
};

static bool
run_list(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block;
    cleanup_(result_release) PGresult *result = NULL;
    Listing *listing = listing_new(context->arena, columns);
    Side side = block_side(context);
    bool has_positions;

    block_init(&block, context);
    if (!block_open(&block, side, err) ||
        !origin_list(block.conns[side], context->arena, &result, &has_positions, err))
        return false;
    listing_add_result(listing, result);
    block_print(&block, side, listing, "origins", "replication origins");
    if (!has_positions && !context->config->json)
        printf(
            "\nPositions are not shown to this role: GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_replication_origin_status() TO it\n");
    return true;
}

static const Option list_options[] = {OPTION_ON("target"), OPTION_DATABASE, {.name = NULL}};

const Command command_origin_list = {
    .name = "origin list",
    .arguments = "",
    .summary = "list how far the subscriptions of a server have come",
    .description =
        "All replication origins of the server: the position in its publisher's WAL that each has been applied up to, and the subscription, in whatever database, that it "
        "belongs to. One without a subscription was made by something else, or left behind.\n\n"
        "Before PostgreSQL 14 only superusers see them; later, roles without EXECUTE on pg_show_replication_origin_status() see no positions.",
    .examples = "pgbaton origin list\npgbaton origin list --on source --json",
    .options = list_options,
    .run = run_list,
};

static const char *const replay_states[] = {[REPLAY_NONE] = "none",
                                            [REPLAY_DONE] = "done",
                                            [REPLAY_RUNNING] = "running",
                                            [REPLAY_STOPPED] = "stopped"};

static json_t *
replay_json(const Replay *replay)
{
    json_t *conflicts = replay->conflicts ? json_loads(replay->conflicts, 0, NULL) : NULL;

    return json_pack("{s:s, s:o, s:o, s:o}", "state", replay_states[replay->state], "position",
                     json_text(replay->position), "error", json_text(replay->error), "conflicts",
                     conflicts ? conflicts : json_null());
}

static const char *
replay_note(Arena *arena, const Rewind *rewind, const Replay *replay)
{
    const char *name = rewind->wish->subscription;

    switch (replay->state)
    {
        case REPLAY_NONE:
            return rewind->wish->enable
                       ? "Nothing is sent again, as it has applied no more than that."
                       : "It is disabled: changes come again when it is enabled.";
        case REPLAY_DONE:
            return arena_printf(arena, "Everything up to %s has been applied again.", rewind->from);
        case REPLAY_RUNNING:
            return arena_printf(arena,
                                "It is at %s of %s; see how it goes on with: pgbaton origin list",
                                replay->position, rewind->from);
        case REPLAY_STOPPED:
            return arena_printf(
                arena,
                "It has stopped at %s: %s\nMake room for that row on the subscriber (it is tried again by itself), or leave its transaction out: pgbaton subscription skip %s",
                replay->position,
                replay->error ? replay->error
                              : "its server's log tells why, which is not readable from here",
                name);
    }
    return NULL;
}

static void
report(const Block *block, Change *change, const Rewind *rewind, const Replay *replay)
{
    Arena *arena = block->context->arena;

    change->details = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "slot", rewind->slot.name,
                                "old_slot", json_text(rewind->old_slot), "from",
                                json_text(rewind->from), "to", json_text(rewind->to), "enabled",
                                json_boolean(rewind->wish->enable), "replay", replay_json(replay));
    change->note = arena_printf(
        arena, "It goes on from %s by slot \"%s\". %s%s%s%s", rewind->to, rewind->slot.name,
        replay_note(arena, rewind, replay), replay->conflicts ? "\nConflicts: " : "",
        replay->conflicts ? replay->conflicts : "",
        rewind->old_slot
            ? arena_printf(
                  arena,
                  "\nSlot \"%s\" keeps WAL still. When it is no longer needed: pgbaton slot drop %s",
                  rewind->old_slot, rewind->old_slot)
            : "");
    block_report(block, change);
}

static void
plan_change(const Block *block, const Rewind *rewind, Change *change)
{
    Arena *arena = block->context->arena;
    cleanup_(str_release) Str disable = STR_INIT;
    cleanup_(str_release) Str move = STR_INIT;
    cleanup_(str_release) Str size = STR_INIT;

    rewind_add_disable_sql(rewind, &disable);
    rewind_add_sql(rewind, &move);
    change_add(change, block, SIDE_TARGET, disable.data);
    change_add(change, block, SIDE_TARGET, move.data);
    str_add_size(&size, (int64_t)(lsn_of(rewind->from) - lsn_of(rewind->to)));
    change->question = arena_printf(
        arena,
        "Take subscription \"%s\" back from %s to %s on slot \"%s\"; what was committed in these %s of WAL is applied again",
        rewind->wish->subscription, rewind->from, rewind->to, rewind->slot.name, size.data);
}

static bool
rewind_and_watch(Block *block, Rewind *rewind, Replay *replay, Err *err)
{
    const CommandContext *context = block->context;
    Conn *subscriber = block->conns[SIDE_TARGET];
    ReplayBase base;

    if (!replay_base(subscriber, rewind, context->arena, &base, err) ||
        !rewind_run(subscriber, rewind, context->arena, err))
        return false;
    return !rewind->wish->enable || lsn_of(rewind->from) == lsn_of(rewind->to) ||
           replay_watch(subscriber, rewind, &base, (int)option_number(context->options, "watch"),
                        context->arena, replay, err) ||
           err_context(err, "subscription \"%s\" is rewound, but could not be watched",
                       rewind->wish->subscription);
}

static bool
parse_wish(const CommandContext *context, RewindWish *ret_wish, Err *err)
{
    uint64_t lsn;

    *ret_wish = (RewindWish){.subscription = context->args[0],
                             .enable = !option_flag(context->options, "no-enable")};
    if (option_given(context->options, "to"))
        ret_wish->lsn = option_text(context->options, "to");
    if (option_given(context->options, "to-slot"))
        ret_wish->slot = option_text(context->options, "to-slot");
    if (!ret_wish->lsn && !ret_wish->slot)
    {
        err_set(err, ERR_USAGE, "it is not said where subscription \"%s\" is to go back to",
                ret_wish->subscription);
        err_detail(err, "A slot that was kept is needed, or a position that one can send from.");
        return err_hint(err, "Give --to-slot SLOT, or --to LSN; see: pgbaton slot list");
    }
    return (!ret_wish->lsn || lsn_parse(ret_wish->lsn, &lsn, err)) &&
           (!ret_wish->slot || slot_check_name(ret_wish->slot, err));
}

static bool
run_rewind(const CommandContext *context, Err *err)
{
    Change change = {.object = "subscription", .name = context->args[0], .outcome = "rewound"};
    cleanup_(block_close) Block block;
    Replay replay = {0};
    RewindWish wish;
    Rewind rewind;

    block_init(&block, context);
    if (!parse_wish(context, &wish, err) || !block_open_database(&block, SIDE_SOURCE, NULL, err) ||
        !block_open(&block, SIDE_TARGET, err) || !block_lock(&block, err) ||
        !rewind_plan(block.conns[SIDE_SOURCE], block.conns[SIDE_TARGET], &wish, context->arena,
                     &rewind, err))
        return false;
    plan_change(&block, &rewind, &change);
    if (!block_confirm(&block, &change, err) ||
        (!context->config->dry_run && !rewind_and_watch(&block, &rewind, &replay, err)))
        return false;
    report(&block, &change, &rewind, &replay);
    if (replay.state == REPLAY_STOPPED)
        err->code = ERR_FAILED;
    return replay.state != REPLAY_STOPPED;
}

static const Option rewind_options[] = {
    {.name = "to-slot",
     .type = OPTION_TEXT,
     .argument = "SLOT",
     .help = "the slot of the source that was kept at an older position"},
    {.name = "to",
     .type = OPTION_TEXT,
     .argument = "LSN",
     .help = "go back to this position only (default: that of the slot)"},
    {.name = "no-enable", .type = OPTION_FLAG, .help = "leave the subscription disabled"},
    {.name = "watch",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "10s",
     .min = 100,
     .max = 86400000,
     .help = "look on for so long, until all is applied again or the worker fails"},
    {.name = "database",
     .type = OPTION_TEXT,
     .argument = "NAME",
     .help = "the subscription's database on the target (default: the one of --target)"},
    {.name = NULL},
};

const Command command_origin_rewind = {
    .name = "origin rewind",
    .arguments = "SUBSCRIPTION",
    .summary = "have a subscription apply again what came after a kept slot's position",
    .description =
        "Setting the origin of a subscription back does nothing by itself: its publisher (--source) sends nothing that its slot has confirmed, and "
        "a slot never goes back. So this works only with a slot that was kept at an older position beforehand (\"slot copy\"), and it refuses "
        "everything else with the reason (exit code 3).\n\n"
        "It disables the subscription, waits for its worker to end, puts it on the kept slot with its origin set back to that slot's position, or to the later one of "
        "--to, and enables it again. --to alone takes the one unused slot that can send from there, and refuses to choose among several. The slot it "
        "had stays, and keeps WAL: drop it when it is no longer needed.\n\n"
        "Then it looks on until everything is applied again that was applied before. A row that is there already stops the worker; it is told "
        "which, as far as the server's log can be read (exit code 1). A change of a row that is not there is skipped in silence; PostgreSQL 18 counts these.\n\n"
        "Takes the subscription's owner and, on the target, a superuser or (from PostgreSQL 14 on) EXECUTE on "
        "pg_replication_origin_progress and pg_replication_origin_advance.",
    .examples =
        "pgbaton origin rewind shop_sub --to-slot before_release --dry-run\npgbaton origin rewind shop_sub --to-slot before_release --yes",
    .options = rewind_options,
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .min_args = 1,
    .max_args = 1,
    .run = run_rewind,
};
