#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fence/pooler_run.h"
#include "pg/conninfo.h"
#include "pg/quote.h"

static int64_t
soon(void)
{
    return clock_ms() + CONSOLE_PATIENCE_MS;
}

PoolerPlace
pooler_place_of(const Conn *conn)
{
    return (PoolerPlace){
        .host = PQhost(conn_pg(conn)), .port = PQport(conn_pg(conn)), .dbname = conn_dbname(conn)};
}

static bool
is_console(const Conn *conn)
{
    const char *version = PQparameterStatus(conn_pg(conn), "server_version");

    return version && strstr(version, "/bouncer");
}

/* The user name may be wrong as well as the host: everything of connecting is mended at one place. */
static bool
connect_hint(Err *err)
{
    if (err->code == ERR_STOPPED)
        return false;
    return err_hint(
        err,
        "Correct \"admin\" in the config file: the host and port PgBouncer listens on, and a user of its "
        "admin_users. It must not be given PGOPTIONS.");
}

bool
pooler_connect(PoolerInstance *instance, Err *err)
{
    if (instance->conn && !conn_is_broken(instance->conn))
        return true;
    conn_close(instance->conn);
    instance->conn = NULL;
    if (!conn_open_console(&instance->server, "pgbouncer", &instance->conn, err))
        return connect_hint(err);
    if (is_console(instance->conn))
        return true;
    conn_close(instance->conn);
    instance->conn = NULL;
    err_set(err, ERR_REFUSED, "the %s is not PgBouncer's admin console", instance->server.label);
    err_detail(err, "Something else answers there to database \"pgbouncer\".");
    return connect_hint(err);
}

/* A line of SHOW CONFIG; "" if PgBouncer does not know it. */
static const char *
setting(Arena *arena, const PGresult *config, const char *key)
{
    for (int row = 0; row < PQntuples(config); row++)
        if (strcmp(PQgetvalue(config, row, 0), key) == 0)
            return arena_strdup(arena, PQgetvalue(config, row, 1));
    return "";
}

static void warn(Poolers *poolers, const char *format, ...) printf_(2, 3);

static void
warn(Poolers *poolers, const char *format, ...)
{
    cleanup_(str_release) Str s = STR_INIT;
    va_list args;

    va_start(args, format);
    str_addv(&s, format, args);
    va_end(args);
    *vec_push(&poolers->warnings, poolers->arena) = arena_strdup(poolers->arena, s.data);
}

/* "host:port/dbname" */
static const char *
shown_place(Arena *arena, const PoolerPlace *place)
{
    return arena_printf(arena, "%s:%s/%s", *place->host ? place->host : "(Unix socket)",
                        place->port, place->dbname);
}

static void
warn_of_session(Poolers *poolers, const Pooler *pooler, const PoolerInstance *instance,
                const char *name, const char *general_mode)
{
    const ConsoleDatabase *database = console_find(&instance->databases, name);
    const char *mode = database && *database->pool_mode ? database->pool_mode : general_mode;

    if (strcmp(mode, "session") != 0)
        return;
    if (pooler->config->disconnect)
        warn(poolers, "%s: the clients of \"%s\" will be disconnected", instance->server.label,
             name);
    else
        warn(
            poolers,
            "%s: \"%s\" is in session pooling, where PAUSE waits until its clients have left; set \"clients = disconnect\" "
            "in section [pooler %s] to end their connections",
            instance->server.label, name, pooler->config->name);
}

/* What PgBouncer has in memory must be what is in the file: RELOAD would bring more changes than ours. */
static bool
check_entry(const Poolers *poolers, const Pooler *pooler, const PoolerInstance *instance,
            const PoolerEntry *entry, Err *err)
{
    const ConsoleDatabase *database = console_find(&instance->databases, entry->name);

    if (poolers->move.is_recovery)
        return true;
    if (!database || !pooler_place_is(&database->place, &entry->place, pooler->forward.socket_dir))
    {
        err_set(err, ERR_REFUSED, "the %s does not have the entry \"%s\" as it is in %s:%d",
                instance->server.label, entry->name, pooler->file.path, entry->line);
        err_detail(err, "In the file it leads to %s, in PgBouncer %s%s.",
                   shown_place(poolers->arena, &entry->place), database ? "to " : "there is none",
                   database ? shown_place(poolers->arena, &database->place) : "");
        return err_hint(
            err,
            "Correct \"file\" in section [pooler %s], or have PgBouncer read its file by: RELOAD",
            pooler->config->name);
    }
    if (database->is_paused || database->is_disabled)
    {
        err_set(err, ERR_REFUSED, "the entry \"%s\" of the %s is %s already", entry->name,
                instance->server.label, database->is_paused ? "paused" : "disabled");
        err_detail(err, "Somebody else is at work on it.");
        return err_hint(err, "Wait for them, or run on its admin console: %s \"%s\"",
                        database->is_paused ? "RESUME" : "ENABLE", entry->name);
    }
    return true;
}

