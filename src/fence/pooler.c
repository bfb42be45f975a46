#include "fence/pooler.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "fence/pooler_run.h"
#include "pg/conninfo.h"
#include "pg/quote.h"

enum
{
    MOST_ROUNDS = 8 /* look, RELOAD; look, RESUME; look, SET; look; and some to spare */
};

static const char reload[] = "RELOAD";

/* A walk over all PgBouncers of all sections. NOLINTBEGIN(bugprone-macro-parentheses): it declares its arguments */
#define for_each_instance(poolers, pooler, instance)                           \
    for (Pooler *pooler = (poolers)->poolers.items;                            \
         pooler < (poolers)->poolers.items + (poolers)->poolers.len; pooler++) \
        for (PoolerInstance *instance = pooler->instances.items;               \
             instance < pooler->instances.items + pooler->instances.len; instance++)
/* NOLINTEND(bugprone-macro-parentheses) */

static size_t
count_instances(const Poolers *poolers)
{
    size_t n = 0;

    for (size_t i = 0; i < poolers->poolers.len; i++)
        n += poolers->poolers.items[i].instances.len;
    return n;
}

StringList
poolers_warnings(const Poolers *poolers)
{
    if (!poolers)
        return (StringList){0};
    return (StringList){poolers->warnings.items, poolers->warnings.len};
}

bool
poolers_any(const Poolers *poolers)
{
    for (size_t i = 0; poolers && i < poolers->poolers.len; i++)
        if (poolers->poolers.items[i].forward.names.len > 0)
            return true;
    return false;
}

static const char *
command_for(Arena *arena, const char *word, const char *name)
{
    cleanup_(str_release) Str s = STR_INIT;

    sql_format(&s, "%R %I", word, name);
    return arena_strdup(arena, s.data);
}

static void
close_lanes(PoolerInstance *instance)
{
    for (size_t i = 0; i < instance->n_lanes; i++)
        conn_close(instance->lanes[i]);
    instance->n_lanes = 0;
}

/* psql -d '…' -c RELOAD -c 'RESUME "shop"': the password is left to whoever runs it. */
static void
add_remedy(Arena *arena, const Pooler *pooler, const PoolerInstance *instance, Str *s)
{
    const char *conninfo =
        conninfo_with(arena, conninfo_with(arena, instance->server.conninfo, "password", NULL),
                      "sslpassword", NULL);

    str_add(s, s->len ? "; psql -d " : "psql -d ");
    str_add_shell_word(s, conninfo_with(arena, conninfo, "dbname", "pgbouncer"));
    str_add(s, " -c RELOAD");
    for (size_t i = 0; i < pooler->forward.names.len; i++)
    {
        str_add(s, " -c ");
        str_add_shell_word(s, command_for(arena, "RESUME", pooler->forward.names.items[i]));
    }
}

/* The first failure tells what happened; the detail counts the others, the hint mends all. */
static bool
report(Poolers *poolers, bool is_forward, Err *err)
{
    cleanup_(str_release) Str detail = STR_INIT;
    cleanup_(str_release) Str remedy = STR_INIT;
    const Pooler *first = NULL;

    for_each_instance(poolers, pooler, instance)
    {
        if (!instance->failure.code)
            continue;
        add_remedy(poolers->arena, pooler, instance, &remedy);
        if (!first)
        {
            first = pooler;
            err_set(err, instance->failure.code, "could not move the clients of the %s: %s",
                    instance->server.label, instance->failure.message);
            if (!is_forward)
                err_set(err, instance->failure.code,
                        "could not let the clients of the %s go on: %s", instance->server.label,
                        instance->failure.message);
            if (instance->failure.detail)
                str_addf(&detail, "%s ", instance->failure.detail);
        }
        else
            str_addf(&detail, "So it is with the %s: %s. ", instance->server.label,
                     instance->failure.message);
    }
    if (!first)
        return true;
    const PoolerPlace *place = is_forward ? &first->forward.to : &first->backward.to;

    err_detail(err, "%sIts entries in \"%s\" must lead to host=%s port=%s dbname=%s.", detail.data,
               first->file.path ? first->file.path : first->config->file, place->host, place->port,
               place->dbname);
    return err_hint(err, "See that they do, then run: %s", remedy.data);
}

