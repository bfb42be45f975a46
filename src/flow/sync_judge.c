#include "flow/sync_judge.h"

#include <stdlib.h>
#include <string.h>

#include "pg/quote.h"
#include "sql/sql.h"

typedef struct Judge
{
    Flow *flow;
    const SyncOptions *options;
    Arena *arena;
    Drifts there; /* all that the target has, sorted */
    RelationRows relations;
} Judge;

/* The columns of sql_flow_sync_parts. */
enum
{
    PART,
    NAME,
    OF_COLUMN,
    DEFINITION,
    MAKE,
    REMOVE,
    IS_DATA
};

/* What differs of one table. */
typedef struct Difference
{
    Str ddl;
    bool any;
    bool in_data; /* it loses rows, or stops the stream */
} Difference;

static void
difference_release(Difference *difference)
{
    str_release(&difference->ddl);
}

const char *
sync_action_name(SyncAction action)
{
    static const char *const names[] = {
        [SYNC_BRING] = "added",     [SYNC_JOIN] = "joined",      [SYNC_RENAME] = "renamed",
        [SYNC_ACCEPT] = "accepted", [SYNC_FORGET] = "forgotten", [SYNC_REFUSE] = "refused"};

    return names[action];
}

size_t
sync_count(const SyncFindings *findings, SyncAction action)
{
    size_t n = 0;

    for (size_t i = 0; i < findings->len; i++)
        n += findings->items[i].action == action;
    return n;
}

static int
compare_objects(const void *a, const void *b)
{
    const Drift *x = a;
    const Drift *y = b;
    int order = strcmp(x->object_kind, y->object_kind);

    if (order == 0)
        order = strcmp(x->schema, y->schema);
    return order ? order : strcmp(x->name, y->name);
}

/* The object of the same kind and name on the target; NULL if there is none. */
static const Drift *
on_target(const Judge *judge, const Drift *drift)
{
    return judge->there.len == 0 ? NULL
                                 : bsearch(drift, judge->there.items, judge->there.len,
                                           sizeof(Drift), compare_objects);
}

static const RelationRow *
relation_by_oid(const Judge *judge, uint32_t oid)
{
    for (size_t i = 0; i < judge->relations.len; i++)
        if (judge->relations.items[i].source_oid == oid &&
            strcmp(judge->relations.items[i].kind, "large objects") != 0)
            return &judge->relations.items[i];
    return NULL;
}

static const RelationRow *
relation_by_name(const Judge *judge, const char *schema, const char *name)
{
    for (size_t i = 0; i < judge->relations.len; i++)
        if (strcmp(judge->relations.items[i].schema, schema) == 0 &&
            strcmp(judge->relations.items[i].name, name) == 0)
            return &judge->relations.items[i];
    return NULL;
}

static bool
has_rows(Judge *judge, const Drift *table, bool *ret_rows, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;
    const char *value;

    sql_format(&sql, "SELECT EXISTS (SELECT FROM ONLY %Q)", table->schema, table->name);
    if (!conn_value(judge->flow->dst, judge->arena, sql.data, NO_PARAMS, &value, err))
        return false;
    *ret_rows = *value == 't';
    return true;
}

/* The row of that part and name; -1 if there is none. */
static int
find_part(const PGresult *parts, const char *part, const char *name)
{
    for (int row = 0; row < PQntuples(parts); row++)
        if (strcmp(result_text(parts, row, PART), part) == 0 &&
            strcmp(result_text(parts, row, NAME), name) == 0)
            return row;
    return -1;
}

static void
add_statement(Difference *difference, const PGresult *parts, int row, int column)
{
    const char *sql = result_text(parts, row, column);

    if (sql)
        str_addf(&difference->ddl, "%s;\n", sql);
    else
        str_addf(&difference->ddl, "-- %s %s: see pgbaton schema diff\n",
                 result_text(parts, row, PART), result_text(parts, row, NAME));
    difference->any = true;
    difference->in_data = difference->in_data || result_bool(parts, row, IS_DATA);
}

/* Comes, or goes, with its column, which the other side has not. */
static bool
goes_with_column(const PGresult *parts, int row, const PGresult *others)
{
    const char *column = result_text(parts, row, OF_COLUMN);

    return column && find_part(others, "column", column) < 0;
}

