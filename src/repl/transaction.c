#include "repl/transaction.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "pg/lsn.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    FIRST_LOOK = 1000,      /* messages of the first look for the transaction */
    LAST_LOOK = 1000 * 4096 /* beyond that many it is given up */
};

/* A message of pgoutput, as hex digits. What is not there reads as 0: the server's word is checked by its tests, not here. */
typedef struct Message
{
    const char *hex;
    Arena *arena;
} Message;

static int
read_byte(Message *message)
{
    char digits[3] = {0};

    if (!message->hex[0] || !message->hex[1])
        return 0;
    memcpy(digits, message->hex, 2);
    message->hex += 2;
    return (int)strtol(digits, NULL, 16);
}

static uint32_t
read_number(Message *message, int n_bytes)
{
    uint32_t number = 0;

    for (int i = 0; i < n_bytes; i++)
        number = number << 8 | (uint32_t)read_byte(message);
    return number;
}

static const char *
read_string(Message *message)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (int c = read_byte(message); c; c = read_byte(message))
        str_add_char(&s, (char)c);
    return arena_strdup(message->arena, s.data);
}

static const char *
read_value(Message *message)
{
    uint32_t len = read_number(message, 4);
    cleanup_(str_release) Str s = STR_INIT;

    for (uint32_t i = 0; i < len && *message->hex; i++)
        str_add_char(&s, (char)read_byte(message));
    return arena_strdup(message->arena, s.data);
}

typedef struct SentRelation
{
    uint32_t oid;
    const char *schema;
    const char *table;
    Names columns;
} SentRelation;

typedef VEC(SentRelation) SentRelations;

static void
read_relation(Arena *arena, const char *hex, SentRelations *relations)
{
    Message message = {.hex = hex, .arena = arena};
    SentRelation *relation = vec_push(relations, arena);
    uint32_t n_columns;

    read_byte(&message);
    relation->oid = read_number(&message, 4);
    relation->schema = read_string(&message);
    relation->table = read_string(&message);
    read_byte(&message); /* replica identity */
    n_columns = read_number(&message, 2);
    for (uint32_t i = 0; i < n_columns; i++)
    {
        read_byte(&message); /* flags */
        *vec_push(&relation->columns, arena) = read_string(&message);
        read_number(&message, 8); /* type, modifier */
    }
}

/* A key that is sent alone has nulls for the other columns: left out. */
static const char *
read_tuple(Message *message, const SentRelation *relation, bool key_only)
{
    cleanup_(str_release) Str s = STR_INIT;
    uint32_t n_columns = read_number(message, 2);

    for (uint32_t i = 0; i < n_columns && i < relation->columns.len; i++)
    {
        int kind = read_byte(message);

        if (kind == 'u' || (kind == 'n' && key_only))
            continue;
        str_addf(&s, "%s%s = ", s.len ? ", " : "", relation->columns.items[i]);
        sql_literal(&s, kind == 't' ? read_value(message) : NULL);
    }
    return arena_strdup(message->arena, s.data);
}

static const char *
kind_name(int kind)
{
    switch (kind)
    {
        case 'I':
            return "insert";
        case 'U':
            return "update";
        case 'D':
            return "delete";
        default:
            return "truncate";
    }
}

/* The last relation message before the row tells what its columns are; they come in their order, so the last of all is near enough. */
static const SentRelation *
relation_of(const SentRelations *relations, uint32_t oid)
{
    static const SentRelation unknown = {.schema = "", .table = "?"};

    for (size_t i = relations->len; i > 0; i--)
        if (relations->items[i - 1].oid == oid)
            return &relations->items[i - 1];
    return &unknown;
}

static void
read_row(Arena *arena, const char *hex, const SentRelations *relations, Transaction *transaction)
{
    Message message = {.hex = hex, .arena = arena};
    TransactionRow *row = vec_push(&transaction->rows, arena);
    int kind = read_byte(&message);
    const SentRelation *relation = relation_of(relations, read_number(&message, 4));
    int part = read_byte(&message);

    *row = (TransactionRow){
        .kind = kind_name(kind), .schema = relation->schema, .table = relation->table};
    row->values = read_tuple(&message, relation, part == 'K');
    if (kind == 'U' && part != 'N') /* the old row or key came first */
    {
        read_byte(&message);
        row->values = read_tuple(&message, relation, false);
    }
}

