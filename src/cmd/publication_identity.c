#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "catalog/tables.h"
#include "cmd/publication_members.h"
#include "pg/quote.h"

enum
{
    MOST_NAMED = 10
};

/* A table whose own writers would fail. */
typedef struct Unfit
{
    const TableIdentity *table;
    const char *reason;
} Unfit;

typedef VEC(Unfit) Unfits;

static bool
all_in(const char *some_json, const char *all_json)
{
    cleanup_(json_release) json_t *some = json_loads(some_json, 0, NULL);
    cleanup_(json_release) json_t *all = json_loads(all_json, 0, NULL);
    const json_t *wanted;
    size_t i;

    json_array_foreach(some, i, wanted)
    {
        const json_t *candidate;
        bool found = false;
        size_t j;

        json_array_foreach(all, j, candidate) found = found || json_equal(wanted, candidate);
        if (!found)
            return false;
    }
    return true;
}

/* NULL: it can be updated when it is published so. columns and filter_columns are those of the only table that is added, or NULL. */
static const char *
why_unfit(const TableIdentity *table, const char *columns, const char *filter_columns)
{
    bool is_full = strcmp(table->setting, "full") == 0;

    if (table->reason)
        return table->reason;
    if (filter_columns && !is_full && !all_in(filter_columns, table->columns_json))
        return "the row filter looks at columns that are not in its replica identity";
    if (columns && is_full)
        return "its replica identity is the whole row, which the column list does not hold";
    if (columns && !all_in(table->columns_json, columns))
        return "the column list lacks columns of its replica identity";
    return NULL;
}

static bool
find_unfit(const Block *block, Conn *conn, const Publication *added, const char *filter_columns,
           Unfits *ret_unfit, Err *err)
{
    Arena *arena = block->context->arena;
    bool is_single = added->tables.len == 1;
    cleanup_(str_release) Str oids = STR_INIT;
    TableIdentities tables = {0};
    TableScope scope = {
        .schemas = json_arena_text(
            arena, json_list((StringList){added->schemas.items, added->schemas.len}))};
    bool ok;

    for (size_t i = 0; i < added->tables.len; i++)
        sql_array_add(&oids, added->tables.items[i].oid);
    if (!added->all_tables)
        scope.oids = oids.len ? oids.data : "{}";
    ok = tables_identities(conn, arena, &scope, &tables, err);
    for (size_t i = 0; ok && i < tables.len; i++)
    {
        const char *reason = tables.items[i].is_unlogged
                                 ? NULL
                                 : why_unfit(&tables.items[i],
                                             is_single ? added->tables.items[0].columns_json : NULL,
                                             is_single ? filter_columns : NULL);

        if (reason)
            *vec_push(ret_unfit, arena) = (Unfit){&tables.items[i], reason};
    }
    return ok;
}

static void
add_unfit_list(Str *s, const Unfits *unfit)
{
    for (size_t i = 0; i < unfit->len && i < MOST_NAMED; i++)
    {
        str_add(s, i ? ", " : "");
        table_name_add(s, unfit->items[i].table->schema, unfit->items[i].table->name);
        str_addf(s, " (%s)", unfit->items[i].reason);
    }
    if (unfit->len > MOST_NAMED)
        str_addf(s, " and %zu more", unfit->len - MOST_NAMED);
}

static json_t *
unfit_json(const Unfits *unfit)
{
    json_t *list = json_array();

    for (size_t i = 0; i < unfit->len; i++)
        json_array_append_new(list, json_pack("{s:o, s:o, s:s}", "schema",
                                              json_text(unfit->items[i].table->schema), "name",
                                              json_text(unfit->items[i].table->name), "reason",
                                              unfit->items[i].reason));
    return list;
}

/* The command that mends it, where it is the replica identity itself that is missing. */
static void
add_fix(Str *s, const Conn *conn, const Unfits *unfit)
{
    cleanup_(str_release) Str names = STR_INIT;
    size_t n_named = 0;
    bool full = false;

    for (size_t i = 0; i < unfit->len; i++)
    {
        cleanup_(str_release) Str name = STR_INIT;
        const TableIdentity *table = unfit->items[i].table;

        if (!table->reason)
            continue;
        full = full || !(table->has_primary_key || table->best_index);
        n_named++;
        table_name_add(&name, table->schema, table->name);
        str_add_char(&names, ' ');
        str_add_shell_word(&names, name.data);
    }
    str_addf(s, "pgbaton identity fix --on %s%s%s", side_name(conn_side(conn)),
             n_named > MOST_NAMED ? "" : names.data, full ? " --full" : "");
}

static bool
refuse(const Conn *conn, const Unfits *unfit, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    cleanup_(str_release) Str fix = STR_INIT;
    bool can_fix = false;

    add_unfit_list(&names, unfit);
    add_fix(&fix, conn, unfit);
    for (size_t i = 0; i < unfit->len; i++)
        can_fix = can_fix || unfit->items[i].table->reason;
    err_set(err, ERR_REFUSED, "%zu %s could not be updated or deleted from any more: %s",
            unfit->len, unfit->len == 1 ? "table" : "tables", names.data);
    err_detail(err, "Once a table is published with its updates and deletes, the server itself "
                    "refuses those that it cannot tell the rows of.");
    if (can_fix)
        return err_hint(err, "Run: %s; or publish inserts only; or add --allow-no-identity.",
                        fix.data);
    return err_hint(err, "Choose other columns, publish inserts only, or add --allow-no-identity.");
}

bool
members_check_identity(const Block *block, Conn *conn, const Publication *added,
                       const char *publishes, const char *filter_columns, Change *change, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    Publication named = *added;
    Publication others = *added;
    Unfits unfit = {0};

    if (!strstr(publishes, "update") && !strstr(publishes, "delete"))
        return true;
    /* A row filter is of the table alone, not of the schemas beside it. */
    named.schemas = (Names){0};
    named.all_tables = false;
    others.tables = (PublicationTables){0};
    if (!find_unfit(block, conn, &named, filter_columns, &unfit, err) ||
        ((others.all_tables || others.schemas.len > 0) &&
         !find_unfit(block, conn, &others, NULL, &unfit, err)))
        return false;
    if (unfit.len == 0)
        return true;
    if (!option_flag(block->context->options, "allow-no-identity"))
        return refuse(conn, &unfit, err);
    add_unfit_list(&names, &unfit);
    log_warning("what cannot be updated or deleted from any more: %s", names.data);
    if (!change->details)
        change->details = json_object();
    json_object_set_new(change->details, "without_identity", unfit_json(&unfit));
    return true;
}
