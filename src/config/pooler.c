#include "config/pooler.h"

#include <string.h>

#include "pg/conninfo.h"

static const char section[] = "pooler";

const Option pooler_options[] = {
    {
        .name = "admin",
        .type = OPTION_LIST,
        .section = section,
        .key = "admin",
        .help =
            "how to connect to the admin console, as a connection string of a user in PgBouncer's admin_users; one for "
            "each PgBouncer that reads the file, separated by commas or in several lines",
    },
    {
        .name = "file",
        .type = OPTION_TEXT,
        .section = section,
        .key = "file",
        .help =
            "the file with the database entries, pgbouncer.ini or one that it includes; it is replaced by a new one, so "
            "its directory must be writable",
    },
    {
        .name = "databases",
        .type = OPTION_LIST,
        .section = section,
        .key = "databases",
        .help =
            "names of the entries to move (default: all that lead to the migrated database on the side the writes "
            "leave)",
    },
    {
        .name = "source_host",
        .type = OPTION_TEXT,
        .section = section,
        .key = "source_host",
        .help = "the source's host as the entries have it (default: as pgbaton connects to it)",
    },
    {
        .name = "source_port",
        .type = OPTION_INTEGER,
        .min = 1,
        .max = 65535,
        .section = section,
        .key = "source_port",
        .help = "the source's port as the entries have it (default: as pgbaton connects to it)",
    },
    {
        .name = "target_host",
        .type = OPTION_TEXT,
        .section = section,
        .key = "target_host",
        .help = "the target's host for the entries (default: as pgbaton connects to it)",
    },
    {
        .name = "target_port",
        .type = OPTION_INTEGER,
        .min = 1,
        .max = 65535,
        .section = section,
        .key = "target_port",
        .help = "the target's port for the entries (default: as pgbaton connects to it)",
    },
    {
        .name = "target_dbname",
        .type = OPTION_TEXT,
        .section = section,
        .key = "target_dbname",
        .help =
            "the database's name on the target for the entries (default: the one it is migrated to)",
    },
    {
        .name = "clients",
        .type = OPTION_TEXT,
        .default_text = "wait",
        .section = section,
        .key = "clients",
        .help =
            "wait: PAUSE, until no client is in a transaction (session pooling: until all have left); disconnect: KILL, "
            "which ends their connections",
    },
    {.name = NULL},
};

static bool
missing(const char *name, const char *key, const char *what, Err *err)
{
    err_set(err, ERR_USAGE, "section [pooler %s] has no \"%s\"", name, key);
    return err_detail(err, "It says %s.", what);
}

static bool
check_consoles(const PoolerConfig *pooler, Err *err)
{
    for (size_t i = 0; i < pooler->admin.len; i++)
        if (!conninfo_check(pooler->admin.items[i], "\"admin\"", err))
            return err_context(err, "section [pooler %s]", pooler->name);
    return true;
}

static bool
read_clients(const char *text, PoolerConfig *pooler, Err *err)
{
    pooler->disconnect = strcmp(text, "disconnect") == 0;
    if (pooler->disconnect || strcmp(text, "wait") == 0)
        return true;
    err_set(err, ERR_USAGE, "malformed value \"%s\" of \"clients\" in section [pooler %s]", text,
            pooler->name);
    return err_detail(err, "It is wait or disconnect.");
}

bool
pooler_config_read(const char *name, const OptionValues *values, PoolerConfig *ret_pooler, Err *err)
{
    PoolerConfig pooler = {
        .name = name,
        .admin = option_list(values, "admin"),
        .file = option_text(values, "file"),
        .databases = option_list(values, "databases"),
        .source = {option_text(values, "source_host"), option_text(values, "source_port")},
        .target = {option_text(values, "target_host"), option_text(values, "target_port")},
        .target_dbname = option_text(values, "target_dbname"),
    };

    if (pooler.admin.len == 0)
        return missing(name, "admin", "how to connect to PgBouncer's admin console", err);
    if (!*pooler.file)
        return missing(name, "file", "which file holds PgBouncer's database entries", err);
    if (!check_consoles(&pooler, err) ||
        !read_clients(option_text(values, "clients"), &pooler, err))
        return false;
    *ret_pooler = pooler;
    return true;
}
