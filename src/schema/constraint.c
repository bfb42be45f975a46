#include "schema/constraint.h"

#include <string.h>

#include "base/str.h"
#include "pg/quote.h"

/* A stretch of the statement. */
typedef struct Span
{
    const char *start;
    size_t len;
} Span;

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
    *ret_name = (Span){*p, (size_t)(end - *p)};
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
    *ret_list = (Span){start, (size_t)(*p - start)};
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
    *ret_list = (Span){start, (size_t)(*p - start)};
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
    *ret_table = (Span){schema.start, (size_t)(name.start + name.len - schema.start)};
    return true;
}

static const char *
text_of(Arena *arena, const Span *span)
{
    return arena_strndup(arena, span->start ? span->start : "", (size_t)span->len);
}

static bool
ends_with(const char *sql, const char *end)
{
    size_t len = strlen(sql);

    return len >= strlen(end) && strcmp(sql + len - strlen(end), end) == 0;
}

bool
constraint_split_foreign_key(const char *sql, Arena *arena, const char **ret_add,
                             const char **ret_validate)
{
    const char *p = sql;
    Span table;
    Span name;

    if (!take_start(&p, &table, &name) || !take(&p, " FOREIGN KEY ") || !ends_with(p, ";") ||
        ends_with(p, " NOT VALID;") || ends_with(p, " NOT ENFORCED;"))
        return false;
    cleanup_(str_release) Str add = STR_INIT;
    cleanup_(str_release) Str validate = STR_INIT;
    str_add_bytes(&add, sql, strlen(sql) - 1);
    str_add(&add, " NOT VALID;");
    sql_format(&validate, "ALTER TABLE ONLY %R VALIDATE CONSTRAINT %R;", text_of(arena, &table),
               text_of(arena, &name));
    *ret_add = arena_strdup(arena, add.data);
    *ret_validate = arena_strdup(arena, validate.data);
    return true;
}

bool
constraint_split_unique(const char *sql, Arena *arena, const char **ret_index, const char **ret_add)
{
    cleanup_(str_release) Str index = STR_INIT;
    cleanup_(str_release) Str add = STR_INIT;
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
    sql_format(&index, "CREATE UNIQUE INDEX %R ON %R USING btree %R", text_of(arena, &name),
               text_of(arena, &table), text_of(arena, &columns));
    if (include.len > 0)
        sql_format(&index, " INCLUDE %R", text_of(arena, &include));
    if (is_nulls_not_distinct)
        str_add(&index, " NULLS NOT DISTINCT");
    if (with.len > 0)
        sql_format(&index, " WITH %R", text_of(arena, &with));
    str_add(&index, ";");
    sql_format(&add, "ALTER TABLE ONLY %R\n    ADD CONSTRAINT %R %R USING INDEX %R%R",
               text_of(arena, &table), text_of(arena, &name), is_primary ? "PRIMARY KEY" : "UNIQUE",
               text_of(arena, &name), p);
    *ret_index = arena_strdup(arena, index.data);
    *ret_add = arena_strdup(arena, add.data);
    return true;
}
