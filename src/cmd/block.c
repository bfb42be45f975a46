#include "cmd/block.h"

#include <stdio.h>
#include <string.h>

#include "base/cancel.h"
#include "base/redact.h"
#include "cmd/confirm.h"
#include "flow/flow.h"

enum
{
    LOCK_ATTEMPTS = 10,
    LOCK_PAUSE_MS = 200
};

const char *const block_sides[] = {"source", "target", NULL};

void
block_init(Block *block, const CommandContext *context)
{
    *block = (Block){.context = context};
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        block->servers[side] = config_server(context->config, side);
}

void
block_close(Block *block)
{
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
    {
        conn_close(block->conns[side]);
        block->conns[side] = NULL;
    }
}

Side
block_side(const CommandContext *context)
{
    return option_number(context->options, "on") == SIDE_TARGET ? SIDE_TARGET : SIDE_SOURCE;
}

bool
block_open(Block *block, Side side, Err *err)
{
    const char *dbname = option_text(block->context->options, "database");

    return block_open_database(block, side, *dbname ? dbname : NULL, err);
}

bool
block_open_database(Block *block, Side side, const char *dbname, Err *err)
{
    return config_require_server(block->context->config, side, err) &&
           conn_open(&block->servers[side], dbname, "command", &block->conns[side], err);
}

/* Both sides may be the same: the lock is of the database. A server that does not tell its identifier is another one. */
static bool
is_one_database(const Block *block)
{
    const Conn *source = block->conns[SIDE_SOURCE];
    const Conn *target = block->conns[SIDE_TARGET];

    return source && target && *conn_system_identifier(source) &&
           strcmp(conn_system_identifier(source), conn_system_identifier(target)) == 0 &&
           strcmp(conn_dbname(source), conn_dbname(target)) == 0;
}

bool
block_lock(Block *block, Err *err)
{
    Flow flow = {.arena = block->context->arena, .config = block->context->config};

    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        if (block->conns[side] && !block->context->config->dry_run &&
            !(side == SIDE_TARGET && is_one_database(block)) &&
            !flow_take_lock(&flow, block->conns[side], err))
            return false;
    return true;
}

void
change_add(Change *change, const Block *block, Side side, const char *sql)
{
    Arena *arena = block->context->arena;

    *vec_push(&change->statements, arena) =
        (ChangeStatement){.side = side, .sql = arena_strdup(arena, sql)};
}

static void
release_details(Change *change)
{
    json_decref(change->details);
    change->details = NULL;
}

bool
block_confirm(const Block *block, Change *change, Err *err)
{
    if (!change->question || change->statements.len == 0 ||
        command_confirm(block->context->config, change->question, err))
        return true;
    release_details(change);
    return false;
}

bool
block_execute(Block *block, const Change *change, Err *err)
{
    for (size_t i = 0; i < change->statements.len; i++)
    {
        const ChangeStatement *statement = &change->statements.items[i];

        if (!conn_exec(block->conns[statement->side], statement->sql, err))
            return err_context(err, "%s \"%s\"", change->object, change->name);
    }
    return true;
}

static json_t *
statements_json(const Block *block, const Change *change)
{
    json_t *list = json_array();

    for (size_t i = 0; i < change->statements.len; i++)
    {
        const ChangeStatement *statement = &change->statements.items[i];

        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "side", side_name(statement->side),
                                              "database",
                                              json_text(conn_dbname(block->conns[statement->side])),
                                              "sql", json_text(statement->sql)));
    }
    return list;
}

static const char *
outcome_of(const Block *block, const Change *change)
{
    if (change->statements.len == 0)
        return "unchanged";
    return block->context->config->dry_run ? "planned" : change->outcome;
}

static void
report_json(const Block *block, Change *change)
{
    json_t *document = json_pack("{s:s, s:o, s:s, s:o}", "object", change->object, "name",
                                 json_text(change->name), "outcome", outcome_of(block, change),
                                 "statements", statements_json(block, change));

    if (change->details)
        json_object_update(document, change->details);
    json_print(document);
}

/* A line in the log's manner shows where each statement goes. */
static void
print_plan(const Block *block, const Change *change)
{
    for (size_t i = 0; i < change->statements.len; i++)
    {
        const ChangeStatement *statement = &change->statements.items[i];
        cleanup_(mem_free_pointer) char *shown = redact(statement->sql);

        printf("-- on the %s, database \"%s\"\n%s;\n", side_name(statement->side),
               conn_dbname(block->conns[statement->side]), shown);
    }
}

static void
report(const Block *block, Change *change)
{
    const Config *config = block->context->config;

    if (config->json)
        report_json(block, change);
    else if (change->statements.len == 0)
        printf("%s \"%s\" %s\n", change->object, change->name,
               change->unchanged ? change->unchanged : "is so already");
    else if (config->dry_run)
        print_plan(block, change);
    else
    {
        printf("%s \"%s\" %s\n", change->object, change->name, change->outcome);
        if (change->note)
            printf("%s\n", change->note);
    }
}

void
block_report(const Block *block, Change *change)
{
    report(block, change);
    release_details(change);
}

bool
block_change(Block *block, Change *change, Err *err)
{
    if (!block_confirm(block, change, err))
        return false;
    if (!block->context->config->dry_run && !block_execute(block, change, err))
    {
        release_details(change);
        return false;
    }
    block_report(block, change);
    return true;
}

/* One statement, tried again while somebody else holds the lock that it needs. */
static bool
execute_gently(const Block *block, Conn *conn, const char *sql, Err *err)
{
    for (int attempt = 1;; attempt++)
    {
        cleanup_(err_release) Err failure = {0};

        if (conn_exec(conn, sql, &failure))
            return true;
        if (!conn_is_broken(conn) && PQtransactionStatus(conn_pg(conn)) != PQTRANS_IDLE &&
            !conn_exec(conn, "ROLLBACK", err))
            return false;
        /* lock_not_available, deadlock_detected */
        if (strcmp(failure.sqlstate, "55P03") != 0 && strcmp(failure.sqlstate, "40P01") != 0)
            return err_move(err, &failure);
        if (attempt == LOCK_ATTEMPTS)
        {
            err_move(err, &failure);
            err_detail(err, "Another session held a lock on it in each of %d attempts of %d ms.",
                       LOCK_ATTEMPTS, block->context->config->lock_timeout_ms);
            return err_hint(
                err, "Run it again when that session has ended, or with more --lock-timeout.");
        }
        if (!cancel_sleep(LOCK_PAUSE_MS, err))
            return false;
    }
}

bool
block_change_gently(Block *block, Change *change, Err *err)
{
    const Config *config = block->context->config;

    if (!block_confirm(block, change, err))
        return false;
    for (size_t i = 0; !config->dry_run && i < change->statements.len; i++)
    {
        const ChangeStatement *statement = &change->statements.items[i];
        Conn *conn = block->conns[statement->side];

        if (!conn_run(conn, "SELECT pg_catalog.set_config('lock_timeout', $1, false)",
                      PARAMS(PARAM_I64(config->lock_timeout_ms)), NULL, err) ||
            !execute_gently(block, conn, statement->sql, err))
        {
            release_details(change);
            return err_context(err, "%s \"%s\"", change->object, change->name);
        }
    }
    block_report(block, change);
    return true;
}

void
block_print(const Block *block, Side side, const Listing *listing, const char *key,
            const char *things)
{
    if (block->context->config->json)
        json_print(json_pack("{s:s, s:o, s:o}", "side", side_name(side), "database",
                             json_text(conn_dbname(block->conns[side])), key,
                             listing_json(listing)));
    else
        listing_print(listing, things);
}
