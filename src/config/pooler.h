/*
 * The config file's sections [pooler NAME]: PgBouncers whose database entries move with the writes.
 *
 *   [pooler main]
 *   admin = host=/run/postgresql port=6432 user=postgres
 *   file = /etc/pgbouncer/pgbouncer.ini
 *
 * Its keys are a const table of options too, so that they are checked and described as all settings are.
 */
#ifndef PGBATON_CONFIG_POOLER_H
#define PGBATON_CONFIG_POOLER_H

#include "config/option.h"

/* How the PgBouncers reach one side; "" is what pgbaton itself uses. */
typedef struct PoolerSide
{
    const char *host;
    const char *port;
} PoolerSide;

/* One section: PgBouncers that read the same file. */
typedef struct PoolerConfig
{
    const char *name;
    StringList admin;     /* a conninfo for each PgBouncer's admin console */
    const char *file;     /* holds the entries: pgbouncer.ini or a file it includes */
    StringList databases; /* names of entries; empty: those that serve the migrated database */
    PoolerSide source;
    PoolerSide target;
    const char *target_dbname;
    bool disconnect; /* ends clients instead of waiting until they are between transactions */
} PoolerConfig;

/* The keys; their section is "pooler". */
extern const Option pooler_options[];

/*
 * Fills a PoolerConfig from the values of pooler_options. ERR_USAGE, with a detail: a key that is needed is not there, or
 * a value cannot be.
 */
bool pooler_config_read(const char *name, const OptionValues *values, PoolerConfig *ret_pooler,
                        Err *err) must_check;

#endif
