#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/split.h"

#define PREAMBLE                                                                                         \
    "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n-- Dumped from database version 15.20\n\n" \
    "SET statement_timeout = 0;\nSET standard_conforming_strings = on;\n"                                \
    "SELECT pg_catalog.set_config('search_path', '', false);\nSET row_security = off;\n\n"
#define HEADER(id, class, oid, rest) \
    "--\n-- TOC entry " id " (class " class " OID " oid ")\n" rest "-- Data Pos: 0\n--\n\n"
#define TAIL \
    "\n\n-- Completed on 2026-11-21 02:16:49 UTC\n\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n"

/* What a body may hold to fool a splitter. */
#define FAKE \
    "--\n-- TOC entry 9 (class 1259 OID 9)\n-- Name: fake; Type: TABLE; Schema: public; Owner: x\n--\n\nSET default_tablespace = evil;\n\\connect evil\n"

static DdlEntries
split(Arena *arena, const char *script)
{
    cleanup_(err_release) Err err = {0};
    DdlEntries entries = {0};

    if (!split_script(script, DDL_PRE_DATA, arena, &entries, &err))
        fail_msg("%s: %s", err.message, err.detail);
    return entries;
}

static void
assert_refused(const char *script)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    DdlEntries entries = {0};

    assert_false(split_script(script, DDL_PRE_DATA, &arena, &entries, &err));
    assert_int_equal(err.code, ERR_FAILED);
    assert_non_null(err.hint);
}

static void
test_fields(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    DdlEntries e = split(
        &arena,
        PREAMBLE
            HEADER("345", "1259", "18407", "-- Dependencies: 18 1391\n-- Name: t; Type: TABLE; Schema: public; Owner: me\n") "CREATE TABLE t (\n    a int\n);\n\n\nALTER TABLE t OWNER TO me;\n\n" HEADER(
                "7", "0", "0",
                "-- Name: TABLE t; Type: ACL; Schema: -; Owner: me; Tablespace: ts\n") "GRANT SELECT ON TABLE t TO x;\n" TAIL);

    (void)state;
    assert_int_equal(e.len, 2);
    assert_int_equal(e.items[0].dump_id, 345);
    assert_int_equal(e.items[0].catalog_oid, 1259);
    assert_int_equal(e.items[0].object_oid, 18407);
    assert_int_equal(e.items[0].n_depends_on, 2);
    assert_int_equal(e.items[0].depends_on[1], 1391);
    assert_string_equal(e.items[0].type, "TABLE");
    assert_string_equal(e.items[0].tag, "t");
    assert_string_equal(e.items[0].schema, "public");
    assert_string_equal(e.items[0].sql,
                        "CREATE TABLE t (\n    a int\n);\n\n\nALTER TABLE t OWNER TO me;");
    assert_null(e.items[0].tablespace);
    assert_string_equal(e.items[1].type, "ACL");
    assert_string_equal(e.items[1].schema, "");
    assert_string_equal(e.items[1].sql, "GRANT SELECT ON TABLE t TO x;");
}

static void
test_names_with_semicolons(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    DdlEntries e = split(
        &arena,
        HEADER(
            "1", "1259", "2",
            "-- Name: a; Type: VIEW; Schema: b; Type: TABLE; Schema: s; x; Owner: me; --\n") "SELECT 1;\n");

    (void)state;
    assert_string_equal(e.items[0].tag, "a; Type: VIEW; Schema: b");
    assert_string_equal(e.items[0].type, "TABLE");
    assert_string_equal(e.items[0].schema, "s; x");
}

