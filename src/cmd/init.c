/*
 * `pgbaton init`: writes the config file.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/redact.h"
#include "cmd/commands.h"
#include "cmd/init_ask.h"
#include "cmd/init_file.h"
#include "cmd/json.h"
#include "flow/flow.h"
#include "pg/conninfo.h"
#include "schema/database.h"

typedef struct InitSide
{
    Side side;
    const char *conninfo; /* with the password, for connecting */
    const char *to_write; /* as it goes into the file */
    const char *password; /* "" if the string has none */
    const char *system_identifier;
    int version; /* 0: not connected */
} InitSide;

typedef struct Init
{
    const CommandContext *context;
    bool interactive;
    const char *file;
    const char *databases; /* NULL: not given */
    InitSide sides[2];
} Init;

static const Option options[] = {
    {
        .name = "store-password",
        .type = OPTION_TEXT,
        .argument = "WHERE",
        .default_text = "nowhere",
        .help = "keep the passwords nowhere, in the passfile (~/.pgpass), or in the config",
    },
    {
        .name = "offline",
        .type = OPTION_FLAG,
        .help = "do not connect; the servers are not pinned",
    },
    {.name = NULL},
};

static bool
ask_conninfo(Init *init, InitSide *side, Err *err)
{
    Arena *arena = init->context->arena;
    const char *question =
        arena_printf(arena, "Connection string of the %s (URI or host=... dbname=... user=...)",
                     side_name(side->side));

    for (;;)
    {
        cleanup_(err_release) Err malformed = {0};

        if (!ask(arena, question, NULL, false, &side->conninfo, err))
            return false;
        if (conninfo_check(side->conninfo, "the answer", &malformed))
            return true;
        log_error(&malformed);
    }
}

static bool
ask_password(Init *init, InitSide *side, Err *err)
{
    Arena *arena = init->context->arena;
    const char *question = arena_printf(
        arena, "Password of the %s, not shown (nothing: none, or it is in the password file)",
        side_name(side->side));
    const char *password;

    if (conninfo_has_password(side->conninfo))
        return true;
    if (!ask(arena, question, "", true, &password, err))
        return false;
    if (*password)
        side->conninfo = conninfo_with(arena, side->conninfo, "password", password);
    return conninfo_check(side->conninfo, "the answer", err); /* registers the password */
}

/* A target database that is not there yet is made by migrate: another one of its server tells who the server is. */
static bool
connect_instead(const Init *init, const Server *server, Conn **ret_conn, Err *failure, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    cleanup_(err_release) Err ignored = {0};
    const char *dbname = conninfo_value(init->context->arena, server->conninfo, "dbname");
    bool exists = false;

    /* The text may be in any language, but one about the database names it. */
    if (server->side != SIDE_TARGET || failure->code != ERR_UNREACHABLE || !failure->detail ||
        !strstr(failure->detail, dbname) || !flow_open_maintenance(server, &conn, &ignored) ||
        (*dbname && !database_exists(conn, dbname, &exists, &ignored)) || exists)
        return err_move(err, failure);
    if (*dbname)
        log_info("the target has no database \"%s\" yet: pgbaton migrate will create it", dbname);
    *ret_conn = conn;
    conn = NULL;
    return true;
}

static bool
connect_side(Init *init, InitSide *side, Conn **ret_conn, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    Server server = {.side = side->side, .conninfo = side->conninfo};
    Conn *conn;

    if (!conn_open(&server, NULL, "init", &conn, &failure) &&
        !connect_instead(init, &server, &conn, &failure, err))
        return false;
    side->version = conn_version(conn);
    side->system_identifier = arena_strdup(init->context->arena, conn_system_identifier(conn));
    if (!*side->system_identifier)
        log_warning("the %s does not tell its system identifier to this role: it is not pinned",
                    side_name(side->side));
    *ret_conn = conn;
    return true;
}

/* Until the side answers, or the user writes it unseen. */
static bool
reach_side(Init *init, InitSide *side, bool asked, Conn **ret_conn, Err *err)
{
    *ret_conn = NULL;
    for (;;)
    {
        cleanup_(err_release) Err failure = {0};
        char choice;

        if (asked && (!ask_conninfo(init, side, err) || !ask_password(init, side, err)))
            return false;
        if (option_flag(init->context->options, "offline") ||
            connect_side(init, side, ret_conn, &failure))
            return true;
        if (!asked || failure.code == ERR_STOPPED)
            return err_move(err, &failure);
        log_error(&failure);
        if (!ask_letter("(t)ry another one, (w)rite it all the same, or (q)uit", "twq", 't',
                        &choice, err))
            return false;
        if (choice == 'q')
            return err_move(err, &failure);
        if (choice == 'w')
            return true;
    }
}

