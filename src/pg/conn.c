#include "pg/conn.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/redact.h"
#include "base/str.h"
#include "pg/conninfo.h"
#include "sql/sql.h"

enum
{
    MOST_PREPARED = 8
};

struct Conn
{
    PGconn *pg;
    Side side;
    const char *label; /* in messages: "source", "target", "database" */
    int abort_fd;
    int patience_ms; /* 0: without end */
    bool is_given_up;
    char *system_identifier;
    const char *prepared[MOST_PREPARED]; /* the texts, borrowed */
    int n_prepared;
};

enum
{
    CONNECT_TIMEOUT_S = 15
};

const char *
side_name(Side side)
{
    return side == SIDE_SOURCE ? "source" : "target";
}

Side
side_other(Side side)
{
    return side == SIDE_SOURCE ? SIDE_TARGET : SIDE_SOURCE;
}

PGconn *
conn_pg(const Conn *conn)
{
    return conn->pg;
}

Side
conn_side(const Conn *conn)
{
    return conn->side;
}

int
conn_version(const Conn *conn)
{
    return PQserverVersion(conn->pg);
}

int
conn_major(const Conn *conn)
{
    return conn_version(conn) / 10000;
}

bool
conn_has(const Conn *conn, Feature feature)
{
    return feature_available(feature, conn_version(conn));
}

bool
conn_require(const Conn *conn, Feature feature, Err *err)
{
    if (conn_has(conn, feature))
        return true;
    err_set(err, ERR_REFUSED, "the %s does not have %s", conn->label, feature_name(feature));
    err_detail(err, "It is PostgreSQL %d; there is such a thing since PostgreSQL %d.",
               conn_major(conn), feature_since(feature));
    return err_hint(err, "Leave it out, or do it after an upgrade.");
}

const char *
conn_dbname(const Conn *conn)
{
    return PQdb(conn->pg);
}

const char *
conn_system_identifier(const Conn *conn)
{
    return conn->system_identifier ? conn->system_identifier : "";
}

void
conn_set_abort_fd(Conn *conn, int fd)
{
    conn->abort_fd = fd;
}

void
conn_set_patience(Conn *conn, int patience_ms)
{
    conn->patience_ms = patience_ms;
}

bool
conn_is_broken(const Conn *conn)
{
    return conn->is_given_up || PQstatus(conn->pg) != CONNECTION_OK;
}

void
conn_close(Conn *conn)
{
    if (!conn)
        return;
    PQfinish(conn->pg);
    free(conn->system_identifier);
    free(conn);
}

void
conn_close_pointer(Conn **conn)
{
    conn_close(*conn);
    *conn = NULL;
}

void
result_release(PGresult **result)
{
    PQclear(*result);
    *result = NULL;
}

