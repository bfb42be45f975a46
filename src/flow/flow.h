/*
 * What every flow over one database shares: its two servers, its sessions, its lock and its journal; and the walk over a table of steps.
 */
#ifndef PGBATON_FLOW_FLOW_H
#define PGBATON_FLOW_FLOW_H

#include "base/arena.h"
#include "config/config.h"
#include "copy/copy.h"
#include "journal/journal.h"
#include "pg/conn.h"

/* How a flow tells its caller what it is doing; every member may be NULL. */
typedef struct FlowObserver
{
    void (*step)(void *context, const char *database, const char *step, const char *title,
                 bool is_done, int64_t duration_ms);
    void (*note)(void *context, const char *database, const char *text);
    void (*warning)(void *context, const char *database, const char *text);
    /* During the copy, several times a second. counters: what this process has moved since start_ms, more than is committed. */
    void (*progress)(void *context, const char *database, const Progress *progress,
                     const CopyCounters *counters, int64_t start_ms);
    void *context;
} FlowObserver;

typedef struct Flow
{
    Arena *arena; /* lives as long as the flow */
    const Config *config;
    const FlowObserver *observer;
    Server source;
    Server target;
    const char *dbname; /* on the source */
    const char *target_dbname;
    Conn *src; /* autocommit sessions of the flow itself */
    Conn *dst; /* holds the migration's lock, as src does on the source */
    MigrationRow migration;
    bool is_recorded;    /* the migration's row is in the journal */
    int patience_ms;     /* of both sessions and those that replace them, see conn_set_patience */
    struct Pause *pause; /* of a switchover or rollback under way, see pause.h; NULL: of none */
    struct Sync *sync;   /* of a sync under way, see sync.h; NULL: of none */
} Flow;

typedef enum FlowMode
{
    FLOW_LOOK,   /* takes no lock and changes nothing */
    FLOW_JOIN,   /* takes no lock: another pgbaton holds it */
    FLOW_WORK,   /* holds the migration's lock on both sides */
    FLOW_CREATE, /* the same, and makes the target database if it is not there */
} FlowMode;

/* One journaled unit. A table of these, ended by a row without a name, is a flow. */
typedef struct Step
{
    const char *name;  /* in the journal and in PGBATON_KILL_AT; [a-z_]+ */
    const char *title; /* for people */
    bool (*run)(Flow *flow, Err *err);
    /* Journals its own outcome, in the transaction of its effect. */
    bool ends_itself;
    /* Run again even if the journal says done: what it establishes does not outlive the process (a lock), or costs nothing to look at again. */
    bool always;
    /* Part of the write pause: not journaled step by step, as it is run again by whoever finds the pause unfinished; it is timed instead. */
    bool in_pause;
} Step;

/* The databases that the config names: for "*" the source is asked. */
bool flow_databases(const Config *config, Arena *arena, StringList *ret_databases,
                    Err *err) must_check;

/*
 * Connects to both sides of one database and reads the journal. ERR_BUSY when another pgbaton holds the lock. flow_close ends it; also after a failure.
 */
bool flow_open(Flow *flow, const Config *config, const FlowObserver *observer, Arena *arena,
               const char *dbname, FlowMode mode, Err *err) must_check;
void flow_close(Flow *flow);

/* Opens the sessions again after a server went away, waiting up to a minute for it; takes the lock again. */
bool flow_reconnect(Flow *flow, Err *err) must_check;

/* How long both servers may be silent, from now on. */
void flow_set_patience(Flow *flow, int patience_ms);

/* A session of a database that every cluster has, from which another one can be looked for. */
bool flow_open_maintenance(const Server *server, Conn **ret_conn, Err *err) must_check;

/* Makes the target's database as the source's is, if it is not there; without its owner where that role is not there. Needs src, target, target_dbname. */
bool flow_create_database(Flow *flow, Err *err) must_check;

/* Is there a journal of the migration in that database of the target? Not if there is no such database. */
bool flow_has_begun(const Config *config, Arena *arena, const char *dbname, bool *ret_begun,
                    Err *err) must_check;

/* The parts of flow_open: the lock on one side (ERR_BUSY), and ending what a killed pgbaton left running on both. */
bool flow_take_lock(Flow *flow, Conn *conn, Err *err) must_check;
bool flow_end_leftovers(Flow *flow, Err *err) must_check;

/* Walks the table: runs what the journal does not say is done. */
bool flow_run(Flow *flow, const char *flow_name, const Step *steps, Err *err) must_check;

/* The name of the target's database for a source database. */
const char *flow_target_dbname(const Config *config, Arena *arena, const char *dbname);

/* pgbaton_<migration>_<database oid>_<suffix>: of publications, slots and subscriptions. In the flow's arena. */
const char *flow_object_name(Flow *flow, const char *suffix);
/* marker_<migration>_<suffix>: the marker table in schema pgbaton. */
const char *flow_marker_name(Flow *flow, const char *suffix);
/* The comment that tags an object as this migration's. */
const char *flow_tag(Flow *flow);

/* The flow's session and the database of a side. */
Conn *flow_conn(const Flow *flow, Side side);
const char *flow_database(const Flow *flow, Side side);
const Server *flow_server(const Flow *flow, Side side);

/* How the other server reaches this one, with its password; for subscriptions. In the flow's arena. */
const char *flow_publisher_conninfo(Flow *flow, Side publisher);

/*
 * Was this side made read-only by a switchover (the source) or a rollback (the target) of this migration? That was its point of no
 * return; it is over when the other side is opened.
 */
bool flow_is_closed(Flow *flow, Side side, bool *ret_closed, Err *err) must_check;

void flow_note(Flow *flow, const char *format, ...) printf_(2, 3);
void flow_warning(Flow *flow, const char *format, ...) printf_(2, 3);

#endif
