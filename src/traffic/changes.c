#include "traffic/changes.h"

#include <stdlib.h>
#include <string.h>

#include "pg/conn.h"
#include "sql/sql.h"
#include "traffic/schema.h"

/* Live rows a writer keeps of each table. Notes are few: see traffic_create.sql. */
enum
{
    MAX_ITEMS = 500,
    MAX_NOTES = 25,
    MAX_DOCUMENTS = 20,
    DROPPED_SLOT = 99, /* of a row inserted under a savepoint that is rolled back */
};

#define ARG_TEXT(text)  \
    {                   \
        .value = (text) \
    }
#define ARG_I64(number)            \
    {                              \
        .value = PARAM_I64(number) \
    }

static PendingChange *
note_change(Writer *writer, char table, char verb, int64_t key, int slot)
{
    PendingChange *pending = &writer->pending[writer->n_pending];

    if (writer->n_pending++ >= MAX_PENDING)
        abort();
    *pending = (PendingChange){.change = {.table = table, .verb = verb, .key = key, .slot = slot}};
    return pending;
}

static Str *
new_text(Writer *writer, int number, int64_t min, int64_t max)
{
    Str *text = &writer->text[number];

    str_clear(text);
    random_add_text(&writer->random, text, (size_t)random_between(&writer->random, min, max));
    return text;
}

/* Runs an INSERT … RETURNING of one number. */
static StepResult
insert_returning(Writer *writer, const char *sql, const Arg *args, int n_args, int64_t *ret_value)
{
    cleanup_(result_release) PGresult *result = NULL;
    StepResult step = session_exec(&writer->session, sql, args, n_args, &result);

    if (step == STEP_OK)
        *ret_value = result_i64(result, 0, 0);
    return step;
}

/* Runs an UPDATE or DELETE of one row that must be there: if it is not, an acknowledged commit was lost. */
static StepResult
change_one(Writer *writer, const char *sql, const Arg *args, int n_args, const char *what)
{
    cleanup_(result_release) PGresult *result = NULL;
    StepResult step = session_exec(&writer->session, sql, args, n_args, &result);
    cleanup_(str_release) Str text = STR_INIT;

    if (step != STEP_OK || strcmp(PQcmdTuples(result), "1") == 0)
        return step;
    str_addf(&text, "a row of an acknowledged commit was not there: %s", what);
    session_complain(&writer->session, text.data);
    return STEP_ERROR;
}

static StepResult
insert_txn(Writer *writer)
{
    Str *payload = new_text(writer, 0, 8, 60);
    const Arg args[] = {ARG_I64(writer->run->number), ARG_I64(writer->number), ARG_I64(writer->n),
                        ARG_TEXT(payload->data)};
    int64_t ticket = 0;
    StepResult step =
        insert_returning(writer, sql_traffic_txn_insert, args, lengthof(args), &ticket);

    if (step == STEP_OK)
        note_change(writer, TABLE_TXN, VERB_INSERT, ticket, 0)->change.sum =
            md5_of(payload->data, payload->len);
    return step;
}

/* The server's checksum of an item is that of "quantity:label". */
static Md5
item_sum(Writer *writer, int64_t quantity, const Str *label)
{
    Str *joined = &writer->text[1];

    str_clear(joined);
    str_addf(joined, "%lld:%s", (long long)quantity, label->data);
    return md5_of(joined->data, joined->len);
}

static StepResult
insert_item(Writer *writer, int slot)
{
    Str *label = new_text(writer, 0, 5, 200);
    int64_t quantity = random_between(&writer->random, -1000, 1000);
    const Arg args[] = {ARG_I64(writer->run->number),
                        ARG_I64(writer->number),
                        ARG_I64(writer->n),
                        ARG_I64(slot),
                        ARG_I64(quantity),
                        ARG_TEXT(label->data)};
    int64_t id = 0;
    StepResult step = insert_returning(writer, sql_traffic_item_insert, args, lengthof(args), &id);

    if (step == STEP_OK && slot != DROPPED_SLOT)
        note_change(writer, TABLE_ITEM, VERB_INSERT, id, slot)->change.sum =
            item_sum(writer, quantity, label);
    return step;
}

