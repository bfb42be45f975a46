/*
 * The options of subscriptions that may be set by name, by the version that knows them.
 */
#ifndef PGBATON_REPL_SUBSCRIPTION_OPTION_H
#define PGBATON_REPL_SUBSCRIPTION_OPTION_H

#include "base/str.h"
#include "pg/conn.h"

typedef struct SubscriptionSetting
{
    const char *name;
    const char *value; /* as it was given; the server judges it */
} SubscriptionSetting;

/*
 * Takes "name=value" apart. ERR_USAGE: no such option, or one that has a flag of its own; ERR_REFUSED: the server's version does
 * not have it.
 */
bool subscription_setting(const Conn *subscriber, Arena *arena, const char *text,
                          SubscriptionSetting *ret_setting, Err *err) must_check;

/* Can it be changed on a subscription that is there, without losing anything? */
bool subscription_setting_is_harmless(const char *name);

/* Do two values mean the same: "true" and "on"? */
bool subscription_values_equal(const char *a, const char *b);

/* Adds ", name = 'value'". */
void subscription_setting_add_sql(Str *sql, const SubscriptionSetting *setting);

#endif
