/*
 * The statements that make and change publications, for any number of tables: some of them a statement, as each one stays locked until its end.
 */
#ifndef PGBATON_REPL_PUBLICATION_EDIT_H
#define PGBATON_REPL_PUBLICATION_EDIT_H

#include "base/str.h"
#include "repl/publication_read.h"

/* TABLE without its keyword: ONLY "s"."t" ("a") WHERE (…). */
void publication_add_table(Str *s, const PublicationTable *table);

/* The statements that make it. */
void publication_plan_create(Arena *arena, const Publication *publication, bool knows_via_root,
                             Names *ret_statements);

/* Those that add these tables and schemas to it, or take them out. */
void publication_plan_add(Arena *arena, const char *name, const PublicationTables *tables,
                          const Names *schemas, Names *ret_statements);
void publication_plan_remove(Arena *arena, const char *name, const PublicationTables *tables,
                             const Names *schemas, Names *ret_statements);

#endif
