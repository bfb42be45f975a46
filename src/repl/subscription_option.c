#include "repl/subscription_option.h"

#include <string.h>
#include <strings.h>

#include "pg/quote.h"

static const struct
{
    const char *name;
    Feature feature;
    bool is_harmless;
} options[] = {
    {"binary", FEATURE_SUBSCRIPTION_BINARY, true},
    {"streaming", FEATURE_STREAM_IN_PROGRESS, true},
    {"synchronous_commit", FEATURE_LOGICAL_REPLICATION, true},
    {"two_phase", FEATURE_SUBSCRIPTION_TWO_PHASE, false},
    {"disable_on_error", FEATURE_DISABLE_ON_ERROR, true},
    {"password_required", FEATURE_PASSWORD_REQUIRED, true},
    {"run_as_owner", FEATURE_RUN_AS_OWNER, true},
    {"origin", FEATURE_SUBSCRIPTION_ORIGIN, true},
    {"failover", FEATURE_SUBSCRIPTION_FAILOVER, false},
    {"retain_dead_tuples", FEATURE_RETAIN_DEAD_TUPLES, false},
    {"max_retention_duration", FEATURE_RETAIN_DEAD_TUPLES, true},
};

/* What CREATE SUBSCRIPTION takes too, but is said in another way here. */
static const struct
{
    const char *name;
    const char *flag;
} others[] = {
    {"slot_name", "--slot"},         {"create_slot", "--no-create-slot"}, {"enabled", "--disabled"},
    {"copy_data", "--no-copy-data"}, {"connect", "--no-copy-data"},
};

static bool
unknown(const char *text, const char *name, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    for (size_t i = 0; i < lengthof(others); i++)
        if (strcmp(others[i].name, name) == 0)
        {
            err_set(err, ERR_USAGE, "\"%s\" cannot be given by --set", name);
            err_detail(err, "It decides what is made, and has an option of its own.");
            return err_hint(err, "Use %s.", others[i].flag);
        }
    for (size_t i = 0; i < lengthof(options); i++)
        str_addf(&names, "%s%s", i ? ", " : "", options[i].name);
    err_set(err, ERR_USAGE, "\"%s\" is no option of a subscription", *name ? name : text);
    err_detail(err, "The options are: %s.", names.data);
    return err_hint(err, "Give one of them, as in: --set binary=true");
}

bool
subscription_setting(const Conn *subscriber, Arena *arena, const char *text,
                     SubscriptionSetting *ret_setting, Err *err)
{
    const char *equals = strchr(text, '=');
    const char *name = equals ? arena_strndup(arena, text, (size_t)(equals - text)) : text;

    if (!equals || !equals[1])
    {
        err_set(err, ERR_USAGE, "malformed value \"%s\" of --set", text);
        err_detail(err, "It is the name of an option, an equals sign and a value.");
        return err_hint(err, "Give it as in: --set binary=true");
    }
    for (size_t i = 0; i < lengthof(options); i++)
        if (strcmp(options[i].name, name) == 0)
        {
            *ret_setting = (SubscriptionSetting){.name = options[i].name, .value = equals + 1};
            if (strcmp(name, "streaming") == 0 && strcasecmp(equals + 1, "parallel") == 0 &&
                !conn_require(subscriber, FEATURE_STREAMING_PARALLEL, err))
                return false;
            return conn_require(subscriber, options[i].feature, err);
        }
    return unknown(text, name, err);
}

bool
subscription_setting_is_harmless(const char *name)
{
    for (size_t i = 0; i < lengthof(options); i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].is_harmless;
    return false;
}

static const char *
normal(const char *value)
{
    static const struct
    {
        const char *word;
        const char *normal;
    } words[] = {{"true", "on"},   {"1", "on"},  {"yes", "on"},
                 {"false", "off"}, {"0", "off"}, {"no", "off"}};

    for (size_t i = 0; i < lengthof(words); i++)
        if (strcasecmp(words[i].word, value) == 0)
            return words[i].normal;
    return value;
}

bool
subscription_values_equal(const char *a, const char *b)
{
    return strcasecmp(normal(a), normal(b)) == 0;
}

void
subscription_setting_add_sql(Str *sql, const SubscriptionSetting *setting)
{
    sql_format(sql, ", %R = %L", setting->name, setting->value);
}
