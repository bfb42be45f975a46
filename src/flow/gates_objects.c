/* What the new side has: would it bear the writes as the old one does? */
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "config/filter.h"
#include "flow/gate.h"
#include "flow/stream.h"
#include "sql/sql.h"

enum
{
    MAX_NAMED = 5
};

/* A list for a message, and the statements that mend it. */
typedef struct Findings
{
    Str names;
    Str remedies;
    int n;
} Findings;

static void
findings_release(Findings *findings)
{
    str_release(&findings->names);
    str_release(&findings->remedies);
}

static void
add_finding(Findings *findings, const char *name, const char *remedy)
{
    if (findings->n++ >= MAX_NAMED)
        return;
    str_addf(&findings->names, "%s%s", findings->n > 1 ? ", " : "", name);
    str_addf(&findings->remedies, "%s%s", findings->n > 1 ? "; " : "", remedy);
}

/*
 * What mends it; NULL if it was not the migration that left it so. The old side has it valid, or has no such index: then somebody began it on the
 * target, for the migration; on the source it is from the time before, when it did no harm.
 */
static bool
find_remedy(Flow *flow, const PGresult *invalid, int row, const char **ret_remedy, Err *err)
{
    const char *object = result_text(invalid, row, 3);
    const char *name = result_text(invalid, row, 4);
    const char *is_valid;

    *ret_remedy = NULL;
    if (!filter_wants_table(flow->config, result_text(invalid, row, 0),
                            result_text(invalid, row, 1)))
        return true;
    if (!conn_value(pause_old_side(flow), flow->arena, sql_flow_gate_valid, PARAMS(object, name),
                    &is_valid, err))
        return false;
    if (is_valid)
        *ret_remedy = *is_valid == 't' ? result_text(invalid, row, 5) : NULL;
    else if (!*name && flow->pause->handover->to == SIDE_TARGET)
        *ret_remedy = result_text(invalid, row, 6);
    return true;
}

static const char *
described(Flow *flow, const PGresult *invalid, int row)
{
    const char *object = result_text(invalid, row, 3);
    const char *name = result_text(invalid, row, 4);

    return *name ? arena_printf(flow->arena, "constraint %s of %s", name, object)
                 : arena_printf(flow->arena, "index %s", object);
}

bool
gate_indexes(Flow *flow, Err *err)
{
    cleanup_(result_release) PGresult *invalid = NULL;
    cleanup_(findings_release) Findings findings = {.names = STR_INIT, .remedies = STR_INIT};
    const char *new_name = gate_new_name(flow);

    if (!conn_query(pause_new_side(flow), sql_flow_gate_invalid, NO_PARAMS, &invalid, err))
        return false;
    for (int row = 0; row < PQntuples(invalid); row++)
    {
        const char *remedy;

        if (!find_remedy(flow, invalid, row, &remedy, err))
            return false;
        if (remedy)
            add_finding(&findings, described(flow, invalid, row), remedy);
    }
    if (findings.n == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s has %d indexes or constraints that are not valid", new_name,
            findings.n);
    err_detail(err,
               "A build of them failed: the %s would serve the applications without them: %s%s.",
               new_name, findings.names.data, findings.n > MAX_NAMED ? ", and more" : "");
    return err_hint(err, "On the %s's server: %s", new_name,
                    stream_repair_command(flow, flow->pause->handover->to, findings.remedies.data));
}

static const char *
sequences_json(Arena *arena, const SequenceValues *sequences)
{
    json_t *list = json_array();

    for (size_t i = 0; i < sequences->len; i++)
        json_array_append_new(list,
                              json_pack("[s,s,s]", sequences->items[i].schema,
                                        sequences->items[i].name, sequences->items[i].last_value));
    return json_arena_text(arena, list);
}

/* Judged by the new side's definitions, since it is there that they are going to be used: there they can be widened while changes stream. */
bool
gate_sequences(Flow *flow, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(findings_release) Findings findings = {.names = STR_INIT, .remedies = STR_INIT};
    cleanup_(arena_release) Arena scratch = {0};
    SequenceValues sequences = {0};
    const char *new_name = gate_new_name(flow);

    if (!catalog_sequences(pause_old_side(flow), flow->arena, &sequences, err))
        return false;
    if (!conn_query(pause_new_side(flow), sql_flow_gate_sequences,
                    PARAMS(sequences_json(&scratch, &sequences)), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        add_finding(&findings, result_text(result, row, 0), result_text(result, row, 1));
    if (findings.n == 0)
        return true;
    err_set(err, ERR_REFUSED, "sequences are near their end: %s", findings.names.data);
    err_detail(err, "At it the inserts that need them fail, and widening them then takes long.");
    return err_hint(err, "Widen them on the %s, now that it is not in use: %s", new_name,
                    stream_repair_command(flow, flow->pause->handover->to, findings.remedies.data));
}
