/*
 * `pgbaton sync`: what was created on the source since the migration began joins it.
 */
#include "flow/sync.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/redact.h"
#include "cmd/commands.h"
#include "cmd/json.h"
#include "cmd/observer.h"

/* What came of one database, for both renderers. */
typedef struct Outcome
{
    const char *database;
    const char *target;
    const char *outcome; /* planned, unchanged, refused, synced */
    SyncLook look;
    const char *sql; /* of a dry run; NULL */
    int64_t duration_ms;
} Outcome;

static const char *
change_name(DriftKind kind)
{
    static const char *const names[] = {
        [DRIFT_ADDED] = "added", [DRIFT_DROPPED] = "dropped", [DRIFT_CHANGED] = "changed"};

    return names[kind];
}

static json_t *
finding_json(const SyncFinding *f)
{
    return json_pack("{s:s, s:o, s:o, s:s, s:s, s:b, s:o, s:o}", "kind", f->drift->object_kind,
                     "schema", json_text(f->drift->schema), "name", json_text(f->drift->name),
                     "change", change_name(f->drift->kind), "action", sync_action_name(f->action),
                     "drops_table", f->drops_table, "ddl", json_text(f->ddl), "reason",
                     json_text(f->reason));
}

static json_t *
outcome_json(const Outcome *o)
{
    json_t *objects = json_array();
    json_t *document;

    for (size_t i = 0; i < o->look.findings.len; i++)
        json_array_append_new(objects, finding_json(&o->look.findings.items[i]));
    document = json_pack("{s:o, s:o, s:s, s:b, s:o, s:I}", "database", json_text(o->database),
                         "target_database", json_text(o->target), "outcome", o->outcome, "resumed",
                         o->look.is_unfinished, "objects", objects, "duration_ms",
                         (json_int_t)o->duration_ms);
    if (o->sql)
        json_object_set_new(document, "sql", json_text(o->sql));
    return document;
}

static void
print_finding(const SyncFinding *f)
{
    static const char *const texts[] = {
        [SYNC_BRING] = "joins the migration",
        [SYNC_JOIN] = "is on the target already and joins the migration",
        [SYNC_RENAME] = "has the same new name on the target",
        [SYNC_ACCEPT] = "is the same on the target",
        [SYNC_FORGET] = "is gone from the source and not followed any more",
        [SYNC_REFUSE] = "has to be made so on the target first"};

    printf("  %s \"%s\" was %s: %s%s\n", f->drift->object_kind, f->drift->object,
           change_name(f->drift->kind), texts[f->action],
           f->drops_table             ? "; the target's is dropped"
           : f->action == SYNC_FORGET ? "; the target keeps it (--yes drops tables)"
                                      : "");
    if (f->reason)
        printf("    %s\n", f->reason);
    if (f->ddl)
        printf("%s", f->ddl);
}

/* By the first letter of its word. */
static bool
is_outcome(const Outcome *outcome, char letter)
{
    return outcome->outcome && *outcome->outcome == letter;
}

static void
print_outcome(const Outcome *o)
{
    cleanup_(str_release) Str line = STR_INIT;

    str_addf(&line, "database \"%s\": ", o->database);
    if (is_outcome(o, 's'))
    {
        str_addf(&line, "%zu changes of the schema taken in, ready to switch over, in ",
                 o->look.findings.len);
        clock_add_duration(&line, o->duration_ms);
    }
    else
        str_addf(&line, "%s",
                 is_outcome(o, 'u')   ? "nothing to do: the schema is the one that was migrated"
                 : is_outcome(o, 'r') ? "refused, nothing was changed"
                                      : "would be brought up to date");
    puts(line.data);
    for (size_t i = 0; i < o->look.findings.len; i++)
        print_finding(&o->look.findings.items[i]);
    if (o->sql)
    {
        cleanup_(mem_free_pointer) char *shown = redact(o->sql);

        fputs(shown, stdout);
    }
}

static SyncOptions
sync_options(const CommandContext *context)
{
    return (SyncOptions){.may_drop = context->config->yes,
                         .accepts_changed = option_flag(context->options, "accept-changed")};
}

/* Before anything is changed in any of the databases. */
static bool
look_at(const CommandContext *context, const char *database, Outcome *ret_outcome, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    SyncOptions options = sync_options(context);
    SyncLook *look = &ret_outcome->look;
    Flow flow;
    bool ok = flow_open(&flow, context->config, &command_observer, context->arena, database,
                        FLOW_LOOK, err) &&
              sync_look(&flow, &options, look, err);

    *ret_outcome = (Outcome){.database = database, .target = flow.target_dbname, .look = *look};
    if (ok)
        ret_outcome->outcome = sync_count(&look->findings, SYNC_REFUSE) > 0    ? "refused"
                               : look->drifts.len == 0 && !look->is_unfinished ? "unchanged"
                                                                               : "planned";
    if (ok && context->config->dry_run && is_outcome(ret_outcome, 'p'))
    {
        ok = sync_plan(&flow, &options, &sql, err);
        ret_outcome->sql = arena_strdup(context->arena, sql.data);
    }
    flow_close(&flow);
    return ok || err_context(err, "database \"%s\"", database);
}

