#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "pg/conn.h"
#include "sql/sql.h"
#include "traffic/replay.h"
#include "traffic/traffic.h"

typedef struct Check
{
    Conn *conn;
    Replay replay;
    Arena *arena;
    TrafficCheckResult *result;
} Check;

/* Keeps the text if it is among the first. */
static void
tell(Check *check, const char *text)
{
    if (check->result->n_offenders < TRAFFIC_MAX_TEXTS)
        check->result->offenders[check->result->n_offenders++] = arena_strdup(check->arena, text);
}

static void printf_(2, 3) tell_f(Check *check, const char *format, ...)
{
    cleanup_(str_release) Str text = STR_INIT;
    va_list args;

    va_start(args, format);
    str_addv(&text, format, args);
    va_end(args);
    tell(check, text.data);
}

static const char *
table_name(char table)
{
    return table == TABLE_ITEM       ? "item"
           : table == TABLE_NOTE     ? "note"
           : table == TABLE_DOCUMENT ? "document"
                                     : "txn";
}

/* A row (of table, key) shows that this transaction is not there as a whole; why says how. */
static void
mark_half(Check *check, int stream, int64_t n, char table, int64_t key, const char *why)
{
    Txn *txn = replay_txn(&check->replay, stream, n);

    if (!txn || txn->half)
        return;
    txn->half = true;
    check->result->half++;
    tell_f(check, "half: run %015llx writer %d transaction %lld: %s %lld %s",
           (unsigned long long)check->replay.streams[stream].run,
           check->replay.streams[stream].writer, (long long)n, table_name(table), (long long)key,
           why);
}

static void
mark_duplicated(Check *check, int stream, int64_t n, char table, int64_t key)
{
    Txn *txn = replay_txn(&check->replay, stream, n);

    if (!txn || txn->duplicated)
        return;
    txn->duplicated = true;
    check->result->duplicated++;
    tell_f(check,
           "duplicated: run %015llx writer %d transaction %lld: %s %lld is there more than once",
           (unsigned long long)check->replay.streams[stream].run,
           check->replay.streams[stream].writer, (long long)n, table_name(table), (long long)key);
}

static void
mark_foreign(Check *check, int64_t run, int64_t writer, int64_t n, char table, int64_t key,
             const char *why)
{
    check->result->foreign++;
    tell_f(check, "foreign: %s %lld of run %015llx writer %lld transaction %lld, which %s",
           table_name(table), (long long)key, (unsigned long long)run, (long long)writer,
           (long long)n, why);
}

/* Declares the cursor and hands its rows to visit, some thousands at a time. */
static bool
scan(Check *check, const char *declare, void (*visit)(Check *check, const PGresult *rows, int row),
     Err *err)
{
    if (!conn_run(check->conn, declare, NO_PARAMS, NULL, err))
        return false;
    for (;;)
    {
        cleanup_(result_release) PGresult *rows = NULL;

        if (!conn_query(check->conn, sql_traffic_check_fetch, NO_PARAMS, &rows, err))
            return false;
        for (int row = 0; row < PQntuples(rows); row++)
            visit(check, rows, row);
        if (PQntuples(rows) == 0)
            return conn_run(check->conn, sql_traffic_check_close, NO_PARAMS, NULL, err);
    }
}

static bool
sum_is(const Md5 *sum, const char *hex)
{
    Md5 actual;

    return md5_from_hex(hex, &actual) && md5_equal(sum, &actual);
}

static void
visit_txn(Check *check, const PGresult *rows, int row)
{
    int64_t run = result_i64(rows, row, 0);
    int64_t writer = result_i64(rows, row, 1);
    int64_t n = result_i64(rows, row, 2);
    int64_t ticket = result_i64(rows, row, 3);
    int stream = replay_stream(&check->replay, run, (int)writer);
    Txn *txn = replay_txn(&check->replay, stream, n);

    if (!txn || txn->outcome == OUTCOME_ROLLED_BACK)
    {
        mark_foreign(check, run, writer, n, TABLE_TXN, ticket,
                     txn ? "was rolled back" : "is in no ledger");
        return;
    }
    if (txn->seen)
        mark_duplicated(check, stream, n, TABLE_TXN, ticket);
    txn->seen = true;
    if (ticket != txn->ticket || !sum_is(&txn->payload, PQgetvalue(rows, row, 4)))
        mark_half(check, stream, n, TABLE_TXN, ticket, "is not what was written");
}

