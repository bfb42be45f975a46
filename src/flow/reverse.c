#include "flow/reverse.h"

#include <ctype.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "flow/rest.h"
#include "flow/writes.h"
#include "pg/conninfo.h"
#include "pg/quote.h"
#include "repl/marker.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "sql/sql.h"

enum
{
    LONGEST_NAME = 63,
    LONGEST_MARKED = 40,
    POLL_MS = 5,
    SLOT_BUSY_MS = 10000
};

static const char suffix[] = "_reverse";

const char *
reverse_default_name(Arena *arena, const char *old_name)
{
    cleanup_(str_release) Str name = STR_INIT;
    size_t len = strlen(old_name);
    bool is_reverse = len > strlen(suffix) && strcmp(old_name + len - strlen(suffix), suffix) == 0;

    if (is_reverse)
        len -= strlen(suffix);
    for (size_t i = 0; i < len && name.len < LONGEST_NAME - strlen(suffix); i++)
        str_add_char(&name,
                     isascii((unsigned char)old_name[i]) && (islower((unsigned char)old_name[i]) ||
                                                             isdigit((unsigned char)old_name[i]))
                         ? old_name[i]
                         : '_');
    return arena_printf(arena, "%s%s", name.data, is_reverse ? "" : suffix);
}

static const char *
tag(Reverse *r)
{
    return arena_printf(r->flow.arena, "made by pgbaton, reverse of subscription \"%s\"",
                        r->old_name);
}

static bool
refuse_missing(const Reverse *r, Err *err)
{
    err_set(err, ERR_REFUSED, "there is no subscription \"%s\"", r->old_name);
    err_detail(err, "Database \"%s\" of the target has none of that name.",
               conn_dbname(r->flow.dst));
    return err_hint(err, "See: pgbaton subscription list --on target. The subscriber is --target, "
                         "its publisher --source.");
}

static bool
refuse_foreign_slot(const Reverse *r, Err *err)
{
    err_set(err, ERR_REFUSED, "slot \"%s\" of subscription \"%s\" is not on the source",
            r->old_slot ? r->old_slot : "", r->old_name);
    err_detail(err, "Its publisher is another server or database than --source.");
    return err_hint(err, "Give --source as the publisher of the subscription.");
}

static bool
refuse_idle(const Reverse *r, const char *detail, Err *err)
{
    err_set(err, ERR_REFUSED, "subscription \"%s\" does not carry all changes", r->old_name);
    err_detail(err, "%s", detail);
    return err_hint(err, "Mend it first, see: pgbaton subscription list --on target");
}

static bool
refuse_partial(const Reverse *r, const char *publication, Err *err)
{
    err_set(err, ERR_REFUSED, "publication \"%s\" does not publish every change", publication);
    err_detail(err, "Rows that subscription \"%s\" did not carry cannot be turned round with it.",
               r->old_name);
    return err_hint(err, "On the source: ALTER PUBLICATION … SET (publish = 'insert, update, "
                         "delete, truncate')");
}

static bool
read_tables(Reverse *r, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(r->flow.dst, sql_flow_reverse_tables, PARAMS(r->old_name), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(&r->tables, r->flow.arena) =
            (QualifiedName){arena_strdup(r->flow.arena, result_text(result, row, 0)),
                            arena_strdup(r->flow.arena, result_text(result, row, 1))};
    return true;
}

/* *ret_publication: one that has to be given the marker; NULL: none. */
static bool
read_publications(Reverse *r, const char **ret_publication, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(r->flow.src, sql_flow_reverse_publications, PARAMS(r->publications, r->marker),
                    &result, err))
        return false;
    *ret_publication = arena_strdup(r->flow.arena, result_text(result, 0, 0));
    return !result_text(result, 0, 1) || refuse_partial(r, result_text(result, 0, 1), err);
}