/* ENABLE is allowed to whom PAUSE is, and changes nothing where nothing is disabled. */
static bool
check_rights(const PoolerInstance *instance, const char *name, Err *err)
{
    cleanup_(str_release) Str command = STR_INIT;
    cleanup_(result_release) PGresult *result = NULL;

    sql_format(&command, "ENABLE %I", name);
    if (console_ask(instance->conn, command.data, soon(), &result, err))
        return true;
    err_context(err, "the %s", instance->server.label);
    if (!err->detail)
        err_detail(err, "PAUSE, RELOAD and RESUME are for users in PgBouncer's admin_users only.");
    return connect_hint(err);
}

static bool
open_lanes(const Pooler *pooler, PoolerInstance *instance, Err *err)
{
    size_t n_names = pooler->forward.names.len;

    while (instance->n_lanes < (n_names < MOST_LANES ? n_names : MOST_LANES))
    {
        if (!conn_open_console(&instance->server, "pgbouncer", &instance->lanes[instance->n_lanes],
                               err))
            return connect_hint(err);
        instance->n_lanes++;
    }
    return true;
}

static bool
look_at_databases(Arena *arena, PoolerInstance *instance, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    return console_ask(instance->conn, "SHOW DATABASES", soon(), &result, err) &&
           console_databases(arena, result, &instance->databases, err);
}

/* An entry that clients use and that is not in our file, such as one made by the fallback. */
static void
warn_of_others(Poolers *poolers, const Pooler *pooler, const PoolerInstance *instance,
               const PoolerEntries *entries)
{
    if (pooler->config->databases.len > 0 || poolers->move.is_recovery)
        return;
    for (size_t i = 0; i < instance->databases.len; i++)
    {
        const ConsoleDatabase *database = &instance->databases.items[i];

        if (!pooler_text_find(entries, database->name) &&
            pooler_place_is(&database->place, &pooler->forward.from, pooler->forward.socket_dir))
            warn(
                poolers,
                "%s: \"%s\" leads to the same database, but is no entry of \"%s\": its clients are not moved",
                instance->server.label, database->name, pooler->file.path);
    }
}

static bool
look_at_settings(Poolers *poolers, Pooler *pooler, PoolerInstance *instance, const char **ret_mode,
                 Err *err)
{
    cleanup_(result_release) PGresult *config = NULL;
    int64_t wait_s;

    if (!console_ask(instance->conn, "SHOW CONFIG", soon(), &config, err))
        return false;
    *ret_mode = setting(poolers->arena, config, "pool_mode");
    pooler->forward.socket_dir = pooler->backward.socket_dir =
        setting(poolers->arena, config, "unix_socket_dir");
    instance->login_retry = setting(poolers->arena, config, "server_login_retry");
    wait_s = strtoll(setting(poolers->arena, config, "query_wait_timeout"), NULL, 10);
    if (wait_s > 0 && wait_s * 1000 <= poolers->move.pause_ms)
        warn(poolers,
             "%s: its query_wait_timeout of %lld s may end connections that wait in the pause",
             instance->server.label, (long long)wait_s);
    return true;
}

/* Is the entry one of those that serve the migrated database on the side the writes leave (or have left)? */
static bool
is_ours(const Poolers *poolers, const Pooler *pooler, const PoolerEntry *entry)
{
    const char *socket_dir = pooler->forward.socket_dir;
    bool is_there = pooler_place_is(&entry->place, &pooler->forward.to, socket_dir);

    if (!entry->is_valid || strcmp(entry->name, "*") == 0)
        return false;
    if (pooler_place_is(&entry->place, &pooler->forward.from, socket_dir))
        return true;
    if (!poolers->move.is_recovery || !is_there)
        return false;
    /* One that leads there for reasons of its own is left alone: it was never paused. */
    for (size_t i = 0; i < pooler->instances.len; i++)
    {
        const ConsoleDatabase *database =
            console_find(&pooler->instances.items[i].databases, entry->name);

        if (database && (database->is_paused ||
                         pooler_place_is(&database->place, &pooler->forward.from, socket_dir)))
            return true;
    }
    return pooler->config->databases.len > 0;
}

