#include "schema/omit.h"

#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"

/* (catalog, object) of what goes, sorted. */
typedef struct Gone
{
    uint64_t *keys;
    bool *is_root; /* said by a pattern, not merely dependent */
    size_t n;
} Gone;

static bool
refuse_table(const char *schema, const char *name, Err *err)
{
    err_set(err, ERR_REFUSED,
            "table \"%s.%s\" is to be moved, but depends on something that is left out", schema,
            name);
    err_detail(
        err,
        "It is a partition or child of, or uses the type, sequence or a function of, a table that the include and exclude patterns leave out.");
    return err_hint(err, "Add \"%s.%s\" to migration.exclude, or take in what it depends on.",
                    schema, name);
}

static bool
read_gone(Conn *source, const Config *config, Arena *arena, Gone *ret, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    size_t n;

    if (config->include.len == 0 && config->exclude.len == 0)
        return true;
    if (!conn_query(
            source, sql_schema_excluded,
            PARAMS(filter_json(arena, &config->include), filter_json(arena, &config->exclude)),
            &result, err))
        return false;
    n = (size_t)PQntuples(result);
    ret->keys = arena_alloc(arena, (n + 1) * sizeof(*ret->keys));
    ret->is_root = arena_alloc(arena, n + 1);
    ret->n = n;
    for (int i = 0; i < PQntuples(result); i++)
    {
        ret->keys[i] =
            (uint64_t)result_i64(result, i, 0) << 32 | (uint64_t)result_i64(result, i, 1);
        ret->is_root[i] = result_bool(result, i, 2);
        if (result_bool(result, i, 3))
            return refuse_table(PQgetvalue(result, i, 4), PQgetvalue(result, i, 5), err);
    }
    return true;
}

static int
compare_keys(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return left < right ? -1 : left > right;
}

/* NULL when the entry's own object stays. */
static const uint64_t *
find_gone(const Gone *gone, const DdlEntry *entry)
{
    uint64_t key = (uint64_t)entry->catalog_oid << 32 | entry->object_oid;

    return gone->n && key ? bsearch(&key, gone->keys, gone->n, sizeof(key), compare_keys) : NULL;
}

static bool
is_ours(const DdlEntry *entry)
{
    return strcmp(entry->schema, "pgbaton") == 0 ||
           (strcmp(entry->type, "SCHEMA") == 0 && strcmp(entry->tag, "pgbaton") == 0) ||
           (strcmp(entry->type, "EXTENSION") == 0 &&
            strncmp(entry->tag, "pgbaton", strlen("pgbaton")) == 0);
}

static bool
depends_on_omitted(const DdlEntry *entry, const bool *is_omitted, int max_id)
{
    for (size_t i = 0; i < entry->n_depends_on; i++)
        if (entry->depends_on[i] >= 0 && entry->depends_on[i] <= max_id &&
            is_omitted[entry->depends_on[i]])
            return true;
    return false;
}

/* Parts of another object, not worth a line of their own. */
static bool
is_part(const DdlEntry *entry)
{
    static const char *const types[] = {"ACL",        "COMMENT",          "SECURITY LABEL",
                                        "INDEX",      "INDEX ATTACH",     "TABLE ATTACH",
                                        "CONSTRAINT", "DEFAULT",          "CHECK CONSTRAINT",
                                        "TRIGGER",    "POLICY",           "ROW SECURITY",
                                        "SEQUENCE",   "SEQUENCE OWNED BY"};

    for (size_t i = 0; i < lengthof(types); i++)
        if (strcmp(entry->type, types[i]) == 0)
            return true;
    return false;
}

static bool
is_table(const DdlEntry *entry)
{
    return strcmp(entry->type, "TABLE") == 0 || strcmp(entry->type, "FOREIGN TABLE") == 0;
}

static void
note_omitted(const DdlEntry *entry, Arena *arena, Ddl *ddl)
{
    if (!is_part(entry))
        *vec_push(&ddl->omitted, arena) =
            *entry->schema ? arena_printf(arena, "%s %s.%s", entry->type, entry->schema, entry->tag)
                           : arena_printf(arena, "%s %s", entry->type, entry->tag);
}

bool
omit_entries(Conn *source, const Config *config, Arena *arena, Ddl *ddl, Err *err)
{
    Gone gone = {0};
    bool *is_omitted;
    int max_id = 0;
    size_t n_kept = 0;

    if (!read_gone(source, config, arena, &gone, err))
        return false;
    for (size_t i = 0; i < ddl->entries.len; i++)
        if (ddl->entries.items[i].dump_id > max_id)
            max_id = ddl->entries.items[i].dump_id;
    is_omitted = arena_alloc(arena, (size_t)max_id + 1);

    /* An entry comes after what it depends on, so one pass finds the comments and grants of what goes, too. */
    for (size_t i = 0; i < ddl->entries.len; i++)
    {
        DdlEntry *entry = &ddl->entries.items[i];
        const uint64_t *key = find_gone(&gone, entry);
        bool is_root = key && gone.is_root[key - gone.keys];

        if (!key && !is_ours(entry) && !depends_on_omitted(entry, is_omitted, max_id))
        {
            if (*entry->sql) /* pg_dump says nothing for schema public */
                ddl->entries.items[n_kept++] = *entry;
            continue;
        }
        if (entry->dump_id >= 0)
            is_omitted[entry->dump_id] = true;
        if (is_ours(entry) || is_root)
            continue;
        if (is_table(entry))
            return refuse_table(entry->schema, entry->tag, err);
        note_omitted(entry, arena, ddl);
    }
    ddl->entries.len = n_kept;
    return true;
}