/* Each body must come out as it went in, as the one and only entry before the last. */
static void
test_hostile_bodies(void **state)
{
    static const char *const bodies[] = {
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\n" FAKE "$$;",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$\n$$\n" FAKE "$$ $1$ $_\n" FAKE "$_$;",
        "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a\n" FAKE "''\n" FAKE "';",
        "COMMENT ON TABLE t IS 'ends in a backslash \\';",
        "COMMENT ON TABLE t IS E'quote \\' inside\n" FAKE "\\\\';",
        "COMMENT ON TABLE \"sch\"\"ema\n" FAKE "\" IS 'x';",
        "CREATE TABLE \"E\"(a int DEFAULT 'it''s');",
        "CREATE TABLE ae'\n" FAKE "';",
        "CREATE RULE r AS ON INSERT TO t DO ( SELECT 1;\n" FAKE "SELECT ';)';\n);",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql\n    BEGIN ATOMIC\n SELECT 1;\n SELECT 2;\nEND;",
        "CREATE VIEW v AS SELECT 1 /* ; ' $$ /* nested */ \n" FAKE " */ AS a;",
        "CREATE VIEW v AS\n SELECT a$b$c, d$b$e -- it's $$ ;\n   FROM t;",
        "ALTER TABLE t ALTER a SET DEFAULT U&'\\0441\n" FAKE "';",
        "CREATE FUNCTION f(\"$a$\" int) RETURNS int LANGUAGE sql AS $a_\xc3\xa9$ SELECT $1; $a$ ; $a_\xc3\xa9$;",
        "CREATE OPERATOR public.- (LEFTARG = int);",
    };

    (void)state;
    for (size_t i = 0; i < lengthof(bodies); i++)
    {
        cleanup_(arena_release) Arena arena = {0};
        const char *script = arena_printf(
            &arena,
            PREAMBLE
                HEADER("1", "1", "1", "-- Name: a; Type: X; Schema: -; Owner: -\n") "%s\n\n\n" HEADER(
                    "2", "1", "2", "-- Name: b; Type: X; Schema: -; Owner: -\n") "SELECT 2;" TAIL,
            bodies[i]);
        DdlEntries e = split(&arena, script);

        assert_int_equal(e.len, 2);
        assert_string_equal(e.items[0].sql, bodies[i]);
        assert_string_equal(e.items[1].sql, "SELECT 2;");
        assert_null(e.items[1].tablespace);
    }
}

static void
test_state_moves_to_the_next_entry(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    DdlEntries e = split(
        &arena, PREAMBLE
        "SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n" HEADER("1", "1", "1", "-- Name: a; Type: TABLE; Schema: -; Owner: -\n") "CREATE TABLE a();\n\n\nSET default_tablespace = \"a;'b\";\n\n" HEADER(
            "2", "1", "2",
            "-- Name: b; Type: TABLE; Schema: -; Owner: -\n") "CREATE TABLE b();\n\n" HEADER("3",
                                                                                             "1",
                                                                                             "3",
                                                                                             "-- Name: c; Type: TABLE; Schema: -; Owner: -\n") "CREATE TABLE c();\n\nSET default_with_oids = false;\n" TAIL);

    (void)state;
    assert_int_equal(e.len, 3);
    assert_string_equal(e.items[0].sql, "CREATE TABLE a();");
    assert_string_equal(e.items[0].tablespace, "''");
    assert_string_equal(e.items[0].access_method, "heap");
    assert_string_equal(e.items[1].tablespace, "\"a;'b\"");
    assert_string_equal(e.items[2].tablespace, "\"a;'b\"");
    assert_string_equal(e.items[2].access_method, "heap");
    assert_string_equal(e.items[2].sql, "CREATE TABLE c();");
    assert_null(e.items[2].with_oids);
}

static void
test_entry_without_statement(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    DdlEntries e = split(
        &arena,
        HEADER("1", "2615", "2200", "-- Name: public; Type: SCHEMA; Schema: -; Owner: -\n") "-- *not* creating schema, since initdb creates it\n\n\n" HEADER(
            "2", "1", "2", "-- Name: b; Type: X; Schema: -; Owner: -\n") "SELECT 2;\n");

    (void)state;
    assert_int_equal(e.len, 2);
    assert_string_equal(e.items[0].sql, "");
    assert_int_equal(split(&arena, PREAMBLE TAIL).len, 0);
    assert_int_equal(split(&arena, "").len, 0);
}

static void
test_malformed(void **state)
{
    (void)state;
    assert_refused("--\n-- TOC entry x\n");
    assert_refused("--\n-- TOC entry 1 (class 1 OID 1)\n--\n");
    assert_refused("--\n-- TOC entry 1 (class 1 OID 1)\n-- Name: a; Type: b\n--\n");
    assert_refused(
        "--\n-- TOC entry 1 (class 1 OID 1)\n-- Dependencies: x\n-- Name: a; Type: X; Schema: -; Owner: -\n--\n");
    assert_refused(PREAMBLE "DROP TABLE t;\n");
    assert_refused(
        HEADER("1", "1", "1", "-- Name: a; Type: X; Schema: -; Owner: -\n") "SELECT 'open;\n");
    assert_refused(HEADER("1", "1", "1",
                          "-- Name: a; Type: X; Schema: -; Owner: -\n") "SELECT $a$ open $b$;\n");
    assert_refused(HEADER("1", "1", "1", "-- Name: a; Type: X; Schema: -; Owner: -\n") "SELECT 1");
    assert_refused(
        HEADER("1", "1", "1", "-- Name: a; Type: X; Schema: -; Owner: -\n") "SELECT /* open ;\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_names_with_semicolons),
        cmocka_unit_test(test_hostile_bodies),
        cmocka_unit_test(test_state_moves_to_the_next_entry),
        cmocka_unit_test(test_entry_without_statement),
        cmocka_unit_test(test_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
