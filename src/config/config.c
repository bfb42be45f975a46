#define _GNU_SOURCE
#include "config/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/redact.h"
#include "base/vec.h"
#include "config/ini_file.h"
#include "config/suggest.h"
#include "pg/conninfo.h"

/* A section [pooler NAME] while it is read. */
typedef struct PoolerSection
{
    const char *name;
    OptionValues *values;
    bool *seen; /* by row of pooler_options */
} PoolerSection;

/* The reading of one file. */
typedef struct Loader
{
    Arena *arena;
    OptionValues *values;
    const char *file;
    bool has_secret;
    VEC(PoolerSection) poolers;
    bool *seen; /* by row: given in the file */
} Loader;

static const char pooler_prefix[] = "pooler ";

bool
config_skips(const Config *config, const char *name)
{
    for (size_t i = 0; i < config->skip_checks.len; i++)
        if (strcmp(config->skip_checks.items[i], name) == 0)
            return true;
    return false;
}

Server
config_server(const Config *config, Side side)
{
    const ServerConfig *server = side == SIDE_SOURCE ? &config->source : &config->target;

    return (Server){
        .side = side,
        .conninfo = server->conninfo,
        .system_identifier = *server->system_identifier ? server->system_identifier : NULL,
        .application_name = config->application_name,
    };
}

bool
config_require_server(const Config *config, Side side, Err *err)
{
    const ServerConfig *server = side == SIDE_SOURCE ? &config->source : &config->target;
    const char *name = side_name(side);

    if (*server->conninfo)
        return true;
    err_set(err, ERR_USAGE, "no %s is given", name);
    if (config->file)
        err_detail(err,
                   "There is no conninfo in section [%s] of \"%s\", no --%s and no $PGBATON_%s.",
                   name, config->file, name, side == SIDE_SOURCE ? "SOURCE" : "TARGET");
    else
        err_detail(err,
                   "There is no file \"" CONFIG_DEFAULT_FILE "\" here, no --%s and no $PGBATON_%s.",
                   name, side == SIDE_SOURCE ? "SOURCE" : "TARGET");
    return err_hint(err, "Add --%s CONNINFO, or write a config file by: pgbaton init", name);
}

static bool
load_environment(Arena *arena, OptionValues *values, Err *err)
{
    for (const Option *row = global_options; row->name; row++)
    {
        const char *text = row->environment ? getenv(row->environment) : NULL;
        const char *what;

        if (!text || !*text)
            continue;
        what = arena_printf(arena, "$%s", row->environment);
        if (!option_set(values, row, text, ORIGIN_ENVIRONMENT, what, err))
        {
            if (!err->hint)
                err_hint(err, "Correct it, or take it away by: unset %s", row->environment);
            return false;
        }
        if (row->type == OPTION_CONNINFO || row->secret)
            unsetenv(row->environment);
    }
    return true;
}

static bool
holds_password(const char *conninfo)
{
    cleanup_(arena_release) Arena scratch = {0};

    return *conninfo_value(&scratch, conninfo, "password") ||
           *conninfo_value(&scratch, conninfo, "sslpassword");
}

static bool
is_pooler(const char *section)
{
    return strncmp(section, pooler_prefix, strlen(pooler_prefix)) == 0 &&
           section[strlen(pooler_prefix)];
}

static bool
section_exists(const char *section)
{
    for (const Option *row = global_options; row->name; row++)
        if (row->section && strcmp(row->section, section) == 0)
            return true;
    return is_pooler(section);
}

static bool
entry_hint(const Loader *loader, Err *err)
{
    if (!err->hint)
        err_hint(err, "Correct it in \"%s\"; all settings are listed by: pgbaton help settings",
                 loader->file);
    return false;
}

