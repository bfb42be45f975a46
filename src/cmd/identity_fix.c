#include <string.h>

#include "base/log.h"
#include "cmd/commands.h"
#include "cmd/identity.h"
#include "cmd/publication_members.h"
#include "repl/identity.h"

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
            return identities_refuse_owner(identities->conn, table, err);
        identity_plan_set(&sql, table, choice);
        change_add(change, &identities->block, conn_side(identities->conn), sql.data);
        json_array_append_new(
            fixed, identity_table_json(table, identity_choice_name(choice),
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
        change.note = identities_summary(context->arena, json_object_get(change.details, "tables"),
                                         "is now identified by");
        ok = identities_finish(&identities, &change, err);
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
