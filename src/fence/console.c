#include "fence/console.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"

static bool
is_running(const ConsoleJob *job)
{
    return !job->is_failed && job->n_done < job->commands.len;
}

static void
start_command(ConsoleJob *job)
{
    const char *command = job->commands.items[job->n_done];

    log_debug("console: %s", command);
    if (!PQsendQuery(conn_pg(job->conn), command) || PQflush(conn_pg(job->conn)) < 0)
        job->is_failed = !conn_error(job->conn, NULL, &job->err);
}

/* A refusal is told with SQLSTATE 08P01 whatever it is about, which elsewhere means that the connection is lost. */
static void
take_error(ConsoleJob *job, const PGresult *result)
{
    const char *reason = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    job->is_failed = conn_is_broken(job->conn);
    if (job->is_failed || !reason)
        conn_error(job->conn, result, &job->err);
    else
        err_set(&job->err, ERR_FAILED, "PgBouncer answered %s by: %s",
                job->commands.items[job->n_done], reason);
}

/* What the console has answered, as far as it is there; the next command follows at once. */
static void
advance(ConsoleJob *job)
{
    PGconn *pg = conn_pg(job->conn);

    if (PQflush(pg) < 0 || !PQconsumeInput(pg))
        job->is_failed = !conn_error(job->conn, NULL, &job->err);
    while (is_running(job) && !PQisBusy(pg))
    {
        PGresult *result = PQgetResult(pg);

        if (!result && job->err.code)
            job->is_failed = true;
        else if (!result)
        {
            if (++job->n_done < job->commands.len)
                start_command(job);
            return;
        }
        else if (PQresultStatus(result) == PGRES_FATAL_ERROR &&
                 (!job->may_be_refused || conn_is_broken(job->conn)))
            take_error(job, result); /* the session is of use when all is read */
        PQclear(job->result);
        job->result = result;
    }
}

static void
fail_late(ConsoleJob *job)
{
    job->is_failed = true;
    err_set(&job->err, ERR_UNREACHABLE, "no answer to %s in time",
            job->commands.items[job->n_done]);
}

/* One wait for all. False when a stop was asked for. */
static bool
wait_for_any(ConsoleJob *jobs, size_t n_jobs, int timeout_ms)
{
    struct pollfd *fds = mem_alloc((n_jobs + 1) * sizeof(*fds));
    bool stopped;

    for (size_t i = 0; i < n_jobs; i++)
    {
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
        if (!is_running(&jobs[i]))
            continue;
        fds[i].fd = PQsocket(conn_pg(jobs[i].conn));
        if (PQflush(conn_pg(jobs[i].conn)) == 1)
            fds[i].events = POLLIN | POLLOUT;
    }
    fds[n_jobs] = (struct pollfd){.fd = cancel_fd(), .events = POLLIN};
    poll(fds, n_jobs + 1, timeout_ms);
    stopped = cancel_requested();
    for (size_t i = 0; i < n_jobs; i++)
        if (fds[i].revents)
            advance(&jobs[i]);
    free(fds);
    return !stopped;
}

bool
console_run(ConsoleJob *jobs, size_t n_jobs, int64_t deadline_ms)
{
    bool all = true;

    for (size_t i = 0; i < n_jobs; i++)
        if (is_running(&jobs[i]))
            start_command(&jobs[i]);
    for (;;)
    {
        int64_t left_ms = deadline_ms - clock_ms();
        bool any = false;

        for (size_t i = 0; i < n_jobs; i++)
        {
            if (is_running(&jobs[i]) && left_ms <= 0)
                fail_late(&jobs[i]);
            any = any || is_running(&jobs[i]);
        }
        if (!any)
            break;
        if (!wait_for_any(jobs, n_jobs, left_ms > 60000 ? 60000 : (int)left_ms))
        {
            for (size_t i = 0; i < n_jobs; i++)
                if (is_running(&jobs[i]))
                    jobs[i].is_failed = !cancel_error(&jobs[i].err);
            break;
        }
    }
    for (size_t i = 0; i < n_jobs; i++)
        all = all && !jobs[i].is_failed;
    return all;
}

void
console_jobs_release(ConsoleJob *jobs, size_t n_jobs)
{
    for (size_t i = 0; i < n_jobs; i++)
    {
        PQclear(jobs[i].result);
        jobs[i].result = NULL;
        err_release(&jobs[i].err);
    }
}

bool
console_ask(Conn *conn, const char *command, int64_t deadline_ms, PGresult **ret_result, Err *err)
{
    ConsoleJob job = {.conn = conn, .commands = {&command, 1}};
    bool ok = console_run(&job, 1, deadline_ms);

    *ret_result = NULL;
    if (ok)
    {
        *ret_result = job.result;
        job.result = NULL;
    }
    else
        err_move(err, &job.err);
    console_jobs_release(&job, 1);
    return ok;
}

static const char *
cell(Arena *arena, const PGresult *result, int row, const char *name)
{
    const char *text = result_text(result, row, PQfnumber(result, name));

    return text ? arena_strdup(arena, text) : "";
}

bool
console_databases(Arena *arena, const PGresult *result, ConsoleDatabases *ret_databases, Err *err)
{
    static const char *const columns[] = {"name",   "host",     "port",     "database",
                                          "paused", "disabled", "pool_mode"};

    *ret_databases = (ConsoleDatabases){0};
    for (size_t i = 0; i < lengthof(columns); i++)
        if (PQfnumber(result, columns[i]) < 0)
        {
            err_set(err, ERR_REFUSED, "PgBouncer shows its databases without column \"%s\"",
                    columns[i]);
            err_detail(err, "That is not the answer of a PgBouncer that pgbaton knows.");
            return err_hint(err, "Use PgBouncer 1.8 or later.");
        }
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_databases, arena) = (ConsoleDatabase){
            .name = cell(arena, result, row, "name"),
            .place = {.host = cell(arena, result, row, "host"),
                      .port = cell(arena, result, row, "port"),
                      .dbname = cell(arena, result, row, "database")},
            .pool_mode = cell(arena, result, row, "pool_mode"),
            .is_paused = *cell(arena, result, row, "paused") == '1',
            .is_disabled = *cell(arena, result, row, "disabled") == '1',
        };
    return true;
}

const ConsoleDatabase *
console_find(const ConsoleDatabases *databases, const char *name)
{
    for (size_t i = 0; i < databases->len; i++)
        if (strcmp(databases->items[i].name, name) == 0)
            return &databases->items[i];
    return NULL;
}