const char *
result_text(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

int64_t
result_i64(const PGresult *result, int row, int column)
{
    return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

bool
result_bool(const PGresult *result, int row, int column)
{
    return PQgetvalue(result, row, column)[0] == 't';
}

int
result_column(const PGresult *result, const char *name)
{
    int column = PQfnumber(result, name);

    if (column < 0)
    {
        fprintf(stderr, "pgbaton: bug: query result without column \"%s\"\n", name);
        abort();
    }
    return column;
}

const char *
conn_i64_text(char *buffer, int64_t value)
{
    snprintf(buffer, 24, "%lld", (long long)value);
    return buffer;
}

/*
 * libpq's texts end in a newline, and those of failed connections have several lines, of which one that is indented goes with
 * the one before. Lines become clauses.
 */
static char *
one_line(const char *text)
{
    Str s = STR_INIT;

    while (*text)
    {
        size_t len = strcspn(text, "\n");
        bool is_indented = *text == '\t';
        size_t blanks = strspn(text, " \t");

        if (blanks < len)
        {
            char last = s.len ? s.data[s.len - 1] : ' ';

            if (s.len)
                str_add(&s, strchr(".:;,?!", last) ? " " : is_indented ? ". " : "; ");
            for (size_t i = blanks; i < len; i++)
                str_add_char(&s, text[i] == '\t' ? ' ' : text[i]);
        }
        text += len + (text[len] == '\n');
    }
    return str_detach(&s);
}

static bool
is_connection_state(const char *sqlstate)
{
    /* admin_shutdown, crash_shutdown, cannot_connect_now, and class 08 */
    return strncmp(sqlstate, "57P0", 4) == 0 || strncmp(sqlstate, "08", 2) == 0;
}

bool
conn_error(const Conn *conn, const PGresult *result, Err *err)
{
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    const char *hint = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) : NULL;
    const char *context = result ? PQresultErrorField(result, PG_DIAG_CONTEXT) : NULL;
    bool broken = conn_is_broken(conn);
    cleanup_(mem_free_pointer) char *text =
        one_line(primary                                   ? primary
                 : result && *PQresultErrorMessage(result) ? PQresultErrorMessage(result)
                                                           : PQerrorMessage(conn->pg));

    if (broken || (sqlstate && is_connection_state(sqlstate)))
        err_set(err, ERR_UNREACHABLE, "lost the connection to the %s: %s", conn->label, text);
    else
        err_set(err, ERR_FAILED, "%s: %s", conn->label, text);
    if (sqlstate)
        snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", sqlstate);
    if (detail)
        err_detail(err, "%s", detail);
    else if (context)
        err_detail(err, "%s", context);
    if (hint)
        err_hint(err, "%s", hint);
    return false;
}

void
conn_cancel_query(Conn *conn)
{
    PGcancel *cancel = PQgetCancel(conn->pg);
    char reason[256];

    if (cancel)
    {
        PQcancel(cancel, reason, sizeof(reason));
        PQfreeCancel(cancel);
    }
    for (;;)
    {
        PGresult *result = PQgetResult(conn->pg);
        ExecStatusType status;

        if (!result)
            break;
        status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_COPY_OUT)
        {
            char *buffer;

            while (PQgetCopyData(conn->pg, &buffer, 0) > 0)
                PQfreemem(buffer);
        }
        else if (status == PGRES_COPY_IN)
            PQputCopyEnd(conn->pg, "stopped");
        if (conn_is_broken(conn))
            break;
    }
}

static bool
give_up(Conn *conn, Err *err)
{
    conn->is_given_up = true;
    err_set(err, ERR_UNREACHABLE, "lost the connection to the %s: it does not answer", conn->label);
    return err_detail(err, "Nothing was heard of it for %d ms.", conn->patience_ms);
}

bool
conn_wait(Conn *conn, bool for_write, int timeout_ms, Err *err)
{
    bool is_limited = timeout_ms < 0 && conn->patience_ms > 0;
    int n;
    struct pollfd fds[3] = {
        {.fd = PQsocket(conn->pg), .events = (short)(POLLIN | (for_write ? POLLOUT : 0))},
        {.fd = cancel_fd(), .events = POLLIN},
        {.fd = conn->abort_fd, .events = POLLIN},
    };

    if (fds[0].fd < 0)
        return conn_error(conn, NULL, err);
    n = poll(fds, lengthof(fds), is_limited ? conn->patience_ms : timeout_ms);
    if (n > 0 && (fds[1].revents || fds[2].revents))
    {
        conn_cancel_query(conn);
        return cancel_error(err);
    }
    return n != 0 || !is_limited || give_up(conn, err);
}

/* Reads the next result without blocking the process's other duties. NULL in *ret_result at the end. */
static bool
next_result(Conn *conn, PGresult **ret_result, Err *err)
{
    int unsent;

    *ret_result = NULL;
    while ((unsent = PQflush(conn->pg)) == 1)
    {
        if (!conn_wait(conn, true, -1, err))
            return false;
        if (!PQconsumeInput(conn->pg))
            return conn_error(conn, NULL, err);
    }
    if (unsent < 0)
        return conn_error(conn, NULL, err);
    while (PQisBusy(conn->pg))
    {
        if (!conn_wait(conn, false, -1, err))
            return false;
        if (!PQconsumeInput(conn->pg))
            return conn_error(conn, NULL, err);
    }
    *ret_result = PQgetResult(conn->pg);
    return true;
}

