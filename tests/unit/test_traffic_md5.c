/* Expected values: RFC 1321, appendix A.5, and md5sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "traffic/md5.h"

static void
check(const char *text, size_t len, const char *expected)
{
    Md5 sum = md5_of(text, len);
    Md5 again;
    char hex[MD5_HEX_SIZE];

    md5_to_hex(&sum, hex);
    assert_string_equal(hex, expected);
    assert_true(md5_from_hex(hex, &again));
    assert_true(md5_equal(&sum, &again));
}

static void
test_rfc_suite(void **state)
{
    (void)state;
    check("", 0, "d41d8cd98f00b204e9800998ecf8427e");
    check("a", 1, "0cc175b9c0f1b6a831c399e269772661");
    check("abc", 3, "900150983cd24fb0d6963f7d28e17f72");
    check("message digest", 14, "f96b697d7cb7938d525a2f31aaf161d0");
    check("abcdefghijklmnopqrstuvwxyz", 26, "c3fcd3d76192e4007dfb496cca67e13b");
    check("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 62,
          "d174ab98d277d9f5a5611c2c9f419d9f");
    check("12345678901234567890123456789012345678901234567890123456789012345678901234567890", 80,
          "57edf4a22be3c955ac49da2e2107b67a");
}

static void
test_padding_limits(void **state)
{
    /* head -c N /dev/zero | md5sum */
    static const struct
    {
        size_t len;
        const char *expected;
    } cases[] = {
        {55, "c9ea3314b91c9fd4e38f9432064fd1f2"}, {56, "e3c4dd21a9171fd39d208efa09bf7883"},
        {63, "65cecfb980d72fde57d175d6ec1c3f64"}, {64, "3b5d3c7d207e37dceeedd301e35e2e58"},
        {65, "1ef5e829303a139ce967440e0cdca10c"}, {200000, "4a1e4325031b13f933ac4f1db9ecb63f"},
    };
    char *zeros = mem_alloc_zeroed(200000);

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
        check(zeros, cases[i].len, cases[i].expected);
    mem_free_pointer(&zeros);
}

static void
test_bad_hex(void **state)
{
    Md5 sum;

    (void)state;
    assert_false(md5_from_hex("", &sum));
    assert_false(md5_from_hex("d41d8cd98f00b204e9800998ecf8427", &sum));
    assert_false(md5_from_hex("D41d8cd98f00b204e9800998ecf8427e", &sum));
    assert_false(md5_from_hex("g41d8cd98f00b204e9800998ecf8427e", &sum));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rfc_suite),
        cmocka_unit_test(test_padding_limits),
        cmocka_unit_test(test_bad_hex),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
