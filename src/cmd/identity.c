#include "repl/identity.h"

#include <string.h>

#include "base/log.h"
#include "cmd/block.h"
#include "cmd/commands.h"
#include "cmd/publication.h"
#include "config/filter.h"
#include "pg/quote.h"

/* The side, its publications, and the tables that the command is about. */
typedef struct Identities
{
    Block block;
    Conn *conn;
    TableScope scope;
    FoundTables named;
    Str oids;
    TableIdentities tables;
} Identities;

static void
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

        if (found->refusal && found->kind != 'p' && names.items[found->pattern].name)
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

static bool
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

static bool
refuse_owner(const Conn *conn, const TableIdentity *table, Err *err)
{
    cleanup_(str_release) Str grant = STR_INIT;

    sql_format(&grant, "GRANT %I TO %I", table->owner, PQuser(conn_pg(conn)));
    err_set(err, ERR_REFUSED, "table \"%s.%s\" is not this role's to change", table->schema,
            table->name);
    err_detail(err, "Only its owner \"%s\" may set its replica identity; this is role \"%s\".",
               table->owner, PQuser(conn_pg(conn)));
    return err_hint(err, "Connect as its owner, name other tables, or run: %s", grant.data);
}

static bool
refuse_full(const PublicationTables *tables, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;

    members_add_list(&names, tables);
    err_set(err, ERR_REFUSED, "%zu %s no key that can identify rows: %s", tables->len,
            tables->len == 1 ? "table has" : "tables have", names.data);
    err_detail(
        err,
        "Only the whole row could (FULL): all of it goes into the WAL, and the target looks for each updated or deleted row without a key. Nothing was changed.");
    return err_hint(err, "Make them a primary key; or allow FULL by --full; or leave them as they "
                         "are by --keys-only.");
}

static json_t *
table_json(const TableIdentity *table, const char *after, const char *index)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:o}", "schema", json_text(table->schema), "name",
                     json_text(table->name), "before", json_text(table->setting), "after", after,
                     "index", json_text(index));
}

/* Plans the tables that are to be changed; fills the lists of the document. */
static bool
plan_fix(Identities *identities, const CommandContext *context, Change *change, Err *err)
{
    bool full = option_flag(context->options, "full");
    bool keys_only = option_flag(context->options, "keys-only");
    PublicationTables without_key = {0};
    json_t *fixed = json_array();
    json_t *left = json_array();

    change->details = json_pack("{s:o, s:o}", "tables", fixed, "left", left);
    for (size_t i = 0; i < identities->tables.len; i++)
    {
        const TableIdentity *table = &identities->tables.items[i];
        IdentityChoice choice = identity_choice(table);
        cleanup_(str_release) Str sql = STR_INIT;

        if (!table->reason || table->is_unlogged || (table->extension && context->n_args == 0))
            continue;
        if (choice == IDENTITY_FULL && !full)
        {
            *vec_push(&without_key, context->arena) =
                (PublicationTable){.schema = table->schema, .name = table->name};
            json_array_append_new(left, json_pack("{s:o, s:o, s:s}", "schema",
                                                  json_text(table->schema), "name",
                                                  json_text(table->name), "reason", table->reason));
            continue;
        }
        if (!table->is_own)
            return refuse_owner(identities->conn, table, err);
        identity_plan_set(&sql, table, choice);
        change_add(change, &identities->block, conn_side(identities->conn), sql.data);
        json_array_append_new(fixed,
                              table_json(table, identity_choice_name(choice),
                                         choice == IDENTITY_INDEX ? table->best_index : NULL));
    }
    if (without_key.len > 0 && !keys_only)
        return refuse_full(&without_key, err);
    if (without_key.len > 0)
    {
        cleanup_(str_release) Str names = STR_INIT;

        members_add_list(&names, &without_key);
        log_warning("left without a replica identity: %s", names.data);
    }
    return true;
}

/* The statements that make the record come before those that fill it. */
static bool
prepend_record(Identities *identities, const CommandContext *context, Change *change, Err *err)
{
    Change planned = *change;
    Names record = {0};

    if (planned.statements.len == 0)
        return true;
    if (!identity_plan_record(identities->conn, context->arena, &record, err))
        return false;
    memset(&change->statements, 0, sizeof(change->statements));
    for (size_t i = 0; i < record.len; i++)
        change_add(change, &identities->block, conn_side(identities->conn), record.items[i]);
    for (size_t i = 0; i < planned.statements.len; i++)
        change_add(change, &identities->block, planned.statements.items[i].side,
                   planned.statements.items[i].sql);
    return true;
}

