#include "config/filter.h"

#include <string.h>

#include "base/json_text.h"
#include "base/str.h"

/* The part of a pattern before or after the first dot, as a pattern for LIKE. */
static json_t *
like_pattern(const char *glob, size_t len)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (size_t i = 0; i < len; i++)
    {
        if (glob[i] == '*')
            str_add_char(&s, '%');
        else if (glob[i] == '?')
            str_add_char(&s, '_');
        else
        {
            if (strchr("%_\\", glob[i]))
                str_add_char(&s, '\\');
            str_add_char(&s, glob[i]);
        }
    }
    return json_stringn(s.data, s.len);
}

const char *
filter_json(Arena *arena, const StringList *patterns)
{
    json_t *array = json_array();
    const char *text;

    for (size_t i = 0; i < patterns->len; i++)
    {
        const char *pattern = patterns->items[i];
        const char *dot = strchr(pattern, '.');
        size_t schema_len = dot ? (size_t)(dot - pattern) : strlen(pattern);
        const char *table = dot ? dot + 1 : "*";

        json_array_append_new(array, json_pack("[oos]", like_pattern(pattern, schema_len),
                                               like_pattern(table, strlen(table)), pattern));
    }
    text = json_arena_text(arena, array);
    return text ? text : "[]";
}

static bool
match(const char *pattern, const char *pattern_end, const char *text)
{
    const char *star = NULL; /* where to go back to: the last * tried */
    const char *star_text = NULL;

    while (*text)
    {
        if (pattern < pattern_end && *pattern == '*')
        {
            star = ++pattern;
            star_text = text;
        }
        else if (pattern < pattern_end && (*pattern == '?' || *pattern == *text))
        {
            bool one_character = *pattern == '?';

            pattern++;
            text++;
            while (one_character && ((unsigned char)*text & 0xC0) ==
                                        0x80) /* ? takes a whole UTF-8 character, as _ does */
                text++;
        }
        else if (star)
        {
            pattern = star;
            text = ++star_text;
        }
        else
            return false;
    }
    while (pattern < pattern_end && *pattern == '*')
        pattern++;
    return pattern == pattern_end;
}

bool
filter_match(const char *pattern, const char *text)
{
    return match(pattern, pattern + strlen(pattern), text);
}

static bool
matches_any(const StringList *patterns, const char *schema, const char *table)
{
    for (size_t i = 0; i < patterns->len; i++)
    {
        const char *pattern = patterns->items[i];
        const char *dot = strchr(pattern, '.');

        if (match(pattern, dot ? dot : pattern + strlen(pattern), schema) &&
            (!dot || filter_match(dot + 1, table)))
            return true;
    }
    return false;
}

bool
filter_wants_table(const Config *config, const char *schema, const char *table)
{
    return (config->include.len == 0 || matches_any(&config->include, schema, table)) &&
           !matches_any(&config->exclude, schema, table);
}
