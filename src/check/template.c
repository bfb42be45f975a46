#include "check/template.h"

#include <string.h>

#include "base/str.h"

enum
{
    MAX_NAMED = 5 /* objects that are named one by one */
};

static const char *
cell(const CheckObjects *objects, int i, const char *column)
{
    const char *text =
        result_text(objects->result, objects->rows[i], result_column(objects->result, column));

    return text ? text : "";
}

static void
add_objects(Str *s, const CheckObjects *objects)
{
    for (int i = 0; i < objects->n && i < MAX_NAMED; i++)
        str_addf(s, "%s\"%s\"", i ? ", " : "", cell(objects, i, "object"));
    if (objects->n > MAX_NAMED)
        str_addf(s, " and %d more", objects->n - MAX_NAMED);
}

static bool
seen_before(const CheckObjects *objects, int i, const char *column)
{
    for (int j = 0; j < i; j++)
        if (strcmp(cell(objects, j, column), cell(objects, i, column)) == 0)
            return true;
    return false;
}

/* Objects may share a command: looking at the first ones for that will do. */
static void
add_column(Str *s, const CheckObjects *objects, const char *column)
{
    int n_added = 0;
    int i;

    for (i = 0; i < objects->n && i < 20 * MAX_NAMED && n_added < MAX_NAMED; i++)
        if (!seen_before(objects, i, column))
            str_addf(s, "%s%s", n_added++ ? "; " : "", cell(objects, i, column));
    if (i < objects->n)
        str_add(s, "; and so on");
}

/* "one|many" by the number of objects. */
static void
add_word(Str *s, const char *words, int n)
{
    size_t len = strcspn(words, "|");

    if (n == 1)
        str_add_bytes(s, words, len);
    else
        str_add(s, words + len + (words[len] == '|'));
}

/* NULL: no such word. */
static const char *
find_word(const TemplateWord *words, size_t n_words, const char *name)
{
    for (size_t i = 0; i < n_words; i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].value;
    return NULL;
}

static void
add_placeholder(Str *s, char *name, const CheckObjects *objects)
{
    size_t len = strlen(name);

    if (strcmp(name, "n") == 0)
        str_addf(s, "%d", objects->n);
    else if (strncmp(name, "n:", 2) == 0)
    {
        str_addf(s, "%d ", objects->n);
        add_word(s, name + 2, objects->n);
    }
    else if (*name == '?')
        add_word(s, name + 1, objects->n);
    else if (strcmp(name, "objects") == 0)
        add_objects(s, objects);
    else if (name[len - 1] == '*')
    {
        name[len - 1] = '\0';
        add_column(s, objects, name);
    }
    else
        str_add(s, cell(objects, 0, name));
}

const char *
template_expand(Arena *arena, const char *template, const TemplateWord *words, size_t n_words,
                const CheckObjects *objects)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (const char *p = template; *p;)
    {
        size_t len = strcspn(p, "{");
        char *name;
        const char *word;

        str_add_bytes(&s, p, len);
        p += len;
        if (!*p)
            break;
        len = strcspn(p, "}");
        name = arena_strndup(arena, p + 1, len - 1);
        word = find_word(words, n_words, name);
        if (word)
            str_add(&s, word);
        else
            add_placeholder(&s, name, objects);
        p += len + (p[len] == '}');
    }
    return arena_strdup(arena, s.data);
}