static bool
finish(Identities *identities, Change *change, Err *err)
{
    return block_change_gently(&identities->block, change, err) ||
           members_rights(
               identities->conn,
               "It takes the tables' owner, and for the record of what was there CREATE on the database and schema pgbaton.",
               err);
}

static const char *
summary(Arena *arena, const json_t *tables, const char *verb)
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
run_fix(const CommandContext *context, Err *err)
{
    cleanup_(identities_release) Identities identities;
    Change change = {.object = "replica identities of database",
                     .outcome = "fixed",
                     .unchanged = "are fine, or left as they are"};
    bool ok;

    ok = identities_open(&identities, context, true, err) &&
         tables_identities(identities.conn, context->arena, &identities.scope, &identities.tables,
                           err);
    if (ok)
    {
        change.name = conn_dbname(identities.conn);
        ok = plan_fix(&identities, context, &change, err) &&
             prepend_record(&identities, context, &change, err);
    }
    if (ok)
    {
        change.note = summary(context->arena, json_object_get(change.details, "tables"),
                              "is now identified by");
        ok = finish(&identities, &change, err);
    }
    json_decref(change.details);
    return ok;
}

static const Option fix_options[] = {
    {.name = "full",
     .type = OPTION_FLAG,
     .help = "set tables without any key to FULL, which is slow"},
    {.name = "keys-only",
     .type = OPTION_FLAG,
     .help = "leave tables without any key as they are, with a warning"},
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_identity_fix = {
    .name = "identity fix",
    .arguments = "[TABLE...]",
    .summary = "give tables a replica identity that lack a usable one",
    .description =
        "Sets the replica identity of those tables only, and partitions, whose UPDATE and DELETE could not be replicated: to the primary key if that is usable, "
        "else to the smallest unique index that is valid, immediate, not partial, and whose columns are all NOT NULL. A table without such an index "
        "would need FULL: then nothing is changed, and the tables are named (exit code 3), unless --full allows it or --keys-only leaves them out.\n\n"
        "Without names all tables are looked at but members of extensions; unlogged tables never need one. Of a partitioned table, its partitions are changed.\n\n"
        "What was there is recorded in pgbaton.identity_change of the same database, for \"identity restore\". Each table is changed in a "
        "transaction of its own that needs an ACCESS EXCLUSIVE lock for a moment; no attempt waits longer than --lock-timeout for it.",
    .examples =
        "pgbaton identity fix --dry-run\npgbaton identity fix 'app.*' --full\npgbaton identity fix --keys-only",
    .options = fix_options,
    .settings = "include exclude lock-timeout",
    .max_args = -1,
    .run = run_fix,
};

static const TableIdentity *
find_table(const TableIdentities *tables, const char *oid)
{
    for (size_t i = 0; i < tables->len; i++)
        if (strcmp(tables->items[i].oid, oid) == 0)
            return &tables->items[i];
    return NULL;
}

static bool
same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Once it is put back, could the published UPDATE and DELETE of this table go on? */
static bool
is_harmless(const TableIdentity *table, const IdentityChange *was)
{
    if (strcmp(table->publications, "[]") == 0 || strcmp(was->before, "full") == 0 ||
        strcmp(was->before, "index") == 0)
        return true;
    return strcmp(was->before, "default") == 0 && table->has_primary_key;
}

static bool
refuse_harm(const Conn *conn, const TableIdentity *table, Err *err)
{
    cleanup_(json_release) json_t *publications = json_loads(table->publications, 0, NULL);
    const char *publication = json_string_value(json_array_get(publications, 0));
    cleanup_(str_release) Str name = STR_INIT;
    cleanup_(str_release) Str words = STR_INIT;

    table_name_add(&name, table->schema, table->name);
    publication_add_word(&words, publication);
    str_add_char(&words, ' ');
    str_add_shell_word(&words, name.data);
    err_set(err, ERR_REFUSED, "table \"%s.%s\" could not be updated or deleted from any more",
            table->schema, table->name);
    err_detail(err, "Publication \"%s\" publishes its updates and deletes.", publication);
    return err_hint(err,
                    "First run: pgbaton publication remove --on %s %s; or add --allow-no-identity.",
                    side_name(conn_side(conn)), words.data);
}

/* One entry of the record. */
static bool
plan_entry(Identities *identities, const CommandContext *context, const IdentityChange *was,
           Change *change, Err *err)
{
    const TableIdentity *table = find_table(&identities->tables, was->oid);
    cleanup_(str_release) Str sql = STR_INIT;
    const char *left = NULL;

    if (!table && was->schema)
        return true; /* not among those that are named */
    if (table &&
        (!same(table->setting, was->after) || !same(table->setting_index, was->after_index)))
        left = "somebody has changed it since";
    else if (table && strcmp(was->before, "index") == 0 && !was->before_index)
        left = "the index that it was set to was gone before";
    if (!table || left)
        identity_plan_forget(&sql, was);
    else if (!table->is_own)
        return refuse_owner(identities->conn, table, err);
    else if (!option_flag(context->options, "allow-no-identity") && !is_harmless(table, was))
        return refuse_harm(identities->conn, table, err);
    else
        identity_plan_restore(&sql, was);
    change_add(change, &identities->block, conn_side(identities->conn), sql.data);
    if (left)
        log_warning("the replica identity of table \"%s.%s\" is left as it is: %s", table->schema,
                    table->name, left);
    if (table)
        json_array_append_new(json_object_get(change->details, left ? "left" : "tables"),
                              left
                                  ? json_pack("{s:o, s:o, s:s}", "schema", json_text(table->schema),
                                              "name", json_text(table->name), "reason", left)
                                  : table_json(table, was->before, was->before_index));
    return true;
}

static bool
plan_restore(Identities *identities, const CommandContext *context, Change *change, Err *err)
{
    IdentityChanges record = {0};
    Names ending = {0};

    if (!identity_read_changes(identities->conn, context->arena, &record, err))
        return false;
    for (size_t i = 0; i < record.len; i++)
        if (!plan_entry(identities, context, &record.items[i], change, err))
            return false;
    if (change->statements.len == record.len &&
        !identity_plan_remove_record(identities->conn, context->arena, &ending, err))
        return false;
    for (size_t i = 0; i < ending.len; i++)
        change_add(change, &identities->block, conn_side(identities->conn), ending.items[i]);
    return true;
}

static bool
run_restore(const CommandContext *context, Err *err)
{
    cleanup_(identities_release) Identities identities;
    Change change = {.object = "replica identities of database",
                     .outcome = "restored",
                     .unchanged = "are not changed by pgbaton, or are restored already"};
    bool ok;

    if (!identities_open(&identities, context, true, err))
        return false;
    /* What was recorded is put back whatever the patterns of the config leave out. */
    identities.scope.include = identities.scope.exclude = NULL;
    change.name = conn_dbname(identities.conn);
    change.details = json_pack("{s:[], s:[]}", "tables", "left");
    ok = tables_identities(identities.conn, context->arena, &identities.scope, &identities.tables,
                           err) &&
         plan_restore(&identities, context, &change, err);
    if (ok)
    {
        change.note =
            summary(context->arena, json_object_get(change.details, "tables"), "is back at");
        ok = finish(&identities, &change, err);
    }
    json_decref(change.details);
    return ok;
}

static const Option restore_options[] = {
    {.name = "allow-no-identity",
     .type = OPTION_FLAG,
     .help = "go on although UPDATE and DELETE on published tables are going to fail then"},
    OPTION_ON("source"),
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_identity_restore = {
    .name = "identity restore",
    .arguments = "[TABLE...]",
    .summary = "put replica identities back that \"identity fix\" has changed",
    .description =
        "Puts back exactly what was recorded; a table that somebody has set to something else since keeps that. The record is removed with its last entry.\n\n"
        "Refuses (exit code 3) while a publication publishes updates and deletes of a table that would have no usable identity then: they would fail.",
    .examples = "pgbaton identity restore --dry-run\npgbaton identity restore app.orders",
    .options = restore_options,
    .settings = "lock-timeout",
    .max_args = -1,
    .run = run_restore,
};
