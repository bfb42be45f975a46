/*
 * The settings of a run, merged from the config file, the environment and the command line (rising precedence). One const table
 * (option.c) defines every setting; the file format, the flags, the help, the man page and `config show` are all made from it.
 */
#ifndef PGBATON_CONFIG_CONFIG_H
#define PGBATON_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "pg/conn.h"

typedef struct StringList
{
    const char **items;
    size_t len;
} StringList;

typedef struct ServerConfig
{
    const char *conninfo;            /* "" when not given */
    const char *conninfo_from_other; /* how the other server reaches this one; "" = as we do */
    const char *system_identifier;   /* pinned; "" = not pinned */
} ServerConfig;

typedef struct Config
{
    const char *file; /* the config file that was read, NULL if none */
    ServerConfig source;
    ServerConfig target;
    const char *migration;        /* its name: [a-z][a-z0-9_]*, at most 16 bytes */
    StringList databases;         /* empty: the one in source.conninfo; "*": all but templates */
    int jobs;                     /* copy workers of the whole run */
    int index_jobs;               /* index builds at a time, among the jobs */
    int apply_streams;            /* groups a database is split over */
    StringList include;           /* patterns schema.table, * and ? as in a shell; empty: all */
    StringList exclude;
    int64_t max_wal_retained_bytes; /* 0: no bound */
    int pause_budget_ms;
    int lock_timeout_ms;            /* of one attempt to lock on the source */
    int slot_timeout_ms;            /* deadline for the creation of a slot */
    int64_t chunk_bytes;            /* size a big table is split into */
    int64_t recopy_limit_bytes;     /* unlogged tables and large objects copied inside the pause: at most this much */
    const char *pg_bindir;        /* "" = found by itself */
    StringList skip_checks;
    bool no_reverse;              /* switchover without the way back */
    bool no_role_passwords;
    bool json;
    bool dry_run;
    bool yes;
    bool quiet;
    bool verbose;
} Config;

/* The Server to connect to; borrows from config. */
Server config_server(const Config *config, Side side);

#endif
