/*
 * Which table goes into which group, so that the groups' apply workers have about the same to do.
 *
 *   TableLoads tables = {0};
 *   *vec_push(&tables, arena) = (TableLoad){.oid = …, .schema = "public", .name = "t", .bytes = …};
 *   if (!balance_tables(source, &tables, config->apply_streams, arena, &n_groups, err)) return false;
 *   … tables.items[i].group …
 */
#ifndef PGBATON_FLOW_BALANCE_H
#define PGBATON_FLOW_BALANCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "pg/conn.h"

typedef struct TableLoad
{
    uint32_t oid; /* on the source */
    const char *schema;
    const char *name;
    int64_t bytes;
    int64_t writes; /* rows, since the source's statistics were reset */
    size_t group;   /* from 0 */
} TableLoad;

typedef VEC(TableLoad) TableLoads;

/* Fills writes from the source's statistics, and group as balance_spread does. */
bool balance_tables(Conn *source, TableLoads *tables, int max_groups, Arena *arena,
                    size_t *ret_n_groups, Err *err) must_check;

/*
 * Fills group. The most written table goes first, each to the group with the fewest writes so far; tables that nobody
 * writes to are spread by size. Ties are settled by size and then by name, so that equal figures give equal groups. Returns the number of
 * groups: max_groups, or fewer if there are fewer tables, but at least 1; each one has a table, if there is any.
 */
size_t balance_spread(TableLoads *tables, int max_groups, Arena *arena);

#endif
