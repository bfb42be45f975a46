#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "pg/quote.h"
#include "schema/difference_object.h"

/*
 * A definition is made on the target as a temporary object, which its server deparses, and taken back. Both sides' go through it: neither need be
 * what its own deparsing gives when parsed again.
 */
typedef struct Subject
{
    const Object *target;
    const char *text; /* the definition */
} Subject;

typedef struct Reparser
{
    Reparse how;
    void (*make)(Str *sql, const Subject *subject);
    const char *look;
} Reparser;

#define TEMPORARY "pg_temp.pgbaton_reparse"
#define LOOK_VIEW "SELECT pg_catalog.pg_get_viewdef('" TEMPORARY "'::pg_catalog.regclass)"

static void
make_view(Str *sql, const Subject *s)
{
    sql_format(sql, "CREATE TEMPORARY VIEW pgbaton_reparse AS %R", s->text);
}

static void
make_expression(Str *sql, const Subject *s)
{
    sql_format(sql,
               "CREATE TEMPORARY VIEW pgbaton_reparse AS SELECT FROM %R WHERE ROW(%R) IS NOT NULL",
               s->target->host, s->text);
}

static void
make_condition(Str *sql, const Subject *s)
{
    sql_format(
        sql, "CREATE TEMPORARY VIEW pgbaton_reparse AS SELECT (%R) AS x FROM %R AS old, %R AS new",
        s->text, s->target->host, s->target->host);
}

/* The text with the first `from` in it replaced by `to`. */
static void
add_replaced(Str *sql, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    if (!at)
    {
        str_add(sql, text);
        return;
    }
    str_add_bytes(sql, text, (size_t)(at - text));
    str_add(sql, to);
    str_add(sql, at + strlen(from));
}

static void
make_rule(Str *sql, const Subject *s)
{
    sql_format(sql, "CREATE TEMPORARY TABLE pgbaton_reparse (LIKE %R); ", s->target->host);
    add_replaced(sql, s->text, s->target->host, TEMPORARY);
}

static void
make_function(Str *sql, const Subject *s)
{
    cleanup_(str_release) Str name = STR_INIT;
    size_t len = strcspn(s->target->self, "(");

    str_add_bytes(&name, s->target->self, len);
    str_add_char(&name, '(');
    add_replaced(sql, s->text, name.data, TEMPORARY "(");
}

static void
make_domain(Str *sql, const Subject *s)
{
    sql_format(sql, "CREATE DOMAIN " TEMPORARY " AS %R CONSTRAINT x %R", s->target->host, s->text);
}

static void
make_collation(Str *sql, const Subject *s)
{
    sql_format(sql, "CREATE COLLATION " TEMPORARY " (PROVIDER = icu, LOCALE = %L)", s->text);
}

static const Reparser reparsers[] = {
    {REPARSE_VIEW, make_view, LOOK_VIEW},
    {REPARSE_EXPRESSION, make_expression, LOOK_VIEW},
    {REPARSE_CONDITION, make_condition, LOOK_VIEW},
    {REPARSE_RULE, make_rule,
     "SELECT pg_catalog.pg_get_ruledef(w.oid) FROM pg_catalog.pg_rewrite AS w WHERE w.ev_class = '" TEMPORARY
     "'::pg_catalog.regclass"},
    {REPARSE_FUNCTION, make_function,
     "SELECT pg_catalog.pg_get_functiondef('" TEMPORARY "'::pg_catalog.regproc)"},
    {REPARSE_DOMAIN, make_domain,
     "SELECT pg_catalog.pg_get_constraintdef(k.oid) FROM pg_catalog.pg_constraint AS k WHERE k.contypid = '" TEMPORARY
     "'::pg_catalog.regtype"},
    {REPARSE_ICU_LOCALE, make_collation,
     "SELECT pg_catalog.to_jsonb(c) - '{oid,collnamespace}'::text[] FROM pg_catalog.pg_collation AS c "
     "WHERE c.collname = 'pgbaton_reparse' AND c.collnamespace = pg_catalog.pg_my_temp_schema()"},
};

static const Reparser *
reparser_of(Reparse how)
{
    for (size_t i = 0; i < lengthof(reparsers); i++)
        if (reparsers[i].how == how)
            return &reparsers[i];
    abort();
}

/* *ret NULL: the target cannot parse it. */
static bool
deparse(Conn *target, const Reparser *reparser, const Subject *subject, Arena *arena,
        const char **ret, Err *err)
{
    cleanup_(err_release) Err reason = {0};
    cleanup_(str_release) Str sql = STR_INIT;

    *ret = NULL;
    str_add(&sql, "SAVEPOINT reparse; ");
    reparser->make(&sql, subject);
    if ((!conn_exec(target, sql.data, &reason) ||
         !conn_value(target, arena, reparser->look, NO_PARAMS, ret, &reason)) &&
        (conn_is_broken(target) || reason.code == ERR_STOPPED))
        return err_move(err, &reason);
    return conn_exec(target, "ROLLBACK TO SAVEPOINT reparse", err);
}

