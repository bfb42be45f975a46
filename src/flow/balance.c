#include "flow/balance.h"

#include <stdlib.h>
#include <string.h>

#include "sql/sql.h"

typedef struct Write
{
    uint32_t oid;
    int64_t rows;
} Write;

/* What a group has so far. */
typedef struct Pile
{
    int64_t writes;
    int64_t bytes;
    size_t n_tables;
} Pile;

static int
compare_writes(const void *a, const void *b)
{
    const Write *x = a;
    const Write *y = b;

    return (x->oid > y->oid) - (x->oid < y->oid);
}

static bool
read_writes(Conn *source, TableLoads *tables, Arena *arena, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    VEC(Write) writes = {0};

    if (!conn_query(source, sql_flow_table_writes, NO_PARAMS, &result, err))
        return err_context(err, "reading how often tables are written to");
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(&writes, arena) = (Write){.oid = (uint32_t)result_i64(result, row, 0),
                                            .rows = result_i64(result, row, 1)};
    for (size_t i = 0; i < tables->len && writes.len > 0; i++)
    {
        Write key = {.oid = tables->items[i].oid};
        const Write *found = bsearch(&key, writes.items, writes.len, sizeof(Write), compare_writes);

        tables->items[i].writes = found ? found->rows : 0;
    }
    return true;
}

/* The heaviest first; no two tables are equal. */
static int
compare_loads(const void *a, const void *b)
{
    const TableLoad *x = *(TableLoad *const *)a;
    const TableLoad *y = *(TableLoad *const *)b;
    int by_schema = strcmp(x->schema, y->schema);

    if (x->writes != y->writes)
        return x->writes > y->writes ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return by_schema ? by_schema : strcmp(x->name, y->name);
}

static bool
is_lighter(const Pile *a, const Pile *b, bool by_writes)
{
    if (by_writes && a->writes != b->writes)
        return a->writes < b->writes;
    if (a->bytes != b->bytes)
        return a->bytes < b->bytes;
    /* Empty tables weigh nothing, but each group is to have one. */
    return a->n_tables < b->n_tables;
}

static size_t
lightest(const Pile *piles, size_t n, bool by_writes)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (is_lighter(&piles[i], &piles[best], by_writes))
            best = i;
    return best;
}

size_t
balance_spread(TableLoads *tables, int max_groups, Arena *arena)
{
    size_t n_groups = (size_t)max_groups < tables->len ? (size_t)max_groups : tables->len;
    TableLoad **order = arena_alloc(arena, (tables->len + 1) * sizeof(TableLoad *));
    Pile *piles = arena_alloc(arena, (n_groups + 1) * sizeof(Pile));

    if (tables->len == 0)
        return 1;
    for (size_t i = 0; i < tables->len; i++)
        order[i] = &tables->items[i];
    qsort(order, tables->len, sizeof(TableLoad *), compare_loads);
    for (size_t i = 0; i < tables->len; i++)
    {
        Pile *pile;

        order[i]->group = lightest(piles, n_groups, order[i]->writes > 0);
        pile = &piles[order[i]->group];
        pile->writes += order[i]->writes;
        pile->bytes += order[i]->bytes;
        pile->n_tables++;
    }
    return n_groups;
}

bool
balance_tables(Conn *source, TableLoads *tables, int max_groups, Arena *arena, size_t *ret_n_groups,
               Err *err)
{
    if (max_groups > 1 && !read_writes(source, tables, arena, err))
        return false;
    *ret_n_groups = balance_spread(tables, max_groups, arena);
    return true;
}
