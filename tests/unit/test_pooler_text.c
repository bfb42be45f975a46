/* PgBouncer's file: what is an entry, and that a change of one leaves every other byte alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fence/pooler_text.h"

static const PoolerPlace new_place = {"new", "6000", "shop"};

/* The text with the entry of that name led to a place; the caller frees it. */
static char *
moved_to(const char *text, const char *name, const PoolerPlace *place)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    PoolerEntries entries;
    PoolerEntry *entry;
    Str s = STR_INIT;

    assert_true(pooler_text_read(&arena, text, strlen(text), "f", &entries, &err));
    entry = pooler_text_find(&entries, name);
    assert_non_null(entry);
    assert_true(entry->is_valid);
    entry->move_to = place;
    pooler_text_move(text, strlen(text), &entries, &s);
    return str_detach(&s);
}

static void
entries_are_found(void **state)
{
    static const char text[] =
        "; comment shop = host=x\r\n"
        "early = port=1\n"
        "%include other.ini\n"
        "[pgbouncer]\nshop = host=wrong\nlisten_port = 6432\n"
        "[databases] first = host=a\n"
        "  shop=host = 'o''ld'  port= 7 dbname=s connect_query='select ''x'' = 1 host=z'\r\n"
        "\n#shop = host=b\n"
        "empty =\n"
        "twice = host=one\ntwice = host=two host=three\n"
        "y.z-w_1 = user=u\n"
        "* = host=old\n"
        "bad = host\nbad2 = host='x\nbad3 = host='x'y\n"
        "'q \"x' = host=q\n\"d \"\"x\" = host=d\n"
        "[users]\nshop = pool_mode=session\n"
        "[databases]\nlast = port=99";
    static const struct
    {
        const char *name;
        int line;
        bool is_valid;
        PoolerPlace place;
    } expected[] = {
        {"early", 2, true, {"", "1", "early"}},
        {"first", 7, true, {"a", "5432", "first"}},
        {"shop", 8, true, {"o'ld", "7", "s"}},
        {"empty", 11, true, {"", "5432", "empty"}},
        {"twice", 12, true, {"one", "5432", "twice"}},
        {"twice", 13, true, {"three", "5432", "twice"}},
        {"y.z-w_1", 14, true, {"", "5432", "y.z-w_1"}},
        {"*", 15, true, {"old", "5432", "*"}},
        {"bad", 16, false, {"", "", ""}},
        {"bad2", 17, false, {"", "", ""}},
        {"bad3", 18, false, {"", "", ""}},
        {"q \"x", 19, true, {"q", "5432", "q \"x"}},
        {"d \"x", 20, true, {"d", "5432", "d \"x"}},
        {"last", 24, true, {"", "99", "last"}},
    };
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    PoolerEntries entries;

    (void)state;
    assert_true(pooler_text_read(&arena, text, strlen(text), "f", &entries, &err));
    assert_int_equal(entries.len, lengthof(expected));
    for (size_t i = 0; i < lengthof(expected); i++)
    {
        assert_string_equal(entries.items[i].name, expected[i].name);
        assert_int_equal(entries.items[i].line, expected[i].line);
        assert_int_equal(entries.items[i].is_valid, expected[i].is_valid);
        assert_true(pooler_place_equal(&entries.items[i].place, &expected[i].place));
    }
    assert_int_equal(pooler_text_find(&entries, "twice")->line, 13);
    assert_null(pooler_text_find(&entries, "listen_port"));
}

static void
entries_are_moved(void **state)
{
    static const struct
    {
        const char *before;
        const char *after;
    } cases[] = {
        {"[databases]\nshop = host=old port=5433 user=u\n",
         "[databases]\nshop = host=new port=6000 user=u\n"},
        {"[databases]\r\nshop = host=old\r\n# x\r\n",
         "[databases]\r\nshop = host=new port=6000\r\n# x\r\n"},
        {"[databases]\nshop=host=old", "[databases]\nshop=host=new port=6000"},
        {"[databases]\nshop =\t port=5433   host = 'o ld'  connect_query='a ''host=old'' b'  \nx = \n",
         "[databases]\nshop =\t port=6000   host = new  connect_query='a ''host=old'' b'  \nx = \n"},
        {"[databases]\nshop =\n[pgbouncer]\n",
         "[databases]\nshop =host=new port=6000\n[pgbouncer]\n"},
        {"shop = dbname=x auth_user=a", "shop = dbname=shop auth_user=a host=new port=6000"},
        {"[databases]\nshop = host=a\nother = host=a\nshop = host=old host=x\n[users]\nshop = host=y",
         "[databases]\nshop = host=a\nother = host=a\nshop = host=new host=new port=6000\n"
         "[users]\nshop = host=y"},
    };
    static const PoolerPlace odd = {"", "5432", "it's one"};

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        cleanup_(mem_free_pointer) char *after = moved_to(cases[i].before, "shop", &new_place);
        cleanup_(mem_free_pointer) char *again = moved_to(after, "shop", &new_place);

        assert_string_equal(after, cases[i].after);
        assert_string_equal(again, after);
    }
    cleanup_(mem_free_pointer) char *odd_text =
        moved_to("shop = user=u host=old port=7 x=y\n", "shop", &odd);
    assert_string_equal(odd_text, "shop = user=u port=5432 x=y dbname='it''s one'\n");
}

