/*
 * The source's schema as a list of statements, made by pg_dump and taken apart.
 *
 * pg_dump writes its archive once, pg_restore of the same version turns it into a script for each section, the
 * script is split at pg_dump's own entry headers (split.h). The entries are in the order in which they can be executed; each is
 * self-contained (carries the default_tablespace and default_table_access_method that it needs), so that those of the post-data section
 * may run in parallel as far as their dependencies allow.
 *
 * Execute each with one conn_exec, in a session prepared with sql_schema_session (beside what conn_open sets).
 *
 * ALTER TABLE … ENABLE ALWAYS or REPLICA TRIGGER (RULE) become entries of their own, for when nothing is applied any more: such a trigger
 * fires on replicated rows.
 *
 * Left out: publications, subscriptions, schema pgbaton, extensions pgbaton*, and by the patterns of the config (filter.h)
 * relations and whole schemas, with all that depends on them. A table that is wanted but depends on one that is left out is
 * refused (ERR_REFUSED).
 */
#ifndef PGBATON_SCHEMA_DUMP_H
#define PGBATON_SCHEMA_DUMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "config/config.h"
#include "pg/conn.h"
#include "pg/tools.h"
#include "schema/split.h"

/* All in the arena. */
typedef struct Ddl
{
    DdlEntries entries; /* pre-data, post-data, what has to wait until the target is opened */
    VEC(const char *)
    omitted; /* what was left out beside the excluded relations themselves: "VIEW public.v" */
    VEC(const char *) warnings; /* e.g. tablespaces that the target lacks */
} Ddl;

/*
 * snapshot: one that a session of ours exported, or NULL. target: where it will be executed, to see which tablespaces are there (objects of
 * others go to the database's default one, with a warning); NULL: all are taken to exist.
 */
bool schema_dump(const ClientTools *tools, Conn *source, const char *snapshot, Conn *target,
                 const Config *config, Arena *arena, Ddl *ret, Err *err) must_check;

#endif
