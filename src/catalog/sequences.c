#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    SEQUENCES_PER_QUERY = 500
};

/* One query reads a batch: each sequence is a relation of one row. */
static void
add_read(Str *sql, const SequenceValue *sequences, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sql_format(sql, "%RSELECT %R AS n, last_value::text, is_called FROM %Q",
                   i ? " UNION ALL " : "", PARAM_I64(i), sequences[i].schema, sequences[i].name);
}

static void
take_values(Arena *arena, const PGresult *result, SequenceValue *sequences)
{
    for (int row = 0; row < PQntuples(result); row++)
    {
        SequenceValue *sequence = &sequences[result_i64(result, row, 0)];

        sequence->last_value = arena_strdup(arena, result_text(result, row, 1));
        sequence->is_called = result_bool(result, row, 2);
    }
}

static bool
read_sequences(Conn *conn, Arena *arena, SequenceValue *sequences, size_t n, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;
    cleanup_(str_release) Str sql = STR_INIT;

    add_read(&sql, sequences, n);
    if (!conn_query(conn, sql.data, NO_PARAMS, &result, err))
        return err_context(err, "reading the sequences");
    take_values(arena, result, sequences);
    return true;
}

static size_t
batch_size(size_t len, size_t start)
{
    return len - start < SEQUENCES_PER_QUERY ? len - start : SEQUENCES_PER_QUERY;
}

bool
catalog_read_sequences(Conn *conn, Arena *arena, SequenceValues *sequences, Err *err)
{
    for (size_t start = 0; start < sequences->len; start += SEQUENCES_PER_QUERY)
        if (!read_sequences(conn, arena, sequences->items + start,
                            batch_size(sequences->len, start), err))
            return false;
    return true;
}

bool
catalog_sequences(Conn *conn, Arena *arena, SequenceValues *ret_sequences, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(conn, sql_catalog_sequences, NO_PARAMS, &result, err))
        return err_context(err, "reading the sequences");
    for (int row = 0; row < PQntuples(result); row++)
    {
        SequenceValue *sequence = vec_push(ret_sequences, arena);

        sequence->oid = (uint32_t)result_i64(result, row, 0);
        sequence->schema = arena_strdup(arena, result_text(result, row, 1));
        sequence->name = arena_strdup(arena, result_text(result, row, 2));
    }
    return catalog_read_sequences(conn, arena, ret_sequences, err);
}

/* Uncalled ones first, then by OID: they are read by other means. */
static int
compare_oids(const void *a, const void *b)
{
    const SequenceValue *x = a;
    const SequenceValue *y = b;

    if (x->is_called != y->is_called)
        return x->is_called ? 1 : -1;
    return (x->oid > y->oid) - (x->oid < y->oid);
}

/* A batch of those that were not called; every other one is the helper's. */
typedef struct Batch
{
    Conn *conn;
    size_t start;
    size_t n;
} Batch;

static Batch
batch_at(Conn *conn, Conn *helper, const SequenceWatch *watch, size_t start)
{
    size_t left = watch->n_uncalled - start;

    return (Batch){.conn = start / watch->n_per_query % 2 ? helper : conn,
                   .start = start,
                   .n = left < watch->n_per_query ? left : watch->n_per_query};
}

static void
add_statement_name(Str *sql, const Batch *batch)
{
    sql_format(sql, "pgbaton_sequences_%R", PARAM_I64(batch->start));
}

/*
 * pg_sequence_last_value() is the fastest way, but says nothing of a sequence that was not called yet, whose value may be set all the same. Planning
 * a query over hundreds of relations takes long, running it does not.
 */
static bool
prepare_uncalled(Conn *conn, Conn *helper, SequenceWatch *watch, Err *err)
{
    watch->n_per_query = watch->n_uncalled / 2 + 1;
    if (watch->n_per_query > SEQUENCES_PER_QUERY)
        watch->n_per_query = SEQUENCES_PER_QUERY;
    for (size_t start = 0; start < watch->n_uncalled; start += watch->n_per_query)
    {
        cleanup_(str_release) Str sql = STR_INIT;
        Batch batch = batch_at(conn, helper, watch, start);

        str_add(&sql, "PREPARE ");
        add_statement_name(&sql, &batch);
        str_add(&sql, " AS ");
        add_read(&sql, watch->values.items + start, batch.n);
        if (!conn_exec(batch.conn, sql.data, err))
            return err_context(err, "reading the sequences");
    }
    return true;
}

static bool
send_batch(const Batch *batch, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    str_add(&sql, "EXECUTE ");
    add_statement_name(&sql, batch);
    return conn_send(batch->conn, sql.data, err);
}

static bool
receive_batch(const Batch *batch, Arena *arena, SequenceValue *copies, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_receive(batch->conn, &result, err))
        return err_context(err, "reading the sequences");
    take_values(arena, result, copies + batch->start);
    return true;
}

/* Writes the present values of the uncalled ones into copies of them. */
static bool
read_uncalled(Conn *conn, Conn *helper, Arena *arena, const SequenceWatch *watch,
              SequenceValue *copies, Err *err)
{
    for (size_t start = 0; start < watch->n_uncalled; start += 2 * watch->n_per_query)
    {
        Batch first = batch_at(conn, helper, watch, start);
        Batch second = {0};

        if (start + first.n < watch->n_uncalled)
            second = batch_at(conn, helper, watch, start + first.n);
        if ((second.n > 0 && !send_batch(&second, err)) || !send_batch(&first, err) ||
            !receive_batch(&first, arena, copies, err) ||
            (second.n > 0 && !receive_batch(&second, arena, copies, err)))
            return false;
    }
    return true;
}

