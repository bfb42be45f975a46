#include "catalog/table_name.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"
#include "pg/quote.h"

/* One of the two parts. */
typedef struct Part
{
    Str name; /* itself, while it is no pattern */
    Str like;
    bool is_pattern;
} Part;

static void
add_character(Part *part, char c)
{
    if (strchr("%_\\", c))
        str_add_char(&part->like, '\\');
    str_add_char(&part->like, c);
    str_add_char(&part->name, c);
}

static void
add_unquoted(Part *part, char c)
{
    if (c == '*' || c == '?')
    {
        str_add_char(&part->like, c == '*' ? '%' : '_');
        part->is_pattern = true;
    }
    else
        add_character(part, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
}

/* Up to that character, or the end. NULL: a quote is not closed. */
static const char *
parse_part(Part *part, const char *p, char end)
{
    bool is_quoted = false;

    for (; *p && (is_quoted || *p != end); p++)
    {
        if (*p == '"' && is_quoted && p[1] == '"')
            add_character(part, *++p);
        else if (*p == '"')
            is_quoted = !is_quoted;
        else if (is_quoted)
            add_character(part, *p);
        else
            add_unquoted(part, *p);
    }
    return is_quoted ? NULL : p;
}

static void
part_release(Part *part)
{
    str_release(&part->name);
    str_release(&part->like);
}

static bool
malformed(const char *text, const char *why, Err *err)
{
    err_set(err, ERR_USAGE, "\"%s\" does not name a table", text);
    err_detail(err, "%s", why);
    return err_hint(
        err, "Write SCHEMA.TABLE as in SQL, in quotes for the shell: 'app.orders', '\"App\".\"My "
             "table\"', 'app.*'.");
}

bool
table_name_parse(Arena *arena, const char *text, TableName *ret_name, Err *err)
{
    cleanup_(part_release) Part schema = {.name = STR_INIT, .like = STR_INIT};
    cleanup_(part_release) Part name = {.name = STR_INIT, .like = STR_INIT};
    const char *p = parse_part(&schema, text, '.');

    if (!p)
        return malformed(text, "A double quote is not closed.", err);
    if (*p)
    {
        p = parse_part(&name, p + 1, '.');
        if (!p)
            return malformed(text, "A double quote is not closed.", err);
        if (*p)
            return malformed(text, "It has more than two parts.", err);
        if (!schema.like.len || !name.like.len)
            return malformed(text, "One of its two parts is empty.", err);
    }
    else
    {
        Part only = schema;

        if (!only.like.len)
            return malformed(text, "It is empty.", err);
        schema = name;
        name = only;
        parse_part(&schema, "public", '.');
    }
    *ret_name = (TableName){
        .text = arena_strdup(arena, text),
        .schema_like = arena_strdup(arena, schema.like.data),
        .name_like = arena_strdup(arena, name.like.data),
    };
    if (schema.is_pattern || name.is_pattern)
        return true;
    ret_name->schema = arena_strdup(arena, schema.name.data);
    ret_name->name = arena_strdup(arena, name.name.data);
    return true;
}

static bool
malformed_list(const char *text, const char *why, Err *err)
{
    err_set(err, ERR_USAGE, "\"%s\" is not a list of names", text);
    err_detail(err, "%s", why);
    return err_hint(err, "Write NAME,NAME as in SQL, in quotes for the shell: 'id,\"Total sum\"'.");
}

bool
plain_names_parse(Arena *arena, const char *text, Names *ret_names, Err *err)
{
    const char *p = text;

    for (;;)
    {
        cleanup_(part_release) Part part = {.name = STR_INIT, .like = STR_INIT};

        p = parse_part(&part, p + strspn(p, " "), ',');
        if (!p)
            return malformed_list(text, "A double quote is not closed.", err);
        if (part.is_pattern)
            return malformed_list(text, "* and ? stand for themselves in double quotes only.", err);
        if (!part.name.len)
            return malformed_list(text, "A name is empty.", err);
        *vec_push(ret_names, arena) = arena_strdup(arena, part.name.data);
        if (!*p++)
            return true;
    }
}

bool
schema_pattern_parse(Arena *arena, const char *text, const char **ret_like, Err *err)
{
    cleanup_(part_release) Part part = {.name = STR_INIT, .like = STR_INIT};

    if (!parse_part(&part, text, '\0'))
        return malformed_list(text, "A double quote is not closed.", err);
    *ret_like = arena_strdup(arena, part.like.data);
    return true;
}

const char *
table_names_json(Arena *arena, const TableNames *names)
{
    json_t *array = json_array();
    const char *text;

    for (size_t i = 0; i < names->len; i++)
        json_array_append_new(array, json_pack("[ssb]", names->items[i].schema_like,
                                               names->items[i].name_like, !names->items[i].name));
    text = json_arena_text(arena, array);
    return text ? text : "[]";
}

/* LIKE as the server does it on UTF-8. */
static bool
like(const char *pattern, const char *text)
{
    for (; *pattern; pattern++)
    {
        if (*pattern == '%')
        {
            while (!like(pattern + 1, text))
                if (!*text++)
                    return false;
            return true;
        }
        if (!*text)
            return false;
        if (*pattern == '_')
        {
            text++;
            while (((unsigned char)*text & 0xC0) == 0x80)
                text++;
            continue;
        }
        if (*pattern == '\\' && pattern[1])
            pattern++;
        if (*pattern != *text++)
            return false;
    }
    return !*text;
}

bool
table_name_matches(const TableName *pattern, const char *schema, const char *name)
{
    return like(pattern->schema_like, schema) && like(pattern->name_like, name);
}

void
plain_name_add(Str *s, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_$";

    if (*name && name[strspn(name, plain)] == '\0' && !strchr("0123456789$", *name))
    {
        str_add(s, name);
        return;
    }
    sql_ident(s, name);
}

void
table_name_add(Str *s, const char *schema, const char *name)
{
    plain_name_add(s, schema);
    str_add_char(s, '.');
    plain_name_add(s, name);
}
