#include "base/redact.h"

#include <ctype.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char **secrets;
static size_t n_secrets;

static const char mask[] = "********";

void
redact_register(const char *secret)
{
    if (!secret || strlen(secret) < 3)
        return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_secrets; i++)
        if (strcmp(secrets[i], secret) == 0)
        {
            pthread_mutex_unlock(&lock);
            return;
        }
    secrets = mem_realloc(secrets, (n_secrets + 1) * sizeof(*secrets));
    secrets[n_secrets++] = mem_strdup(secret);
    pthread_mutex_unlock(&lock);
}

/* The length of the longest registered secret that text starts with, 0 if none. */
static size_t
secret_at(const char *text)
{
    size_t longest = 0;

    for (size_t i = 0; i < n_secrets; i++)
    {
        size_t len = strlen(secrets[i]);

        if (len > longest && strncmp(text, secrets[i], len) == 0)
            longest = len;
    }
    return longest;
}

/* A quoted conninfo value inside an SQL literal: every quote and backslash of it stands twice. */
static size_t
nested_value_length(const char *text)
{
    const char *p = text + 2;

    while (*p)
    {
        if (strncmp(p, "''", 2) == 0)
            return (size_t)(p + 2 - text);
        if (strncmp(p, "\\\\", 2) == 0) /* escapes what follows, which may be a pair too */
            p += strncmp(p + 2, "''", 2) == 0 || strncmp(p + 2, "\\\\", 2) == 0 ? 4 : 2;
        else
            p++;
    }
    return (size_t)(p - text);
}

/* The length of a value as conninfo strings and SQL literals write it: quoted with ' (\ or '' escape) or up to white space. */
static size_t
value_length(const char *text)
{
    const char *p = text + ((*text == 'E' || *text == 'e') && text[1] == '\'');

    if (*p != '\'')
        return strcspn(text, " \t\r\n\"'&;");
    if (p == text && p[1] == '\'' && p[2] && !strchr(" \t\r\n\"';,)", p[2]))
        return nested_value_length(text);
    for (p++; *p; p++)
    {
        if ((*p == '\\' && p[1]) || (*p == '\'' && p[1] == '\''))
            p++;
        else if (*p == '\'')
            return (size_t)(p + 1 - text);
    }
    return (size_t)(p - text);
}

/* If a keyword that is followed by a secret starts here, its length up to the secret, else 0. */
static size_t
keyword_at(const char *text, bool at_word_start)
{
    static const char *const keywords[] = {"password", "sslpassword", "PGPASSWORD"};
    static const char blanks[] = " \t\r\n";

    if (!at_word_start)
        return 0;
    for (size_t i = 0; i < lengthof(keywords); i++)
    {
        size_t len = strlen(keywords[i]);
        const char *p = text + len;

        if (strncasecmp(text, keywords[i], len) != 0)
            continue;
        p += strspn(p, blanks);
        if (*p == '=')
        {
            p++;
            p += strspn(p, blanks);
            return (size_t)(p - text);
        }
        /* CREATE ROLE x PASSWORD 'y', or E'y' */
        if (p > text + len && (*p == '\'' || ((*p == 'E' || *p == 'e') && p[1] == '\'')))
            return (size_t)(p - text);
    }
    return 0;
}

/* If "://user:secret@" starts here at the colon slash slash, the offsets of the secret. */
static bool
uri_secret_at(const char *text, size_t *ret_start, size_t *ret_end)
{
    size_t authority;
    const char *at;
    const char *colon;

    if (strncmp(text, "://", 3) != 0)
        return false;
    authority = strcspn(text + 3, "/ \t\r\n"); /* quotes may be in a password */
    at = memchr(text + 3, '@', authority);
    colon = memchr(text + 3, ':', authority);
    if (!at || !colon || colon > at)
        return false;
    *ret_start = (size_t)(colon + 1 - text);
    *ret_end = (size_t)(at - text);
    return true;
}

void
redact_add(Str *s, const char *text)
{
    bool at_word_start = true;

    pthread_mutex_lock(&lock);
    while (*text)
    {
        size_t start;
        size_t end;

        if ((end = secret_at(text)) > 0)
            start = 0;
        else if ((start = keyword_at(text, at_word_start)) > 0)
            end = start + value_length(text + start);
        else if (!uri_secret_at(text, &start, &end))
        {
            at_word_start = !isalnum((unsigned char)*text) && *text != '_';
            str_add_char(s, *text++);
            continue;
        }
        str_add_bytes(s, text, start);
        if (end > start)
            str_add(s, mask);
        text += end;
        at_word_start = false;
    }
    pthread_mutex_unlock(&lock);
}

char *
redact(const char *text)
{
    Str s = STR_INIT;

    if (!text)
        return NULL;
    redact_add(&s, text);
    return str_detach(&s);
}