static void
long_lines(void **state)
{
    cleanup_(str_release) Str text = STR_INIT;
    cleanup_(str_release) Str expected = STR_INIT;

    (void)state;
    str_add(&text, "[databases]\n#");
    for (int i = 0; i < 1000000; i++)
        str_add_char(&text, 'c');
    str_add(&text, "\nshop = connect_query='");
    for (int i = 0; i < 1000000; i++)
        str_add(&text, i % 3 ? "x " : "''");
    str_add(&text, "'");
    str_add(&expected, text.data);
    str_add(&text, " host=old\n");
    str_add(&expected, " host=new port=6000\n");
    cleanup_(mem_free_pointer) char *after = moved_to(text.data, "shop", &new_place);
    assert_true(strcmp(after, expected.data) == 0);
}

static void
malformed(void **state)
{
    static const struct
    {
        const char *text;
        size_t len;
        const char *message;
    } cases[] = {
        {"[databases\nx = \n", 15, "PgBouncer would not read f:1"},
        {"[databases]\nx = \n\n nonsense\n", 28, "PgBouncer would not read f:4"},
        {"[databases]\nx y = \n", 19, "PgBouncer would not read f:2"},
        {"[databases]\n'x = \n", 18, "PgBouncer would not read f:2"},
        {"[databases]\nx =\0\n", 17, "PgBouncer would not read f:2"},
        {"[databases]\n\xc3\xa9 = host=x\n", 23, "PgBouncer would not read f:2"},
        {"%includes x\n", 12, "PgBouncer would not read f:1"},
    };

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        cleanup_(arena_release) Arena arena = {0};
        cleanup_(err_release) Err err = {0};
        PoolerEntries entries;

        assert_false(pooler_text_read(&arena, cases[i].text, cases[i].len, "f", &entries, &err));
        assert_int_equal(err.code, ERR_REFUSED);
        assert_string_equal(err.message, cases[i].message);
        assert_non_null(err.detail);
        assert_non_null(err.hint);
    }
}

static uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);

/* xorshift64* */
static uint32_t
random_below(uint32_t n)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

/* Of pieces in which syntax is frequent. */
static size_t
random_text(char *buffer, size_t size)
{
    static const char *const pieces[] = {
        "[databases]",
        "[pgbouncer]",
        "\n",
        "\n",
        "\r\n",
        "shop",
        "shop2",
        " = ",
        "=",
        "host",
        "=old",
        "port",
        "=",
        " ",
        "dbname=",
        "'",
        "''",
        "\"",
        "#",
        ";",
        "%include x",
        "*",
        "\nshop = host=old ",
        "\t",
        "connect_query='a ''b'' c'",
        "]",
        "[",
        "\xc3\xa9",
        "pool_size=3 ",
        "\nx = port=1",
    };
    size_t len = 0;

    for (uint32_t n = random_below(30); n > 0; n--)
    {
        const char *piece = pieces[random_below(lengthof(pieces))];
        size_t n_bytes = strlen(piece);

        if (len + n_bytes >= size)
            break;
        memcpy(buffer + len, piece, n_bytes);
        len += n_bytes;
        if (random_below(40) == 0)
            buffer[len++] = (char)random_below(256);
    }
    return len;
}

/* After a change the text has the same entries; those that were to move lead there, and the others' bytes are the same. */
static void
check_move(const char *text, size_t len, PoolerEntries *entries)
{
    cleanup_(arena_release) Arena arena = {0};
    cleanup_(err_release) Err err = {0};
    cleanup_(str_release) Str after = STR_INIT;
    PoolerEntries moved;

    for (size_t i = 0; i < entries->len; i++)
        if (random_below(2))
            entries->items[i].move_to = &new_place;
    pooler_text_move(text, len, entries, &after);
    assert_true(pooler_text_read(&arena, after.data, after.len, "f", &moved, &err));
    assert_int_equal(moved.len, entries->len);
    for (size_t i = 0; i < moved.len; i++)
    {
        const PoolerEntry *old = &entries->items[i];
        const PoolerEntry *new = &moved.items[i];

        assert_string_equal(new->name, old->name);
        assert_int_equal(new->line, old->line);
        assert_int_equal(new->is_valid, old->is_valid);
        if (old->move_to && old->is_valid)
            assert_true(pooler_place_equal(&new->place, old->move_to));
        else
        {
            assert_int_equal(new->len, old->len);
            assert_memory_equal(after.data + new->start, text + old->start, old->len);
        }
    }
}

static void
takes_anything(void **state)
{
    int n_moved = 0;

    (void)state;
    for (int i = 0; i < 50000; i++)
    {
        cleanup_(arena_release) Arena arena = {0};
        cleanup_(err_release) Err err = {0};
        char buffer[600];
        size_t len = random_text(buffer, sizeof(buffer) - 1);
        char *text = malloc(len ? len : 1); /* exactly as long, for the sanitizer */
        PoolerEntries entries;

        memcpy(text, buffer, len);
        if (pooler_text_read(&arena, text, len, "f", &entries, &err))
        {
            n_moved += entries.len > 0;
            check_move(text, len, &entries);
        }
        else
            assert_int_equal(err.code, ERR_REFUSED);
        free(text);
    }
    assert_true(n_moved > 1000); /* else the noise never got far */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found), cmocka_unit_test(entries_are_moved),
        cmocka_unit_test(long_lines),        cmocka_unit_test(malformed),
        cmocka_unit_test(takes_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
