/*
 * Connection strings: URI or keyword form, as libpq takes them.
 */
#ifndef PGBATON_PG_CONNINFO_H
#define PGBATON_PG_CONNINFO_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Checks the form and registers the passwords in it for redaction. ERR_USAGE naming `what` (e.g. "--source") when it is malformed. */
bool conninfo_check(const char *conninfo, const char *what, Err *err) must_check;

/* True if the string itself holds a password. */
bool conninfo_has_password(const char *conninfo);

/* The value of one keyword in the string ("" if not there, or malformed); in the arena. */
const char *conninfo_value(Arena *arena, const char *conninfo, const char *keyword);

/* The same string in keyword form with `keyword` set to value (or removed: NULL); in the arena. */
const char *conninfo_with(Arena *arena, const char *conninfo, const char *keyword,
                          const char *value);

/* The string with every password masked, in keyword form; in the arena. */
const char *conninfo_redacted(Arena *arena, const char *conninfo);

/*
 * The keyword form of what an open connection really uses, so that another server can make the same connection: host, port,
 * dbname, user, password and the ssl and gss options that are set and that libpq has known since 10. Options of the client itself
 * (passfile, service, keepalives, application_name …) are left out.
 */
const char *conninfo_of_connection(Arena *arena, PGconn *pg, bool with_password);

/*
 * A password file for a child process: an anonymous file (nothing on disk that a kill could leave behind) that libpq reads
 * through its descriptor. *ret_fd is to be closed by the caller; *ret_path is what PGPASSFILE must say in a child that
 * inherits the descriptor; in the arena.
 */
bool passfile_open(Arena *arena, const char *password, int *ret_fd, const char **ret_path,
                   Err *err) must_check;

/* Adds the lines of a password file for the server of an open connection, which goes by its host or socket, whatever the database. */
void passfile_add(Str *text, PGconn *pg, const char *password);

/* The anonymous file of passfile_open with any text. */
bool passfile_make(const Str *text, int *ret_fd, Err *err) must_check;

#endif
