/* Secrets are masked wherever they stand, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"

static void
assert_redacted(const char *text, const char *expected)
{
    cleanup_(mem_free_pointer) char *shown = redact(text);

    assert_string_equal(shown, expected);
}

static void
keywords(void **state)
{
    (void)state;
    assert_redacted("host=h password=abc user=u", "host=h password=******** user=u");
    assert_redacted("password = abc user=u", "password = ******** user=u");
    assert_redacted("password='a b\\'c' user=u", "password=******** user=u");
    assert_redacted("password='it''s' user=u", "password=******** user=u");
    assert_redacted("host=h sslpassword=abc", "host=h sslpassword=********");
    assert_redacted("PGPASSWORD=abc pg_dump", "PGPASSWORD=******** pg_dump");
    assert_redacted("password\t=\n'abc' x", "password\t=\n******** x");
    assert_redacted("PassWord=abc", "PassWord=********");
    assert_redacted("password=", "password=");
    assert_redacted("password='unterminated", "password=********");
}

static void
uris(void **state)
{
    (void)state;
    assert_redacted("postgresql://u:abc@h:5432/db", "postgresql://u:********@h:5432/db");
    assert_redacted("postgres://u:a%40c@h", "postgres://u:********@h");
    assert_redacted("postgresql://u:a'b\"c%40@h", "postgresql://u:********@h");
    assert_redacted("postgresql://u@h:5432/db", "postgresql://u@h:5432/db");
    assert_redacted("postgresql://h:5432/db", "postgresql://h:5432/db");
    assert_redacted("postgresql://u:@h/db", "postgresql://u:@h/db");
    assert_redacted("postgresql://h/db?user=u&password=abc&x=y",
                    "postgresql://h/db?user=u&password=********&x=y");
    assert_redacted("from postgresql://a:b1@c to postgresql://d:e2@f",
                    "from postgresql://a:********@c to postgresql://d:********@f");
}

static void
statements(void **state)
{
    (void)state;
    assert_redacted("CREATE ROLE r PASSWORD 'abc' LOGIN", "CREATE ROLE r PASSWORD ******** LOGIN");
    assert_redacted("ALTER ROLE r WITH ENCRYPTED PASSWORD 'it''s'",
                    "ALTER ROLE r WITH ENCRYPTED PASSWORD ********");
    assert_redacted("ALTER ROLE r PASSWORD  E'a\\\\b' LOGIN",
                    "ALTER ROLE r PASSWORD  ******** LOGIN");
    assert_redacted("CREATE ROLE r PASSWORD\n'abc'", "CREATE ROLE r PASSWORD\n********");
    assert_redacted("CONNECTION 'host=h password=''a b'' dbname=d'",
                    "CONNECTION 'host=h password=******** dbname=d'");
    assert_redacted("CONNECTION  E'password=''it\\\\''s\\\\\\\\'' dbname=''d'''",
                    "CONNECTION  E'password=******** dbname=''d'''");
    assert_redacted("ALTER ROLE r PASSWORD NULL", "ALTER ROLE r PASSWORD NULL");
    assert_redacted(
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=abc dbname=d' PUBLICATION p",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=******** dbname=d' PUBLICATION p");
}

static void
ordinary_text(void **state)
{
    (void)state;
    assert_redacted("", "");
    assert_redacted("password authentication failed for user \"u\"",
                    "password authentication failed for user \"u\"");
    assert_redacted("the table \"passwords\" and password_hash=1",
                    "the table \"passwords\" and password_hash=1");
    assert_redacted("nopassword=abc", "nopassword=abc");
    assert_redacted("\xc3\xa9\xff %s %n", "\xc3\xa9\xff %s %n");
    assert_null(redact(NULL));
}

static void
registered(void **state)
{
    (void)state;
    assert_redacted("it is Zq7 here", "it is Zq7 here");
    redact_register("Zq7secret");
    redact_register("Zq7secret and more");
    redact_register("Zq7secret");
    redact_register("x");
    redact_register("");
    redact_register(NULL);
    assert_redacted("(Zq7secret)", "(********)");
    assert_redacted("Zq7secretZq7secret", "****************");
    assert_redacted("Zq7secret and more", "********"); /* the longest one */
    assert_redacted("Zq7secre x", "Zq7secre x");       /* one byte is no secret */
}

static void
adding(void **state)
{
    cleanup_(str_release) Str s = STR_INIT;

    (void)state;
    str_add(&s, "x");
    redact_add(&s, "password=abc");
    assert_string_equal(s.data, "xpassword=********");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keywords),      cmocka_unit_test(uris),       cmocka_unit_test(statements),
        cmocka_unit_test(ordinary_text), cmocka_unit_test(registered), cmocka_unit_test(adding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
