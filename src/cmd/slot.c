/*
 * `pgbaton slot create`, `copy`, `advance`, `drop`: any replication slot of a server, whoever made it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/block.h"
#include "cmd/commands.h"
#include "cmd/slot.h"
#include "pg/lsn.h"
#include "pg/quote.h"
#include "repl/slot.h"
#include "repl/slot_info.h"

/* Before other sessions are asked to be at the disposal of a slot's database: which one it is. */
static bool
open_for_slot(Block *block, Side side, const char *name, SlotInfo *ret_info, Err *err)
{
    Arena *arena = block->context->arena;

    if (!block_open_database(block, side, NULL, err) ||
        !slot_info(block->conns[side], name, arena, ret_info, err))
        return false;
    if (!ret_info->database || strcmp(ret_info->database, conn_dbname(block->conns[side])) == 0)
        return block_lock(block, err);
    conn_close(block->conns[side]);
    block->conns[side] = NULL;
    return block_open_database(block, side, ret_info->database, err) && block_lock(block, err) &&
           slot_info(block->conns[side], name, arena, ret_info, err);
}

static bool
subscribed_by(const Block *block, Side side, const char *slot, const char **ret_subscriptions,
              Err *err)
{
    cleanup_(conn_close_pointer) Conn *subscriber = NULL;

    *ret_subscriptions = NULL;
    return slot_open_subscriber(block, side, &subscriber, err) &&
           (!subscriber ||
            slot_subscriptions(subscriber, slot, block->context->arena, ret_subscriptions, err));
}

/* The missing right of the role is named, as the server's own message of older versions does not. */
static bool
explain_right(Conn *conn, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err ignored = {0};
    const char *may;

    /* insufficient_privilege; it is also said of a plugin that the server does not allow, to anybody. */
    if (strcmp(err->sqlstate, "42501") != 0 ||
        !conn_value(
            conn, &arena,
            "SELECT rolsuper OR rolreplication FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER",
            NO_PARAMS, &may, &ignored) ||
        !may || *may == 't')
        return false;
    err->code = ERR_REFUSED;
    err_detail(err, "Slots take a superuser, or a role with the attribute REPLICATION.");
    return err_hint(
        err,
        "On the %s, as a superuser: ALTER ROLE … REPLICATION. With Amazon RDS: GRANT rds_replication TO …",
        side_name(conn_side(conn)));
}

static bool
change_slot(Block *block, Side side, Change *change, Err *err)
{
    return block_change(block, change, err) || explain_right(block->conns[side], err);
}

/* NULL: what is there is what is wanted. */
static const char *
difference(Arena *arena, const SlotInfo *info, const SlotSpec *spec, const char *database)
{
    if (!info->is_logical)
        return "a physical slot";
    if (strcmp(info->database, database) != 0)
        return arena_printf(arena, "a slot of database \"%s\"", info->database);
    if (strcmp(info->plugin, spec->plugin) != 0)
        return arena_printf(arena, "a slot of plugin \"%s\"", info->plugin);
    if (info->lost)
        return arena_printf(arena, "invalidated (%s)", info->lost);
    if (info->is_temporary)
        return "a temporary slot of some session";
    if (spec->two_phase && !info->two_phase)
        return "a slot without two_phase";
    if (spec->failover && !info->failover)
        return "a slot without failover";
    return NULL;
}

static bool
refuse_other(const SlotInfo *info, const char *what, Err *err)
{
    err_set(err, ERR_REFUSED, "replication slot \"%s\" is there already, and another one",
            info->name);
    err_detail(err, "It is %s.", what);
    return err_hint(
        err, "Take another name, or, if nobody needs that one, drop it first: pgbaton slot drop %s",
        info->name);
}

