/* Positions in the WAL: what is one, against psql 15's SELECT '…'::pg_lsn - '0/0'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "pg/lsn.h"

static void
positions(void **state)
{
    uint64_t lsn;

    (void)state;
    assert_true(lsn_read("16/B374D848", &lsn));
    assert_int_equal(lsn, 97500059720);
    assert_true(lsn_read("0/0", &lsn));
    assert_int_equal(lsn, 0);
    assert_true(lsn_read("FFFFFFFF/ffffffff", &lsn));
    assert_true(lsn == UINT64_MAX);
    assert_int_equal(lsn_of(NULL), 0);
}

static void
others(void **state)
{
    static const char *const cases[] = {
        "",      "/",   "1/",   "/1",          "1/1 ",        " 1/1", "1/1/1",
        "0x1/1", "g/1", "-1/1", "123456789/1", "1/123456789", "now"};
    uint64_t lsn;

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
        assert_false(lsn_read(cases[i], &lsn));
    assert_false(lsn_read(NULL, &lsn));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(positions), cmocka_unit_test(others)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
