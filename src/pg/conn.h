/*
 * Connections. Every wait is on poll(), so that a stop (base/cancel.h) cancels the running query on the server and returns ERR_STOPPED.
 *
 * A session starts with a fixed environment: empty search_path, no timeouts but our own, ISO dates, exact floats, row_security off (a
 * policy that would hide rows is an error), read-write. Errors carry the server's message, SQLSTATE, detail and hint; a
 * broken or refused connection is ERR_UNREACHABLE.
 */
#ifndef PGBATON_PG_CONN_H
#define PGBATON_PG_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "pg/feature.h"

typedef enum Side
{
    SIDE_SOURCE,
    SIDE_TARGET,
} Side;

/* "source", "target" */
const char *side_name(Side side);
Side side_other(Side side);

/* A server to connect to. The texts are borrowed. */
typedef struct Server
{
    Side side;
    const char *conninfo;
    const char *system_identifier; /* what it must be, or NULL; verified on every connection */
    const char *application_name;  /* prefix, e.g. "pgbaton main"; NULL: "pgbaton" */
    const char *option; /* for messages, without dashes: what names it; NULL: that of its side */
    const char *label;  /* for messages: what it is; NULL: "source", "target", "database" */
} Server;

typedef struct Conn Conn;

/* dbname NULL: as in the conninfo. purpose ends the application_name, e.g. "keeper". */
bool conn_open(const Server *server, const char *dbname, const char *purpose, Conn **ret_conn,
               Err *err) must_check;

/* A walsender session (replication=database): conn_exec and conn_simple only. */
bool conn_open_replication(const Server *server, const char *dbname, Conn **ret_conn,
                           Err *err) must_check;

/*
 * A session of an admin console, such as PgBouncer's, which is no PostgreSQL: nothing is set up or verified; conn_send and conn_pg only,
 * as a query cannot be cancelled there, nor a parameter bound.
 */
bool conn_open_console(const Server *server, const char *dbname, Conn **ret_conn,
                       Err *err) must_check;

/* NULL is allowed. For cleanup_: conn_close_pointer. */
void conn_close(Conn *conn);
void conn_close_pointer(Conn **conn);

PGconn *conn_pg(const Conn *conn);
Side conn_side(const Conn *conn);
int conn_version(const Conn *conn); /* 150020 */
int conn_major(const Conn *conn);   /* 15 */
bool conn_has(const Conn *conn, Feature feature);
/* The same; ERR_REFUSED, telling since which version there is such a thing, when it is not there. */
bool conn_require(const Conn *conn, Feature feature, Err *err) must_check;
const char *conn_dbname(const Conn *conn);
/* "" if the server does not tell it to this role */
const char *conn_system_identifier(const Conn *conn);

/* Another descriptor that ends a wait when it becomes readable (ERR_STOPPED): how the members of a worker pool stop one another. -1: none. */
void conn_set_abort_fd(Conn *conn, int fd);

/*
 * How long the server may be silent while a call waits for it (0: as long as TCP lets it): then that is ERR_UNREACHABLE, and the connection
 * counts as broken. What was sent may still arrive and be done: that is over for certain only when the session has ended.
 */
void conn_set_patience(Conn *conn, int patience_ms);

/* Values for $1, $2 … as text; NULL is the SQL NULL. */
typedef struct Params
{
    int n;
    const char *const *values;
} Params;

#define PARAMS(...)                                                                      \
    (&(const Params){.n = (int)(sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), \
                     .values = (const char *const[]){__VA_ARGS__}})
#define NO_PARAMS (&(const Params){.n = 0})

/* An integer as a parameter; valid until the end of the enclosing block. */
#define PARAM_I64(value) conn_i64_text((char[24]){0}, (int64_t)(value))
const char *conn_i64_text(char *buffer, int64_t value);

/* One or more statements without parameters; results are thrown away. */
bool conn_exec(Conn *conn, const char *sql, Err *err) must_check;

/* The same, telling how many of the statements succeeded, also when one failed: that is the one after them. */
bool conn_exec_counting(Conn *conn, const char *sql, int *ret_n_succeeded, Err *err) must_check;

/* One statement; the result is PQclear()ed by the caller (cleanup_(result_release)). */
bool conn_query(Conn *conn, const char *sql, const Params *params, PGresult **ret_result,
                Err *err) must_check;

/* One statement of which only the success matters, or the number of rows it touched (ret_n_rows may be NULL). */
bool conn_run(Conn *conn, const char *sql, const Params *params, int64_t *ret_n_rows,
              Err *err) must_check;

/* The first column of the only row, in the arena; NULL for a NULL or for no row. */
bool conn_value(Conn *conn, Arena *arena, const char *sql, const Params *params,
                const char **ret_value, Err *err) must_check;

/* One statement by the simple protocol with its result, as replication connections need it. */
bool conn_simple(Conn *conn, const char *sql, PGresult **ret_result, Err *err) must_check;

/*
 * The same piece by piece: sends one or more statements, then hands out a result of each, for COPY two: one where the data begins and one
 * after its end; NULL at the end. The caller moves the data and clears the results. A failed statement is an error, and ends what was sent.
 */
bool conn_send(Conn *conn, const char *sql, Err *err) must_check;
/* One statement. */
bool conn_send_query(Conn *conn, const char *sql, const Params *params, Err *err) must_check;
bool conn_next_result(Conn *conn, PGresult **ret_result, Err *err) must_check;

/*
 * From now on conn_query, conn_run, conn_value and conn_send of this very text, which has to outlive conn, do not parse and plan it again. One
 * statement; types of parameters as it tells them itself.
 */
bool conn_prepare(Conn *conn, const char *sql, Err *err) must_check;

/* Waits for all results of what was sent, and hands out the last one. */
bool conn_receive(Conn *conn, PGresult **ret_result, Err *err) must_check;

void result_release(PGresult **result);
/* NULL for the SQL NULL */
const char *result_text(const PGresult *result, int row, int column);
int64_t result_i64(const PGresult *result, int row, int column);
bool result_bool(const PGresult *result, int row, int column);
int result_column(const PGresult *result,
                  const char *name); /* aborts when the column is not there */

/* The connection is broken for good (and must be opened again). */
bool conn_is_broken(const Conn *conn);

/* Fills err from the result of a failed command. */
bool conn_error(const Conn *conn, const PGresult *result, Err *err);

/* Waits until the socket can be read (for_write: or written). False: stopped (the query is cancelled). */
bool conn_wait(Conn *conn, bool for_write, int timeout_ms, Err *err) must_check;

/* Asks the server to cancel what this connection runs, and reads away what comes. */
void conn_cancel_query(Conn *conn);

#endif
