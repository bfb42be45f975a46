/*
 * `pgbaton config show`: the merged settings and where each one comes from.
 */
#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "base/table.h"
#include "cmd/commands.h"
#include "cmd/json.h"

/* NULL: it is not set at all. */
static const char *
origin_of(const Config *config, const Option *row)
{
    OptionOrigin origin = option_origin(config->values, row->name);

    return origin == ORIGIN_NONE ? NULL : origin_name(origin);
}

/* A setting's value in its own type. Texts as option_add_shown masks them. */
static json_t *
json_value(const OptionValues *values, const Option *row)
{
    cleanup_(str_release) Str shown = STR_INIT;

    switch (row->type)
    {
        case OPTION_FLAG:
            return json_boolean(option_flag(values, row->name));
        case OPTION_INTEGER:
        case OPTION_BYTES:
        case OPTION_DURATION:
            return json_integer(option_number(values, row->name));
        case OPTION_LIST:
        case OPTION_TEXTS:
            return json_list(option_list(values, row->name));
        case OPTION_TEXT:
        case OPTION_CONNINFO:
        case OPTION_CHOICE:
            break;
    }
    option_add_shown(&shown, values, row);
    return json_text(shown.len ? shown.data : NULL);
}

static void
show_json(const Config *config)
{
    json_t *document = json_object();
    json_t *settings = json_array();
    json_t *poolers = json_array();

    for (const Option *row = global_options; row->name; row++)
    {
        json_t *setting;

        if (!row->section)
            continue;
        setting = json_object();
        json_object_set_new(setting, "section", json_text(row->section));
        json_object_set_new(setting, "key", json_text(row->key));
        json_object_set_new(setting, "value", json_value(config->values, row));
        json_object_set_new(setting, "origin", json_text(origin_of(config, row)));
        json_array_append_new(settings, setting);
    }
    for (size_t i = 0; i < config->n_poolers; i++)
        json_array_append_new(poolers, json_text(config->poolers[i].name));
    json_object_set_new(document, "file", json_text(config->file));
    json_object_set_new(document, "settings", settings);
    json_object_set_new(document, "poolers", poolers);
    json_print(document);
}

static void
show_table(Arena *arena, const Config *config)
{
    static const TableColumn columns[] = {{"setting", false}, {"value", false}, {"origin", false}};
    Table *table = table_new(arena, columns, lengthof(columns));

    for (const Option *row = global_options; row->name; row++)
    {
        cleanup_(str_release) Str value = STR_INIT;
        cleanup_(mem_free_pointer) char *redacted = NULL;
        const char *origin = origin_of(config, row);

        if (!row->section)
            continue;
        option_add_shown(&value, config->values, row);
        redacted = redact(value.data);
        const char *cells[] = {
            arena_printf(arena, "%s.%s", row->section, row->key),
            arena_strdup(arena, redacted),
            origin ? origin : "not set",
        };

        table_add_row(table, cells);
    }
    for (size_t i = 0; i < config->n_poolers; i++)
    {
        const char *cells[] = {arena_printf(arena, "pooler %s", config->poolers[i].name),
                               config->poolers[i].file, origin_name(ORIGIN_FILE)};

        table_add_row(table, cells);
    }
    table_print(table, stdout);
}

static bool
run(const CommandContext *context, Err *err)
{
    (void)err;
    if (context->config->json)
        show_json(context->config);
    else
    {
        printf("config file: %s\n\n", context->config->file ? context->config->file : "none");
        show_table(context->arena, context->config);
    }
    return true;
}

const Command command_config_show = {
    .name = "config show",
    .arguments = "",
    .summary = "show the settings in force and where each one comes from",
    .description =
        "Merges the flags, the environment, the config file and the defaults as every command does, checks them, and "
        "prints the outcome with its origin: flag, environment, file or default. Passwords are masked. No server is "
        "asked.\n\n"
        "With --json: {\"file\", \"settings\": [{\"section\", \"key\", \"value\", \"origin\"}], \"poolers\"}; sizes are in bytes, "
        "durations in milliseconds.",
    .examples = "pgbaton config show\npgbaton config show --json --jobs 8",
    .run = run,
};
