#define _GNU_SOURCE
#include "pg/conninfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/redact.h"
#include "base/str.h"

static void
free_options(PQconninfoOption **options)
{
    PQconninfoFree(*options);
}

static bool
is_secret(const char *keyword)
{
    return strcmp(keyword, "password") == 0 || strcmp(keyword, "sslpassword") == 0;
}

bool
conninfo_check(const char *conninfo, const char *what, Err *err)
{
    char *reason = NULL;
    cleanup_(free_options) PQconninfoOption *options = PQconninfoParse(conninfo, &reason);

    if (!options)
    {
        /* libpq's reason may quote the part it stumbled over, and that may be the password. */
        PQfreemem(reason);
        err_set(err, ERR_USAGE, "malformed connection string in %s", what);
        err_detail(err, "It is neither a URI nor a list of keyword=value pairs that libpq knows.");
        return err_hint(
            err,
            "Write it as postgresql://user@host:5432/dbname or \"host=... port=... dbname=... user=...\".");
    }
    for (const PQconninfoOption *o = options; o->keyword; o++)
        if (is_secret(o->keyword))
            redact_register(o->val);
    return true;
}

bool
conninfo_has_password(const char *conninfo)
{
    cleanup_(arena_release) Arena arena = {0};

    return *conninfo_value(&arena, conninfo, "password") != '\0';
}

const char *
conninfo_value(Arena *arena, const char *conninfo, const char *keyword)
{
    cleanup_(free_options) PQconninfoOption *options = PQconninfoParse(conninfo, NULL);

    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0 && o->val)
            return arena_strdup(arena, o->val);
    return "";
}

static void
add_pair(Str *s, const char *keyword, const char *value)
{
    str_addf(s, "%s%s='", s->len ? " " : "", keyword);
    for (const char *p = value; *p; p++)
    {
        if (*p == '\'' || *p == '\\')
            str_add_char(s, '\\');
        str_add_char(s, *p);
    }
    str_add_char(s, '\'');
}

const char *
conninfo_with(Arena *arena, const char *conninfo, const char *keyword, const char *value)
{
    cleanup_(free_options) PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    cleanup_(str_release) Str s = STR_INIT;

    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (o->val && strcmp(o->keyword, keyword) != 0)
            add_pair(&s, o->keyword, o->val);
    if (value)
        add_pair(&s, keyword, value);
    return arena_strdup(arena, s.data);
}

const char *
conninfo_redacted(Arena *arena, const char *conninfo)
{
    cleanup_(free_options) PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    cleanup_(str_release) Str s = STR_INIT;

    for (const PQconninfoOption *o = options; o && o->keyword; o++)
        if (o->val)
            add_pair(&s, o->keyword, is_secret(o->keyword) ? "********" : o->val);
    return arena_strdup(arena, s.data);
}

/*
 * What identifies the server and how to authenticate, as opposed to how this client behaves; and of that only what the libpq of every
 * version knows, as it is the other server that will connect.
 */
static bool
is_portable(const char *keyword)
{
    static const char *const words[] = {"host",        "hostaddr", "port",           "dbname",
                                        "user",        "sslmode",  "sslcert",        "sslkey",
                                        "sslrootcert", "sslcrl",   "sslcompression", "requirepeer",
                                        "krbsrvname",  "gsslib",   "connect_timeout"};

    for (size_t i = 0; i < lengthof(words); i++)
        if (strcmp(keyword, words[i]) == 0)
            return true;
    return false;
}

const char *
conninfo_of_connection(Arena *arena, PGconn *pg, bool with_password)
{
    cleanup_(free_options) PQconninfoOption *options = PQconninfo(pg);
    cleanup_(str_release) Str s = STR_INIT;

    for (const PQconninfoOption *o = options; o && o->keyword; o++)
    {
        if (!o->val || !*o->val || !is_portable(o->keyword) || is_secret(o->keyword))
            continue;
        if (o->compiled && strcmp(o->val, o->compiled) == 0 && strcmp(o->keyword, "port") != 0)
            continue;
        if (strcmp(o->keyword, "host") == 0)
            add_pair(&s, "host", PQhost(pg)); /* of a list of hosts, the one that answered */
        else if (strcmp(o->keyword, "port") == 0)
            add_pair(&s, "port", PQport(pg));
        else if (strcmp(o->keyword, "hostaddr") == 0)
            add_pair(&s, "hostaddr", PQhostaddr(pg));
        else
            add_pair(&s, o->keyword, o->val);
    }
    if (!strstr(s.data, "host="))
        add_pair(&s, "host", PQhost(pg));
    if (with_password && PQpass(pg) && *PQpass(pg))
        add_pair(&s, "password", PQpass(pg));
    return arena_strdup(arena, s.data);
}

/* A field of a password file. */
static void
add_field(Str *line, const char *text, char end)
{
    for (const char *p = text; *p; p++)
    {
        if (*p == ':' || *p == '\\')
            str_add_char(line, '\\');
        str_add_char(line, *p);
    }
    str_add_char(line, end);
}

static void
add_passfile_line(Str *text, const char *host, PGconn *pg, const char *password)
{
    add_field(text, host, ':');
    add_field(text, PQport(pg), ':');
    str_add(text, "*:"); /* every database of the server, and replication */
    add_field(text, PQuser(pg), ':');
    add_field(text, password, '\n');
}

void
passfile_add(Str *text, PGconn *pg, const char *password)
{
    add_passfile_line(text, PQhost(pg), pg, password);
    if (PQhost(pg)[0] == '/') /* libpq looks for the default socket directory by this name */
        add_passfile_line(text, "localhost", pg, password);
}

bool
passfile_make(const Str *text, int *ret_fd, Err *err)
{
    int fd = memfd_create("pgbaton-passfile", MFD_CLOEXEC);

    /* libpq reads only a plain file that others cannot: fe-connect.c, passwordFromFile(). */
    if (fd < 0 || fchmod(fd, 0600) != 0 || write(fd, text->data, text->len) != (ssize_t)text->len)
    {
        err_set(err, ERR_FAILED, "could not make a password file for a child process");
        err_detail(err, "%s.", strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    *ret_fd = fd;
    return true;
}

bool
passfile_open(Arena *arena, const char *password, int *ret_fd, const char **ret_path, Err *err)
{
    cleanup_(str_release) Str line = STR_INIT;

    str_add(&line, "*:*:*:*:");
    add_field(&line, password, '\n');
    if (!passfile_make(&line, ret_fd, err))
        return false;
    *ret_path = arena_printf(arena, "/proc/self/fd/%d", *ret_fd);
    return true;
}