/* From the target's parts to the source's. */
static void
compare_parts(const PGresult *here, const PGresult *there, Difference *difference)
{
    for (int row = 0; row < PQntuples(there); row++)
        if (find_part(here, result_text(there, row, PART), result_text(there, row, NAME)) < 0 &&
            !goes_with_column(there, row, here))
            add_statement(difference, there, row, REMOVE);
    for (int row = 0; row < PQntuples(here); row++)
    {
        int other = find_part(there, result_text(here, row, PART), result_text(here, row, NAME));

        if (other < 0 && goes_with_column(here, row, there))
            continue;
        if (other >= 0 &&
            strcmp(result_text(here, row, DEFINITION), result_text(there, other, DEFINITION)) == 0)
            continue;
        if (other >= 0 && result_text(there, other, REMOVE))
            add_statement(difference, there, other, REMOVE);
        add_statement(difference, here, row, MAKE);
    }
}

/* A column that was renamed looks like one that went and one that came; doing that on the target would lose its values. */
static void
add_rename(const Drift *table, const PGresult *here, const PGresult *there, Difference *difference)
{
    const char *came = NULL;
    const char *went = NULL;
    int n = 0;

    for (int row = 0; row < PQntuples(here); row++)
        if (strcmp(result_text(here, row, PART), "column") == 0 &&
            find_part(there, "column", result_text(here, row, NAME)) < 0 && ++n)
            came = result_text(here, row, NAME);
    for (int row = 0; row < PQntuples(there); row++)
        if (strcmp(result_text(there, row, PART), "column") == 0 &&
            find_part(here, "column", result_text(there, row, NAME)) < 0 && ++n)
            went = result_text(there, row, NAME);
    if (n == 2 && came && went)
        sql_format(&difference->ddl,
                   "-- if it was renamed, instead: ALTER TABLE %Q RENAME COLUMN %I TO %I;\n",
                   table->schema, table->name, went, came);
}

static bool
compare_tables(Judge *judge, const Drift *table, Difference *difference, Err *err)
{
    cleanup_(result_release) PGresult *here = NULL;
    cleanup_(result_release) PGresult *there = NULL;

    if (!conn_query(judge->flow->src, sql_flow_sync_parts, PARAMS(table->schema, table->name),
                    &here, err) ||
        !conn_query(judge->flow->dst, sql_flow_sync_parts, PARAMS(table->schema, table->name),
                    &there, err))
        return err_context(err, "comparing table \"%s\"", table->object);
    compare_parts(here, there, difference);
    add_rename(table, here, there, difference);
    return true;
}

static void
refuse(Judge *judge, SyncFinding *finding, const char *ddl, const char *reason)
{
    finding->action = SYNC_REFUSE;
    finding->ddl = ddl ? arena_strdup(judge->arena, ddl) : NULL;
    finding->reason = reason;
}

/* Both sides have a table of that name. *ret_same false: it is refused. */
static bool
judge_same(Judge *judge, SyncFinding *finding, bool *ret_same, Err *err)
{
    cleanup_(difference_release) Difference difference = {.ddl = STR_INIT};

    if (!compare_tables(judge, finding->drift, &difference, err))
        return false;
    *ret_same = !difference.any || (judge->options->accepts_changed && !difference.in_data);
    if (!*ret_same)
        refuse(judge, finding, difference.ddl.data, NULL);
    return true;
}

/* By an operator, or by a sync whose work was undone since. */
static bool
judge_twin(Judge *judge, SyncFinding *finding, Err *err)
{
    bool same;
    bool rows;

    finding->action = SYNC_JOIN;
    if (!judge_same(judge, finding, &same, err) || !has_rows(judge, finding->drift, &rows, err))
        return false;
    if (same && rows)
        refuse(judge, finding, NULL,
               "The target has a table of that name with rows in it; empty it, or leave the "
               "table out with --exclude.");
    return true;
}

/* A table of the migration under another name: its stream goes on as soon as the target has it under that name, too. */
static bool
judge_renamed(Judge *judge, SyncFinding *finding, const RelationRow *relation, Err *err)
{
    const Drift *drift = finding->drift;
    cleanup_(str_release) Str ddl = STR_INIT;
    bool same;

    finding->action = SYNC_RENAME;
    if (on_target(judge, drift))
        return judge_same(judge, finding, &same, err);
    if (strcmp(relation->schema, drift->schema) != 0)
        sql_format(&ddl, "ALTER TABLE %Q SET SCHEMA %I;\n", relation->schema, relation->name,
                   drift->schema);
    if (strcmp(relation->name, drift->name) != 0)
        sql_format(&ddl, "ALTER TABLE %Q RENAME TO %I;\n", drift->schema, relation->name,
                   drift->name);
    refuse(judge, finding, ddl.data, NULL);
    return true;
}

