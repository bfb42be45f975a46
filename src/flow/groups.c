#include "flow/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "copy/snapshot.h"
#include "flow/balance.h"
#include "flow/copy_step.h"
#include "pg/quote.h"
#include "repl/marker.h"
#include "repl/publication.h"
#include "repl/slot.h"
#include "sql/sql.h"

enum
{
    CHUNKS_PER_JOB = 6,
    SMALLEST_CHUNK_BYTES = 16 * 1024 * 1024
};

static const char *
marker_of(Flow *flow, const GroupRow *group)
{
    return flow_marker_name(flow, arena_printf(flow->arena, "%d", group->id));
}

/* Splits a group's tables into those whose rows are complete and those that have to be copied (again). */
static bool
sort_tables(Flow *flow, int group_id, Arena *arena, QualifiedNames *ret_complete,
            QualifiedNames *ret_incomplete, Err *err)
{
    RelationRows relations = {0};

    if (!journal_read_relations(flow->dst, flow->config->migration, arena, &relations, err))
        return false;
    for (size_t i = 0; i < relations.len; i++)
    {
        const RelationRow *r = &relations.items[i];

        if (strcmp(r->kind, "table") != 0 || r->group_id != group_id)
            continue;
        *vec_push(r->chunks_left == 0 ? ret_complete : ret_incomplete, arena) =
            (QualifiedName){r->schema, r->name};
    }
    return true;
}

/* Removes a group of which nothing was completed, with all it has on both sides. */
static bool
discard(Flow *flow, const GroupRow *group, Err *err)
{
    const char *marker = marker_of(flow, group);

    return slot_drop(flow->src, group->name, err) &&
           publication_drop(flow->src, group->name, err) && marker_drop(flow->src, marker, err) &&
           marker_drop(flow->dst, marker, err) &&
           conn_run(
               flow->dst,
               "UPDATE pgbaton.relation SET group_id = NULL WHERE migration = $1 AND group_id = $2::integer",
               PARAMS(flow->config->migration, PARAM_I64(group->id)), NULL, err) &&
           journal_delete_group(flow->dst, flow->config->migration, group->id, err);
}

/* If the slot is gone too, what was complete without its stream is as good as nothing. */
static bool
settle(Flow *flow, GroupRow *group, size_t *n_complete, bool *ret_kept, Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    QualifiedNames complete = {0};
    QualifiedNames incomplete = {0};
    SlotState slot;

    *ret_kept = true;
    if (strcmp(group->state, "streaming") == 0)
        return true;
    if (!sort_tables(flow, group->id, &scratch, &complete, &incomplete, err) ||
        !slot_read(flow->src, group->name, &slot, err))
        return false;
    if (slot.exists && !slot.is_lost && strcmp(group->state, "copied") == 0)
        return true;
    if (slot.exists && !slot.is_lost && complete.len > 0)
    {
        *n_complete += complete.len;
        group->state = "copied";
        return publication_remove_tables(flow->src, group->name, &incomplete, err) &&
               journal_set_group(flow->dst, flow->config->migration, group, err);
    }
    *ret_kept = false;
    return conn_run(flow->dst,
                    "UPDATE pgbaton.relation SET chunks_left = 1"
                    " WHERE migration = $1 AND group_id = $2::integer AND chunks_left = 0",
                    PARAMS(flow->config->migration, PARAM_I64(group->id)), NULL, err) &&
           discard(flow, group, err);
}

/*
 * From here on nobody finishes a chunk that was copied under a snapshot which this process does not hold: not a worker that a killed pgbaton
 * left in its last moments, nor one of another host.
 */
static bool
take_snapshots_away(Flow *flow, Err *err)
{
    return conn_run(flow->dst,
                    "UPDATE pgbaton.replication_group SET snapshot = NULL"
                    " WHERE migration = $1 AND state IN ('creating', 'copying')",
                    PARAMS(flow->config->migration), NULL, err) &&
           flow_end_leftovers(flow, err);
}

bool
groups_settle(Flow *flow, GroupsLeft *ret_left, Err *err)
{
    GroupRows groups = {0};
    Progress progress;
    size_t n_complete = 0;

    *ret_left = (GroupsLeft){.next_id = 1};
    if (!take_snapshots_away(flow, err) ||
        !journal_read_groups(flow->dst, flow->config->migration, flow->arena, &groups, err))
        return false;
    for (size_t i = 0; i < groups.len; i++)
    {
        bool kept;

        if (!settle(flow, &groups.items[i], &n_complete, &kept, err))
            return false;
        ret_left->n += kept;
        ret_left->next_id = groups.items[i].id + 1;
    }
    if (n_complete == 0)
        return true;
    if (!journal_read_progress(flow->dst, flow->config->migration, &progress, err))
        return false;
    flow_note(
        flow,
        "the snapshot was lost: %zu tables are complete and stay, %lld are copied under a new one",
        n_complete, (long long)progress.tables_to_copy);
    return true;
}

/* Groups in the making. */
typedef struct Making
{
    Flow *flow;
    GroupSet *set;
    Arena *arena;           /* of what is needed until they are made; the set is in the flow's */
    RelationRows relations; /* to be copied */
    TableLoads tables;      /* those of them that are replicated, in the same order */
} Making;