static void
read_result(Arena *arena, const PGresult *result, Transaction *transaction)
{
    SentRelations relations = {0};

    for (int row = 0; row < PQntuples(result); row++)
        switch (result_i64(result, row, 0))
        {
            case 0:
                transaction->found = true;
                transaction->xid = arena_strdup(arena, result_text(result, row, 1));
                transaction->finish_lsn = arena_strdup(arena, result_text(result, row, 2));
                transaction->end_lsn = arena_strdup(arena, result_text(result, row, 3));
                transaction->committed_at = arena_strdup(arena, result_text(result, row, 4));
                break;
            case 1:
                *vec_push(&transaction->changes, arena) = (TransactionChange){
                    .kind = kind_name(*PQgetvalue(result, row, 5)),
                    .schema = arena_strdup(arena, PQgetvalue(result, row, 6)),
                    .table = arena_strdup(arena, PQgetvalue(result, row, 7)),
                    .count = result_i64(result, row, 8),
                };
                break;
            case 2:
                read_relation(arena, PQgetvalue(result, row, 9), &relations);
                break;
            default:
                read_row(arena, PQgetvalue(result, row, 9), &relations, transaction);
        }
}

/* The position just behind, since decoding that is to stop at a record stops before it. */
static const char *
behind(Arena *arena, const char *lsn)
{
    uint64_t position;

    if (!lsn_read(lsn, &position))
        return NULL;
    position++;
    return arena_printf(arena, "%" PRIX64 "/%" PRIX64, position >> 32, position & UINT32_MAX);
}

/* A copy of its own, which the server drops at the end of the session. */
static bool
copy_slot(Conn *publisher, const char *slot, Arena *arena, const char **ret_copy, Err *err)
{
    if (!conn_has(publisher, FEATURE_SLOT_COPY))
    {
        *ret_copy = slot;
        return true;
    }
    *ret_copy = arena_printf(arena, "pgbaton_look_%d", PQbackendPID(conn_pg(publisher)));
    return conn_run(publisher,
                    "SELECT pg_catalog.pg_copy_logical_replication_slot($1, $2, true, 'pgoutput')",
                    PARAMS(slot, *ret_copy), NULL, err);
}

static bool
look(Conn *publisher, const char *slot, const char *publication_identifiers, const char *finish_lsn,
     const char *after_lsn, Arena *arena, Transaction *transaction, Err *err)
{
    const char *end = behind(arena, finish_lsn);

    for (int64_t most = FIRST_LOOK; most <= LAST_LOOK && !transaction->found; most *= 8)
    {
        cleanup_(result_release) PGresult *result = NULL;

        if (!conn_query(publisher, sql_repl_transaction,
                        PARAMS(slot, publication_identifiers, end, end ? NULL : PARAM_I64(most),
                               finish_lsn, after_lsn),
                        &result, err))
            return false;
        read_result(arena, result, transaction);
        if (end)
            break;
    }
    return true;
}

bool
transaction_read(Conn *publisher, const char *slot, const char *publication_identifiers,
                 const char *finish_lsn, const char *after_lsn, Arena *arena,
                 Transaction *ret_transaction, Err *err)
{
    cleanup_(err_release) Err ignored = {0};
    const char *copy;
    bool done;

    *ret_transaction = (Transaction){0};
    if (!copy_slot(publisher, slot, arena, &copy, err))
        return err_context(err, "copying replication slot \"%s\"", slot);
    done = look(publisher, copy, publication_identifiers, finish_lsn, after_lsn, arena,
                ret_transaction, err);
    if (copy != slot && !conn_run(publisher, "SELECT pg_catalog.pg_drop_replication_slot($1)",
                                  PARAMS(copy), NULL, &ignored))
        return done && err_move(err, &ignored);
    return done || err_context(err, "decoding replication slot \"%s\"", slot);
}
