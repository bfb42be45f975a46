/*
 * `pgbaton subscription create`, alone or with its publication and slot.
 */
#include <string.h>

#include "cmd/commands.h"
#include "cmd/subscription_make.h"
#include "pg/quote.h"

/* A slot's name takes less than that of a subscription. */
static bool
check_slot_name(const SubscriptionCreate *create, Err *err)
{
    size_t len = strspn(create->slot, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (len > 0 && len < 64 && !create->slot[len])
        return true;
    err_set(err, ERR_REFUSED, "\"%s\" cannot be the name of a replication slot", create->slot);
    err_detail(
        err,
        "Such a name has at most 63 lower case letters, digits and underscores; without --slot it is that of the subscription.");
    return err_hint(err, "Give another one: --slot NAME");
}

static bool
read_settings(SubscriptionCreate *create, Err *err)
{
    StringList list = option_list(create->options, "set");

    for (size_t i = 0; i < list.len; i++)
        if (!subscription_setting(create->work->subscriber, create->arena, list.items[i],
                                  vec_push(&create->settings, create->arena), err))
            return false;
    return true;
}

static bool
read_options(SubscriptionCreate *create, Err *err)
{
    const OptionValues *options = create->options;

    create->publications = option_list(options, "publication");
    create->slot =
        option_given(options, "slot") ? option_text(options, "slot") : create->work->name;
    create->makes_slot = !option_flag(options, "no-create-slot");
    create->makes_publication = option_flag(options, "with-publication");
    if (create->publications.len > 0 &&
        (!create->makes_publication || create->publications.len == 1))
        return check_slot_name(create, err) && read_settings(create, err);
    if (create->publications.len == 0)
        err_set(err, ERR_USAGE, "no publication is given for subscription \"%s\"",
                create->work->name);
    else
        err_set(err, ERR_USAGE, "--with-publication makes one publication, and several are given");
    err_detail(err, "A subscription reads from the publications that it names.");
    return err_hint(err, "Give --publication NAME");
}

static bool
list_has(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), name) == 0)
            return true;
    return false;
}

static bool
refuse_different(const SubscriptionCreate *create, const char *what, const char *has,
                 const char *wanted, Err *err)
{
    const SubscriptionWork *work = create->work;

    err_set(err, ERR_REFUSED, "subscription \"%s\" is there, with another %s", work->name, what);
    err_detail(err, "Its %s is %s, not %s.", what, has, wanted);
    return err_hint(err,
                    "Choose another name, or drop it first: pgbaton subscription drop %s --on %s",
                    subscription_argument(create->arena, work->name), side_name(work->side));
}

static bool
compare_publications(const SubscriptionCreate *create, Err *err)
{
    cleanup_(json_release) json_t *has =
        json_loads(create->work->info.publications, JSON_DECODE_ANY, NULL);
    bool same = json_array_size(has) == create->publications.len;
    cleanup_(str_release) Str wanted = STR_INIT;

    for (size_t i = 0; i < create->publications.len; i++)
    {
        same = same && list_has(has, create->publications.items[i]);
        str_addf(&wanted, "%s%s", i ? "," : "", create->publications.items[i]);
    }
    return same || refuse_different(create, "list of publications",
                                    create->work->info.publication_identifiers, wanted.data, err);
}

/* What is there is changed to the options that are given, where that does no harm. */
static bool
compare_setting(SubscriptionCreate *create, const json_t *options,
                const SubscriptionSetting *setting, Err *err)
{
    const SubscriptionWork *work = create->work;
    const json_t *value = json_object_get(options, setting->name);
    const char *has = json_is_string(value) ? json_string_value(value)
                      : json_is_true(value) ? "on"
                      : json_is_integer(value)
                          ? arena_printf(create->arena, "%d", (int)json_integer_value(value))
                          : "off";
    cleanup_(str_release) Str sql = STR_INIT;

    if (value && subscription_values_equal(has, setting->value))
        return true;
    if (!subscription_setting_is_harmless(setting->name))
        return refuse_different(create, arena_printf(create->arena, "value of %s", setting->name),
                                has, setting->value, err);
    sql_format(&sql, "ALTER SUBSCRIPTION %I SET (%R = %L)", work->name, setting->name,
               setting->value);
    change_add(&create->change, &work->block, work->side, sql.data);
    return true;
}

