#include "flow/cleanup.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fence/fence.h"
#include "fence/readonly.h"
#include "flow/clients.h"
#include "flow/handover.h"
#include "repl/marker.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "repl/subscription.h"
#include "sql/sql.h"

typedef struct Cleaner
{
    Flow *flow;
    CleanupOutcome *outcome;
} Cleaner;

typedef bool (*Remover)(Conn *conn, const char *name, Err *err);

/* In the order in which they can go: a subscription keeps its slot busy. */
static const struct
{
    const char *kind;
    Remover remove;
} removers[] = {
    {"subscription", subscription_drop},
    {"slot", slot_drop},
    {"publication", publication_drop},
    {"marker", marker_drop},
};

static Remover
remover_of(const char *kind)
{
    for (size_t i = 0; i < lengthof(removers); i++)
        if (strcmp(removers[i].kind, kind) == 0)
            return removers[i].remove;
    abort();
}

static void
note_removed(Cleaner *cleaner, const Conn *conn, const char *what)
{
    *vec_push(&cleaner->outcome->removed, cleaner->flow->arena) =
        arena_printf(cleaner->flow->arena, "%s of the %s", what, side_name(conn_side(conn)));
}

static bool
remove_objects(Cleaner *cleaner, Conn *conn, bool subscriptions, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_flow_cleanup_objects, PARAMS(cleaner->flow->config->migration),
                    &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        const char *kind = result_text(result, row, 0);
        const char *name = result_text(result, row, 1);

        if ((strcmp(kind, "subscription") == 0) != subscriptions)
            continue;
        if (!cleaner->flow->config->dry_run && !remover_of(kind)(conn, name, err))
            return err_context(err, "removing %s \"%s\" of the %s", kind, name,
                               side_name(conn_side(conn)));
        note_removed(cleaner, conn, arena_printf(cleaner->flow->arena, "%s %s", kind, name));
    }
    return true;
}

/* A pause that another one than this migration made stays, with its record; our own row must not keep it from being resumed. */
static bool
spare_pause(Cleaner *cleaner, Conn *conn, bool *ret_spared, Err *err)
{
    const char *migration = cleaner->flow->config->migration;
    ReadonlyState state;

    if (!readonly_read(conn, cleaner->flow->arena, &state, err))
        return false;
    *ret_spared =
        state.has_record && !(state.paused_for && strcmp(state.paused_for, migration) == 0);
    if (!*ret_spared)
        return true;
    flow_note(cleaner->flow,
              "writes to the %s stay paused, to resume them run: pgbaton writes resume %s",
              side_name(conn_side(conn)), side_name(conn_side(conn)));
    return !state.closed_by || cleaner->flow->config->dry_run ||
           conn_run(conn, "DELETE FROM pgbaton.fence WHERE migration = $1", PARAMS(migration), NULL,
                    err);
}

/* What "identity fix" has recorded is not of this migration, and would be lost with the schema. */
static bool
is_schema_in_use(Cleaner *cleaner, Conn *conn, bool *ret_used, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_flow_schema_in_use, PARAMS(cleaner->flow->config->migration), &result,
                    err))
        return false;
    *ret_used = result_bool(result, 0, 0);
    if (result_bool(result, 0, 1))
        flow_note(
            cleaner->flow,
            "replica identities of the %s stay as they were set, to put them back run: pgbaton "
            "identity restore --on %s",
            side_name(conn_side(conn)), side_name(conn_side(conn)));
    return true;
}

/*
 * Not while another migration has its journal or its markers in it, or a pause of writes or the replica identities their record.
 */
static bool
drop_unused_schema(Cleaner *cleaner, Conn *conn, Err *err)
{
    const char *migration = cleaner->flow->config->migration;
    const char *value;
    bool has_journal;
    bool is_used;
    bool spared;

    if (!conn_value(conn, cleaner->flow->arena,
                    "SELECT pg_catalog.to_regnamespace('pgbaton') IS NOT NULL", NO_PARAMS, &value,
                    err) ||
        !spare_pause(cleaner, conn, &spared, err))
        return false;
    if (*value != 't' || spared)
        return true;
    if (!is_schema_in_use(cleaner, conn, &is_used, err) || !journal_exists(conn, &has_journal, err))
        return false;
    if (is_used)
        return true;
    if (has_journal)
    {
        if (!conn_value(conn, cleaner->flow->arena,
                        "SELECT EXISTS (SELECT FROM pgbaton.migration WHERE name <> $1)",
                        PARAMS(migration), &value, err))
            return false;
        if (*value == 't')
            return true;
    }
    if (!cleaner->flow->config->dry_run && !conn_exec(conn, "DROP SCHEMA pgbaton CASCADE", err))
        return false;
    note_removed(cleaner, conn, "schema pgbaton");
    return true;
}

/* A switchover of ours that died before its point of no return, on a server that has restarted since: nobody else would take its pause back. */
static bool
lower_own_pause(Cleaner *cleaner, Conn *conn, Err *err)
{
    bool was_up = false;

    if (!cleaner->flow->config->dry_run &&
        !readonly_lower(conn, cleaner->flow->config->migration, &was_up, err))
        return false;
    if (was_up)
        note_removed(cleaner, conn, "the pause");
    return true;
}