static bool
sync_database(const CommandContext *context, Outcome *outcome, Err *err)
{
    SyncOptions options = sync_options(context);
    int64_t start = clock_ms();
    Flow flow;
    bool ok = flow_open(&flow, context->config, &command_observer, context->arena,
                        outcome->database, FLOW_WORK, err) &&
              sync_run(&flow, &options, &outcome->look, err);

    observer_end();
    flow_close(&flow);
    outcome->outcome = "synced";
    outcome->duration_ms = clock_ms() - start;
    return ok || err_context(err, "database \"%s\"", outcome->database);
}

static void
report(const CommandContext *context, const Outcome *outcomes, size_t n)
{
    cleanup_(json_release) json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        if (context->config->json)
            json_array_append_new(list, outcome_json(&outcomes[i]));
        else
            print_outcome(&outcomes[i]);
    if (context->config->json)
        json_print(
            json_pack("{s:s, s:O}", "migration", context->config->migration, "databases", list));
}

static bool
refuse(const CommandContext *context, const Outcome *outcomes, size_t n, Err *err)
{
    size_t n_refused = 0;
    const char *database = NULL;

    for (size_t i = 0; i < n; i++)
        if (is_outcome(&outcomes[i], 'r'))
        {
            n_refused += sync_count(&outcomes[i].look.findings, SYNC_REFUSE);
            database = outcomes[i].target;
        }
    if (n_refused == 0)
        return true;
    err_set(err, ERR_REFUSED,
            "%zu changes of the source's schema have to be made on the target first", n_refused);
    err_detail(err, "They are shown above, with the DDL as far as it can be told; nothing was "
                    "changed in any database.");
    return err_hint(err,
                    "On the target's server: PGOPTIONS='-c default_transaction_read_only=off' psql "
                    "-d '%s', then run this again: pgbaton sync%s",
                    database, context->config->yes ? " --yes" : "");
}

static bool
run(const CommandContext *context, Err *err)
{
    const Config *config = context->config;
    StringList databases = {0};
    Outcome *outcomes;
    bool refused = false;

    if (!flow_databases(config, context->arena, &databases, err))
        return false;
    outcomes = arena_alloc(context->arena, (databases.len + 1) * sizeof(*outcomes));
    for (size_t i = 0; i < databases.len; i++)
    {
        if (!look_at(context, databases.items[i], &outcomes[i], err))
            return false;
        refused = refused || is_outcome(&outcomes[i], 'r');
    }
    for (size_t i = 0; i < databases.len && !refused && !config->dry_run; i++)
        if (is_outcome(&outcomes[i], 'p') && !sync_database(context, &outcomes[i], err))
            return false;
    report(context, outcomes, databases.len);
    return refuse(context, outcomes, databases.len, err);
}

static const Option options[] = {
    {.name = "accept-changed",
     .type = OPTION_FLAG,
     .help = "take differences that lose no row (of views, functions, grants, defaults) as brought "
             "over by hand"},
    {.name = NULL},
};

const Command command_sync = {
    .name = "sync",
    .arguments = "",
    .summary = "bring tables created since the migration began into it",
    .description =
        "Tables (with their sequences, indexes and constraints), views, functions, types and "
        "whatever else was created on the source since the schema was read are made on the target. The tables become a group "
        "of their own, with a publication, slot and subscription, and are copied while both sides are in use, as migrate does it; "
        "the include and exclude patterns hold. It ends when the migration is ready to switch over again, may be killed and run again, "
        "and refuses once the writes have moved.\n\n"
        "What was changed in tables that exist is not made by sync: each object is shown with the DDL for the target, as far as it "
        "can be told simply (pgbaton schema diff tells all), the exit code is 3 and nothing is changed. When the target has the same, sync "
        "accepts it. Tables that were dropped on the source are not followed any more; the target keeps "
        "them, unless --yes is given, which drops them there.",
    .examples = "pgbaton -c shop.conf sync --dry-run\npgbaton -c shop.conf sync",
    .options = options,
    .settings = "migration databases jobs index-jobs chunk-size rate-limit include exclude "
                "max-wal-retained slot-timeout pg-bindir",
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run,
};
