/* The bucket of --rate-limit, at times that the test makes up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "copy/rate.h"

enum
{
    US_PER_S = 1000000
};

static const int64_t kB = 1000;
static const int64_t MB = 1000000;
static const int64_t start_us = (int64_t)3600 * US_PER_S; /* of a clock that has run for an hour */

static void
release(RateLimit *rate)
{
    rate_release(rate);
}

/* How long n_bytes have to wait at start_us + at_us; 0: they may go. */
static int64_t
wait_us(RateLimit *rate, int64_t n_bytes, int64_t at_us)
{
    int64_t until = rate_reserve(rate, n_bytes, start_us + at_us);

    return until > start_us + at_us ? until - start_us - at_us : 0;
}

/* Full at first: what a quarter of a second brings goes at once, and then it is as fast as it fills. */
static void
test_burst(void **state)
{
    cleanup_(release) RateLimit rate;

    (void)state;
    rate_init(&rate, MB, -1);
    assert_int_equal(wait_us(&rate, 100 * kB, 0), 0);
    assert_int_equal(wait_us(&rate, 100 * kB, 0), 0);
    assert_int_equal(wait_us(&rate, 50 * kB, 0), 0);
    assert_int_equal(wait_us(&rate, 10 * kB, 0), 0);
    assert_int_equal(wait_us(&rate, 10 * kB, 0), 10000);
    assert_int_equal(wait_us(&rate, 10 * kB, 0), 20000);
    assert_int_equal(wait_us(&rate, 10 * kB, 5000), 25000);
}

/* Whoever waits as told sends what the bound allows, and the burst once. */
static void
test_steady(void **state)
{
    cleanup_(release) RateLimit rate;
    int64_t now_us = 0;

    (void)state;
    rate_init(&rate, 10 * MB, -1);
    for (int i = 0; i < 1000; i++)
        now_us += wait_us(&rate, 100 * kB, now_us);
    /* 100 MB; of the last piece only the start is waited for. */
    assert_int_equal(now_us, 10 * US_PER_S - US_PER_S / 4 - US_PER_S / 100);
}

/* It holds no more than a quarter of a second, however long nobody took anything. */
static void
test_idle(void **state)
{
    cleanup_(release) RateLimit rate;

    (void)state;
    rate_init(&rate, MB, -1);
    assert_int_equal(wait_us(&rate, MB, 0), 0);
    assert_int_equal(wait_us(&rate, 250 * kB, (int64_t)1000 * US_PER_S), 0);
    assert_int_equal(wait_us(&rate, 1, (int64_t)1000 * US_PER_S), 0);
    assert_int_equal(wait_us(&rate, 1, (int64_t)1000 * US_PER_S), 1);
    /* Half of it fills in half the time. */
    assert_int_equal(wait_us(&rate, 125 * kB, (int64_t)1000 * US_PER_S + 125000), 0);
    assert_int_equal(wait_us(&rate, 1, (int64_t)1000 * US_PER_S + 125000), 2);
}

/* What is larger than the bucket need not wait till it fits, which would be for ever: the next one waits for it. */
static void
test_larger_than_bucket(void **state)
{
    cleanup_(release) RateLimit rate;

    (void)state;
    rate_init(&rate, MB, -1);
    assert_int_equal(wait_us(&rate, 100 * MB, 0), 0);
    assert_int_equal(wait_us(&rate, 1, 0), 100 * US_PER_S - US_PER_S / 4);
}

/* Sizes and rates at the ends of what the option takes. */
static void
test_extremes(void **state)
{
    cleanup_(release) RateLimit slow;
    cleanup_(release) RateLimit fast;

    (void)state;
    rate_init(&slow, 1, -1);
    assert_int_equal(wait_us(&slow, kB, 0), 0);
    assert_int_equal(wait_us(&slow, kB, 0), (int64_t)1000 * US_PER_S - US_PER_S / 4);
    rate_init(&fast, INT64_MAX / 2, -1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(wait_us(&fast, (int64_t)1000 * MB, 0), 0);
}

/* Neither asks for the time. */
static void
test_no_bound(void **state)
{
    cleanup_(release) RateLimit rate;
    cleanup_(err_release) Err err = {0};

    (void)state;
    rate_init(&rate, 0, -1);
    assert_true(rate_take(NULL, INT64_MAX, &err));
    for (int i = 0; i < 10; i++)
        assert_true(rate_take(&rate, INT64_MAX, &err));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst),    cmocka_unit_test(test_steady),
        cmocka_unit_test(test_idle),     cmocka_unit_test(test_larger_than_bucket),
        cmocka_unit_test(test_extremes), cmocka_unit_test(test_no_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
