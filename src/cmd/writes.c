/*
 * `pgbaton writes pause`, `resume`, `status`: the read-only fence as a building block of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "cmd/json.h"
#include "flow/writes.h"

/* The side that the argument names; without one the source. */
static bool
parse_side(const CommandContext *context, Side *ret_side, Err *err)
{
    const char *word = context->n_args > 0 ? context->args[0] : side_name(SIDE_SOURCE);

    *ret_side = strcmp(word, side_name(SIDE_TARGET)) == 0 ? SIDE_TARGET : SIDE_SOURCE;
    if (strcmp(word, side_name(*ret_side)) == 0)
        return config_require_server(context->config, *ret_side, err);
    err_set(err, ERR_USAGE, "there is no side \"%s\"", word);
    err_detail(err, "The sides are \"source\" and \"target\".");
    return err_hint(err, "Run: pgbaton help writes");
}

static json_t *
names_json(const Names *names)
{
    json_t *list = json_array();

    for (size_t i = 0; i < names->len; i++)
        json_array_append_new(list, json_text(names->items[i]));
    return list;
}

static json_t *
state_json(const WritesState *state)
{
    const ReadonlyState *fence = &state->fence;
    bool is_paused = fence->is_paused && !fence->closed_by;

    return json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:I, s:I, s:I, s:o}", "side",
                     side_name(state->side), "database", json_text(state->database), "state",
                     state->state, "migration", json_text(state->migration), "since",
                     json_text(fence->closed_by ? fence->closed_since
                               : is_paused      ? fence->paused_since
                                                : NULL),
                     "by", json_text(is_paused ? fence->paused_by : NULL), "until",
                     json_text(is_paused ? fence->paused_until : NULL), "ends_by_itself",
                     is_paused && fence->has_guard, "connect_revoked", fence->connect_revoked,
                     "sessions", (json_int_t)fence->n_sessions, "writing",
                     (json_int_t)fence->n_writing, "prepared", (json_int_t)fence->n_prepared,
                     "may_write", names_json(&fence->may_write));
}

static json_t *
ended_json(const EndedSessions *ended)
{
    json_t *list = json_array();

    for (size_t i = 0; i < ended->len; i++)
    {
        const EndedSession *s = &ended->items[i];

        json_array_append_new(list,
                              json_pack("{s:I, s:o, s:o, s:o}", "pid", (json_int_t)s->pid, "user",
                                        json_text(s->user), "application",
                                        json_text(s->application), "state", json_text(s->state)));
    }
    return list;
}

static void
print_ended(Arena *arena, const EndedSessions *ended)
{
    static const TableColumn columns[] = {
        {"ended", true}, {"user", false}, {"application", false}, {"it was", false}};
    Table *table = table_new(arena, columns, lengthof(columns));

    for (size_t i = 0; i < ended->len; i++)
    {
        const EndedSession *s = &ended->items[i];
        const char *cells[] = {arena_printf(arena, "%" PRId64, s->pid), s->user, s->application,
                               s->state};

        table_add_row(table, cells);
    }
    if (ended->len > 0)
        table_print(table, stdout);
}

static void
print_pause(Arena *arena, const WritesPause *pause)
{
    const WritesState *state = &pause->state;

    printf("writes to database \"%s\" of the %s are paused %s%s: %zu sessions ended\n",
           state->database, side_name(state->side),
           state->fence.paused_until ? "until " : "until they are resumed",
           state->fence.paused_until ? state->fence.paused_until : "", pause->ended.len);
    print_ended(arena, &pause->ended);
    for (size_t i = 0; i < state->fence.may_write.len; i++)
        printf("may still write: %s\n", state->fence.may_write.items[i]);
}

static bool
print_plans(const CommandContext *context, Side side, const StringList *databases, bool pause,
            Err *err)
{
    cleanup_(json_release) json_t *list = json_array();

    for (size_t i = 0; i < databases->len; i++)
    {
        cleanup_(str_release) Str sql = STR_INIT;
        const char *database = databases->items[i];

        if (!(pause
                  ? writes_plan_pause(context->config, side, database,
                                      option_flag(context->options, "revoke-connect"),
                                      context->arena, &sql, err)
                  : writes_plan_resume(context->config, side, database, context->arena, &sql, err)))
            return err_context(err, "database \"%s\"", database);
        if (context->config->json)
            json_array_append_new(list, json_pack("{s:o, s:o}", "database", json_text(database),
                                                  "sql", json_text(sql.data)));
        else
            fputs(sql.data, stdout);
    }
    if (context->config->json)
        json_print(json_pack("{s:s, s:O}", "side", side_name(side), "plans", list));
    return true;
}