/* The old subscription as it is now. */
static bool
look_at_old(Reverse *r, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    const char *unused;
    SlotState slot;

    if (!conn_query(r->flow.dst, sql_flow_reverse_old, PARAMS(r->old_name), &result, err))
        return false;
    r->old_slot = arena_strdup(r->flow.arena, result_text(result, 0, 0));
    r->publications = arena_strdup(r->flow.arena, result_text(result, 0, 1));
    r->origin = arena_strdup(r->flow.arena, result_text(result, 0, 2));
    if (!read_tables(r, err) || !slot_read(r->flow.src, r->old_slot ? r->old_slot : "", &slot, err))
        return false;
    /* Its slot is the last thing but itself that goes. */
    if (r->has_new && r->has_slot)
        return true;
    if (!slot.exists)
        return refuse_foreign_slot(r, err);
    if (!r->has_slot && !r->old_state.is_enabled)
        return refuse_idle(r, "It is disabled.", err);
    if (result_i64(result, 0, 3) > 0)
        return refuse_idle(r, "Some of its tables are still being copied.", err);
    return read_publications(r, &unused, err);
}

/* What has that name and is not ours is not touched. */
static bool
refuse_taken(Reverse *r, Err *err)
{
    const char *taken;

    if (!conn_value(r->flow.dst, r->flow.arena,
                    "SELECT true FROM pg_catalog.pg_publication WHERE pubname = $1 AND"
                    " pg_catalog.obj_description(oid, 'pg_publication') IS DISTINCT FROM $2",
                    PARAMS(r->new_name, tag(r)), &taken, err))
        return false;
    if (!taken)
        return true;
    err_set(err, ERR_REFUSED, "there is a publication \"%s\" on the target already", r->new_name);
    err_detail(err, "It is not one that this command made.");
    return err_hint(err, "Choose another name: pgbaton subscription reverse --as NAME …");
}

/* Slots are of the whole server. */
static bool
refuse_taken_slot(Reverse *r, Err *err)
{
    const char *database;

    if (!conn_value(r->flow.dst, r->flow.arena,
                    "SELECT COALESCE(database, '') FROM pg_catalog.pg_replication_slots WHERE "
                    "slot_name = $1 AND database IS DISTINCT FROM pg_catalog.current_database()",
                    PARAMS(r->new_name), &database, err))
        return false;
    if (!database)
        return true;
    err_set(err, ERR_REFUSED, "there is a slot \"%s\" on the target already", r->new_name);
    err_detail(err, "It is of database \"%s\".", database);
    return err_hint(err, "Choose another name: pgbaton subscription reverse --as NAME …");
}

bool
reverse_look(Reverse *r, Err *err)
{
    Arena *arena = r->flow.arena;
    SlotState slot;
    const char *marked;

    r->marker = arena_printf(arena, "marker_%.*s", LONGEST_MARKED, r->new_name);
    if (!subscription_read(r->flow.dst, r->old_name, arena, &r->old_state, err) ||
        !subscription_read(r->flow.src, r->new_name, arena, &r->new_state, err) ||
        !slot_read(r->flow.dst, r->new_name, &slot, err) || !refuse_taken(r, err) ||
        !refuse_taken_slot(r, err))
        return false;
    r->has_old = r->old_state.exists;
    r->has_new = r->new_state.exists;
    r->has_slot = slot.exists;
    if (!r->has_old && !(r->has_new && r->has_slot))
        return refuse_missing(r, err);
    if (!conn_value(r->flow.dst, arena,
                    "SELECT pg_catalog.to_regclass('pgbaton.' || pg_catalog.quote_ident($1))",
                    PARAMS(r->marker), &marked, err))
        return false;
    r->is_done = !r->has_old && r->new_state.is_enabled && !marked;
    return !r->has_old || look_at_old(r, err);
}

/* Adds the marker to what the old subscription carries. */
static bool
give_marker(Reverse *r, Err *err)
{
    cleanup_(str_release) Str add = STR_INIT;
    cleanup_(str_release) Str refresh = STR_INIT;
    const char *publication;

    if (!marker_create(r->flow.src, r->marker, err) ||
        !marker_create(r->flow.dst, r->marker, err) || !read_publications(r, &publication, err))
        return false;
    sql_format(&add, "ALTER PUBLICATION %I ADD TABLE ONLY %Q", publication ? publication : "",
               "pgbaton", r->marker);
    sql_format(&refresh, "ALTER SUBSCRIPTION %I REFRESH PUBLICATION WITH (copy_data = false)",
               r->old_name);
    return (!publication || conn_exec(r->flow.src, add.data, err)) &&
           (conn_exec(r->flow.dst, refresh.data, err) ||
            err_context(err, "subscription \"%s\"", r->old_name));
}

