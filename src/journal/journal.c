#include "journal/journal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "pg/quote.h"
#include "sql/sql.h"

bool
journal_exists(Conn *target, bool *ret_exists, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *value;

    if (!conn_value(target, &arena,
                    "SELECT pg_catalog.to_regclass('pgbaton.migration') IS NOT NULL", NO_PARAMS,
                    &value, err))
        return false;
    *ret_exists = *value == 't';
    return true;
}

bool
journal_create(Conn *target, Err *err)
{
    bool exists;

    if (!journal_exists(target, &exists, err))
        return false;
    /* A multi-statement simple query is one transaction. */
    return exists || conn_exec(target, sql_journal_create, err) ||
           err_context(err, "making the journal");
}

bool
journal_add_migration(Conn *target, const MigrationRow *row, Err *err)
{
    return conn_run(
        target,
        "INSERT INTO pgbaton.migration (name, journal_version, source_dbname, source_dboid, source_version,"
        " source_system_identifier, target_system_identifier, skipped_checks)"
        " VALUES ($1, $2::integer, $3, $4::oid, $5::integer, $6, $7, $8) ON CONFLICT DO NOTHING",
        PARAMS(row->name, PARAM_I64(JOURNAL_VERSION), row->source_dbname,
               PARAM_I64(row->source_dboid), PARAM_I64(row->source_version),
               row->source_system_identifier, row->target_system_identifier, row->skipped_checks),
        NULL, err);
}

bool
journal_read_migration(Conn *target, const char *migration, Arena *arena, MigrationRow *ret_row,
                       bool *ret_found, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    bool exists;

    *ret_found = false;
    if (!journal_exists(target, &exists, err))
        return false;
    if (!exists)
        return true;
    if (!conn_query(
            target,
            "SELECT name, source_dbname, source_dboid, source_version, source_system_identifier,"
            " target_system_identifier, skipped_checks, source_schema, journal_version"
            " FROM pgbaton.migration WHERE name = $1",
            PARAMS(migration), &result, err))
        return false;
    if (PQntuples(result) == 0)
        return true;
    if (result_i64(result, 0, 8) > JOURNAL_VERSION)
    {
        err_set(err, ERR_REFUSED, "the journal of migration \"%s\" was written by a newer pgbaton",
                migration);
        err_detail(err, "Its version is %s, this program knows %d.", PQgetvalue(result, 0, 8),
                   JOURNAL_VERSION);
        return err_hint(err, "Use the pgbaton that began the migration, or a newer one.");
    }
    *ret_row = (MigrationRow){
        .name = arena_strdup(arena, result_text(result, 0, 0)),
        .source_dbname = arena_strdup(arena, result_text(result, 0, 1)),
        .source_dboid = (uint32_t)result_i64(result, 0, 2),
        .source_version = (int)result_i64(result, 0, 3),
        .source_system_identifier = arena_strdup(arena, result_text(result, 0, 4)),
        .target_system_identifier = arena_strdup(arena, result_text(result, 0, 5)),
        .skipped_checks = arena_strdup(arena, result_text(result, 0, 6)),
        .source_schema = arena_strdup(arena, result_text(result, 0, 7)),
    };
    *ret_found = true;
    return true;
}

bool
journal_drop(Conn *target, const char *migration, Err *err)
{
    bool exists;

    return journal_exists(target, &exists, err) &&
           (!exists || conn_run(target, "DELETE FROM pgbaton.migration WHERE name = $1",
                                PARAMS(migration), NULL, err));
}

void
journal_kill_point(const char *flow, const char *step, const char *moment)
{
    static const struct
    {
        const char *variable;
        int signal;
    } points[] = {{"PGBATON_KILL_AT", SIGKILL}, {"PGBATON_STOP_AT", SIGSTOP}};

    for (size_t i = 0; i < lengthof(points); i++)
    {
        const char *wanted = getenv(points[i].variable);
        cleanup_(str_release) Str here = STR_INIT;

        if (!wanted)
            continue;
        str_addf(&here, "%s.%s.%s", flow, step, moment);
        if (strcmp(wanted, here.data) != 0)
            continue;
        /* Once: what is tried again comes here again. */
        unsetenv(points[i].variable);
        kill(getpid(), points[i].signal);
    }
}

void
journal_forget_kill_points(void)
{
    unsetenv("PGBATON_KILL_AT");
    unsetenv("PGBATON_STOP_AT");
}

static StepState
parse_state(const char *state)
{
    return strcmp(state, "begun") == 0  ? STEP_BEGUN
           : strcmp(state, "done") == 0 ? STEP_DONE
                                        : STEP_UNDONE;
}

bool
journal_read_step(Conn *target, const char *migration, const char *flow, const char *step,
                  StepState *ret_state, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *state;

    if (!conn_value(
            target, &arena,
            "SELECT state FROM pgbaton.step WHERE migration = $1 AND flow = $2 AND name = $3",
            PARAMS(migration, flow, step), &state, err))
        return false;
    *ret_state = state ? parse_state(state) : STEP_NONE;
    return true;
}

bool
journal_read_steps(Conn *target, const char *migration, Arena *arena, StepRows *ret_steps, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(
            target,
            "SELECT flow, name, state, finished_at FROM pgbaton.step WHERE migration = $1 ORDER BY begun_at",
            PARAMS(migration), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_steps, arena) = (StepRow){
            .flow = arena_strdup(arena, result_text(result, row, 0)),
            .name = arena_strdup(arena, result_text(result, row, 1)),
            .state = parse_state(result_text(result, row, 2)),
            .finished_at = arena_strdup(arena, result_text(result, row, 3)),
        };
    return true;
}

bool
journal_begin_step(Conn *target, const char *migration, const char *flow, const char *step,
                   Err *err)
{
    if (!conn_run(
            target,
            "INSERT INTO pgbaton.step (migration, flow, name, state) VALUES ($1, $2, $3, 'begun')"
            " ON CONFLICT (migration, flow, name) DO UPDATE SET state = 'begun', begun_at = pg_catalog.clock_timestamp(), finished_at = NULL",
            PARAMS(migration, flow, step), NULL, err))
        return false;
    journal_kill_point(flow, step, "begun");
    return true;
}

void
journal_add_end_step(Str *sql, const char *migration, const char *flow, const char *step)
{
    sql_format(
        sql,
        "INSERT INTO pgbaton.step (migration, flow, name, state, finished_at)"
        " VALUES (%L, %L, %L, 'done', pg_catalog.clock_timestamp())"
        " ON CONFLICT (migration, flow, name) DO UPDATE SET state = 'done', finished_at = EXCLUDED.finished_at;\n",
        migration, flow, step);
}

bool
journal_end_step(Conn *target, const char *migration, const char *flow, const char *step, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    journal_add_end_step(&sql, migration, flow, step);
    return conn_exec(target, sql.data, err);
}

bool
journal_undo_flow(Conn *target, const char *migration, const char *flow, Err *err)
{
    return conn_run(target,
                    "UPDATE pgbaton.step SET state = 'undone' WHERE migration = $1 AND flow = $2",
                    PARAMS(migration, flow), NULL, err);
}
