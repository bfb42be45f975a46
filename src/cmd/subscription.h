/*
 * What the commands of subscriptions share: the subscriber, the subscription, and its publisher as far as it can be asked.
 */
#ifndef PGBATON_CMD_SUBSCRIPTION_H
#define PGBATON_CMD_SUBSCRIPTION_H

#include "cmd/block.h"
#include "repl/subscription_list.h"

typedef struct SubscriptionWork
{
    Block block;
    const char *
        connection; /* of the publisher, when its side is not given: set before; NULL or "": none */
    Side side;      /* of the subscriber */
    Conn *subscriber;
    Conn *publisher;           /* NULL: not given, or out of reach */
    const char *not_reachable; /* why it is out of reach; NULL: it is not given */
    const char *name;
    bool found;
    SubscriptionInfo info; /* when found */
} SubscriptionWork;

/*
 * Opens the subscriber and, if it is given and can be reached, the publisher, in the database that the subscription reads from; takes the
 * lock, and looks for the subscription that the first argument names. Ended by subscription_end, for cleanup_, which a zeroed work is fine for.
 */
bool subscription_begin(SubscriptionWork *work, const CommandContext *context, Err *err) must_check;

void subscription_end(SubscriptionWork *work);

/* ERR_REFUSED when it is not there. */
bool subscription_require(const SubscriptionWork *work, Err *err) must_check;

/* ERR_USAGE when the publisher is not given, ERR_UNREACHABLE when it cannot be reached. */
bool subscription_require_publisher(const SubscriptionWork *work, Err *err) must_check;

/* The subscription's slot; not existing when the publisher cannot be asked, or its slot of that name is another database's. */
bool subscription_read_slot(const SubscriptionWork *work, SubscriptionSlot *ret_slot,
                            Err *err) must_check;

/* The name as it is to be typed in a shell. */
const char *subscription_argument(Arena *arena, const char *name);

/* "12.0 MB of WAL" */
const char *subscription_size_text(Arena *arena, int64_t bytes);

#endif
