#include "cmd/publication_members.h"

#include <string.h>

#include "base/log.h"
#include "catalog/tables.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    MOST_NAMED = 10
};

const char members_help[] =
    "Names are written as in SQL: app.orders, \"App\".\"My table\" (in quotes for the shell: '\"App\".\"My table\"'). "
    "Outside double quotes capital letters become small ones, and * and ? stand for any characters and for one; 'app.*' is every "
    "table of users in that schema that can be published, and of a partitioned table not its partitions, as they come with it. A table is named alone: "
    "others that inherit from it are not in it.";

void
members_add_list(Str *s, const PublicationTables *tables)
{
    for (size_t i = 0; i < tables->len && i < MOST_NAMED; i++)
    {
        str_add(s, i ? ", " : "");
        table_name_add(s, tables->items[i].schema, tables->items[i].name);
    }
    if (tables->len > MOST_NAMED)
        str_addf(s, " and %zu more", tables->len - MOST_NAMED);
}

bool
members_rights(const Conn *conn, const char *remedy, Err *err)
{
    if (strcmp(err->sqlstate, "42501") != 0)
        return false;
    err->code = ERR_REFUSED;
    err_detail(err, "Role \"%s\" lacks the right to do it.", PQuser(conn_pg(conn)));
    return err_hint(err, "%s", remedy);
}

bool
members_read_schemas(const Block *block, Conn *conn, Names *ret_schemas, Err *err)
{
    Arena *arena = block->context->arena;
    StringList texts = option_list(block->context->options, "schema");

    if (texts.len > 0 && !conn_require(conn, FEATURE_PUBLISH_SCHEMAS, err))
        return false;
    for (size_t i = 0; i < texts.len; i++)
        if (!plain_names_parse(arena, texts.items[i], ret_schemas, err))
            return false;
    for (size_t i = 0; i < ret_schemas->len; i++)
    {
        const char *found;

        if (!conn_value(conn, arena, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1",
                        PARAMS(ret_schemas->items[i]), &found, err))
            return false;
        if (found)
            continue;
        err_set(err, ERR_REFUSED, "there is no schema \"%s\"", ret_schemas->items[i]);
        err_detail(err, "Database \"%s\" of the %s has no such one.", conn_dbname(conn),
                   side_name(conn_side(conn)));
        return err_hint(err, "Look at what there is with: pgbaton table list --on %s",
                        side_name(conn_side(conn)));
    }
    return true;
}

static bool
refuse_table(const FoundTable *found, Err *err)
{
    err_set(err, ERR_REFUSED, "table \"%s.%s\" cannot be published", found->schema, found->name);
    err_detail(err, "%s", found->refusal);
    return err_hint(err, "Leave it out.");
}

static bool
refuse_owner(const Conn *conn, const FoundTable *found, Err *err)
{
    cleanup_(str_release) Str grant = STR_INIT;

    sql_format(&grant, "GRANT %I TO %I", found->owner, PQuser(conn_pg(conn)));
    err_set(err, ERR_REFUSED, "table \"%s.%s\" is not this role's to publish", found->schema,
            found->name);
    err_detail(err, "Only its owner \"%s\" may; this is role \"%s\".", found->owner,
               PQuser(conn_pg(conn)));
    return err_hint(err, "Connect as its owner, or run: %s", grant.data);
}

static bool
take_found(Arena *arena, const Conn *conn, const TableNames *names, const FoundTables *found,
           PublicationTables *ret_tables, Err *err)
{
    for (size_t i = 0; i < found->len; i++)
    {
        const FoundTable *table = &found->items[i];

        if (table->refusal && table->pattern < names->len && names->items[table->pattern].name)
            return refuse_table(table, err);
        if (table->refusal)
        {
            log_warning("table \"%s.%s\" is left out: %s", table->schema, table->name,
                        table->refusal);
            continue;
        }
        if (!table->is_own)
            return refuse_owner(conn, table, err);
        if (!publication_find_table(ret_tables, table->oid))
            *vec_push(ret_tables, arena) =
                (PublicationTable){.oid = table->oid, .schema = table->schema, .name = table->name};
    }
    if (names->len == 0 || ret_tables->len > 0)
        return true;
    err_set(err, ERR_REFUSED, "none of the tables of \"%s\" can be published",
            names->items[0].text);
    err_detail(err, "Each of them is left out, for the reason that was told.");
    return err_hint(err, "Name others: pgbaton table list shows what there is.");
}

