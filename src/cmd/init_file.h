/*
 * Writing the config file and the password file.
 */
#ifndef PGBATON_CMD_INIT_FILE_H
#define PGBATON_CMD_INIT_FILE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/str.h"
#include "config/option.h"

/* The value a row shall have in the file, NULL to leave it as a comment. */
typedef const char *(*InitValue)(void *user, const Option *row);

/*
 * Adds the text of a config file: every setting with its explanation, in the order of the option
 * table.
 */
bool init_add_config(Str *s, InitValue value, void *user, Err *err) must_check;

/*
 * Writes text to file with mode 0600, all or nothing: by a temporary file beside it. ERR_REFUSED
 * when the file is there and may not be overwritten.
 */
bool init_write_file(const char *file, const Str *text, bool overwrite, Err *err) must_check;

/* Replaces a file by text, in the same way, with that owner and mode. */
bool init_replace_file(const char *file, const Str *text, const struct stat *like,
                       Err *err) must_check;

/* Adds what is in the file; nothing if it is not there. */
bool init_read_file(const char *file, Str *text, Err *err) must_check;

/* ERR_REFUSED when the file is there. */
bool init_check_absent(const char *file, Err *err) must_check;

/*
 * Puts the password of an open connection into the user's password file ($PGPASSFILE or ~/.pgpass).
 */
bool init_add_to_passfile(PGconn *pg, const char *password, Err *err) must_check;

#endif