/* A marker from one side to the other, within the time. */
static bool
prove(Reverse *r, Side publisher, Err *err)
{
    Conn *from = flow_conn(&r->flow, publisher);
    Conn *to = flow_conn(&r->flow, side_other(publisher));
    int64_t value;
    bool arrived;

    if (!marker_write(from, r->marker, &value, err) ||
        !marker_wait(to, r->marker, value, POLL_MS, clock_ms() + r->timeout_ms, &arrived, err))
        return false;
    if (arrived)
        return true;
    err_set(err, ERR_REFUSED, "changes of the %s do not arrive on the %s in time",
            side_name(publisher), side_name(side_other(publisher)));
    err_detail(err, "A marker written on the %s was waited for.", side_name(publisher));
    return err_hint(err,
                    "Look for the reason with: pgbaton subscription list --on %s, or wait "
                    "longer with --timeout, and run this again.",
                    side_name(side_other(publisher)));
}

/*
 * A publication FOR ALL TABLES carries the record of the pause, too, and a table that the subscriber lacks would stop it. One that its subscription does
 * not know of it passes over.
 */
static bool
make_room_for_record(Reverse *r, Err *err)
{
    const char *all;

    return conn_value(r->flow.src, r->flow.arena,
                      "SELECT pg_catalog.bool_or(puballtables) FROM pg_catalog.pg_publication"
                      " WHERE pubname = ANY ($1::text[])",
                      PARAMS(r->publications), &all, err) &&
           (!all || *all != 't' || conn_exec(r->flow.dst, sql_fence_pause_create, err));
}

static bool
raise_fence(Reverse *r, Err *err)
{
    const char *database = conn_dbname(r->flow.src);
    StringList databases = {.items = &database, .len = 1};
    WritesPause pause;

    if (!r->fence)
        return true;
    return make_room_for_record(r, err) &&
           writes_pause(r->flow.config, SIDE_SOURCE, &databases, 0, r->fence_timeout_ms, false,
                        r->flow.arena, &pause, err);
}

static void
lower_fence(Reverse *r)
{
    cleanup_(err_release) Err ignored = {0};
    bool was_paused;

    if (r->fence && !writes_resume(r->flow.config, SIDE_SOURCE, conn_dbname(r->flow.src),
                                   r->flow.arena, &was_paused, &ignored))
        flow_warning(&r->flow,
                     "writes to the source are still paused: %s; run: pgbaton writes resume source",
                     ignored.message);
}

/* The publications as pgoutput takes them: quoted names with commas between them. */
static bool
publication_names(Reverse *r, const char **ret_names, Err *err)
{
    return conn_value(
        r->flow.dst, r->flow.arena,
        "SELECT pg_catalog.string_agg('\"' || pg_catalog.replace(p, '\"', '\"\"') || '\"', ',') FROM pg_catalog.unnest($1::text[]) AS p",
        PARAMS(r->publications), ret_names, err);
}

/* A subscription that is disabled is read for by its walsender for a moment more. */
static bool
count_unapplied(Reverse *r, const char *names, const char *applied, const char **ret_n, Err *err)
{
    int64_t deadline = clock_ms() + SLOT_BUSY_MS;

    for (;;)
    {
        cleanup_(err_release) Err failure = {0};

        if (conn_value(r->flow.src, r->flow.arena, sql_flow_reverse_unapplied,
                       PARAMS(r->old_slot, names, applied), ret_n, &failure))
            return true;
        /* object_in_use */
        if (strcmp(failure.sqlstate, "55006") != 0 || clock_ms() > deadline)
            return err_move(err, &failure);
        if (!cancel_sleep(POLL_MS, err))
            return false;
    }
}