static bool
create(Block *block, Side side, const SlotSpec *spec, Err *err)
{
    Change change = {
        .object = "replication slot",
        .name = spec->name,
        .outcome = "created",
        .unchanged = "is there already",
        .note = "The server keeps WAL for it from now on, whether anybody reads from it or not."};
    const CommandContext *context = block->context;
    cleanup_(str_release) Str sql = STR_INIT;
    Conn *conn = block->conns[side];
    const char *other;
    SlotInfo info;

    if (!slot_info(conn, spec->name, context->arena, &info, err))
        return false;
    other = info.exists ? difference(context->arena, &info, spec, conn_dbname(conn)) : NULL;
    if (other)
        return refuse_other(&info, other, err);
    if (!info.exists)
    {
        slot_add_create_sql(&sql, spec);
        change_add(&change, block, side, sql.data);
    }
    if (change.statements.len > 0 && !context->config->dry_run &&
        !slot_make(conn, spec->name, sql.data, context->config->slot_timeout_ms, err))
        return explain_right(conn, err);
    block_report(block, &change);
    return true;
}

static bool
run_create(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block;
    Side side = block_side(context);
    SlotSpec spec = {.name = context->args[0],
                     .plugin = option_text(context->options, "plugin"),
                     .two_phase = option_flag(context->options, "two-phase"),
                     .failover = option_flag(context->options, "failover")};

    block_init(&block, context);
    return slot_check_name(spec.name, err) && block_open(&block, side, err) &&
           (!spec.two_phase || conn_require(block.conns[side], FEATURE_SLOT_TWO_PHASE, err)) &&
           (!spec.failover || conn_require(block.conns[side], FEATURE_SLOT_FAILOVER, err)) &&
           block_lock(&block, err) && create(&block, side, &spec, err);
}

static const Option create_options[] = {
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = "plugin",
     .type = OPTION_TEXT,
     .argument = "NAME",
     .default_text = "pgoutput",
     .help = "the output plugin"},
    {.name = "two-phase",
     .type = OPTION_FLAG,
     .help = "decode prepared transactions when they are prepared (PostgreSQL 14)"},
    {.name = "failover",
     .type = OPTION_FLAG,
     .help = "let standbys synchronize it (PostgreSQL 17)"},
    {.name = NULL},
};

const Command command_slot_create = {
    .name = "slot create",
    .arguments = "NAME",
    .summary = "make a logical replication slot",
    .description =
        "From this moment on the server keeps the WAL that the slot has not sent, whether anybody reads from it or not.\n\n"
        "Its creation waits for every open transaction that has written: beyond --slot-timeout it is given up, and they are named. A slot of "
        "that name, database and plugin that is there already is left as it is; another one is refused (exit code 3).",
    .examples =
        "pgbaton slot create shop_sub\npgbaton slot create audit --plugin test_decoding --slot-timeout 10s",
    .options = create_options,
    .settings = "slot-timeout",
    .min_args = 1,
    .max_args = 1,
    .run = run_create,
};

/* A copy of the same kind at the same position is what is wanted; one at another is somebody's, or holds an older position for a reason. */
static const char *
copy_difference(Arena *arena, const SlotInfo *base, const SlotInfo *copy)
{
    const char *other;

    if (base->is_logical)
    {
        SlotSpec spec = {.plugin = base->plugin};

        other = difference(arena, copy, &spec, base->database);
        if (other)
            return other;
    }
    else if (copy->is_logical)
        return "a logical slot";
    if (lsn_of(copy->position) == lsn_of(base->position))
        return NULL;
    return arena_printf(arena, "at position %s, and \"%s\" at %s",
                        copy->position ? copy->position : "none", base->name,
                        base->position ? base->position : "none");
}

static bool
refuse_unreserved(const SlotInfo *base, Err *err)
{
    err_set(err, ERR_REFUSED, "replication slot \"%s\" cannot be copied", base->name);
    err_detail(err, "It has no position yet: nobody has ever read from it.");
    return err_hint(err, "Let its standby connect once, then run this again.");
}

