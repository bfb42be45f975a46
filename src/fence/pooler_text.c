#include "fence/pooler_text.h"

#include <ctype.h>
#include <string.h>

/* PgBouncer's, for an entry that names none. */
static const char default_port[] = "5432";

typedef struct Reader
{
    Arena *arena;
    const char *text;
    const char *end;
    const char *file;
    bool in_databases;
    const char *counted; /* lines up to here are counted */
    int line;
} Reader;

/* key=value within an entry; the places are those in the entry's text. */
typedef struct Pair
{
    const char *start; /* of the key */
    const char *key_end;
    const char *value_start; /* with its quote */
    const char *end;         /* after the value and its quote */
    const char *value;       /* in the arena, without quotes */
} Pair;

typedef VEC(Pair) Pairs;

bool
pooler_place_equal(const PoolerPlace *a, const PoolerPlace *b)
{
    return strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0 &&
           strcmp(a->dbname, b->dbname) == 0;
}

static const char *
skip_blanks(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p;
}

/* A quoted value from its first quote on; '' stands for a quote. NULL when it does not end. */
static const char *
read_quoted(Arena *arena, const char *p, const char *end, const char **ret_value)
{
    cleanup_(str_release) Str value = STR_INIT;

    for (p++; p < end; p++)
    {
        if (*p == '\'' && (p + 1 == end || p[1] != '\''))
        {
            *ret_value = arena_strdup(arena, value.data);
            return p + 1;
        }
        p += *p == '\'';
        str_add_char(&value, *p);
    }
    return NULL;
}

static bool
read_pair(Arena *arena, const char *p, const char *end, Pair *pair)
{
    pair->start = p;
    while (p < end && *p != '=' && *p != ' ')
        p++;
    pair->key_end = p;
    p = skip_blanks(p, end);
    if (p == end || *p != '=' || pair->key_end == pair->start)
        return false;
    p = skip_blanks(p + 1, end);
    pair->value_start = p;
    if (p < end && *p == '\'')
    {
        pair->end = read_quoted(arena, p, end, &pair->value);
        /* What follows the quote without a blank PgBouncer reads in a way of its own: its first byte is lost. */
        return pair->end && *pair->value && (pair->end == end || *pair->end == ' ');
    }
    while (p < end && *p != ' ')
        p++;
    pair->end = p;
    pair->value = arena_strndup(arena, pair->value_start, (size_t)(p - pair->value_start));
    return *pair->value != '\0';
}

static bool
read_pairs(Arena *arena, const char *start, size_t len, Pairs *pairs)
{
    const char *end = start + len;

    for (const char *p = skip_blanks(start, end); p < end;)
    {
        Pair *pair = vec_push(pairs, arena);

        if (!read_pair(arena, p, end, pair))
            return false;
        p = skip_blanks(pair->end, end);
    }
    return true;
}

static bool
pair_is(const Pair *pair, const char *key)
{
    return (size_t)(pair->key_end - pair->start) == strlen(key) &&
           memcmp(pair->start, key, strlen(key)) == 0;
}

/* The last one counts. */
static const char *
pair_value(const Pairs *pairs, const char *key, const char *otherwise)
{
    for (size_t i = pairs->len; i > 0; i--)
        if (pair_is(&pairs->items[i - 1], key))
            return pairs->items[i - 1].value;
    return otherwise;
}

/* Places are asked for in rising order. */
static int
line_of(Reader *reader, const char *at)
{
    for (; reader->counted < at; reader->counted++)
        reader->line += *reader->counted == '\n';
    return reader->line;
}

static bool
malformed(Reader *reader, const char *at, const char *detail, Err *err)
{
    err_set(err, ERR_REFUSED, "PgBouncer would not read %s:%d", reader->file, line_of(reader, at));
    err_detail(err, "%s", detail);
    return err_hint(err, "Correct the file, and try it by PgBouncer's command RELOAD.");
}

