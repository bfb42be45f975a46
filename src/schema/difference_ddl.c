/* From what differs to the statements that mend it, and their order. */
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "pg/quote.h"
#include "schema/difference_object.h"
#include "sql/sql.h"

typedef enum Phase
{
    PHASE_DROP, /* by descending rank and age: what was made later may depend on what was before */
    PHASE_CREATE, /* pg_dump's, in its order */
    PHASE_ALTER,  /* the rest by rank */
} Phase;

typedef struct Step
{
    Phase phase;
    int rank;
    int64_t order;
    size_t pair;
    const char *sql;
    bool is_dangerous;
} Step;

typedef struct Plan
{
    Conn *target;
    Arena *arena;
    ObjectPairs *pairs;
    bool *is_wanted;   /* by pair: to be made by pg_dump's statements */
    bool *is_withheld; /* by pair: nothing of it is executed */
    VEC(Step) steps;
    VEC(int64_t) with_rows; /* tables of the target, sorted */
    size_t pair;            /* being planned */
    int64_t n_steps;
} Plan;

static ObjectPair *
pair_of(const Plan *plan)
{
    return &plan->pairs->items[plan->pair];
}

static bool
add_step(Plan *plan, Phase phase, int rank, const char *pattern, const char *value,
         const char *item, bool is_dangerous)
{
    cleanup_(str_release) Str sql = STR_INIT;
    ObjectPair *pair = pair_of(plan);
    int64_t age = pair->target ? pair->target->oid : 0;

    difference_expand(&sql, pattern, pair, value, item);
    while (sql.len > 0 && (sql.data[sql.len - 1] == ';' || sql.data[sql.len - 1] == '\n'))
        str_truncate(&sql, sql.len - 1);
    str_add(&sql, ";");
    *vec_push(&plan->steps, plan->arena) =
        (Step){.phase = phase,
               .rank = phase == PHASE_DROP ? -rank : rank,
               .order = phase == PHASE_DROP ? -age : plan->n_steps++,
               .pair = plan->pair,
               .sql = arena_strdup(plan->arena, sql.data),
               .is_dangerous = is_dangerous};
    pair->difference.is_dangerous |= is_dangerous;
    return true;
}

static void
add_reason(Plan *plan, const char *reason)
{
    Difference *d = &pair_of(plan)->difference;

    if (!d->reason)
        d->reason = reason;
    else if (!strstr(d->reason, reason))
        d->reason = arena_printf(plan->arena, "%s; %s", d->reason, reason);
}

static int
compare_oids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static bool
has_rows(const Plan *plan)
{
    const Object *target = pair_of(plan)->target;

    return target && plan->with_rows.len > 0 &&
           bsearch(&target->oid, plan->with_rows.items, plan->with_rows.len, sizeof(int64_t),
                   compare_oids);
}

static bool
plan_drop(Plan *plan, const ObjectKind *kind)
{
    bool is_dangerous = kind->danger && (!kind->only_with_rows || has_rows(plan));

    if (is_dangerous)
        add_reason(plan, kind->danger);
    return add_step(plan, PHASE_DROP, kind->rank, kind->drop, NULL, NULL, is_dangerous);
}

/* Is the item, or for a grant is its role, one of the list's? */
static bool
has_item(const char *list, const char *item)
{
    size_t len = strlen(item);

    for (const char *at = list ? list : ""; *at;)
    {
        size_t n = strcspn(at, "\x1e");

        if (n == len && strncmp(at, item, n) == 0)
            return true;
        at += n + (at[n] != '\0');
    }
    return false;
}

static const char *
next_item(const Plan *plan, const char **at)
{
    size_t n;
    const char *item;

    if (!*at || !**at)
        return NULL;
    n = strcspn(*at, "\x1e");
    item = arena_strndup(plan->arena, *at, n);
    *at += n + ((*at)[n] != '\0');
    return item;
}

static bool
same_grantee(const char *a, const char *b)
{
    const char *x = strrchr(a, PART_SEPARATOR);
    const char *y = strrchr(b, PART_SEPARATOR);
    const char *left = strstr(a, " TO ");
    const char *right = strstr(b, " TO ");

    return x && y && left && right && x - left == y - right &&
           strncmp(left, right, (size_t)(x - left)) == 0;
}

/* A removal takes the grants of other options away with it. */
static bool
is_revoked(const Plan *plan, const char *source, const char *target, const char *item)
{
    const char *other;

    while ((other = next_item(plan, &target)))
        if (!has_item(source, other) && same_grantee(other, item))
            return true;
    return false;
}

static void
plan_list(Plan *plan, const ObjectKind *kind, const PropertyKind *property,
          const DifferenceProperty *p)
{
    const char *at = p->target;
    const char *item;

    while ((item = next_item(plan, &at)))
        if (has_item(p->source, item))
            continue;
        else if (property->remove)
            add_step(plan, PHASE_ALTER, kind->rank, property->remove, NULL, item, false);
        else
            add_reason(plan, property->obstacle);
    at = p->source;
    while ((item = next_item(plan, &at)))
        if (!has_item(p->target, item) ||
            (property->grants_again && is_revoked(plan, p->source, p->target, item)))
            add_step(plan, PHASE_ALTER, kind->rank, property->add, NULL, item, false);
}

