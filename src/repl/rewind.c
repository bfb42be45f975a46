#include "repl/rewind.h"

#include <inttypes.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "pg/lsn.h"
#include "pg/quote.h"
#include "repl/origin.h"
#include "repl/subscription.h"
#include "sql/sql.h"

/* The same in every refusal about slots: what would have been needed. */
static bool
hint_keep(const char *slot, Err *err)
{
    return err_hint(err,
                    "Keep a slot before what may have to be taken back: pgbaton slot copy %s NAME",
                    slot ? slot : "SLOT");
}

static bool
refuse_absent(const Conn *subscriber, const char *name, Err *err)
{
    err_set(err, ERR_REFUSED, "there is no subscription \"%s\" in database \"%s\" of the %s", name,
            conn_dbname(subscriber), side_name(conn_side(subscriber)));
    err_detail(err, "Subscriptions belong to one database, and this one has none of that name.");
    return err_hint(err, "See which there are: pgbaton origin list");
}

static bool
refuse_copying(const char *name, int64_t n_tables, Err *err)
{
    err_set(err, ERR_REFUSED, "subscription \"%s\" is still copying tables", name);
    err_detail(err,
               "%" PRId64
               " of its tables are not in step with the others, so it has no one position.",
               n_tables);
    return err_hint(err, "Wait until pg_subscription_rel has all of them in state r.");
}

static bool
check_rights(Conn *subscriber, const PGresult *sub, const char *name, Arena *arena, Err *err)
{
    const char *side = side_name(conn_side(subscriber));
    OriginRights rights;

    if (!origin_rights(subscriber, arena, &rights, err))
        return false;
    if (!result_bool(sub, 0, result_column(sub, "is_owner")))
    {
        const char *owner = result_text(sub, 0, result_column(sub, "owner"));

        err_set(err, ERR_REFUSED, "subscription \"%s\" is not %s's", name, rights.role);
        err_detail(err, "It is owned by %s, and only its owner may change it.", owner);
        return err_hint(err, "On the %s, as a superuser: GRANT %s TO %s", side, owner, rights.role);
    }
    if (rights.may_read && rights.may_set)
        return true;
    err_set(err, ERR_REFUSED, "%s may not set the position of subscription \"%s\"", rights.role,
            name);
    if (!rights.grantable)
    {
        err_detail(err, "In PostgreSQL %d only superusers may.", conn_major(subscriber));
        return err_hint(err, "Connect to the %s as a superuser.", side);
    }
    err_detail(err, "That takes EXECUTE on two functions, which only superusers have by default.");
    return err_hint(
        err,
        "In database \"%s\" of the %s, as a superuser: GRANT EXECUTE ON FUNCTION pg_catalog.pg_replication_origin_progress(text, boolean), "
        "pg_catalog.pg_replication_origin_advance(text, pg_lsn) TO %s",
        conn_dbname(subscriber), side, rights.role);
}

/* Another publisher's slots would send something else, or nothing. */
static bool
check_publisher(Conn *publisher, const PGresult *sub, const char *name, Arena *arena, Err *err)
{
    const char *missing;

    if (!conn_value(publisher, arena, sql_repl_publications_missing,
                    PARAMS(result_text(sub, 0, result_column(sub, "publications"))), &missing, err))
        return false;
    if (!missing)
        return true;
    err_set(err, ERR_REFUSED, "database \"%s\" of the %s is not what subscription \"%s\" reads",
            conn_dbname(publisher), side_name(conn_side(publisher)), name);
    err_detail(err, "It subscribes to publication \"%s\", which is not there.", missing);
    return err_hint(err, "Give its publisher, with that database, by --%s.",
                    side_name(conn_side(publisher)));
}

static bool
read_subscription(Conn *publisher, Conn *subscriber, const RewindWish *wish, Arena *arena,
                  Rewind *rewind, Err *err)
{
    cleanup_(result_release) PGresult *sub = NULL;
    int64_t n_unready;

    if (!conn_query(subscriber, sql_repl_rewind_subscription, PARAMS(wish->subscription), &sub,
                    err))
        return err_context(err, "reading subscription \"%s\"", wish->subscription);
    if (PQntuples(sub) == 0)
        return refuse_absent(subscriber, wish->subscription, err);
    if (!check_rights(subscriber, sub, wish->subscription, arena, err) ||
        !check_publisher(publisher, sub, wish->subscription, arena, err))
        return false;
    n_unready = result_i64(sub, 0, result_column(sub, "n_unready"));
    if (n_unready > 0)
        return refuse_copying(wish->subscription, n_unready, err);
    rewind->oid = arena_strdup(arena, result_text(sub, 0, result_column(sub, "oid")));
    rewind->origin = arena_printf(arena, "pg_%s", rewind->oid);
    rewind->old_slot = arena_strdup(arena, result_text(sub, 0, result_column(sub, "slot")));
    rewind->was_enabled = result_bool(sub, 0, result_column(sub, "is_enabled"));
    return origin_position(subscriber, arena, rewind->origin, &rewind->from, err);
}

