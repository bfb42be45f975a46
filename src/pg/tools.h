/*
 * Finding the pg_dump that fits a source server.
 *
 * The newest one is the wrong one: PostgreSQL 15.20 keeps column options (pg_attver) that only a pg_dump of its own major and minor
 * leaves out. So: the source's own major at a minor not older than the server's; else that major at an older minor; else the lowest
 * newer major. The choice is then proved on a table of the source that has such options.
 *
 * Debian's /usr/bin/pg_dump (pg_wrapper) is passed over: which version it starts depends on its arguments.
 */
#ifndef PGBATON_PG_TOOLS_H
#define PGBATON_PG_TOOLS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "pg/conn.h"

typedef struct ClientTools
{
    const char *pg_dump;      /* path */
    const char *pg_restore;   /* path, in the same directory */
    const char *version_text; /* "15.20 (Debian 15.20-0+deb12u1)" */
    int version_num;          /* 150020, as PQserverVersion() */
} ClientTools;

/*
 * pg_bindir: the only place to look, or NULL/"": PATH and the packages' usual directories. Texts are in the arena.
 * ERR_REFUSED when there is none that fits, saying what to install.
 */
bool tools_find(const char *pg_bindir, Conn *source, Arena *arena, ClientTools *ret,
                Err *err) must_check;

/*
 * Runs a client tool that connects to the server of `conn`: `--dbname` with the connection's own parameters but the
 * password is added to args, which goes by an anonymous password file. args: the path first, NULL-terminated. A non-zero exit
 * is ERR_FAILED with the tool's own error lines.
 */
bool tools_run(Conn *conn, const char *const *args, Str *ret_stdout, Err *err) must_check;

/* The same with its stdout going to a descriptor. */
bool tools_run_into(Conn *conn, const char *const *args, int stdout_fd, Err *err) must_check;

/* ERR_FAILED from a tool's exit status and what it wrote to stderr. */
bool tools_error(const char *path, int status, const char *stderr_text, Err *err);

/* "pg_dump (PostgreSQL) 15.20 (Debian …)" gives 150020, "… 18beta1" 180000; 0 when it is no such line. */
int tools_parse_version(const char *text);

/* Which of two versions fits a server better: < 0 if a. Versions older than the server's major fit least. */
int tools_compare(int version_a, int version_b, int server_version);

#endif