static bool
is_none(const char *value)
{
    return !value || strcmp(value, "false") == 0;
}

static void
plan_property(Plan *plan, const ObjectKind *kind, const DifferenceProperty *p)
{
    const PropertyKind *property = property_kind(kind, p->name);
    const char *pattern = NULL;
    bool is_dangerous;

    if (!property)
        return;
    if (property->add)
    {
        plan_list(plan, kind, property, p);
        return;
    }
    /* Without a way back, "false" is a value that cannot be had. */
    if (!is_none(p->source) || (!property->unset && !property->obstacle))
        pattern = property->set;
    else
        pattern = property->unset;
    if (!pattern)
    {
        add_reason(plan, property->obstacle ? property->obstacle : "it cannot be changed");
        return;
    }
    is_dangerous = property->danger && has_rows(plan);
    if (is_dangerous)
        add_reason(plan, property->danger);
    add_step(plan, PHASE_ALTER, kind->rank, pattern, p->source, NULL, is_dangerous);
}

/* What a new object has to be given beside what CREATE says. */
static void
plan_further(Plan *plan, const ObjectKind *kind)
{
    const Object *source = pair_of(plan)->source;

    for (const PropertyKind *k = kind->properties; k->name; k++)
    {
        const char *value = object_value(source, k->name);

        if (k->in_create || is_none(value) || k->recreates ||
            (k->initial && strcmp(k->initial, value) == 0))
            continue;
        plan_property(plan, kind, &(DifferenceProperty){k->name, value, NULL});
    }
    for (const PropertyKind *k = kind->properties; k->name; k++)
        if (k->initial && strcmp(k->initial, "true") == 0 && is_none(object_value(source, k->name)))
            plan_property(plan, kind, &(DifferenceProperty){k->name, "false", "true"});
}

static void
plan_create(Plan *plan, const ObjectKind *kind)
{
    if (!kind->create)
    {
        plan->is_wanted[plan->pair] = true;
        return;
    }
    add_step(plan, PHASE_ALTER, kind->rank, kind->create, NULL, NULL, false);
    plan_further(plan, kind);
}

static bool
needs(const Plan *plan, const ObjectKind *kind, bool recreation)
{
    const Difference *d = &pair_of(plan)->difference;

    for (size_t i = 0; i < d->properties.len; i++)
    {
        const PropertyKind *k = property_kind(kind, d->properties.items[i].name);

        if (k && (recreation ? k->recreates : k->replaces))
            return true;
    }
    return false;
}

static bool
plan_difference(Plan *plan, const ObjectKind *kind, Err *err)
{
    Difference *d = &pair_of(plan)->difference;
    bool replaces = kind->replace && needs(plan, kind, false);

    if (needs(plan, kind, true))
    {
        bool replaceable = false;

        if (strcmp(kind->name, "view") == 0 &&
            !difference_view_replaceable(plan->target, pair_of(plan), plan->arena, &replaceable,
                                         err))
            return false;
        if (!replaceable)
        {
            plan_drop(plan, kind);
            plan_create(plan, kind);
            return true;
        }
        replaces = true;
    }
    if (replaces)
        add_step(plan, PHASE_ALTER, kind->rank, kind->replace, NULL, NULL, false);
    for (size_t i = 0; i < d->properties.len; i++)
    {
        const PropertyKind *k = property_kind(kind, d->properties.items[i].name);

        if (k && !k->recreates && !k->replaces)
            plan_property(plan, kind, &d->properties.items[i]);
    }
    return true;
}

static bool
plan_pair(Plan *plan, Err *err)
{
    ObjectPair *pair = pair_of(plan);
    const Object *any = pair->source ? pair->source : pair->target;
    const ObjectKind *kind = object_kind(any->kind);

    if (pair->goes_with_parent && pair->source && strcmp(kind->name, "sequence") == 0)
        plan->is_wanted[plan->pair] = true;
    if (pair->is_covered)
        return true;
    switch (pair->difference.state)
    {
        case DIFFERENCE_ONLY_SOURCE:
            plan_create(plan, kind);
            return true;
        case DIFFERENCE_ONLY_TARGET:
            plan_drop(plan, kind);
            return true;
        case DIFFERENCE_PROPERTIES:
            return plan_difference(plan, kind, err);
    }
    return true;
}

static bool
read_with_rows(Plan *plan, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str oids = STR_INIT;

    for (size_t i = 0; i < plan->pairs->len; i++)
    {
        const ObjectPair *pair = &plan->pairs->items[i];

        if (pair->target && !pair->is_covered &&
            (strcmp(pair->target->kind, "table") == 0 || strcmp(pair->target->kind, "column") == 0))
            str_addf(&oids, "%s%lld", oids.len ? "," : "{", (long long)pair->target->oid);
    }
    if (oids.len == 0)
        return true;
    str_add(&oids, "}");
    if (!conn_query(plan->target, sql_schema_diff_rows, PARAMS(oids.data), &result, err))
        return false;
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(&plan->with_rows, plan->arena) = result_i64(result, row, 0);
    return true;
}

