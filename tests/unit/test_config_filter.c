#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/filter.h"

static void
test_match(void **state)
{
    (void)state;
    assert_true(filter_match("*", ""));
    assert_true(filter_match("a*c", "abbbc"));
    assert_true(filter_match("a*b*c", "axbxbyc"));
    assert_true(filter_match("?", "\xc3\xa9"));
    assert_false(filter_match("?", ""));
    assert_false(filter_match("a", "ab"));
    assert_false(filter_match("a*d", "abc"));
    assert_false(filter_match("A", "a"));
    assert_false(filter_match("", "a"));
    assert_true(filter_match("**", "a"));
    assert_true(filter_match("[a]%_", "[a]%_"));
}

static void
test_wants_table(void **state)
{
    const char *include[] = {"app.*", "other.t?"};
    const char *exclude[] = {"*.tmp_*", "app2"};
    Config all = {0};
    Config config = {.include = {include, 2}, .exclude = {exclude, 2}};

    (void)state;
    assert_true(filter_wants_table(&all, "x", "y"));
    assert_true(filter_wants_table(&config, "app", "dot.ted"));
    assert_true(filter_wants_table(&config, "other", "t1"));
    assert_false(filter_wants_table(&config, "other", "t"));
    assert_false(filter_wants_table(&config, "app", "tmp_1"));
    config.include.len = 0;
    assert_false(filter_wants_table(&config, "app2", "t"));
    assert_true(filter_wants_table(&config, "app", "t"));
}

static void
test_json(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *items[] = {"a_b.t%*", "s", "q\"\\.x?.y"};

    (void)state;
    assert_string_equal(filter_json(&arena, &(StringList){items, 3}),
                        "[[\"a\\\\_b\",\"t\\\\%%\",\"a_b.t%*\"],[\"s\",\"%\",\"s\"],"
                        "[\"q\\\"\\\\\\\\\",\"x_.y\",\"q\\\"\\\\.x?.y\"]]");
    assert_string_equal(filter_json(&arena, &(StringList){NULL, 0}), "[]");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_wants_table),
        cmocka_unit_test(test_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
