/*
 * Extensions: what to execute on the target so that its database has those of the source's.
 *
 * In the source's schema and version; in the target's default version, with a warning, where it does not have that one. What an extension
 * requires comes first. Those that are there stay as they are, but for `update`. Nothing is dropped.
 */
#ifndef PGBATON_SCHEMA_EXTENSIONS_H
#define PGBATON_SCHEMA_EXTENSIONS_H

#include "schema/statement.h"

typedef struct ExtensionsWanted
{
    const char *only; /* names, as a JSON array; NULL: all */
    bool update;      /* those that are there in another version, where a way leads to it */
    bool exact;       /* another version than the source's is refused */
} ExtensionsWanted;

/* ret is added to. ERR_REFUSED when one is not to be had, all of them named. */
bool extensions_plan(Conn *source, Conn *target, const ExtensionsWanted *wanted, Arena *arena,
                     Statements *ret, Err *err) must_check;

#endif
