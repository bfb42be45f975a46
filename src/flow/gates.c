#include "flow/gates.h"

#include <string.h>

#include "check/check.h"
#include "config/suggest.h"
#include "flow/gate.h"
#include "flow/moment.h"
#include "flow/writers.h"

const Gate gates[] = {
    {"gate-moment", "the moment of --at is to come", gate_moment, GATE_FIXED},
    {"gate-ready", "the migration is ready; for a rollback, it has been switched over", gate_ready,
     GATE_FIXED},
    {"gate-streams", "every stream has its subscription, and its slot with all the WAL it needs",
     gate_streams, GATE_FIXED},
    {"gate-prepared-transactions", "the old side has no prepared transactions", gate_prepared, 0},
    {"gate-transactions",
     "no transaction of the old side has written or held locks for longer than max_transaction_age",
     gate_transactions, GATE_OF_MOMENT},
    {"gate-subscriptions", "the old side has no enabled subscriptions but ours", gate_subscriptions,
     0},
    {"gate-foreign-slots", "the old side has no logical replication slots but ours (only warns)",
     gate_foreign_slots, GATE_WARNS},
    {"gate-large-objects", "the large objects were moved, if there are any", gate_large_objects, 0},
    {"gate-role-settings",
     "no role's own default_transaction_read_only = off would let it write to the old side afterwards",
     gate_role_settings, 0},
    {"gate-read-only-server", "the new side's server is not read-only by itself",
     gate_read_only_server, 0},
    {"gate-strangers",
     "nobody else writes to the new side, nor has a role whose own setting would let it",
     gate_strangers, GATE_OF_MOMENT},
    {"gate-indexes",
     "the new side has no index or constraint that is not valid, unless it is so on the old side",
     gate_indexes, 0},
    {"gate-sequences",
     "no sequence has used more than nine tenths of what the new side gives it, unless it cycles",
     gate_sequences, 0},
    {"gate-drift", "the definitions are those that the migration began with", gate_drift, 0},
    {"gate-recopy", "what is copied again in the write pause is within recopy_limit", gate_recopy,
     0},
    {"gate-fence", "nothing keeps the fence from stopping the writers", writers_refuse, GATE_FIXED},
    {"gate-lag", "a marker arrives within max_lag", gate_lag, GATE_OF_MOMENT | GATE_WRITES},
};

const size_t n_gates = lengthof(gates);

const char *
gate_old_name(const Flow *flow)
{
    return side_name(flow->pause->handover->from);
}

const char *
gate_new_name(const Flow *flow)
{
    return side_name(flow->pause->handover->to);
}

bool
gate_list(Conn *conn, const char *query, const Params *params, Str *ret_names, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, query, params, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        str_addf(ret_names, "%s%s", row ? ", " : "", PQgetvalue(result, row, 0));
    return true;
}

const char *
gate_state_name(GateState state)
{
    static const char *const names[] = {[GATE_PASSED] = "passed",
                                        [GATE_REFUSED] = "refused",
                                        [GATE_WARNED] = "warned",
                                        [GATE_SKIPPED] = "skipped",
                                        [GATE_NOT_RUN] = "not run"};

    return names[state];
}

size_t
gates_n_refusing(const GateResults *results)
{
    size_t n = 0;

    for (size_t i = 0; i < results->len; i++)
        n += results->items[i].state == GATE_REFUSED;
    return n;
}

/* GATE_PASSED: it is to be looked at. */
static GateState
state_before(const Flow *flow, const GateResults *so_far, const Gate *gate)
{
    if ((gate->flags & GATE_OF_MOMENT) && moment_is_awaited(flow->pause))
        return GATE_NOT_RUN;
    if (!(gate->flags & GATE_WRITES))
        return GATE_PASSED;
    if (config_skips(flow->config, gate->name))
        return GATE_SKIPPED;
    /* After a refusal there is no use in waiting for a marker. */
    return flow->config->dry_run || gates_n_refusing(so_far) > 0 ? GATE_NOT_RUN : GATE_PASSED;
}

static GateState
state_after(const Flow *flow, const Gate *gate)
{
    if (config_skips(flow->config, gate->name))
        return GATE_SKIPPED;
    return gate->flags & GATE_WARNS ? GATE_WARNED : GATE_REFUSED;
}

/* A server that is away, a stop: nothing that can be said of a gate. */
static bool
is_finding(const Err *failure)
{
    return failure->code == ERR_REFUSED || failure->code == ERR_FAILED;
}

