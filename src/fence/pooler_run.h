/* What the two halves of fence/pooler.h share: pooler_open.c builds it, pooler.c runs it. */
#ifndef PGBATON_FENCE_POOLER_RUN_H
#define PGBATON_FENCE_POOLER_RUN_H

#include "fence/console.h"
#include "fence/pooler.h"
#include "fence/pooler_file.h"

enum
{
    CONSOLE_PATIENCE_MS = 5000, /* for an answer that no client can delay */
    SETTLE_PATIENCE_MS = 2000, /* the same in the pause, where the others wait for one that hangs */
    MOST_LANES = 8
};

/* One PgBouncer. */
typedef struct PoolerInstance
{
    Server server;
    Conn *conn;              /* for all but PAUSE; NULL: not connected */
    Conn *lanes[MOST_LANES]; /* one PAUSE at a time each, as one that waits blocks its session */
    size_t n_lanes;
    ConsoleDatabases databases; /* as last seen */
    const char *login_retry;    /* its server_login_retry */
    bool is_hurried;            /* that is 0 at the moment */
    bool is_redirected;         /* a RELOAD is on its way, its answer not read yet */
    bool is_done;               /* in the present settling */
    bool is_reloaded;           /* or cannot be, as there is no new file */
    bool is_reconnected;
    Err failure; /* in the present settling */
} PoolerInstance;

/* One section. */
typedef struct Pooler
{
    const PoolerConfig *config;
    PoolerFile file;
    PoolerChange forward; /* its names are the entries that are to be moved */
    PoolerChange backward;
    Err file_failure; /* in the present settling */
    VEC(PoolerInstance) instances;
} Pooler;

struct Poolers
{
    Arena *arena;
    PoolerMove move;
    VEC(Pooler) poolers;
    VEC(const char *) warnings;
    bool is_begun; /* something may be paused or moved */
};

/* Opens a session of the admin console, or the one there is if it works. */
bool pooler_connect(PoolerInstance *instance, Err *err) must_check;

#endif
