#include <stdio.h>

#include "base/clock.h"
#include "cmd/commands.h"
#include "cmd/json.h"
#include "cmd/observer.h"
#include "flow/join.h"

static void
print_outcome(const JoinOutcome *o)
{
    cleanup_(str_release) Str line = STR_INIT;

    str_addf(&line, "database \"%s\": the copy is %s; done here: %lld chunks, %lld rows, ",
             o->database, o->state, (long long)o->done.chunks, (long long)o->done.rows);
    str_add_size(&line, o->done.bytes);
    str_addf(&line, ", %lld indexes in ", (long long)o->done.indexes);
    clock_add_duration(&line, o->duration_ms);
    puts(line.data);
}

static json_t *
outcome_json(const JoinOutcome *o)
{
    return json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "database",
                     json_text(o->database), "target_database", json_text(o->target_database),
                     "state", o->state, "chunks", (json_int_t)o->done.chunks, "rows",
                     (json_int_t)o->done.rows, "bytes", (json_int_t)o->done.bytes, "indexes",
                     (json_int_t)o->done.indexes, "waited_ms", (json_int_t)o->waited_ms,
                     "duration_ms", (json_int_t)o->duration_ms);
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    StringList databases = {0};
    cleanup_(json_release) json_t *list = json_array();

    if (!flow_databases(config, context->arena, &databases, err))
        return false;
    for (size_t i = 0; i < databases.len; i++)
    {
        JoinOutcome outcome;
        bool ok = join_run(config, &command_observer, context->arena, databases.items[i],
                           option_number(context->options, "wait"), &outcome, err);

        observer_end();
        if (!ok)
            return err_context(err, "database \"%s\"", databases.items[i]);
        if (config->json)
            json_array_append_new(list, outcome_json(&outcome));
        else
            print_outcome(&outcome);
    }
    if (config->json)
        json_print(json_pack("{s:s, s:O}", "migration", config->migration, "databases", list));
    return true;
}

static const Option options[] = {
    {.name = "wait",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "10min",
     .max = 604800000,
     .help = "longest wait for a copy to take part in; 0: none"},
    {.name = NULL},
};

const Command command_join = {
    .name = "join",
    .arguments = "",
    .summary = "take part in a running copy with workers of this host",
    .description =
        "Run it on other hosts beside pgbaton migrate, with the same settings: its workers claim rows to copy and indexes to build from the "
        "same journal, under the same snapshot. Its --jobs, --index-jobs and --rate-limit are its own. It may come and go, and be "
        "killed, at any time: what it was at is done by another.\n\n"
        "It waits for the copy to begin, and for pgbaton migrate to be run again when that has ended too early, each time up to --wait. It "
        "ends when the copy is over, at once if that is so already. pgbaton migrate alone does what comes before and after the "
        "copy.",
    .examples = "pgbaton -c shop.conf join --jobs 8\npgbaton -c shop.conf join --rate-limit 50MB",
    .options = options,
    .settings = "migration databases jobs index-jobs rate-limit slot-timeout",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run,
};
