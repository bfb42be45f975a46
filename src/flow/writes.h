/*
 * Stopping and resuming the writes of one side, with or without a migration, by the read-only fence (fence/readonly.h).
 *
 * A pause lasts until it is resumed, or for a time, after which the server resumes by itself. ERR_BUSY when another pgbaton is pausing or
 * resuming the same database.
 */
#ifndef PGBATON_FLOW_WRITES_H
#define PGBATON_FLOW_WRITES_H

#include "config/config.h"
#include "fence/readonly.h"

typedef struct WritesState
{
    const char *database; /* on its own side */
    Side side;
    /*
     * open; paused: by `writes pause`; pausing: by a switchover that has not passed its point of no return; closed: by one that has; guarded: the target
     * before its switchover; read-only: by something else
     */
    const char *state;
    const char *migration; /* of pausing, closed and guarded */
    ReadonlyState fence;
} WritesState;

typedef struct WritesPause
{
    WritesState state; /* afterwards */
    EndedSessions ended;
} WritesPause;

/* Databases of that side: those of the config by their names there, else the one its conninfo names; for "*" the server is asked. */
bool writes_databases(const Config *config, Side side, Arena *arena, StringList *ret_databases,
                      Err *err) must_check;

bool writes_read(const Config *config, Side side, const char *database, Arena *arena,
                 WritesState *ret_state, Err *err) must_check;

/*
 * All databases or none: when one cannot be paused, those before are resumed. for_ms 0: until resumed. ret_pauses has as many
 * elements as there are databases. Sessions of this migration's pgbatons are not ended.
 */
bool writes_pause(const Config *config, Side side, const StringList *databases, int for_ms,
                  int timeout_ms, bool revoke_connect, Arena *arena, WritesPause *ret_pauses,
                  Err *err) must_check;

/* Puts back what the pause has changed. *ret_was_paused false: there was nothing to do. ERR_REFUSED where a migration keeps it read-only. */
bool writes_resume(const Config *config, Side side, const char *database, Arena *arena,
                   bool *ret_was_paused, Err *err) must_check;

/* The statements of either, for a dry run, each ended by a semicolon and a newline. The same refusals. */
bool writes_plan_pause(const Config *config, Side side, const char *database, bool revoke_connect,
                       Arena *arena, Str *ret_sql, Err *err) must_check;
bool writes_plan_resume(const Config *config, Side side, const char *database, Arena *arena,
                        Str *ret_sql, Err *err) must_check;

#endif
