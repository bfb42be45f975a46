/* Connection strings, by the rules of "Connection Strings" in the libpq manual. libpq itself reads back what we build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/redact.h"
#include "pg/conninfo.h"

static Arena arena;

static int
release(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

/* What libpq takes the string for. */
static void
assert_means(const char *conninfo, const char *keyword, const char *expected)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    const char *found = NULL;

    assert_non_null(options);
    for (const PQconninfoOption *o = options; o->keyword; o++)
        if (strcmp(o->keyword, keyword) == 0)
            found = o->val;
    if (expected)
    {
        assert_non_null(found);
        assert_string_equal(found, expected);
    }
    else
        assert_null(found);
    PQconninfoFree(options);
}

static void
checking(void **state)
{
    static const char *const good[] = {
        "",
        "host=h",
        "host = h  port=5432",
        "dbname='a b' user='it\\'s'",
        "postgresql://",
        "postgres://h",
        "postgresql://u:p@h1:1,h2:2/db?target_session_attrs=read-write",
        "postgresql:///db?host=/tmp",
        "postgresql://[::1]:5432/db",
        "service=s",
        "postgresql://u%40x@h/a%20b",
    };
    static const char *const bad[] = {
        "host",
        "host=h port",
        "hots=h",
        "postgresql://[::1/db",
        "postgresql://h/db?bogus=1",
        "postgresql://h/%zz",
        "x='open",
        "mysql://h/db",
    };

    (void)state;
    for (size_t i = 0; i < lengthof(good); i++)
    {
        cleanup_(err_release) Err err = {0};

        assert_true(conninfo_check(good[i], "--source", &err));
    }
    for (size_t i = 0; i < lengthof(bad); i++)
    {
        cleanup_(err_release) Err err = {0};

        assert_false(conninfo_check(bad[i], "--source", &err));
        assert_int_equal(err.code, ERR_USAGE);
        assert_string_equal(err.message, "malformed connection string in --source");
        assert_non_null(err.detail);
        assert_non_null(err.hint);
    }
}

static void
malformed_ones_do_not_tell_secrets(void **state)
{
    static const char *const bad[] = {"host=h password=Zq1 secret",
                                      "postgresql://u:Zq1@h:5432/db?bogus=Zq1", "password='Zq1"};

    (void)state;
    for (size_t i = 0; i < lengthof(bad); i++)
    {
        cleanup_(err_release) Err err = {0};

        assert_false(conninfo_check(bad[i], "--source", &err));
        assert_null(strstr(err.message, "Zq1"));
        assert_null(strstr(err.detail, "Zq1"));
        assert_null(strstr(err.hint, "Zq1"));
    }
}

static void
checking_registers_passwords(void **state)
{
    cleanup_(err_release) Err err = {0};
    cleanup_(mem_free_pointer) char *shown = NULL;

    (void)state;
    assert_true(conninfo_check("postgresql://u:Zq2%41b@h/db", "--source", &err));
    assert_true(conninfo_check("sslpassword=Zq3abc host=h", "--source", &err));
    shown = redact("<Zq2Ab> <Zq3abc>");
    assert_string_equal(shown, "<********> <********>");
}

static void
passwords(void **state)
{
    (void)state;
    assert_true(conninfo_has_password("postgresql://u:p@h"));
    assert_true(conninfo_has_password("host=h password=' '"));
    assert_true(conninfo_has_password("postgresql://h/db?password=x"));
    assert_false(conninfo_has_password("postgresql://u@h"));
    assert_false(conninfo_has_password("host=h password=''"));
    assert_false(conninfo_has_password("host=password user=password"));
    assert_false(conninfo_has_password("not a conninfo"));
}

static void
values(void **state)
{
    const char *uri = "postgresql://us%20er@h1:1,h2:2/d%2Fb?application_name=x";

    (void)state;
    assert_string_equal(conninfo_value(&arena, uri, "user"), "us er");
    assert_string_equal(conninfo_value(&arena, uri, "host"), "h1,h2");
    assert_string_equal(conninfo_value(&arena, uri, "port"), "1,2");
    assert_string_equal(conninfo_value(&arena, uri, "dbname"), "d/b");
    assert_string_equal(conninfo_value(&arena, uri, "password"), "");
    assert_string_equal(conninfo_value(&arena, uri, "bogus"), "");
    assert_string_equal(conninfo_value(&arena, "host", "host"), "");
}

static void
changing(void **state)
{
    static const char *const odd[] = {"plain", "with space", "it's", "back\\slash",
                                      "\\'",   "a=b",        "",     "\xc3\xa4"};
    const char *changed;

    (void)state;
    for (size_t i = 0; i < lengthof(odd); i++)
    {
        changed =
            conninfo_with(&arena, "postgresql://u:p%27w@h:1/old?sslmode=require", "dbname", odd[i]);
        assert_means(changed, "dbname", odd[i]);
        assert_means(changed, "password", "p'w");
        assert_means(changed, "sslmode", "require");
        assert_means(changed, "port", "1");
    }
    changed = conninfo_with(&arena, "host=h password='a b' user=u", "password", NULL);
    assert_means(changed, "password", NULL);
    assert_means(changed, "user", "u");
    assert_means(conninfo_with(&arena, "host=h", "user", "new"), "user", "new");
}

static void
masking(void **state)
{
    const char *masked =
        conninfo_redacted(&arena, "postgresql://u:Zq4x@h/db?sslpassword=Zq5x&sslmode=prefer");

    (void)state;
    assert_null(strstr(masked, "Zq4"));
    assert_null(strstr(masked, "Zq5"));
    assert_means(masked, "user", "u");
    assert_means(masked, "dbname", "db");
    assert_means(masked, "sslmode", "prefer");
    assert_string_equal(conninfo_redacted(&arena, "not a conninfo, Zq6"), "");
}

/* A file that libpq accepts: plain, for the owner only; the line by the rules of "The Password File". */
static void
password_file(void **state)
{
    cleanup_(err_release) Err err = {0};
    const char *path;
    char content[100] = "";
    struct stat st;
    int fd;
    int copy;
    ssize_t len;

    (void)state;
    assert_true(passfile_open(&arena, "a:b\\c d", &fd, &path, &err));
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    copy = open(path, O_RDONLY);
    assert_true(copy >= 0);
    len = read(copy, content, sizeof(content) - 1);
    assert_true(len > 0);
    assert_string_equal(content, "*:*:*:*:a\\:b\\\\c d\n");
    close(copy);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(checking, release),
        cmocka_unit_test_teardown(malformed_ones_do_not_tell_secrets, release),
        cmocka_unit_test_teardown(checking_registers_passwords, release),
        cmocka_unit_test_teardown(passwords, release),
        cmocka_unit_test_teardown(values, release),
        cmocka_unit_test_teardown(changing, release),
        cmocka_unit_test_teardown(masking, release),
        cmocka_unit_test_teardown(password_file, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
