#include "flow/schema_copy.h"

#include <ctype.h>
#include <string.h>

#include "base/json_text.h"
#include "pg/quote.h"
#include "pg/tools.h"
#include "schema/dump.h"
#include "sql/sql.h"

enum
{
    NAMED_AT_MOST = 10
};

static const char *
object_of(const DdlEntry *entry, Arena *arena)
{
    return arena_printf(arena, "%s %s%s%s", entry->type, entry->schema, *entry->schema ? "." : "",
                        entry->tag);
}

static bool
names_schema(const SchemaCopy *wanted, const char *name)
{
    for (size_t i = 0; i < wanted->schemas.len; i++)
        if (strcmp(wanted->schemas.items[i], name) == 0)
            return true;
    return false;
}

/* The schema itself is in none; nor are its grants and its comment, whose tags begin with its kind and quote its name. */
static bool
is_of_wanted_schema(const SchemaCopy *wanted, const DdlEntry *entry)
{
    static const char kind[] = "SCHEMA ";

    if (*entry->schema)
        return names_schema(wanted, entry->schema);
    if (strcmp(entry->type, "SCHEMA") == 0)
        return names_schema(wanted, entry->tag);
    for (size_t i = 0; strncmp(entry->tag, kind, strlen(kind)) == 0 && i < wanted->schemas.len; i++)
    {
        cleanup_(str_release) Str quoted = STR_INIT;

        sql_ident(&quoted, wanted->schemas.items[i]);
        if (strcmp(entry->tag + strlen(kind), quoted.data) == 0 ||
            strcmp(entry->tag + strlen(kind), wanted->schemas.items[i]) == 0)
            return true;
    }
    return false;
}

static bool
is_wanted(const SchemaCopy *wanted, const DdlEntry *entry)
{
    if (!(entry->section == DDL_PRE_DATA ? wanted->pre_data : wanted->post_data))
        return false;
    return wanted->schemas.len == 0 || is_of_wanted_schema(wanted, entry);
}

static void
keep_wanted(const SchemaCopy *wanted, DdlEntries *entries)
{
    size_t n = 0;

    for (size_t i = 0; i < entries->len; i++)
        if (is_wanted(wanted, &entries->items[i]))
            entries->items[n++] = entries->items[i];
    entries->len = n;
}

/* One flag for each entry: is it there? */
static bool
find_present(Conn *target, const DdlEntries *entries, bool *present, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(arena_release) Arena arena = {0};
    json_t *list = json_array();
    const char *text;

    for (size_t i = 0; i < entries->len; i++)
    {
        const DdlEntry *entry = &entries->items[i];

        json_array_append_new(
            list, json_pack("[I,s,s,s]", (json_int_t)i, entry->type, entry->schema, entry->tag));
    }
    text = json_arena_text(&arena, list);
    if (!conn_exec(target, "SET quote_all_identifiers = on", err) ||
        !conn_query(target, sql_schema_present, PARAMS(text), &result, err) ||
        !conn_exec(target, "RESET quote_all_identifiers", err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        present[result_i64(result, row, 0)] = true;
    return true;
}

/* Made by "extensions copy" before, or by initdb. */
static bool
may_be_there(const DdlEntry *entry)
{
    return strcmp(entry->type, "SCHEMA") == 0 || strcmp(entry->type, "EXTENSION") == 0;
}

static bool
refuse_present(Conn *target, const DdlEntries *entries, const bool *present, Arena *arena, Err *err)
{
    cleanup_(str_release) Str names = STR_INIT;
    const char *first = NULL;
    size_t n = 0;

    for (size_t i = 0; i < entries->len; i++)
    {
        const char *name;

        if (!present[i] || may_be_there(&entries->items[i]))
            continue;
        name = object_of(&entries->items[i], arena);
        first = first ? first : name;
        if (++n <= NAMED_AT_MOST)
            str_addf(&names, "%s%s", n > 1 ? ", " : "", name);
    }
    if (n == 0)
        return true;
    err_set(err, ERR_REFUSED, "database \"%s\" of the target has \"%s\" already",
            conn_dbname(target), first);
    if (n > NAMED_AT_MOST)
        err_detail(err, "What is there is never dropped: %s, and %zu more.", names.data,
                   n - NAMED_AT_MOST);
    else
        err_detail(err, "What is there is never dropped: %s.", names.data);
    return err_hint(
        err,
        "Copy into another database (--create-database makes it), drop them yourself, or leave them out by --exclude, --schema or --section.");
}

/* Without the last semicolon, which a statement of a plan does not have. */
static const char *
statement_of(const DdlEntry *entry, Arena *arena)
{
    const char *sql = arena_printf(arena, "%s%s", entry->state ? entry->state : "", entry->sql);
    size_t len = strlen(sql);

    while (len > 0 && (isspace((unsigned char)sql[len - 1]) || sql[len - 1] == ';'))
        len--;
    return arena_strndup(arena, sql, len);
}

/* pg_dump makes a schema that is there but changes its owner, as for public, without CREATE. */
static bool
is_needless(const DdlEntry *entry, bool present)
{
    return present && may_be_there(entry) && strncmp(entry->sql, "CREATE ", strlen("CREATE ")) == 0;
}

/* The comment of an extension that is there is its owner's to change. */
static bool
is_comment_on_extension(const DdlEntry *entry)
{
    return strcmp(entry->type, "COMMENT") == 0 &&
           strncmp(entry->tag, "EXTENSION ", strlen("EXTENSION ")) == 0;
}

static void
add_statements(const DdlEntries *entries, const bool *present, Arena *arena, Statements *ret)
{
    for (size_t i = 0; i < entries->len; i++)
    {
        const DdlEntry *entry = &entries->items[i];

        if (!is_needless(entry, present[i]) && !is_comment_on_extension(entry))
            *vec_push(&ret->list, arena) = (Statement){
                .object = object_of(entry, arena),
                .sql = statement_of(entry, arena),
            };
    }
}

bool
schema_copy_plan(const Config *config, Conn *source, Conn *target, const SchemaCopy *wanted,
                 Arena *arena, Statements *ret, Err *err)
{
    ClientTools tools;
    Ddl ddl;
    bool *present;

    if (!tools_find(config->pg_bindir, source, arena, &tools, err) ||
        !schema_dump(&tools, source, NULL, target, config, arena, &ddl, err))
        return false;
    for (size_t i = 0; i < ddl.warnings.len; i++)
        *vec_push(&ret->warnings, arena) = ddl.warnings.items[i];
    for (size_t i = 0; i < ddl.omitted.len; i++)
        *vec_push(&ret->warnings, arena) = arena_printf(
            arena, "Left out with what the patterns leave out: %s.", ddl.omitted.items[i]);
    keep_wanted(wanted, &ddl.entries);
    present = arena_alloc(arena, ddl.entries.len + 1);
    if (wanted->is_there && (!find_present(target, &ddl.entries, present, err) ||
                             !refuse_present(target, &ddl.entries, present, arena, err)))
        return false;
    add_statements(&ddl.entries, present, arena, ret);
    return true;
}