/* As the catalog has them, in the order of the table. */
static bool
read_columns(const Block *block, Conn *conn, const char *text, PublicationTable *table, Err *err)
{
    Arena *arena = block->context->arena;
    cleanup_(str_release) Str array = STR_INIT;
    Names names = {0};
    const char *missing;

    if (!conn_require(conn, FEATURE_COLUMN_LISTS, err) ||
        !plain_names_parse(arena, text, &names, err))
        return false;
    for (size_t i = 0; i < names.len; i++)
        sql_array_add(&array, names.items[i]);
    if (!conn_value(
            conn, arena,
            "SELECT u.name FROM pg_catalog.unnest($2::text[]) AS u (name) WHERE NOT EXISTS ("
            "SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = $1::pg_catalog.oid AND a.attname = u.name"
            " AND a.attnum > 0 AND NOT a.attisdropped)",
            PARAMS(table->oid, array.data), &missing, err) ||
        !conn_value(
            conn, arena,
            "SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a"
            " WHERE a.attrelid = $1::pg_catalog.oid AND a.attname = ANY ($2::text[]) AND a.attnum > 0 AND NOT a.attisdropped",
            PARAMS(table->oid, array.data), &table->columns_json, err))
        return false;
    if (!missing)
        return true;
    err_set(err, ERR_REFUSED, "there is no column \"%s\" in table \"%s.%s\"", missing,
            table->schema, table->name);
    err_detail(err, "Names of columns are written as in SQL: capital letters need double quotes.");
    return err_hint(err, "Look at what there is with: pgbaton column list");
}

static bool
read_details(const Block *block, Conn *conn, const TableNames *names, PublicationTables *tables,
             const char **ret_filter_columns, Err *err)
{
    const OptionValues *options = block->context->options;
    const char *where = option_text(options, "where");
    const char *columns = option_text(options, "columns");

    if (!*where && !*columns)
        return true;
    if (names->len != 1 || !names->items[0].name)
    {
        err_set(err, ERR_USAGE, "--where and --columns are for a single table");
        err_detail(err, names->len == 0 ? "No table is named." : "More than one may be meant.");
        return err_hint(
            err, "Name one, and add the others with: pgbaton publication add NAME TABLE --where "
                 "CONDITION --columns NAMES");
    }
    if (*columns && !read_columns(block, conn, columns, &tables->items[0], err))
        return false;
    if (!*where)
        return true;
    tables->items[0].filter = where;
    return conn_require(conn, FEATURE_ROW_FILTERS, err) &&
           (publication_probe_filter(conn, block->context->arena, &tables->items[0],
                                     ret_filter_columns, err) ||
            members_rights(conn, "It takes CREATE on the database, and the table's owner.", err));
}

bool
members_read_tables(const Block *block, Conn *conn, const StringList *texts,
                    PublicationTables *ret_tables, const char **ret_filter_columns, Err *err)
{
    Arena *arena = block->context->arena;
    TableNames names = {0};
    FoundTables found = {0};

    *ret_filter_columns = NULL;
    for (size_t i = 0; i < texts->len; i++)
        if (!table_name_parse(arena, texts->items[i], vec_push(&names, arena), err))
            return false;
    return tables_find(conn, arena, &names, &found, err) &&
           take_found(arena, conn, &names, &found, ret_tables, err) &&
           read_details(block, conn, &names, ret_tables, ret_filter_columns, err);
}
