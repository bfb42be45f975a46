/*
 * Gates: what must hold before the old side's writers are stopped. One const table; the help, the report of a dry run and the names that
 * --skip-check takes are made from it.
 *
 * Those of a moment (a transaction that is open just now) say nothing of a handover that is still being waited for: then they are looked at
 * when its moment has come.
 */
#ifndef PGBATON_FLOW_GATES_H
#define PGBATON_FLOW_GATES_H

#include "flow/flow.h"

enum
{
    GATE_FIXED = 1,     /* cannot be skipped; when it refuses, the others are not looked at */
    GATE_OF_MOMENT = 2, /* says nothing of a later moment */
    GATE_WARNS = 4,     /* never refuses */
    GATE_WRITES = 8     /* writes a marker, and waits for it: not in a dry run, not when skipped */
};

typedef struct Gate
{
    const char *name;  /* gate-…; for --skip-check */
    const char *holds; /* what must be so; "the old side" is the one that has the writes */
    bool (*refuse)(Flow *flow, Err *err); /* false: it refuses, or could not be looked at */
    unsigned flags;
} Gate;

extern const Gate gates[];
extern const size_t n_gates;

typedef enum GateState
{
    GATE_PASSED,
    GATE_REFUSED,
    GATE_WARNED,
    GATE_SKIPPED, /* it would refuse, as its texts say; without texts it was not looked at */
    GATE_NOT_RUN,
} GateState;

/* In the flow's arena. Texts may hold a secret until they are redacted by the renderer. */
typedef struct GateResult
{
    const Gate *gate;
    GateState state;
    ErrCode code; /* of a refusal: ERR_REFUSED, or ERR_FAILED when it could not be looked at */
    char sqlstate[6];
    const char *message; /* NULL: passed, or not looked at */
    const char *detail;  /* may be NULL, and so may hint */
    const char *hint;
} GateResult;

typedef VEC(GateResult) GateResults;

/* "passed", "refused", "warned", "skipped", "not run" */
const char *gate_state_name(GateState state);

size_t gates_n_refusing(const GateResults *results);

/*
 * All of them, for the flow's handover. False only when they could not be gone through (a server is away, stopped, the command line is
 * wrong).
 */
bool gates_look(Flow *flow, GateResults *ret_results, Err *err) must_check;

/*
 * Bounds how long the flow's sessions wait for somebody's lock on a table (CREATE SUBSCRIPTION takes one on each): as long as the fence would
 * try. 0: for ever, as from the write pause on.
 */
bool gates_bound_waits(Flow *flow, int64_t timeout_ms, Err *err) must_check;

/* After such a wait was given up: ERR_REFUSED that names who is in the way. Anything else is left as it is. Returns false. */
bool gates_explain_wait(Flow *flow, Err *err);

/* ERR_USAGE when skip_checks has a name that neither a check nor a gate has, or one that cannot be skipped. */
bool gates_check_skips(const Config *config, Err *err) must_check;

#endif
