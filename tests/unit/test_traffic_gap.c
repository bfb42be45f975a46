#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "traffic/live.h"
#include "traffic/stats.h"

static void
test_gap(void **state)
{
    Gap gap = {0};

    (void)state;
    gap_note(&gap, 1000, 501000);
    assert_int_equal(gap.longest_us, 0);
    gap_note(&gap, 1300, 501300);
    gap_note(&gap, 9300, 509300);
    gap_note(&gap, 9200, 509200); /* late to the mutex: neither a gap nor a step back */
    gap_note(&gap, 9900, 509900);
    assert_int_equal(gap.longest_us, 8000);
    assert_int_equal(gap.longest_at_wall_us, 501300);
    gap_close(&gap, 30000);
    assert_int_equal(gap.longest_us, 20100);
    assert_int_equal(gap.longest_at_wall_us, 509900);
}

static void
test_no_commit_no_gap(void **state)
{
    Gap gap = {0};

    (void)state;
    gap_close(&gap, 30000);
    assert_int_equal(gap.longest_us, 0);
}

static void
test_live_rows(void **state)
{
    LiveSet set = {0};
    Random random;

    (void)state;
    random_init(&random, 1);
    assert_null(live_choose(&set, &random, 1));
    for (int i = 0; i < 100; i++)
        live_add(&set, &(LiveRow){.key = i, .slot = i % 3});
    live_remove(&set, 50, 50 % 3);
    live_remove(&set, 51, 2); /* another slot: stays */
    assert_null(live_find(&set, 50, 50 % 3));
    assert_non_null(live_find(&set, 51, 0));
    assert_int_equal(set.len, 99);

    /* A transaction never gets a row twice. */
    for (int i = 0; i < 50; i++)
    {
        LiveRow *row = live_choose(&set, &random, 7);

        if (row)
        {
            assert_int_equal(row->data.bytes[0], 0);
            row->data.bytes[0] = 1;
        }
    }
    live_remove_used(&set, 7);
    for (size_t i = 0; i < set.len; i++)
        assert_int_equal(set.rows[i].data.bytes[0], 0);
    assert_true(set.len < 99);
    live_release(&set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_no_commit_no_gap),
        cmocka_unit_test(test_live_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