/* What the old slot still holds is proof that somebody wrote after the marker. */
static bool
refuse_unapplied(Reverse *r, Err *err)
{
    const char *names;
    const char *applied;
    const char *n = NULL;

    if (!publication_names(r, &names, err) ||
        !conn_value(r->flow.dst, r->flow.arena,
                    "SELECT pg_catalog.pg_replication_origin_progress($1, true)", PARAMS(r->origin),
                    &applied, err) ||
        !count_unapplied(r, names, applied ? applied : "0/0", &n, err))
        return false;
    if (strcmp(n, "0") == 0)
        return true;
    err_set(err, ERR_REFUSED, "somebody writes to the source");
    err_detail(err, "%s transactions came after everything else had arrived on the target.", n);
    return err_hint(err, "Stop the writers, or have their writes stopped: pgbaton subscription "
                         "reverse --pause-writes …");
}

/* Back to where it was. */
static void
let_go(Reverse *r)
{
    cleanup_(err_release) Err ignored = {0};

    cancel_shield_begin();
    /* Not the marker: a change of it that is still on its way would stop the subscription. */
    if (!slot_drop(r->flow.dst, r->new_name, &ignored) ||
        !publication_drop(r->flow.dst, r->new_name, &ignored) ||
        !subscription_enable(r->flow.dst, r->old_name, &ignored))
        flow_warning(&r->flow, "could not enable subscription \"%s\" again: %s", r->old_name,
                     ignored.message);
    lower_fence(r);
    cancel_shield_end();
}

/* Everything has arrived, and the new side's slot begins there. */
static bool
change_direction(Reverse *r, Err *err)
{
    return raise_fence(r, err) && prove(r, SIDE_SOURCE, err) &&
           subscription_disable(r->flow.dst, r->old_name, err) && refuse_unapplied(r, err) &&
           slot_create(r->flow.dst, r->new_name, r->flow.config->slot_timeout_ms, err) &&
           refuse_unapplied(r, err);
}

static bool
make_slot(Reverse *r, Err *err)
{
    if (r->has_slot)
        return subscription_disable(r->flow.dst, r->old_name, err) &&
               (r->has_new || (raise_fence(r, err) && refuse_unapplied(r, err)));
    if (!give_marker(r, err) ||
        !publication_create(r->flow.dst, r->new_name, tag(r), &r->tables, r->marker,
                            conn_version(r->flow.src), err) ||
        !prove(r, SIDE_SOURCE, err))
        return false;
    journal_kill_point("reverse", "prepare", "done");
    if (change_direction(r, err))
        return true;
    let_go(r);
    return false;
}

static bool
make_subscription(Reverse *r, Err *err)
{
    SubscriptionSpec spec = {
        .name = r->new_name,
        .comment = tag(r),
        .publisher_conninfo = flow_publisher_conninfo(&r->flow, SIDE_TARGET),
        .only_local_changes = true,
    };

    return r->has_new || subscription_create(r->flow.src, &spec, err);
}

/* With it goes what somebody may have written since: the last look, before which all can still be undone. */
static bool
drop_old_slot(Reverse *r, Err *err)
{
    cleanup_(err_release) Err ignored = {0};
    SlotState slot;

    if (!slot_read(r->flow.src, r->old_slot ? r->old_slot : "", &slot, err))
        return false;
    if (!slot.exists)
        return true;
    if (refuse_unapplied(r, err))
        return slot_drop(r->flow.src, r->old_slot, err);
    if (!subscription_drop(r->flow.src, r->new_name, &ignored))
        flow_warning(&r->flow, "could not drop subscription \"%s\": %s", r->new_name,
                     ignored.message);
    let_go(r);
    return false;
}

/* From the old subscription to the new one. */
static bool
replace(Reverse *r, Err *err)
{
    if (!make_slot(r, err))
        return false;
    journal_kill_point("reverse", "slot", "done");
    if (!make_subscription(r, err))
        return false;
    journal_kill_point("reverse", "subscription", "done");
    if (!rest_copy_sequences(r->flow.src, r->flow.dst, err) || !drop_old_slot(r, err))
        return false;
    journal_kill_point("reverse", "old_slot", "done");
    return subscription_drop(r->flow.dst, r->old_name, err);
}

/* Made for a publication of all tables; one that is in use has a row. */
static bool
drop_empty_record(Reverse *r, Err *err)
{
    cleanup_(err_release) Err none = {0};
    const char *used;

    if (!conn_value(
            r->flow.dst, r->flow.arena,
            "SELECT EXISTS (SELECT FROM pgbaton.write_pause) OR EXISTS (SELECT FROM pgbaton.fence)",
            NO_PARAMS, &used, &none))
        return none.code != ERR_UNREACHABLE || err_move(err, &none);
    return *used == 't' ||
           conn_exec(r->flow.dst,
                     "DROP TABLE pgbaton.write_pause, pgbaton.write_pause_change, pgbaton.fence",
                     err);
}