/*
 * PAUSE closes server connections that are being made, which PgBouncer counts as a failure of the server: clients of that pool would wait
 * for another server_login_retry, 15 s, after RESUME. So there is none for the moment of RESUME; connections are tried at once, in
 * the same turn of PgBouncer's loop. A process that recovers leaves it alone, as it cannot know what the setting was; it does a RELOAD.
 */
static bool
may_hurry(const Poolers *poolers, const PoolerInstance *instance)
{
    const char *text = instance->login_retry;

    return !poolers->move.is_recovery && text && *text && strcmp(text, "0") != 0 &&
           text[strspn(text, "0123456789.")] == '\0';
}

static const char *
set_login_retry(Arena *arena, const char *value)
{
    cleanup_(str_release) Str s = STR_INIT;

    sql_format(&s, "SET server_login_retry = %L", value);
    return arena_strdup(arena, s.data);
}

/* What this PgBouncer needs next, by what it has shown. Nothing: it is done. */
static StringList
next_commands(Poolers *poolers, const PoolerChange *change, PoolerInstance *instance)
{
    VEC(const char *) commands = {0};

    if (poolers->move.is_recovery && !instance->is_reloaded)
    {
        *vec_push(&commands, poolers->arena) = reload;
        return (StringList){commands.items, commands.len};
    }
    for (size_t i = 0; i < change->names.len; i++)
    {
        const ConsoleDatabase *database =
            console_find(&instance->databases, change->names.items[i]);

        if (database && pooler_place_is(&database->place, &change->to, change->socket_dir))
            continue;
        if (instance->is_reloaded)
        {
            err_set(&instance->failure, ERR_FAILED,
                    "after RELOAD the entry \"%s\" does not lead there", change->names.items[i]);
            err_detail(&instance->failure, "PgBouncer's log tells why.");
        }
        else
            *vec_push(&commands, poolers->arena) = reload;
        return (StringList){commands.items, commands.len};
    }
    for (size_t i = 0; i < change->names.len; i++)
        if (console_find(&instance->databases, change->names.items[i])->is_paused)
        {
            if (commands.len == 0 && may_hurry(poolers, instance))
                *vec_push(&commands, poolers->arena) = set_login_retry(poolers->arena, "0");
            *vec_push(&commands, poolers->arena) =
                command_for(poolers->arena, "RESUME", change->names.items[i]);
        }
    if (commands.len > 0)
        instance->is_hurried = may_hurry(poolers, instance);
    else if (instance->is_hurried)
    {
        *vec_push(&commands, poolers->arena) =
            set_login_retry(poolers->arena, instance->login_retry);
        instance->is_hurried = false;
    }
    return (StringList){commands.items, commands.len};
}

/* A PgBouncer that was started anew, or that has closed an idle session of ours, gets another chance. */
static void
take_failure(PoolerInstance *instance, ConsoleJob *job)
{
    if (conn_is_broken(instance->conn) && !instance->is_reconnected)
    {
        instance->is_reconnected = true;
        if (pooler_connect(instance, &instance->failure))
            return;
    }
    else
        err_move(&instance->failure, &job->err);
    /* An answer that is still to come would be taken for that to the next command. */
    conn_close(instance->conn);
    instance->conn = NULL;
}

static bool
is_open(const PoolerInstance *instance)
{
    return !instance->is_done && !instance->failure.code;
}

/* SHOW DATABASES of all, then what each of them needs. True when all are done or have failed. */
static bool
settle_round(Poolers *poolers, bool is_forward)
{
    size_t n = count_instances(poolers);
    ConsoleJob *jobs = arena_alloc(poolers->arena, n * sizeof(*jobs));
    const char *look = "SHOW DATABASES";
    bool all = true;
    size_t i = 0;

    for_each_instance(poolers, pooler, instance)
    {
        if (is_open(instance))
            jobs[i] = (ConsoleJob){.conn = instance->conn, .commands = {&look, 1}};
        i++;
    }
    (void)console_run(jobs, n, clock_ms() + SETTLE_PATIENCE_MS);
    i = 0;
    for_each_instance(poolers, pooler, instance)
    {
        ConsoleJob *job = &jobs[i++];
        ConsoleJob next = {.conn = job->conn, .may_be_refused = true};

        if (!is_open(instance))
            continue;
        all = false;
        if (job->is_failed)
            take_failure(instance, job);
        else if (console_databases(poolers->arena, job->result, &instance->databases,
                                   &instance->failure))
        {
            next.commands =
                next_commands(poolers, is_forward ? &pooler->forward : &pooler->backward, instance);
            instance->is_done = next.commands.len == 0;
        }
        console_jobs_release(job, 1);
        *job = next;
    }
    (void)console_run(jobs, n, clock_ms() + SETTLE_PATIENCE_MS);
    i = 0;
    for_each_instance(poolers, pooler, instance)
    {
        if (jobs[i].is_failed)
            take_failure(instance, &jobs[i]);
        else if (jobs[i].commands.len > 0 && jobs[i].commands.items[0] == reload)
            instance->is_reloaded = true;
        i++;
    }
    console_jobs_release(jobs, n);
    return all;
}

