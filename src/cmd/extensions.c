/*
 * `pgbaton extensions copy`: the extensions of the source's database into the target's.
 */
#include <string.h>

#include "cmd/commands.h"
#include "cmd/transfer.h"
#include "schema/extensions.h"

static void
explain(const Statement *statement, Err *err)
{
    (void)statement;
    if (strstr(err->message, "shared_preload_libraries"))
        err_hint(
            err,
            "Add its library to shared_preload_libraries of the target (ALTER SYSTEM, or the provider's parameter group), restart the server and run this again.");
    else if (strcmp(err->sqlstate, "42501") == 0)
        err_hint(err,
                 "Have a superuser of the target create it, or the provider allow it; leave it out "
                 "by naming the others with --extension.");
}

static bool
run_extensions_copy(const CommandContext *context, Err *err)
{
    cleanup_(transfer_close) Transfer transfer;
    ExtensionsWanted wanted = {
        .only = transfer_names(context->arena, option_list(context->options, "extension")),
        .update = option_flag(context->options, "update"),
        .exact = option_flag(context->options, "exact"),
    };

    transfer_init(&transfer, context, "extensions", "copied");
    transfer.change.unchanged = "are there already";
    transfer.explain = explain;
    return transfer_open(&transfer, false, NULL, err) &&
           extensions_plan(transfer.block.conns[SIDE_SOURCE], transfer.block.conns[SIDE_TARGET],
                           &wanted, context->arena, &transfer.plan, err) &&
           transfer_run(&transfer, err);
}

static const Option copy_options[] = {
    {.name = "extension",
     .type = OPTION_LIST,
     .argument = "NAME",
     .help = "only these extensions, and what they require (default: all)"},
    {.name = "exact",
     .type = OPTION_FLAG,
     .help = "refuse when the target does not have the source's version of one"},
    {.name = "update",
     .type = OPTION_FLAG,
     .help = "update those that are there in another version than on the source"},
    {.name = NULL},
};

const Command command_extensions_copy = {
    .name = "extensions copy",
    .arguments = "",
    .summary = "install what the source's database has installed",
    .description =
        "Creates on the target each extension of the source's database that it lacks: in the same schema, which is made if need be; in the same version, "
        "or with a warning in the target's default one; what it requires before it; all in one transaction. Those that are there stay as they are.\n\n"
        "Told as warnings: libraries that shared_preload_libraries has to name, extensions that only superusers may create, "
        "configuration tables of extensions that hold rows, which \"pgbaton migrate\" copies.\n\n"
        "Exit code 3: one is not available on the target.",
    .examples =
        "pgbaton extensions copy --dry-run\npgbaton extensions copy --extension postgis --exact",
    .options = copy_options,
    .settings = "migration",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_extensions_copy,
};
