/*
 * Turning the direction of a subscription round that others made, without a migration: --source is its publisher, --target has it.
 *
 * There is no journal: each step looks whether it is done, so that a run that was killed is continued by the next one. The old
 * subscription stays until the new one is there; the new slot is made while nobody writes to either side, so nothing that came from
 * the old side is sent back to it, whatever the versions.
 */
#ifndef PGBATON_FLOW_REVERSE_H
#define PGBATON_FLOW_REVERSE_H

#include "catalog/catalog.h"
#include "flow/flow.h"
#include "repl/subscription.h"

typedef struct Reverse
{
    Flow flow; /* arena, config, servers and sessions are the caller's to set */
    const char *old_name;
    const char *new_name; /* of publication, slot and subscription */
    bool fence;           /* stop the writes to the old side */
    int fence_timeout_ms;
    int timeout_ms; /* until the streams must have caught up */

    /* Found by reverse_look: */
    bool has_old; /* the old subscription is still there */
    bool has_new;
    bool is_done; /* the old one is gone, the new one applies, no marker is left */
    SubscriptionState old_state;
    SubscriptionState new_state;
    bool has_slot; /* the new one: writes were stopped and everything had arrived */
    const char *old_slot;
    const char *publications; /* as the text of an array */
    const char *origin;
    const char *marker;
    QualifiedNames tables;
} Reverse;

/* The name that the other direction gets: letters, digits and underscores, as slots have them. */
const char *reverse_default_name(Arena *arena, const char *old_name);

/* Looks, and refuses what cannot be turned round. */
bool reverse_look(Reverse *reverse, Err *err) must_check;

/* The statements that are left to do, to read. Each with its side. */
typedef void (*ReverseListener)(void *context, Side side, const char *sql);
bool reverse_plan(Reverse *reverse, ReverseListener listener, void *context, Err *err) must_check;

bool reverse_run(Reverse *reverse, Err *err) must_check;

#endif