/* 'n'owhere, 'p'assfile, 'c'onfig */
static bool
choose_store(const Init *init, const InitSide *side, char *ret_choice, Err *err)
{
    const CommandContext *context = init->context;
    const char *question = arena_printf(
        context->arena,
        "Keep the password of the %s (n)owhere, in the (p)assword file or in the (c)onfig file",
        side_name(side->side));

    *ret_choice = option_text(context->options, "store-password")[0];
    if (!init->interactive || option_given(context->options, "store-password"))
        return true;
    return ask_letter(question, "npc", 'n', ret_choice, err);
}

static bool
store_password(Init *init, InitSide *side, Conn *conn, Err *err)
{
    Arena *arena = init->context->arena;
    char choice;

    side->to_write = side->conninfo;
    side->password = conninfo_value(arena, side->conninfo, "password");
    if (!*side->password)
        return true;
    if (!choose_store(init, side, &choice, err))
        return false;
    if (choice == 'c')
        return true;
    side->to_write = conninfo_with(arena, side->conninfo, "password", NULL);
    if (choice == 'n' || init->context->config->dry_run)
    {
        log_info(
            "the password of the %s is not stored: give it by a password file or by $PGBATON_%s",
            side_name(side->side), side->side == SIDE_SOURCE ? "SOURCE" : "TARGET");
        return true;
    }
    if (conn)
        return init_add_to_passfile(conn_pg(conn), side->password, err);
    err_set(err, ERR_USAGE, "could not put the password of the %s into the password file",
            side_name(side->side));
    err_detail(err,
               "Its line there needs the host, port and user of a connection, and there was none.");
    return err_hint(err, "Leave out --offline, or use --store-password nowhere.");
}

static bool
do_side(Init *init, Side which, const ServerConfig *given, Err *err)
{
    InitSide *side = &init->sides[which];
    bool asked = !*given->conninfo;
    cleanup_(conn_close_pointer) Conn *conn = NULL;

    side->side = which;
    side->conninfo = given->conninfo;
    side->system_identifier = "";
    if (asked && !init->interactive)
    {
        err_set(err, ERR_USAGE, "no %s is given", side_name(which));
        err_detail(err, "There is no terminal to ask on.");
        return err_hint(err, "Run: pgbaton init --source CONNINFO --target CONNINFO");
    }
    return reach_side(init, side, asked, &conn, err) && store_password(init, side, conn, err);
}

/* What the table's row shall be in the file: what was answered, or given by flag or environment. */
static const char *
value_for(void *user, const Option *row)
{
    Init *init = user;
    const OptionValues *values = init->context->config->values;
    cleanup_(str_release) Str text = STR_INIT;

    for (int i = 0; i < 2; i++)
    {
        const InitSide *side = &init->sides[i];

        if (strcmp(row->section, side_name(side->side)) != 0)
            continue;
        if (strcmp(row->key, "conninfo") == 0)
            return side->to_write;
        if (strcmp(row->key, "system_identifier") == 0 && *side->system_identifier)
            return side->system_identifier;
    }
    if (strcmp(row->name, "databases") == 0 && init->databases)
        return *init->databases ? init->databases : NULL;
    if (option_origin(values, row->name) <= ORIGIN_DEFAULT)
        return NULL;
    if (row->type == OPTION_CONNINFO)
        return option_text(values, row->name);
    option_add_shown(&text, values, row);
    return arena_strdup(init->context->arena, text.data);
}

static bool
check_store(const CommandContext *context, Err *err)
{
    const char *where = option_text(context->options, "store-password");

    if (strcmp(where, "nowhere") == 0 || strcmp(where, "passfile") == 0 ||
        strcmp(where, "config") == 0)
        return true;
    err_set(err, ERR_USAGE, "malformed value \"%s\" of --store-password", where);
    err_detail(err, "It is nowhere, passfile or config.");
    return err_hint(err, "Run: pgbaton help init");
}

