#include "flow/sequences.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pg/quote.h"

enum
{
    MAX_NAMES = 5 /* told of a refusal */
};

/* A value that is one step beyond the bounds of bigint. */
typedef __int128 Wide;

const char *
sequence_verdict_name(SequenceVerdict verdict)
{
    switch (verdict)
    {
        case SEQUENCE_SAME:
            return "same";
        case SEQUENCE_SAFE:
            return "safe";
        case SEQUENCE_DANGEROUS:
            return "dangerous";
        case SEQUENCE_UNKNOWN:
            return "unknown";
        case SEQUENCE_MISSING:
            return "missing";
        case SEQUENCE_UNREADABLE:
            return "unreadable";
    }
    abort();
}

static int
direction(const SequenceDetails *s)
{
    return s->increment > 0 ? 1 : -1;
}

/* Positive when (a, a_called) is reached later than (b, b_called) on the way of this sequence. */
static int
compare_positions(const SequenceDetails *s, int64_t a, bool a_called, int64_t b, bool b_called)
{
    if (a != b)
        return (a > b ? 1 : -1) * direction(s);
    return (int)a_called - (int)b_called;
}

/* Of a sequence that was not called since it was set, what is before its value counts as used. */
static bool
hands_out_used(const SequenceDetails *source, const SequenceDetails *target)
{
    Wide used = (Wide)source->last_value - (source->is_called ? 0 : source->increment);
    Wide next = (Wide)target->last_value + (target->is_called ? target->increment : 0);

    return (next - used) * direction(source) <= 0;
}

/* Both are there, and may be read. */
static void
judge_values(SequencePair *pair)
{
    const SequenceDetails *source = pair->sides[SIDE_SOURCE];
    const SequenceDetails *target = pair->sides[SIDE_TARGET];
    int order = compare_positions(source, source->last_value, source->is_called, target->last_value,
                                  target->is_called);

    if (direction(source) != direction(target))
    {
        pair->verdict = SEQUENCE_UNKNOWN;
        return;
    }
    if (order == 0)
    {
        pair->verdict = SEQUENCE_SAME;
        return;
    }
    pair->ahead = side_name(order > 0 ? SIDE_SOURCE : SIDE_TARGET);
    if (hands_out_used(source, target))
        pair->verdict = SEQUENCE_DANGEROUS;
    else
        pair->verdict = source->cycles || target->cycles ? SEQUENCE_UNKNOWN : SEQUENCE_SAFE;
}

static void
add_difference(Str *s, const char *option, const char *source, const char *target)
{
    if (strcmp(source, target) != 0)
        str_addf(s, "%s\"%s %s, %s\"", s->len > 1 ? ", " : "", option, source, target);
}

static void
add_number_difference(Str *s, const char *option, int64_t source, int64_t target)
{
    char texts[2][24];

    add_difference(s, option, conn_i64_text(texts[0], source), conn_i64_text(texts[1], target));
}

/* Words and numbers only: nothing in it needs an escape. */
static const char *
differences_of(Arena *arena, const SequenceDetails *source, const SequenceDetails *target)
{
    cleanup_(str_release) Str s = STR_INIT;

    str_add(&s, "[");
    add_difference(&s, "type", source->type, target->type);
    add_number_difference(&s, "start", source->start, target->start);
    add_number_difference(&s, "increment", source->increment, target->increment);
    add_number_difference(&s, "minimum", source->min, target->min);
    add_number_difference(&s, "maximum", source->max, target->max);
    add_number_difference(&s, "cache", source->cache, target->cache);
    add_difference(&s, "cycle", source->cycles ? "yes" : "no", target->cycles ? "yes" : "no");
    add_difference(&s, "unlogged", source->is_unlogged ? "yes" : "no",
                   target->is_unlogged ? "yes" : "no");
    str_add(&s, "]");
    return arena_strdup(arena, s.data);
}

static void
add_pair(SequencePairs *pairs, Arena *arena, const SequenceDetails *source,
         const SequenceDetails *target)
{
    const SequenceDetails *known = source ? source : target;
    SequencePair *pair;

    if (!known)
        return;
    pair = vec_push(pairs, arena);
    *pair = (SequencePair){.schema = known->schema,
                           .name = known->name,
                           .sides = {source, target},
                           .differences = "[]"};
    if (!source || !target)
        pair->verdict = SEQUENCE_MISSING;
    else
    {
        pair->differences = differences_of(arena, source, target);
        if (source->may_read && target->may_read)
            judge_values(pair);
        else
            pair->verdict = SEQUENCE_UNREADABLE;
    }
    pair->is_different = pair->verdict != SEQUENCE_SAME || strcmp(pair->differences, "[]") != 0;
}

