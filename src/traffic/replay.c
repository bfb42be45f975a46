#include "traffic/replay.h"

#include <stdlib.h>
#include <string.h>

/* A ledger numbers from 1 without holes; a wild number in a damaged one must not eat the memory. */
enum
{
    MAX_JUMP = 100000
};

int
replay_stream(Replay *replay, int64_t run, int writer)
{
    for (int i = 0; i < replay->n_streams; i++)
    {
        int at = (replay->last_stream + i) % replay->n_streams;

        if (replay->streams[at].run == run && replay->streams[at].writer == writer)
            return replay->last_stream = at;
    }
    return -1;
}

Txn *
replay_txn(Replay *replay, int stream, int64_t n)
{
    Stream *s = stream < 0 ? NULL : &replay->streams[stream];

    if (!s || n < 1 || (size_t)n > s->len || s->txns[n - 1].outcome == OUTCOME_NONE)
        return NULL;
    return &s->txns[n - 1];
}

static int
add_stream(Replay *replay, int64_t run, int writer)
{
    size_t n = (size_t)replay->n_streams + 1;

    replay->streams = mem_realloc(replay->streams, n * sizeof(*replay->streams));
    replay->streams[n - 1] = (Stream){.run = run, .writer = writer};
    replay->last_stream = replay->n_streams++;
    return replay->last_stream;
}

/* The transaction's place, made if need be; NULL for a wild number. */
static Txn *
place_of(Replay *replay, const LedgerLine *line)
{
    int index = replay_stream(replay, line->run, line->writer);
    Stream *stream;
    size_t n = (size_t)line->n;

    if (index < 0)
        index = add_stream(replay, line->run, line->writer);
    stream = &replay->streams[index];
    if (n > stream->len + MAX_JUMP)
        return NULL;
    if (n > stream->capacity)
    {
        stream->capacity = n * 2 > 1024 ? n * 2 : 1024;
        stream->txns = mem_realloc(stream->txns, stream->capacity * sizeof(*stream->txns));
    }
    if (n > stream->len)
    {
        memset(&stream->txns[stream->len], 0, (n - stream->len) * sizeof(*stream->txns));
        stream->len = n;
    }
    return &stream->txns[n - 1];
}

static bool
visit_outcome(void *arg, const LedgerLine *line)
{
    const char *changes = line->changes;
    LedgerChange change;
    Txn *txn;
    bool ok = true;

    if (line->kind == LEDGER_RUN)
        return true;
    txn = place_of(arg, line);
    if (!txn)
        return false;
    switch (line->kind)
    {
        case LEDGER_RUN:
            break;
        case LEDGER_INTENT:
            if (txn->outcome != OUTCOME_NONE || !ledger_next_change(&changes, &change, &ok) ||
                change.table != TABLE_TXN)
                return false;
            txn->outcome = OUTCOME_AMBIGUOUS;
            txn->ticket = change.key;
            txn->payload = change.sum;
            break;
        case LEDGER_ACKNOWLEDGED:
            if (txn->outcome != OUTCOME_AMBIGUOUS)
                return false;
            txn->outcome = OUTCOME_COMMITTED;
            break;
        case LEDGER_ROLLED_BACK:
            txn->outcome = OUTCOME_ROLLED_BACK;
            break;
        case LEDGER_AMBIGUOUS:
            return txn->outcome == OUTCOME_AMBIGUOUS;
    }
    return true;
}

static bool
read_ledgers(Replay *replay, const LedgerList *ledgers, int64_t *sizes, LedgerVisit visit, Err *err)
{
    for (size_t i = 0; i < ledgers->len; i++)
        if (!ledger_read(ledgers->paths[i], &sizes[i], visit, replay, err))
            return false;
    return true;
}

bool
replay_outcomes(Replay *replay, const LedgerList *ledgers, int64_t *sizes, Err *err)
{
    return read_ledgers(replay, ledgers, sizes, visit_outcome, err);
}

static size_t
row_hash(char table, int stream, int64_t key, int slot)
{
    uint64_t h = (uint64_t)key * 0x9e3779b97f4a7c15U ^ (uint64_t)(unsigned)stream << 20 ^
                 (uint64_t)(unsigned)slot << 8 ^ (unsigned char)table;

    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9U;
    return (size_t)(h ^ (h >> 27));
}

/* Where the row is, or where it would go. */
static size_t
row_place(const Replay *replay, char table, int stream, int64_t key, int slot)
{
    size_t mask = replay->row_capacity - 1;
    size_t at = row_hash(table, stream, key, slot) & mask;

    for (;; at = (at + 1) & mask)
    {
        const Row *row = &replay->rows[at];

        if (!row->table ||
            (row->table == table && row->stream == stream && row->key == key && row->slot == slot))
            return at;
    }
}

Row *
replay_row(Replay *replay, char table, int stream, int64_t key, int slot)
{
    Row *row =
        replay->row_capacity ? &replay->rows[row_place(replay, table, stream, key, slot)] : NULL;

    return row && row->table ? row : NULL;
}

static void
grow_rows(Replay *replay)
{
    Row *old = replay->rows;
    size_t old_capacity = replay->row_capacity;

    replay->row_capacity = old_capacity ? old_capacity * 2 : 4096;
    replay->rows = mem_alloc_zeroed(replay->row_capacity * sizeof(*replay->rows));
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].table)
            replay->rows[row_place(replay, old[i].table, old[i].stream, old[i].key, old[i].slot)] =
                old[i];
    free(old);
}