static bool
is_default_version(Conn *target, const Object *extension, bool *ret, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(target,
                    "SELECT FROM pg_catalog.pg_available_extensions AS e "
                    "WHERE e.name = $1 AND e.default_version = $2",
                    PARAMS(extension->name, object_value(extension, "version")), &result, err))
        return false;
    *ret = PQntuples(result) > 0;
    return true;
}

static bool
is_same(Conn *target, const ObjectPair *pair, const DifferenceProperty *p, Reparse how,
        Arena *arena, size_t *n_failed, bool *ret, Err *err)
{
    const char *texts[2];
    const Reparser *reparser;

    if (how == REPARSE_EXTENSION_VERSION)
        return is_default_version(target, pair->target, ret, err);
    if (how == REPARSE_ICU_LOCALE && strcmp(object_value(pair->target, "provider"), "icu") != 0)
        return true;
    reparser = reparser_of(how);
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
    {
        Subject subject = {.target = pair->target,
                           .text = side == SIDE_SOURCE ? p->source : p->target};

        if (!deparse(target, reparser, &subject, arena, &texts[side], err))
            return false;
    }
    if (!texts[0] || !texts[1])
        ++*n_failed;
    *ret = texts[0] && texts[1] && strcmp(texts[0], texts[1]) == 0;
    return true;
}

static bool
reparse_pair(Conn *source, Conn *target, ObjectPair *pair, size_t *n_failed, Err *err)
{
    const ObjectKind *kind = object_kind(pair->difference.kind);
    Difference *d = &pair->difference;
    size_t kept = 0;

    for (size_t i = 0; i < d->properties.len; i++)
    {
        const DifferenceProperty *p = &d->properties.items[i];
        const PropertyKind *property = property_kind(kind, p->name);
        cleanup_(arena_release) Arena scratch = {0};
        bool same = false;

        if (property && property->reparse != REPARSE_NOT && p->source && p->target &&
            (property->reparse != REPARSE_EXTENSION_VERSION ||
             conn_major(source) != conn_major(target)) &&
            !is_same(target, pair, p, property->reparse, &scratch, n_failed, &same, err))
            return err_context(err, "%s \"%s\"", d->kind, d->object);
        if (!same)
            d->properties.items[kept++] = *p;
    }
    d->properties.len = kept;
    pair->is_covered = pair->is_covered || kept == 0;
    return true;
}

bool
difference_reparse(Conn *source, Conn *target, Arena *arena, ObjectPairs *pairs,
                   SchemaDifference *ret, Err *err)
{
    size_t n_failed = 0;
    bool is_read_only;
    const char *text;

    if (!conn_value(target, arena, "SELECT pg_catalog.pg_is_in_recovery()", NO_PARAMS, &text, err))
        return false;
    is_read_only = strcmp(text, "t") == 0;
    if (is_read_only)
    {
        *vec_push(&ret->warnings, arena) =
            "The target is a standby: definitions are compared as texts, which differ between versions.";
        return true;
    }
    if (!conn_exec(target, "BEGIN", err))
        return false;
    for (size_t i = 0; i < pairs->len; i++)
    {
        ObjectPair *pair = &pairs->items[i];

        if (pair->difference.state == DIFFERENCE_PROPERTIES && pair->source && pair->target &&
            !reparse_pair(source, target, pair, &n_failed, err))
            return false;
    }
    if (n_failed > 0)
        *vec_push(&ret->warnings, arena) = arena_printf(
            arena,
            "The target's user could not make %zu definitions there to compare them (it may lack TEMPORARY or USAGE): their texts differ, and "
            "may yet mean the same.",
            n_failed);
    return conn_exec(target, "ROLLBACK", err);
}

/* Columns may be added at the end, but not be renamed, or get another type. */
bool
difference_view_replaceable(Conn *target, const ObjectPair *pair, Arena *arena, bool *ret, Err *err)
{
    static const char look[] =
        "SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute AS o "
        "WHERE o.attrelid = $1::pg_catalog.oid AND o.attnum > 0 AND NOT EXISTS ("
        "SELECT FROM pg_catalog.pg_attribute AS n WHERE n.attrelid = '" TEMPORARY
        "'::pg_catalog.regclass AND n.attnum = o.attnum AND n.attname = o.attname "
        "AND n.atttypid = o.atttypid AND n.atttypmod = o.atttypmod AND n.attcollation = o.attcollation)";
    cleanup_(err_release) Err reason = {0};
    cleanup_(str_release) Str sql = STR_INIT;
    const char *n = NULL;

    if (!conn_exec(target, "BEGIN", err))
        return false;
    sql_format(&sql, "CREATE TEMPORARY VIEW pgbaton_reparse AS %R",
               object_value(pair->source, "definition"));
    *ret = conn_exec(target, sql.data, &reason) &&
           conn_value(target, arena, look, PARAMS(PARAM_I64(pair->target->oid)), &n, &reason) &&
           strcmp(n, "0") == 0;
    if (conn_is_broken(target) || reason.code == ERR_STOPPED)
        return err_move(err, &reason);
    return conn_exec(target, "ROLLBACK", err);
}
