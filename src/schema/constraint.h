/*
 * Constraints taken apart, so that what takes long about them is a statement of its own that can run beside others.
 *
 * The statements are those of pg_dump --quote-all-identifiers. What is not of the expected form is left alone: false.
 */
#ifndef PGBATON_SCHEMA_CONSTRAINT_H
#define PGBATON_SCHEMA_CONSTRAINT_H

#include <stdbool.h>

#include "base/arena.h"

/*
 * ALTER TABLE ONLY … ADD CONSTRAINT … FOREIGN KEY …: added NOT VALID, and validated. False for those of partitioned tables, and those that
 * are not valid on the source.
 */
bool constraint_split_foreign_key(const char *sql, Arena *arena, const char **ret_add,
                                  const char **ret_validate);

/*
 * ALTER TABLE ONLY … ADD CONSTRAINT … PRIMARY KEY or UNIQUE …: the index, which does not keep others of the same table from being built,
 * and the constraint on top of it. Statements that follow stay with the constraint.
 */
bool constraint_split_unique(const char *sql, Arena *arena, const char **ret_index,
                             const char **ret_add);

#endif
