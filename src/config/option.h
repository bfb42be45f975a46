/*
 * Options: one row each, walked by the parser of flags, of the config file and of the environment, by the help and the man page.
 */
#ifndef PGBATON_CONFIG_OPTION_H
#define PGBATON_CONFIG_OPTION_H

#include <stdbool.h>
#include <stdint.h>

typedef enum OptionType
{
    OPTION_FLAG,        /* --name, no value */
    OPTION_TEXT,
    OPTION_CONNINFO,    /* checked by libpq's parser; its passwords are registered for redaction */
    OPTION_INTEGER,     /* within [min, max] */
    OPTION_BYTES,       /* "512MB", "10GB", plain bytes; units kB MB GB TB of 1024 */
    OPTION_DURATION,    /* "500ms", "30s", "5min"; a plain number is milliseconds */
    OPTION_LIST,        /* comma-separated; may be given several times */
} OptionType;

typedef struct Option
{
    const char *name;        /* long flag without dashes: "source" */
    char letter;             /* short flag or 0 */
    OptionType type;
    const char *argument;    /* CONNINFO, N, FILE; NULL for flags */
    const char *default_text; /* NULL: none */
    int64_t min;
    int64_t max;             /* both 0: unbounded */
    const char *environment; /* variable, or NULL */
    const char *section;     /* place in the config file: "source"; NULL: not in the file */
    const char *key;         /* "conninfo" */
    size_t offset;           /* for the global table: offsetof(Config, member) of the type's C type */
    const char *help;        /* lower case, no full stop */
    bool secret;
} Option;

typedef struct OptionValues OptionValues;

/* Of a command's own options, by name; aborts on a name the command's table lacks. */
bool option_given(const OptionValues *values, const char *name);
bool option_flag(const OptionValues *values, const char *name);
const char *option_text(const OptionValues *values, const char *name); /* default_text or "" when not given */
int64_t option_number(const OptionValues *values, const char *name);   /* integer, bytes, duration in ms */

#endif
