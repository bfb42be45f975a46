/*
 * When a handover is to happen: at once, at a time, when the lag is small.
 */
#ifndef PGBATON_FLOW_MOMENT_H
#define PGBATON_FLOW_MOMENT_H

#include "flow/flow.h"

typedef struct Pause Pause;

/* Of one command; its databases share it, one after the other. */
typedef struct Moment
{
    const char *
        at; /* what timestamptz takes, or HH:MM: the next one. In the time zone of the old side's server, or of $PGTZ; "": none */
    int64_t lag_below_ms; /* a marker has to take less; 0: it may take what it does */
    int64_t timeout_ms;   /* longest wait for that; 0: none */
    const char
        *at_utc; /* `at` as the first database's old side understood it; NULL: not asked yet */
} Moment;

/* Is there something to be waited for that has not come yet? Not while there is no moment (NULL). */
bool moment_is_awaited(const Pause *pause);

/* The gate: asks the old side what `at` is. ERR_USAGE when it is no time, ERR_REFUSED when it is past. */
bool gate_moment(Flow *flow, Err *err) must_check;

/* The step: waits, and looks at the gates again then. Ends with ERR_STOPPED at a signal. */
bool moment_await(Flow *flow, Err *err) must_check;

#endif
