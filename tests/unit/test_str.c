/* Str: what is in it, always terminated, whatever the order of calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void
building(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;

    (void)state;
    assert_string_equal(s.data, "");
    str_add(&s, "ab");
    str_add_char(&s, 'c');
    str_add_bytes(&s, "def", 2);
    str_addf(&s, "%d-%s", 42, "x");
    assert_string_equal(s.data, "abcde42-x");
    assert_int_equal(s.len, 9);
    str_truncate(&s, 100);
    assert_int_equal(s.len, 9);
    str_truncate(&s, 2);
    assert_string_equal(s.data, "ab");
    str_clear(&s);
    assert_int_equal(s.len, 0);
    assert_string_equal(s.data, "");
    str_add(&s, "again");
    assert_string_equal(s.data, "again");
}

static void
empty_ones(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;
    char *text;

    (void)state;
    str_truncate(&s, 0);
    str_clear(&s);
    str_add(&s, "");
    str_add_bytes(&s, "", 0);
    assert_string_equal(s.data, "");
    str_release(&s);
    str_release(&s);
    text = str_detach(&s);
    assert_string_equal(text, "");
    free(text);
    assert_string_equal(s.data, "");
}

static void
growing(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;

    (void)state;
    for (int i = 0; i < 100000; i++)
        str_add_char(&s, (char)('a' + i % 26));
    assert_int_equal(s.len, 100000);
    assert_int_equal(strlen(s.data), 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(s.data[i], 'a' + i % 26);
    str_clear(&s);
    str_addf(&s, "%*s", 70000, "end");
    assert_int_equal(s.len, 70000);
    assert_string_equal(s.data + 69997, "end");
    str_reserve(&s, 1 << 20);
    assert_true(s.capacity > (1 << 20));
    assert_int_equal(s.len, 70000);
}

static void
bytes_of_zero(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;

    (void)state;
    str_add_bytes(&s, "a\0b", 3);
    assert_int_equal(s.len, 3);
    assert_memory_equal(s.data, "a\0b\0", 4);
}

static void
detaching(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;
    char *text;

    (void)state;
    str_add(&s, "mine");
    text = str_detach(&s);
    assert_string_equal(text, "mine");
    assert_string_equal(s.data, "");
    str_add(&s, "next");
    assert_string_equal(s.data, "next");
    assert_string_equal(text, "mine");
    free(text);
}

static void
independent_of_each_other(void **state)
{
    cleanup_(str_release) Str a = STR_INIT;
    cleanup_(str_release) Str b = STR_INIT;

    (void)state;
    str_add(&a, "a");
    assert_string_equal(b.data, "");
    str_init(&b);
    str_add(&b, "b");
    assert_string_equal(a.data, "a");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(building),  cmocka_unit_test(empty_ones),
        cmocka_unit_test(growing),   cmocka_unit_test(bytes_of_zero),
        cmocka_unit_test(detaching), cmocka_unit_test(independent_of_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
