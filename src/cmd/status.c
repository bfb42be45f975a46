#include <inttypes.h>
#include <stdio.h>

#include "base/table.h"
#include "cmd/commands.h"
#include "cmd/json.h"
#include "cmd/observer.h"
#include "flow/status.h"

static const char *
bytes_text(Arena *arena, int64_t bytes)
{
    cleanup_(str_release) Str s = STR_INIT;

    str_add_size(&s, bytes);
    return arena_strdup(arena, s.data);
}

static const char *
lag_text(Arena *arena, const StreamStatus *stream)
{
    if (stream->lag_ms < 0)
        return "";
    return arena_printf(arena, "%s%" PRId64 " ms", stream->marker_arrived ? "" : "over ",
                        stream->lag_ms);
}

static const char *
worker_text(const StreamStatus *stream)
{
    if (!stream->subscription.exists)
        return "none";
    if (!stream->subscription.is_enabled)
        return "disabled";
    return stream->subscription.has_worker ? "running" : "down";
}

static void
print_streams(Arena *arena, const DatabaseStatus *status)
{
    static const TableColumn columns[] = {{"stream", false},    {"state", false},
                                          {"tables", true},     {"worker", false},
                                          {"marker lag", true}, {"WAL kept", true}};
    Table *table = table_new(arena, columns, lengthof(columns));

    for (size_t i = 0; i < status->streams.len; i++)
    {
        const StreamStatus *stream = &status->streams.items[i];
        const char *cells[] = {stream->name,
                               stream->state,
                               arena_printf(arena, "%" PRId64, stream->n_tables),
                               worker_text(stream),
                               lag_text(arena, stream),
                               bytes_text(arena, stream->slot.retained_bytes)};

        table_add_row(table, cells);
    }
    if (status->streams.len > 0)
        table_print(table, stdout);
}

/* Of finished tables there may be thousands: they are shown when asked for. */
static void
print_tables(Arena *arena, const DatabaseStatus *status, bool all)
{
    static const TableColumn columns[] = {
        {"table", false}, {"state", false}, {"rows", true}, {"of about", true}, {"bytes", true}};
    Table *table = table_new(arena, columns, lengthof(columns));
    size_t n = 0;

    for (size_t i = 0; i < status->tables.len; i++)
    {
        const TableStatus *t = &status->tables.items[i];
        const char *cells[] = {arena_printf(arena, "%s.%s", t->schema, t->name), t->state,
                               arena_printf(arena, "%" PRId64, t->rows_copied),
                               arena_printf(arena, "%" PRId64, t->row_estimate),
                               bytes_text(arena, t->bytes_copied)};

        if (!all && *t->state == 'd')
            continue;
        table_add_row(table, cells);
        n++;
    }
    if (n > 0)
        table_print(table, stdout);
}

static void
print_database(Arena *arena, const DatabaseStatus *status, bool all_tables)
{
    printf("database \"%s\" to \"%s\": %s%s%s%s\n", status->database, status->target_database,
           status->phase, status->step ? " (step " : "", status->step ? status->step : "",
           status->step ? ")" : "");
    if (status->worked_on_by)
        printf("at work: %s\n", status->worked_on_by);
    if (status->n_joined > 0)
        printf("joined: %" PRId64 " more, with %" PRId64 " workers\n", status->n_joined,
               status->n_joined_workers);
    if (status->progress.tables > 0)
        printf("copied: %" PRId64 " of %" PRId64 " tables, %" PRId64 " rows, %s, %" PRId64
               " of %" PRId64 " indexes\n",
               status->progress.tables - status->progress.tables_to_copy, status->progress.tables,
               status->progress.rows_copied, bytes_text(arena, status->progress.bytes_copied),
               status->progress.indexes - status->progress.indexes_left, status->progress.indexes);
    print_streams(arena, status);
    print_tables(arena, status, all_tables);
    for (size_t i = 0; i < status->problems.len; i++)
        printf("problem: %s\n  %s\n  %s\n", status->problems.items[i].message,
               status->problems.items[i].detail, status->problems.items[i].hint);
    puts(status->problems.len ? "not healthy" : "healthy");
}