/* The rows of another table of the same name are there: they are not this one's. */
static void
judge_made_anew(Judge *judge, SyncFinding *finding, bool is_there)
{
    finding->action = SYNC_BRING;
    finding->drops_table = is_there;
    if (is_there && !judge->options->may_drop)
        refuse(judge, finding, NULL,
               "It was dropped and made anew: the target's table has to go. With --yes sync drops "
               "it there and copies the new one.");
}

static bool
judge_table(Judge *judge, SyncFinding *finding, Err *err)
{
    const Drift *drift = finding->drift;
    const RelationRow *mine =
        drift->kind == DRIFT_DROPPED ? NULL : relation_by_oid(judge, drift->object_oid);
    const RelationRow *named = relation_by_name(judge, drift->schema, drift->name);
    bool is_there = on_target(judge, drift) != NULL;
    bool same;

    switch (drift->kind)
    {
        case DRIFT_ADDED:
            if (mine)
                return judge_renamed(judge, finding, mine, err);
            finding->action = SYNC_BRING;
            return !is_there || judge_twin(judge, finding, err);
        case DRIFT_DROPPED:
            finding->action = SYNC_FORGET;
            finding->drops_table = is_there && judge->options->may_drop;
            return true;
        case DRIFT_CHANGED:
            break;
    }
    if (named && named->source_oid != drift->object_oid)
    {
        judge_made_anew(judge, finding, is_there);
        return true;
    }
    if (!is_there)
    {
        refuse(judge, finding, NULL,
               "It is not on the target any more, where somebody dropped it: its rows there are "
               "lost, and the migration has to begin again.");
        return true;
    }
    finding->action = SYNC_ACCEPT;
    return judge_same(judge, finding, &same, err);
}

/* Views, functions, sequences and the like. */
static bool
judge_other(Judge *judge, SyncFinding *finding, Err *err)
{
    const Drift *drift = finding->drift;
    const Drift *there = on_target(judge, drift);
    const char *ddl = NULL;

    finding->action = drift->kind == DRIFT_DROPPED ? SYNC_FORGET : SYNC_ACCEPT;
    if (drift->kind == DRIFT_DROPPED ||
        (there && (judge->options->accepts_changed || strcmp(there->hash, drift->hash) == 0)))
        return true;
    if (!there)
    {
        finding->action = SYNC_BRING;
        return true;
    }
    if (strcmp(drift->object_kind, "sequence") == 0 &&
        !conn_value(judge->flow->src, judge->arena, sql_flow_sync_sequence,
                    PARAMS(drift->schema, drift->name), &ddl, err))
        return false;
    refuse(judge, finding, ddl,
           ddl ? NULL
               : "Make it on the target as it is on the source, see: pgbaton schema diff. What "
                 "remains different without losing rows is taken by --accept-changed.");
    return true;
}

/* The table is there under its new name. */
static bool
is_old_name(const Judge *judge, const Drifts *drifts, const Drift *drift)
{
    const RelationRow *named = relation_by_name(judge, drift->schema, drift->name);

    if (drift->kind != DRIFT_DROPPED || strcmp(drift->object_kind, "table") != 0 || !named)
        return false;
    for (size_t i = 0; i < drifts->len; i++)
        if (drifts->items[i].kind == DRIFT_ADDED &&
            strcmp(drifts->items[i].object_kind, "table") == 0 &&
            drifts->items[i].object_oid == named->source_oid)
            return true;
    return false;
}

bool
sync_judge(Flow *flow, const SyncOptions *options, const Drifts *drifts, Arena *arena,
           SyncFindings *ret_findings, Err *err)
{
    Judge judge = {.flow = flow, .options = options, .arena = arena};
    const char *unused;

    if (drifts->len == 0)
        return true;
    if (!schema_fingerprint_since(flow->dst, flow->config, "[]", arena, &unused, &judge.there,
                                  err) ||
        !journal_read_relations(flow->dst, flow->config->migration, arena, &judge.relations, err))
        return false;
    for (size_t i = 0; i < drifts->len; i++)
    {
        SyncFinding finding = {.drift = &drifts->items[i]};

        if (is_old_name(&judge, drifts, finding.drift))
            continue;
        if (!(strcmp(finding.drift->object_kind, "table") == 0
                  ? judge_table(&judge, &finding, err)
                  : judge_other(&judge, &finding, err)))
            return false;
        *vec_push(ret_findings, arena) = finding;
    }
    return true;
}
