#define _GNU_SOURCE
#include "schema/dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/process.h"
#include "base/str.h"
#include "pg/quote.h"
#include "schema/omit.h"
#include "sql/sql.h"

static void
close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* An anonymous file for the archive, which pg_restore reads twice, and not from its beginning to its end. */
static bool
make_archive(int *ret_fd, Err *err)
{
    *ret_fd = memfd_create("pgbaton-schema", MFD_CLOEXEC);
    if (*ret_fd >= 0)
        return true;
    err_set(err, ERR_FAILED, "could not keep the schema in memory");
    return err_detail(err, "%s.", strerror(errno));
}

/*
 * --quote-all-identifiers: what is a plain name to the source's version may be a keyword of the target's. --encoding: the database or the
 * role may have a client_encoding that cannot hold its own names.
 */
static bool
dump_archive(const ClientTools *tools, Conn *source, const char *snapshot, const Config *config,
             Arena *arena, int archive_fd, Err *err)
{
    cleanup_(result_release) PGresult *schemas = NULL;
    VEC(const char *) args = {0};

    if (!conn_query(source, sql_schema_excluded_schemas,
                    PARAMS(filter_json(arena, &config->exclude)), &schemas, err))
        return false;
    static const char *const fixed[] = {
        "--format=custom",    "--compress=0",    "--schema-only",          "--no-publications",
        "--no-subscriptions", "--encoding=UTF8", "--quote-all-identifiers"};
    *vec_push(&args, arena) = tools->pg_dump;
    for (size_t i = 0; i < lengthof(fixed); i++)
        *vec_push(&args, arena) = fixed[i];
    if (snapshot)
        *vec_push(&args, arena) = arena_printf(arena, "--snapshot=%s", snapshot);
    if (config->lock_timeout_ms > 0)
        *vec_push(&args, arena) =
            arena_printf(arena, "--lock-wait-timeout=%d", config->lock_timeout_ms);
    for (int i = 0; i < PQntuples(schemas); i++)
    {
        cleanup_(str_release) Str pattern = STR_INIT;

        sql_ident(&pattern, PQgetvalue(schemas, i, 0)); /* in double quotes nothing is a wildcard */
        *vec_push(&args, arena) = arena_printf(arena, "--exclude-schema=%s", pattern.data);
    }
    *vec_push(&args, arena) = NULL;
    return tools_run_into(source, args.items, archive_fd, err);
}

static bool
restore_section(const ClientTools *tools, int archive_fd, DdlSection section, Arena *arena,
                DdlEntries *ret, Err *err)
{
    cleanup_(str_release) Str script = STR_INIT;
    cleanup_(str_release) Str messages = STR_INIT;
    const char *args[] = {tools->pg_restore,
                          "--file=-",
                          "--verbose",
                          section == DDL_PRE_DATA ? "--section=pre-data" : "--section=post-data",
                          arena_printf(arena, "/proc/self/fd/%d", archive_fd),
                          NULL};
    ProcessSpec spec = {.argv = args, .keep_fd = archive_fd};
    int status;

    if (!process_run(&spec, &script, &messages, &status, err))
        return false;
    if (status != 0)
        return tools_error(tools->pg_restore, status, messages.data, err);
    return split_script(script.data, section, arena, ret, err);
}

/* A quoted or plain identifier as pg_dump writes it, or '' */
static const char *
unquote(Arena *arena, const char *text)
{
    cleanup_(str_release) Str s = STR_INIT;

    if (*text != '"')
        return strcmp(text, "''") == 0 ? "" : text;
    for (const char *p = text + 1; *p; p++)
    {
        if (*p == '"' && *++p != '"')
            break;
        str_add_char(&s, *p);
    }
    return arena_strdup(arena, s.data);
}

typedef struct Tablespaces
{
    PGresult *on_target; /* NULL: all exist */
    VEC(const char *) missing;
} Tablespaces;

static bool
list_has(const Tablespaces *tablespaces, const char *name)
{
    for (int i = 0; i < PQntuples(tablespaces->on_target); i++)
        if (strcmp(PQgetvalue(tablespaces->on_target, i, 0), name) == 0)
            return true;
    return false;
}

/* Whether a tablespace can be named on the target; remembers the ones that cannot. */
static bool
is_usable(Tablespaces *tablespaces, const char *literal, Arena *arena)
{
    const char *name = unquote(arena, literal);

    if (!tablespaces->on_target || !*name || list_has(tablespaces, name))
        return true;
    for (size_t i = 0; i < tablespaces->missing.len; i++)
        if (strcmp(tablespaces->missing.items[i], name) == 0)
            return false;
    *vec_push(&tablespaces->missing, arena) = name;
    return false;
}

