/*
 * `pgbaton grant ROLE`: a role with what a migration takes and no more; with --revoke, without it again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "cmd/init_ask.h"
#include "cmd/transfer.h"
#include "flow/flow.h"
#include "pg/quote.h"
#include "schema/grant.h"

static bool
read_password_file(const char *path, Arena *arena, const char **ret, Err *err)
{
    char line[1024] = "";
    FILE *file = fopen(path, "re");
    const char *reason = !file                              ? strerror(errno)
                         : !fgets(line, sizeof(line), file) ? "It is empty"
                                                            : "Its first line is empty";

    if (file)
        fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    *ret = arena_strdup(arena, line);
    if (*line)
        return true;
    err_set(err, ERR_USAGE, "no password could be read from file \"%s\"", path);
    err_detail(err, "%s.", reason);
    return err_hint(err, "Name a file whose first line is the password.");
}

/* NULL: none is to be set. */
static bool
read_password(const CommandContext *context, const char **ret, Err *err)
{
    const char *path = option_text(context->options, "password-file");

    *ret = NULL;
    if (*path)
        return read_password_file(path, context->arena, ret, err);
    if (!option_flag(context->options, "password"))
        return true;
    if (!ask_possible())
    {
        err_set(err, ERR_USAGE, "the password cannot be asked for");
        err_detail(err, "There is no terminal to ask on.");
        return err_hint(err, "Name a file that holds it: --password-file FILE");
    }
    return ask(context->arena, "password of the role", NULL, true, ret, err);
}

static bool
give(const CommandContext *context, Side side, const char *role, Err *err)
{
    cleanup_(transfer_close) Transfer transfer;
    Block *block = &transfer.block;
    bool with_source = side == SIDE_TARGET && *context->config->source.conninfo;
    const char *password;

    transfer_init(&transfer, context, "role", "granted what a migration takes");
    transfer.names_object = true;
    transfer.side = side;
    transfer.change.name = role;
    transfer.change.unchanged = "has what a migration takes already";
    transfer.n_forgiven = SIZE_MAX;

    return read_password(context, &password, err) && block_open(block, side, err) &&
           (!with_source || block_open_database(block, SIDE_SOURCE, NULL, err)) &&
           block_lock(block, err) &&
           grant_plan(block->conns[side], with_source ? block->conns[SIDE_SOURCE] : NULL, role,
                      context->arena, &transfer.plan, err) &&
           (!password || grant_plan_password(block->conns[side], role, password, context->arena,
                                             &transfer.plan, err)) &&
           transfer_run(&transfer, err);
}

/* What is done in one database; in the last one the role itself goes. */
static const char *
revoke_sql(const GrantedRole *found, const char *role, bool is_last, Arena *arena)
{
    cleanup_(str_release) Str sql = STR_INIT;

    if (found->needs_membership)
        sql_format(&sql, "GRANT %I TO CURRENT_USER; ", role);
    sql_format(&sql, "REASSIGN OWNED BY %I TO CURRENT_USER; DROP OWNED BY %I", role, role);
    if (is_last)
        sql_format(&sql, "; DROP ROLE %I", role);
    return arena_strdup(arena, sql.data);
}

/* A session in each database, so that all are looked at before anything is dropped. */
static bool
open_sessions(const Block *block, Side side, const GrantedRole *found, const char *role,
              Conn **conns, Err *err)
{
    for (size_t i = 0; i < found->databases.len; i++)
        if (!conn_open(&block->servers[side], found->databases.items[i], "command", &conns[i],
                       err) ||
            !grant_refuse_owner(conns[i], role, err))
            return false;
    return true;
}