static bool
ask_rest(Init *init, Err *err)
{
    const Config *config = init->context->config;

    if (!init->interactive)
        return true;
    if (!option_given(config->values, "databases") &&
        !ask(init->context->arena,
             "Databases to move: a list, * for all, nothing for the one in the connection string",
             "", false, &init->databases, err))
        return false;
    if (option_given(config->values, "config"))
        return true;
    if (!ask(init->context->arena, "Where to write the settings", CONFIG_DEFAULT_FILE, false,
             &init->file, err))
        return false;
    return config->yes || config->dry_run || init_check_absent(init->file, err);
}

static json_t *
json_side(const InitSide *side)
{
    json_t *json = json_object();

    json_object_set_new(json, "system_identifier",
                        json_text(*side->system_identifier ? side->system_identifier : NULL));
    json_object_set_new(json, "version", side->version ? json_integer(side->version) : json_null());
    return json;
}

static void
report(const Init *init, const Str *text)
{
    const Config *config = init->context->config;

    if (config->json)
    {
        json_t *document = json_object();

        json_object_set_new(document, "file", json_text(init->file));
        json_object_set_new(document, "written", json_boolean(!config->dry_run));
        json_object_set_new(document, "text", json_text(text->data));
        json_object_set_new(document, "source", json_side(&init->sides[SIDE_SOURCE]));
        json_object_set_new(document, "target", json_side(&init->sides[SIDE_TARGET]));
        json_print(document);
    }
    else if (config->dry_run)
    {
        cleanup_(mem_free_pointer) char *shown = redact(text->data);

        fputs(shown, stdout);
    }
    else
    {
        for (int i = 0; i < 2; i++)
            if (*init->sides[i].system_identifier)
                printf("pinned the %s: PostgreSQL %d, system identifier %s\n",
                       side_name(init->sides[i].side), init->sides[i].version / 10000,
                       init->sides[i].system_identifier);
        printf("wrote \"%s\"; next: pgbaton check\n", init->file);
    }
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    Init init = {.context = context, .file = option_text(config->values, "config")};
    cleanup_(str_release) Str text = STR_INIT;

    if (!*init.file)
        init.file = CONFIG_DEFAULT_FILE;
    init.interactive = ask_possible() && !(*config->source.conninfo && *config->target.conninfo);
    if (!check_store(context, err))
        return false;
    if (!config->yes && !config->dry_run &&
        !(init.interactive && !option_given(config->values, "config")) &&
        !init_check_absent(init.file, err))
        return false;
    if (!do_side(&init, SIDE_SOURCE, &config->source, err) ||
        !do_side(&init, SIDE_TARGET, &config->target, err) || !ask_rest(&init, err))
        return false;
    if (*init.sides[0].system_identifier &&
        strcmp(init.sides[0].system_identifier, init.sides[1].system_identifier) == 0)
        log_warning(
            "source and target have the same system identifier %s: they are one server, or copies of one",
            init.sides[0].system_identifier);
    if (!init_add_config(&text, value_for, &init, err))
        return false;
    if (!config->dry_run && !init_write_file(init.file, &text, config->yes, err))
        return false;
    report(&init, &text);
    return true;
}

const Command command_init = {
    .name = "init",
    .arguments = "",
    .summary = "write the config file",
    .description =
        "Writes ./pgbaton.conf, or the file named by --config, with every setting and its explanation. Settings given as options or "
        "in the environment are put into it. On a terminal it asks for the servers that are not given.\n\n"
        "It connects to both servers and pins their system identifiers: from then on pgbaton refuses a server that has another "
        "one, so that a changed DNS entry or a typing error cannot lead to the wrong database. The target's database need not exist "
        "yet.\n\n"
        "The file is for its owner only (mode 0600). Passwords are kept out of it unless asked for: a password file is the better "
        "place. A file that is there is not overwritten without --yes.",
    .examples =
        "pgbaton init\n"
        "pgbaton init --source 'host=old dbname=shop user=mover' --target 'host=new dbname=shop user=mover'\n"
        "pgbaton init -c shop.conf --databases shop,billing --dry-run",
    .options = options,
    .settings =
        "databases jobs index-jobs apply-streams include exclude migration max-wal-retained pause-budget-ms pg-bindir",
    .needs_no_config = true,
    .run = run,
};
