#include "config/option.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/redact.h"
#include "base/vec.h"
#include "pg/conninfo.h"

typedef struct OptionValue
{
    OptionOrigin origin;
    const char *text;
    int64_t number;
    VEC(const char *) list;
} OptionValue;

struct OptionValues
{
    Arena *arena;
    const Option *table;
    OptionValue *values; /* in the order of the table */
};

typedef struct Unit
{
    const char *name;
    int64_t factor;
} Unit;

static const Unit byte_units[] = {
    {"TB", INT64_C(1) << 40},
    {"GB", INT64_C(1) << 30},
    {"MB", INT64_C(1) << 20},
    {"kB", INT64_C(1) << 10},
    {"B", 1},
};

static const Unit duration_units[] = {
    {"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1},
};

const Option *
option_find(const Option *table, const char *name)
{
    for (const Option *row = table; row && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

const Option *
option_find_letter(const Option *table, char letter)
{
    for (const Option *row = table; row && row->name; row++)
        if (row->letter && row->letter == letter)
            return row;
    return NULL;
}

const Option *
option_find_key(const Option *table, const char *section, const char *key)
{
    for (const Option *row = table; row && row->name; row++)
        if (row->section && strcmp(row->section, section) == 0 && strcmp(row->key, key) == 0)
            return row;
    return NULL;
}

static OptionValue *
value_of(const OptionValues *values, const char *name)
{
    const Option *row = values ? option_find(values->table, name) : NULL;

    if (!row)
    {
        fprintf(stderr, "pgbaton: bug: no option \"%s\" in the command's table\n", name);
        abort();
    }
    return &values->values[row - values->table];
}

bool
option_given(const OptionValues *values, const char *name)
{
    return value_of(values, name)->origin > ORIGIN_DEFAULT;
}

bool
option_flag(const OptionValues *values, const char *name)
{
    return value_of(values, name)->number != 0;
}

const char *
option_text(const OptionValues *values, const char *name)
{
    const char *text = value_of(values, name)->text;

    return text ? text : "";
}

int64_t
option_number(const OptionValues *values, const char *name)
{
    return value_of(values, name)->number;
}

StringList
option_list(const OptionValues *values, const char *name)
{
    const OptionValue *value = value_of(values, name);

    return (StringList){.items = value->list.items, .len = value->list.len};
}

OptionOrigin
option_origin(const OptionValues *values, const char *name)
{
    return value_of(values, name)->origin;
}

const char *
origin_name(OptionOrigin origin)
{
    static const char *const names[] = {
        [ORIGIN_NONE] = "",     [ORIGIN_DEFAULT] = "default",
        [ORIGIN_FILE] = "file", [ORIGIN_ENVIRONMENT] = "environment",
        [ORIGIN_FLAG] = "flag",
    };

    return names[origin];
}

/*
 * Digits and one of the units, blanks between them allowed. A number without a unit has factor 1.
 */
static bool
parse_number(const char *text, const Unit *units, size_t n_units, int64_t *ret_number)
{
    int64_t number = 0;
    int64_t factor = 1;
    bool negative = *text == '-';
    const char *p = text + negative;

    if (!isdigit((unsigned char)*p))
        return false;
    for (; isdigit((unsigned char)*p); p++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *p - '0', &number))
            return false;
    while (*p == ' ')
        p++;
    if (*p)
    {
        size_t i = 0;

        while (i < n_units && strcasecmp(p, units[i].name) != 0)
            i++;
        if (i == n_units)
            return false;
        factor = units[i].factor;
    }
    if (__builtin_mul_overflow(number, negative ? -factor : factor, &number))
        return false;
    *ret_number = number;
    return true;
}

static bool
parse_boolean(const char *text, int64_t *ret_number)
{
    static const char *const words[] = {"false", "true", "off", "on", "no", "yes", "0", "1"};

    for (size_t i = 0; i < lengthof(words); i++)
        if (strcasecmp(text, words[i]) == 0)
        {
            *ret_number = i % 2;
            return true;
        }
    return false;
}

/* One item of a list. Quotes around the whole of it are taken away, "" inside them is one quote. */
static const char *
list_item(Arena *arena, const char *start, const char *end)
{
    cleanup_(str_release) Str s = STR_INIT;

    while (start < end && isspace((unsigned char)*start))
        start++;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    if (end - start < 2 || *start != '"' || end[-1] != '"')
        return arena_strndup(arena, start, (size_t)(end - start));
    for (const char *p = start + 1; p < end - 1; p++)
    {
        if (*p == '"' && p[1] == '"' && p + 1 < end - 1)
            p++;
        else if (*p == '"') /* "a"."b": two quoted parts, which are not ours to take apart */
            return arena_strndup(arena, start, (size_t)(end - start));
        str_add_char(&s, *p);
    }
    return arena_strdup(arena, s.data);
}

static void
add_list(Arena *arena, OptionValue *value, const char *text)
{
    const char *start = text;
    bool quoted = false;

    for (const char *p = text;; p++)
    {
        if (*p == '"')
            quoted = !quoted;
        if (*p && (*p != ',' || quoted))
            continue;
        const char *item = list_item(arena, start, p);

        if (*item)
            *vec_push(&value->list, arena) = item;
        if (!*p)
            return;
        start = p + 1;
    }
}

void
option_add_number(Str *s, OptionType type, int64_t number)
{
    const Unit *units = type == OPTION_BYTES ? byte_units : duration_units;
    size_t n_units = type == OPTION_BYTES ? lengthof(byte_units) : lengthof(duration_units);

    if (type == OPTION_BYTES || type == OPTION_DURATION)
        for (size_t i = 0; i < n_units; i++)
            if (number && number % units[i].factor == 0)
            {
                str_addf(s, "%lld%s", (long long)(number / units[i].factor), units[i].name);
                return;
            }
    str_addf(s, "%lld", (long long)number);
}

/* "between 1 and 64" */
static bool
range_error(const Option *row, const char *what, const char *text, Err *err)
{
    cleanup_(str_release) Str range = STR_INIT;

    option_add_number(&range, row->type, row->min);
    str_add(&range, " and ");
    option_add_number(&range, row->type, row->max);
    err_set(err, ERR_USAGE, "value \"%s\" of %s is out of range", text, what);
    return err_detail(err, "It must be between %s.", range.data);
}

static bool
parse_choice(const Option *row, const char *text, int64_t *ret_number)
{
    for (int i = 0; row->choices[i]; i++)
        if (strcasecmp(text, row->choices[i]) == 0)
        {
            *ret_number = i;
            return true;
        }
    return false;
}

/* "It is lock or readonly." */
static bool
choice_error(const Option *row, const char *what, const char *text, Err *err)
{
    cleanup_(str_release) Str words = STR_INIT;

    for (int i = 0; row->choices[i]; i++)
        str_addf(&words, "%s%s",
                 i == 0                ? ""
                 : row->choices[i + 1] ? ", "
                                       : " or ",
                 row->choices[i]);
    err_set(err, ERR_USAGE, "malformed value \"%s\" of %s", text, what);
    return err_detail(err, "It is %s.", words.data);
}

/* What a well-formed value looks like, as a sentence. */
static const char *
form_of(OptionType type)
{
    switch (type)
    {
        case OPTION_FLAG:
            return "It is true or false.";
        case OPTION_INTEGER:
            return "It is a whole number.";
        case OPTION_BYTES:
            return "It is a whole number of bytes, or one with a unit: kB, MB, GB or TB.";
        case OPTION_DURATION:
            return "It is a whole number of milliseconds, or one with a unit: ms, s, min, h or d.";
        case OPTION_TEXT:
        case OPTION_CONNINFO:
        case OPTION_LIST:
        case OPTION_TEXTS:
        case OPTION_CHOICE:
            break;
    }
    return "";
}

static bool
number_of(const Option *row, const char *text, const char *what, int64_t *ret_number, Err *err)
{
    bool fine = false;

    switch (row->type)
    {
        case OPTION_FLAG:
            fine = parse_boolean(text, ret_number);
            break;
        case OPTION_INTEGER:
            fine = parse_number(text, NULL, 0, ret_number);
            break;
        case OPTION_BYTES:
            fine = parse_number(text, byte_units, lengthof(byte_units), ret_number);
            break;
        case OPTION_DURATION:
            fine = parse_number(text, duration_units, lengthof(duration_units), ret_number);
            break;
        case OPTION_CHOICE:
            return parse_choice(row, text, ret_number) || choice_error(row, what, text, err);
        case OPTION_TEXT:
        case OPTION_CONNINFO:
        case OPTION_LIST:
        case OPTION_TEXTS:
            return true;
    }
    if (!fine)
    {
        err_set(err, ERR_USAGE, "malformed value \"%s\" of %s", text, what);
        return err_detail(err, "%s", form_of(row->type));
    }
    if ((row->min || row->max) && (*ret_number < row->min || *ret_number > row->max))
        return range_error(row, what, text, err);
    return true;
}

bool
option_set(OptionValues *values, const Option *row, const char *text, OptionOrigin origin,
           const char *what, Err *err)
{
    OptionValue *value = &values->values[row - values->table];
    int64_t number = 0;

    if (row->secret)
        redact_register(text);
    if (row->type == OPTION_CONNINFO && !conninfo_check(text, what, err))
        return false;
    if (!number_of(row, text, what, &number, err))
        return false;
    if (origin < value->origin)
        return true;
    if (row->type == OPTION_LIST || row->type == OPTION_TEXTS)
    {
        if (origin != value->origin)
            value->list.len = 0;
        if (row->type == OPTION_LIST)
            add_list(values->arena, value, text);
        else
            *vec_push(&value->list, values->arena) = arena_strdup(values->arena, text);
    }
    value->origin = origin;
    value->text = arena_strdup(values->arena, text);
    value->number = number;
    return true;
}

OptionValues *
option_values_new(Arena *arena, const Option *table)
{
    OptionValues *values = arena_alloc(arena, sizeof(*values));
    size_t n_rows = 0;

    while (table && table[n_rows].name)
        n_rows++;
    values->arena = arena;
    values->table = table;
    values->values = arena_alloc(arena, (n_rows + 1) * sizeof(*values->values));
    for (size_t i = 0; i < n_rows; i++)
    {
        cleanup_(err_release) Err err = {0};

        if (table[i].default_text && !option_set(values, &table[i], table[i].default_text,
                                                 ORIGIN_DEFAULT, table[i].name, &err))
        {
            fprintf(stderr, "pgbaton: bug: default of option \"%s\": %s\n", table[i].name,
                    err.message);
            abort();
        }
    }
    return values;
}

/* So that add_list makes the same item of it. */
static void
add_item(Str *s, const char *item)
{
    size_t n_quotes = 0;
    bool blank_end = isspace((unsigned char)item[0]) ||
                     (*item && isspace((unsigned char)item[strlen(item) - 1]));

    for (const char *p = item; *p; p++)
        n_quotes += *p == '"';
    if (n_quotes % 2 == 0 && !blank_end && (n_quotes || !strchr(item, ',')))
    {
        str_add(s, item);
        return;
    }
    str_add_char(s, '"');
    for (const char *p = item; *p; p++)
    {
        if (*p == '"')
            str_add_char(s, '"');
        str_add_char(s, *p);
    }
    str_add_char(s, '"');
}

void
option_add_shown(Str *s, const OptionValues *values, const Option *row)
{
    const OptionValue *value = &values->values[row - values->table];
    cleanup_(arena_release) Arena scratch = {0};

    if (row->secret && value->text)
        str_add(s, "********");
    else if (row->type == OPTION_FLAG)
        str_add(s, value->number ? "true" : "false");
    else if (row->type == OPTION_LIST || row->type == OPTION_TEXTS)
        for (size_t i = 0; i < value->list.len; i++)
        {
            str_add(s, i ? ", " : "");
            add_item(s, value->list.items[i]);
        }
    else if (row->type == OPTION_CONNINFO && value->text)
        str_add(s, conninfo_redacted(&scratch, value->text));
    else if (value->text && row->type == OPTION_CHOICE)
        str_add(s, row->choices[value->number]);
    else if (value->text && (row->type == OPTION_BYTES || row->type == OPTION_DURATION))
        option_add_number(s, row->type, value->number);
    else if (value->text)
        str_add(s, value->text);
}