static bool
adjust(SubscriptionCreate *create, Err *err)
{
    const SubscriptionInfo *info = &create->work->info;
    cleanup_(json_release) json_t *options = json_loads(info->options, JSON_DECODE_ANY, NULL);

    create->change.outcome = "changed";
    create->change.unchanged = "is there already";
    if (!compare_publications(create, err))
        return false;
    if (!info->slot || strcmp(info->slot, create->slot) != 0)
        return refuse_different(create, "slot", info->slot ? info->slot : "none", create->slot,
                                err);
    for (size_t i = 0; i < create->settings.len; i++)
        if (!compare_setting(create, options, &create->settings.items[i], err))
            return false;
    return block_change(&create->work->block, &create->change, err);
}

static bool
run_create(const CommandContext *context, Err *err)
{
    cleanup_(subscription_end) SubscriptionWork work = {0};
    SubscriptionCreate create = {
        .arena = context->arena,
        .options = context->options,
        .work = &work,
        .change = {.object = "subscription", .name = context->args[0], .outcome = "created"}};

    work.connection = option_text(context->options, "connection");
    if (!subscription_begin(&work, context, err) || !read_options(&create, err))
        return false;
    return work.found ? adjust(&create, err) : subscription_make(&create, err);
}

static const Option options[] = {
    OPTION_ON("target"),
    OPTION_DATABASE,
    {.name = "publication",
     .type = OPTION_LIST,
     .argument = "NAMES",
     .help = "the publications to read from"},
    {.name = "connection",
     .type = OPTION_CONNINFO,
     .argument = "CONNINFO",
     .help =
         "how the subscriber's server reaches the publisher (default: source.conninfo_from_target, or as pgbaton reaches it)"},
    {.name = "slot",
     .type = OPTION_TEXT,
     .argument = "NAME",
     .help = "its slot (default: the subscription's name)"},
    {.name = "no-create-slot", .type = OPTION_FLAG, .help = "read from a slot that is there"},
    {.name = "no-copy-data",
     .type = OPTION_FLAG,
     .help = "do not copy the rows that the tables hold already"},
    {.name = "disabled", .type = OPTION_FLAG, .help = "make it, but do not start it"},
    {.name = "set",
     .type = OPTION_LIST,
     .argument = "OPTION=VALUE",
     .help =
         "binary, streaming, two_phase, disable_on_error, origin, run_as_owner, failover and others, as far as the version knows them"},
    {.name = "with-publication",
     .type = OPTION_FLAG,
     .help = "make the publication too, of --table or --all-tables"},
    {.name = "table",
     .type = OPTION_LIST,
     .argument = "TABLES",
     .help = "tables to publish, as schema.name"},
    {.name = "all-tables", .type = OPTION_FLAG, .help = "publish all tables"},
    {.name = NULL},
};

const Command command_subscription_create = {
    .name = "subscription create",
    .arguments = "NAME",
    .summary = "make a subscription, its slot, and its publication if wanted",
    .description =
        "Makes the slot on the publisher, then the subscription, which copies the rows that are there and goes on with the changes. With "
        "--with-publication the publication comes first, so that all three are one command; what was made is dropped again if a later part fails. The tables have to "
        "exist on the subscriber.\n\n"
        "If the publisher's side is not given, --connection says where it is. Where only the subscriber's server can reach that, it makes the slot by itself, which is not possible "
        "within one cluster.\n\n"
        "A subscription that is there already with the same publications and slot stays as it is, but for options of --set that differ and can be changed without "
        "harm. Exit code 3: it is there and differs in what cannot be changed, which is named.",
    .examples =
        "pgbaton subscription create shop --publication shop\n"
        "pgbaton subscription create shop --publication shop --with-publication --all-tables\n"
        "pgbaton subscription create shop --publication shop --set binary=true --set streaming=parallel --disabled",
    .options = options,
    .settings = "slot-timeout",
    .min_args = 1,
    .max_args = 1,
    .run = run_create,
};