static bool
refuse_own_slot(const Rewind *rewind, Err *err)
{
    err_set(err, ERR_REFUSED, "subscription \"%s\" reads from slot \"%s\" already",
            rewind->wish->subscription, rewind->old_slot);
    err_detail(
        err,
        "What a subscription has confirmed its slot does not send again: it never goes back, and setting the origin back changes nothing about it.");
    return hint_keep(rewind->old_slot, err);
}

/* A slot that another subscription reads from is not ours to take; nor does any but pgoutput send what a subscription understands. */
static bool
check_slot(Conn *publisher, Conn *subscriber, Rewind *rewind, Arena *arena, Err *err)
{
    const SlotInfo *slot = &rewind->slot;
    const char *users;
    SlotInfo old;

    if (rewind->old_slot && strcmp(slot->name, rewind->old_slot) == 0)
        return refuse_own_slot(rewind, err);
    if (!slot_require(publisher, slot, false, "read from", arena, err) ||
        !slot_subscriptions(subscriber, slot->name, arena, &users, err) ||
        !slot_info(publisher, rewind->old_slot ? rewind->old_slot : slot->name, arena, &old, err))
        return false;
    if (!slot->is_logical || strcmp(slot->plugin, "pgoutput") != 0)
    {
        err_set(err, ERR_REFUSED, "replication slot \"%s\" is not one for subscriptions",
                slot->name);
        err_detail(err, "It is %s%s, and subscriptions read from logical slots of pgoutput.",
                   slot->is_logical ? "of plugin " : "a physical one",
                   slot->is_logical ? slot->plugin : "");
    }
    else if (users)
    {
        err_set(err, ERR_REFUSED, "replication slot \"%s\" is another subscription's", slot->name);
        err_detail(err, "%s reads from it.", users);
    }
    else if (old.exists && old.two_phase && !slot->two_phase)
    {
        err_set(err, ERR_REFUSED, "replication slot \"%s\" does not decode prepared transactions",
                slot->name);
        err_detail(err, "Slot \"%s\" of the subscription does, and copies of slots do not.",
                   old.name);
    }
    else
        return true;
    return hint_keep(rewind->old_slot, err);
}

/* Can this slot, which nobody uses, send what comes after that position? */
static bool
is_candidate(const SlotInfo *slot, const Rewind *rewind, const char *database, uint64_t to)
{
    return slot->is_logical && strcmp(slot->plugin, "pgoutput") == 0 &&
           strcmp(slot->database, database) == 0 && !slot->is_active && !slot->lost &&
           !slot->is_temporary && slot->position && lsn_of(slot->position) <= to &&
           !(rewind->old_slot && strcmp(slot->name, rewind->old_slot) == 0);
}

/* Which of them somebody else counts on cannot be seen from here, so several are not chosen among. */
static bool
choose_slot(Conn *publisher, Conn *subscriber, Rewind *rewind, Arena *arena, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    uint64_t to = lsn_of(rewind->wish->lsn);
    SlotInfos slots;
    int n_found = 0;

    if (!slot_list(publisher, arena, &slots, NULL, err))
        return false;
    for (size_t i = 0; i < slots.len; i++)
    {
        const char *users;

        if (!is_candidate(&slots.items[i], rewind, conn_dbname(publisher), to))
            continue;
        if (!slot_subscriptions(subscriber, slots.items[i].name, arena, &users, err))
            return false;
        if (users)
            continue;
        rewind->slot = slots.items[i];
        str_addf(&names, "%s%s at %s", n_found++ ? ", " : "", slots.items[i].name,
                 slots.items[i].position);
    }
    if (n_found == 1)
        return true;
    if (n_found > 1)
    {
        err_set(err, ERR_REFUSED, "several slots can send what comes after %s", rewind->wish->lsn);
        err_detail(err, "They are: %s.", names.data);
        return err_hint(err, "Choose one that was kept for this: --to-slot NAME");
    }
    err_set(err, ERR_REFUSED, "subscription \"%s\" cannot go back to %s",
            rewind->wish->subscription, rewind->wish->lsn);
    err_detail(
        err,
        "No unused slot of database \"%s\" was kept at that position or before: what came after it is not sent again, and setting the origin back changes nothing about it.",
        conn_dbname(publisher));
    return hint_keep(rewind->old_slot, err);
}