/* Reads the answer to a RELOAD that poolers_redirect has sent. One that does not come costs the session. */
static void
take_redirection(PoolerInstance *instance)
{
    cleanup_(err_release) Err ignored = {0};
    int64_t deadline = clock_ms() + SETTLE_PATIENCE_MS;
    PGconn *pg = instance->conn ? conn_pg(instance->conn) : NULL;

    if (!instance->is_redirected || !pg)
        return;
    instance->is_redirected = false;
    for (;;)
    {
        PGresult *result;

        while (PQisBusy(pg) && clock_ms() < deadline &&
               conn_wait(instance->conn, false, (int)(deadline - clock_ms()), &ignored) &&
               PQconsumeInput(pg))
            continue;
        if (PQisBusy(pg))
            break;
        result = PQgetResult(pg);
        if (!result)
            return;
        PQclear(result);
    }
    conn_close(instance->conn);
    instance->conn = NULL;
}

void
poolers_redirect(Poolers *poolers)
{
    if (!poolers)
        return;
    cancel_shield_begin();
    for_each_instance(poolers, pooler, instance)
    {
        cleanup_(err_release) Err left_to_switch = {0};

        instance->is_redirected =
            instance->conn && pooler->forward.names.len > 0 &&
            pooler_file_move(&pooler->file, &pooler->forward, &left_to_switch) &&
            conn_send(instance->conn, reload, &left_to_switch);
    }
    cancel_shield_end();
}

/* Without a new file there is nothing to RELOAD, but a PgBouncer that leads there already can go on. */
static void
start_settling(Pooler *pooler, bool is_forward)
{
    bool moved;

    err_release(&pooler->file_failure);
    moved = pooler_file_move(&pooler->file, is_forward ? &pooler->forward : &pooler->backward,
                             &pooler->file_failure);
    for (size_t i = 0; i < pooler->instances.len; i++)
    {
        PoolerInstance *instance = &pooler->instances.items[i];

        close_lanes(instance);
        take_redirection(instance);
        err_release(&instance->failure);
        instance->is_reloaded = !moved;
        instance->is_reconnected = false;
        instance->is_done =
            pooler->forward.names.len == 0 || !pooler_connect(instance, &instance->failure);
    }
}

static void
end_settling(Pooler *pooler)
{
    for (size_t i = 0; i < pooler->instances.len; i++)
    {
        PoolerInstance *instance = &pooler->instances.items[i];

        if (pooler->file_failure.code)
        {
            err_set(&instance->failure, pooler->file_failure.code, "%s",
                    pooler->file_failure.message);
            if (pooler->file_failure.detail)
                err_detail(&instance->failure, "%s", pooler->file_failure.detail);
        }
        else if (is_open(instance))
            err_set(&instance->failure, ERR_FAILED, "it does not stay as it is told to");
    }
    if (pooler->forward.names.len > 0)
        pooler_file_sync(&pooler->file);
}

/*
 * Brings files and PgBouncers to one of the two states, from whatever state they are in. A PAUSE that was not answered may still arrive
 * after its session was closed: so all are looked at once more after RESUME.
 */
static bool
settle(Poolers *poolers, bool is_forward, Err *err)
{
    for (size_t i = 0; i < poolers->poolers.len; i++)
        start_settling(&poolers->poolers.items[i], is_forward);
    for (int round = 0; round < MOST_ROUNDS && !settle_round(poolers, is_forward); round++)
        continue;
    for (size_t i = 0; i < poolers->poolers.len; i++)
        end_settling(&poolers->poolers.items[i]);
    return report(poolers, is_forward, err);
}

