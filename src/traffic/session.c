#include "traffic/session.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/str.h"
#include "pg/conn.h"

enum
{
    MAX_BACK_OFF_MS = 100,
    COMMIT_GRACE_MS = 5000,
    POLL_MS = 200, /* how late a stop asked for by another thread may be seen */
    MAX_ARGS = 8,
};

bool
session_over(const Session *session)
{
    return cancel_requested() || atomic_load(session->stop) || clock_ms() >= session->deadline_ms;
}

/* libpq's texts have several lines. */
static void
add_one_line(Str *s, const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p != '\n' && *p != '\t')
            str_add_char(s, *p);
        else if (p[1] && s->len && s->data[s->len - 1] != ' ')
            str_add_char(s, ' ');
}

void
session_complain(Session *session, const char *text)
{
    session->counts.errors++;
    stats_error(session->stats, text);
}

static void
ignore_notice(void *arg, const PGresult *notice)
{
    (void)arg;
    (void)notice;
}

/*
 * Failures that waiting does not mend. libpq tells no SQLSTATE of a failed connection, so they are known by their text; one
 * in another language counts as a server that is away.
 */
static void
note_connect_failure(Session *session, const char *text)
{
    static const char *const lasting[] = {"authentication failed", "no pg_hba.conf entry",
                                          "does not exist",        "permission denied",
                                          "no password supplied",  "is not permitted"};
    cleanup_(str_release) Str line = STR_INIT;

    for (size_t i = 0; i < lengthof(lasting); i++)
        if (strstr(text, lasting[i]) && !strstr(text, "No such file"))
        {
            add_one_line(&line, text);
            session_complain(session, line.data);
            return;
        }
}

/* Sleeps the back-off, each time twice as long. */
static void
back_off(Session *session)
{
    cleanup_(err_release) Err stopped = {0};
    int64_t left = session->deadline_ms - clock_ms();
    int64_t wait = session->back_off_ms < left ? session->back_off_ms : left;

    if (wait > 0 && !cancel_sleep(wait, &stopped))
        return;
    session->back_off_ms = session->back_off_ms ? session->back_off_ms * 2 : 1;
    if (session->back_off_ms > MAX_BACK_OFF_MS)
        session->back_off_ms = MAX_BACK_OFF_MS;
}

/*
 * Blocking, because only then libpq gives each host its connect_timeout; a host that does not answer delays a stop by no more.
 */
static PGconn *
connect_once(const Session *session)
{
    static const char *const keywords[] = {"connect_timeout",
                                           "keepalives_idle",
                                           "keepalives_interval",
                                           "keepalives_count",
                                           "tcp_user_timeout",
                                           "fallback_application_name",
                                           "dbname",
                                           NULL};
    const char *const values[] = {"2", "5", "2", "3", "10000", session->name, session->conninfo,
                                  NULL};

    return PQconnectdbParams(keywords, values, 1);
}

bool
session_connect(Session *session)
{
    while (!session_over(session))
    {
        back_off(session);
        if (session_over(session))
            break;
        session->pg = connect_once(session);
        if (PQstatus(session->pg) == CONNECTION_OK)
        {
            PQsetnonblocking(session->pg, 1);
            PQsetNoticeReceiver(session->pg, ignore_notice, NULL);
            session->counts.connects++;
            return true;
        }
        note_connect_failure(session, PQerrorMessage(session->pg));
        session_close(session);
    }
    return false;
}

void
session_close(Session *session)
{
    PQfinish(session->pg);
    session->pg = NULL;
}

/* Asks the server to end the statement, so that a stop need not wait for a lock. */
static void
cancel_statement(Session *session)
{
    PGcancel *cancel = PQgetCancel(session->pg);
    char reason[256];

    if (cancel)
        PQcancel(cancel, reason, sizeof(reason));
    PQfreeCancel(cancel);
}

/* Waits until the connection has something for us; false when give_up_ms passed or (stoppable) the run is over. */
static bool
wait_for_server(const Session *session, bool stoppable, int64_t give_up_ms)
{
    struct pollfd fds[2] = {{.fd = PQsocket(session->pg)},
                            {.fd = stoppable ? cancel_fd() : -1, .events = POLLIN}};
    int pending = PQflush(session->pg);
    int64_t left = give_up_ms - clock_ms();

    if (stoppable && session_over(session))
        return false;
    if (left <= 0)
        return false;
    fds[0].events = (short)(POLLIN | (pending > 0 ? POLLOUT : 0));
    poll(fds, 2, left < POLL_MS ? (int)left : POLL_MS);
    return true;
}

/*
 * The last result of what was sent, NULL when the connection broke. *ret_stopped when the wait ended before an answer: of a
 * statement because the run is over, of COMMIT (not stoppable) some seconds after that.
 */
