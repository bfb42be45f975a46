#include <string.h>

#include "catalog/tables.h"
#include "cmd/block.h"
#include "cmd/commands.h"
#include "config/filter.h"
#include "pg/quote.h"
#include "repl/publication_read.h"
#include "sql/sql.h"

/* Sizes and definitions of a table that somebody has locked would be waited for. */
static bool
bound_waits(const CommandContext *context, Conn *conn, Err *err)
{
    return conn_run(conn, "SELECT pg_catalog.set_config('lock_timeout', $1, false)",
                    PARAMS(PARAM_I64(context->config->lock_timeout_ms)), NULL, err);
}

/* Returns false, telling what to do about a lock that was in the way. */
static bool
explain_lock(const CommandContext *context, Err *err)
{
    if (strcmp(err->sqlstate, "55P03") != 0) /* lock_not_available */
        return false;
    err_detail(err, "Another session has held a table locked for longer than %d ms.",
               context->config->lock_timeout_ms);
    return err_hint(err, "Run it again when that session has ended, or with more --lock-timeout.");
}

static bool
run_table_list(const CommandContext *context, Err *err)
{
    static const ListingColumn columns[] = {
        {"schema", "schema", CELL_TEXT},
        {"name", "name", CELL_TEXT},
        {"kind", "kind", CELL_TEXT},
        {"partition_of", NULL, CELL_JSON},
        {"estimated_rows", "rows (estimate)", CELL_NUMBER},
        {"total_bytes", "size", CELL_BYTES},
        {"table_bytes", NULL, CELL_BYTES},
        {"index_bytes", NULL, CELL_BYTES},
        {"toast_bytes", NULL, CELL_BYTES},
        {"identity", "replica identity", CELL_TEXT},
        {"identity_columns", NULL, CELL_JSON},
        {"is_usable", NULL, CELL_BOOL},
        {"publications", "publications", CELL_JSON},
        {"extension", "extension", CELL_TEXT},
        {"owner", "owner", CELL_TEXT},
        {.key = NULL},
    };
    const char *schema = option_text(context->options, "schema");
    cleanup_(block_close) Block block;
    cleanup_(result_release) PGresult *result = NULL;
    Listing *listing = listing_new(context->arena, columns);
    Side side = block_side(context);
    TableScope scope = {
        .include = filter_json(context->arena, &context->config->include),
        .exclude = filter_json(context->arena, &context->config->exclude),
        .with_sizes = true,
    };

    block_init(&block, context);
    if (*schema && !schema_pattern_parse(context->arena, schema, &scope.schema_like, err))
        return false;
    if (!block_open(&block, side, err) || !bound_waits(context, block.conns[side], err) ||
        !publications_json(block.conns[side], context->arena, &scope.publications, err) ||
        !tables_query(block.conns[side], &scope, &result, err))
        return explain_lock(context, err);
    listing_add_result(listing, result);
    block_print(&block, side, listing, "tables", "tables");
    return true;
}

