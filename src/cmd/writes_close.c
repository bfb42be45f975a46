/*
 * `pgbaton writes close`, for tests: the read-only fence as a switchover uses it, with a wait before the point of no return.
 */
#include <stdio.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "cmd/commands.h"
#include "cmd/confirm.h"
#include "fence/readonly.h"

/* As a rollback does, in its own transaction. */
static bool
reopen(Conn *conn, const char *migration, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    fence_add_forget(&sql, migration);
    return readonly_add_open(conn, &sql, err) && conn_exec(conn, sql.data, err);
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = config_server(config, SIDE_SOURCE);
    Readonly fence = {
        .server = &server,
        .migration = config->migration,
        .budget_ms = (int)option_number(context->options, "budget"),
    };
    bool ok;

    if (!command_confirm(config, "Close the database as a switchover does", err) ||
        !conn_open(&server, NULL, "fence", &conn, err) ||
        !readonly_raise(conn, &fence, clock_ms() + fence.budget_ms, context->arena, err))
        return false;
    puts("raised");
    fflush(stdout);
    ok = cancel_sleep(option_number(context->options, "after"), err) &&
         readonly_close(conn, &fence, config->migration, err);
    if (ok)
    {
        puts("closed");
        fflush(stdout);
        ok = cancel_sleep(option_number(context->options, "then"), err);
    }
    else
    {
        cleanup_(err_release) Err failure = {0};

        cancel_shield_begin();
        if (!readonly_lower(conn, config->migration, NULL, &failure))
            err_move(err, &failure);
        cancel_shield_end();
    }
    readonly_release(&fence);
    return ok && (!option_flag(context->options, "reopen") || reopen(conn, config->migration, err));
}

static const Option options[] = {
    {.name = "budget", .type = OPTION_DURATION, .argument = "TIME", .default_text = "5s"},
    {.name = "after", .type = OPTION_DURATION, .argument = "TIME", .default_text = "0"},
    {.name = "then", .type = OPTION_DURATION, .argument = "TIME", .default_text = "0"},
    {.name = "reopen", .type = OPTION_FLAG},
    {.name = NULL},
};

const Command command_writes_close = {
    .name = "writes close",
    .arguments = "",
    .summary = "close the source's database by the read-only fence",
    .description = "For tests of pgbaton itself.",
    .options = options,
    .needs = NEEDS_SOURCE,
    .is_hidden = true,
    .run = run,
};