static PGresult *
wait_result(Session *session, bool stoppable, bool *ret_stopped)
{
    PGresult *last = NULL;
    int64_t give_up_ms = stoppable ? session->deadline_ms : INT64_MAX;

    *ret_stopped = false;
    for (;;)
    {
        PGresult *result;

        while (PQisBusy(session->pg))
        {
            if (!stoppable && give_up_ms == INT64_MAX && session_over(session))
                give_up_ms = clock_ms() + COMMIT_GRACE_MS;
            if (!wait_for_server(session, stoppable, give_up_ms))
            {
                PQclear(last);
                *ret_stopped = true;
                return NULL;
            }
            if (!PQconsumeInput(session->pg))
                break;
        }
        result = PQgetResult(session->pg);
        if (!result)
            return last;
        PQclear(last);
        last = result;
    }
}

static const char *
result_state(const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    return state ? state : "";
}

static bool
state_in(const char *state, const char *const *states)
{
    for (; *states; states++)
        if (strncmp(state, *states, strlen(*states)) == 0)
            return true;
    return false;
}

static bool
takes_from_sequence(const PGresult *result)
{
    static const char *const constraints[] = {"txn_ticket_key", "item_id_key", "document_pkey"};
    const char *name = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);

    for (size_t i = 0; name && i < lengthof(constraints); i++)
        if (strcmp(name, constraints[i]) == 0)
            return true;
    return false;
}

static StepResult
classify(Session *session, const PGresult *result)
{
    /* read-only, every kind of going away, no room, left alone for too long in a transaction */
    static const char *const away[] = {"25006", "57P", "08", "53300", "25P03", "25P04", NULL};
    static const char *const again[] = {"40001", "40P01", "55P03", NULL};
    cleanup_(str_release) Str line = STR_INIT;
    const char *state = result_state(result);
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    if (result &&
        (PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK))
        return STEP_OK;
    if (state_in(state, again))
        return STEP_RETRY;
    if (!result || !*state || PQstatus(session->pg) != CONNECTION_OK || state_in(state, away))
        return STEP_RECONNECT;
    if (strcmp(state, "23505") == 0 && takes_from_sequence(result))
        session->counts.sequence_reused++;
    str_addf(&line, "%s: ", state);
    add_one_line(&line, primary ? primary : PQresultErrorMessage(result));
    session_complain(session, line.data);
    return STEP_ERROR;
}

static bool
send_statement(Session *session, const char *sql, const Arg *args, int n_args)
{
    const char *values[MAX_ARGS] = {0};
    int lengths[MAX_ARGS] = {0};
    int formats[MAX_ARGS] = {0};

    if (n_args > MAX_ARGS)
        abort();
    for (int i = 0; i < n_args; i++)
    {
        values[i] = args[i].value;
        lengths[i] = (int)args[i].len;
        formats[i] = args[i].binary;
    }
    return PQsendQueryParams(session->pg, sql, n_args, NULL, values, lengths, formats, 0) == 1;
}

StepResult
session_exec(Session *session, const char *sql, const Arg *args, int n_args, PGresult **ret_result)
{
    cleanup_(result_release) PGresult *result = NULL;
    bool stopped;
    StepResult step;

    if (ret_result)
        *ret_result = NULL;
    if (!session->pg || !send_statement(session, sql, args, n_args))
        return STEP_RECONNECT;
    result = wait_result(session, true, &stopped);
    if (stopped)
    {
        cancel_statement(session);
        session_close(session);
        return STEP_STOP;
    }
    step = classify(session, result);
    if (ret_result && step == STEP_OK)
    {
        *ret_result = result;
        result = NULL;
    }
    return step;
}

void
session_rollback(Session *session)
{
    cleanup_(result_release) PGresult *result = NULL;
    bool stopped = false;

    if (!session->pg)
        return;
    if (send_statement(session, "ROLLBACK", NULL, 0))
        result = wait_result(session, false, &stopped);
    if (stopped || !result || PQresultStatus(result) != PGRES_COMMAND_OK)
        session_close(session);
}

CommitResult
session_commit(Session *session, StepResult *ret_step)
{
    cleanup_(result_release) PGresult *result = NULL;
    const char *severity;
    bool stopped = false;

    *ret_step = STEP_RECONNECT;
    if (!session->pg || !send_statement(session, "COMMIT", NULL, 0))
        return COMMIT_AMBIGUOUS;
    result = wait_result(session, false, &stopped);
    if (stopped || !result)
        return COMMIT_AMBIGUOUS;
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
    {
        *ret_step = STEP_OK;
        session->back_off_ms = 0;
        return strcmp(PQcmdStatus(result), "COMMIT") == 0 ? COMMIT_DONE : COMMIT_NOT_DONE;
    }
    /* FATAL may come after the commit record was written (57P01 while waiting for a standby); ERROR comes before. */
    severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (!severity || strcmp(severity, "ERROR") != 0 ||
        PQtransactionStatus(session->pg) != PQTRANS_IDLE)
        return COMMIT_AMBIGUOUS;
    *ret_step = classify(session, result);
    return COMMIT_NOT_DONE;
}
