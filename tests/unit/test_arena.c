/* Arena and VEC: pieces are zeroed and keep what is in them, however they grow among others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/vec.h"

static void
expect_bytes(const char *piece, size_t from, size_t to, char value)
{
    for (size_t i = from; i < to; i++)
        assert_int_equal(piece[i], value);
}

static void
test_alloc(void **state)
{
    static const size_t sizes[] = {0, 1, 15, 16, 2048, 2049, 8192, 8193, 1000000};
    cleanup_(arena_release) Arena arena = {0};

    (void)state;
    for (size_t i = 0; i < lengthof(sizes); i++)
    {
        char *piece = arena_alloc(&arena, sizes[i]);

        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        expect_bytes(piece, 0, sizes[i], 0);
        memset(piece, 'x', sizes[i]);
    }
    assert_null(arena_strdup(&arena, NULL));
    assert_string_equal(arena_strndup(&arena, "abc", 2), "ab");
}

/* From nothing past the size at which a piece has a block for itself, with neighbours made in between. */
static void
test_grow(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    char *piece = NULL;
    size_t size = 0;

    (void)state;
    for (size_t grown = 24; grown < 1000000; grown = grown * 2 + 1)
    {
        const char *before = arena_strdup(&arena, "before");
        char *large;
        const char *after;

        piece = arena_grow(&arena, piece, size, grown);
        large = arena_alloc(&arena, 5000);
        after = arena_strdup(&arena, "after");
        expect_bytes(piece, 0, size, 'p');
        expect_bytes(piece, size, grown, 0);
        memset(piece, 'p', grown);
        memset(large, 'l', 5000);
        size = grown;
        assert_string_equal(before, "before");
        assert_string_equal(after, "after");
        expect_bytes(piece, 0, size, 'p');
    }
}

static void
test_vec(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    VEC(int) a = {0};
    VEC(int) b = {0};

    (void)state;
    for (int i = 0; i < 100000; i++)
    {
        *vec_push(&a, &arena) = i;
        *vec_push(&b, &arena) = -i;
    }
    assert_int_equal(a.len, 100000);
    for (int i = 0; i < 100000; i++)
    {
        assert_int_equal(a.items[i], i);
        assert_int_equal(b.items[i], -i);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_vec),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