static const Option table_list_options[] = {
    {.name = "schema",
     .type = OPTION_TEXT,
     .argument = "PATTERN",
     .help =
         "only tables of schemas that match; as in SQL, and * and ? outside of double quotes stand for any characters"},
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_table_list = {
    .name = "table list",
    .arguments = "",
    .summary = "list the tables of a database",
    .description =
        "Tables of all schemas but the system's and pgbaton's: what kind each one is, how many rows it has by the last ANALYZE, what it takes "
        "with its indexes and its TOAST table (a partitioned table what its partitions take together), its replica identity in effect (a key's name, "
        "full, nothing, or none), the publications that publish it, by its name, its schema or the table that it is a partition of, and the extension "
        "that it is a member of.",
    .examples =
        "pgbaton table list\npgbaton table list --on target --schema 'app*'\npgbaton table list --json",
    .options = table_list_options,
    .settings = "include exclude lock-timeout",
    .run = run_table_list,
};

/* Any relation with columns. */
static bool
find_one(Conn *conn, const CommandContext *context, const char **ret_oid, Err *err)
{
    TableNames names = {0};
    FoundTables found = {0};

    if (!table_name_parse(context->arena, context->args[0], vec_push(&names, context->arena), err))
        return false;
    if (!names.items[0].name)
    {
        err_set(err, ERR_USAGE, "\"%s\" may stand for more than one table", context->args[0]);
        err_detail(err, "The columns of one are listed.");
        return err_hint(err, "Name it, or write * and ? of its name in double quotes.");
    }
    if (!tables_find(conn, context->arena, &names, &found, err))
        return false;
    *ret_oid = found.items[0].oid;
    return true;
}

static bool
read_columns(const CommandContext *context, Conn *conn, PGresult **ret_result, Err *err)
{
    cleanup_(result_release) PGresult *table = NULL;
    cleanup_(str_release) Str oids = STR_INIT;
    TableScope scope = {.schemas = NULL};
    const char *oid = "";
    int row = 0;

    if (!find_one(conn, context, &oid, err) ||
        !publications_json(conn, context->arena, &scope.publications, err))
        return false;
    sql_array_add(&oids, oid);
    scope.oids = oids.data;
    if (!tables_query(conn, &scope, &table, err))
        return false;
    /* Its partitions are among them; a view is not. */
    while (row < PQntuples(table) &&
           strcmp(result_text(table, row, result_column(table, "oid")), oid) != 0)
        row++;
    if (row == PQntuples(table))
        return conn_query(conn, sql_catalog_columns, PARAMS(oid, "[]", "[]", "f"), ret_result, err);
    return conn_query(
        conn, sql_catalog_columns,
        PARAMS(oid, result_text(table, row, result_column(table, "memberships")),
               result_text(table, row, result_column(table, "identity_columns")),
               strcmp(result_text(table, row, result_column(table, "setting")), "full") == 0 ? "t"
                                                                                             : "f"),
        ret_result, err);
}

static bool
run_column_list(const CommandContext *context, Err *err)
{
    static const ListingColumn columns[] = {
        {"position", "position", CELL_NUMBER},
        {"name", "name", CELL_TEXT},
        {"type", "type", CELL_TEXT},
        {"not_null", "not null", CELL_BOOL},
        {"default", "default", CELL_TEXT},
        {"generated", "generated as", CELL_TEXT},
        {"generated_kind", NULL, CELL_TEXT},
        {"identity", "identity", CELL_TEXT},
        {"collation", "collation", CELL_TEXT},
        {"storage", "storage", CELL_TEXT},
        {"compression", "compression", CELL_TEXT},
        {"in_primary_key", "primary key", CELL_BOOL},
        {"in_identity", "replica identity", CELL_BOOL},
        {"column_lists", "column lists of", CELL_JSON},
        {.key = NULL},
    };
    cleanup_(block_close) Block block;
    cleanup_(result_release) PGresult *result = NULL;
    Listing *listing = listing_new(context->arena, columns);
    Side side = block_side(context);

    block_init(&block, context);
    if (!block_open(&block, side, err) || !bound_waits(context, block.conns[side], err) ||
        !read_columns(context, block.conns[side], &result, err))
        return explain_lock(context, err);
    listing_add_result(listing, result);
    block_print(&block, side, listing, "columns", "columns");
    return true;
}

static const Option column_list_options[] = {OPTION_ON("source"), OPTION_DATABASE, {.name = NULL}};

const Command command_column_list = {
    .name = "column list",
    .arguments = "TABLE",
    .summary = "list the columns of a table",
    .description =
        "Of any table, view or sequence, named as in SQL. Each column with its position (those of dropped ones are missing), its type, NOT NULL, its "
        "default, expression or identity, its collation where it is not the type's own, how it is stored, whether it is in the primary key and in the "
        "replica identity in effect, and the publications whose column list names it.",
    .examples =
        "pgbaton column list app.orders\npgbaton column list '\"App\".\"My table\"' --on target --json",
    .options = column_list_options,
    .settings = "lock-timeout",
    .min_args = 1,
    .max_args = 1,
    .run = run_column_list,
};
