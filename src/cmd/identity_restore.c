#include <string.h>

#include "base/log.h"
#include "cmd/commands.h"
#include "cmd/identity.h"
#include "cmd/publication.h"
#include "repl/identity.h"

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
        return identities_refuse_owner(identities->conn, table, err);
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
                                  : identity_table_json(table, was->before, was->before_index));
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
        change.note = identities_summary(context->arena, json_object_get(change.details, "tables"),
                                         "is back at");
        ok = identities_finish(&identities, &change, err);
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
