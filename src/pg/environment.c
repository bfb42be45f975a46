#include "pg/environment.h"

#include <string.h>

#include "pg/conninfo.h"

void
environment_add(Arena *arena, Environment *environment, const char *name, const char *value)
{
    *vec_push(environment, arena) =
        value ? arena_printf(arena, "%s=%s", name, value) : arena_strdup(arena, name);
}

/* What a connection string that leads to this very server holds: the rest is out of date, or of pgbaton's own session. */
static void
add_options(Arena *arena, Environment *environment, const Conn *conn)
{
    static const struct
    {
        const char *keyword;
        const char *variable;
    } options[] = {
        {"sslmode", "PGSSLMODE"},
        {"sslrootcert", "PGSSLROOTCERT"},
        {"sslcert", "PGSSLCERT"},
        {"sslkey", "PGSSLKEY"},
        {"sslcrl", "PGSSLCRL"},
        {"requirepeer", "PGREQUIREPEER"},
        {"krbsrvname", "PGKRBSRVNAME"},
        {"gsslib", "PGGSSLIB"},
        {"password", "PGPASSWORD"},
        {"service", "PGSERVICE"},
        {"options", "PGOPTIONS"},
        {"hostaddr", "PGHOSTADDR"},
        {"connect_timeout", "PGCONNECT_TIMEOUT"},
        {"target_session_attrs", "PGTARGETSESSIONATTRS"},
    };
    const char *conninfo = conninfo_of_connection(arena, conn_pg(conn), false);

    for (size_t i = 0; i < lengthof(options); i++)
    {
        const char *value = conninfo_value(arena, conninfo, options[i].keyword);

        environment_add(arena, environment, options[i].variable, *value ? value : NULL);
    }
}

void
environment_add_libpq(Arena *arena, Environment *environment, const Conn *conn)
{
    PGconn *pg = conn_pg(conn);

    environment_add(arena, environment, "PGHOST", PQhost(pg));
    environment_add(arena, environment, "PGPORT", PQport(pg));
    environment_add(arena, environment, "PGDATABASE", conn_dbname(conn));
    environment_add(arena, environment, "PGUSER", PQuser(pg));
    add_options(arena, environment, conn);
}

const char *
environment_side_name(Arena *arena, Side side, const char *what)
{
    return arena_printf(arena, "PGBATON_%s_%s", side == SIDE_SOURCE ? "SOURCE" : "TARGET", what);
}

void
environment_add_side(Arena *arena, Environment *environment, Side side, const Conn *conn)
{
    PGconn *pg = conn ? conn_pg(conn) : NULL;
    const struct
    {
        const char *what;
        const char *value;
    } rows[] = {
        {"HOST", conn ? PQhost(pg) : NULL},
        {"PORT", conn ? PQport(pg) : NULL},
        {"DBNAME", conn ? conn_dbname(conn) : NULL},
        {"USER", conn ? PQuser(pg) : NULL},
    };

    for (size_t i = 0; i < lengthof(rows); i++)
        environment_add(arena, environment, environment_side_name(arena, side, rows[i].what),
                        rows[i].value);
}
