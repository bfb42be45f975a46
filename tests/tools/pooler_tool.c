/*
 * pooler_tool CONFIG SOURCE TARGET COMMAND...: drives fence/pooler.h and fence/hook.h as a switchover does, for 300_pooler.t.
 *
 *   back              the writes go from the target to the source: before open
 *   open, recover     (recover: as a process that finds another one's traces)
 *   pause=MS          with that deadline
 *   switch, switch-or-undo, undo
 *   hold              says so and waits to be killed
 *   sleep=MS
 *   hook              runs on_switch
 *
 * Each command that succeeds prints "COMMAND MILLISECONDS". The first failure is printed as pgbaton prints errors, and ends it.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/config.h"
#include "fence/hook.h"
#include "fence/pooler.h"

typedef struct Run
{
    Arena *arena;
    const Config *config;
    Conn *source;
    Conn *target;
    bool is_back;
    Poolers *poolers;
} Run;

static bool
open_poolers(Run *run, bool is_recovery, Err *err)
{
    PoolerMove move = {
        .sections = run->config->poolers,
        .n_sections = run->config->n_poolers,
        .migration = run->config->migration,
        .application_name = run->config->application_name,
        .source = pooler_place_of(run->source),
        .target = pooler_place_of(run->target),
        .is_rollback = run->is_back,
        .pause_ms = run->config->pause_budget_ms,
        .is_recovery = is_recovery,
    };
    StringList warnings;

    if (!poolers_open(&move, run->arena, &run->poolers, err))
        return false;
    warnings = poolers_warnings(run->poolers);
    for (size_t i = 0; i < warnings.len; i++)
        printf("warning: %s\n", warnings.items[i]);
    printf("any %d\n", poolers_any(run->poolers));
    return true;
}

static bool
run_command(Run *run, const char *command, Err *err)
{
    const char *number = strchr(command, '=');
    int64_t ms = number ? strtoll(number + 1, NULL, 10) : 0;

    if (strcmp(command, "back") == 0)
        return run->is_back = true;
    if (strcmp(command, "open") == 0 || strcmp(command, "recover") == 0)
        return open_poolers(run, strcmp(command, "recover") == 0, err);
    if (strncmp(command, "pause=", 6) == 0)
        return poolers_pause(run->poolers, clock_ms() + ms, err);
    if (strcmp(command, "switch") == 0)
        return poolers_switch(run->poolers, false, err);
    if (strcmp(command, "switch-or-undo") == 0)
        return poolers_switch(run->poolers, true, err);
    if (strcmp(command, "undo") == 0)
        return poolers_undo(run->poolers, err);
    if (strcmp(command, "hold") == 0 || strncmp(command, "sleep=", 6) == 0)
    {
        puts("holding");
        return poll(NULL, 0, number ? (int)ms : -1) == 0;
    }
    if (strcmp(command, "hook") == 0)
    {
        cleanup_(str_release) Str output = STR_INIT;
        Hook hook = {
            .command = run->config->on_switch,
            .timeout_ms = run->config->on_switch_timeout_ms,
            .migration = run->config->migration,
            .database = conn_dbname(run->source),
            .from = run->is_back ? run->target : run->source,
            .to = run->is_back ? run->source : run->target,
            .is_rollback = run->is_back,
        };
        bool ok = hook_run(&hook, &output, err);

        printf("output: %s\n", output.data);
        return ok;
    }
    return err_set(err, ERR_USAGE, "unknown command \"%s\"", command);
}

static bool
run_all(Run *run, char **commands, Err *err)
{
    for (; *commands; commands++)
    {
        int64_t start_us = clock_us();

        if (!run_command(run, *commands, err))
            return false;
        printf("%s %.2f\n", *commands, (double)(clock_us() - start_us) / 1000);
    }
    return true;
}

static bool
prepare(Run *run, Config *config, char **argv, Err *err)
{
    OptionValues *values = option_values_new(run->arena, global_options);
    Server source = {.side = SIDE_SOURCE, .conninfo = argv[2]};
    Server target = {.side = SIDE_TARGET, .conninfo = argv[3]};

    run->config = config;
    return option_set(values, option_find(global_options, "config"), argv[1], ORIGIN_FLAG,
                      "--config", err) &&
           config_load(run->arena, values, true, config, err) &&
           conn_open(&source, NULL, "test", &run->source, err) &&
           conn_open(&target, NULL, "test", &run->target, err);
}

int
main(int argc, char **argv)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    Run run = {.arena = &arena};
    Config config = {0};
    int code = 0;

    if (argc < 5)
        return 2;
    setvbuf(stdout, NULL, _IONBF, 0);
    cancel_install();
    if (!prepare(&run, &config, argv, &err) || !run_all(&run, argv + 4, &err))
    {
        log_error(&err);
        code = err_exit_code(err.code);
    }
    poolers_close(run.poolers);
    conn_close(run.source);
    conn_close(run.target);
    return code;
}
