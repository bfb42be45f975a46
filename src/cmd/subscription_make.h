/*
 * Making a subscription: what is looked at before, the parts in their order, and what is undone when one of them fails.
 */
#ifndef PGBATON_CMD_SUBSCRIPTION_MAKE_H
#define PGBATON_CMD_SUBSCRIPTION_MAKE_H

#include "cmd/subscription.h"
#include "repl/subscription_option.h"

typedef VEC(SubscriptionSetting) SubscriptionSettings;

/* What `subscription create` was told. */
typedef struct SubscriptionCreate
{
    Arena *arena;
    const OptionValues *options;
    SubscriptionWork *work;
    StringList publications;
    const char *slot;
    const char *
        connection; /* as the subscriber's server reaches the publisher; may hold a password; NULL: to be found */
    SubscriptionSettings settings;
    bool makes_slot;
    bool makes_publication;
    Change change;
} SubscriptionCreate;

/* Makes it, or in a dry run only plans it, and reports. */
bool subscription_make(SubscriptionCreate *create, Err *err) must_check;

#endif