static void
put_row(Replay *replay, const Row *row)
{
    size_t at;

    if (replay->n_rows * 2 >= replay->row_capacity)
        grow_rows(replay);
    at = row_place(replay, row->table, row->stream, row->key, row->slot);
    replay->n_rows += !replay->rows[at].table;
    replay->rows[at] = *row;
}

/* Empties the place and moves later ones of the same chain up, so that no search ends too early. */
static void
remove_row(Replay *replay, Row *row)
{
    size_t mask = replay->row_capacity - 1;
    size_t hole = (size_t)(row - replay->rows);

    for (size_t at = (hole + 1) & mask; replay->rows[at].table; at = (at + 1) & mask)
    {
        const Row *next = &replay->rows[at];
        size_t home = row_hash(next->table, next->stream, next->key, next->slot) & mask;

        if (((at - home) & mask) >= ((at - hole) & mask))
        {
            replay->rows[hole] = *next;
            hole = at;
        }
    }
    replay->rows[hole] = (Row){0};
    replay->n_rows--;
}

static void
add_number(Numbers *numbers, int64_t value)
{
    if (numbers->len == numbers->capacity)
    {
        numbers->capacity = numbers->capacity ? numbers->capacity * 2 : 1024;
        numbers->items = mem_realloc(numbers->items, numbers->capacity * sizeof(*numbers->items));
    }
    numbers->items[numbers->len++] = value;
}

static int
compare_numbers(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t
numbers_repeated(Numbers *numbers)
{
    int64_t n = 0;

    if (numbers->len)
        qsort(numbers->items, numbers->len, sizeof(*numbers->items), compare_numbers);
    for (size_t i = 1; i < numbers->len; i++)
        n += numbers->items[i] == numbers->items[i - 1];
    return n;
}

static bool
add_amount(Replay *replay, Stream *stream, const LedgerChange *change, int64_t n)
{
    switch (change->table)
    {
        case TABLE_ACCOUNT:
            if (change->key >= TRAFFIC_ACCOUNTS)
                return false;
            replay->accounts[change->key] += change->amount;
            return true;
        case TABLE_COUNTER:
            if (change->key >= TRAFFIC_SHARED_COUNTERS)
                return false;
            replay->counters[change->key] += change->amount;
            return true;
        default:
            stream->own_count += change->amount;
            stream->own_last = n;
            return true;
    }
}

static void
apply_to_row(Replay *replay, int stream, int64_t n, const LedgerChange *change)
{
    Row *old = replay_row(replay, change->table, stream, change->key, change->slot);
    Row row = {.table = change->table,
               .slot = change->slot,
               .stream = stream,
               .key = change->key,
               .n = n,
               .changed = n,
               .sum = change->sum};

    if (change->verb == VERB_INSERT)
        put_row(replay, &row);
    else if (old && change->verb == VERB_DELETE)
        remove_row(replay, old);
    else if (old)
    {
        old->changed = n;
        old->sum = change->sum;
    }
}

static void
note_sequence_value(Replay *replay, const LedgerChange *change)
{
    if (change->verb != VERB_INSERT)
        return;
    if (change->table == TABLE_TXN)
        add_number(&replay->tickets, change->key);
    else if (change->table == TABLE_ITEM)
        add_number(&replay->item_ids, change->key);
    else if (change->table == TABLE_DOCUMENT)
        add_number(&replay->document_ids, change->key);
}

static bool
visit_changes(void *arg, const LedgerLine *line)
{
    Replay *replay = arg;
    const char *changes = line->changes;
    LedgerChange change;
    bool ok = true;
    int stream;
    const Txn *txn;

    if (line->kind != LEDGER_INTENT)
        return true;
    stream = replay_stream(replay, line->run, line->writer);
    txn = replay_txn(replay, stream, line->n);
    if (!txn)
        return false;
    while (ledger_next_change(&changes, &change, &ok))
    {
        if (txn->outcome == OUTCOME_COMMITTED || (txn->outcome == OUTCOME_AMBIGUOUS && txn->seen))
            note_sequence_value(replay, &change);
        /* Of a missing transaction nothing is expected: its absence is told once. */
        if (!txn->seen || txn->outcome == OUTCOME_ROLLED_BACK || change.table == TABLE_TXN)
            continue;
        if (change.verb == VERB_ADD &&
            !add_amount(replay, &replay->streams[stream], &change, line->n))
            return false;
        if (change.verb != VERB_ADD)
            apply_to_row(replay, stream, line->n, &change);
    }
    return ok;
}

bool
replay_changes(Replay *replay, const LedgerList *ledgers, int64_t *sizes, Err *err)
{
    return read_ledgers(replay, ledgers, sizes, visit_changes, err);
}

void
replay_release(Replay *replay)
{
    for (int i = 0; i < replay->n_streams; i++)
        free(replay->streams[i].txns);
    free(replay->streams);
    free(replay->rows);
    free(replay->tickets.items);
    free(replay->item_ids.items);
    free(replay->document_ids.items);
    *replay = (Replay){0};
}