static const SequenceValue *
find_called(const SequenceWatch *watch, uint32_t oid)
{
    SequenceValue key = {.oid = oid, .is_called = true};

    if (watch->n_uncalled == watch->values.len)
        return NULL;
    return bsearch(&key, watch->values.items + watch->n_uncalled,
                   watch->values.len - watch->n_uncalled, sizeof(key), compare_oids);
}

static bool
is_same(const SequenceValue *a, const SequenceValue *b)
{
    return a->is_called == b->is_called && strcmp(a->last_value, b->last_value) == 0;
}

static bool
add_changed_uncalled(Conn *conn, Conn *helper, Arena *arena, const SequenceWatch *watch,
                     SequenceValues *changed, Err *err)
{
    SequenceValue *copies = arena_alloc(arena, (watch->n_uncalled + 1) * sizeof(*copies));

    memcpy(copies, watch->values.items, watch->n_uncalled * sizeof(*copies));
    if (!read_uncalled(conn, helper, arena, watch, copies, err))
        return false;
    for (size_t i = 0; i < watch->n_uncalled; i++)
        if (!is_same(&copies[i], &watch->values.items[i]))
            *vec_push(changed, arena) = copies[i];
    return true;
}

/* One that says nothing any more was set or restarted; there are few of these. */
static bool
read_restarted(Conn *conn, Arena *arena, SequenceValue *sequence, Err *err)
{
    return sequence->last_value || read_sequences(conn, arena, sequence, 1, err);
}

/* Of the same texts on both: that is what conn_prepare goes by. */
static bool
prepare_called(Conn *conn, Conn *helper, SequenceWatch *watch, Err *err)
{
    size_t n_called = watch->values.len - watch->n_uncalled;

    watch->middle = 0;
    if (n_called > 0)
        watch->middle = watch->values.items[watch->n_uncalled + n_called / 2].oid;
    return conn_prepare(conn, sql_catalog_last_values, err) &&
           conn_prepare(helper, sql_catalog_last_values, err);
}

bool
catalog_watch_sequences(Conn *conn, Conn *helper, Arena *arena, SequenceWatch *ret_watch, Err *err)
{
    SequenceValues changed = {0};

    *ret_watch = (SequenceWatch){0};
    if (!catalog_sequences(conn, arena, &ret_watch->values, err))
        return false;
    if (ret_watch->values.len > 0)
        qsort(ret_watch->values.items, ret_watch->values.len, sizeof(SequenceValue), compare_oids);
    while (ret_watch->n_uncalled < ret_watch->values.len &&
           !ret_watch->values.items[ret_watch->n_uncalled].is_called)
        ret_watch->n_uncalled++;
    /* Once for practice: plans and caches are there from then on. */
    ret_watch->is_ready = prepare_called(conn, helper, ret_watch, err) &&
                          prepare_uncalled(conn, helper, ret_watch, err) &&
                          catalog_changed_sequences(conn, helper, arena, ret_watch, &changed, err);
    return ret_watch->is_ready;
}

static bool
send_called(Conn *conn, uint32_t first, uint32_t last, Err *err)
{
    return conn_send_query(conn, sql_catalog_last_values, PARAMS(PARAM_I64(first), PARAM_I64(last)),
                           err);
}

static bool
receive_called(Conn *conn, Arena *arena, const SequenceWatch *watch, SequenceValues *changed,
               Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_receive(conn, &result, err))
        return err_context(err, "reading the sequences");
    for (int row = 0; row < PQntuples(result); row++)
    {
        const SequenceValue *known = find_called(watch, (uint32_t)result_i64(result, row, 0));
        const char *value = result_text(result, row, 1);

        if (!known || (value && strcmp(value, known->last_value) == 0))
            continue;
        *vec_push(changed, arena) = *known;
        changed->items[changed->len - 1].last_value = arena_strdup(arena, value);
    }
    return true;
}

bool
catalog_changed_sequences(Conn *conn, Conn *helper, Arena *arena, const SequenceWatch *watch,
                          SequenceValues *ret_changed, Err *err)
{
    if (!send_called(helper, watch->middle, UINT32_MAX, err) ||
        (watch->middle > 0 && (!send_called(conn, 0, watch->middle - 1, err) ||
                               !receive_called(conn, arena, watch, ret_changed, err))) ||
        !receive_called(helper, arena, watch, ret_changed, err))
        return false;
    for (size_t i = 0; i < ret_changed->len; i++)
        if (!read_restarted(conn, arena, &ret_changed->items[i], err))
            return false;
    return add_changed_uncalled(conn, helper, arena, watch, ret_changed, err);
}

static bool
set_sequences(Conn *conn, const SequenceValue *sequences, size_t n, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    for (size_t i = 0; i < n; i++)
    {
        cleanup_(str_release) Str name = STR_INIT;

        sql_qualified(&name, sequences[i].schema, sequences[i].name);
        str_add(&sql, i ? ", " : "SELECT ");
        sql_format(&sql, "pg_catalog.setval(pg_catalog.to_regclass(%L), %L::bigint, %R)", name.data,
                   sequences[i].last_value, sequences[i].is_called ? "true" : "false");
    }
    return conn_run(conn, sql.data, NO_PARAMS, NULL, err) ||
           err_context(err, "setting the sequences");
}

bool
catalog_set_sequences(Conn *conn, const SequenceValues *sequences, Err *err)
{
    for (size_t start = 0; start < sequences->len; start += SEQUENCES_PER_QUERY)
        if (!set_sequences(conn, sequences->items + start, batch_size(sequences->len, start), err))
            return false;
    return true;
}
