/*
 * Splitting a script of `pg_dump --verbose` (or pg_restore) into its entries.
 *
 * A header counts only at the start of a line, between statements, outside of quotes and comments: function bodies and
 * comments may hold lines that look just like one. Comments, psql's meta-commands and the script's preamble of SETs are
 * dropped; `SET default_…` lines, which pg_dump prints before the header of the entry that needs them and which hold until the
 * next, become fields of the entries.
 */
#ifndef PGBATON_SCHEMA_SPLIT_H
#define PGBATON_SCHEMA_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"

typedef enum DdlSection
{
    DDL_PRE_DATA,
    DDL_POST_DATA,
    /* Not pg_dump's, but taken out of its post-data section: */
    DDL_INDEX,      /* of a constraint, which is then added on top of it */
    DDL_VALIDATION, /* of a constraint that was added NOT VALID */
    DDL_AT_OPENING  /* what would disturb the apply workers, see schema_dump() */
} DdlSection;

typedef struct DdlEntry
{
    int dump_id;
    DdlSection section;
    uint32_t
        catalog_oid; /* e.g. 1259; 0 for entries without an object of their own (ACL, COMMENT) */
    uint32_t object_oid; /* on the source */
    const char *type;    /* as pg_dump prints it: "TABLE", "INDEX", "FK CONSTRAINT" … */
    const char
        *tag; /* for messages: "t", "f(integer)", "t t_pkey", "TABLE t" (of an ACL or COMMENT) */
    const char *schema;    /* "" if in none */
    const char *sql;       /* one or more statements, each with its semicolon */
    size_t last_statement; /* where the last of them begins in sql */
    const int *depends_on; /* dump_ids */
    size_t n_depends_on;

    uint32_t table_oid; /* the table it is part of, if that is not to be found in the catalogs; 0 */

    const char *state; /* statements to run before it, made by schema_dump; "" or NULL: none */

    /* What state is made of. Literals as pg_dump wrote them, or NULL. */
    const char *tablespace;
    const char *access_method;
    const char *with_oids;
} DdlEntry;

typedef VEC(DdlEntry) DdlEntries;

/* Adds the entries of a script (of one section, NUL-terminated) to ret; all texts are copied into the arena. ERR_FAILED when it is not such a script. */
bool split_script(const char *script, DdlSection section, Arena *arena, DdlEntries *ret,
                  Err *err) must_check;

#endif