static const char *
line_end(const Reader *reader, const char *p)
{
    while (p < reader->end && *p != '\n')
        p++;
    return p;
}

/*
 * The name of an entry or setting. PgBouncers differ in whether one may be quoted and how; a file that the running one has read is
 * understood either way.
 */
static const char *
read_name(const Reader *reader, const char *p, const char **ret_name)
{
    cleanup_(str_release) Str name = STR_INIT;

    if (*p == '\'' || *p == '"')
    {
        char quote = *p;

        for (p++; p < reader->end; p++)
        {
            if (*p == quote && (quote == '\'' || p + 1 == reader->end || p[1] != quote))
                break;
            p += *p == quote;
            str_add_char(&name, *p);
        }
        if (p == reader->end)
            return NULL;
        p++;
    }
    else
        while (p < reader->end && (isalnum((unsigned char)*p) || (*p && strchr("_.-*", *p))))
            str_add_char(&name, *p++);
    *ret_name = arena_strdup(reader->arena, name.data);
    return p;
}

static void
add_entry(Reader *reader, const char *name, const char *key, const char *value, size_t len,
          PoolerEntries *entries)
{
    PoolerEntry *entry = vec_push(entries, reader->arena);
    Pairs pairs = {0};

    entry->name = name;
    entry->line = line_of(reader, key);
    entry->start = (size_t)(value - reader->text);
    entry->len = len;
    entry->is_valid = read_pairs(reader->arena, value, len, &pairs);
    entry->place = (PoolerPlace){"", "", ""};
    if (entry->is_valid)
        entry->place = (PoolerPlace){
            .host = pair_value(&pairs, "host", ""),
            .port = pair_value(&pairs, "port", default_port),
            .dbname = pair_value(&pairs, "dbname", name),
        };
}

static bool
read_setting(Reader *reader, const char **p, PoolerEntries *entries, Err *err)
{
    const char *key = *p;
    const char *name = NULL;
    const char *value = read_name(reader, key, &name);
    const char *end;

    while (value && value < reader->end && (*value == ' ' || *value == '\t'))
        value++;
    if (!value || value == reader->end || *value != '=')
        return malformed(reader, key, "It is neither a section nor a name with a value.", err);
    value++;
    while (value < reader->end && (*value == ' ' || *value == '\t'))
        value++;
    end = line_end(reader, value);
    *p = end;
    while (end > value && isspace((unsigned char)end[-1]))
        end--;
    if (reader->in_databases)
        add_entry(reader, name, key, value, (size_t)(end - value), entries);
    return true;
}

static bool
is_include(const Reader *reader, const char *p)
{
    static const char word[] = "%include";
    size_t len = sizeof(word) - 1;

    return (size_t)(reader->end - p) > len && memcmp(p, word, len) == 0 &&
           (p[len] == ' ' || p[len] == '\t');
}

static bool
read_section(Reader *reader, const char **p, Err *err)
{
    static const char word[] = "databases";
    const char *start = *p + 1;
    const char *close = start;

    while (close < reader->end && *close != ']' && *close != '\n')
        close++;
    if (close == reader->end || *close != ']')
        return malformed(reader, *p, "The section has no \"]\".", err);
    reader->in_databases =
        (size_t)(close - start) == sizeof(word) - 1 && memcmp(start, word, sizeof(word) - 1) == 0;
    *p = close + 1; /* an entry may follow in the same line */
    return true;
}

bool
pooler_text_read(Arena *arena, const char *text, size_t n_bytes, const char *file,
                 PoolerEntries *ret_entries, Err *err)
{
    Reader reader = {
        .arena = arena,
        .text = text,
        .end = text + n_bytes,
        .file = file,
        .in_databases = true,
        .counted = text,
        .line = 1,
    };
    const char *zero = memchr(text, '\0', n_bytes);

    *ret_entries = (PoolerEntries){0};
    if (zero)
        return malformed(&reader, zero, "It holds a byte of value zero.", err);
    for (const char *p = text; p < reader.end;)
    {
        if (isspace((unsigned char)*p))
            p++;
        else if (*p == '#' || *p == ';' || is_include(&reader, p))
            p = line_end(&reader, p);
        else if (!(*p == '[' ? read_section(&reader, &p, err)
                             : read_setting(&reader, &p, ret_entries, err)))
            return false;
    }
    return true;
}

