/*
 * Handing the writes over from one side to the other: the switchover gives them to the target, the rollback gives them back to the
 * source. Both are the same procedure, any number of times in turn; each leaves the streams in the other direction behind.
 *
 * Up to the point of no return, which is the commit that makes the old side read-only, a failure undoes everything and the old side goes
 * on; the locks that stop its writers end with this process, whatever happens to it. From then on there is only forward.
 */
#ifndef PGBATON_FLOW_HANDOVER_H
#define PGBATON_FLOW_HANDOVER_H

#include "flow/flow.h"
#include "flow/moment.h"
#include "flow/pause.h"
#include "schema/fingerprint.h"

struct Handover
{
    const char *name; /* of the flow in the journal, and of the command */
    Side from;
    Side to;
    const struct Handover *opposite;
};

extern const Handover handover_switchover;
extern const Handover handover_rollback;

/* All that can be undone. The write pause begins with the second table, which a rehearsal ends with; the third is the point of no return. */
extern const Step handover_steps_before[];
extern const Step handover_steps_proof[];
extern const Step handover_steps_commit[];
/* From the point of no return on. These are all run again until the last of them, which opens the new side, is done. */
extern const Step handover_steps_closing[];
extern const Step handover_steps_after[];

/*
 * On a flow that is open. Also finishes one that was begun by another pgbaton, which does not wait for a moment any more. *ret_pause is the
 * flow's, and lives as long.
 */
bool handover_run(Flow *flow, const Handover *handover, Moment *moment, Pause **ret_pause,
                  Err *err) must_check;

/* All up to the proof that every change has arrived, under real traffic; then the old side goes on. */
bool handover_rehearse(Flow *flow, const Handover *handover, Moment *moment, Pause **ret_pause,
                       Err *err) must_check;

/*
 * What is to be done about one whose process has died: undone up to its point of no return, finished after it. Nothing when somebody else
 * has seen to it.
 */
bool handover_take_over(Flow *flow, const Handover *handover, Err *err) must_check;

/* The gates alone, all of them, into (*ret_pause)->gates; changes nothing. None when it has passed its point of no return. */
bool handover_check(Flow *flow, const Handover *handover, Moment *moment, Pause **ret_pause,
                    Err *err) must_check;

/* Was its point of no return passed, and has it not come to its end since? */
bool handover_has_passed(Flow *flow, const Handover *handover, bool *ret_passed,
                         Err *err) must_check;

/* Was the point of no return passed, and the new side not opened yet? Then nobody can write. */
bool handover_is_half_done(Flow *flow, const Handover *handover, bool *ret_half_done,
                           Err *err) must_check;

/* ERR_REFUSED when it has passed its point of no return and not come to its end. */
bool handover_refuse_unfinished(Flow *flow, const Handover *handover, Err *err) must_check;

/* Is that step of its flow in this state by the journal? */
bool handover_step_is(Flow *flow, const Handover *handover, const char *step, StepState wanted,
                      bool *ret_is, Err *err) must_check;

/* Opens the flow's sessions anew, and ends what the lost ones have left running. */
bool handover_reconnect(Flow *flow, Err *err) must_check;

/* The step of handover_steps_before: ERR_REFUSED by the first gate that refuses, the others are told as notes. */
bool handover_gates(Flow *flow, Err *err) must_check;

/* ERR_REFUSED when the old side's tables are not those that the new one has. conn: a session of the old side. */
bool handover_refuse_drift(Flow *flow, Conn *conn, DriftScope scope, Err *err) must_check;

#endif
