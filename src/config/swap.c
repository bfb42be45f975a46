#include "config/swap.h"

#include <ctype.h>
#include <string.h>

#include "base/vec.h"

typedef struct Line
{
    const char *text;  /* with its end */
    const char *added; /* lines that come after it */
    const char *end;   /* "\n", "\r\n", "" */
    const char *section;
    const char *key;   /* of a pair, also of one that is commented out; NULL: something else */
    const char *value; /* "": none */
    bool is_comment;
    bool is_blank;
} Line;

typedef struct Swap
{
    Arena *arena;
    VEC(Line) lines;
    bool is_changed;
} Swap;

/* Keys that mean the same of either side. */
static const struct
{
    const char *source;
    const char *target;
} side_keys[] =
    {
        {"conninfo", "conninfo"},
        {"conninfo_from_target", "conninfo_from_source"},
        {"system_identifier", "system_identifier"},
},
  pooler_keys[] = {
      {"source_host", "target_host"},
      {"source_port", "target_port"},
};

static const char *
skip_blanks(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static const char *
trimmed(Arena *arena, const char *text, size_t len)
{
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    return arena_strndup(arena, text, len);
}

/* "#key = value" is a pair that is commented out, "# a sentence" is not. */
static void
parse_pair(Swap *swap, Line *line, const char *text)
{
    size_t key_len;

    line->is_comment = *text == '#' || *text == ';';
    if (line->is_comment && isspace((unsigned char)text[1]))
        return;
    text += line->is_comment;
    key_len = strcspn(text, "=:");
    if (!text[key_len])
        return;
    line->key = trimmed(swap->arena, text, key_len);
    text = skip_blanks(text + key_len + 1);
    line->value = trimmed(swap->arena, text, strlen(text));
}

static void
add_line(Swap *swap, const char *text, const char *section)
{
    Line *line = vec_push(&swap->lines, swap->arena);
    bool is_first = swap->lines.len == 1;
    size_t len = strlen(text);

    *line = (Line){.text = text, .added = "", .section = section, .value = ""};
    line->end = len > 1 && strcmp(text + len - 2, "\r\n") == 0 ? "\r\n"
                : len > 0 && text[len - 1] == '\n'             ? "\n"
                                                               : "";
    if (is_first && strncmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    text = skip_blanks(text);
    line->is_blank = !*text;
    if (*text == '[')
        line->section = arena_strndup(swap->arena, text + 1, strcspn(text + 1, "]"));
    else if (*text)
        parse_pair(swap, line, text);
}

static void
parse(Swap *swap, const char *text, size_t n_bytes)
{
    const char *section = "";

    for (const char *end = text + n_bytes; text < end;)
    {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t len = newline ? (size_t)(newline + 1 - text) : (size_t)(end - text);

        add_line(swap, arena_strndup(swap->arena, text, len), section);
        section = swap->lines.items[swap->lines.len - 1].section;
        text += len;
    }
}

static Line *
find(Swap *swap, const char *section, const char *key, bool in_comment)
{
    for (size_t i = 0; i < swap->lines.len; i++)
    {
        Line *line = &swap->lines.items[i];

        if (line->key && line->is_comment == in_comment && strcmp(line->section, section) == 0 &&
            strcmp(line->key, key) == 0)
            return line;
    }
    return NULL;
}

/* The last line of the section that is not blank; the file's last one without the section. */
static Line *
last_of(Swap *swap, const char *section)
{
    Line *last = NULL;

    for (size_t i = 0; i < swap->lines.len; i++)
        if (!swap->lines.items[i].is_blank && strcmp(swap->lines.items[i].section, section) == 0)
            last = &swap->lines.items[i];
    return last;
}

/* A line with a value keeps the way it is written. */
static void
set_value(Swap *swap, Line *line, const char *value)
{
    bool has_value = !line->is_comment && *line->value;
    const char *start = skip_blanks(line->text);

    if (has_value)
        start = skip_blanks(start + strcspn(start, "=:") + 1);
    line->text = arena_printf(swap->arena, "%.*s%s%s%s%s", (int)(start - line->text), line->text,
                              has_value ? "" : line->key, has_value ? "" : " = ", value, line->end);
    line->is_comment = false;
    line->value = value;
}

static void
insert_value(Swap *swap, const char *section, const char *key, const char *value)
{
    Line *last = last_of(swap, section);

    if (!last)
    {
        add_line(swap, arena_printf(swap->arena, "\n[%s]\n", section), section);
        last = &swap->lines.items[swap->lines.len - 1];
        last->section = section;
        last->end = "\n";
    }
    last->added = arena_printf(swap->arena, "%s%s%s = %s%s", last->added,
                               *last->end || *last->added ? "" : "\n", key, value,
                               *last->end ? last->end : "\n");
}

/* Takes it from one place to another, where there is none. */
static void
move_value(Swap *swap, Line *from, const char *section, const char *key)
{
    const char *value = from->value;
    Line *to = find(swap, section, key, false);

    if (!to)
        to = find(swap, section, key, true);
    from->text = arena_printf(swap->arena, "#%s =%s", from->key, from->end);
    from->value = "";
    from->is_comment = true;
    if (to)
        set_value(swap, to, value);
    else
        insert_value(swap, section, key, value);
}

static Line *
find_set(Swap *swap, const char *section, const char *key)
{
    Line *line = find(swap, section, key, false);

    return line && *line->value ? line : NULL;
}

static void
swap_values(Swap *swap, const char *section_a, const char *key_a, const char *section_b,
            const char *key_b)
{
    Line *a = find_set(swap, section_a, key_a);
    Line *b = find_set(swap, section_b, key_b);

    swap->is_changed = swap->is_changed || a || b;
    if (a && b)
    {
        const char *value = a->value;

        set_value(swap, a, b->value);
        set_value(swap, b, value);
    }
    else if (a)
        move_value(swap, a, section_b, key_b);
    else if (b)
        move_value(swap, b, section_a, key_a);
}

/* Once for each section. */
static void
swap_poolers(Swap *swap)
{
    size_t n_lines = swap->lines.len;

    for (size_t i = 0; i < n_lines; i++)
    {
        const char *section = swap->lines.items[i].section;
        bool is_new = strncmp(section, "pooler ", 7) == 0;

        for (size_t j = 0; j < i && is_new; j++)
            is_new = strcmp(swap->lines.items[j].section, section) != 0;
        for (size_t k = 0; k < lengthof(pooler_keys) && is_new; k++)
            swap_values(swap, section, pooler_keys[k].source, section, pooler_keys[k].target);
    }
}

bool
config_swap_text(Arena *arena, const char *text, size_t n_bytes, Str *ret_text)
{
    Swap swap = {.arena = arena};

    parse(&swap, text, n_bytes);
    for (size_t i = 0; i < lengthof(side_keys); i++)
        swap_values(&swap, "source", side_keys[i].source, "target", side_keys[i].target);
    if (!swap.is_changed)
        return false;
    swap_poolers(&swap);
    for (size_t i = 0; i < swap.lines.len; i++)
    {
        str_add(ret_text, swap.lines.items[i].text);
        str_add(ret_text, swap.lines.items[i].added);
    }
    return true;
}