PoolerEntry *
pooler_text_find(const PoolerEntries *entries, const char *name)
{
    for (size_t i = entries->len; i > 0; i--)
        if (strcmp(entries->items[i - 1].name, name) == 0)
            return &entries->items[i - 1];
    return NULL;
}

static void
add_value(Str *s, const char *value)
{
    bool quoted = strpbrk(value, " '") != NULL;

    if (quoted)
        str_add_char(s, '\'');
    for (const char *p = value; *p; p++)
    {
        if (*p == '\'')
            str_add_char(s, '\'');
        str_add_char(s, *p);
    }
    if (quoted)
        str_add_char(s, '\'');
}

/* What an entry without the key leads to is not written out. A host cannot be empty: then the key has to go. */
static bool
is_implied(const PoolerEntry *entry, const char *key, const char *value)
{
    return !value || !*value || (strcmp(key, "port") == 0 && strcmp(value, default_port) == 0) ||
           (strcmp(key, "dbname") == 0 && strcmp(value, entry->name) == 0);
}

static const char *
new_value(const PoolerPlace *place, const Pair *pair)
{
    return pair_is(pair, "host")     ? place->host
           : pair_is(pair, "port")   ? place->port
           : pair_is(pair, "dbname") ? place->dbname
                                     : NULL;
}

/* The value of one entry: pairs are changed where they stand, those that were not there come at the end. */
static void
add_moved(const char *text, const PoolerEntry *entry, Str *s)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *copied = text + entry->start;
    const char *end = copied + entry->len;
    const struct
    {
        const char *key;
        const char *value;
    } wanted[] = {
        {"host", entry->move_to->host},
        {"port", entry->move_to->port},
        {"dbname", entry->move_to->dbname},
    };
    Pairs pairs = {0};
    bool is_empty = entry->len == 0;

    (void)read_pairs(&arena, copied, entry->len, &pairs); /* it was valid before */
    for (size_t i = 0; i < pairs.len; i++)
    {
        const Pair *pair = &pairs.items[i];
        const char *value = new_value(entry->move_to, pair);

        if (!value || strcmp(value, pair->value) == 0)
            continue;
        if (*value)
        {
            str_add_bytes(s, copied, (size_t)(pair->value_start - copied));
            add_value(s, value);
            copied = pair->end;
        }
        else
        {
            str_add_bytes(s, copied, (size_t)(pair->start - copied));
            copied = skip_blanks(pair->end, end);
        }
    }
    str_add_bytes(s, copied, (size_t)(end - copied));
    for (size_t i = 0; i < lengthof(wanted); i++)
    {
        if (pair_value(&pairs, wanted[i].key, NULL) ||
            is_implied(entry, wanted[i].key, wanted[i].value))
            continue;
        str_addf(s, "%s%s=", is_empty ? "" : " ", wanted[i].key);
        add_value(s, wanted[i].value);
        is_empty = false;
    }
}

void
pooler_text_move(const char *text, size_t n_bytes, const PoolerEntries *entries, Str *s)
{
    size_t copied = 0;

    for (size_t i = 0; i < entries->len; i++)
    {
        const PoolerEntry *entry = &entries->items[i];

        if (!entry->move_to || !entry->is_valid)
            continue;
        str_add_bytes(s, text + copied, entry->start - copied);
        add_moved(text, entry, s);
        copied = entry->start + entry->len;
    }
    str_add_bytes(s, text + copied, n_bytes - copied);
}