/* Between the kept slot and where the subscription stands: else something is skipped, not repeated. */
static bool
check_position(const Rewind *rewind, Err *err)
{
    uint64_t to = lsn_of(rewind->to);
    const char *from = rewind->from ? rewind->from : "the beginning";

    if (to < lsn_of(rewind->slot.position))
    {
        err_set(err, ERR_REFUSED, "replication slot \"%s\" is ahead of %s", rewind->slot.name,
                rewind->to);
        err_detail(err, "It is at %s, and sends nothing from before that.", rewind->slot.position);
        return err_hint(err, "Leave --to out to go back as far as this slot does.");
    }
    if (to <= lsn_of(rewind->from))
        return true;
    err_set(err, ERR_REFUSED, "subscription \"%s\" has not come to %s yet",
            rewind->wish->subscription, rewind->to);
    err_detail(
        err,
        "It is at %s: nothing from after %s has been applied yet that could be repeated, and what lies between would be skipped.",
        from, rewind->to);
    return err_hint(err,
                    "To skip a transaction that cannot be applied: pgbaton subscription skip %s",
                    rewind->wish->subscription);
}

bool
rewind_plan(Conn *publisher, Conn *subscriber, const RewindWish *wish, Arena *arena,
            Rewind *ret_rewind, Err *err)
{
    *ret_rewind = (Rewind){.wish = wish};
    if (!read_subscription(publisher, subscriber, wish, arena, ret_rewind, err))
        return false;
    if (!wish->slot && lsn_of(wish->lsn) > lsn_of(ret_rewind->from))
    {
        ret_rewind->to = wish->lsn;
        return check_position(ret_rewind, err);
    }
    if (wish->slot ? !slot_info(publisher, wish->slot, arena, &ret_rewind->slot, err)
                   : !choose_slot(publisher, subscriber, ret_rewind, arena, err))
        return false;
    if (!check_slot(publisher, subscriber, ret_rewind, arena, err))
        return false;
    ret_rewind->to = wish->lsn ? wish->lsn : ret_rewind->slot.position;
    return check_position(ret_rewind, err);
}

void
rewind_add_disable_sql(const Rewind *rewind, Str *sql)
{
    sql_format(sql, "ALTER SUBSCRIPTION %I DISABLE", rewind->wish->subscription);
}

/*
 * The origin comes last: it moves at once, whatever becomes of the transaction, and back with the old slot it would have the last
 * transactions applied twice, as that slot confirms late.
 */
void
rewind_add_sql(const Rewind *rewind, Str *sql)
{
    sql_format(sql, "BEGIN; ALTER SUBSCRIPTION %I SET (slot_name = %L)", rewind->wish->subscription,
               rewind->slot.name);
    if (rewind->wish->enable)
        sql_format(sql, "; ALTER SUBSCRIPTION %I ENABLE", rewind->wish->subscription);
    if (lsn_of(rewind->to) != lsn_of(rewind->from))
        sql_format(sql, "; SELECT pg_catalog.pg_replication_origin_advance(%L, %L)", rewind->origin,
                   rewind->to);
    str_add(sql, "; COMMIT");
}

/* A worker that has left pg_stat_subscription has its origin for a moment more (55006, object_in_use). */
static bool
move(Conn *subscriber, const Rewind *rewind, Err *err)
{
    int64_t deadline = clock_ms() + 10000;
    cleanup_(str_release) Str sql = STR_INIT;

    rewind_add_sql(rewind, &sql);
    for (;;)
    {
        cleanup_(err_release) Err failure = {0};
        cleanup_(err_release) Err ignored = {0};

        if (conn_exec(subscriber, sql.data, &failure))
            return true;
        if (!conn_exec(subscriber, "ROLLBACK", &ignored) ||
            strcmp(failure.sqlstate, "55006") != 0 || clock_ms() > deadline)
            return err_move(err, &failure) ||
                   err_context(err, "subscription \"%s\"", rewind->wish->subscription);
        if (!cancel_sleep(20, err))
            return false;
    }
}

bool
rewind_run(Conn *subscriber, Rewind *rewind, Arena *arena, Err *err)
{
    const char *name = rewind->wish->subscription;
    cleanup_(err_release) Err ignored = {0};

    if (!subscription_disable(subscriber, name, err))
        return false;
    /* It may have applied more since it was looked at. */
    if (origin_position(subscriber, arena, rewind->origin, &rewind->from, err) &&
        check_position(rewind, err) && move(subscriber, rewind, err))
        return true;
    cancel_shield_begin();
    if (rewind->was_enabled && !subscription_enable(subscriber, name, &ignored))
        err_context(err, "subscription \"%s\" is disabled, and could not be enabled again", name);
    cancel_shield_end();
    return false;
}
