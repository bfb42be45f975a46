#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/table_name.h"

/* What it means, as [[schema, table, is a pattern]]; "" when it is refused. */
static const char *
meaning(Arena *arena, const char *text)
{
    cleanup_(err_release) Err err = {0};
    TableNames names = {0};

    if (!table_name_parse(arena, text, vec_push(&names, arena), &err))
    {
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(err.detail);
        assert_non_null(err.hint);
        return "";
    }
    return table_names_json(arena, &names);
}

static void
test_parse(void **state)
{
    static const struct
    {
        const char *text;
        const char *meaning;
    } cases[] = {
        {"app.orders", "[[\"app\",\"orders\",false]]"},
        {"App.ORDERS", "[[\"app\",\"orders\",false]]"},
        {"\"App\".\"a.\"\"b\"", "[[\"App\",\"a.\\\"b\",false]]"},
        {"app.*", "[[\"app\",\"%\",true]]"},
        {"a?p.\"*\"x", "[[\"a_p\",\"*x\",true]]"},
        {"a_p.50%", "[[\"a\\\\_p\",\"50\\\\%\",false]]"},
        {"a.b\\c", "[[\"a\",\"b\\\\\\\\c\",false]]"},
        {"orders", "[[\"public\",\"orders\",false]]"},
        {"", ""},
        {".", ""},
        {"a.", ""},
        {".a", ""},
        {"a.b.c", ""},
        {"\"a.b", ""},
        {"a.\"b", ""},
        {"\"\".\"\"", ""},
    };
    cleanup_(arena_release) Arena arena = {0};

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
        assert_string_equal(meaning(&arena, cases[i].text), cases[i].meaning);
}

static void
test_matches(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    TableName name;

    (void)state;
    assert_true(table_name_parse(&arena, "a*.t?_\"*\"", &name, &err));
    assert_true(table_name_matches(&name, "app", "t\xc3\xa9_*"));
    assert_false(table_name_matches(&name, "bpp", "t1_*"));
    assert_false(table_name_matches(&name, "app", "t1_x"));
    assert_false(table_name_matches(&name, "app", "t1x*"));
}

static void
test_plain_names(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    Names names = {0};

    (void)state;
    assert_true(plain_names_parse(&arena, "id, \"Total, sum\",C", &names, &err));
    assert_int_equal(names.len, 3);
    assert_string_equal(names.items[0], "id");
    assert_string_equal(names.items[1], "Total, sum");
    assert_string_equal(names.items[2], "c");
    assert_false(plain_names_parse(&arena, "a,,b", &names, &err));
    assert_false(plain_names_parse(&arena, "a*", &names, &err));
    assert_false(plain_names_parse(&arena, "\"a", &names, &err));
}

/* Any name comes back as it was; any text is parsed or refused. */
static void
test_round_trip(void **state)
{
    static const char alphabet[] = "abZ9_.\"*?%\\,' \n;$\xc3";
    unsigned random = 1;

    (void)state;
    for (int round = 0; round < 20000; round++)
    {
        cleanup_(arena_release) Arena arena = {0};
        cleanup_(err_release) Err err = {0};
        cleanup_(str_release) Str typed = STR_INIT;
        char names[2][8] = {"", ""};
        TableName name;

        for (int i = 0; i < 2; i++)
            for (unsigned n = 0; n < 1 + (random >> 20) % 6; n++)
            {
                random = random * 1103515245u + 12345u;
                names[i][n] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
            }
        (void)meaning(&arena, names[0]);
        table_name_add(&typed, names[0], names[1]);
        assert_true(table_name_parse(&arena, typed.data, &name, &err));
        assert_string_equal(name.schema, names[0]);
        assert_string_equal(name.name, names[1]);
        assert_true(table_name_matches(&name, names[0], names[1]));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_plain_names),
        cmocka_unit_test(test_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
