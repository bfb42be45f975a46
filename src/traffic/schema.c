#include "traffic/schema.h"

#include "base/str.h"
#include "sql/sql.h"
#include "traffic/traffic.h"

static const char tag[] = "made by pgbaton traffic, format 1";

typedef enum SchemaState
{
    SCHEMA_ABSENT,
    SCHEMA_OURS,
    SCHEMA_FOREIGN,
} SchemaState;

bool
schema_connect(const char *conninfo, const char *purpose, Conn **ret_conn, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Server server = {.conninfo = conninfo, .application_name = "pgbaton-traffic", .option = "db"};

    *ret_conn = NULL;
    if (!conn_open(&server, NULL, purpose, &conn, err) ||
        !conn_exec(conn, "RESET default_transaction_read_only", err))
        return err_context(err, "--db");
    *ret_conn = conn;
    conn = NULL;
    return true;
}

/* *ret_lacking: a table that is missing or not ours, NULL when all are there; in the arena. */
static bool
find_state(Conn *conn, Arena *arena, SchemaState *ret_state, const char **ret_lacking, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_traffic_state, PARAMS(tag), &result, err))
        return false;
    *ret_lacking = arena_strdup(arena, result_text(result, 0, 2));
    if (!result_bool(result, 0, 0))
        *ret_state = SCHEMA_ABSENT;
    else
        *ret_state = result_bool(result, 0, 1) ? SCHEMA_OURS : SCHEMA_FOREIGN;
    return true;
}

static bool
refuse_foreign(const Conn *conn, Err *err)
{
    err_set(
        err, ERR_REFUSED,
        "schema \"pgbaton_traffic\" of database \"%s\" was not made by this version of pgbaton traffic",
        conn_dbname(conn));
    err_detail(err, "Its comment is not \"%s\".", tag);
    return err_hint(err, "Rename or drop that schema by hand, or use another database.");
}

static bool
refuse_lacking(const Conn *conn, const char *table, Err *err)
{
    err_set(err, ERR_REFUSED, "schema \"pgbaton_traffic\" of database \"%s\" is not whole",
            conn_dbname(conn));
    err_detail(err, "Table \"%s\" is missing, or lacks the comment \"%s\".", table, tag);
    return err_hint(
        err,
        "Make it anew: pgbaton traffic init --db ... --drop --yes, then pgbaton traffic init --db ...");
}

bool
schema_require(Conn *conn, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    SchemaState state = SCHEMA_ABSENT;
    const char *lacking = NULL;

    if (!find_state(conn, &arena, &state, &lacking, err))
        return false;
    switch (state)
    {
        case SCHEMA_ABSENT:
            err_set(err, ERR_REFUSED, "database \"%s\" has no schema \"pgbaton_traffic\"",
                    conn_dbname(conn));
            err_detail(err,
                       "The writers and the check use only tables that pgbaton made for them.");
            return err_hint(err, "Make them: pgbaton traffic init --db ...");
        case SCHEMA_FOREIGN:
            return refuse_foreign(conn, err);
        case SCHEMA_OURS:
            break;
    }
    return lacking ? refuse_lacking(conn, lacking, err) : true;
}

/* Opens a transaction that holds the lock, and tells the state. */
static bool
begin(const char *conninfo, Arena *arena, Conn **ret_conn, SchemaState *ret_state,
      const char **ret_lacking, Err *err)
{
    return schema_connect(conninfo, "init", ret_conn, err) && conn_exec(*ret_conn, "BEGIN", err) &&
           conn_run(*ret_conn, sql_traffic_lock, NO_PARAMS, NULL, err) &&
           find_state(*ret_conn, arena, ret_state, ret_lacking, err);
}

bool
traffic_init(const char *conninfo, bool *ret_made, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    SchemaState state = SCHEMA_ABSENT;
    const char *lacking = NULL;

    if (!begin(conninfo, &arena, &conn, &state, &lacking, err))
        return false;
    *ret_made = state == SCHEMA_ABSENT;
    if (state == SCHEMA_FOREIGN)
        return refuse_foreign(conn, err);
    if (state == SCHEMA_OURS)
        return lacking ? refuse_lacking(conn, lacking, err) : true;
    return conn_exec(conn, sql_traffic_create, err) && conn_exec(conn, "COMMIT", err);
}

bool
traffic_drop(const char *conninfo, bool *ret_dropped, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    SchemaState state = SCHEMA_ABSENT;
    const char *lacking = NULL;

    if (!begin(conninfo, &arena, &conn, &state, &lacking, err))
        return false;
    *ret_dropped = state == SCHEMA_OURS;
    if (state == SCHEMA_FOREIGN)
        return refuse_foreign(conn, err);
    if (state == SCHEMA_ABSENT)
        return true;
    return conn_run(conn, sql_traffic_drop, NO_PARAMS, NULL, err) && conn_exec(conn, "COMMIT", err);
}
