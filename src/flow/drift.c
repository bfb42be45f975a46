/* Are the old side's tables still those that the new one has? */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "config/filter.h"
#include "flow/copy_step.h"
#include "flow/handover.h"

/* Tables of both sides, by schema and name. */
typedef struct Comparison
{
    Flow *flow;
    const Relations *old_side;
    const Relations *new_side;
    Str names;
    size_t n;
} Comparison;

static int
compare_names(const void *a, const void *b)
{
    const Relation *x = a;
    const Relation *y = b;
    int order = strcmp(x->schema, y->schema);

    return order ? order : strcmp(x->name, y->name);
}

static bool
read_sorted(Conn *conn, Arena *arena, Relations *ret_relations, Err *err)
{
    if (!catalog_relations(conn, arena, ret_relations, err))
        return false;
    if (ret_relations->len > 0)
        qsort(ret_relations->items, ret_relations->len, sizeof(Relation), compare_names);
    return true;
}

static const Relation *
find(const Relations *relations, const char *schema, const char *name)
{
    Relation key = {.schema = schema, .name = name};

    return relations->len > 0
               ? bsearch(&key, relations->items, relations->len, sizeof(key), compare_names)
               : NULL;
}

static void
add(Comparison *c, const char *schema, const char *name, const char *verb)
{
    if (c->n++ < 5)
        str_addf(&c->names, "%stable \"%s.%s\" %s", c->n > 1 ? ", " : "", schema, name, verb);
}

/* A table that only the old side has, and one that was migrated and has other columns there or is gone. */
static bool
compare(Comparison *c, Err *err)
{
    RelationRows migrated = {0};

    if (!journal_read_relations(c->flow->dst, c->flow->config->migration, c->flow->arena, &migrated,
                                err))
        return false;
    for (size_t i = 0; i < c->old_side->len; i++)
    {
        const Relation *r = &c->old_side->items[i];

        if (filter_wants_table(c->flow->config, r->schema, r->name) &&
            !find(c->new_side, r->schema, r->name))
            add(c, r->schema, r->name, "is not on the source");
    }
    for (size_t i = 0; i < migrated.len; i++)
    {
        const RelationRow *m = &migrated.items[i];
        const Relation *now = find(c->old_side, m->schema, m->name);
        const Relation *there = find(c->new_side, m->schema, m->name);

        if (strcmp(m->kind, "large objects") == 0)
            continue;
        if (!now || !there)
            add(c, m->schema, m->name, now ? "is gone from the source" : "was dropped");
        else if (!catalog_same_columns(now, there) || now->persistence != there->persistence)
            add(c, m->schema, m->name, "has other columns than on the source");
    }
    return true;
}

/*
 * Of the target there is no state to compare with from before: it is compared with the source itself, by tables and columns. Other definitions
 * do not go back, which loses no row.
 */
static bool
refuse_difference(Flow *flow, Conn *target, Err *err)
{
    Relations old_side = {0};
    Relations new_side = {0};
    Comparison c = {.flow = flow, .old_side = &old_side, .new_side = &new_side, .names = STR_INIT};
    bool ok = read_sorted(target, flow->arena, &old_side, err) &&
              read_sorted(flow->src, flow->arena, &new_side, err) && compare(&c, err);

    if (ok && c.n > 0)
    {
        err_set(err, ERR_REFUSED, "the tables of the target are not those of the source any more");
        err_detail(err, "The rows could not go back: %s%s.", c.names.data,
                   c.n > 5 ? ", and more" : "");
        err_hint(err, "Make the same change on the source, which is read-only: "
                      "PGOPTIONS='-c default_transaction_read_only=off' psql …, or undo it.");
        ok = false;
    }
    str_release(&c.names);
    return ok;
}

bool
handover_refuse_drift(Flow *flow, Conn *conn, DriftScope scope, Err *err)
{
    return flow->pause->handover->from == SIDE_SOURCE ? flow_refuse_drift(flow, conn, scope, err)
                                                      : refuse_difference(flow, conn, err);
}
