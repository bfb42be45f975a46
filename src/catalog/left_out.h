/*
 * What the include and exclude patterns of the config leave out, with all that depends on it.
 */
#ifndef PGBATON_CATALOG_LEFT_OUT_H
#define PGBATON_CATALOG_LEFT_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "pg/conn.h"

enum
{
    CATALOG_OF_RELATIONS = 1259 /* OID of pg_class */
};

/* (catalog, object), sorted. Start with {0}. */
typedef VEC(uint64_t) LeftOut;

/* The patterns as filter_json (config/filter.h) makes them; without any, nothing is left out and nobody is asked. */
bool left_out_read(Conn *conn, const char *include, const char *exclude, Arena *arena,
                   LeftOut *ret_left_out, Err *err) must_check;

bool left_out_has(const LeftOut *left_out, int64_t catalog, int64_t oid);

/* An object as one number: the OID of its catalog, and its own there. */
uint64_t left_out_key(int64_t catalog, int64_t oid);

#endif