/* What cannot be made again must not be dropped. */
static void
withhold_recreations(Plan *plan)
{
    for (size_t i = 0; i < plan->pairs->len; i++)
    {
        Difference *d = &plan->pairs->items[i].difference;

        if (!plan->is_wanted[i] || plan->pairs->items[i].is_covered)
            continue;
        d->reason = "pg_dump could not write what makes it";
        d->is_dangerous = plan->pairs->items[i].target != NULL;
        plan->is_withheld[i] = true;
    }
}

static bool
add_creations(Plan *plan, Conn *source, const Config *config, SchemaDifference *ret, Err *err)
{
    cleanup_(err_release) Err reason = {0};
    Creations creations = {0};
    bool any = false;

    for (size_t i = 0; i < plan->pairs->len; i++)
        any = any || plan->is_wanted[i];
    if (!any)
        return true;
    if (!difference_creations(source, plan->target, config, plan->arena, plan->pairs,
                              plan->is_wanted, &creations, &reason))
    {
        if (reason.code == ERR_STOPPED || reason.code == ERR_UNREACHABLE)
            return err_move(err, &reason);
        *vec_push(&ret->warnings, plan->arena) =
            arena_printf(plan->arena, "There is no DDL for what pg_dump would have to write: %s.",
                         reason.message);
        withhold_recreations(plan);
        return true;
    }
    for (size_t i = 0; i < creations.len; i++)
        *vec_push(&plan->steps, plan->arena) =
            (Step){.phase = creations.items[i].rank ? PHASE_ALTER : PHASE_CREATE,
                   .rank = creations.items[i].rank,
                   .order = plan->n_steps++,
                   .pair = creations.items[i].pair,
                   .sql = creations.items[i].sql};
    return true;
}

static int
compare_steps(const void *a, const void *b)
{
    const Step *x = a;
    const Step *y = b;

    if (x->phase != y->phase)
        return (x->phase > y->phase) - (x->phase < y->phase);
    if (x->rank != y->rank)
        return (x->rank > y->rank) - (x->rank < y->rank);
    return (x->order > y->order) - (x->order < y->order);
}

/* As a comment, each of its lines. */
static void
add_commented(Str *script, const char *sql)
{
    str_add(script, "-- ");
    for (const char *p = sql; *p; p++)
    {
        str_add_char(script, *p);
        if (*p == '\n')
            str_add(script, "-- ");
    }
    str_add(script, "\n");
}

/* A statement with a secret is of no use to anyone, and so are those that go with it. */
static void
mark_secrets(Plan *plan)
{
    for (size_t i = 0; i < plan->steps.len; i++)
    {
        Difference *d = &plan->pairs->items[plan->steps.items[i].pair].difference;
        cleanup_(mem_free_pointer) char *shown = redact(plan->steps.items[i].sql);

        if (strcmp(shown, plan->steps.items[i].sql) == 0)
            continue;
        d->is_dangerous = true;
        d->reason = "it holds a secret that is not shown";
        plan->is_withheld[plan->steps.items[i].pair] = true;
    }
}

static void
write_script(Plan *plan, SchemaDifference *ret)
{
    cleanup_(str_release) Str script = STR_INIT;

    if (plan->steps.len > 0)
        qsort(plan->steps.items, plan->steps.len, sizeof(Step), compare_steps);
    for (size_t i = 0; i < plan->steps.len; i++)
    {
        const Step *step = &plan->steps.items[i];
        Difference *d = &plan->pairs->items[step->pair].difference;
        cleanup_(mem_free_pointer) char *shown = redact(step->sql);

        d->ddl = d->ddl ? arena_printf(plan->arena, "%s\n%s", d->ddl, shown)
                        : arena_strdup(plan->arena, shown);
        if (step->is_dangerous || plan->is_withheld[step->pair])
        {
            str_addf(&script, "-- Not executed, since %s:\n", d->reason);
            add_commented(&script, shown);
        }
        else
            str_addf(&script, "%s\n", shown);
    }
    ret->script = arena_strdup(plan->arena, script.data);
}

bool
difference_ddl(Conn *source, Conn *target, const Config *config, Arena *arena, ObjectPairs *pairs,
               SchemaDifference *ret, Err *err)
{
    Plan plan = {.target = target,
                 .arena = arena,
                 .pairs = pairs,
                 .is_wanted = arena_alloc(arena, pairs->len + 1),
                 .is_withheld = arena_alloc(arena, pairs->len + 1)};

    if (!read_with_rows(&plan, err))
        return false;
    for (plan.pair = 0; plan.pair < pairs->len; plan.pair++)
        if (!plan_pair(&plan, err))
            return false;
    if (!add_creations(&plan, source, config, ret, err))
        return false;
    mark_secrets(&plan);
    write_script(&plan, ret);
    return true;
}
