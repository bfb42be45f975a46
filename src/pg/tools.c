#define _GNU_SOURCE
#include "pg/tools.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/process.h"
#include "base/vec.h"
#include "pg/conninfo.h"
#include "pg/quote.h"
#include "sql/sql.h"

/* Where packages put their programs: Debian, PGDG's RPMs, SUSE, Homebrew, Postgres.app, source builds. */
static const char *const usual_places[] = {
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/lib/postgresql*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
};

typedef VEC(ClientTools) Candidates;

static void
close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

int
tools_parse_version(const char *text)
{
    static const char label[] = "(PostgreSQL) ";
    const char *number = strstr(text, label);
    char *end;
    long major;
    long minor = 0;

    if (!number)
        return 0;
    number += strlen(label);
    major = strtol(number, &end, 10);
    if (end == number)
        return 0;
    if (*end == '.')
        minor = strtol(end + 1, NULL, 10);
    if (major < 0 || minor < 0 || major > 999 || minor > 999)
        return 0;
    /* 9.6 and older give nonsense below every server we speak to. */
    return (int)(major * 10000 + minor);
}

/* 0 best: own major, not older minor; 1: own major, older minor; 2: newer major; 3: cannot read this server. */
static int
fitness(int version, int server_version)
{
    if (version / 10000 == server_version / 10000)
        return version >= server_version ? 0 : 1;
    return version / 10000 > server_version / 10000 ? 2 : 3;
}

int
tools_compare(int version_a, int version_b, int server_version)
{
    int class_a = fitness(version_a, server_version);
    int class_b = fitness(version_b, server_version);

    if (class_a != class_b)
        return class_a - class_b;
    if (version_a / 10000 !=
        version_b / 10000) /* of newer majors the lowest, of older ones no matter */
        return version_a / 10000 - version_b / 10000;
    return version_b - version_a;
}

bool
tools_error(const char *path, int status, const char *stderr_text, Err *err)
{
    cleanup_(str_release) Str message = STR_INIT;
    cleanup_(str_release) Str detail = STR_INIT;
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *last = "";
    size_t last_len = 0;

    for (const char *line = stderr_text; *line;)
    {
        size_t len = strcspn(line, "\n");
        const char *error = memmem(line, len, ": error: ", 9);
        const char *more = memmem(line, len, ": detail: ", 10);

        if (error && !message.len)
            str_add_bytes(&message, error + 9, (size_t)(line + len - error) - 9);
        else if (more && !detail.len)
            str_add_bytes(&detail, more + 10, (size_t)(line + len - more) - 10);
        if (len)
        {
            last = line;
            last_len = len;
        }
        line += len + (line[len] == '\n');
    }
    if (!message.len) /* older than 12, or killed */
        str_add_bytes(&message, last, last_len);
    err_set(err, strstr(message.data, "connection to ") ? ERR_UNREACHABLE : ERR_FAILED,
            "%s failed: %s", name, message.len ? message.data : "it says nothing");
    if (detail.len)
        err_detail(err, "%s", detail.data);
    else
        err_detail(err, "%s ended with status %d.", path, status);
    if (strstr(message.data, "out of shared memory")) /* of the lock table */
        err_hint(err, "Raise max_locks_per_transaction on the source (needs a restart).");
    /* --lock-wait-timeout is a statement_timeout around LOCK TABLE */
    if (strstr(detail.data, "LOCK TABLE") && strstr(message.data, "timeout"))
    {
        snprintf(err->sqlstate, sizeof(err->sqlstate),
                 "55P03"); /* lock_not_available: the caller may retry */
        err_hint(
            err,
            "Another session holds a lock that keeps the table from being read. Run it again, or raise migration.lock_timeout_ms.");
    }
    return false;
}

/* The connection of `conn` for another libpq program. Its strings must come with backslashes as they are. */
static bool
child_conninfo(Conn *conn, Arena *arena, const char **ret, Err *err)
{
    const char *reset = NULL;
    const char *conninfo = conninfo_of_connection(arena, conn_pg(conn), false);

    if (!conn_value(
            conn, arena,
            "SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'standard_conforming_strings'",
            NO_PARAMS, &reset, err))
        return false;
    conninfo = conninfo_with(arena, conninfo, "application_name", "pgbaton pg_dump");
    if (reset && strcmp(reset, "off") == 0) /* only then: PgBouncer refuses startup options */
        conninfo = conninfo_with(arena, conninfo, "options", "-c standard_conforming_strings=on");
    *ret = conninfo;
    return true;
}