/* A row that need not be there: what is wrong with it depends on who inserted it. */
static void
judge_unexpected(Check *check, int64_t run, int64_t writer, int stream, int64_t n, char table,
                 int64_t key)
{
    const Txn *txn = replay_txn(&check->replay, stream, n);

    if (!txn)
        mark_foreign(check, run, writer, n, table, key, "is in no ledger");
    else if (txn->outcome == OUTCOME_ROLLED_BACK)
        mark_foreign(check, run, writer, n, table, key, "was rolled back");
    else if (!txn->seen)
        mark_half(check, stream, n, table, key, "is there without its row in txn");
    else
        mark_half(check, stream, n, table, key, "is there though it was deleted, or never written");
}

static void
visit_row(Check *check, const PGresult *rows, int at)
{
    char table = PQgetvalue(rows, at, 0)[0];
    int64_t run = result_i64(rows, at, 1);
    int64_t writer = result_i64(rows, at, 2);
    int64_t n = result_i64(rows, at, 3);
    int64_t key = result_i64(rows, at, 5);
    int stream = replay_stream(&check->replay, run, (int)writer);
    Row *row = replay_row(&check->replay, table, stream, key, (int)result_i64(rows, at, 4));

    if (!row || row->n != n)
    {
        judge_unexpected(check, run, writer, stream, n, table, key);
        return;
    }
    if (row->seen)
        mark_duplicated(check, stream, n, table, key);
    row->seen = true;
    if (row->changed != result_i64(rows, at, 6))
        mark_half(check, stream, row->changed, table, key, "does not have its last change");
    else if (!sum_is(&row->sum, PQgetvalue(rows, at, 7)))
        mark_half(check, stream, row->changed, table, key, "does not hold what was written");
}

static void
judge_txns(Check *check)
{
    TrafficCheckResult *result = check->result;

    for (int s = 0; s < check->replay.n_streams; s++)
        for (size_t i = 0; i < check->replay.streams[s].len; i++)
        {
            const Stream *stream = &check->replay.streams[s];
            const Txn *txn = &stream->txns[i];

            if (txn->outcome == OUTCOME_AMBIGUOUS)
                *(txn->seen ? &result->ambiguous_present : &result->ambiguous_absent) += 1;
            if (txn->outcome != OUTCOME_COMMITTED)
                continue;
            result->checked++;
            if (txn->seen)
                continue;
            result->missing++;
            tell_f(check, "missing: run %015llx writer %d transaction %zu",
                   (unsigned long long)stream->run, stream->writer, i + 1);
        }
}

static void
judge_rows(Check *check)
{
    for (size_t i = 0; i < check->replay.row_capacity; i++)
    {
        const Row *row = &check->replay.rows[i];

        if (row->table && !row->seen)
            mark_half(check, row->stream, row->n, row->table, row->key, "is not there");
    }
}

static bool
check_accounts(Check *check, Err *err)
{
    cleanup_(result_release) PGresult *rows = NULL;
    int64_t difference = 0;

    if (!conn_query(check->conn, sql_traffic_check_accounts, NO_PARAMS, &rows, err))
        return false;
    check->result->balance_ok = PQntuples(rows) == TRAFFIC_ACCOUNTS;
    if (!check->result->balance_ok)
        tell_f(check, "accounts: %d rows instead of %d", PQntuples(rows), TRAFFIC_ACCOUNTS);
    for (int i = 0; i < PQntuples(rows); i++)
    {
        int64_t id = result_i64(rows, i, 0);
        int64_t balance = result_i64(rows, i, 1);
        int64_t expected;

        if (id < 0 || id >= TRAFFIC_ACCOUNTS)
            continue;
        expected = TRAFFIC_ACCOUNT_START + check->replay.accounts[id];
        difference += balance - expected;
        if (balance == expected)
            continue;
        check->result->balance_ok = false;
        tell_f(check, "account %lld: %lld instead of %lld", (long long)id, (long long)balance,
               (long long)expected);
    }
    if (difference)
        tell_f(check, "accounts: the total is off by %lld", (long long)difference);
    return true;
}

