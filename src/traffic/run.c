#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "traffic/schema.h"
#include "traffic/traffic.h"
#include "traffic/writer.h"

/* Everything one call of traffic_run holds. */
typedef struct Team
{
    Run run;
    Writer *writers;
    char **names;
    pthread_t *threads;
    int n_started;
} Team;

static uint64_t
random_number(void)
{
    uint64_t number = 0;

    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        number = (uint64_t)clock_us() ^ (uint64_t)getpid() << 32;
    return number;
}

/* Refuses before anything is started: unreachable, not made by us. */
static bool
check_schema(const char *conninfo, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;

    /* A pooler hands the server's session on to others, who are not to find our settings in it. */
    return schema_connect(conninfo, "run", &conn, err) && schema_require(conn, err) &&
           conn_exec(conn, "RESET ALL", err);
}

static bool
open_ledger(Team *team, const TrafficRunSpec *spec, int64_t seed, Err *err)
{
    cleanup_(str_release) Str line = STR_INIT;
    cleanup_(str_release) Str now = STR_INIT;

    if (!ledger_open(spec->ledger, &team->run.ledger_fd, err))
        return false;
    clock_add_now(&now);
    now.data[strcspn(now.data, " ")] = 'T';
    str_addf(&line, "R 1 %015llx %d %lld %s", (unsigned long long)team->run.number, spec->n_writers,
             (long long)seed, now.data);
    ledger_end(&line);
    return ledger_write(team->run.ledger_fd, &line, err);
}

static bool
open_commit_log(Team *team, const TrafficRunSpec *spec, Err *err)
{
    return !spec->commit_log || !*spec->commit_log ||
           commit_log_open(spec->commit_log, &team->run.commit_log_fd, err);
}

static void
prepare_writers(Team *team, const TrafficRunSpec *spec, int64_t seed)
{
    size_t n = (size_t)spec->n_writers;

    team->writers = mem_alloc_zeroed(n * sizeof(*team->writers));
    team->names = mem_alloc_zeroed(n * sizeof(*team->names));
    team->threads = mem_alloc_zeroed(n * sizeof(*team->threads));
    for (int i = 0; i < spec->n_writers; i++)
    {
        Writer *writer = &team->writers[i];
        Str name = STR_INIT;

        str_addf(&name, "%s %d", spec->name, i);
        team->names[i] = str_detach(&name);
        writer->run = &team->run;
        writer->number = i;
        random_init(&writer->random, (uint64_t)seed * 1000003U + (uint64_t)i);
        writer->session = (Session){.conninfo = spec->conninfo,
                                    .name = team->names[i],
                                    .stop = &team->run.stop,
                                    .stats = &team->run.stats};
        str_init(&writer->line);
        for (size_t t = 0; t < lengthof(writer->text); t++)
            str_init(&writer->text[t]);
    }
}

static bool
start_writers(Team *team, int64_t deadline_ms, Err *err)
{
    for (int i = 0; i < team->run.n_writers; i++)
    {
        int failure;

        team->writers[i].session.deadline_ms = deadline_ms;
        failure = pthread_create(&team->threads[i], NULL, writer_main, &team->writers[i]);
        if (failure)
        {
            err_set(err, ERR_FAILED, "could not start writer %d", i);
            return err_detail(err, "%s.", strerror(failure));
        }
        team->n_started++;
    }
    return true;
}

/* Blocks until the run is over, and tells when that was: what the writers still finish is not a gap. */
static int64_t
wait_for_end(const Team *team, bool started)
{
    cleanup_(err_release) Err stopped = {0};

    while (started && !session_over(&team->writers[0].session) && cancel_sleep(20, &stopped))
        ;
    return clock_us();
}

