/* The templates of difference_kinds.c. */
#include <stdlib.h>
#include <string.h>

#include "pg/quote.h"
#include "schema/difference_object.h"

/* Of a placeholder: "value!I" is the name "value" and the manner 'I'. */
typedef struct Placeholder
{
    const char *name;
    size_t len;
    char manner; /* 'I' identifier, 'L' literal, 0 as it stands */
} Placeholder;

static bool
is_named(const Placeholder *p, const char *name)
{
    return p->len == strlen(name) && strncmp(p->name, name, p->len) == 0;
}

/* The n-th part of an item, counted from 1. */
static void
add_part(Str *s, const char *item, int n)
{
    for (int i = 1; i < n && *item; i++)
    {
        item += strcspn(item, "\x1f");
        item += *item != '\0';
    }
    str_add_bytes(s, item, strcspn(item, "\x1f"));
}

static void
add_owner_or(Str *s, const char *text, const ObjectPair *pair)
{
    const Object *o = pair->source ? pair->source : pair->target;

    if (strcmp(text, "{owner}") == 0)
        sql_ident(s, object_value(o, "owner"));
    else
        str_add(s, text);
}

/* Where a label of an enum goes: before the first of those behind it that the target has. */
static void
add_place(Str *s, const ObjectPair *pair, const char *label)
{
    cleanup_(mem_free_pointer) char *labels = mem_strdup(object_value(pair->source, "labels"));
    cleanup_(mem_free_pointer) char *there = NULL;
    const char *old = object_value(pair->target, "labels");
    bool is_behind = false;
    char *rest = NULL;
    cleanup_(str_release) Str framed = STR_INIT;

    str_addf(&framed, "\x1e%s\x1e", old ? old : "");
    there = str_detach(&framed);
    for (char *l = strtok_r(labels, "\x1e", &rest); l; l = strtok_r(NULL, "\x1e", &rest))
    {
        cleanup_(str_release) Str key = STR_INIT;

        str_addf(&key, "\x1e%s\x1e", l);
        if (is_behind && strstr(there, key.data))
        {
            str_add(s, " BEFORE ");
            sql_literal(s, l);
            return;
        }
        is_behind = is_behind || strcmp(l, label) == 0;
    }
}

static void
add_raw(Str *s, const Placeholder *p, const ObjectPair *pair, const char *value, const char *item)
{
    const Object *o = pair->target ? pair->target : pair->source;
    const Object *wanted = pair->source ? pair->source : pair->target;

    if (!o || !wanted)
        abort();
    if (is_named(p, "self"))
        str_add(s, o->self);
    else if (is_named(p, "host"))
        str_add(s, o->host ? o->host : "");
    else if (is_named(p, "ddl"))
        str_add(s, wanted->ddl ? wanted->ddl : "");
    else if (is_named(p, "value"))
        str_add(s, value ? value : "");
    else if (is_named(p, "item"))
        str_add(s, item);
    else if (is_named(p, "name"))
        str_add(s, o->name);
    else if (is_named(p, "schema"))
        sql_ident(s, o->schema);
    else if (is_named(p, "type"))
        str_add(s, object_value(wanted, "type"));
    else if (is_named(p, "identity"))
        str_addf(s, "%s GENERATED %s%s", object_value(pair->target, "identity") ? "SET" : "ADD",
                 value, object_value(pair->target, "identity") ? "" : " AS IDENTITY");
    else if (is_named(p, "compression"))
        str_add(s, *value == 'l' ? "lz4" : "pglz");
    else if (is_named(p, "place"))
        add_place(s, pair, item);
    else if (p->len == 1 && *p->name >= '1' && *p->name <= '9')
        add_part(s, item, *p->name - '0');
    else
        abort();
}

static void
add_placeholder(Str *s, const Placeholder *p, const ObjectPair *pair, const char *value,
                const char *item)
{
    cleanup_(str_release) Str raw = STR_INIT;

    if (p->manner == 'L' && is_named(p, "value") && !value)
    {
        str_add(s, "NULL");
        return;
    }
    add_raw(&raw, p, pair, value, item);
    if (p->manner == 'I')
        sql_ident(s, raw.data);
    else if (p->manner == 'L')
        sql_literal(s, raw.data);
    else
        add_owner_or(s, raw.data, pair);
}

void
difference_expand(Str *s, const char *pattern, const ObjectPair *pair, const char *value,
                  const char *item)
{
    for (const char *at = pattern; *at;)
    {
        size_t len = strcspn(at, "{");
        const char *end;
        Placeholder p;

        str_add_bytes(s, at, len);
        at += len;
        if (!*at)
            break;
        end = strchr(at, '}');
        p = (Placeholder){.name = at + 1, .len = (size_t)(end - at - 1)};
        if (p.len > 2 && p.name[p.len - 2] == '!')
        {
            p.manner = p.name[p.len - 1];
            p.len -= 2;
        }
        add_placeholder(s, &p, pair, value, item);
        at = end + 1;
    }
}