static bool
unknown_section(const Loader *loader, const IniEntry *entry, Err *err)
{
    Suggestion near = suggestion_for(entry->section);

    for (const Option *row = global_options; row->name; row++)
        if (row->section)
            suggest(&near, row->section);
    suggest(&near, "pooler NAME");
    if (*entry->section)
        err_set(err, ERR_USAGE, "unknown section [%s] above %s:%d", entry->section, loader->file,
                entry->line);
    else
        err_set(err, ERR_USAGE, "key \"%s\" outside of a section at %s:%d", entry->key,
                loader->file, entry->line);
    if (near.best)
        err_detail(err, "The nearest known section is [%s].", near.best);
    else
        err_detail(err, "The sections are [source], [target], [migration] and [pooler NAME].");
    return entry_hint(loader, err);
}

static bool
unknown_key(const Loader *loader, const IniEntry *entry, Err *err)
{
    Suggestion near = suggestion_for(entry->key);
    cleanup_(str_release) Str elsewhere = STR_INIT;

    for (const Option *row = global_options; row->name; row++)
    {
        if (row->section && strcmp(row->section, entry->section) == 0)
            suggest(&near, row->key);
        else if (row->section && strcmp(row->key, entry->key) == 0)
            str_addf(&elsewhere, "%s[%s]", elsewhere.len ? " or " : "", row->section);
    }
    err_set(err, ERR_USAGE, "unknown key \"%s\" in section [%s] at %s:%d", entry->key,
            entry->section, loader->file, entry->line);
    if (near.best)
        err_detail(err, "The nearest known key is \"%s\".", near.best);
    else if (elsewhere.len)
        err_detail(err, "That key belongs to section %s.", elsewhere.data);
    else
        err_detail(err, "The section [%s] has no such key.", entry->section);
    return entry_hint(loader, err);
}

/* Room for one mark per row of a table. */
static bool *
new_marks(Arena *arena, const Option *table)
{
    size_t n_rows = 0;

    while (table[n_rows].name)
        n_rows++;
    return arena_alloc(arena, (n_rows + 1) * sizeof(bool));
}

/* Stores the value of a row, once only but for lists. */
static bool
take_value(Loader *loader, OptionValues *values, bool *seen, const Option *row,
           const IniEntry *entry, Err *err)
{
    const char *what;

    if (*seen && row->type != OPTION_LIST)
    {
        err_set(err, ERR_USAGE, "key \"%s\" of section [%s] is given again at %s:%d", row->key,
                entry->section, loader->file, entry->line);
        err_detail(err, "It can have one value only.");
        return entry_hint(loader, err);
    }
    *seen = true;
    if (!*entry->value && row->type != OPTION_LIST && row->type != OPTION_FLAG)
        return true; /* "key =" leaves the default */
    what = arena_printf(loader->arena, "\"%s\" at %s:%d", row->key, loader->file, entry->line);
    if (!option_set(values, row, entry->value, ORIGIN_FILE, what, err))
        return entry_hint(loader, err);
    return true;
}

static PoolerSection *
pooler_section(Loader *loader, const char *name)
{
    PoolerSection *section;

    for (size_t i = 0; i < loader->poolers.len; i++)
        if (strcmp(loader->poolers.items[i].name, name) == 0)
            return &loader->poolers.items[i];
    section = vec_push(&loader->poolers, loader->arena);
    section->name = arena_strdup(loader->arena, name);
    section->values = option_values_new(loader->arena, pooler_options);
    section->seen = new_marks(loader->arena, pooler_options);
    return section;
}

/* A list of connection strings is looked through, too. */
static bool
any_holds_password(StringList conninfos)
{
    for (size_t i = 0; i < conninfos.len; i++)
        if (holds_password(conninfos.items[i]))
            return true;
    return false;
}

static bool
unknown_pooler_key(const Loader *loader, const IniEntry *entry, Err *err)
{
    Suggestion near = suggestion_for(entry->key);
    cleanup_(str_release) Str all = STR_INIT;

    for (const Option *row = pooler_options; row->name; row++)
    {
        suggest(&near, row->key);
        str_addf(&all, "%s%s", all.len ? ", " : "", row->key);
    }
    err_set(err, ERR_USAGE, "unknown key \"%s\" in section [%s] at %s:%d", entry->key,
            entry->section, loader->file, entry->line);
    if (near.best)
        err_detail(err, "The nearest known key is \"%s\".", near.best);
    else
        err_detail(err, "The keys of such a section are %s.", all.data);
    return entry_hint(loader, err);
}

