/*
 * Inside of gates: the single ones, by what they look at, and what they share. Each returns false with ERR_REFUSED in three parts when it
 * refuses.
 */
#ifndef PGBATON_FLOW_GATE_H
#define PGBATON_FLOW_GATE_H

#include "flow/handover.h"

const char *gate_old_name(const Flow *flow);
const char *gate_new_name(const Flow *flow);

/* The first column of every row, separated by commas; "" when there is none. Params may be NO_PARAMS. */
bool gate_list(Conn *conn, const char *query, const Params *params, Str *ret_names,
               Err *err) must_check;

/* gates_state.c: the migration, its streams, and what would be done in the pause. */
bool gate_ready(Flow *flow, Err *err) must_check;
bool gate_streams(Flow *flow, Err *err) must_check;
bool gate_large_objects(Flow *flow, Err *err) must_check;
bool gate_recopy(Flow *flow, Err *err) must_check;
bool gate_drift(Flow *flow, Err *err) must_check;
bool gate_lag(Flow *flow, Err *err) must_check;

/* gates_sessions.c: who else works on the two servers, and with what settings. */
bool gate_prepared(Flow *flow, Err *err) must_check;
bool gate_transactions(Flow *flow, Err *err) must_check;
bool gate_subscriptions(Flow *flow, Err *err) must_check;
bool gate_foreign_slots(Flow *flow, Err *err) must_check;
bool gate_role_settings(Flow *flow, Err *err) must_check;
bool gate_read_only_server(Flow *flow, Err *err) must_check;
bool gate_strangers(Flow *flow, Err *err) must_check;

/* gates_objects.c: what the new side has. */
bool gate_indexes(Flow *flow, Err *err) must_check;
bool gate_sequences(Flow *flow, Err *err) must_check;

#endif
