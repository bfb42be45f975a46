/*
 * Files of sections, keys and values.
 *
 *   # a comment, on a line of its own; so is ;
 *   [section]
 *   key = value, up to the end of the line, whatever is in it
 */
#ifndef PGBATON_CONFIG_INI_FILE_H
#define PGBATON_CONFIG_INI_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

typedef struct IniEntry
{
    const char *section; /* "" before the first one */
    const char *key;
    const char *value;
    int line;
} IniEntry;

/* The texts are valid during the call. False with err filled ends the reading. */
typedef bool (*IniHandler)(void *user, const IniEntry *entry, Err *err);

/*
 * ERR_USAGE naming file:line when a line is none of the three; ERR_FAILED when the file cannot be
 * read.
 */
bool ini_file_read(FILE *stream, const char *file, IniHandler handler, void *user,
                   Err *err) must_check;

#endif