bool
sequences_compare(Conn *source, Conn *target, Arena *arena, SequencePairs *ret_pairs, Err *err)
{
    SequenceDetailsList lists[2] = {0};
    size_t s = 0;
    size_t t = 0;

    if (!catalog_sequence_details(source, arena, &lists[SIDE_SOURCE], err) ||
        !catalog_sequence_details(target, arena, &lists[SIDE_TARGET], err))
        return false;
    while (s < lists[SIDE_SOURCE].len || t < lists[SIDE_TARGET].len)
    {
        const SequenceDetails *a = s < lists[SIDE_SOURCE].len ? &lists[SIDE_SOURCE].items[s] : NULL;
        const SequenceDetails *b = t < lists[SIDE_TARGET].len ? &lists[SIDE_TARGET].items[t] : NULL;
        int order = !a ? 1 : !b ? -1 : strcmp(a->schema, b->schema);

        if (order == 0)
            order = strcmp(a->name, b->name);
        add_pair(ret_pairs, arena, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
        s += order <= 0;
        t += order >= 0;
    }
    return true;
}

/* Sequences that stand in the way, for one refusal. */
typedef struct Refused
{
    Str names;
    size_t n;
    const SequencePair *first;
} Refused;

static void
refuse(Refused *refused, const SequencePair *pair)
{
    if (refused->n++ == 0)
        refused->first = pair;
    if (refused->n <= MAX_NAMES)
        str_addf(&refused->names, "%s\"%s.%s\"", refused->names.len ? ", " : "", pair->schema,
                 pair->name);
    else if (refused->n == MAX_NAMES + 1)
        str_add(&refused->names, ", …");
}

typedef struct Planning
{
    Arena *arena;
    const SequenceSync *sync;
    SequencePlan *plan;
    Refused unreadable[2]; /* by Side */
    Refused unsettable;
    Refused beyond;
} Planning;

static void
release_planning(Planning *planning)
{
    str_release(&planning->unreadable[SIDE_SOURCE].names);
    str_release(&planning->unreadable[SIDE_TARGET].names);
    str_release(&planning->unsettable.names);
    str_release(&planning->beyond.names);
}

static bool
rights_error(const Refused *refused, const char *what, const char *right, const SequenceSync *sync,
             Side side, Err *err)
{
    const SequencePair *first = refused->first;
    const char *role = sync->roles[side];
    cleanup_(str_release) Str grant = STR_INIT;

    sql_format(&grant, "GRANT USAGE ON SCHEMA %I TO %I; GRANT %R ON ", first->schema, role, right);
    if (refused->n == 1)
        sql_format(&grant, "SEQUENCE %Q TO %I", first->schema, first->name, role);
    else
        sql_format(&grant, "ALL SEQUENCES IN SCHEMA %I TO %I", first->schema, role);
    err_set(err, ERR_REFUSED, "%zu sequence%s of the %s may not be %s: %s", refused->n,
            refused->n == 1 ? "" : "s", side_name(side), what, refused->names.data);
    err_detail(err, "Role \"%s\" lacks %s on %s, or USAGE on the schema.", role, right,
               refused->n == 1 ? "it" : "them");
    return err_hint(err, "On the %s: %s", side_name(side), grant.data);
}

static bool
bounds_error(const Refused *refused, Side to, Err *err)
{
    const SequenceDetails *from = refused->first->sides[side_other(to)];
    const SequenceDetails *own = refused->first->sides[to];
    cleanup_(str_release) Str alter = STR_INIT;

    sql_format(&alter, "ALTER SEQUENCE %Q AS %R MINVALUE %R MAXVALUE %R", own->schema, own->name,
               from->type, PARAM_I64(from->min), PARAM_I64(from->max));
    err_set(err, ERR_REFUSED, "the value is beyond the bounds of %zu sequence%s of the %s: %s",
            refused->n, refused->n == 1 ? "" : "s", side_name(to), refused->names.data);
    err_detail(err,
               "\"%s.%s\" stands at %" PRId64 " on the %s, and goes from %" PRId64 " to %" PRId64
               " on the %s. Nothing was changed.",
               own->schema, own->name, from->last_value, side_name(side_other(to)), own->min,
               own->max, side_name(to));
    return err_hint(err, "Give it the bounds of the other side: %s", alter.data);
}

static SequenceSetting
setting_of(const SequencePair *pair, Side to, int64_t margin)
{
    const SequenceDetails *from = pair->sides[side_other(to)];
    const SequenceDetails *own = pair->sides[to];
    Wide wanted = (Wide)from->last_value + (Wide)margin * from->increment;
    SequenceSetting setting = {.pair = pair, .is_called = from->is_called};

    setting.is_bounded = wanted > own->max || wanted < own->min;
    if (setting.is_bounded)
        wanted = wanted > own->max ? own->max : own->min;
    setting.last_value = (int64_t)wanted;
    setting.is_back = direction(from) != direction(own) ||
                      compare_positions(own, own->last_value, own->is_called, setting.last_value,
                                        setting.is_called) > 0;
    return setting;
}

static bool
is_set_already(const SequenceSetting *setting, Side to)
{
    const SequenceDetails *own = setting->pair->sides[to];

    return own->last_value == setting->last_value && own->is_called == setting->is_called;
}

/* Both are there, and may be read. */
static void
plan_setting(Planning *planning, const SequencePair *pair)
{
    const SequenceDetails *from = pair->sides[side_other(planning->sync->to)];
    const SequenceDetails *own = pair->sides[planning->sync->to];
    SequenceSetting setting = setting_of(pair, planning->sync->to, planning->sync->margin);

    if (from->last_value > own->max || from->last_value < own->min)
        refuse(&planning->beyond, pair);
    else if (is_set_already(&setting, planning->sync->to))
        return;
    else if (setting.is_back && !planning->sync->allow_back)
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): they are pointers */
        *vec_push(&planning->plan->ahead, planning->arena) = pair;
    else if (!own->may_set)
        refuse(&planning->unsettable, pair);
    else
        *vec_push(&planning->plan->settings, planning->arena) = setting;
}