static bool
is_chosen(const PoolerConfig *config, const char *name)
{
    for (size_t i = 0; i < config->databases.len; i++)
        if (strcmp(config->databases.items[i], name) == 0)
            return true;
    return config->databases.len == 0;
}

static bool
refuse_place(const Poolers *poolers, const Pooler *pooler, const PoolerEntry *entry, Err *err)
{
    const char *side = poolers->move.is_rollback ? "target" : "source";

    err_set(err, ERR_REFUSED, "the entry \"%s\" at %s:%d does not lead to the %s", entry->name,
            pooler->file.path, entry->line, side);
    err_detail(err, "It leads to %s, not to %s.", shown_place(poolers->arena, &entry->place),
               shown_place(poolers->arena, &pooler->forward.from));
    return err_hint(
        err, "Set %s_host and %s_port in section [pooler %s] to what PgBouncer uses for the %s.",
        side, side, pooler->config->name, side);
}

/* Nothing was found to be moved: is that as it should be? */
static bool
explain_none(Poolers *poolers, const Pooler *pooler, const PoolerEntries *entries, Err *err)
{
    const PoolerPlace *from = &pooler->forward.from;
    const PoolerEntry *fallback = pooler_text_find(entries, "*");

    const PoolerEntry *elsewhere = NULL;

    for (size_t i = 0; i < entries->len; i++)
    {
        const PoolerEntry *entry = &entries->items[i];

        if (!entry->is_valid || entry == fallback || !is_chosen(pooler->config, entry->name))
            continue;
        if (pooler_place_is(&entry->place, &pooler->forward.to, pooler->forward.socket_dir))
        {
            warn(poolers, "pooler \"%s\": the entry \"%s\" leads to the new place already",
                 pooler->config->name, entry->name);
            return true;
        }
        if (!elsewhere && strcmp(entry->place.dbname, from->dbname) == 0)
            elsewhere = entry;
    }
    if (elsewhere)
        return refuse_place(poolers, pooler, elsewhere, err);
    if (fallback)
    {
        err_set(err, ERR_REFUSED, "\"%s\" has no entry of its own for database \"%s\"",
                pooler->file.path, from->dbname);
        err_detail(err,
                   "Line %d, \"*\", stands for all databases, which cannot be moved one by one.",
                   fallback->line);
        return err_hint(err, "Write an entry for it, then run on the admin console: RELOAD");
    }
    warn(poolers, "pooler \"%s\": \"%s\" has no entry for database \"%s\"", pooler->config->name,
         pooler->file.path, from->dbname);
    return true;
}

static bool
choose_entries(Poolers *poolers, Pooler *pooler, const PoolerEntries *entries, Err *err)
{
    VEC(const char *) names = {0};
    StringList chosen = pooler->config->databases;

    for (size_t i = 0; i < chosen.len; i++)
        if (!pooler_text_find(entries, chosen.items[i]))
        {
            err_set(err, ERR_REFUSED, "\"%s\" has no entry \"%s\"", pooler->file.path,
                    chosen.items[i]);
            err_detail(err, "Section [pooler %s] names it.", pooler->config->name);
            return err_hint(err, "Correct \"databases\" or \"file\" in the config file.");
        }
    for (size_t i = 0; i < entries->len; i++)
    {
        const PoolerEntry *entry = &entries->items[i];

        if (pooler_text_find(entries, entry->name) == entry &&
            is_chosen(pooler->config, entry->name) && is_ours(poolers, pooler, entry))
            *vec_push(&names, poolers->arena) = entry->name;
    }
    pooler->forward.names = pooler->backward.names = (StringList){names.items, names.len};
    return names.len > 0 || poolers->move.is_recovery ||
           explain_none(poolers, pooler, entries, err);
}

static bool
check_instance(Poolers *poolers, const Pooler *pooler, PoolerInstance *instance,
               const PoolerEntries *entries, const char *mode, Err *err)
{
    const StringList *names = &pooler->forward.names;

    for (size_t i = 0; i < names->len; i++)
    {
        if (!check_entry(poolers, pooler, instance, pooler_text_find(entries, names->items[i]),
                         err))
            return false;
        warn_of_session(poolers, pooler, instance, names->items[i], mode);
    }
    warn_of_others(poolers, pooler, instance, entries);
    return poolers->move.is_recovery || names->len == 0 ||
           (check_rights(instance, names->items[0], err) && open_lanes(pooler, instance, err));
}