static bool
copy(Block *block, Side side, const SlotInfo *base, const char *name, Err *err)
{
    Arena *arena = block->context->arena;
    cleanup_(str_release) Str sql = STR_INIT;
    Change change = {
        .object = "replication slot",
        .name = name,
        .outcome = "created",
        .unchanged = "is there already, at the same position",
        .note = arena_printf(
            arena, "It keeps the WAL from position %s on until it is dropped%s%s.", base->position,
            base->is_logical ? "; back to it: pgbaton origin rewind SUBSCRIPTION --to-slot " : "",
            base->is_logical ? name : "")};
    const char *other;
    SlotInfo info;

    if (!slot_info(block->conns[side], name, arena, &info, err))
        return false;
    other = info.exists ? copy_difference(arena, base, &info) : NULL;
    if (other)
        return refuse_other(&info, other, err);
    /* Not as temporary as the base may be: the copy would end with this session. */
    sql_format(&sql, "SELECT pg_catalog.%R(%L, %L, false)",
               base->is_logical ? "pg_copy_logical_replication_slot"
                                : "pg_copy_physical_replication_slot",
               base->name, name);
    if (!info.exists)
        change_add(&change, block, side, sql.data);
    change.details = json_pack("{s:o}", "position", json_text(base->position));
    return change_slot(block, side, &change, err);
}

static bool
run_copy(const CommandContext *context, Err *err)
{
    const char *name = context->args[1];
    cleanup_(block_close) Block block;
    Side side = block_side(context);
    SlotInfo base;

    block_init(&block, context);
    if (!slot_check_name(context->args[0], err) || !slot_check_name(name, err) ||
        !open_for_slot(&block, side, context->args[0], &base, err) ||
        !conn_require(block.conns[side], FEATURE_SLOT_COPY, err) ||
        !slot_require(block.conns[side], &base, true, "copied", context->arena, err))
        return false;
    if (!base.position)
        return refuse_unreserved(&base, err);
    return copy(&block, side, &base, name, err);
}

static const Option on_source[] = {OPTION_ON("source"), {.name = NULL}};

const Command command_slot_copy = {
    .name = "slot copy",
    .arguments = "BASE NAME",
    .summary = "make a slot at the position of another one, to come back to it",
    .description =
        "Makes slot NAME at the position that slot BASE, logical or physical, has now. BASE may be in use. When BASE goes on, NAME stays: it keeps "
        "the WAL from that position on, and is the only way back there: see \"origin rewind\". A slot never goes back by itself.\n\n"
        "Do it before what may have to be taken back, say a release that changes the target, and drop the copy when all is well: meanwhile it "
        "fills the disk. Needs PostgreSQL 12. two_phase and failover are not copied.",
    .examples = "pgbaton slot copy shop_sub before_release",
    .options = on_source,
    .min_args = 2,
    .max_args = 2,
    .run = run_copy,
};

static bool
refuse_move(const SlotInfo *info, const char *to, const char *end, bool is_back, Err *err)
{
    err_set(err, ERR_REFUSED, "replication slot \"%s\" cannot be moved to %s", info->name, to);
    if (!is_back)
    {
        err_detail(err, "The WAL of this server ends at %s.", end);
        return err_hint(err, "To skip all that there is: pgbaton slot advance %s now", info->name);
    }
    err_detail(
        err,
        "It is at %s, and slots only go forward: what is before that the server may have removed already.",
        info->position);
    return err_hint(
        err,
        "If a copy was kept at an older position: pgbaton origin rewind SUBSCRIPTION --to-slot COPY");
}

/* Where to; NULL when it is there. */
static bool
plan_advance(Conn *conn, Arena *arena, const SlotInfo *info, const char *wish, const char **ret_to,
             Err *err)
{
    uint64_t from = lsn_of(info->position);
    const char *end;
    uint64_t to;

    if (!slot_wal_end(conn, arena, &end, err))
        return false;
    *ret_to = strcmp(wish, "now") == 0 ? end : wish;
    if (!lsn_parse(*ret_to, &to, err))
        return false;
    if (to < from || to > lsn_of(end))
        return refuse_move(info, *ret_to, end, to < from, err);
    if (to == from)
        *ret_to = NULL;
    return true;
}