static json_t *
streams_json(const DatabaseStatus *status)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->streams.len; i++)
    {
        const StreamStatus *s = &status->streams.items[i];

        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:I, s:o, s:b, s:I, s:b, s:I, s:o}", "name", s->name, "state",
                      s->state, "tables", (json_int_t)s->n_tables, "lag_ms",
                      s->lag_ms < 0 ? json_null() : json_integer(s->lag_ms), "marker_arrived",
                      s->marker_arrived, "retained_wal_bytes", (json_int_t)s->slot.retained_bytes,
                      "worker_running", s->subscription.has_worker, "apply_errors",
                      (json_int_t)s->subscription.apply_errors, "error",
                      json_text(s->subscription.error_text)));
    }
    return list;
}

static json_t *
tables_json(const DatabaseStatus *status)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->tables.len; i++)
    {
        const TableStatus *t = &status->tables.items[i];

        json_array_append_new(list, json_pack("{s:o, s:o, s:s, s:s, s:I, s:I, s:I, s:I}", "schema",
                                              json_text(t->schema), "name", json_text(t->name),
                                              "kind", t->kind, "state", t->state, "rows_copied",
                                              (json_int_t)t->rows_copied, "row_estimate",
                                              (json_int_t)t->row_estimate, "bytes_copied",
                                              (json_int_t)t->bytes_copied, "table_bytes",
                                              (json_int_t)t->table_bytes));
    }
    return list;
}

static json_t *
problems_json(const DatabaseStatus *status)
{
    json_t *list = json_array();

    for (size_t i = 0; i < status->problems.len; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "message",
                                              json_text(status->problems.items[i].message),
                                              "detail", json_text(status->problems.items[i].detail),
                                              "hint", json_text(status->problems.items[i].hint)));
    return list;
}

static json_t *
database_json(const DatabaseStatus *status)
{
    return json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}",
        "database", json_text(status->database), "target_database",
        json_text(status->target_database), "phase", status->phase, "step", json_text(status->step),
        "worked_on_by", json_text(status->worked_on_by), "joined", (json_int_t)status->n_joined,
        "joined_workers", (json_int_t)status->n_joined_workers, "healthy",
        status->problems.len == 0, "tables_total", (json_int_t)status->progress.tables,
        "tables_copied", (json_int_t)(status->progress.tables - status->progress.tables_to_copy),
        "rows_copied", (json_int_t)status->progress.rows_copied, "bytes_copied",
        (json_int_t)status->progress.bytes_copied, "indexes_total",
        (json_int_t)status->progress.indexes, "indexes_built",
        (json_int_t)(status->progress.indexes - status->progress.indexes_left), "streams",
        streams_json(status), "tables", tables_json(status), "problems", problems_json(status));
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    cleanup_(json_release) json_t *list = json_array();
    StringList databases = {0};
    bool healthy = true;

    if (!flow_databases(config, context->arena, &databases, err))
        return false;
    for (size_t i = 0; i < databases.len; i++)
    {
        DatabaseStatus status;

        if (!status_read(config, &command_observer, context->arena, databases.items[i], &status,
                         err))
            return err_context(err, "database \"%s\"", databases.items[i]);
        healthy = healthy && status.problems.len == 0;
        if (config->json)
            json_array_append_new(list, database_json(&status));
        else
            print_database(context->arena, &status, option_flag(context->options, "tables"));
    }
    if (config->json)
        json_print(json_pack("{s:s, s:b, s:O}", "migration", config->migration, "healthy", healthy,
                             "databases", list));
    if (!healthy)
        err->code = ERR_FAILED; /* the report has told why */
    return healthy;
}

static const Option options[] = {
    {.name = "tables", .type = OPTION_FLAG, .help = "show finished tables too"},
    {.name = NULL},
};

const Command command_status = {
    .name = "status",
    .arguments = "",
    .summary = "show where the migration stands; exit code 0 when healthy, 1 when not",
    .description =
        "For each database: the phase (not begun, migrating, replicating, switching over, switched over, rolling back, rolled back), what is copied, and for each "
        "stream the lag, measured by sending a marker through it, the WAL its slot keeps on the publisher, and what its apply worker "
        "fails at. Every problem comes with what to do about it.",
    .examples = "pgbaton -c shop.conf status\npgbaton -c shop.conf status --json",
    .options = options,
    .settings = "migration databases",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run,
};
