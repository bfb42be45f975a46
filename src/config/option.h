/*
 * Options: one row each, walked by the parser of flags, of the config file and of the environment,
 * by the help and the man page.
 *
 * A command's own options are a const table that ends with a row whose name is NULL; it names them
 * and reads them by the getters below. A row that leaves `help` out is accepted but not shown.
 *
 *   static const Option options[] = {
 *       {.name = "writers", .type = OPTION_INTEGER, .argument = "N", .default_text = "4", .min = 1, .max = 256,
 *        .help = "concurrent writers"},
 *       {.name = NULL}};
 *   …
 *   int writers = (int)option_number(context->options, "writers");
 */
#ifndef PGBATON_CONFIG_OPTION_H
#define PGBATON_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

typedef enum OptionType
{
    OPTION_FLAG,     /* --name, no value; in the file true or false. bool */
    OPTION_TEXT,     /* const char * */
    OPTION_CONNINFO, /* checked by libpq; its passwords are redacted. const char * */
    OPTION_INTEGER,  /* within [min, max]. int */
    OPTION_BYTES,    /* "512MB", "10GB", plain bytes; units kB MB GB TB of 1024. int64_t */
    OPTION_DURATION, /* "500ms", "30s", "5min", "2h"; a plain number is milliseconds. int */
    OPTION_LIST,     /* a,"b,c"; may be given several times. StringList */
    OPTION_TEXTS, /* may be given several times, each a text as it stands: what has commas and quotes of its own. StringList */
    OPTION_CHOICE, /* one of the row's choices, by its place among them. An enum */
} OptionType;

typedef struct StringList
{
    const char **items;
    size_t len;
} StringList;

typedef struct Option
{
    const char *name; /* long flag without dashes: "source" */
    char letter;      /* short flag or 0 */
    bool secret;      /* never shown; registered for redaction */
    OptionType type;
    const char *argument;     /* CONNINFO, N, FILE; NULL for flags */
    const char *default_text; /* NULL: none */
    int64_t min;
    int64_t max;             /* both 0: unbounded; bytes and durations too */
    const char *environment; /* variable, or NULL */
    const char *section;     /* place in the config file: "source"; NULL: not in the file */
    const char *key;         /* "conninfo" */
    size_t offset; /* for the global table: offsetof(Config, member) of the type's C type */
    const char *const *choices; /* the words of OPTION_CHOICE, ended by NULL */
    const char *help;           /* lower case, no full stop; NULL: not shown */
} Option;

typedef struct OptionValues OptionValues;

/* Where a value comes from, in rising precedence. */
typedef enum OptionOrigin
{
    ORIGIN_NONE, /* not given and without a default */
    ORIGIN_DEFAULT,
    ORIGIN_FILE,
    ORIGIN_ENVIRONMENT,
    ORIGIN_FLAG,
} OptionOrigin;

/* Of a command's own options, by name; abort on a name the command's table lacks. */
bool option_given(const OptionValues *values, const char *name);
bool option_flag(const OptionValues *values, const char *name);
const char *option_text(const OptionValues *values,
                        const char *name); /* default_text or "" when not given */
int64_t option_number(const OptionValues *values,
                      const char *name); /* integer, bytes, duration in ms, place of a choice */
StringList option_list(const OptionValues *values, const char *name);
OptionOrigin option_origin(const OptionValues *values, const char *name);
const char *origin_name(OptionOrigin origin); /* "", "default", "file", "environment", "flag" */

/* The rest is for the readers of the command line and of the config file. */

/* Of a table, NULL for an empty one. Defaults are filled in. All memory is the arena's. */
OptionValues *option_values_new(Arena *arena, const Option *table) must_check;

/*
 * Checks and stores a value; one of lower precedence than what is there is only checked. `what`
 * names the place for error messages ("--jobs", "pgbaton.conf:12: \"jobs\""). Text for a flag is a
 * boolean word. ERR_USAGE when it is malformed or out of range: with message and detail, without a
 * hint.
 */
bool option_set(OptionValues *values, const Option *row, const char *text, OptionOrigin origin,
                const char *what, Err *err) must_check;

/* The row of that long name, or NULL; table may be NULL. */
const Option *option_find(const Option *table, const char *name);
const Option *option_find_letter(const Option *table, char letter);
const Option *option_find_key(const Option *table, const char *section, const char *key);

/* Adds a number in the notation of the type: "256MB", "1min". */
void option_add_number(Str *s, OptionType type, int64_t number);

/*
 * Adds the value of a row as it could be given again; connection strings with their passwords
 * masked, secrets as asterisks.
 */
void option_add_shown(Str *s, const OptionValues *values, const Option *row);

#endif
