/* Values of options: numbers with units, lists, ranges, what is shown of them; the nearest word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "config/option.h"
#include "config/suggest.h"

static const char *const choices[] = {"one", "two", "three", NULL};

static const Option table[] = {
    {.name = "flag", .type = OPTION_FLAG, .help = "a flag"},
    {.name = "text", .letter = 't', .type = OPTION_TEXT, .argument = "T", .default_text = "preset"},
    {.name = "none", .type = OPTION_TEXT, .argument = "T"},
    {.name = "integer",
     .type = OPTION_INTEGER,
     .argument = "N",
     .default_text = "5",
     .min = 1,
     .max = 10},
    {.name = "unbounded", .type = OPTION_INTEGER, .argument = "N"},
    {.name = "bytes", .type = OPTION_BYTES, .argument = "B"},
    {.name = "duration", .type = OPTION_DURATION, .argument = "D"},
    {.name = "list", .type = OPTION_LIST, .argument = "L", .section = "part", .key = "items"},
    {.name = "server", .type = OPTION_CONNINFO, .argument = "C"},
    {.name = "choice",
     .type = OPTION_CHOICE,
     .argument = "C",
     .choices = choices,
     .default_text = "two"},
    {.name = "word", .type = OPTION_TEXT, .argument = "W", .secret = true},
    {.name = NULL},
};

static Arena arena;

static int
release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static bool
set(OptionValues *values, const char *name, const char *text, Err *err)
{
    return option_set(values, option_find(table, name), text, ORIGIN_FLAG, name, err);
}

static void
defaults(void **state)
{
    OptionValues *values = option_values_new(&arena, table);

    (void)state;
    assert_string_equal(option_text(values, "text"), "preset");
    assert_string_equal(option_text(values, "none"), "");
    assert_int_equal(option_number(values, "integer"), 5);
    assert_false(option_flag(values, "flag"));
    assert_false(option_given(values, "text"));
    assert_int_equal(option_origin(values, "text"), ORIGIN_DEFAULT);
    assert_int_equal(option_origin(values, "none"), ORIGIN_NONE);
    assert_int_equal(option_list(values, "list").len, 0);
}

static void
numbers(void **state)
{
    static const struct
    {
        const char *name;
        const char *text;
        int64_t number;
    } cases[] = {
        {"integer", "1", 1},
        {"integer", "10", 10},
        {"unbounded", "-3", -3},
        {"unbounded", "9223372036854775807", INT64_MAX},
        {"bytes", "512", 512},
        {"bytes", "1kB", 1024},
        {"bytes", "512MB", 536870912},
        {"bytes", "512 mb", 536870912},
        {"bytes", "10GB", INT64_C(10737418240)},
        {"bytes", "2TB", INT64_C(2199023255552)},
        {"duration", "250", 250},
        {"duration", "500ms", 500},
        {"duration", "30s", 30000},
        {"duration", "5min", 300000},
        {"duration", "2h", 7200000},
        {"duration", "1d", 86400000},
    };

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        cleanup_(err_release) Err err = {0};
        OptionValues *values = option_values_new(&arena, table);

        assert_true(set(values, cases[i].name, cases[i].text, &err));
        assert_int_equal(option_number(values, cases[i].name), cases[i].number);
        assert_true(option_given(values, cases[i].name));
    }
}

static void
malformed(void **state)
{
    static const char *const cases[][2] = {
        {"integer", ""},           {"integer", "x"},
        {"integer", "1x"},         {"integer", "0"},
        {"integer", "11"},         {"integer", "-"},
        {"integer", "1 2"},        {"integer", "0x1"},
        {"bytes", "1.5GB"},        {"bytes", "GB"},
        {"bytes", "1XB"},          {"bytes", "9TBB"},
        {"bytes", "1s"},           {"duration", "1MB"},
        {"duration", "1 m"},       {"unbounded", "9223372036854775808"},
        {"bytes", "9000000000TB"}, {"flag", "maybe"},
        {"server", "host"},        {"server", "postgresql://["},
    };

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        cleanup_(err_release) Err err = {0};
        OptionValues *values = option_values_new(&arena, table);

        assert_false(set(values, cases[i][0], cases[i][1], &err));
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(err.message);
        assert_non_null(err.detail);
        assert_false(option_given(values, cases[i][0]));
    }
}

static void
range_is_told(void **state)
{
    cleanup_(err_release) Err err = {0};
    OptionValues *values = option_values_new(&arena, table);

    (void)state;
    assert_false(
        option_set(values, option_find(table, "integer"), "11", ORIGIN_FLAG, "--integer", &err));
    assert_string_equal(err.message, "value \"11\" of --integer is out of range");
    assert_string_equal(err.detail, "It must be between 1 and 10.");
}

static void
choosing(void **state)
{
    cleanup_(err_release) Err err = {0};
    OptionValues *values = option_values_new(&arena, table);

    (void)state;
    assert_int_equal(option_number(values, "choice"), 1);
    assert_true(set(values, "choice", "Three", &err));
    assert_int_equal(option_number(values, "choice"), 2);
    assert_false(set(values, "choice", "four", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message, "malformed value \"four\" of choice");
    assert_string_equal(err.detail, "It is one, two or three.");
}

static void
lists(void **state)
{
    cleanup_(err_release) Err err = {0};
    cleanup_(str_release) Str shown = STR_INIT;
    OptionValues *values = option_values_new(&arena, table);
    OptionValues *again = option_values_new(&arena, table);
    static const char *const expected[] = {"a", "b c", "d,e", "say \"hi\"", "\"S\".\"T,U\"", "*"};
    StringList list;

    (void)state;
    assert_true(set(values, "list", " a , b c,,\"d,e\"", &err));
    assert_true(set(values, "list", "\"say \"\"hi\"\"\",\"S\".\"T,U\",*", &err));
    list = option_list(values, "list");
    assert_int_equal(list.len, lengthof(expected));
    for (size_t i = 0; i < list.len; i++)
        assert_string_equal(list.items[i], expected[i]);

    /* What is shown is read as the same list. */
    option_add_shown(&shown, values, option_find(table, "list"));
    assert_true(set(again, "list", shown.data, &err));
    assert_int_equal(option_list(again, "list").len, lengthof(expected));
    for (size_t i = 0; i < list.len; i++)
        assert_string_equal(option_list(again, "list").items[i], expected[i]);
}