static StepResult
update_item(Writer *writer, const LiveRow *row)
{
    Str *label = new_text(writer, 0, 5, 200);
    int64_t quantity = random_between(&writer->random, -1000, 1000);
    const Arg args[] = {ARG_I64(row->key), ARG_I64(writer->n), ARG_I64(quantity),
                        ARG_TEXT(label->data)};
    StepResult step =
        change_one(writer, sql_traffic_item_update, args, lengthof(args), "update of an item");

    if (step == STEP_OK)
        note_change(writer, TABLE_ITEM, VERB_UPDATE, row->key, row->slot)->change.sum =
            item_sum(writer, quantity, label);
    return step;
}

static StepResult
delete_by_id(Writer *writer, char table, const char *sql, const LiveRow *row, const char *what)
{
    const Arg args[] = {ARG_I64(row->key)};
    StepResult step = change_one(writer, sql, args, lengthof(args), what);

    if (step == STEP_OK)
        note_change(writer, table, VERB_DELETE, row->key, row->slot);
    return step;
}

static StepResult
delete_item(Writer *writer, const LiveRow *row)
{
    return delete_by_id(writer, TABLE_ITEM, sql_traffic_item_delete, row, "delete of an item");
}

static StepResult
insert_note(Writer *writer, int slot)
{
    Str *content = new_text(writer, 0, 0, 400);
    const Arg args[] = {ARG_I64(writer->run->number), ARG_I64(writer->number), ARG_I64(writer->n),
                        ARG_I64(slot), ARG_TEXT(content->data)};
    StepResult step =
        session_exec(&writer->session, sql_traffic_note_insert, args, lengthof(args), NULL);

    if (step == STEP_OK)
        note_change(writer, TABLE_NOTE, VERB_INSERT, writer->n, slot)->change.sum =
            md5_of(content->data, content->len);
    return step;
}

static StepResult
update_note(Writer *writer, const LiveRow *row)
{
    Str *content = new_text(writer, 0, 0, 400);
    const Arg args[] = {
        ARG_I64(writer->run->number), ARG_I64(writer->number), ARG_I64(row->key),
        ARG_I64(row->slot),           ARG_I64(writer->n),      ARG_TEXT(content->data)};
    StepResult step =
        change_one(writer, sql_traffic_note_update, args, lengthof(args), "update of a note");

    if (step == STEP_OK)
        note_change(writer, TABLE_NOTE, VERB_UPDATE, row->key, row->slot)->change.sum =
            md5_of(content->data, content->len);
    return step;
}

static StepResult
delete_note(Writer *writer, const LiveRow *row)
{
    const Arg args[] = {ARG_I64(writer->run->number), ARG_I64(writer->number), ARG_I64(row->key),
                        ARG_I64(row->slot)};
    StepResult step =
        change_one(writer, sql_traffic_note_delete, args, lengthof(args), "delete of a note");

    if (step == STEP_OK)
        note_change(writer, TABLE_NOTE, VERB_DELETE, row->key, row->slot);
    return step;
}

/* The server's checksum of a document is that of "title:md5(body):md5(data)". */
static void
note_document(Writer *writer, char verb, const LiveRow *row, const Str *title)
{
    PendingChange *pending = note_change(writer, TABLE_DOCUMENT, verb, row->key, row->slot);
    cleanup_(str_release) Str joined = STR_INIT;
    char body[MD5_HEX_SIZE];
    char data[MD5_HEX_SIZE];

    md5_to_hex(&row->body, body);
    md5_to_hex(&row->data, data);
    str_addf(&joined, "%s:%s:%s", title->data, body, data);
    pending->change.sum = md5_of(joined.data, joined.len);
    pending->body = row->body;
    pending->data = row->data;
}

/* 20 to 200 kB, the small ones more often. */
static int64_t
body_size(Writer *writer)
{
    return random_between(&writer->random, 20000,
                          random_percent(&writer->random, 80) ? 40000 : 200000);
}

static StepResult
insert_document(Writer *writer, int slot)
{
    int64_t size = body_size(writer);
    Str *title = new_text(writer, 0, 5, 50);
    Str *body = new_text(writer, 1, size, size);
    Str *data = &writer->text[2];
    LiveRow row = {.slot = slot};

    str_clear(data);
    random_add_bytes(&writer->random, data,
                     (size_t)(random_percent(&writer->random, 50)
                                  ? random_between(&writer->random, 0, 100)
                                  : body_size(writer)));
    {
        const Arg args[] = {ARG_I64(writer->run->number),
                            ARG_I64(writer->number),
                            ARG_I64(writer->n),
                            ARG_I64(slot),
                            ARG_TEXT(title->data),
                            ARG_TEXT(body->data),
                            {.value = data->data, .len = data->len, .binary = true}};
        StepResult step =
            insert_returning(writer, sql_traffic_document_insert, args, lengthof(args), &row.key);

        if (step != STEP_OK)
            return step;
    }
    row.body = md5_of(body->data, body->len);
    row.data = md5_of(data->data, data->len);
    note_document(writer, VERB_INSERT, &row, title);
    return STEP_OK;
}