/* The tables of a group; of all of them if it is NULL. */
static QualifiedNames
tables_of(const Making *making, const GroupRow *group)
{
    QualifiedNames names = {0};

    for (size_t i = 0; i < making->tables.len; i++)
    {
        const TableLoad *table = &making->tables.items[i];

        if (!group || &making->set->groups.items[table->group] == group)
            *vec_push(&names, making->arena) = (QualifiedName){table->schema, table->name};
    }
    return names;
}

static bool
read_relations(Making *making, Err *err)
{
    Flow *flow = making->flow;
    RelationRows *relations = &making->relations;
    size_t n_left = 0;

    if (!journal_read_relations(flow->dst, flow->config->migration, making->arena, relations, err))
        return false;
    for (size_t i = 0; i < relations->len; i++)
    {
        const RelationRow *r = &relations->items[i];

        if (r->chunks_left == 0)
            continue;
        if (strcmp(r->kind, "table") == 0)
            *vec_push(&making->tables, making->arena) = (TableLoad){.oid = r->source_oid,
                                                                    .schema = r->schema,
                                                                    .name = r->name,
                                                                    .bytes = r->table_bytes};
        relations->items[n_left++] = *r;
    }
    relations->len = n_left;
    return true;
}

/* Says which groups there will be, in the journal first. */
static bool
announce(Making *making, const GroupsLeft *left, Err *err)
{
    Flow *flow = making->flow;
    int wanted = flow->config->apply_streams - (int)left->n;
    size_t n_groups;

    if (!read_relations(making, err) ||
        !balance_tables(flow->src, &making->tables, wanted > 1 ? wanted : 1, making->arena,
                        &n_groups, err))
        return false;
    for (size_t i = 0; i < n_groups; i++)
    {
        int id = left->next_id + (int)i;
        const char *name = flow_object_name(flow, arena_printf(flow->arena, "%d", id));
        GroupRow *group = vec_push(&making->set->groups, flow->arena);

        *group = (GroupRow){.id = id, .name = name, .state = "creating"};
        if (!journal_add_group(flow->dst, flow->config->migration, group, err))
            return false;
    }
    journal_kill_point("migrate", "copy", "announced");
    return true;
}

/* All of them before the first slot: what was written before its publication was there could not be decoded. */
static bool
publish(Making *making, Err *err)
{
    Flow *flow = making->flow;

    for (size_t i = 0; i < making->set->groups.len; i++)
    {
        const GroupRow *group = &making->set->groups.items[i];
        const char *marker = marker_of(flow, group);
        QualifiedNames tables = tables_of(making, group);

        if (!marker_create(flow->src, marker, err) || !marker_create(flow->dst, marker, err) ||
            !publication_create(flow->src, group->name, flow_tag(flow), &tables, marker,
                                conn_version(flow->dst), err))
            return false;
    }
    return true;
}

/* The slots, and the keeper with their snapshot. The tables are locked from before the first slot is made. */
static bool
take_snapshot(Making *making, Err *err)
{
    Flow *flow = making->flow;
    GroupSet *set = making->set;
    cleanup_(conn_close_pointer) Conn *walsender = NULL;
    QualifiedNames tables = tables_of(making, NULL);
    const char *first = set->groups.items[0].name;
    SlotSnapshot slot;

    if (!conn_open(&flow->source, flow->dbname, "guard", &set->guard, err) ||
        !conn_open(&flow->source, flow->dbname, "keeper", &set->keeper, err) ||
        !snapshot_guard(set->guard, &tables, flow->config->slot_timeout_ms, err) ||
        !flow_refuse_drift(flow, set->guard, DRIFT_IN_DATA, err) ||
        !slot_create_exporting(&flow->source, flow->src, first, flow->config->slot_timeout_ms,
                               flow->arena, &walsender, &slot, err) ||
        !snapshot_keep(set->keeper, slot.snapshot, flow->arena, &set->snapshot, err))
        return false;
    journal_kill_point("migrate", "copy", "first_slot");
    /* Nothing has been read from the first one yet: its copies begin at the same point. */
    for (size_t i = 1; i < set->groups.len; i++)
        if (!slot_copy(flow->src, first, set->groups.items[i].name, err))
            return false;
    journal_kill_point("migrate", "copy", "slots");
    for (size_t i = 0; i < set->groups.len; i++)
    {
        set->groups.items[i].consistent_lsn = slot.consistent_lsn;
        set->groups.items[i].snapshot = set->snapshot;
        set->groups.items[i].state = "copying";
    }
    return true;
}

/* Small enough that all workers have something to do till the end of a large table, large enough to be worth a transaction. */
static int64_t
bytes_per_chunk(Flow *flow, const RelationRow *relation)
{
    int64_t share = relation->table_bytes / (flow->config->jobs * CHUNKS_PER_JOB) + 1;

    if (share < SMALLEST_CHUNK_BYTES)
        share = SMALLEST_CHUNK_BYTES;
    return share < flow->config->chunk_bytes ? share : flow->config->chunk_bytes;
}

