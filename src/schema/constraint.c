#include "schema/constraint.h"

#include <string.h>

#include "base/str.h"

/* A stretch of the statement. */
typedef struct Span
{
    const char *start;
    int len;
} Span;

#define SPAN(s) (s).len, (s).start

/* Moves *p past the words if it is at them. */
static bool
take(const char **p, const char *words)
{
    size_t len = strlen(words);

    if (strncmp(*p, words, len) != 0)
        return false;
    *p += len;
    return true;
}

/* A quoted identifier. */
static bool
take_name(const char **p, Span *ret_name)
{
    const char *end = *p;

    if (*end != '"')
        return false;
    do
    {
        end = strchr(end + 1, '"');
        if (!end)
            return false;
        end++;
    } while (*end == '"');
    *ret_name = (Span){*p, (int)(end - *p)};
    *p = end;
    return true;
}

/* "("a", "b")": names only, so WITHOUT OVERLAPS and the like are no such list. */
static bool
take_names(const char **p, Span *ret_list)
{
    const char *start = *p;
    Span name;

    if (!take(p, "("))
        return false;
    do
        if (!take_name(p, &name))
            return false;
    while (take(p, ", "));
    if (!take(p, ")"))
        return false;
    *ret_list = (Span){start, (int)(*p - start)};
    return true;
}

/* Up to the closing parenthesis; in storage parameters strings may hold anything. */
static bool
take_parenthesis(const char **p, Span *ret_list)
{
    const char *start = *p;

    if (!take(p, "("))
        return false;
    for (; **p && **p != ')'; (*p)++)
        if (**p == '\'' && !(*p = strchr(*p + 1, '\'')))
            return false;
    if (!take(p, ")"))
        return false;
    *ret_list = (Span){start, (int)(*p - start)};
    return true;
}

/* ALTER TABLE ONLY "s"."t" ADD CONSTRAINT "x" */
static bool
take_start(const char **p, Span *ret_table, Span *ret_constraint)
{
    Span schema;
    Span name;

    if (!take(p, "ALTER TABLE ONLY ") || !take_name(p, &schema) || !take(p, ".") ||
        !take_name(p, &name) || !take(p, "\n    ADD CONSTRAINT ") || !take_name(p, ret_constraint))
        return false;
    *ret_table = (Span){schema.start, (int)(name.start + name.len - schema.start)};
    return true;
}

bool
constraint_split_foreign_key(const char *sql, Arena *arena, const char **ret_add,
                             const char **ret_validate)
{
    const char *p = sql;
    const char *end = sql + strlen(sql);
    Span table;
    Span name;

    if (!take_start(&p, &table, &name) || !take(&p, " FOREIGN KEY ") || end[-1] != ';')
        return false;
    if (end - p >= 11 && strncmp(end - 11, " NOT VALID;", 11) == 0)
        return false;
    if (end - p >= 14 && strncmp(end - 14, " NOT ENFORCED;", 14) == 0)
        return false;
    *ret_add = arena_printf(arena, "%.*s NOT VALID;", (int)(end - sql) - 1, sql);
    *ret_validate = arena_printf(arena, "ALTER TABLE ONLY %.*s VALIDATE CONSTRAINT %.*s;",
                                 SPAN(table), SPAN(name));
    return true;
}

bool
constraint_split_unique(const char *sql, Arena *arena, const char **ret_index, const char **ret_add)
{
    const char *p = sql;
    bool is_primary;
    bool is_nulls_not_distinct;
    Span table;
    Span name;
    Span columns;
    Span include = {0};
    Span with = {0};

    if (!take_start(&p, &table, &name))
        return false;
    is_primary = take(&p, " PRIMARY KEY ");
    if (!is_primary && !take(&p, " UNIQUE "))
        return false;
    is_nulls_not_distinct = take(&p, "NULLS NOT DISTINCT ");
    if (!take_names(&p, &columns) || (take(&p, " INCLUDE ") && !take_names(&p, &include)) ||
        (take(&p, " WITH ") && !take_parenthesis(&p, &with)))
        return false;
    if (*p != ';' && strncmp(p, " DEFERRABLE", strlen(" DEFERRABLE")) != 0)
        return false;
    *ret_index = arena_printf(
        arena, "CREATE UNIQUE INDEX %.*s ON %.*s USING btree %.*s%s%.*s%s%s%.*s;", SPAN(name),
        SPAN(table), SPAN(columns), include.len ? " INCLUDE " : "", include.len,
        include.len ? include.start : "", is_nulls_not_distinct ? " NULLS NOT DISTINCT" : "",
        with.len ? " WITH " : "", with.len, with.len ? with.start : "");
    *ret_add =
        arena_printf(arena, "ALTER TABLE ONLY %.*s\n    ADD CONSTRAINT %.*s %s USING INDEX %.*s%s",
                     SPAN(table), SPAN(name), is_primary ? "PRIMARY KEY" : "UNIQUE", SPAN(name), p);
    return true;
}