static StepResult
update_document(Writer *writer, const LiveRow *row)
{
    bool with_body = random_percent(&writer->random, 30);
    int64_t size = with_body ? body_size(writer) : 0;
    Str *title = new_text(writer, 0, 5, 50);
    Str *body = new_text(writer, 1, size, size);
    const Arg args[] = {ARG_I64(row->key), ARG_I64(writer->n), ARG_TEXT(title->data),
                        ARG_TEXT(body->data)};
    StepResult step =
        change_one(writer, with_body ? sql_traffic_document_body : sql_traffic_document_title, args,
                   (int)lengthof(args) - !with_body, "update of a document");
    LiveRow changed = *row;

    if (step != STEP_OK)
        return step;
    if (with_body)
        changed.body = md5_of(body->data, body->len);
    note_document(writer, VERB_UPDATE, &changed, title);
    return STEP_OK;
}

static StepResult
add_to_account(Writer *writer, int64_t account, int64_t amount)
{
    const Arg args[] = {ARG_I64(account), ARG_I64(amount)};
    StepResult step =
        change_one(writer, sql_traffic_account_add, args, lengthof(args), "update of an account");

    if (step == STEP_OK)
        note_change(writer, TABLE_ACCOUNT, VERB_ADD, account, 0)->change.amount = amount;
    return step;
}

static StepResult
count_own(Writer *writer)
{
    const Arg args[] = {ARG_I64(writer->run->number), ARG_I64(writer->number), ARG_I64(writer->n)};
    StepResult step =
        session_exec(&writer->session, sql_traffic_counter_own, args, lengthof(args), NULL);

    if (step == STEP_OK)
        note_change(writer, TABLE_OWN_COUNTER, VERB_ADD, 0, 0)->change.amount = 1;
    return step;
}

static StepResult
count_shared(Writer *writer)
{
    int64_t counter = random_between(&writer->random, 0, TRAFFIC_SHARED_COUNTERS - 1);
    const Arg args[] = {ARG_I64(counter)};
    StepResult step =
        change_one(writer, sql_traffic_counter_shared, args, lengthof(args), "update of a counter");

    if (step == STEP_OK)
        note_change(writer, TABLE_COUNTER, VERB_ADD, counter, 0)->change.amount = 1;
    return step;
}

/* An insert that is taken back inside the transaction: no trace of it may arrive anywhere. */
static StepResult
insert_and_take_back(Writer *writer)
{
    StepResult step = session_exec(&writer->session, "SAVEPOINT traffic", NULL, 0, NULL);

    if (step == STEP_OK)
        step = insert_item(writer, DROPPED_SLOT);
    if (step == STEP_OK)
        step = session_exec(&writer->session, "ROLLBACK TO SAVEPOINT traffic", NULL, 0, NULL);
    return step;
}

/* One to three items, as many old ones gone, both counters. */
static StepResult
run_order(Writer *writer)
{
    int n_items = (int)random_between(&writer->random, 1, 3);
    int n_old = writer->items.len >= MAX_ITEMS ? 3 : 0;
    StepResult step = STEP_OK;

    for (int slot = 0; slot < n_items && step == STEP_OK; slot++)
        step = insert_item(writer, slot);
    if (step == STEP_OK && random_percent(&writer->random, 8))
        step = insert_and_take_back(writer);
    for (int i = 0; i < n_old && step == STEP_OK; i++)
    {
        LiveRow *old = live_choose(&writer->items, &writer->random, writer->n);

        if (old)
            step = delete_item(writer, old);
    }
    if (step == STEP_OK)
        step = count_own(writer);
    return step == STEP_OK ? count_shared(writer) : step;
}

