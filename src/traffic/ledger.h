/*
 * The ledger: what the writers know of every transaction, in a text file outside the databases.
 *
 * Every line is appended by a single write(), so that a killed generator leaves whole lines and at most one torn one.
 * A transaction is named by run (15 hexadecimal digits), writer and n (1, 2, 3 … for each writer).
 *
 *   R 1 RUN WRITERS SEED TIME .      a run starts; 1 is the version of the format
 *   I RUN WRITER N CHANGE… .         intent: COMMIT is about to be sent
 *   A RUN WRITER N .                 acknowledged: COMMIT has returned
 *   B RUN WRITER N .                 not committed: rolled back on purpose, or failed before COMMIT
 *   ? RUN WRITER N .                 ambiguous: the connection was lost between COMMIT and its answer
 *
 * An intent without an outcome is ambiguous too. The closing dot tells a whole line from a torn one; whoever appends
 * after a torn line ends it with an exclamation mark. A CHANGE is table, verb, key and more, without spaces:
 *
 *   t+TICKET:MD5      the row in txn, MD5 of its payload
 *   i+ID.SLOT:MD5     a row of item (n: note, d: document) inserted; i=ID.SLOT:MD5 updated; i-ID.SLOT deleted
 *   a~ID@AMOUNT       AMOUNT added to an account (c: to a shared counter, w: to the writer's own counter)
 */
#ifndef PGBATON_TRAFFIC_LEDGER_H
#define PGBATON_TRAFFIC_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "traffic/md5.h"

typedef enum LedgerKind
{
    LEDGER_RUN = 'R',
    LEDGER_INTENT = 'I',
    LEDGER_ACKNOWLEDGED = 'A',
    LEDGER_ROLLED_BACK = 'B',
    LEDGER_AMBIGUOUS = '?',
} LedgerKind;

typedef struct LedgerLine
{
    LedgerKind kind;
    int64_t run;
    int writer;
    int64_t n;
    const char *changes; /* of an intent: for ledger_next_change; borrowed from the line */
} LedgerLine;

enum
{
    TABLE_TXN = 't',
    TABLE_ITEM = 'i',
    TABLE_NOTE = 'n',
    TABLE_DOCUMENT = 'd',
    TABLE_ACCOUNT = 'a',
    TABLE_COUNTER = 'c',
    TABLE_OWN_COUNTER = 'w',

    VERB_INSERT = '+',
    VERB_UPDATE = '=',
    VERB_DELETE = '-',
    VERB_ADD = '~',
};

typedef struct LedgerChange
{
    char table;
    char verb;
    int64_t key;
    int slot;
    Md5 sum;
    int64_t amount;
} LedgerChange;

/* Adds "K RUN WRITER N"; changes may follow; ledger_end closes the line. */
void ledger_begin(Str *line, LedgerKind kind, int64_t run, int writer, int64_t n);
void ledger_add_change(Str *line, const LedgerChange *change);
void ledger_end(Str *line);

/* Reads a line without its newline, and cuts off the closing dot. False when it is malformed. */
bool ledger_parse(char *line, LedgerLine *ret_line) must_check;

/* The next change of an intent. False at the end; *ret_ok is false when what follows is malformed. */
bool ledger_next_change(const char **changes, LedgerChange *ret_change, bool *ret_ok);

/* Opens the file for appending, made if need be, and ends a torn line. */
bool ledger_open(const char *path, int *ret_fd, Err *err) must_check;

/* Appends the line by one write(). */
bool ledger_write(int fd, const Str *line, Err *err) must_check;

/*
 * Calls visit for every line of the first *size bytes of the file; *size < 0 is set to what the file holds now, so that a
 * second reading sees the same. Torn lines are left out.
 */
typedef bool (*LedgerVisit)(void *arg, const LedgerLine *line);
bool ledger_read(const char *path, int64_t *size, LedgerVisit visit, void *arg,
                 Err *err) must_check;

#endif