static bool
run_pause(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(json_release) json_t *list = json_array();
    StringList databases = {0};
    WritesPause *pauses;
    Side side;

    if (!parse_side(context, &side, err) ||
        !command_confirm(config, "End all sessions and make the database read-only", err) ||
        !writes_databases(config, side, context->arena, &databases, err))
        return false;
    if (config->dry_run)
        return print_plans(context, side, &databases, true, err);
    pauses = arena_alloc(context->arena, (databases.len + 1) * sizeof(*pauses));
    if (!writes_pause(config, side, &databases, (int)option_number(context->options, "for"),
                      (int)option_number(context->options, "timeout"),
                      option_flag(context->options, "revoke-connect"), context->arena, pauses, err))
        return false;
    for (size_t i = 0; i < databases.len; i++)
    {
        json_t *entry = state_json(&pauses[i].state);

        json_object_set_new(entry, "ended", ended_json(&pauses[i].ended));
        json_array_append_new(list, entry);
        if (!config->json)
            print_pause(context->arena, &pauses[i]);
    }
    if (config->json)
        json_print(json_pack("{s:s, s:O}", "side", side_name(side), "databases", list));
    return true;
}

static const Option pause_options[] = {
    {.name = "for",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .min = 100,
     .max = INT64_C(7) * 86400000,
     .help =
         "resume by itself after TIME, even if nobody is there to do it (default: until resumed)"},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "30s",
     .min = 100,
     .max = 3600000,
     .help =
         "longest wait for sessions and prepared transactions to end; beyond it the pause is undone"},
    {.name = "revoke-connect",
     .type = OPTION_FLAG,
     .help =
         "take CONNECT away as well, but from superusers, replication roles and pgbaton's own role"},
    {.name = NULL},
};

const Command command_writes_pause = {
    .name = "writes pause",
    .arguments = "[source|target]",
    .summary = "stop the writes of one side until they are resumed",
    .description =
        "Makes the databases of that side (default: the source) read-only for sessions to come, by "
        "default_transaction_read_only of the database and of roles whose own setting would beat it, ends the sessions that began "
        "before, whose open transactions are rolled back, and waits until no prepared transaction is left. Readers may come back at once.\n\n"
        "What is changed is recorded in schema pgbaton of the database, and put back exactly by \"writes resume\". If the pause "
        "fails it is undone; if pgbaton is killed meanwhile, the server undoes it. With --for the server ends the pause "
        "by itself; only a restart of the server makes it forget that.\n\n"
        "Replication goes on, in both directions: apply workers heed no such setting. A client that says BEGIN READ WRITE can still write: "
        "--revoke-connect keeps it out, unless it is a superuser.\n\n"
        "Exit code 3: the database is closed by a switchover, guarded until one, or this role lacks a right, which is named.",
    .examples = "pgbaton writes pause --for 10min --yes\npgbaton writes pause target --dry-run",
    .options = pause_options,
    .settings = "migration databases",
    .max_args = 1,
    .run = run_pause,
};

static bool
run_resume(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(json_release) json_t *list = json_array();
    StringList databases = {0};
    Side side;

    if (!parse_side(context, &side, err) ||
        !command_confirm(config, "Let the databases be written to again", err) ||
        !writes_databases(config, side, context->arena, &databases, err))
        return false;
    if (config->dry_run)
        return print_plans(context, side, &databases, false, err);
    for (size_t i = 0; i < databases.len; i++)
    {
        const char *database = databases.items[i];
        bool was_paused;

        if (!writes_resume(config, side, database, context->arena, &was_paused, err))
            return err_context(err, "database \"%s\"", database);
        json_array_append_new(list, json_pack("{s:o, s:s, s:b}", "database", json_text(database),
                                              "state", "open", "was_paused", was_paused));
        if (!config->json)
            printf("writes to database \"%s\" of the %s %s\n", database, side_name(side),
                   was_paused ? "are resumed" : "were not paused");
    }
    if (config->json)
        json_print(json_pack("{s:s, s:O}", "side", side_name(side), "databases", list));
    return true;
}