static void
report(const CommandContext *context, Side side, const GrantedRole *found, const char *role)
{
    const Config *config = context->config;
    json_t *list = json_array();
    const char *outcome = !found->is_there ? "unchanged" : config->dry_run ? "planned" : "dropped";

    for (size_t i = 0; found->is_there && i < found->databases.len; i++)
    {
        const char *sql = revoke_sql(found, role, i + 1 == found->databases.len, context->arena);

        if (config->dry_run && !config->json)
            printf("-- on the %s, database \"%s\"\n%s;\n", side_name(side),
                   found->databases.items[i], sql);
        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "side", side_name(side),
                                              "database", json_text(found->databases.items[i]),
                                              "sql", json_text(sql)));
    }
    if (config->json)
        json_print(json_pack("{s:s, s:o, s:s, s:o}", "object", "role", "name", json_text(role),
                             "outcome", outcome, "statements", list));
    else
    {
        if (!found->is_there || !config->dry_run)
            printf("role \"%s\" %s\n", role, found->is_there ? "dropped" : "is not there");
        json_decref(list);
    }
}

static bool
revoke_in_all(const CommandContext *context, const GrantedRole *found, const char *role,
              Conn **conns, Err *err)
{
    for (size_t i = 0; i < found->databases.len; i++)
        if (!conn_exec(conns[i],
                       revoke_sql(found, role, i + 1 == found->databases.len, context->arena), err))
            return err_context(err, "role \"%s\" in database \"%s\"", role,
                               found->databases.items[i]);
    return true;
}

static bool
take(const CommandContext *context, Side side, const char *role, Err *err)
{
    cleanup_(block_close) Block block;
    GrantedRole found = {0};
    Conn **conns;
    bool ok = true;

    block_init(&block, context);
    if (!block_open(&block, side, err) || !block_lock(&block, err) ||
        !grant_look(block.conns[side], role, context->arena, &found, err))
        return false;
    conns = arena_alloc(context->arena, (found.databases.len + 1) * sizeof(Conn *));
    if (found.is_there)
        ok = open_sessions(&block, side, &found, role, conns, err) &&
             command_confirm(
                 context->config,
                 arena_printf(context->arena, "Drop role \"%s\" of the %s", role, side_name(side)),
                 err) &&
             (context->config->dry_run || revoke_in_all(context, &found, role, conns, err));
    for (size_t i = 0; i < found.databases.len; i++)
        conn_close(conns[i]);
    if (ok)
        report(context, side, &found, role);
    return ok;
}

static bool
run_grant(const CommandContext *context, Err *err)
{
    Side side = block_side(context);

    return option_flag(context->options, "revoke") ? take(context, side, context->args[0], err)
                                                   : give(context, side, context->args[0], err);
}

static const Option grant_options[] = {
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = "password",
     .type = OPTION_FLAG,
     .help = "ask for the role's password on the terminal, and set it"},
    {.name = "password-file",
     .type = OPTION_TEXT,
     .argument = "FILE",
     .help = "set the password that is the first line of FILE"},
    {.name = "revoke",
     .type = OPTION_FLAG,
     .help = "take all rights away, in every database, and drop the role"},
    {.name = NULL},
};

const Command command_grant = {
    .name = "grant",
    .arguments = "ROLE",
    .summary = "make a role that has what a migration takes, and no more",
    .description =
        "A role to log in with that is no superuser. On the source: REPLICATION (or rds_replication), CONNECT and CREATE on the database, USAGE "
        "and SELECT on all that is there and, by default privileges, on what is to come; membership in pg_monitor and pg_signal_backend, from 16 on in "
        "pg_create_subscription, and in the roles that own tables or the database, which publishing and locking takes. On the target "
        "the same but for what is to come, CREATEROLE and CREATEDB; run it with --source as well, so that it is a member of what the "
        "source's owners are called there.\n\n"
        "Each database is granted by a run of its own. What your user cannot give, and what only superusers can do, is told as a warning. Run again, "
        "it adds what has become missing.\n\n"
        "A password comes from the terminal or a file, and goes to the server as a SCRAM verifier only.\n\n"
        "--revoke drops the role, after its rights in every database; what it owns but data (schemas, functions) becomes yours. "
        "It refuses (exit code 3) while the role owns data.",
    .examples = "pgbaton grant pgbaton --on source --password-file pw\n"
                "pgbaton grant pgbaton --on target --dry-run\n"
                "pgbaton grant pgbaton --on source --revoke --yes",
    .options = grant_options,
    .settings = "migration",
    .min_args = 1,
    .max_args = 1,
    .run = run_grant,
};