/* Schema pgbaton stays where something else is in it. */
static bool
drop_markers(Reverse *r, Err *err)
{
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
    {
        cleanup_(err_release) Err ignored = {0};
        Conn *conn = flow_conn(&r->flow, side_other(side));

        if (!marker_drop(conn, r->marker, err))
            return false;
        if (!conn_exec(conn, "DROP SCHEMA pgbaton", &ignored) && ignored.code == ERR_UNREACHABLE)
            return err_move(err, &ignored);
    }
    return true;
}

bool
reverse_run(Reverse *r, Err *err)
{
    if (r->is_done)
        return true;
    if (r->has_old && !replace(r, err))
        return false;
    journal_kill_point("reverse", "old_subscription", "done");
    /* A run that was killed after it dropped one of them: the other side's is not needed any more. */
    if (!marker_create(r->flow.dst, r->marker, err) ||
        !marker_create(r->flow.src, r->marker, err) ||
        !subscription_enable(r->flow.src, r->new_name, err))
        return false;
    journal_kill_point("reverse", "enable", "done");
    return prove(r, SIDE_TARGET, err) && drop_empty_record(r, err) && drop_markers(r, err);
}

static void
plan_new_side(Reverse *r, ReverseListener listener, void *context)
{
    Arena *arena = r->flow.arena;
    cleanup_(str_release) Str publication = STR_INIT;
    cleanup_(str_release) Str slot = STR_INIT;
    cleanup_(str_release) Str old = STR_INIT;

    publication_add_sql(&publication, r->flow.dst, r->new_name, tag(r), &r->tables, r->marker,
                        conn_version(r->flow.src));
    listener(context, SIDE_TARGET, arena_strdup(arena, publication.data));
    if (r->fence)
        listener(context, SIDE_SOURCE,
                 "-- the writes are stopped, as by: pgbaton writes pause source");
    sql_format(&old, "ALTER SUBSCRIPTION %I DISABLE", r->old_name);
    listener(context, SIDE_TARGET, arena_strdup(arena, old.data));
    slot_add_create_sql(&slot, &(SlotSpec){.name = r->new_name, .plugin = "pgoutput"});
    listener(context, SIDE_TARGET, arena_strdup(arena, slot.data));
}

bool
reverse_plan(Reverse *r, ReverseListener listener, void *context, Err *err)
{
    Arena *arena = r->flow.arena;
    cleanup_(str_release) Str create = STR_INIT;
    cleanup_(str_release) Str drop_slot = STR_INIT;
    cleanup_(str_release) Str drop = STR_INIT;
    cleanup_(str_release) Str enable = STR_INIT;
    SubscriptionSpec spec = {.name = r->new_name,
                             .publisher_conninfo = conninfo_redacted(
                                 arena, flow_publisher_conninfo(&r->flow, SIDE_TARGET)),
                             .only_local_changes = true};

    (void)err;
    if (r->is_done)
        return true;
    if (r->has_old && !r->has_slot)
        plan_new_side(r, listener, context);
    subscription_add_sql(&create, conn_version(r->flow.src), &spec);
    if (!r->has_new)
        listener(context, SIDE_SOURCE, create.data);
    sql_format(&drop_slot, "SELECT pg_catalog.pg_drop_replication_slot(%L)", r->old_slot);
    sql_format(&drop, "ALTER SUBSCRIPTION %I SET (slot_name = NONE);\nDROP SUBSCRIPTION %I",
               r->old_name, r->old_name);
    if (r->has_old)
    {
        listener(context, SIDE_TARGET, "-- every sequence is set to the source's value");
        listener(context, SIDE_SOURCE, drop_slot.data);
        listener(context, SIDE_TARGET, drop.data);
    }
    sql_format(&enable, "ALTER SUBSCRIPTION %I ENABLE", r->new_name);
    listener(context, SIDE_SOURCE, enable.data);
    return true;
}
