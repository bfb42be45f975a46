#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/balance.h"

static void
add(TableLoads *tables, Arena *arena, const char *name, int64_t writes, int64_t bytes)
{
    *vec_push(tables, arena) =
        (TableLoad){.schema = "s", .name = name, .writes = writes, .bytes = bytes, .group = 99};
}

static void
expect_groups(const TableLoads *tables, const char *expected)
{
    assert_int_equal(tables->len, strlen(expected));
    for (size_t i = 0; i < tables->len; i++)
        assert_int_equal(tables->items[i].group, expected[i] - '0');
}

static void
test_by_writes(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    TableLoads tables = {0};

    (void)state;
    add(&tables, &arena, "small and busy", 100, 1);
    add(&tables, &arena, "large and quiet", 10, 1000);
    add(&tables, &arena, "b", 60, 5);
    add(&tables, &arena, "a", 50, 5);
    /* 100; 60 + 50; then 10 to the first. */
    assert_int_equal(balance_spread(&tables, 2, &arena), 2);
    expect_groups(&tables, "0011");
}

static void
test_by_size(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    TableLoads tables = {0};

    (void)state;
    add(&tables, &arena, "a", 0, 30);
    add(&tables, &arena, "b", 0, 70);
    add(&tables, &arena, "c", 0, 50);
    assert_int_equal(balance_spread(&tables, 2, &arena), 2);
    expect_groups(&tables, "101");
    /* A written table first; the others, by size, where there is less of it. */
    add(&tables, &arena, "written", 1, 1);
    assert_int_equal(balance_spread(&tables, 2, &arena), 2);
    expect_groups(&tables, "0100");
}

static void
test_no_group_is_empty(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    TableLoads tables = {0};

    (void)state;
    assert_int_equal(balance_spread(&tables, 3, &arena), 1);
    add(&tables, &arena, "b", 0, 0);
    assert_int_equal(balance_spread(&tables, 3, &arena), 1);
    expect_groups(&tables, "0");
    add(&tables, &arena, "a", 0, 0);
    add(&tables, &arena, "c", 7, 0);
    assert_int_equal(balance_spread(&tables, 3, &arena), 3);
    expect_groups(&tables, "210");
    assert_int_equal(balance_spread(&tables, 64, &arena), 3);
    expect_groups(&tables, "210");
    assert_int_equal(balance_spread(&tables, 1, &arena), 1);
    expect_groups(&tables, "000");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_writes),
        cmocka_unit_test(test_by_size),
        cmocka_unit_test(test_no_group_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
