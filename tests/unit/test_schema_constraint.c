/* Constraints taken apart; the statements are pg_dump 15's and 17's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "schema/constraint.h"

static void
foreign_keys(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *add = NULL;
    const char *validate = NULL;

    (void)state;
    assert_true(constraint_split_foreign_key(
        "ALTER TABLE ONLY \"s\".\"a\"\"; DROP\"\n    ADD CONSTRAINT \"f k\" FOREIGN KEY (\"x\") REFERENCES \"s\".\"b\"(\"y\") ON DELETE CASCADE DEFERRABLE;",
        &arena, &add, &validate));
    assert_string_equal(
        add,
        "ALTER TABLE ONLY \"s\".\"a\"\"; DROP\"\n    ADD CONSTRAINT \"f k\" FOREIGN KEY (\"x\") REFERENCES \"s\".\"b\"(\"y\") ON DELETE CASCADE DEFERRABLE NOT VALID;");
    assert_string_equal(validate,
                        "ALTER TABLE ONLY \"s\".\"a\"\"; DROP\" VALIDATE CONSTRAINT \"f k\";");
}

static void
foreign_keys_left_alone(void **state)
{
    static const char *const cases[] = {
        /* of a partitioned table */
        "ALTER TABLE \"s\".\"a\"\n    ADD CONSTRAINT \"f\" FOREIGN KEY (\"x\") REFERENCES \"s\".\"b\"(\"y\");",
        /* not checked on the source either */
        "ALTER TABLE ONLY \"s\".\"a\"\n    ADD CONSTRAINT \"f\" FOREIGN KEY (\"x\") REFERENCES \"s\".\"b\"(\"y\") NOT VALID;",
        "ALTER TABLE ONLY \"s\".\"a\"\n    ADD CONSTRAINT \"f\" FOREIGN KEY (\"x\") REFERENCES \"s\".\"b\"(\"y\") NOT ENFORCED;",
        /* no foreign key */
        "ALTER TABLE ONLY \"s\".\"a\"\n    ADD CONSTRAINT \"f\" CHECK ((\"x\" > 0));",
        "",
    };
    cleanup_(arena_release) Arena arena = {0};
    const char *add;
    const char *validate;

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
        assert_false(constraint_split_foreign_key(cases[i], &arena, &add, &validate));
}

static void
unique_constraints(void **state)
{
    static const char *const cases[][3] = {
        {"ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"t_pkey\" PRIMARY KEY (\"id\");",
         "CREATE UNIQUE INDEX \"t_pkey\" ON \"s\".\"t\" USING btree (\"id\");",
         "ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"t_pkey\" PRIMARY KEY USING INDEX \"t_pkey\";"},
        {"ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"k\" UNIQUE NULLS NOT DISTINCT (\"a)\", \"b\"\"\") INCLUDE (\"c\") WITH (\"fillfactor\"='70') DEFERRABLE INITIALLY DEFERRED;",
         "CREATE UNIQUE INDEX \"k\" ON \"s\".\"t\" USING btree (\"a)\", \"b\"\"\") INCLUDE (\"c\") NULLS NOT DISTINCT WITH (\"fillfactor\"='70');",
         "ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"k\" UNIQUE USING INDEX \"k\" DEFERRABLE INITIALLY DEFERRED;"},
        {"ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"t_pkey\" PRIMARY KEY (\"id\");\n\nALTER TABLE \"s\".\"t\" CLUSTER ON \"t_pkey\";",
         "CREATE UNIQUE INDEX \"t_pkey\" ON \"s\".\"t\" USING btree (\"id\");",
         "ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"t_pkey\" PRIMARY KEY USING INDEX \"t_pkey\";\n\nALTER TABLE \"s\".\"t\" CLUSTER ON \"t_pkey\";"},
    };
    cleanup_(arena_release) Arena arena = {0};

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        const char *index = NULL;
        const char *add = NULL;

        assert_true(constraint_split_unique(cases[i][0], &arena, &index, &add));
        assert_string_equal(index, cases[i][1]);
        assert_string_equal(add, cases[i][2]);
    }
}

static void
unique_constraints_left_alone(void **state)
{
    static const char *const cases[] = {
        "ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"x\" EXCLUDE USING gist (\"a\" WITH &&);",
        "ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"x\" PRIMARY KEY (\"a\", \"b\" WITHOUT OVERLAPS);",
        "ALTER TABLE \"s\".\"t\"\n    ADD CONSTRAINT \"x\" PRIMARY KEY (\"a\");",
        "ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"x\" PRIMARY KEY (\"a",
        "ALTER TABLE ONLY \"s\".\"t\"\n    ADD CONSTRAINT \"x\" PRIMARY KEY (\"a\") SOMETHING NEW;",
    };
    cleanup_(arena_release) Arena arena = {0};
    const char *index;
    const char *add;

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
        assert_false(constraint_split_unique(cases[i], &arena, &index, &add));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_keys),
        cmocka_unit_test(foreign_keys_left_alone),
        cmocka_unit_test(unique_constraints),
        cmocka_unit_test(unique_constraints_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