const Command command_writes_resume = {
    .name = "writes resume",
    .arguments = "[source|target]",
    .summary = "take a pause of writes back",
    .description =
        "Puts back exactly what \"writes pause\" has changed: settings of the database and of roles in it, and grants of CONNECT. Where "
        "somebody has changed one of these settings since, theirs stays. Does nothing where there is no pause.\n\n"
        "Refuses (exit code 3) a database that a switchover has closed, or that is guarded as the target of one.",
    .examples = "pgbaton writes resume --yes",
    .settings = "migration databases",
    .max_args = 1,
    .run = run_resume,
};

static const char *
since_text(Arena *arena, const WritesState *state)
{
    const ReadonlyState *fence = &state->fence;

    if (fence->closed_by)
        return fence->closed_since;
    if (!fence->is_paused)
        return "";
    return arena_printf(arena, "%s by %s", fence->paused_since, fence->paused_by);
}

static const char *
until_text(const WritesState *state)
{
    const ReadonlyState *fence = &state->fence;

    if (fence->closed_by || !fence->is_paused)
        return *state->state == 'g' ? "switchover" : "";
    if (!fence->paused_until)
        return "resumed";
    return fence->has_guard ? fence->paused_until : "resumed (the server has restarted)";
}

static bool
add_side(const CommandContext *context, Side side, Table *table, json_t *list, Str *notes, Err *err)
{
    Arena *arena = context->arena;
    StringList databases = {0};

    if (!writes_databases(context->config, side, arena, &databases, err))
        return false;
    for (size_t i = 0; i < databases.len; i++)
    {
        WritesState state;

        if (!writes_read(context->config, side, databases.items[i], arena, &state, err))
            return err_context(err, "database \"%s\"", databases.items[i]);
        table_add_row(
            table, (const char *const[]){side_name(side), state.database, state.state,
                                         state.migration ? state.migration : "",
                                         since_text(arena, &state), until_text(&state),
                                         arena_printf(arena, "%" PRId64, state.fence.n_sessions),
                                         arena_printf(arena, "%" PRId64, state.fence.n_writing)});
        json_array_append_new(list, state_json(&state));
        for (size_t j = 0; state.fence.is_read_only && j < state.fence.may_write.len; j++)
            str_addf(notes, "may still write to \"%s\" of the %s: %s\n", state.database,
                     side_name(side), state.fence.may_write.items[j]);
    }
    return true;
}

static bool
run_status(const CommandContext *context, Err *err)
{
    static const TableColumn columns[] = {
        {"side", false},  {"database", false}, {"writes", false},  {"migration", false},
        {"since", false}, {"until", false},    {"sessions", true}, {"writing", true}};
    const Config *config = context->config;
    Table *table = table_new(context->arena, columns, lengthof(columns));
    cleanup_(json_release) json_t *list = json_array();
    cleanup_(str_release) Str notes = STR_INIT;
    Side side = SIDE_SOURCE;
    bool both = context->n_args == 0 && *config->source.conninfo && *config->target.conninfo;

    if (context->n_args == 0 && !*config->source.conninfo && *config->target.conninfo)
        side = SIDE_TARGET;
    else if (!parse_side(context, &side, err))
        return false;
    if (!add_side(context, side, table, list, &notes, err) ||
        (both && !add_side(context, SIDE_TARGET, table, list, &notes, err)))
        return false;
    if (config->json)
    {
        json_print(json_pack("{s:O}", "databases", list));
        return true;
    }
    table_print(table, stdout);
    fputs(notes.data, stdout);
    return true;
}

const Command command_writes_status = {
    .name = "writes status",
    .arguments = "[source|target]",
    .summary = "show whether the databases can be written to, and who writes",
    .description =
        "For each database of both sides, or of the one that is named: open; paused, by whom, since when and until when; pausing, by a "
        "switchover that has not passed its point of no return; closed, by one that has; guarded, the target before its switchover; or read-only by "
        "something else. Then how many clients are connected, and how many sessions are in a transaction that has written.",
    .examples = "pgbaton writes status\npgbaton writes status target --json",
    .settings = "migration databases",
    .max_args = 1,
    .run = run_status,
};