static bool
is_one_of(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, list[i]) == 0)
            return true;
    return false;
}

/*
 * Puts the state before the statements of the entries it can matter to. Sequences have no say in pg_dump, which lets them fall where the last
 * table before them was: they go to the default one here. last: of the entry before, which has the same most often.
 */
static void
add_state(DdlEntry *entry, Tablespaces *tablespaces, const char **last, Arena *arena)
{
    static const char *const stored[] = {"TABLE", "MATERIALIZED VIEW", "INDEX", "CONSTRAINT",
                                         "SEQUENCE"};
    static const char *const with_method[] = {"TABLE", "MATERIALIZED VIEW"};
    cleanup_(str_release) Str s = STR_INIT;
    const char *tablespace =
        entry->tablespace && strcmp(entry->type, "SEQUENCE") != 0 ? entry->tablespace : "''";

    if (!is_one_of(entry->type, stored, lengthof(stored)))
        return;
    sql_format(&s, "SET default_tablespace = %R;\n",
               is_usable(tablespaces, tablespace, arena) ? tablespace : "''");
    if (is_one_of(entry->type, with_method, lengthof(with_method)))
    {
        if (entry->access_method)
            sql_format(&s, "SET default_table_access_method = %R;\n", entry->access_method);
        if (entry->with_oids && strcmp(entry->with_oids, "true") == 0)
            str_add(&s, "SET default_with_oids = true;\n");
    }
    if (!*last || strcmp(*last, s.data) != 0)
        *last = arena_strdup(arena, s.data);
    entry->state = *last;
}

static bool
add_states(Conn *target, Arena *arena, Ddl *ddl, Err *err)
{
    cleanup_(result_release) PGresult *on_target = NULL;
    Tablespaces tablespaces = {0};
    const char *last = NULL;

    if (target && !conn_query(target, sql_schema_tablespaces, NO_PARAMS, &on_target, err))
        return false;
    tablespaces.on_target = on_target;
    for (size_t i = 0; i < ddl->entries.len; i++)
        add_state(&ddl->entries.items[i], &tablespaces, &last, arena);
    for (size_t i = 0; i < tablespaces.missing.len; i++)
        *vec_push(&ddl->warnings, arena) = arena_printf(
            arena,
            "Tablespace \"%s\" does not exist on the target: its tables and indexes go to the default one.",
            tablespaces.missing.items[i]);
    return true;
}

/*
 * A trigger or rule that also fires on replicated rows would fire in the apply worker, for changes whose effects arrive by themselves, and
 * in a database that is read-only: it waits until the target is opened. pg_dump makes it an ordinary one first, and changes that in the
 * entry's last statement.
 */
static bool
fires_in_apply(const DdlEntry *entry)
{
    const char *last = entry->sql + entry->last_statement;

    return (strcmp(entry->type, "TRIGGER") == 0 || strcmp(entry->type, "RULE") == 0) &&
           strncmp(last, "ALTER ", strlen("ALTER ")) == 0 &&
           (strstr(last, " ENABLE ALWAYS ") || strstr(last, " ENABLE REPLICA "));
}

static void
hold_back(Arena *arena, DdlEntries *entries)
{
    size_t n = entries->len;

    for (size_t i = 0; i < n; i++)
    {
        DdlEntry *entry = &entries->items[i];
        DdlEntry held = *entry;

        if (!fires_in_apply(entry))
            continue;
        if (entry->last_statement ==
            0) /* of a partition, which got the trigger itself with its parent's */
        {
            entry->section = DDL_AT_OPENING;
            continue;
        }
        held.section = DDL_AT_OPENING;
        held.sql = entry->sql + entry->last_statement;
        held.last_statement = 0;
        entry->sql = arena_strndup(arena, entry->sql, entry->last_statement);
        *vec_push(entries, arena) = held;
    }
}

bool
schema_dump(const ClientTools *tools, Conn *source, const char *snapshot, Conn *target,
            const Config *config, Arena *arena, Ddl *ret, Err *err)
{
    cleanup_(close_fd) int archive_fd = -1;
    Ddl ddl = {0};

    if (!make_archive(&archive_fd, err) ||
        !dump_archive(tools, source, snapshot, config, arena, archive_fd, err) ||
        !restore_section(tools, archive_fd, DDL_PRE_DATA, arena, &ddl.entries, err) ||
        !restore_section(tools, archive_fd, DDL_POST_DATA, arena, &ddl.entries, err) ||
        !omit_entries(source, config, arena, &ddl, err))
        return false;
    hold_back(arena, &ddl.entries);
    if (!add_states(target, arena, &ddl, err))
        return false;
    *ret = ddl;
    return true;
}