/* How this section reaches a side: what it says, else what pgbaton does. */
static PoolerPlace
side_place(const PoolerSide *side, const PoolerPlace *ours, const char *dbname)
{
    return (PoolerPlace){
        .host = *side->host ? side->host : ours->host,
        .port = *side->port ? side->port : ours->port,
        .dbname = *dbname ? dbname : ours->dbname,
    };
}

static void
start_pooler(Poolers *poolers, Pooler *pooler, const PoolerConfig *config)
{
    const PoolerMove *move = &poolers->move;
    PoolerPlace source = side_place(&config->source, &move->source, "");
    PoolerPlace target = side_place(&config->target, &move->target, config->target_dbname);

    pooler->config = config;
    pooler->forward.from = pooler->backward.to = move->is_rollback ? target : source;
    pooler->forward.to = pooler->backward.from = move->is_rollback ? source : target;
    pooler->forward.socket_dir = pooler->backward.socket_dir = "";
    for (size_t i = 0; i < config->admin.len; i++)
    {
        const char *host = conninfo_value(poolers->arena, config->admin.items[i], "host");
        const char *port = conninfo_value(poolers->arena, config->admin.items[i], "port");

        vec_push(&pooler->instances, poolers->arena)->server = (Server){
            .conninfo = config->admin.items[i],
            .application_name = move->application_name,
            .option = "pooler",
            .label = arena_printf(poolers->arena, "pooler \"%s\" at %s:%s", config->name,
                                  *host ? host : "(default host)", *port ? port : "(default port)"),
        };
    }
}

static bool
look_at_instances(Poolers *poolers, Pooler *pooler, const char **modes, Err *err)
{
    for (size_t i = 0; i < pooler->instances.len; i++)
    {
        PoolerInstance *instance = &pooler->instances.items[i];
        cleanup_(err_release) Err failure = {0};

        modes[i] = "";
        if (pooler_connect(instance, &failure) &&
            look_at_settings(poolers, pooler, instance, &modes[i], &failure) &&
            look_at_databases(poolers->arena, instance, &failure))
            continue;
        if (!failure.detail)
            err_detail(&failure, "It comes from the %s.", instance->server.label);
        if (!failure.hint)
            err_hint(&failure, "See whether that PgBouncer works: its log tells.");
        if (!poolers->move.is_recovery || failure.code == ERR_STOPPED)
            return err_move(err, &failure);
        warn(poolers, "%s", failure.message);
    }
    return true;
}

static bool
open_pooler(Poolers *poolers, Pooler *pooler, Err *err)
{
    const char **modes = arena_alloc(poolers->arena, (pooler->instances.len + 1) * sizeof(*modes));
    const char *suffix = arena_printf(poolers->arena, "pgbaton-%s-%zu", poolers->move.migration,
                                      (size_t)(pooler - poolers->poolers.items));
    PoolerEntries entries;

    if (!look_at_instances(poolers, pooler, modes, err) ||
        !pooler_file_open(poolers->arena, pooler->config->file, suffix, &pooler->file, err))
        return false;
    if (!pooler_text_read(poolers->arena, pooler->file.text, pooler->file.n_bytes,
                          pooler->file.path, &entries, err) ||
        !choose_entries(poolers, pooler, &entries, err))
        return false;
    for (size_t i = 0; i < pooler->instances.len; i++)
        if (!check_instance(poolers, pooler, &pooler->instances.items[i], &entries, modes[i], err))
            return false;
    return pooler->forward.names.len == 0 || poolers->move.is_recovery ||
           pooler_file_stage(&pooler->file, &pooler->forward, err);
}

bool
poolers_open(const PoolerMove *move, Arena *arena, Poolers **ret_poolers, Err *err)
{
    Poolers *poolers;

    *ret_poolers = NULL;
    if (move->n_sections == 0)
        return true;
    poolers = arena_alloc(arena, sizeof(*poolers));
    poolers->arena = arena;
    poolers->move = *move;
    poolers->is_begun = move->is_recovery;
    for (size_t i = 0; i < move->n_sections; i++)
        start_pooler(poolers, vec_push(&poolers->poolers, arena), &move->sections[i]);
    for (size_t i = 0; i < poolers->poolers.len; i++)
        if (!open_pooler(poolers, &poolers->poolers.items[i], err))
        {
            poolers_close(poolers);
            return false;
        }
    *ret_poolers = poolers;
    return true;
}
