/*
 * What differs between the catalogs of two databases, object by object, and the DDL that makes the target as the source is.
 *
 * Every query of src/sql/schema_diff_*.sql yields objects with named properties. Hashes of them are compared first, so that only what differs is
 * read. Definitions that the server deparses (views, expressions) are compared as texts, and where these differ once more after the
 * target's server has parsed the source's and deparsed it again (difference_reparse.c): versions deparse differently, and even in the same version a
 * definition may change by being dumped and restored.
 *
 * Left out: members of extensions, system schemas, schema pgbaton, and what the patterns of the config leave out. schema_difference_skipped() says
 * what else is not compared.
 */
#ifndef PGBATON_SCHEMA_DIFFERENCE_H
#define PGBATON_SCHEMA_DIFFERENCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "config/config.h"
#include "pg/conn.h"

typedef enum DifferenceState
{
    DIFFERENCE_ONLY_SOURCE,
    DIFFERENCE_ONLY_TARGET,
    DIFFERENCE_PROPERTIES,
} DifferenceState;

/* NULL: none. A list is shown with commas between its items. */
typedef struct DifferenceProperty
{
    const char *name;
    const char *source;
    const char *target;
} DifferenceProperty;

typedef struct Difference
{
    const char *kind;   /* "table", "column", "foreign key" … */
    const char *object; /* "app.orders", "app.orders.id", "app.add(integer)" */
    DifferenceState state;
    VEC(DifferenceProperty) properties; /* of DIFFERENCE_PROPERTIES */
    const char *ddl;                    /* statements with their semicolons; NULL: none */
    const char *reason; /* why there is no DDL, or why it is dangerous; NULL: no reason */
    bool
        is_dangerous; /* its DDL is not to be executed unseen, and so only a comment in the script */
} Difference;

typedef struct SchemaDifference
{
    VEC(Difference) list;       /* by kind and name */
    const char *script;         /* the DDL of all, in an order in which it can be executed */
    VEC(const char *) warnings; /* what could not be compared, or mended, in a sentence each */
} SchemaDifference;

/* with_roles: those that own or are granted something in either database, too. Works in transactions of both, which change nothing. */
bool schema_difference(Conn *source, Conn *target, const Config *config, bool with_roles,
                       Arena *arena, SchemaDifference *ret, Err *err) must_check;

/* What is never compared, a line each, ended by NULL. */
extern const char *const schema_difference_skipped[];

/* "only on source", "only on target", "differs" */
const char *difference_state_name(DifferenceState state);

#endif
