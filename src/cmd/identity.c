#include "cmd/identity.h"

#include "cmd/commands.h"
#include "cmd/publication_members.h"
#include "config/filter.h"
#include "pg/quote.h"
#include "repl/publication_read.h"

void
identities_release(Identities *identities)
{
    str_release(&identities->oids);
    block_close(&identities->block);
}

static bool
refuse_kind(const FoundTable *found, Err *err)
{
    err_set(err, ERR_REFUSED, "\"%s.%s\" has no replica identity of use", found->schema,
            found->name);
    err_detail(err, "%s", found->refusal);
    return err_hint(err, "Leave it out.");
}

static bool
read_scope(Identities *identities, const CommandContext *context, Err *err)
{
    Arena *arena = context->arena;
    TableNames names = {0};

    for (int i = 0; i < context->n_args; i++)
        if (!table_name_parse(arena, context->args[i], vec_push(&names, arena), err))
            return false;
    if (!tables_find(identities->conn, arena, &names, &identities->named, err))
        return false;
    for (size_t i = 0; i < identities->named.len; i++)
    {
        const FoundTable *found = &identities->named.items[i];

        if (found->refusal && found->kind != 'p' && found->pattern < names.len &&
            names.items[found->pattern].name)
            return refuse_kind(found, err);
        sql_array_add(&identities->oids, found->oid);
    }
    if (context->n_args > 0)
        identities->scope.oids = identities->oids.len ? identities->oids.data : "{}";
    else
    {
        identities->scope.include = filter_json(arena, &context->config->include);
        identities->scope.exclude = filter_json(arena, &context->config->exclude);
    }
    return true;
}

bool
identities_open(Identities *identities, const CommandContext *context, bool locks, Err *err)
{
    Side side = block_side(context);

    *identities = (Identities){.oids = STR_INIT};
    block_init(&identities->block, context);
    if (!block_open(&identities->block, side, err) ||
        (locks && !block_lock(&identities->block, err)))
        return false;
    identities->conn = identities->block.conns[side];
    return publications_json(identities->conn, context->arena, &identities->scope.publications,
                             err) &&
           read_scope(identities, context, err);
}

bool
identities_refuse_owner(const Conn *conn, const TableIdentity *table, Err *err)
{
    cleanup_(str_release) Str grant = STR_INIT;

    sql_format(&grant, "GRANT %I TO %I", table->owner, PQuser(conn_pg(conn)));
    err_set(err, ERR_REFUSED, "table \"%s.%s\" is not this role's to change", table->schema,
            table->name);
    err_detail(err, "Only its owner \"%s\" may set its replica identity; this is role \"%s\".",
               table->owner, PQuser(conn_pg(conn)));
    return err_hint(err, "Connect as its owner, name other tables, or run: %s", grant.data);
}

json_t *
identity_table_json(const TableIdentity *table, const char *after, const char *index)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:o}", "schema", json_text(table->schema), "name",
                     json_text(table->name), "before", json_text(table->setting), "after", after,
                     "index", json_text(index));
}

bool
identities_finish(Identities *identities, Change *change, Err *err)
{
    return block_change_gently(&identities->block, change, err) ||
           members_rights(
               identities->conn,
               "It takes the tables' owner, and for the record of what was there CREATE on the database and schema pgbaton.",
               err);
}

const char *
identities_summary(Arena *arena, const json_t *tables, const char *verb)
{
    cleanup_(str_release) Str s = STR_INIT;
    const json_t *table;
    size_t i;

    json_array_foreach(tables, i, table)
    {
        const char *index = json_string_value(json_object_get(table, "index"));

        str_add(&s, i ? "\n" : "");
        table_name_add(&s, json_string_value(json_object_get(table, "schema")),
                       json_string_value(json_object_get(table, "name")));
        str_addf(&s, " %s %s%s%s%s", verb, json_string_value(json_object_get(table, "after")),
                 index ? " \"" : "", index ? index : "", index ? "\"" : "");
    }
    return s.len ? arena_strdup(arena, s.data) : NULL;
}

static bool
run_list(const CommandContext *context, Err *err)
{
    static const ListingColumn columns[] = {
        {"schema", "schema", CELL_TEXT},
        {"name", "name", CELL_TEXT},
        {"kind", "kind", CELL_TEXT},
        {"setting", "setting", CELL_TEXT},
        {"identity", "in effect", CELL_TEXT},
        {"identity_columns", "columns", CELL_JSON},
        {"is_usable", "update, delete", CELL_BOOL},
        {"reason", "why not", CELL_TEXT},
        {"publications_of_changes", "published in", CELL_JSON},
        {"extension", NULL, CELL_TEXT},
        {.key = NULL},
    };
    cleanup_(identities_release) Identities identities;
    cleanup_(result_release) PGresult *result = NULL;
    Listing *listing = listing_new(context->arena, columns);
    bool only_missing = option_flag(context->options, "missing");

    if (!identities_open(&identities, context, false, err) ||
        !tables_query(identities.conn, &identities.scope, &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
    {
        const char *usable = result_text(result, row, result_column(result, "is_usable"));
        const char *cells[lengthof(columns)];

        /* Rows of partitioned tables are their partitions', which have identities of their own. */
        if (!usable ||
            (only_missing &&
             (*usable == 't' || result_bool(result, row, result_column(result, "is_unlogged")))))
            continue;
        for (size_t i = 0; columns[i].key; i++)
            cells[i] = result_text(result, row, result_column(result, columns[i].key));
        listing_add(listing, cells);
    }
    block_print(&identities.block, conn_side(identities.conn), listing, "identities", "tables");
    return true;
}

static const Option list_options[] = {
    {.name = "missing",
     .type = OPTION_FLAG,
     .help = "only tables whose UPDATE and DELETE cannot be replicated"},
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_identity_list = {
    .name = "identity list",
    .arguments = "[TABLE...]",
    .summary = "list the replica identities of tables",
    .description =
        "For each table and each partition, as partitions do not inherit it: what is set (default, index, full, nothing), what is in effect, with its "
        "columns, whether UPDATE and DELETE can be replicated, and why not. Where they cannot, they fail on this server as soon as "
        "the table is published with them.\n\n"
        "An index counts if it is unique, valid, immediate (not DEFERRABLE) and not partial. Unlogged tables are not replicated at all; temporary and foreign "
        "ones have no replica identity.",
    .examples = "pgbaton identity list\npgbaton identity list --missing 'app.*' --json",
    .options = list_options,
    .settings = "include exclude",
    .max_args = -1,
    .run = run_list,
};
