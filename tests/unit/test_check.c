/* The table of checks is well-formed, patterns become LIKE, and templates become texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/run.h"
#include "config/filter.h"

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_check_rows; i++)
    {
        const CheckRow *row = &check_rows[i];

        assert_non_null(row->holds);
        assert_true((row->sql != NULL) != (row->probe != NULL));
        if (row->sql)
            assert_true(row->message && row->detail &&
                        (row->hint || row->severity == CHECK_INFORMS));
        if (row->feed)
            assert_int_equal(row->side, CHECK_BOTH);
        assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(row->name));
        /* A name stands twice only for different versions. */
        for (size_t j = i + 1; j < n_check_rows; j++)
            if (strcmp(row->name, check_rows[j].name) == 0)
                assert_true((row->max_major && row->max_major < check_rows[j].min_major) ||
                            (check_rows[j].max_major && check_rows[j].max_major < row->min_major));
    }
}

/* Every brace of a template is closed, and no text ends in a full stop where it must not. */
static void
test_templates_closed(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_check_rows; i++)
    {
        const char *texts[] = {check_rows[i].message, check_rows[i].detail, check_rows[i].hint,
                               check_rows[i].holds};

        for (size_t t = 0; t < lengthof(texts); t++)
        {
            int depth = 0;

            for (const char *p = texts[t] ? texts[t] : ""; *p; p++)
            {
                depth += (*p == '{') - (*p == '}');
                assert_in_range(depth, 0, 1);
            }
            assert_int_equal(depth, 0);
        }
        if (check_rows[i].message)
            assert_int_not_equal(check_rows[i].message[strlen(check_rows[i].message) - 1], '.');
    }
}

static void
test_patterns(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *items[] = {"app", "app.t_*", "a?b.50%", "x.y.z"};
    StringList patterns = {.items = items, .len = lengthof(items)};

    (void)state;
    assert_string_equal(filter_json(&arena, &(StringList){0}), "[]");
    assert_string_equal(
        filter_json(&arena, &patterns),
        "[[\"app\",\"%\",\"app\"],[\"app\",\"t\\\\_%\",\"app.t_*\"],[\"a_b\",\"50\\\\%\",\"a?b.50%\"],"
        "[\"x\",\"y.z\",\"x.y.z\"]]");
}

static void
test_sizes(void **state)
{
    cleanup_(arena_release) Arena arena = {0};

    (void)state;
    assert_string_equal(check_size(&arena, 0), "0 bytes");
    assert_string_equal(check_size(&arena, 10239), "10239 bytes");
    assert_string_equal(check_size(&arena, 10240), "10 kB");
    assert_string_equal(check_size(&arena, 536870912), "512 MB");
    assert_string_equal(check_size(&arena, INT64_MAX), "8388607 TB");
}

/* n rows: object "t1" …, command "do 1" … */
static PGresult *
make_result(int n)
{
    char object[] = "object";
    char command[] = "command";
    PGresAttDesc columns[] = {{.name = object, .typid = 25, .typlen = -1, .atttypmod = -1},
                              {.name = command, .typid = 25, .typlen = -1, .atttypmod = -1}};
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);

    assert_int_equal(PQsetResultAttrs(result, 2, columns), 1);
    for (int row = 0; row < n; row++)
    {
        char text[32];

        snprintf(text, sizeof(text), "t%d", row + 1);
        assert_int_equal(PQsetvalue(result, row, 0, text, (int)strlen(text)), 1);
        snprintf(text, sizeof(text), "do %d", row + 1);
        assert_int_equal(PQsetvalue(result, row, 1, text, (int)strlen(text)), 1);
    }
    return result;
}

static void
expect(int n, const char *template, const char *expected)
{
    static const int rows[] = {0, 1, 2, 3, 4, 5, 6};
    static const TemplateWord words[] = {{"side", "source"}};
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(result_release) PGresult *result = make_result(n);
    CheckObjects objects = {.result = result, .rows = rows, .n = n};

    assert_string_equal(template_expand(&arena, template, words, lengthof(words), &objects),
                        expected);
}

static void
test_expansion(void **state)
{
    (void)state;
    expect(0, "", "");
    expect(0, "plain", "plain");
    expect(0, "on the {side}", "on the source");
    expect(1, "{n:table has|tables have} none: {objects}", "1 table has none: \"t1\"");
    expect(2, "{n:table has|tables have} none: {objects}", "2 tables have none: \"t1\", \"t2\"");
    expect(5, "{objects}", "\"t1\", \"t2\", \"t3\", \"t4\", \"t5\"");
    expect(7, "{n}: {objects}!", "7: \"t1\", \"t2\", \"t3\", \"t4\", \"t5\" and 2 more!");
    expect(1, "{?it|them} {command}", "it do 1");
    expect(2, "{?it|them} {command}", "them do 1");
    expect(1, "{command*}", "do 1");
    expect(2, "{command*}", "do 1; do 2");
    expect(6, "{command*}", "do 1; do 2; do 3; do 4; do 5; and so on");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_templates_closed),
        cmocka_unit_test(test_patterns),  cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_expansion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