static bool
advance(Block *block, Side side, const SlotInfo *info, const char *to, Err *err)
{
    Arena *arena = block->context->arena;
    bool flush = option_flag(block->context->options, "checkpoint");
    int64_t skipped = to ? (int64_t)(lsn_of(to) - lsn_of(info->position)) : 0;
    cleanup_(str_release) Str size = STR_INIT;
    cleanup_(str_release) Str sql = STR_INIT;
    Change change = {.object = "replication slot",
                     .name = info->name,
                     .outcome = "advanced",
                     .unchanged = "is at that position already"};

    str_add_size(&size, skipped);
    change.note = arena_printf(
        arena, "From %s to %s, %s of WAL are skipped.%s", info->position, to ? to : info->position,
        size.data,
        flush
            ? ""
            : " That is on disk with the server's next checkpoint only: after a crash before it, the slot is where it was. CHECKPOINT makes it safe at once.");
    change.question = arena_printf(
        arena,
        "Move replication slot \"%s\" from %s to %s; %s of WAL are skipped, and changes in it will never be sent",
        info->name, info->position, to ? to : info->position, size.data);
    change.details =
        json_pack("{s:o, s:o, s:I}", "from", json_text(info->position), "to",
                  json_text(to ? to : info->position), "skipped_bytes", (json_int_t)skipped);
    if (to)
    {
        sql_format(&sql, "SELECT pg_catalog.pg_replication_slot_advance(%L, %L)", info->name, to);
        change_add(&change, block, side, sql.data);
        if (flush)
            change_add(&change, block, side, "CHECKPOINT");
        if (block->context->config->dry_run && !block->context->config->json)
            printf("-- from %s to %s: %s of WAL are skipped\n", info->position, to, size.data);
    }
    return change_slot(block, side, &change, err);
}

static bool
run_advance(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block;
    Side side = block_side(context);
    const char *to;
    SlotInfo info;
    uint64_t lsn;

    block_init(&block, context);
    if (!slot_check_name(context->args[0], err) ||
        (strcmp(context->args[1], "now") != 0 && !lsn_parse(context->args[1], &lsn, err)) ||
        !open_for_slot(&block, side, context->args[0], &info, err) ||
        !conn_require(block.conns[side], FEATURE_SLOT_ADVANCE, err) ||
        !slot_require(block.conns[side], &info, false, "advanced", context->arena, err))
        return false;
    if (!info.position)
        return refuse_unreserved(&info, err);
    return plan_advance(block.conns[side], context->arena, &info, context->args[1], &to, err) &&
           advance(&block, side, &info, to, err);
}

static const Option advance_options[] = {
    OPTION_ON("source"),
    {.name = "checkpoint",
     .type = OPTION_FLAG,
     .help = "run CHECKPOINT afterwards, so that the new position survives a crash"},
    {.name = NULL},
};

const Command command_slot_advance = {
    .name = "slot advance",
    .arguments = "NAME LSN|now",
    .summary = "move a slot forward: what lies between is never sent",
    .description =
        "Tells how much WAL is skipped, and asks. What was committed in it will not be sent by this slot, ever. Refused (exit code 3) are a slot "
        "that is in use, a position before the present one, as slots only go forward, and one beyond the end of the WAL.\n\n"
        "The server writes the new position to disk with its next checkpoint only. After a crash before that the slot is where it was, and sends what was to be skipped. "
        "--checkpoint makes it safe at once; pgbaton does not do it unasked, as a checkpoint is hard work for a busy server, and takes a "
        "superuser (from PostgreSQL 15 on, a member of pg_checkpoint). Needs PostgreSQL 11.",
    .examples =
        "pgbaton slot advance shop_sub 16/B374D848\npgbaton slot advance shop_sub now --yes --checkpoint",
    .options = advance_options,
    .min_args = 2,
    .max_args = 2,
    .run = run_advance,
};