static bool
clean_target(Cleaner *cleaner, Err *err)
{
    Flow *flow = cleaner->flow;
    StepState guarded = STEP_NONE;
    StepState opened = STEP_NONE;
    bool exists;

    if (!journal_exists(flow->dst, &exists, err))
        return false;
    if (exists && (!journal_read_step(flow->dst, flow->config->migration, "migrate", "guard",
                                      &guarded, err) ||
                   !journal_read_step(flow->dst, flow->config->migration, "switchover", "open",
                                      &opened, err)))
        return false;
    if (!remove_objects(cleaner, flow->dst, false, err))
        return false;
    if (guarded != STEP_NONE && opened != STEP_DONE)
    {
        if (!flow->config->dry_run && !fence_unguard(flow->dst, err))
            return false;
        note_removed(cleaner, flow->dst, "default_transaction_read_only");
    }
    return (!exists || flow->config->dry_run ||
            journal_drop(flow->dst, flow->config->migration, err)) &&
           lower_own_pause(cleaner, flow->dst, err) && drop_unused_schema(cleaner, flow->dst, err);
}

static bool
clean_source(Cleaner *cleaner, Err *err)
{
    Flow *flow = cleaner->flow;

    if (!fence_is_closed(flow->src, flow->config->migration, &cleaner->outcome->source_is_read_only,
                         err) ||
        !remove_objects(cleaner, flow->src, false, err) ||
        !lower_own_pause(cleaner, flow->src, err))
        return false;
    return drop_unused_schema(cleaner, flow->src, err);
}

/* Between a point of no return and the opening of the other side nobody can write anywhere: that is not to be left so. */
static bool
refuse_half_done(Flow *flow, Err *err)
{
    static const Handover *const handovers[] = {&handover_switchover, &handover_rollback};

    if (!journal_read_migration(flow->dst, flow->config->migration, flow->arena, &flow->migration,
                                &flow->is_recorded, err))
        return false;
    for (size_t i = 0; flow->is_recorded && i < lengthof(handovers); i++)
    {
        bool passed;
        bool half_done;

        if (!handover_has_passed(flow, handovers[i], &passed, err) ||
            !handover_is_half_done(flow, handovers[i], &half_done, err))
            return false;
        if (half_done)
            return handover_refuse_unfinished(flow, handovers[i], err);
        if (!passed && !flow->config->dry_run && !clients_recover(flow, handovers[i], err))
            return false;
    }
    return true;
}

static bool
open_side(Flow *flow, Side side, bool *ret_unreachable, Err *err)
{
    const Server *server = side == SIDE_SOURCE ? &flow->source : &flow->target;
    Conn **conn = side == SIDE_SOURCE ? &flow->src : &flow->dst;
    cleanup_(err_release) Err failure = {0};

    if (conn_open(server, side == SIDE_SOURCE ? flow->dbname : flow->target_dbname, "cleanup", conn,
                  &failure))
        return flow_take_lock(flow, *conn, err);
    if (failure.code != ERR_UNREACHABLE)
        return err_move(err, &failure);
    *ret_unreachable = true;
    flow_warning(flow, "%s: %s", failure.message, failure.detail ? failure.detail : "");
    return true;
}

static bool
report_unreachable(const CleanupOutcome *outcome, Err *err)
{
    const char *side = outcome->source_unreachable ? "source" : "target";

    err_set(err, ERR_UNREACHABLE, "the %s could not be cleaned up",
            outcome->source_unreachable && outcome->target_unreachable ? "source and the target"
                                                                       : side);
    err_detail(
        err,
        "It cannot be reached; a replication slot that stays there keeps WAL until its disk is full.");
    return err_hint(
        err, "Run pgbaton cleanup again when it is back, or drop there what is named pgbaton_*.");
}

static bool
clean_both(Cleaner *cleaner, Err *err)
{
    Flow *flow = cleaner->flow;
    CleanupOutcome *outcome = cleaner->outcome;
    bool both;

    if (!open_side(flow, SIDE_SOURCE, &outcome->source_unreachable, err) ||
        !open_side(flow, SIDE_TARGET, &outcome->target_unreachable, err))
        return false;
    both = !outcome->source_unreachable && !outcome->target_unreachable;
    if (both && (!refuse_half_done(flow, err) ||
                 (!flow->config->dry_run && !flow_end_leftovers(flow, err))))
        return false;
    /* A subscription first, wherever it is: it keeps the other side's slot busy. */
    if ((!outcome->target_unreachable && !remove_objects(cleaner, flow->dst, true, err)) ||
        (!outcome->source_unreachable && !remove_objects(cleaner, flow->src, true, err)))
        return false;
    if (!outcome->source_unreachable && !clean_source(cleaner, err))
        return false;
    if (!outcome->target_unreachable && !clean_target(cleaner, err))
        return false;
    return both || report_unreachable(outcome, err);
}

bool
cleanup_run(const Config *config, const FlowObserver *observer, Arena *arena, const char *database,
            const char *target_database, CleanupOutcome *ret_outcome, Err *err)
{
    Flow flow = {
        .arena = arena,
        .config = config,
        .observer = observer,
        .source = config_server(config, SIDE_SOURCE),
        .target = config_server(config, SIDE_TARGET),
        .dbname = database,
        .target_dbname = target_database,
    };
    Cleaner cleaner = {.flow = &flow, .outcome = ret_outcome};
    bool ok;

    ret_outcome->database = database;
    ok = clean_both(&cleaner, err);
    flow_close(&flow);
    return ok;
}