static bool
take_pooler_entry(Loader *loader, const IniEntry *entry, Err *err)
{
    PoolerSection *section = pooler_section(loader, entry->section + strlen(pooler_prefix));
    const Option *row = option_find_key(pooler_options, "pooler", entry->key);

    if (strcasestr(entry->key, "password"))
    {
        redact_register(entry->value);
        loader->has_secret = true;
    }
    if (!row)
        return unknown_pooler_key(loader, entry, err);
    if (!take_value(loader, section->values, &section->seen[row - pooler_options], row, entry, err))
        return false;
    loader->has_secret =
        loader->has_secret || any_holds_password(option_list(section->values, "admin"));
    return true;
}

static bool
take_entry(void *user, const IniEntry *entry, Err *err)
{
    Loader *loader = user;
    const Option *row = option_find_key(global_options, entry->section, entry->key);

    if (!section_exists(entry->section))
        return unknown_section(loader, entry, err);
    if (is_pooler(entry->section))
        return take_pooler_entry(loader, entry, err);
    if (!row)
        return unknown_key(loader, entry, err);
    if (!take_value(loader, loader->values, &loader->seen[row - global_options], row, entry, err))
        return false;
    loader->has_secret = loader->has_secret || (*entry->value && row->secret) ||
                         (row->type == OPTION_CONNINFO && holds_password(entry->value));
    return true;
}

static bool
check_mode(const Loader *loader, FILE *stream, Err *err)
{
    struct stat st;

    if (!loader->has_secret || fstat(fileno(stream), &st) != 0 || !S_ISREG(st.st_mode) ||
        (st.st_mode & 077) == 0)
        return true;
    err_set(err, ERR_REFUSED, "config file \"%s\" holds a password and is open to others",
            loader->file);
    err_detail(err, "Its mode is %04o; only its owner may have access.",
               (unsigned)(st.st_mode & 07777));
    return err_hint(err, "Run: chmod 600 %s", loader->file);
}

static void
close_file(FILE **stream)
{
    if (*stream)
        fclose(*stream);
}

static bool
load_file(Loader *loader, const char *file, bool must_exist, Err *err)
{
    cleanup_(close_file) FILE *stream = fopen(file, "re");

    if (!stream && errno == ENOENT && !must_exist)
        return true;
    if (!stream)
    {
        int reason = errno;

        err_set(err, ERR_USAGE, "could not open config file \"%s\"", file);
        err_detail(err, "%s.", strerror(reason));
        return err_hint(
            err, "Name another one by --config FILE, or write it by: pgbaton init --config %s",
            file);
    }
    loader->file = file;
    if (!ini_file_read(stream, file, take_entry, loader, err))
    {
        /* That others can read the password weighs more than what else is wrong with the file. */
        cleanup_(err_release) Err mode_err = {0};

        return check_mode(loader, stream, &mode_err) ? false : err_move(err, &mode_err);
    }
    return check_mode(loader, stream, err);
}

static bool
check_name(const char *name, Err *err)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    if (len == strlen(name) && len >= 1 && len <= 16 && name[0] >= 'a' && name[0] <= 'z')
        return true;
    err_set(err, ERR_USAGE, "invalid migration name \"%s\"", name);
    err_detail(
        err,
        "It is 1 to 16 of a-z, 0-9 and _, and begins with a letter: it becomes a part of slot names.");
    return err_hint(err,
                    "Correct --migration, $PGBATON_MIGRATION or \"name\" in section [migration].");
}