static void
judge_counter(Check *check, int64_t run, int64_t writer, int64_t value, int64_t expected)
{
    if (value == expected)
        return;
    check->result->counters_ok = false;
    tell_f(check, "counter of run %015llx writer %lld: %lld instead of %lld",
           (unsigned long long)run, (long long)writer, (long long)value, (long long)expected);
}

static bool
check_counters(Check *check, Err *err)
{
    cleanup_(result_release) PGresult *rows = NULL;
    Replay *replay = &check->replay;

    if (!conn_query(check->conn, sql_traffic_check_counters, NO_PARAMS, &rows, err))
        return false;
    check->result->counters_ok = true;
    for (int i = 0; i < PQntuples(rows); i++)
    {
        int64_t run = result_i64(rows, i, 0);
        int64_t writer = result_i64(rows, i, 1);
        int64_t value = result_i64(rows, i, 2);
        int stream = replay_stream(replay, run, (int)writer);

        if (run == 0 && writer >= 0 && writer < TRAFFIC_SHARED_COUNTERS)
        {
            judge_counter(check, run, writer, value, replay->counters[writer]);
            replay->counters[writer] = 0;
        }
        else if (stream < 0)
            mark_foreign(check, run, writer, result_i64(rows, i, 3), TABLE_TXN, 0,
                         "is in no ledger but has a counter");
        else
        {
            judge_counter(check, run, writer, value, replay->streams[stream].own_count);
            judge_counter(check, run, writer, result_i64(rows, i, 3),
                          replay->streams[stream].own_last);
            replay->streams[stream].own_count = 0;
        }
    }
    /* What is left has no row. */
    for (int i = 0; i < TRAFFIC_SHARED_COUNTERS; i++)
        judge_counter(check, 0, i, 0, replay->counters[i]);
    for (int i = 0; i < replay->n_streams; i++)
        judge_counter(check, replay->streams[i].run, replay->streams[i].writer, 0,
                      replay->streams[i].own_count);
    return true;
}

static void
check_sequences(Check *check)
{
    const struct
    {
        const char *name;
        Numbers *values;
    } sequences[] = {{"ticket", &check->replay.tickets},
                     {"item_id_seq", &check->replay.item_ids},
                     {"document_id_seq", &check->replay.document_ids}};

    for (size_t i = 0; i < lengthof(sequences); i++)
    {
        int64_t n = numbers_repeated(sequences[i].values);

        check->result->sequence_reused += n;
        if (n)
            tell_f(check, "sequence \"%s\" handed out %lld values more than once",
                   sequences[i].name, (long long)n);
    }
}

static bool
compare(Check *check, const LedgerList *ledgers, int64_t *sizes, Err *err)
{
    /* Cursors and sums are read in one snapshot. */
    if (!conn_exec(check->conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err) ||
        !replay_outcomes(&check->replay, ledgers, sizes, err) ||
        !scan(check, sql_traffic_check_txn, visit_txn, err) ||
        !replay_changes(&check->replay, ledgers, sizes, err) ||
        !scan(check, sql_traffic_check_rows, visit_row, err))
        return false;
    judge_txns(check);
    judge_rows(check);
    check_sequences(check);
    return check_accounts(check, err) && check_counters(check, err) &&
           conn_exec(check->conn, "COMMIT", err);
}

bool
traffic_check(const char *conninfo, const LedgerList *ledgers, Arena *arena,
              TrafficCheckResult *ret_result, Err *err)
{
    cleanup_(conn_close_pointer) Conn *conn = NULL;
    Check check = {.arena = arena, .result = ret_result};
    int64_t *sizes = arena_alloc(arena, ledgers->len * sizeof(*sizes));
    bool ok;

    *ret_result = (TrafficCheckResult){0};
    for (size_t i = 0; i < ledgers->len; i++)
        sizes[i] = -1;
    if (!schema_connect(conninfo, "check", &conn, err) || !schema_require(conn, err))
        return false;
    check.conn = conn;
    ok = compare(&check, ledgers, sizes, err);
    replay_release(&check.replay);
    return ok;
}

bool
traffic_check_fine(const TrafficCheckResult *result)
{
    return result->missing + result->duplicated + result->half + result->foreign +
                   result->sequence_reused ==
               0 &&
           result->balance_ok && result->counters_ok;
}