/* stdout goes to stdout_fd, or is collected when that is 0. */
static bool
run_with_conninfo(Conn *conn, const char *const *args, int stdout_fd, Str *ret_stdout, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(str_release) Str messages = STR_INIT;
    cleanup_(close_fd) int passfile_fd = -1;
    VEC(const char *) argv = {0};
    /* What the child finds in its environment must not win over what this connection used. */
    const char *environment[] = {
        "PGPASSWORD", "PGSERVICE",  "PGHOSTADDR",       "PGOPTIONS", "PGTARGETSESSIONATTRS",
        "PGSSLMODE",  "PGDATABASE", "PGCLIENTENCODING", "LC_ALL=C",  NULL,
        NULL};
    const char *passfile = NULL;
    const char *conninfo;
    int status;

    if (!child_conninfo(conn, &arena, &conninfo, err))
        return false;
    if (PQpass(conn_pg(conn)) && *PQpass(conn_pg(conn)))
    {
        if (!passfile_open(&arena, PQpass(conn_pg(conn)), &passfile_fd, &passfile, err))
            return false;
        environment[lengthof(environment) - 2] = arena_printf(&arena, "PGPASSFILE=%s", passfile);
    }
    for (const char *const *arg = args; *arg; arg++)
        *vec_push(&argv, &arena) = *arg;
    *vec_push(&argv, &arena) = "--no-password";
    *vec_push(&argv, &arena) = arena_printf(&arena, "--dbname=%s", conninfo);
    *vec_push(&argv, &arena) = NULL;

    ProcessSpec spec = {.argv = argv.items,
                        .environment = environment,
                        .keep_fd = passfile_fd,
                        .stdout_fd = stdout_fd};
    if (!process_run(&spec, ret_stdout, &messages, &status, err))
        return false;
    return status == 0 || tools_error(args[0], status, messages.data, err);
}

bool
tools_run(Conn *conn, const char *const *args, Str *ret_stdout, Err *err)
{
    return run_with_conninfo(conn, args, 0, ret_stdout, err);
}

bool
tools_run_into(Conn *conn, const char *const *args, int stdout_fd, Err *err)
{
    cleanup_(str_release) Str nothing = STR_INIT;

    return run_with_conninfo(conn, args, stdout_fd, &nothing, err);
}

/* Adds the pg_dump of a directory if there is one that runs, with its pg_restore, and not yet listed under another path. */
static bool
add_candidate(const char *directory, Arena *arena, Candidates *candidates, Err *err)
{
    cleanup_(str_release) Str output = STR_INIT;
    cleanup_(str_release) Str messages = STR_INIT;
    cleanup_(mem_free_pointer) char *real =
        realpath(arena_printf(arena, "%s/pg_dump", directory), NULL);
    const char *restore = arena_printf(arena, "%s/pg_restore", directory);
    cleanup_(err_release) Err ignored = {0};
    int status;
    int version;

    if (!real || access(real, X_OK) != 0 || access(restore, X_OK) != 0 ||
        strstr(real, "/pg_wrapper"))
        return true;
    for (size_t i = 0; i < candidates->len; i++)
        if (strcmp(candidates->items[i].pg_dump, real) == 0)
            return true;
    const char *argv[] = {real, "--version", NULL};
    ProcessSpec spec = {.argv = argv};
    if (!process_run(&spec, &output, &messages, &status, &ignored))
        return ignored.code != ERR_STOPPED || err_move(err, &ignored);
    version = status == 0 ? tools_parse_version(output.data) : 0;
    if (version == 0)
        return true;
    output.data[strcspn(output.data, "\n")] = '\0';
    *vec_push(candidates, arena) =
        (ClientTools){.pg_dump = arena_strdup(arena, real),
                      .pg_restore = restore,
                      .version_text = arena_strdup(arena, strstr(output.data, "(PostgreSQL) ") +
                                                              strlen("(PostgreSQL) ")),
                      .version_num = version};
    return true;
}

static bool
add_path_candidates(Arena *arena, Candidates *candidates, Err *err)
{
    const char *path = getenv("PATH");

    while (path && *path)
    {
        size_t len = strcspn(path, ":");

        if (len && !add_candidate(arena_strndup(arena, path, len), arena, candidates, err))
            return false;
        path += len + (path[len] == ':');
    }
    return true;
}