static bool
check_system_identifier(const char *identifier, Side side, Err *err)
{
    size_t len = strlen(identifier);

    if (strspn(identifier, "0123456789") == len && len <= 20)
        return true;
    err_set(err, ERR_USAGE, "malformed system identifier \"%s\" of the %s", identifier,
            side_name(side));
    err_detail(
        err,
        "It is a number, as SELECT system_identifier FROM pg_control_system() on the server shows it.");
    return err_hint(err, "Correct \"system_identifier\" in section [%s], or leave it out.",
                    side_name(side));
}

/* Puts each value where its row says, in the type that the row's type has. */
static void
fill(const OptionValues *values, Config *config)
{
    for (const Option *row = global_options; row->name; row++)
    {
        void *member = (char *)config + row->offset;

        switch (row->type)
        {
            case OPTION_FLAG:
                *(bool *)member = option_flag(values, row->name);
                break;
            case OPTION_TEXT:
            case OPTION_CONNINFO:
                *(const char **)member = option_text(values, row->name);
                break;
            case OPTION_INTEGER:
            case OPTION_DURATION:
            case OPTION_CHOICE:
                *(int *)member = (int)option_number(values, row->name);
                break;
            case OPTION_BYTES:
                *(int64_t *)member = option_number(values, row->name);
                break;
            case OPTION_LIST:
            case OPTION_TEXTS:
                *(StringList *)member = option_list(values, row->name);
                break;
        }
    }
}

static bool
finish_poolers(const Loader *loader, Config *config, Err *err)
{
    VEC(PoolerConfig) poolers = {0};

    for (size_t i = 0; i < loader->poolers.len; i++)
        if (!pooler_config_read(loader->poolers.items[i].name, loader->poolers.items[i].values,
                                vec_push(&poolers, loader->arena), err))
            return entry_hint(loader, err);
    config->poolers = poolers.items;
    config->n_poolers = poolers.len;
    return true;
}

static bool
finish(const Loader *loader, Config *config, Err *err)
{
    const Option *index_jobs = option_find(global_options, "index-jobs");
    const char *jobs = option_text(loader->values, "jobs");

    if (!option_set(loader->values, index_jobs, jobs, ORIGIN_DEFAULT, "index_jobs", err))
        return false;
    memset(config, 0, sizeof(*config));
    fill(loader->values, config);
    config->file = loader->file;
    config->values = loader->values;
    config->application_name = arena_printf(loader->arena, "pgbaton %s", config->migration);
    if (config->index_jobs > config->jobs)
        config->index_jobs = config->jobs;
    return check_name(config->migration, err) &&
           check_system_identifier(config->source.system_identifier, SIDE_SOURCE, err) &&
           check_system_identifier(config->target.system_identifier, SIDE_TARGET, err) &&
           finish_poolers(loader, config, err);
}

bool
config_load(Arena *arena, OptionValues *flags, bool read_file, Config *ret_config, Err *err)
{
    Loader loader = {.arena = arena, .values = flags, .seen = new_marks(arena, global_options)};
    const char *file;
    bool named;

    if (!load_environment(arena, flags, err))
        return false;
    file = option_text(flags, "config");
    named = *file != '\0';
    if (read_file && !load_file(&loader, named ? file : CONFIG_DEFAULT_FILE, named, err))
        return false;
    return finish(&loader, ret_config, err);
}

bool
config_load_text(Arena *arena, OptionValues *flags, const char *text, size_t n_bytes,
                 Config *ret_config, Err *err)
{
    Loader loader = {
        .arena = arena, .values = flags, .file = "text", .seen = new_marks(arena, global_options)};
    cleanup_(arena_release) Arena scratch = {0};
    char *copy = arena_alloc(&scratch, n_bytes + 1);
    cleanup_(close_file) FILE *stream = NULL;

    memcpy(copy, text, n_bytes);
    copy[n_bytes] = '\n'; /* fmemopen refuses an empty buffer */
    stream = fmemopen(copy, n_bytes + 1, "r");
    if (!stream)
        return err_set(err, ERR_FAILED, "could not read a text as a file: %s", strerror(errno));
    return ini_file_read(stream, loader.file, take_entry, &loader, err) &&
           finish(&loader, ret_config, err);
}