static int
compare_oids(const void *a, const void *b)
{
    const uint32_t *x = a;
    const uint32_t *y = b;

    return (*x > *y) - (*x < *y);
}

typedef VEC(uint32_t) Oids;

/* In order. Only of tables that are replicated, which are locked. */
static bool
find_empty(Making *making, Oids *ret_oids, Err *err)
{
    cleanup_(str_release) Str oids = STR_INIT;
    cleanup_(result_release) PGresult *result = NULL;

    for (size_t i = 0; i < making->tables.len; i++)
        sql_array_add(&oids, PARAM_I64(making->tables.items[i].oid));
    if (oids.len == 0)
        return true;
    if (!conn_query(making->set->guard, sql_flow_empty_tables, PARAMS(oids.data), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(ret_oids, making->arena) = (uint32_t)result_i64(result, row, 0);
    return true;
}

/* Workers that were killed may have left rows. Their chunks are gone by now: who had claimed one was waited for there, and not in a
 * deadlock over its table. */
static bool
empty_tables(Making *making, Err *err)
{
    for (size_t i = 0; i < making->relations.len; i++)
    {
        const RelationRow *r = &making->relations.items[i];
        cleanup_(str_release) Str sql = STR_INIT;

        sql_format(&sql, "TRUNCATE TABLE ONLY %Q", r->schema, r->name);
        if (r->chunks_left > 0 && !r->condition && strcmp(r->kind, "large objects") != 0 &&
            !conn_exec(making->flow->dst, sql.data, err))
            return false;
    }
    return true;
}

static CopyPlan *
copy_plans(Making *making, const Oids *empty)
{
    Flow *flow = making->flow;
    CopyPlan *plans = arena_alloc(making->arena, (making->relations.len + 1) * sizeof(*plans));
    const TableLoad *table = making->tables.items;

    for (size_t i = 0; i < making->relations.len; i++)
    {
        const RelationRow *r = &making->relations.items[i];

        plans[i] = (CopyPlan){.relation = r, .chunk_bytes = bytes_per_chunk(flow, r)};
        if (strcmp(r->kind, "table") != 0)
            continue;
        plans[i].group_id = making->set->groups.items[table->group].id;
        plans[i].is_empty = empty->len > 0 && bsearch(&table->oid, empty->items, empty->len,
                                                      sizeof(uint32_t), compare_oids);
        table++;
    }
    return plans;
}

/* Empties what has to be copied, plans its chunks, and records the snapshot: one transaction. */
static bool
plan(Making *making, Err *err)
{
    Flow *flow = making->flow;
    const GroupRows *groups = &making->set->groups;
    Oids empty = {0};

    if (!find_empty(making, &empty, err) || !conn_exec(flow->dst, "BEGIN", err))
        return false;
    for (size_t i = 0; i < groups->len; i++)
        if (!journal_set_group(flow->dst, flow->config->migration, &groups->items[i], err))
            return false;
    return copy_plan_chunks(making->set->keeper, flow->dst, flow->config->migration,
                            copy_plans(making, &empty), making->relations.len, err) &&
           empty_tables(making, err) && conn_exec(flow->dst, "COMMIT", err);
}

/* They would keep WAL for nobody until this is tried again. */
static void
abandon_slots(Flow *flow, const GroupSet *set)
{
    cleanup_(err_release) Err ignored = {0};

    cancel_shield_begin();
    for (size_t i = 0; i < set->groups.len; i++)
        if (!slot_drop(flow->src, set->groups.items[i].name, &ignored))
            break;
    cancel_shield_end();
}

static bool
refuse_streams(Flow *flow, Err *err)
{
    if (flow->config->apply_streams == 1 || conn_has(flow->src, FEATURE_SLOT_COPY))
        return true;
    err_set(err, ERR_REFUSED, "the source cannot feed more than one apply stream");
    err_detail(err,
               "Their slots are copies of one, and PostgreSQL before %d cannot copy a slot (%s).",
               feature_since(FEATURE_SLOT_COPY), feature_name(FEATURE_SLOT_COPY));
    return err_hint(err, "Leave --apply-streams out.");
}

bool
groups_make(Flow *flow, const GroupsLeft *left, GroupSet *ret_set, Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    Making making = {.flow = flow, .set = ret_set, .arena = &arena};

    *ret_set = (GroupSet){0};
    if (!refuse_streams(flow, err))
        return false;
    if (announce(&making, left, err) && publish(&making, err) && take_snapshot(&making, err) &&
        plan(&making, err))
        return true;
    groups_close(ret_set);
    abandon_slots(flow, ret_set);
    return false;
}

bool
groups_release(Flow *flow, GroupSet *set, Err *err)
{
    groups_close(set);
    for (size_t i = 0; i < set->groups.len; i++)
    {
        set->groups.items[i].state = "copied";
        if (!journal_set_group(flow->dst, flow->config->migration, &set->groups.items[i], err))
            return false;
    }
    return true;
}

void
groups_close(GroupSet *set)
{
    conn_close(set->keeper);
    conn_close(set->guard);
    set->keeper = NULL;
    set->guard = NULL;
}