/* Collects the results of what was sent: the last one is kept, the first failure wins. */
static bool
collect(Conn *conn, PGresult **ret_result, int *ret_n_succeeded, Err *err)
{
    cleanup_(result_release) PGresult *kept = NULL;
    cleanup_(err_release) Err later = {0}; /* what comes after the first failure */
    bool failed = false;

    for (;;)
    {
        PGresult *result;
        ExecStatusType status;

        if (!next_result(conn, &result, failed ? &later : err))
            return false;
        if (!result)
            break;
        status = PQresultStatus(result);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
        {
            if (!failed)
                conn_error(conn, result, err);
            failed = true;
            PQclear(result);
            if (conn_is_broken(conn))
                break;
            continue;
        }
        PQclear(kept);
        kept = result;
        *ret_n_succeeded += 1;
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            break;
    }
    if (failed)
        return false;
    if (!kept)
        return conn_error(conn, NULL, err);
    *ret_result = kept;
    kept = NULL;
    return true;
}

typedef char StatementName[16];

/* Texts are compared as addresses. */
static bool
find_prepared(const Conn *conn, const char *sql, StatementName ret_name)
{
    for (int i = 0; i < conn->n_prepared; i++)
        if (conn->prepared[i] == sql)
        {
            snprintf(ret_name, sizeof(StatementName), "pgbaton_%d", i);
            return true;
        }
    return false;
}

bool
conn_send_query(Conn *conn, const char *sql, const Params *params, Err *err)
{
    StatementName name;
    int sent;

    log_debug("%s: %s", conn->label, sql);
    if (cancel_requested())
        return cancel_error(err);
    if (find_prepared(conn, sql, name))
        sent = PQsendQueryPrepared(conn->pg, name, params->n, params->values, NULL, NULL, 0);
    else
        sent = PQsendQueryParams(conn->pg, sql, params->n, NULL, params->values, NULL, NULL, 0);
    return sent || conn_error(conn, NULL, err);
}

bool
conn_send(Conn *conn, const char *sql, Err *err)
{
    StatementName name;

    if (find_prepared(conn, sql, name))
        return conn_send_query(conn, sql, NO_PARAMS, err);
    log_debug("%s: %s", conn->label, sql);
    if (cancel_requested())
        return cancel_error(err);
    return PQsendQuery(conn->pg, sql) || conn_error(conn, NULL, err);
}

bool
conn_prepare(Conn *conn, const char *sql, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    StatementName name;

    if (conn->n_prepared == MOST_PREPARED || find_prepared(conn, sql, name))
        return true;
    if (conn_has(conn, FEATURE_PLAN_CACHE_MODE) &&
        !conn_exec(conn, "SET plan_cache_mode = force_generic_plan", err))
        return false;
    conn->prepared[conn->n_prepared++] = sql;
    find_prepared(conn, sql, name);
    if (PQsendPrepare(conn->pg, name, sql, 0, NULL) ? conn_receive(conn, &result, err)
                                                    : conn_error(conn, NULL, err))
        return true;
    conn->n_prepared--;
    return false;
}

bool
conn_next_result(Conn *conn, PGresult **ret_result, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    ExecStatusType status;

    if (!next_result(conn, &result, err))
        return false;
    status = result ? PQresultStatus(result) : PGRES_COMMAND_OK;
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
        return conn_error(conn, result, err);
    *ret_result = result;
    result = NULL;
    return true;
}

bool
conn_receive(Conn *conn, PGresult **ret_result, Err *err)
{
    int n = 0;

    return collect(conn, ret_result, &n, err);
}

static bool
simple(Conn *conn, const char *sql, PGresult **ret_result, int *ret_n_succeeded, Err *err)
{
    return conn_send(conn, sql, err) && collect(conn, ret_result, ret_n_succeeded, err);
}

bool
conn_simple(Conn *conn, const char *sql, PGresult **ret_result, Err *err)
{
    int n = 0;

    return simple(conn, sql, ret_result, &n, err);
}

bool
conn_exec_counting(Conn *conn, const char *sql, int *ret_n_succeeded, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *ret_n_succeeded = 0;
    return simple(conn, sql, &result, ret_n_succeeded, err);
}

bool
conn_exec(Conn *conn, const char *sql, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    return conn_simple(conn, sql, &result, err);
}

bool
conn_query(Conn *conn, const char *sql, const Params *params, PGresult **ret_result, Err *err)
{
    return conn_send_query(conn, sql, params, err) && conn_receive(conn, ret_result, err);
}

