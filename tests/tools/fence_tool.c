/*
 * fence_tool CONNINFO MIGRATION BUDGET_MS AFTER_MS THEN_MS [reopen]: the read-only fence (fence/readonly.h) as a switchover uses it, for
 * 310_writes.t: raised ("raised"), after AFTER_MS the point of no return ("closed"), THEN_MS later the end, or the opening as by a rollback.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "fence/readonly.h"

/* In its own transaction. */
static bool
reopen(Conn *conn, const char *migration, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    fence_add_forget(&sql, migration);
    return readonly_add_open(conn, &sql, err) && conn_exec(conn, sql.data, err);
}

static bool
close_database(Conn *conn, Readonly *fence, int after_ms, int then_ms, Err *err)
{
    cleanup_(err_release) Err failure = {0};

    puts("raised");
    if (cancel_sleep(after_ms, err) && readonly_close(conn, fence, fence->migration, err))
    {
        puts("closed");
        return cancel_sleep(then_ms, err);
    }
    cancel_shield_begin();
    if (!readonly_lower(conn, fence->migration, NULL, &failure))
        err_move(err, &failure);
    cancel_shield_end();
    return false;
}

static bool
run(char **argv, bool is_reopened, Arena *arena, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = {.side = SIDE_SOURCE, .conninfo = argv[1]};
    Readonly fence = {.server = &server, .migration = argv[2], .budget_ms = atoi(argv[3])};
    bool ok;

    if (!conn_open(&server, NULL, "fence", &conn, err) ||
        !readonly_raise(conn, &fence, clock_ms() + fence.budget_ms, arena, err))
        return false;
    ok = close_database(conn, &fence, atoi(argv[4]), atoi(argv[5]), err);
    readonly_release(&fence);
    return ok && (!is_reopened || reopen(conn, fence.migration, err));
}

int
main(int argc, char **argv)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};

    if (argc < 6)
        return 2;
    setvbuf(stdout, NULL, _IONBF, 0);
    cancel_install();
    if (run(argv, argc > 6, &arena, &err))
        return 0;
    log_error(&err);
    return err_exit_code(err.code);
}
