#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "traffic/ledger.h"
#include "traffic/random.h"
#include "traffic/replay.h"

#define SUM "d41d8cd98f00b204e9800998ecf8427e"
#define RUN "00000000000abc1"

static const int64_t run = 0xabc1;
static char path[64];

static int
make_path(void **state)
{
    int fd;

    (void)state;
    strcpy(path, "/tmp/pgbaton-ledger-XXXXXX");
    fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int
remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void
write_text(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
test_written_and_read_again(void **state)
{
    cleanup_(str_release) Str line = STR_INIT;
    const LedgerChange update = {
        .table = TABLE_DOCUMENT, .verb = VERB_UPDATE, .key = 77, .slot = 2, .sum = md5_of("", 0)};
    const LedgerChange add = {.table = TABLE_ACCOUNT, .verb = VERB_ADD, .key = 3, .amount = -250};
    LedgerLine parsed;
    LedgerChange change;
    const char *changes;
    bool ok;

    (void)state;
    ledger_begin(&line, LEDGER_INTENT, run, 4, 19);
    ledger_add_change(&line, &update);
    ledger_add_change(&line, &add);
    ledger_end(&line);
    assert_string_equal(line.data, "I " RUN " 4 19 d=77.2:" SUM " a~3@-250 .\n");

    line.data[line.len - 1] = '\0';
    assert_true(ledger_parse(line.data, &parsed));
    assert_int_equal(parsed.kind, LEDGER_INTENT);
    assert_int_equal(parsed.run, run);
    assert_int_equal(parsed.writer, 4);
    assert_int_equal(parsed.n, 19);
    changes = parsed.changes;
    assert_true(ledger_next_change(&changes, &change, &ok));
    assert_int_equal(change.key, 77);
    assert_int_equal(change.slot, 2);
    assert_true(md5_equal(&change.sum, &update.sum));
    assert_true(ledger_next_change(&changes, &change, &ok));
    assert_int_equal(change.amount, -250);
    assert_false(ledger_next_change(&changes, &change, &ok));
    assert_true(ok);
}

static void
test_malformed_lines(void **state)
{
    static const char *const lines[] = {
        "",
        ".",
        "A " RUN " 0 1",
        "A " RUN " 0 0 .",
        "A " RUN " -1 1 .",
        "A " RUN " 0 1 more .",
        "A abc1 0 1 .",
        "A " RUN " 0 99999999999999999999 .",
        "I " RUN " 0 1 .",
        "X " RUN " 0 1 .",
        "R 2 " RUN " 4 1 now .",
    };

    (void)state;
    for (size_t i = 0; i < lengthof(lines); i++)
    {
        char *line = strdup(lines[i]);
        LedgerLine parsed;

        if (ledger_parse(line, &parsed))
            fail_msg("taken: %s", lines[i]);
        free(line);
    }
}

static void
test_malformed_changes(void **state)
{
    static const char *const texts[] = {
        " i+1.0", " i+1:" SUM, " t+1",         " t=1:" SUM,       " a+1.0:" SUM, " a~1",
        " i~1@1", " x+1.0",    " i+-1.0:" SUM, " i+1.0:" SUM "0", " i-1.0:" SUM, "i-1.0"};

    (void)state;
    for (size_t i = 0; i < lengthof(texts); i++)
    {
        const char *changes = texts[i];
        LedgerChange change;
        bool ok = true;

        if (ledger_next_change(&changes, &change, &ok) || ok)
            fail_msg("taken: %s", texts[i]);
    }
}

/* Whatever is made of a line by changing bytes, reading it ends and stays within it (a sanitizer looks on). */
static void
test_damaged_lines(void **state)
{
    static const char good[] = "I " RUN " 4 19 t+5:" SUM " d=77.2:" SUM " i-9.0 a~3@-250 w~0@1 .";
    Random random;

    (void)state;
    random_init(&random, 7);
    for (int i = 0; i < 200000; i++)
    {
        char *line = strdup(good);
        LedgerLine parsed;
        LedgerChange change;
        bool ok;

        for (int64_t n = random_between(&random, 1, 4); n > 0; n--)
            line[random_between(&random, 0, (int64_t)sizeof(good) - 2)] =
                random_percent(&random, 80)
                    ? good[random_between(&random, 0, (int64_t)sizeof(good) - 2)]
                    : (char)random_between(&random, 0, 255);
        if (ledger_parse(line, &parsed) && parsed.kind == LEDGER_INTENT)
            while (ledger_next_change(&parsed.changes, &change, &ok))
                ;
        free(line);
    }
}

static bool
count_line(void *arg, const LedgerLine *line)
{
    (void)line;
    ++*(int *)arg;
    return true;
}

static int
count_lines(void)
{
    cleanup_(err_release) Err err = {0};
    int64_t size = -1;
    int n = 0;

    return ledger_read(path, &size, count_line, &n, &err) ? n : -1;
}

static void
test_torn_line(void **state)
{
    cleanup_(err_release) Err err = {0};
    cleanup_(str_release) Str line = STR_INIT;
    int fd;

    (void)state;
    write_text("R 1 " RUN " 1 1 now .\nI " RUN " 0 1 t+1:d41d");
    assert_int_equal(count_lines(), 1);
    assert_true(ledger_open(path, &fd, &err));
    ledger_begin(&line, LEDGER_ROLLED_BACK, run, 0, 1);
    ledger_end(&line);
    assert_true(ledger_write(fd, &line, &err));
    close(fd);
    assert_int_equal(count_lines(), 2);

    write_text("R 1 " RUN " 1 1 now .\nI " RUN " 0 1 t+1:d41d\nA " RUN " 0 1 .\n");
    assert_int_equal(count_lines(), -1);
}

static bool
read_replay(Replay *replay, bool with_changes)
{
    cleanup_(err_release) Err err = {0};
    const char *names[] = {path};
    const LedgerList ledgers = {.paths = names, .len = 1};
    int64_t size = -1;

    return with_changes ? replay_changes(replay, &ledgers, &size, &err)
                        : replay_outcomes(replay, &ledgers, &size, &err);
}

static void
test_replay(void **state)
{
    Replay replay = {0};
    const Row *row;

    (void)state;
    write_text("R 1 " RUN " 1 1 now .\n"
               "I " RUN " 0 1 t+10:" SUM " i+5.0:" SUM " i+6.1:" SUM " a~2@7 w~0@1 .\nA " RUN
               " 0 1 .\n"
               "B " RUN " 0 2 .\n"
               "I " RUN " 0 3 t+11:" SUM " i=5.0:" SUM " i-6.1 a~2@-3 w~0@1 .\nA " RUN " 0 3 .\n"
               "I " RUN " 0 4 t+12:" SUM " i-5.0 a~2@100 .\n? " RUN " 0 4 .\n"
               "I " RUN " 0 5 t+10:" SUM " n+5.0:" SUM " a~2@1000 .\nA " RUN " 0 5 .\n"
               "I " RUN " 0 6 t+13:" SUM " i+8.0:" SUM " .\n");
    assert_true(read_replay(&replay, false));
    assert_int_equal(replay_stream(&replay, run, 0), 0);
    assert_int_equal(replay_stream(&replay, run, 1), -1);
    assert_int_equal(replay_txn(&replay, 0, 1)->outcome, OUTCOME_COMMITTED);
    assert_int_equal(replay_txn(&replay, 0, 2)->outcome, OUTCOME_ROLLED_BACK);
    assert_int_equal(replay_txn(&replay, 0, 4)->outcome, OUTCOME_AMBIGUOUS);
    assert_int_equal(replay_txn(&replay, 0, 6)->outcome, OUTCOME_AMBIGUOUS);
    assert_null(replay_txn(&replay, 0, 7));
    assert_null(replay_txn(&replay, 0, 0));

    /* The database has 1, 3 and 6; 5 is missing. */
    replay_txn(&replay, 0, 1)->seen = 1;
    replay_txn(&replay, 0, 3)->seen = 1;
    replay_txn(&replay, 0, 6)->seen = 1;
    assert_true(read_replay(&replay, true));
    row = replay_row(&replay, TABLE_ITEM, 0, 5, 0);
    assert_non_null(row);
    assert_int_equal(row->n, 1);
    assert_int_equal(row->changed, 3);
    assert_null(replay_row(&replay, TABLE_ITEM, 0, 6, 1));
    assert_null(replay_row(&replay, TABLE_NOTE, 0, 5, 0));
    assert_non_null(replay_row(&replay, TABLE_ITEM, 0, 8, 0));
    assert_int_equal(replay.n_rows, 2);
    assert_int_equal(replay.accounts[2], 4);
    assert_int_equal(replay.streams[0].own_count, 2);
    assert_int_equal(replay.streams[0].own_last, 3);
    /* Ticket 10 went to two acknowledged transactions. */
    assert_int_equal(numbers_repeated(&replay.tickets), 1);
    assert_int_equal(numbers_repeated(&replay.item_ids), 0);
    replay_release(&replay);
}

/* Rows that come and go by the ten thousand: the table must find all that are left and none that is gone. */
static void
test_many_rows(void **state)
{
    Replay replay = {0};
    FILE *file = fopen(path, "w");

    (void)state;
    for (int n = 1; n <= 30000; n++)
    {
        fprintf(file, "I " RUN " 0 %d t+%d:" SUM " i+%d.0:" SUM, n, n, n);
        if (n > 100 && n % 3)
            fprintf(file, " i-%d.0", n - 100);
        fprintf(file, " .\nA " RUN " 0 %d .\n", n);
    }
    fclose(file);
    assert_true(read_replay(&replay, false));
    for (int n = 1; n <= 30000; n++)
        replay_txn(&replay, 0, n)->seen = 1;
    assert_true(read_replay(&replay, true));
    for (int n = 1; n <= 30000; n++)
    {
        bool deleted = n <= 29900 && (n + 100) % 3;

        assert_int_equal(replay_row(&replay, TABLE_ITEM, 0, n, 0) != NULL, !deleted);
    }
    replay_release(&replay);
}

static void
test_nonsense_is_refused(void **state)
{
    static const char *const texts[] = {
        "A " RUN " 0 1 .\n",                                          /* no intent */
        "I " RUN " 0 1 i-5.0 .\n",                                    /* no row in txn */
        "I " RUN " 0 1 t+1:" SUM " .\nI " RUN " 0 1 t+1:" SUM " .\n", /* twice */
        "I " RUN " 0 2000000000 t+1:" SUM " .\n",                     /* would eat the memory */
    };

    (void)state;
    for (size_t i = 0; i < lengthof(texts); i++)
    {
        Replay replay = {0};

        write_text(texts[i]);
        if (read_replay(&replay, false))
            fail_msg("taken: %s", texts[i]);
        replay_release(&replay);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_and_read_again),
        cmocka_unit_test(test_malformed_lines),
        cmocka_unit_test(test_malformed_changes),
        cmocka_unit_test(test_damaged_lines),
        cmocka_unit_test_setup_teardown(test_torn_line, make_path, remove_path),
        cmocka_unit_test_setup_teardown(test_replay, make_path, remove_path),
        cmocka_unit_test_setup_teardown(test_many_rows, make_path, remove_path),
        cmocka_unit_test_setup_teardown(test_nonsense_is_refused, make_path, remove_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
