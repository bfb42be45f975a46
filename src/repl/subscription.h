/*
 * Subscriptions onto a slot that exists and data that are there (create_slot = false, copy_data = false).
 */
#ifndef PGBATON_REPL_SUBSCRIPTION_H
#define PGBATON_REPL_SUBSCRIPTION_H

#include "base/str.h"
#include "pg/conn.h"

typedef struct SubscriptionSpec
{
    const char *name; /* of the subscription, its slot and its publication */
    const char *comment;
    const char *publisher_conninfo; /* as the subscriber's server uses it; may hold a password */
    bool only_local_changes;        /* origin = none, where the subscriber's version has it */
} SubscriptionSpec;

/* Made disabled; may be part of the caller's transaction. The subscriber connects to the publisher at once. */
bool subscription_create(Conn *subscriber, const SubscriptionSpec *spec, Err *err) must_check;

/* The statement that subscription_create runs, for a subscriber of that version. */
void subscription_add_sql(Str *sql, int subscriber_version, const SubscriptionSpec *spec);

bool subscription_enable(Conn *subscriber, const char *name, Err *err) must_check;

/* Disables it and waits until its workers are gone. */
bool subscription_disable(Conn *subscriber, const char *name, Err *err) must_check;

/* Leaves the slot on the publisher alone, so that it works with the publisher gone. Not there is fine. */
bool subscription_drop(Conn *subscriber, const char *name, Err *err) must_check;

typedef struct SubscriptionError
{
    const char *text; /* message and detail; NULL: none was found */
    const char
        *finish_lsn; /* of the transaction that it stopped, as SKIP takes it; NULL: not told */
} SubscriptionError;

/*
 * The last error that the worker of the subscription with that oid left in the server log; nothing where this role may not read it (that takes
 * pg_read_server_files), and before 15, when the log did not tell whose an error was.
 */
bool subscription_last_error(Conn *subscriber, const char *oid, Arena *arena,
                             SubscriptionError *ret_error, Err *err) must_check;

typedef struct SubscriptionState
{
    bool exists;
    bool is_enabled;
    bool has_worker;      /* an apply worker is running */
    int64_t tables;       /* it knows of */
    int64_t tables_ready; /* in state r */
    int64_t apply_errors; /* since the statistics were reset; -1: the version does not count them */
    const char *
        error_text; /* the last error its worker left in the server log, as far as it can be read; NULL */
} SubscriptionState;

bool subscription_read(Conn *subscriber, const char *name, Arena *arena,
                       SubscriptionState *ret_state, Err *err) must_check;

#endif