static bool
refuse_drop(Arena *arena, const SlotInfo *info, Err *err)
{
    err_set(err, ERR_REFUSED, "replication slot \"%s\" is in use", info->name);
    err_detail(err, "It is used by %s.", slot_user(arena, info));
    return err_hint(
        err,
        "Disable its subscription first, or end that session too: pgbaton slot drop %s --force",
        info->name);
}

/* What is asked: who will miss it. */
static const char *
drop_question(Arena *arena, const SlotInfo *info, const char *subscriptions)
{
    return arena_printf(
        arena, "%s%s%s%s%sDrop replication slot \"%s\"; its position is lost for good",
        subscriptions ? "Subscription " : "", subscriptions ? subscriptions : "",
        subscriptions ? " uses it and will fail. " : "",
        info->migration ? arena_printf(arena, "It is of migration %s. ", info->migration) : "",
        info->is_active
            ? arena_printf(arena, "The session with %s is ended. ", slot_user(arena, info))
            : "",
        info->name);
}

static bool
drop(Block *block, Side side, const SlotInfo *info, const char *subscriptions, Err *err)
{
    Arena *arena = block->context->arena;
    cleanup_(str_release) Str sql = STR_INIT;
    Change change = {.object = "replication slot",
                     .name = info->name,
                     .outcome = "dropped",
                     .unchanged = "is not there",
                     .question = drop_question(arena, info, subscriptions)};

    if (info->exists && info->is_active)
    {
        sql_format(&sql, "SELECT pg_catalog.pg_terminate_backend(%R)", PARAM_I64(info->pid));
        change_add(&change, block, side, sql.data);
        str_clear(&sql);
    }
    sql_format(&sql, "SELECT pg_catalog.pg_drop_replication_slot(%L)", info->name);
    if (info->exists)
        change_add(&change, block, side, sql.data);
    if (subscriptions)
        change.note =
            arena_printf(arena, "Subscription %s on the %s used it, and fails from now on.",
                         subscriptions, side_name(side_other(side)));
    change.details = json_pack("{s:o}", "subscription", json_text(subscriptions));
    if (!block_confirm(block, &change, err))
        return false;
    /* A subscriber may come back between the two statements: slot_drop tries again. */
    if (info->exists && !block->context->config->dry_run &&
        !slot_drop(block->conns[side], info->name, err))
    {
        json_decref(change.details);
        return explain_right(block->conns[side], err);
    }
    block_report(block, &change);
    return true;
}

static bool
run_drop(const CommandContext *context, Err *err)
{
    const char *name = context->args[0];
    cleanup_(block_close) Block block;
    const char *subscriptions = NULL;
    Side side = block_side(context);
    SlotInfo info;

    block_init(&block, context);
    if (!slot_check_name(name, err) || !block_open_database(&block, side, NULL, err) ||
        !block_lock(&block, err) ||
        !slot_info(block.conns[side], name, context->arena, &info, err) ||
        (info.exists && !subscribed_by(&block, side, name, &subscriptions, err)))
        return false;
    if (info.is_active && !option_flag(context->options, "force"))
        return refuse_drop(context->arena, &info, err);
    return drop(&block, side, &info, subscriptions, err);
}

static const Option drop_options[] = {
    OPTION_ON("source"),
    {.name = "force", .type = OPTION_FLAG, .help = "end the session that uses it"},
    {.name = NULL},
};

const Command command_slot_drop = {
    .name = "slot drop",
    .arguments = "NAME",
    .summary = "remove a replication slot",
    .description =
        "The WAL that was kept for it is free to go. Whoever wants to read from it fails from then on; a subscription has to be made anew, with its rows. If "
        "the other side is given too, subscriptions there that name the slot are told before.\n\n"
        "A slot in use is refused (exit code 3), naming who uses it, unless --force is given. A lost one can be dropped like any other.",
    .examples = "pgbaton slot drop before_release --yes\npgbaton slot drop shop_sub --force",
    .options = drop_options,
    .min_args = 1,
    .max_args = 1,
    .run = run_drop,
};