static void
precedence(void **state)
{
    cleanup_(err_release) Err err = {0};
    OptionValues *values = option_values_new(&arena, table);
    const Option *text = option_find(table, "text");
    const Option *list = option_find(table, "list");

    (void)state;
    assert_true(option_set(values, text, "from environment", ORIGIN_ENVIRONMENT, "text", &err));
    assert_true(option_set(values, text, "from file", ORIGIN_FILE, "text", &err));
    assert_string_equal(option_text(values, "text"), "from environment");
    assert_true(option_set(values, text, "from flag", ORIGIN_FLAG, "text", &err));
    assert_string_equal(option_text(values, "text"), "from flag");
    assert_true(option_set(values, list, "a,b", ORIGIN_FILE, "list", &err));
    assert_true(option_set(values, list, "c", ORIGIN_FLAG, "list", &err));
    assert_int_equal(option_list(values, "list").len, 1);
    assert_string_equal(option_list(values, "list").items[0], "c");
    /* A value that loses is checked all the same. */
    assert_true(
        option_set(values, option_find(table, "integer"), "7", ORIGIN_FLAG, "integer", &err));
    assert_false(
        option_set(values, option_find(table, "integer"), "x", ORIGIN_FILE, "integer", &err));
}

static void
shown(void **state)
{
    cleanup_(err_release) Err err = {0};
    cleanup_(str_release) Str s = STR_INIT;
    OptionValues *values = option_values_new(&arena, table);

    (void)state;
    assert_true(set(values, "server", "postgresql://mover:Zq7xw@h/db", &err));
    assert_true(set(values, "word", "Zq8xw", &err));
    assert_true(set(values, "bytes", "2048", &err));
    assert_true(set(values, "duration", "90000", &err));
    for (const Option *row = table; row->name; row++)
    {
        option_add_shown(&s, values, row);
        str_add_char(&s, '|');
    }
    assert_null(strstr(s.data, "Zq7xw"));
    assert_null(strstr(s.data, "Zq8xw"));
    assert_non_null(strstr(s.data, "mover"));
    assert_non_null(strstr(s.data, "|2kB|90s|"));
}

static void
finding(void **state)
{
    (void)state;
    assert_ptr_equal(option_find(table, "text"), &table[1]);
    assert_null(option_find(table, "tex"));
    assert_null(option_find(NULL, "text"));
    assert_ptr_equal(option_find_letter(table, 't'), &table[1]);
    assert_null(option_find_letter(table, 'x'));
    assert_string_equal(option_find_key(table, "part", "items")->name, "list");
    assert_null(option_find_key(table, "other", "items"));
}

static const char *
nearest(const char *word)
{
    static const char *const known[] = {"migrate", "status", "switchover", "init",
                                        "source",  "jobs",   "json"};
    Suggestion near = suggestion_for(word);

    for (size_t i = 0; i < lengthof(known); i++)
        suggest(&near, known[i]);
    return near.best;
}

static void
suggestions(void **state)
{
    char longest[300];

    (void)state;
    memset(longest, 'm', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_string_equal(nearest("migrat"), "migrate");
    assert_string_equal(nearest("imgrate"), "migrate");
    assert_string_equal(nearest("stauts"), "status");
    assert_string_equal(nearest("swithcover"), "switchover");
    assert_string_equal(nearest("sorce"), "source");
    assert_string_equal(nearest("jsno"), "json");
    assert_null(nearest("delete"));
    assert_null(nearest(""));
    assert_null(nearest("xyz"));
    assert_null(nearest(longest));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(defaults, release),
        cmocka_unit_test_teardown(numbers, release),
        cmocka_unit_test_teardown(malformed, release),
        cmocka_unit_test_teardown(range_is_told, release),
        cmocka_unit_test_teardown(choosing, release),
        cmocka_unit_test_teardown(lists, release),
        cmocka_unit_test_teardown(precedence, release),
        cmocka_unit_test_teardown(shown, release),
        cmocka_unit_test(finding),
        cmocka_unit_test(suggestions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