bool
conn_run(Conn *conn, const char *sql, const Params *params, int64_t *ret_n_rows, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql, params, &result, err))
        return false;
    if (ret_n_rows)
        *ret_n_rows = strtoll(PQcmdTuples(result), NULL, 10);
    return true;
}

bool
conn_value(Conn *conn, Arena *arena, const char *sql, const Params *params, const char **ret_value,
           Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    *ret_value = NULL;
    if (!conn_query(conn, sql, params, &result, err))
        return false;
    if (PQntuples(result) > 0)
        *ret_value = arena_strdup(arena, result_text(result, 0, 0));
    return true;
}

static const char *
server_label(const Server *server)
{
    if (server->label)
        return server->label;
    return server->option ? "database" : side_name(server->side);
}

static const char *
server_option(const Server *server)
{
    return server->option ? server->option : side_name(server->side);
}

static bool
connect_error(const Server *server, PGconn *pg, const char *reason, Err *err)
{
    cleanup_(mem_free_pointer) char *text = one_line(reason ? reason : PQerrorMessage(pg));
    cleanup_(str_release) Str next = STR_INIT;

    /* There is no other command to try the connection of a command's own option with. */
    if (!server->option)
        str_addf(&next, ", then try: pgbaton check %s", side_name(server->side));
    err_set(err, ERR_UNREACHABLE, "could not connect to the %s", server_label(server));
    err_detail(err, "%s", *text ? text : "No reason was given.");
    if (strstr(text, "password"))
        return err_hint(err, "Check the user and the password of --%s (or PGPASSFILE%s)%s",
                        server_option(server), server->option ? "" : ", or the config file",
                        next.data);
    if (strstr(text, "does not exist"))
        return err_hint(err, "Check dbname and user in --%s.", server_option(server));
    return err_hint(err, "Check host and port in --%s, and the server's pg_hba.conf%s",
                    server_option(server), next.data);
}

/* Drives PQconnectPoll with a deadline. Of several hosts each one gets libpq's own turn within it. */
static bool
finish_connect(Conn *conn, const Server *server, Err *err)
{
    int64_t deadline = clock_ms() + CONNECT_TIMEOUT_S * 1000;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status != PGRES_POLLING_OK)
    {
        struct pollfd fds[3] = {
            {.fd = PQsocket(conn->pg),
             .events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT},
            {.fd = cancel_fd(), .events = POLLIN},
        };
        int64_t left = deadline - clock_ms();

        if (status == PGRES_POLLING_FAILED)
            return connect_error(server, conn->pg, NULL, err);
        if (left <= 0)
            return connect_error(server, conn->pg, "The server did not answer in time.", err);
        poll(fds, 2, (int)left);
        if (cancel_requested())
            return cancel_error(err);
        if (fds[0].revents)
            status = PQconnectPoll(conn->pg);
    }
    return true;
}

/*
 * The parameters beside the user's own string, which wins where it says something. What must hold in every case is set by
 * prepare_session afterwards.
 */
static bool
start_connect(const Server *server, const char *dbname, const char *purpose, bool replication,
              Conn **ret_conn, Err *err)
{
    cleanup_(str_release) Str application = STR_INIT;
    const char *keywords[16];
    const char *values[16];
    size_t n = 0;
    Conn *conn = mem_alloc_zeroed(sizeof(*conn));

    str_addf(&application, "%s %s", server->application_name ? server->application_name : "pgbaton",
             purpose);
#define ADD(keyword, value) (keywords[n] = (keyword), values[n] = (value), n++)
    ADD("keepalives_idle", "10");
    ADD("keepalives_interval", "5");
    ADD("keepalives_count", "4");
    ADD("tcp_user_timeout", "30000");
    ADD("dbname", server->conninfo); /* expanded, as it is the first one of this name */
    if (dbname)
        ADD("dbname", dbname);
    ADD("application_name", application.data);
    if (replication)
        ADD("replication", "database");
    ADD(NULL, NULL);
#undef ADD
    conn->side = server->side;
    conn->label = server_label(server);
    conn->abort_fd = -1;
    conn->pg = PQconnectStartParams(keywords, values, 1);
    *ret_conn = conn;
    if (!conn->pg)
        abort();
    if (PQstatus(conn->pg) == CONNECTION_BAD)
        return connect_error(server, conn->pg, NULL, err);
    if (!finish_connect(conn, server, err))
        return false;
    redact_register(PQpass(conn->pg));
    PQsetnonblocking(conn->pg, 1);
    return true;
}

