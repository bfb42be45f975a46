/* Quoting, against what psql 15 printed for SELECT quote_ident and quote_literal with quote_all_identifiers on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pg/quote.h"

static void
identifiers(void **state)
{
    static const char *const cases[][2] = {
        {"a", "\"a\""},
        {"Mixed Case", "\"Mixed Case\""},
        {"with\"quote", "\"with\"\"quote\""},
        {"\"", "\"\"\"\""},
        {"it's", "\"it's\""},
        {"back\\slash", "\"back\\slash\""},
        {"select", "\"select\""},
        {"\xc3\xa4\xf0\x9f\x90\x98", "\"\xc3\xa4\xf0\x9f\x90\x98\""},
        {"a\nb", "\"a\nb\""},
        {"; DROP TABLE x; --", "\"; DROP TABLE x; --\""},
        {"%s%n", "\"%s%n\""},
    };

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        cleanup_(str_release) Str s = STR_INIT;

        sql_ident(&s, cases[i][0]);
        assert_string_equal(s.data, cases[i][1]);
    }
}

static void
literals(void **state)
{
    static const char *const cases[][2] = {
        {"", "''"},
        {"a", "'a'"},
        {"it's", "'it''s'"},
        {"''", "''''''"},
        {"back\\slash", " E'back\\\\slash'"},
        {"\\'; DROP TABLE x; --", " E'\\\\''; DROP TABLE x; --'"},
        {"a\"b", "'a\"b'"},
        {"\xc3\xa4", "'\xc3\xa4'"},
        {"%s%n", "'%s%n'"},
        {NULL, "NULL"},
    };

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        cleanup_(str_release) Str s = STR_INIT;

        sql_literal(&s, cases[i][0]);
        assert_string_equal(s.data, cases[i][1]);
    }
}

static void
qualified(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;

    (void)state;
    sql_qualified(&s, "my.schema", "a\"b");
    assert_string_equal(s.data, "\"my.schema\".\"a\"\"b\"");
}

static void
formats(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;

    (void)state;
    sql_format(&s, "COPY %Q (%R) FROM %L WHERE 1 %% 2 = %I", "s", "t", "\"a\", \"b\"", "it's",
               "c%I");
    assert_string_equal(s.data,
                        "COPY \"s\".\"t\" (\"a\", \"b\") FROM 'it''s' WHERE 1 % 2 = \"c%I\"");
    str_clear(&s);
    sql_format(&s, "");
    assert_string_equal(s.data, "");
}

/* An unknown or missing letter must not pass. */
static void
bad_format_aborts(void **state)
{
    static const char *const templates[] = {"%s", "%", "a %d"};

    (void)state;
    for (size_t i = 0; i < lengthof(templates); i++)
    {
        pid_t pid = fork();
        int status;

        if (pid == 0)
        {
            cleanup_(str_release) Str s = STR_INIT;

            signal(SIGABRT, SIG_DFL);
            sql_format(&s, templates[i], "x");
            _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
    }
}

static void
arrays(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;

    (void)state;
    sql_array_add(&s, "a");
    assert_string_equal(s.data, "{\"a\"}");
    sql_array_add(&s, NULL);
    sql_array_add(&s, "");
    sql_array_add(&s, "NULL");
    sql_array_add(&s, "},\"\\{");
    assert_string_equal(s.data, "{\"a\",NULL,\"\",\"NULL\",\"},\\\"\\\\{\"}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays),   cmocka_unit_test(identifiers),
        cmocka_unit_test(literals), cmocka_unit_test(qualified),
        cmocka_unit_test(formats),  cmocka_unit_test(bad_format_aborts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
