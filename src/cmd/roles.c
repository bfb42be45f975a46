/*
 * `pgbaton roles copy`: the source's roles onto the target, without a migration.
 */
#include "schema/roles.h"
#include "cmd/commands.h"
#include "cmd/transfer.h"
#include "sql/sql.h"

/* A name that the source does not know is a slip of the pen. */
static bool
check_names(Conn *source, const char *names, Err *err)
{
    cleanup_(result_release) PGresult *missing = NULL;

    if (!names)
        return true;
    if (!conn_query(source, sql_check_roles_missing, PARAMS(names), &missing, err))
        return false;
    if (PQntuples(missing) == 0)
        return true;
    err_set(err, ERR_REFUSED, "role \"%s\" does not exist on the source",
            result_text(missing, 0, 0));
    err_detail(err, "Only roles of the source can be copied.");
    return err_hint(err, "List them by: pgbaton roles copy --dry-run, without --role");
}

static bool
run_roles_copy(const CommandContext *context, Err *err)
{
    cleanup_(transfer_close) Transfer transfer;
    const char *names = transfer_names(context->arena, option_list(context->options, "role"));
    bool with_passwords =
        !option_flag(context->options, "no-passwords") && !context->config->no_role_passwords;
    bool in_database;

    transfer_init(&transfer, context, "roles", "copied");
    transfer.change.unchanged = "are as on the source already";
    transfer.n_forgiven = SIZE_MAX;
    if (!transfer_open(&transfer, true, &in_database, err))
        return false;

    Conn *source = transfer.block.conns[SIDE_SOURCE];
    Conn *target = transfer.block.conns[SIDE_TARGET];

    return check_names(source, names, err) &&
           roles_plan(source, target, with_passwords, names, context->arena, &transfer.plan, err) &&
           (!in_database ||
            roles_plan_in_database(source, target, names, context->arena, &transfer.plan, err)) &&
           transfer_run(&transfer, err);
}

static const Option copy_options[] = {
    {.name = "role",
     .type = OPTION_LIST,
     .argument = "NAME",
     .help = "only these roles, with what they are members of (default: all)"},
    {.name = "no-passwords", .type = OPTION_FLAG, .help = "leave passwords alone"},
    {.name = NULL},
};

const Command command_roles_copy = {
    .name = "roles copy",
    .arguments = "",
    .summary = "make the source's roles on the target, or adjust them",
    .description =
        "Roles with their attributes, password hashes, comments and settings, their memberships with the options of each, and their settings in "
        "the target's database. Roles that the target has already are adjusted; nothing is dropped, revoked or reset. The role that "
        "pgbaton connects as keeps its attributes and its password. Settings that a role has in other databases come with a connection string that "
        "names that database.\n\n"
        "Hashes go from server to server and are never shown. A source that does not let pg_authid be read (managed services) keeps "
        "its passwords: set them on the target yourself.\n\n"
        "What the target's user may not do - SUPERUSER, say - is told as a warning, and all the rest is done, in one transaction.",
    .examples = "pgbaton roles copy --dry-run\npgbaton roles copy --role app,report --no-passwords",
    .options = copy_options,
    .settings = "migration no-role-passwords",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_roles_copy,
};
