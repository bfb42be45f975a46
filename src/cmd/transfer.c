#include "cmd/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "cmd/confirm.h"
#include "flow/flow.h"
#include "sql/sql.h"

void
transfer_init(Transfer *transfer, const CommandContext *context, const char *object,
              const char *outcome)
{
    *transfer = (Transfer){.side = SIDE_TARGET, .change = {.object = object, .outcome = outcome}};
    block_init(&transfer->block, context);
}

void
transfer_close(Transfer *transfer)
{
    block_close(&transfer->block);
}

bool
transfer_open(Transfer *transfer, bool any_database, bool *ret_is_there, Err *err)
{
    Block *block = &transfer->block;
    const char *dbname;
    bool is_there = true;

    if (!block_open_database(block, SIDE_SOURCE, NULL, err))
        return false;
    dbname = flow_target_dbname(block->context->config, block->context->arena,
                                conn_dbname(block->conns[SIDE_SOURCE]));
    if (!block_open_database(block, SIDE_TARGET, dbname, err))
    {
        cleanup_(err_release) Err other = {0};

        is_there = false;
        if (!any_database || err->code != ERR_UNREACHABLE ||
            !flow_open_maintenance(&block->servers[SIDE_TARGET], &block->conns[SIDE_TARGET],
                                   &other))
            return false;
        err_release(err);
    }
    if (ret_is_there)
        *ret_is_there = is_there;
    transfer->change.name = conn_dbname(block->conns[SIDE_SOURCE]);
    return block_lock(block, err);
}

static void
add_done(Transfer *transfer, const Statement *statement)
{
    change_add(&transfer->change, &transfer->block, transfer->side, statement->sql);
    *vec_push(&transfer->objects, transfer->block.context->arena) = statement->object;
}

static void
warn(Transfer *transfer, const char *text)
{
    *vec_push(&transfer->plan.warnings, transfer->block.context->arena) = text;
}

static bool
is_forgivable(const Err *err)
{
    return strcmp(err->sqlstate, "42501") == 0; /* insufficient_privilege */
}

/* What the server says of a right that lacks is a detail since 16. */
static const char *
refusal_text(Arena *arena, const Statement *statement, const Err *err)
{
    return arena_printf(arena, "The server refuses this for %s: %s%s%s", statement->object,
                        err->message, err->detail ? ": " : ".", err->detail ? err->detail : "");
}

static bool
execute_one(Transfer *transfer, const Statement *statement, bool forgives, Err *err)
{
    Conn *target = transfer->block.conns[transfer->side];
    cleanup_(err_release) Err failure = {0};

    if (forgives && !conn_exec(target, "SAVEPOINT statement", err))
        return false;
    if (conn_exec(target, statement->sql, &failure))
    {
        add_done(transfer, statement);
        return !forgives || conn_exec(target, "RELEASE SAVEPOINT statement", err);
    }
    if (forgives && is_forgivable(&failure))
    {
        warn(transfer, refusal_text(transfer->block.context->arena, statement, &failure));
        return conn_exec(target, "ROLLBACK TO SAVEPOINT statement", err);
    }
    if (transfer->explain)
        transfer->explain(statement, &failure);
    if (!failure.detail)
        err_detail(&failure, "It was one transaction: nothing was changed.");
    err_move(err, &failure);
    return err_context(err, "%s", statement->object);
}

static bool
execute(Transfer *transfer, Err *err)
{
    Conn *target = transfer->block.conns[transfer->side];

    if (transfer->plan.list.len == 0)
        return true;
    if (!conn_exec(target, "BEGIN", err) ||
        !conn_run(target, sql_pg_quiet_log, NO_PARAMS, NULL, err))
        return false;
    for (size_t i = 0; i < transfer->plan.list.len; i++)
        if (!execute_one(transfer, &transfer->plan.list.items[i], i < transfer->n_forgiven, err))
            return false;
    return conn_exec(target, "COMMIT", err);
}

static json_t *
warnings_json(const Transfer *transfer)
{
    json_t *list = json_array();

    for (size_t i = 0; i < transfer->plan.warnings.len; i++)
        json_array_append_new(list, json_text(transfer->plan.warnings.items[i]));
    return list;
}

/* What each object got, as its statements. */
static json_t *
objects_json(const Transfer *transfer)
{
    json_t *by_object = json_object();

    for (size_t i = 0; i < transfer->objects.len; i++)
    {
        cleanup_(json_release) json_t *name = json_text(transfer->objects.items[i]);
        json_t *list = json_object_get(by_object, json_string_value(name));

        if (!list)
        {
            list = json_array();
            json_object_set_new(by_object, json_string_value(name), list);
        }
        json_array_append_new(list, json_text(transfer->change.statements.items[i].sql));
    }
    return by_object;
}

static void
add_details(Transfer *transfer)
{
    if (!transfer->change.details)
        transfer->change.details = json_object();
    json_object_set_new(transfer->change.details, "objects", objects_json(transfer));
    json_object_set_new(transfer->change.details, "warnings", warnings_json(transfer));
}

static void
print_done(const Transfer *transfer)
{
    for (size_t i = 0; !transfer->is_terse && i < transfer->objects.len; i++)
    {
        cleanup_(mem_free_pointer) char *shown = redact(transfer->change.statements.items[i].sql);

        printf("%s: %s\n", transfer->objects.items[i], shown);
    }
    printf("%s%s%s%s %s\n", transfer->change.object, transfer->names_object ? " \"" : "",
           transfer->names_object ? transfer->change.name : "", transfer->names_object ? "\"" : "",
           transfer->objects.len > 0 ? transfer->change.outcome : transfer->change.unchanged);
}

static void
print_warnings(const Transfer *transfer, const char *prefix)
{
    for (size_t i = 0; i < transfer->plan.warnings.len; i++)
    {
        cleanup_(mem_free_pointer) char *shown = redact(transfer->plan.warnings.items[i]);

        printf("%swarning: %s\n", prefix, shown);
    }
}

bool
transfer_run(Transfer *transfer, Err *err)
{
    const Config *config = transfer->block.context->config;

    if (config->dry_run)
        for (size_t i = 0; i < transfer->plan.list.len; i++)
            add_done(transfer, &transfer->plan.list.items[i]);
    else if ((transfer->change.question && transfer->plan.list.len > 0 &&
              !command_confirm(config, transfer->change.question, err)) ||
             !execute(transfer, err))
        return false;
    if (config->json)
        add_details(transfer);
    else
        print_warnings(transfer, config->dry_run ? "-- " : "");
    if (config->json || (config->dry_run && transfer->objects.len > 0))
        block_report(&transfer->block, &transfer->change);
    else
        print_done(transfer);
    return true;
}

const char *
transfer_names(Arena *arena, StringList names)
{
    return names.len ? json_arena_text(arena, json_list(names)) : NULL;
}