static void
count_writer(Writer *writer, int64_t end_us, TrafficRunResult *result)
{
    gap_close(&writer->gap, end_us);
    result->committed += writer->counts.committed;
    result->rolled_back += writer->counts.rolled_back;
    result->ambiguous += writer->counts.ambiguous;
    result->retries += writer->counts.retries;
    result->interrupted += writer->counts.interrupted;
    result->errors += writer->session.counts.errors;
    result->sequence_reused += writer->session.counts.sequence_reused;
    result->reconnects +=
        writer->session.counts.connects > 0 ? writer->session.counts.connects - 1 : 0;
    if (writer->gap.longest_us / 1000 > result->longest_writer_gap_ms)
        result->longest_writer_gap_ms = writer->gap.longest_us / 1000;
}

static void
fill_result(Team *team, Arena *arena, int64_t start_us, int64_t end_us, TrafficRunResult *result)
{
    Stats *stats = &team->run.stats;

    for (int i = 0; i < team->n_started; i++)
        count_writer(&team->writers[i], end_us, result);
    gap_close(&stats->gap, end_us);
    result->longest_gap_ms = stats->gap.longest_us / 1000;
    if (stats->gap.longest_us > 0)
        result->longest_gap_at = stats_time_text(arena, stats->gap.longest_at_wall_us);
    result->duration_ms = (end_us - start_us) / 1000;
    if (!result->committed)
        result->longest_gap_ms = result->longest_writer_gap_ms = result->duration_ms;
    result->tps =
        end_us > start_us ? (double)result->committed * 1e6 / (double)(end_us - start_us) : 0;
    result->n_error_texts = stats->n_errors;
    for (int i = 0; i < stats->n_errors; i++)
        result->error_texts[i] = (TrafficText){.text = arena_strdup(arena, stats->errors[i].text),
                                               .n = stats->errors[i].n};
}

static void
release_team(Team *team)
{
    for (int i = 0; i < team->run.n_writers; i++)
    {
        writer_release(&team->writers[i]);
        free(team->names[i]);
    }
    free(team->writers);
    free(team->names);
    free(team->threads);
    if (team->run.ledger_fd >= 0)
        close(team->run.ledger_fd);
    if (team->run.commit_log_fd >= 0)
        close(team->run.commit_log_fd);
    stats_release(&team->run.stats);
}

static bool
run_team(Team *team, int64_t duration_ms, Arena *arena, TrafficRunResult *result, Err *err)
{
    int64_t start_us = clock_us();
    /* Rounded up: no run is shorter than what was asked for. */
    int64_t deadline_ms = duration_ms ? start_us / 1000 + 1 + duration_ms : INT64_MAX;
    bool ok = start_writers(team, deadline_ms, err);
    int64_t end_us;

    if (!ok)
        atomic_store(&team->run.stop, true);
    end_us = wait_for_end(team, ok);
    for (int i = 0; i < team->n_started; i++)
        pthread_join(team->threads[i], NULL);
    fill_result(team, arena, start_us, end_us, result);
    for (int i = 0; ok && i < team->n_started; i++)
        if (team->writers[i].err.code != ERR_NONE)
            ok = err_move(err, &team->writers[i].err);
    return ok;
}

bool
traffic_run(const TrafficRunSpec *spec, Arena *arena, TrafficRunResult *ret_result, Err *err)
{
    int64_t seed = spec->seed ? spec->seed : (int64_t)(random_number() >> 33);
    Team team = {.run = {.number = (int64_t)(random_number() >> 4),
                         .ledger_fd = -1,
                         .commit_log_fd = -1,
                         .n_writers = spec->n_writers,
                         .rate = spec->rate}};
    bool ok;

    *ret_result = (TrafficRunResult){.run = team.run.number, .seed = seed};
    if (!check_schema(spec->conninfo, err))
        return false;
    stats_init(&team.run.stats);
    atomic_init(&team.run.stop, false);
    prepare_writers(&team, spec, seed);
    ok = open_commit_log(&team, spec, err) && open_ledger(&team, spec, seed, err) &&
         run_team(&team, spec->duration_ms, arena, ret_result, err);
    release_team(&team);
    return ok;
}