static void
ignore_notice(void *arg, const char *message)
{
    cleanup_(mem_free_pointer) char *text = one_line(message);

    (void)arg;
    log_debug("%s", text);
}

static bool
check_version(const Conn *conn, Err *err)
{
    if (conn_major(conn) >= OLDEST_MAJOR && conn_major(conn) <= NEWEST_MAJOR)
        return true;
    err_set(err, ERR_REFUSED, "the %s is PostgreSQL %d, which pgbaton does not support",
            conn->label, conn_major(conn));
    err_detail(err, "Supported are versions %d to %d.", OLDEST_MAJOR, NEWEST_MAJOR);
    return err_hint(
        err,
        conn_major(conn) < OLDEST_MAJOR
            ? "Versions before 10 have no logical replication: use pg_upgrade, or dump and restore."
            : "Get a newer pgbaton.");
}

static bool
check_identity(Conn *conn, const Server *server, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(err_release) Err ignored = {0};

    /* pg_control_system() may be closed to this role; then the identifier stays unknown and `check` says so. */
    if (conn_query(conn, sql_pg_identity, NO_PARAMS, &result, &ignored))
        conn->system_identifier = mem_strdup(PQgetvalue(result, 0, 0));
    else if (ignored.code != ERR_FAILED)
        return err_move(err, &ignored);
    if (!server->system_identifier || !*server->system_identifier || !conn->system_identifier ||
        strcmp(server->system_identifier, conn->system_identifier) == 0)
        return true;
    err_set(err, ERR_REFUSED, "the %s is not the server it was", side_name(conn->side));
    err_detail(err, "Its system identifier is %s, but %s is pinned.", conn->system_identifier,
               server->system_identifier);
    return err_hint(
        err,
        "Correct --%s, or, if the server was really replaced, change %s.system_identifier in the config file.",
        side_name(conn->side), side_name(conn->side));
}

static bool
prepare(Conn *conn, const Server *server, Err *err)
{
    bool ok;

    PQsetNoticeProcessor(conn->pg, ignore_notice, NULL);
    conn_set_patience(conn, CONNECT_TIMEOUT_S * 1000);
    ok = check_version(conn, err) && conn_run(conn, sql_pg_session, NO_PARAMS, NULL, err) &&
         check_identity(conn, server, err);
    conn_set_patience(conn, 0);
    return ok;
}

static bool
open_once(const Server *server, const char *dbname, const char *purpose, Conn **ret_conn, Err *err)
{
    Conn *conn = NULL;

    *ret_conn = NULL;
    if (!start_connect(server, dbname, purpose, false, &conn, err) || !prepare(conn, server, err))
    {
        conn_close(conn);
        return false;
    }
    *ret_conn = conn;
    return true;
}

/* One that is ended as soon as it is there has met a switchover, which ends all, and then no more. */
bool
conn_open(const Server *server, const char *dbname, const char *purpose, Conn **ret_conn, Err *err)
{
    if (open_once(server, dbname, purpose, ret_conn, err))
        return true;
    if (strcmp(err->sqlstate, "57P01") != 0) /* admin_shutdown */
        return false;
    err_release(err);
    return open_once(server, dbname, purpose, ret_conn, err);
}

bool
conn_open_replication(const Server *server, const char *dbname, Conn **ret_conn, Err *err)
{
    Conn *conn = NULL;

    *ret_conn = NULL;
    if (!start_connect(server, dbname, "slot", true, &conn, err) || !check_version(conn, err))
    {
        conn_close(conn);
        return false;
    }
    PQsetNoticeProcessor(conn->pg, ignore_notice, NULL);
    *ret_conn = conn;
    return true;
}

bool
conn_open_console(const Server *server, const char *dbname, Conn **ret_conn, Err *err)
{
    Conn *conn = NULL;

    *ret_conn = NULL;
    if (!start_connect(server, dbname, "console", false, &conn, err))
    {
        conn_close(conn);
        return false;
    }
    PQsetNoticeProcessor(conn->pg, ignore_notice, NULL);
    *ret_conn = conn;
    return true;
}
