#include "schema/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static const char header_start[] = "--\n-- TOC entry ";

/* A scan of one script. Pointers go into the script. */
typedef struct Splitter
{
    const char *p;
    const char *line;       /* start of the line p is in */
    const char *statement;  /* start of the unfinished statement, NULL between statements */
    int depth;              /* of parentheses */
    const char *sql_start;  /* of the current entry; NULL: no statement yet */
    const char *last_start; /* of the current entry's last statement */
    const char *sql_end;
    Arena *arena;
    DdlSection section;
    DdlEntries *entries;
    size_t n_before; /* entries that were there before this script */
    const char *tablespace;
    const char *access_method;
    const char *with_oids;
} Splitter;

static bool
is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (c & 0x80);
}

/* Past the closing quote; "" inside counts as two strings side by side. NULL at the end of the script. */
static const char *
skip_quoted(const char *p, char quote, bool backslash_escapes)
{
    for (p++; *p; p++)
    {
        if (backslash_escapes && *p == '\\' && p[1])
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return NULL;
}

/* p is at a $. Past the closing tag; p + 1 when it opens no quotation. */
static const char *
skip_dollar(const char *p)
{
    const char *end = p + 1;
    const char *close;

    if (*end >= '0' && *end <= '9')
        return end;
    while (*end != '$' && is_word(*end))
        end++;
    if (*end != '$')
        return p + 1;
    cleanup_(str_release) Str tag = STR_INIT;
    str_add_bytes(&tag, p, (size_t)(end + 1 - p));
    close = strstr(end + 1, tag.data);
    return close ? close + tag.len : NULL;
}

static const char *
skip_block_comment(const char *p)
{
    int depth = 0;

    for (; *p; p++)
    {
        if (p[0] == '/' && p[1] == '*')
        {
            depth++;
            p++;
        }
        else if (p[0] == '*' && p[1] == '/')
        {
            depth--;
            p++;
            if (depth == 0)
                return p + 1;
        }
    }
    return NULL;
}

/* What E'…' and U&'…' are told apart by: the word just before the quote. */
static bool
is_escape_string(const char *script, const char *quote)
{
    return quote > script && (quote[-1] == 'E' || quote[-1] == 'e') &&
           (quote - 1 == script || !is_word(quote[-2]));
}

/* Past one token of SQL other than white space, a line comment or a semicolon. NULL when it does not end. */
static const char *
skip_token(Splitter *s, const char *script)
{
    const char *p = s->p;

    switch (*p)
    {
        case '\'':
            return skip_quoted(p, '\'', is_escape_string(script, p));
        case '"':
            return skip_quoted(p, '"', false);
        case '$':
            return p > script && is_word(p[-1]) ? p + 1 : skip_dollar(p);
        case '/':
            return p[1] == '*' ? skip_block_comment(p) : p + 1;
        case '(':
            s->depth++;
            return p + 1;
        case ')':
            s->depth--;
            return p + 1;
        default:
            return p + 1;
    }
}

static const char *
next_line(const char *p)
{
    const char *end = strchr(p, '\n');

    return end ? end + 1 : p + strlen(p);
}

static bool
malformed(const char *at, Err *err)
{
    err_set(err, ERR_FAILED, "cannot take apart the script of pg_dump");
    err_detail(err, "Unexpected: %.*s", (int)strcspn(at, "\n"), at);
    return err_hint(
        err,
        "This may be a version of pg_dump that pgbaton does not know: set migration.pg_bindir to another one.");
}

static void
finish_entry(Splitter *s)
{
    DdlEntry *entry;

    if (s->entries->len == s->n_before)
        return;
    entry = &s->entries->items[s->entries->len - 1];
    entry->sql = s->sql_start
                     ? arena_strndup(s->arena, s->sql_start, (size_t)(s->sql_end - s->sql_start))
                     : "";
    entry->last_statement = s->sql_start ? (size_t)(s->last_start - s->sql_start) : 0;
    s->sql_start = NULL;
}

/* The last occurrence of needle in the len bytes at text. */
static const char *
find_last(const char *text, size_t len, const char *needle)
{
    size_t n = strlen(needle);

    for (size_t i = len; i-- > 0;)
        if (len - i >= n && memcmp(text + i, needle, n) == 0)
            return text + i;
    return NULL;
}

/* "Name: t; Type: TABLE; Schema: public; Owner: postgres[; Tablespace: x]", where names may hold semicolons. */
static bool
parse_name_line(Splitter *s, DdlEntry *entry, const char *line)
{
    const char *name = line + strlen("-- Name: ");
    size_t len = strcspn(line, "\n");
    const char *owner = find_last(line, len, "; Owner: ");
    const char *schema = owner ? find_last(line, (size_t)(owner - line), "; Schema: ") : NULL;
    const char *type = schema ? find_last(line, (size_t)(schema - line), "; Type: ") : NULL;

    if (strncmp(line, "-- Name: ", strlen("-- Name: ")) != 0 || !type)
        return false;
    entry->tag = arena_strndup(s->arena, name, (size_t)(type - name));
    type += strlen("; Type: ");
    entry->type = arena_strndup(s->arena, type, (size_t)(schema - type));
    schema += strlen("; Schema: ");
    entry->schema = arena_strndup(s->arena, schema, (size_t)(owner - schema));
    if (strcmp(entry->schema, "-") == 0)
        entry->schema = "";
    return true;
}

static bool
parse_dependencies(Splitter *s, DdlEntry *entry, const char *line)
{
    const char *p = line + strlen("-- Dependencies:");
    VEC(int) ids = {0};

    while (*p == ' ')
    {
        char *end;

        *vec_push(&ids, s->arena) = (int)strtol(p, &end, 10);
        if (end == p)
            return false;
        p = end;
    }
    entry->depends_on = ids.items;
    entry->n_depends_on = ids.len;
    return *p == '\n';
}

/* s->p is at the "--" line that opens a header; leaves it behind the "--" line that closes it. */
static bool
parse_header(Splitter *s, Err *err)
{
    const char *start = s->p + strlen("--\n");
    const char *p = start + strlen("-- TOC entry ");
    DdlEntry *entry;
    char *end;

    finish_entry(s);
    entry = vec_push(s->entries, s->arena);
    entry->section = s->section;
    entry->tablespace = s->tablespace;
    entry->access_method = s->access_method;
    entry->with_oids = s->with_oids;
    entry->dump_id = (int)strtol(p, &end, 10);
    if (end == p || strncmp(end, " (class ", 8) != 0)
        return malformed(start, err);
    entry->catalog_oid = (uint32_t)strtoul(end + 8, &end, 10);
    if (strncmp(end, " OID ", 5) != 0)
        return malformed(start, err);
    entry->object_oid = (uint32_t)strtoul(end + 5, &end, 10);
    if (strncmp(end, ")\n", 2) != 0)
        return malformed(start, err);
    p = end + 2;
    if (strncmp(p, "-- Dependencies:", strlen("-- Dependencies:")) == 0)
    {
        if (!parse_dependencies(s, entry, p))
            return malformed(p, err);
        p = next_line(p);
    }
    if (!parse_name_line(s, entry, p))
        return malformed(p, err);
    p = next_line(p);
    if (strncmp(p, "-- Data Pos: ", strlen("-- Data Pos: ")) == 0)
        p = next_line(p);
    if (strncmp(p, "--\n", 3) != 0)
        return malformed(p, err);
    s->p = p + 3;
    return true;
}

/* The value of "NAME = value;" if the statement begins with it. */
static bool
take_state(Splitter *s, const char *start, const char *name, const char **ret_value)
{
    size_t len = strlen(name);

    if (strncmp(start, name, len) != 0)
        return false;
    *ret_value = arena_strndup(s->arena, start + len, (size_t)(s->p - start) - len - 1);
    return true;
}

/* s->p is behind the semicolon. */
static bool
finish_statement(Splitter *s, Err *err)
{
    const char *start = s->statement;

    s->statement = NULL;
    if (take_state(s, start, "SET default_tablespace = ", &s->tablespace) ||
        take_state(s, start, "SET default_table_access_method = ", &s->access_method) ||
        take_state(s, start, "SET default_with_oids = ", &s->with_oids))
        return true;
    if (s->entries->len == s->n_before) /* the preamble */
        return strncmp(start, "SET ", 4) == 0 ||
               strncmp(start, "SELECT pg_catalog.set_config(", 29) == 0 || malformed(start, err);
    if (!s->sql_start)
        s->sql_start = start;
    s->last_start = start;
    s->sql_end = s->p;
    return true;
}

/* Deals with what may stand between two statements: true when it did. */
static bool
take_line_between(Splitter *s, bool *ret_ok, Err *err)
{
    *ret_ok = true;
    if (s->p != s->line || s->statement)
        return false;
    if (strncmp(s->p, header_start, strlen(header_start)) == 0)
        *ret_ok = parse_header(s, err);
    else if (*s->p == '\\') /* psql's \restrict and the like */
        s->p = next_line(s->p);
    else
        return false;
    s->line = s->p;
    return true;
}

static bool
scan(Splitter *s, Err *err)
{
    const char *script = s->p;

    s->line = script;
    while (*s->p)
    {
        bool ok;

        if (take_line_between(s, &ok, err))
        {
            if (!ok)
                return false;
        }
        else if (*s->p == '\n')
            s->line = ++s->p;
        else if (*s->p == ' ' || *s->p == '\t' || *s->p == '\r')
            s->p++;
        else if (s->p[0] == '-' && s->p[1] == '-')
            s->line = s->p = next_line(s->p);
        else if (*s->p == ';' && s->depth <= 0)
        {
            if (!s->statement)
                s->statement = s->p;
            s->p++;
            if (!finish_statement(s, err))
                return false;
        }
        else
        {
            const char *after = skip_token(s, script);

            if (!after)
                return malformed(s->p, err);
            if (!s->statement)
                s->statement = s->p;
            s->p = after;
        }
    }
    return s->statement ? malformed(s->statement, err) : true;
}

bool
split_script(const char *script, DdlSection section, Arena *arena, DdlEntries *ret, Err *err)
{
    Splitter s = {
        .p = script, .arena = arena, .section = section, .entries = ret, .n_before = ret->len};

    if (!scan(&s, err))
        return false;
    finish_entry(&s);
    return true;
}
