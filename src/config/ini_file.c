#define _GNU_SOURCE
#include "config/ini_file.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/*
 * inih says which line is a section, a comment or a pair. As packaged it cuts lines at 200 bytes
 * and values at " ;", and takes an indented line for the continuation of the one before; only
 * Debian's build can be told otherwise. So the value is taken from our own copy of the line, of
 * which inih gets the beginning without its indentation.
 */
typedef struct Reading
{
    FILE *stream;
    const char *file;
    IniHandler handler;
    void *user;
    Err *err;
    bool failed;
    char *line; /* getline's */
    size_t capacity;
    int number;
} Reading;

enum
{
    LONGEST_NAME = 48 /* inih cuts sections and keys at 49 bytes */
};

static bool
bad_line(Reading *reading, const char *detail)
{
    reading->failed = true;
    err_set(reading->err, ERR_USAGE, "malformed line %s:%d", reading->file, reading->number);
    err_detail(reading->err, "%s", detail);
    return err_hint(
        reading->err,
        "A line is a [section], a key = value, or a comment that begins with #. Correct it in \"%s\".",
        reading->file);
}

/* Told at once: inih only says where the first such line was, after the last one has been read. */
static bool
check_line(Reading *reading, const char *text)
{
    if (*text == '[' ? strchr(text, ']') != NULL
                     : !*text || strchr("#;", *text) || strpbrk(text, "=:"))
        return true;
    return bad_line(reading, "It is neither a section nor a key with a value.");
}

/* As fgets: the next line, its first bytes if it is longer than the buffer. */
static char *
read_line(char *buffer, int size, void *user)
{
    Reading *reading = user;
    ssize_t len;
    const char *text;

    if (reading->failed)
        return NULL;
    len = getline(&reading->line, &reading->capacity, reading->stream);
    if (len < 0)
        return NULL;
    reading->number++;
    if (strlen(reading->line) != (size_t)len)
    {
        bad_line(reading, "It holds a byte of value zero.");
        return NULL;
    }
    text = reading->line +
           (reading->number == 1 && strncmp(reading->line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
    while (isspace((unsigned char)*text) && *text != '\n')
        text++;
    if (*text != '\n' && !check_line(reading, text))
        return NULL;
    snprintf(buffer, (size_t)size, "%s", text);
    return buffer;
}

static int
take_pair(void *user, const char *section, const char *key, const char *value)
{
    Reading *reading = user;
    IniEntry entry = {.section = section, .key = key, .line = reading->number};
    char *start;
    char *end;

    (void)value;
    if (reading->failed)
        return 0;
    if (strlen(section) > LONGEST_NAME || strlen(key) > LONGEST_NAME)
        return bad_line(reading, "The name of a section or key is longer than 48 bytes.");
    start = reading->line + strcspn(reading->line, "=:");
    start += *start != '\0';
    while (isspace((unsigned char)*start))
        start++;
    end = start + strlen(start);
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    entry.value = start;
    reading->failed = !reading->handler(reading->user, &entry, reading->err);
    return !reading->failed;
}

bool
ini_file_read(FILE *stream, const char *file, IniHandler handler, void *user, Err *err)
{
    Reading reading = {
        .stream = stream, .file = file, .handler = handler, .user = user, .err = err};
    int bad = ini_parse_stream(read_line, &reading, take_pair, &reading);

    free(reading.line);
    if (reading.failed)
        return false;
    if (ferror(stream))
    {
        err_set(err, ERR_FAILED, "could not read \"%s\"", file);
        return err_detail(err, "%s.", strerror(errno));
    }
    if (bad != 0)
    {
        reading.number = bad;
        return bad_line(&reading, "It is neither a section nor a key with a value.");
    }
    return true;
}
