#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pg/tools.h"

static void
test_parse_version(void **state)
{
    (void)state;
    assert_int_equal(tools_parse_version("pg_dump (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"),
                     150020);
    assert_int_equal(tools_parse_version("pg_dump (PostgreSQL) 9.6.24"),
                     90006); /* older than any server we speak to */
    assert_int_equal(tools_parse_version("pg_dump (PostgreSQL) 18beta1"), 180000);
    assert_int_equal(tools_parse_version("pg_dump (PostgreSQL) 19rc1"), 190000);
    assert_int_equal(tools_parse_version("pg_dump (PostgreSQL) 17devel"), 170000);
    assert_int_equal(tools_parse_version("Error: no such cluster"), 0);
    assert_int_equal(tools_parse_version("pg_dump (PostgreSQL) x"), 0);
    assert_int_equal(tools_parse_version(""), 0);
}

/* The rule, from best to worst, for a server 15.20. */
static void
test_order(void **state)
{
    static const int best_first[] = {150021, 150020, 150018, 150009, 160014,
                                     160001, 170011, 180006, 140023, 100023};

    (void)state;
    for (size_t i = 0; i < lengthof(best_first); i++)
        for (size_t j = 0; j < i; j++)
            if (best_first[i] / 10000 >= 15)
                assert_true(tools_compare(best_first[j], best_first[i], 150020) < 0);
            else if (best_first[j] / 10000 >= 15)
                assert_true(tools_compare(best_first[j], best_first[i], 150020) < 0);
    assert_int_equal(tools_compare(150020, 150020, 150020), 0);
}

static void
test_error(void **state)
{
    cleanup_(err_release) Err err = {0};

    (void)state;
    assert_false(tools_error(
        "/x/pg_dump", 1,
        "pg_dump: last built-in OID is 16383\npg_dump: error: query failed: ERROR:  permission denied for table t\n"
        "pg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE\n",
        &err));
    assert_int_equal(err.code, ERR_FAILED);
    assert_string_equal(err.message,
                        "pg_dump failed: query failed: ERROR:  permission denied for table t");
    assert_string_equal(err.detail, "Query was: LOCK TABLE public.t IN ACCESS SHARE MODE");
    assert_string_equal(err.sqlstate, "");
    err_release(&err);

    assert_false(tools_error(
        "pg_dump", 1,
        "pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout\n"
        "pg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE\n",
        &err));
    assert_string_equal(err.sqlstate, "55P03");
    err_release(&err);

    assert_false(tools_error("pg_dump", 1,
                             "pg_dump: error: connection to server at \"h\" failed: x\n", &err));
    assert_int_equal(err.code, ERR_UNREACHABLE);
    err_release(&err);

    assert_false(tools_error("pg_dump", 139, "", &err));
    assert_string_equal(err.message, "pg_dump failed: it says nothing");
    assert_string_equal(err.detail, "pg_dump ended with status 139.");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_version),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