static void
plan_pair(Planning *planning, const SequencePair *pair)
{
    const SequenceDetails *from = pair->sides[side_other(planning->sync->to)];
    const SequenceDetails *own = pair->sides[planning->sync->to];

    if (!own)
        /* NOLINTNEXTLINE(bugprone-sizeof-expression): they are pointers */
        *vec_push(&planning->plan->missing, planning->arena) = pair;
    else if (from && !from->may_read)
        refuse(&planning->unreadable[side_other(planning->sync->to)], pair);
    else if (from && !own->may_read)
        refuse(&planning->unreadable[planning->sync->to], pair);
    else if (from)
        plan_setting(planning, pair);
}

bool
sequences_plan(const SequencePairs *pairs, const SequenceSync *sync, Arena *arena,
               SequencePlan *ret_plan, Err *err)
{
    cleanup_(release_planning) Planning planning = {
        .arena = arena,
        .sync = sync,
        .plan = ret_plan,
        .unreadable = {{.names = STR_INIT}, {.names = STR_INIT}},
        .unsettable = {.names = STR_INIT},
        .beyond = {.names = STR_INIT},
    };

    for (size_t i = 0; i < pairs->len; i++)
        plan_pair(&planning, &pairs->items[i]);
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        if (planning.unreadable[side].n > 0)
            return rights_error(&planning.unreadable[side], "read", "SELECT", sync, side, err);
    if (planning.unsettable.n > 0)
        return rights_error(&planning.unsettable, "set", "UPDATE", sync, sync->to, err);
    return planning.beyond.n == 0 || bounds_error(&planning.beyond, sync->to, err);
}

/* Those behind (value, called). */
static void
add_condition(Str *sql, const SequenceSetting *setting, const char *value, bool ascends)
{
    sql_format(sql, " WHERE last_value %R %R", ascends ? "<" : ">", value);
    if (setting->is_called)
        sql_format(sql, " OR last_value = %R AND NOT is_called", value);
}

void
sequences_add_query(Str *sql, const SequenceSetting *settings, size_t n)
{
    for (size_t i = 0; i < n; i++)
    {
        const SequenceSetting *setting = &settings[i];
        const SequencePair *pair = setting->pair;
        cleanup_(str_release) Str name = STR_INIT;

        sql_qualified(&name, pair->schema, pair->name);
        sql_format(sql, "%RSELECT pg_catalog.setval(%L::pg_catalog.regclass, %R, %R) FROM %R",
                   i ? "\nUNION ALL\n" : "", name.data, PARAM_I64(setting->last_value),
                   setting->is_called ? "true" : "false", name.data);
        if (!setting->is_back)
            add_condition(sql, setting, PARAM_I64(setting->last_value),
                          pair->sides[SIDE_SOURCE]->increment > 0);
    }
}