/* Why a PAUSE did not come to its end, for the one that did not. */
static bool
pause_error(const Pooler *pooler, const PoolerInstance *instance, ConsoleJob *job, Err *err)
{
    bool is_late = !conn_is_broken(job->conn) && job->err.code == ERR_UNREACHABLE;

    err_move(err, &job->err);
    if (err->code == ERR_STOPPED)
        return false;
    if (!is_late)
    {
        if (!conn_is_broken(job->conn))
            err_context(err, "the %s", instance->server.label);
        if (!err->detail)
            err_detail(err, "Its clients cannot be held like that.");
        return err_hint(err, "See to that PgBouncer, then run it again.");
    }
    err_set(err, ERR_REFUSED, "the %s could not hold its clients in time", instance->server.label);
    err_detail(
        err, "One of them has been in a transaction all the while; in session pooling, connected.");
    return err_hint(
        err, "Try again at a quieter time, or set \"clients = disconnect\" in section [pooler %s].",
        pooler->config->name);
}

static bool
pause_all(Poolers *poolers, int64_t deadline_ms, Err *err)
{
    size_t n = count_instances(poolers) * MOST_LANES;
    ConsoleJob *jobs = arena_alloc(poolers->arena, n * sizeof(*jobs));
    ConsoleJob *job = jobs;
    bool ok;

    for_each_instance(poolers, pooler, instance) for (size_t lane = 0; lane < instance->n_lanes;
                                                      lane++)
    {
        const StringList *names = &pooler->forward.names;
        VEC(const char *) commands = {0};

        for (size_t i = lane; i < names->len; i += instance->n_lanes)
            *vec_push(&commands, poolers->arena) = command_for(
                poolers->arena, pooler->config->disconnect ? "KILL" : "PAUSE", names->items[i]);
        *job++ =
            (ConsoleJob){.conn = instance->lanes[lane], .commands = {commands.items, commands.len}};
    }
    ok = console_run(jobs, n, deadline_ms);
    job = jobs;
    for_each_instance(poolers, pooler, instance) for (size_t lane = 0; lane < instance->n_lanes;
                                                      lane++,
                                                      job++) if (job->is_failed && !err->code)
        pause_error(pooler, instance, job, err);
    console_jobs_release(jobs, n);
    return ok;
}

bool
poolers_pause(Poolers *poolers, int64_t deadline_ms, Err *err)
{
    cleanup_(err_release) Err failure = {0};
    cleanup_(err_release) Err undo_failure = {0};

    if (!poolers)
        return true;
    poolers->is_begun = true;
    if (pause_all(poolers, deadline_ms, &failure))
        return true;
    err_move(err, &failure);
    if (!poolers_undo(poolers, &undo_failure))
    {
        err_detail(err, "And then: %s. %s", undo_failure.message,
                   undo_failure.detail ? undo_failure.detail : "");
        err_hint(err, "%s", undo_failure.hint ? undo_failure.hint : "");
    }
    return false;
}

bool
poolers_switch(Poolers *poolers, bool may_undo, Err *err)
{
    cleanup_(err_release) Err undo_failure = {0};
    bool ok;

    if (!poolers)
        return true;
    poolers->is_begun = true;
    cancel_shield_begin();
    ok = settle(poolers, true, err);
    cancel_shield_end();
    if (!ok && may_undo && !poolers_undo(poolers, &undo_failure))
        err_move(err, &undo_failure);
    else if (!ok && may_undo)
        err_hint(err, "All of them are as before. Mend that one, then run it again.");
    return ok;
}

bool
poolers_undo(Poolers *poolers, Err *err)
{
    bool ok;

    if (!poolers || !poolers->is_begun)
        return true;
    cancel_shield_begin();
    ok = settle(poolers, false, err);
    cancel_shield_end();
    return ok;
}

void
poolers_close(Poolers *poolers)
{
    if (!poolers)
        return;
    for_each_instance(poolers, pooler, instance)
    {
        close_lanes(instance);
        conn_close(instance->conn);
        instance->conn = NULL;
        err_release(&instance->failure);
    }
    for (size_t i = 0; i < poolers->poolers.len; i++)
    {
        err_release(&poolers->poolers.items[i].file_failure);
        pooler_file_close(&poolers->poolers.items[i].file);
    }
}

void
poolers_close_pointer(Poolers **poolers)
{
    poolers_close(*poolers);
    *poolers = NULL;
}