static bool
add_usual_candidates(Arena *arena, Candidates *candidates, Err *err)
{
    bool ok = true;

    for (size_t i = 0; i < lengthof(usual_places) && ok; i++)
    {
        glob_t found = {0};

        if (glob(usual_places[i], 0, NULL, &found) == 0)
            for (size_t j = 0; j < found.gl_pathc && ok; j++)
                ok = add_candidate(found.gl_pathv[j], arena, candidates, err);
        globfree(&found);
    }
    return ok;
}

/* Best first; so few that it does not matter how. */
static void
sort_candidates(Candidates *candidates, int server_version)
{
    for (size_t i = 1; i < candidates->len; i++)
        for (size_t j = i; j > 0; j--)
        {
            ClientTools *a = &candidates->items[j - 1];
            ClientTools *b = &candidates->items[j];
            ClientTools swap = *a;

            if (tools_compare(a->version_num, b->version_num, server_version) <= 0)
                break;
            *a = *b;
            *b = swap;
        }
}

/* Dumps one table that has pg_attver options and looks whether they are printed. */
static bool
prove(const ClientTools *tools, Conn *source, const char *schema, const char *table, bool *ret_fits,
      Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(str_release) Str name = STR_INIT;
    cleanup_(str_release) Str script = STR_INIT;

    sql_qualified(&name, schema, table);
    const char *args[] = {tools->pg_dump,
                          "--schema-only",
                          "--no-comments",
                          "--encoding=UTF8",
                          "--lock-wait-timeout=10000",
                          arena_printf(&arena, "--table=%s", name.data),
                          NULL};
    if (!tools_run(source, args, &script, err))
        return false;
    *ret_fits = !strstr(script.data, "pg_attver=");
    return true;
}

static bool
refuse(const Candidates *candidates, const char *pg_bindir, Conn *source, bool prints_attver,
       Err *err)
{
    cleanup_(str_release) Str seen = STR_INIT;
    int version = conn_version(source);

    for (size_t i = 0; i < candidates->len; i++)
        str_addf(&seen, "%s%s is %s", i ? ", " : "", candidates->items[i].pg_dump,
                 candidates->items[i].version_text);
    err_set(err, ERR_REFUSED, "no pg_dump that fits the source server %d.%d", version / 10000,
            version % 10000);
    if (prints_attver)
        err_detail(
            err,
            "The source has column options (pg_attver) that only pg_dump %d.%d or a later minor release of %d leaves out: %s.",
            version / 10000, version % 10000, version / 10000, seen.data);
    else if (candidates->len)
        err_detail(err, "Those found are too old: %s.", seen.data);
    else if (pg_bindir && *pg_bindir)
        err_detail(
            err,
            "There is no working pg_dump with its pg_restore in \"%s\" (Debian's wrapper in /usr/bin does not count).",
            pg_bindir);
    else
        err_detail(err, "There is none in PATH and in the packages' usual directories.");
    return err_hint(
        err,
        "Install postgresql-client-%d in version %d.%d or later, or set migration.pg_bindir to the directory that holds it.",
        version / 10000, version / 10000, version % 10000);
}

bool
tools_find(const char *pg_bindir, Conn *source, Arena *arena, ClientTools *ret, Err *err)
{
    cleanup_(result_release) PGresult *table = NULL;
    Candidates candidates = {0};
    bool prints_attver = false;

    if (pg_bindir && *pg_bindir ? !add_candidate(pg_bindir, arena, &candidates, err)
                                : !add_path_candidates(arena, &candidates, err) ||
                                      !add_usual_candidates(arena, &candidates, err))
        return false;
    sort_candidates(&candidates, conn_version(source));
    if (!conn_query(source, sql_schema_attver, NO_PARAMS, &table, err))
        return false;
    for (size_t i = 0; i < candidates.len; i++)
    {
        bool fits = true;

        if (fitness(candidates.items[i].version_num, conn_version(source)) == 3)
            break;
        if (PQntuples(table) && !prove(&candidates.items[i], source, PQgetvalue(table, 0, 0),
                                       PQgetvalue(table, 0, 1), &fits, err))
            return false;
        if (fits)
        {
            *ret = candidates.items[i];
            return true;
        }
        prints_attver = true;
    }
    return refuse(&candidates, pg_bindir, source, prints_attver, err);
}