static bool
look_at(Flow *flow, GateResult *result, Err *err)
{
    cleanup_(err_release) Err failure = {0};

    if (result->gate->refuse(flow, &failure))
        return true;
    if (!is_finding(&failure))
        return err_move(err, &failure);
    result->state = state_after(flow, result->gate);
    result->code = failure.code;
    memcpy(result->sqlstate, failure.sqlstate, sizeof(result->sqlstate));
    result->message = arena_strdup(flow->arena, failure.message);
    result->detail = arena_strdup(flow->arena, failure.detail);
    result->hint = arena_strdup(flow->arena, failure.hint);
    return true;
}

bool
gates_look(Flow *flow, GateResults *ret_results, Err *err)
{
    bool is_over = false;

    *ret_results = (GateResults){0};
    if (!gates_bound_waits(flow, (int64_t)FENCE_BUDGETS * flow->config->pause_budget_ms, err))
        return false;
    for (size_t i = 0; i < n_gates; i++)
    {
        GateState before = is_over ? GATE_NOT_RUN : state_before(flow, ret_results, &gates[i]);
        GateResult *result = vec_push(ret_results, flow->arena);

        *result = (GateResult){.gate = &gates[i], .state = before};
        if (before == GATE_PASSED && !look_at(flow, result, err))
            return false;
        is_over = is_over || (result->state == GATE_REFUSED && (gates[i].flags & GATE_FIXED));
    }
    return true;
}

static void
add_sentence(Str *s, const char *start, const char *text)
{
    if (text)
        str_addf(s, "%s%s", start, text);
}

/* The first refusal is the error, the others are told before it. */
static void
tell(Flow *flow, const GateResult *result, const GateResult *first, Str *ret_names)
{
    cleanup_(str_release) Str text = STR_INIT;

    if (!result->message)
        return;
    str_add(&text, result->message);
    add_sentence(&text, "; ", result->detail);
    add_sentence(&text, " ", result->hint);
    switch (result->state)
    {
        case GATE_REFUSED:
            if (result != first)
                flow_note(flow, "%s refuses, too: %s", result->gate->name, text.data);
            if (!(result->gate->flags & GATE_FIXED))
                str_addf(ret_names, "%s%s", ret_names->len ? "," : "", result->gate->name);
            break;
        case GATE_SKIPPED:
            flow_warning(flow, "%s is skipped: %s", result->gate->name, result->message);
            break;
        case GATE_WARNED:
            flow_warning(flow, "%s: %s", result->gate->name, text.data);
            break;
        case GATE_PASSED:
        case GATE_NOT_RUN:
            break;
    }
}

static bool
refuse_by(const GateResult *first, Err *err)
{
    err_set(err, first->code, "%s", first->message);
    memcpy(err->sqlstate, first->sqlstate, sizeof(err->sqlstate));
    if (first->detail)
        err_detail(err, "%s", first->detail);
    if (first->hint)
        err_hint(err, "%s", first->hint);
    return false;
}

bool
handover_gates(Flow *flow, Err *err)
{
    GateResults *results = &flow->pause->gates;
    const GateResult *first = NULL;
    cleanup_(str_release) Str names = STR_INIT;

    if (!gates_look(flow, results, err))
        return false;
    for (size_t i = 0; i < results->len; i++)
    {
        if (!first && results->items[i].state == GATE_REFUSED)
            first = &results->items[i];
        tell(flow, &results->items[i], first, &names);
    }
    if (!first)
        return true;
    if (names.len)
        flow_note(flow, "what refuses can be passed by: --skip-check %s", names.data);
    return refuse_by(first, err);
}

static const Gate *
find(const char *name, Suggestion *near)
{
    const Gate *found = NULL;

    for (size_t i = 0; i < n_gates; i++)
    {
        if (strcmp(gates[i].name, name) == 0)
            found = &gates[i];
        else if (!(gates[i].flags & GATE_FIXED))
            suggest(near, gates[i].name);
    }
    return found;
}

static bool
check_skip(const char *name, Err *err)
{
    Suggestion near = suggestion_for(name);
    bool is_check = check_is_known(name, &near);
    const Gate *gate = find(name, &near);

    if (is_check || (gate && !(gate->flags & GATE_FIXED)))
        return true;
    if (gate)
    {
        err_set(err, ERR_USAGE, "gate \"%s\" cannot be skipped", name);
        err_detail(err, "It holds when %s; without that there is nothing to hand over.",
                   gate->holds);
    }
    else
    {
        err_set(err, ERR_USAGE, "there is no check or gate \"%s\" to skip", name);
        if (near.best)
            err_detail(err, "The nearest known name is \"%s\".", near.best);
        else
            err_detail(err, "None has a name like it.");
    }
    return err_hint(err,
                    "The names of checks stand in the output of: pgbaton check; those of gates "
                    "in: pgbaton help switchover");
}

bool
gates_check_skips(const Config *config, Err *err)
{
    for (size_t i = 0; i < config->skip_checks.len; i++)
        if (!check_skip(config->skip_checks.items[i], err))
            return false;
    return true;
}
