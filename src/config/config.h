/*
 * The settings of a run, merged from the config file, the environment and the command line (rising
 * precedence). One const table (settings.c) defines every setting; the file format, the flags, the
 * help, the man page and `config show` are all made from it.
 */
#ifndef PGBATON_CONFIG_CONFIG_H
#define PGBATON_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/option.h"
#include "config/pooler.h"
#include "pg/conn.h"

typedef struct ServerConfig
{
    const char *conninfo;            /* "" when not given */
    const char *conninfo_from_other; /* how the other server reaches this one; "" = as we do */
    const char *system_identifier;   /* pinned; "" = not pinned */
} ServerConfig;

/* What stops the writers of the source up to the point of no return. In the order of the option's choices. */
typedef enum FenceKind
{
    FENCE_LOCK,     /* EXCLUSIVE locks on every table */
    FENCE_READONLY, /* a read-only database, whose sessions are ended */
} FenceKind;

typedef struct Config
{
    const char *file; /* the config file that was read, NULL if none */
    ServerConfig source;
    ServerConfig target;
    const char *migration;        /* its name: [a-z][a-z0-9_]*, at most 16 bytes */
    const char *application_name; /* "pgbaton " and that name */
    StringList databases;         /* empty: the one in source.conninfo; "*": all but templates */
    int jobs;                     /* copy workers of the whole run */
    int index_jobs;               /* index builds at a time, among the jobs */
    int apply_streams;            /* groups a database is split over */
    StringList include;           /* patterns schema.table, * and ? as in a shell; empty: all */
    StringList exclude;
    int64_t max_wal_retained_bytes; /* 0: no bound */
    int pause_budget_ms;
    int lock_timeout_ms;        /* of one attempt to lock on the source */
    int max_lag_ms;             /* of a marker, before writers are stopped */
    int max_transaction_age_ms; /* of what holds locks or writes, before writers are stopped */
    int slot_timeout_ms;        /* deadline for the creation of a slot */
    int64_t chunk_bytes;        /* size a big table is split into */
    int64_t rate_limit_bytes;   /* per second, over all workers of this process; 0: no bound */
    FenceKind fence;
    int64_t recopy_limit_bytes; /* unlogged tables, large objects: most copied in the pause */
    const char *pg_bindir;      /* "" = found by itself */
    const char *on_switch;      /* command that moves the traffic; "" = none */
    int on_switch_timeout_ms;
    StringList skip_checks;
    bool no_reverse;  /* switchover without the way back */
    bool no_watchdog; /* nobody goes on when pgbaton dies in the write pause */
    bool no_role_passwords;
    bool json;
    bool dry_run;
    bool yes;
    bool quiet;
    bool verbose;
    bool help; /* --help: show it instead of running the command */
    bool version;
    const PoolerConfig *poolers;
    size_t n_poolers;
    const OptionValues *values; /* of global_options: where each setting comes from */
} Config;

/* Every setting that is not of one command only. */
extern const Option global_options[];

/* Name of the file that is read when none is named and it is there. */
#define CONFIG_DEFAULT_FILE "pgbaton.conf"

/*
 * Merges the flags (values of global_options, from cmdline_parse) with the environment, the config
 * file and the defaults. All memory is the arena's. Without read_file, no file is read, named or
 * not. Variables that may hold a secret are taken out of the environment, so that no child inherits
 * them. ERR_USAGE: unknown section or key, malformed value. ERR_REFUSED: the file holds a password
 * and others can read it.
 */
bool config_load(Arena *arena, OptionValues *flags, bool read_file, Config *ret_config,
                 Err *err) must_check;

/* The same of a text instead of a file; the environment is left alone (for tests). */
bool config_load_text(Arena *arena, OptionValues *flags, const char *text, size_t n_bytes,
                      Config *ret_config, Err *err) must_check;

/* ERR_USAGE when a side that is needed has no conninfo. */
bool config_require_server(const Config *config, Side side, Err *err) must_check;

/* Does skip_checks name this check, or gate? */
bool config_skips(const Config *config, const char *name);

/* The Server to connect to; borrows from config. */
Server config_server(const Config *config, Side side);

#endif
