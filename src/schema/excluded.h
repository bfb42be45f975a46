/*
 * What the patterns of the config leave out, with all that depends on it.
 */
#ifndef PGBATON_SCHEMA_EXCLUDED_H
#define PGBATON_SCHEMA_EXCLUDED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "config/config.h"
#include "pg/conn.h"

/* (catalog, object), sorted. Start with {0}. */
typedef VEC(uint64_t) Excluded;

bool schema_excluded_read(Conn *conn, const Config *config, Arena *arena, Excluded *ret,
                          Err *err) must_check;

bool schema_excluded_has(const Excluded *excluded, int64_t catalog, int64_t oid);

/* An object as one number: the OID of its catalog, and its own there. */
uint64_t schema_excluded_key(int64_t catalog, int64_t oid);

#endif
