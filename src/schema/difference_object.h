/*
 * Objects of the comparison: what the queries yield, and what can be done about each kind.
 */
#ifndef PGBATON_SCHEMA_DIFFERENCE_OBJECT_H
#define PGBATON_SCHEMA_DIFFERENCE_OBJECT_H

#include "base/str.h"
#include "schema/difference.h"

/* Between the parts of names and of items of lists; shown as ".", and as nothing. */
#define PART_SEPARATOR '\x1f'
/* Between the items of a list. */
#define ITEM_SEPARATOR '\x1e'
/* A value that is the parent's. */
#define INHERITED '\x1d'

typedef struct ObjectValue
{
    const char *name;
    const char *text; /* NULL: none, as is an empty list; "true", "false" */
} ObjectValue;

typedef struct Object
{
    int64_t catalog;
    int64_t oid;
    const char *kind;
    const char *schema;
    const char *name;
    const char *parent; /* the relation or type it belongs to; NULL: none */
    bool is_optional;   /* no difference when the other side lacks it */
    const char *hash;

    /* Read only when it differs: */
    bool is_read;
    const char *self; /* quoted, as after ALTER and the kind */
    const char *host; /* the same of what it is on; NULL: nothing */
    const char *ddl;  /* what {ddl} of the templates stands for */
    VEC(ObjectValue) values;
} Object;

typedef VEC(Object) Objects;

/* NULL: not there, or none */
const char *object_value(const Object *object, const char *name);

/* How the target's definition is made that of the source where its text is not decisive. */
typedef enum Reparse
{
    REPARSE_NOT,
    REPARSE_VIEW,
    REPARSE_EXPRESSION,
    REPARSE_CONDITION, /* of a trigger */
    REPARSE_RULE,
    REPARSE_FUNCTION,
    REPARSE_DOMAIN,
    REPARSE_ICU_LOCALE,
    REPARSE_EXTENSION_VERSION, /* pg_dump does not write it: the newer server's own is right */
} Reparse;

/*
 * What mends a property. In templates {self}, {host}, {ddl}, {value} stand for the source's texts, {value!I} and {value!L} for the value as an
 * identifier and a literal, {old} for the target's value; in those of lists {item}, {1} … {4} for an item and its parts, {1!I}, {3!L}.
 */
typedef struct PropertyKind
{
    const char *name;
    const char *set;
    const char *unset;  /* when the source has none or "false"; NULL: as set */
    const char *add;    /* for lists: an item that is missing, one too many */
    const char *remove; /* is executed before */
    bool grants_again;  /* what else is granted to the same role goes with a removal */
    bool replaces;      /* the kind's replace template does it */
    bool recreates;     /* only dropping and creating it does */
    bool in_create;     /* the kind's create template has it already */
    Reparse reparse;
    const char *initial;  /* what a new object has */
    const char *danger;   /* why it is dangerous when there are rows; NULL: it is not */
    const char *obstacle; /* why there is no DDL */
} PropertyKind;

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): the table of kinds is read in this order */
typedef struct ObjectKind
{
    const char *name;
    int rank;            /* dropped in descending, made and altered in ascending order */
    const char *comment; /* what COMMENT ON takes */
    const char *drop;    /* NULL: cannot be */
    const char *create;  /* NULL: pg_dump's statements are taken */
    const char *replace; /* CREATE OR REPLACE */
    const char *danger;  /* of drop; NULL: nothing is lost that the source does not have */
    bool only_with_rows; /* danger depends on there being rows */
    bool is_virtual;     /* is no object: missing is the same as having no properties */
    const PropertyKind *properties;
} ObjectKind;

/* Aborts when there is no such kind. */
const ObjectKind *object_kind(const char *name);
/* NULL: there is no such row */
const PropertyKind *property_kind(const ObjectKind *kind, const char *name);

/* A pair of what the two sides have of an object; one may be NULL. */
typedef struct ObjectPair
{
    Object *source;
    Object *target;
    bool is_covered;       /* is no difference of its own */
    bool goes_with_parent; /* which only one side has */
    Difference difference;
} ObjectPair;

typedef VEC(ObjectPair) ObjectPairs;

/* Takes from the pairs those properties whose definitions are the same to the target's server. */
bool difference_reparse(Conn *source, Conn *target, Arena *arena, ObjectPairs *pairs,
                        SchemaDifference *ret, Err *err) must_check;

/* Fills the ddl of the pairs, and the script. */
bool difference_ddl(Conn *source, Conn *target, const Config *config, Arena *arena,
                    ObjectPairs *pairs, SchemaDifference *ret, Err *err) must_check;

/* One of pg_dump's statements, or several, for a pair. */
typedef struct Creation
{
    size_t pair;
    int rank; /* 0: before all that exists is altered */
    const char *sql;
} Creation;

typedef VEC(Creation) Creations;

/* Appends the template with its placeholders filled in; value, old and item may be NULL. */
void difference_expand(Str *s, const char *pattern, const ObjectPair *pair, const char *value,
                       const char *item);

/* pg_dump's statements for the pairs of which is_wanted is true, in their order. */
bool difference_creations(Conn *source, Conn *target, const Config *config, Arena *arena,
                          const ObjectPairs *pairs, const bool *is_wanted, Creations *ret,
                          Err *err) must_check;

/* CREATE OR REPLACE VIEW can make the target's view the source's: it has all its columns. */
bool difference_view_replaceable(Conn *target, const ObjectPair *pair, Arena *arena, bool *ret,
                                 Err *err) must_check;

#endif