/* Accounts are always locked in one order: a deadlock would cost deadlock_timeout and hide the gap that is measured. */
static StepResult
run_transfer(Writer *writer)
{
    int64_t low = random_between(&writer->random, 0, TRAFFIC_ACCOUNTS - 2);
    int64_t high = random_between(&writer->random, low + 1, TRAFFIC_ACCOUNTS - 1);
    int64_t amount = random_between(&writer->random, -500, 500);
    StepResult step = add_to_account(writer, low, amount);

    if (step == STEP_OK)
        step = add_to_account(writer, high, -amount);
    return step == STEP_OK && random_percent(&writer->random, 20) ? insert_item(writer, 0) : step;
}

static StepResult
run_amend(Writer *writer)
{
    StepResult step = count_own(writer);

    for (int i = (int)random_between(&writer->random, 1, 3); i > 0 && step == STEP_OK; i--)
    {
        LiveRow *row = live_choose(&writer->items, &writer->random, writer->n);

        if (!row)
            break;
        step = random_percent(&writer->random, 75) ? update_item(writer, row)
                                                   : delete_item(writer, row);
    }
    return step;
}

static StepResult
run_note(Writer *writer)
{
    StepResult step = STEP_OK;
    LiveRow *row = live_choose(&writer->notes, &writer->random, writer->n);

    if (row)
        step = update_note(writer, row);
    row = writer->notes.len >= MAX_NOTES ? live_choose(&writer->notes, &writer->random, writer->n)
                                         : NULL;
    if (row && step == STEP_OK)
        step = delete_note(writer, row);
    if (step == STEP_OK)
        step = insert_note(writer, 0);
    return step == STEP_OK ? count_own(writer) : step;
}

static StepResult
run_document(Writer *writer)
{
    LiveRow *row = live_choose(&writer->documents, &writer->random, writer->n);

    if (row && writer->documents.len >= MAX_DOCUMENTS)
        return delete_by_id(writer, TABLE_DOCUMENT, sql_traffic_document_delete, row,
                            "delete of a document");
    if (row && random_percent(&writer->random, 65))
        return update_document(writer, row);
    return insert_document(writer, 0);
}

static const struct
{
    int weight; /* percent */
    const char *begin;
    StepResult (*run)(Writer *writer);
} kinds[] = {
    {40, "BEGIN", run_order},
    {22, "BEGIN", run_transfer},
    {3, "BEGIN ISOLATION LEVEL REPEATABLE READ",
     run_transfer}, /* fails against the others at times: a retry */
    {20, "BEGIN", run_amend},
    {11, "BEGIN", run_note},
    {4, "BEGIN", run_document},
};

StepResult
changes_run(Writer *writer)
{
    int64_t dice = random_between(&writer->random, 0, 99);
    size_t kind = 0;
    StepResult step;

    while (dice >= kinds[kind].weight)
        dice -= kinds[kind++].weight;
    writer->n_pending = 0;
    step = session_exec(&writer->session, kinds[kind].begin, NULL, 0, NULL);
    if (step == STEP_OK)
        step = insert_txn(writer);
    return step == STEP_OK ? kinds[kind].run(writer) : step;
}

static LiveSet *
live_set(Writer *writer, char table)
{
    switch (table)
    {
        case TABLE_ITEM:
            return &writer->items;
        case TABLE_NOTE:
            return &writer->notes;
        case TABLE_DOCUMENT:
            return &writer->documents;
        default:
            return NULL;
    }
}

void
changes_committed(Writer *writer)
{
    for (int i = 0; i < writer->n_pending; i++)
    {
        const PendingChange *pending = &writer->pending[i];
        const LedgerChange *change = &pending->change;
        LiveRow row = {
            .key = change->key, .slot = change->slot, .body = pending->body, .data = pending->data};
        LiveSet *set = live_set(writer, change->table);

        if (!set)
            continue;
        if (change->verb != VERB_INSERT)
            live_remove(set, change->key, change->slot);
        if (change->verb != VERB_DELETE)
            live_add(set, &row);
    }
}

void
changes_uncertain(Writer *writer)
{
    for (int i = 0; i < writer->n_pending; i++)
    {
        LiveSet *set = live_set(writer, writer->pending[i].change.table);

        if (set)
            live_remove(set, writer->pending[i].change.key, writer->pending[i].change.slot);
    }
}

void
changes_failed(Writer *writer)
{
    live_remove_used(&writer->items, writer->n);
    live_remove_used(&writer->notes, writer->n);
    live_remove_used(&writer->documents, writer->n);
}
