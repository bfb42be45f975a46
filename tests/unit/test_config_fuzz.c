/* The parsers of what others write, fed with noise: random bytes and damaged valid text, from a fixed seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "config/cmdline.h"
#include "config/config.h"
#include "config/swap.h"

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

/* Bytes of a small alphabet in which syntax is frequent, or any bytes at all. */
static size_t
random_text(char *buffer, size_t size)
{
    static const char alphabet[] =
        "[]=:;#\"'\\ \t\n\r,%@/?&*-ab1password sourcetargetmigrationconninfojobs://\xc3\xa9";
    size_t len = random_below((uint32_t)size);
    bool any = random_below(4) == 0;

    for (size_t i = 0; i < len; i++)
        buffer[i] = any ? (char)random_below(256) : alphabet[random_below(sizeof(alphabet) - 1)];
    return len;
}

static const char valid[] =
    "# settings\n[source]\nconninfo = postgresql://u:secret@host:5432/db?sslmode=require\nsystem_identifier = 123\n"
    "[target]\nconninfo = host='h' password='it\\'s' user=u\n[migration]\nname = main\ndatabases = a, \"b,c\"\n"
    "jobs = 4\nchunk_size = 256MB\nlock_timeout = 500ms\nno_reverse = true\n[pooler x]\nadmin = host=y, port=1\nfile = f\n";

static size_t
damaged_text(char *buffer, size_t size)
{
    size_t len = sizeof(valid) - 1;

    (void)size;
    memcpy(buffer, valid, len);
    for (uint32_t n = random_below(6); n > 0; n--)
    {
        size_t at = random_below((uint32_t)len);

        if (random_below(2))
            buffer[at] = (char)random_below(256);
        else
        {
            size_t gone = random_below(8);

            gone = gone > len - at ? len - at : gone;
            memmove(buffer + at, buffer + at + gone, len - at - gone);
            len -= gone;
        }
        if (len == 0)
            break;
    }
    return len;
}

static void
config_takes_anything(void **state)
{
    int n_fine = 0;

    (void)state;
    for (int i = 0; i < 6000; i++)
    {
        cleanup_(arena_release) Arena arena = {0};
        cleanup_(err_release) Err err = {0};
        char text[1000];
        size_t len = i % 2 ? damaged_text(text, sizeof(text)) : random_text(text, sizeof(text));
        OptionValues *values = option_values_new(&arena, global_options);
        Config config;

        if (config_load_text(&arena, values, text, len, &config, &err))
        {
            n_fine++;
            assert_in_range(config.jobs, 1, 128);
            assert_in_range(config.index_jobs, 1, (LargestIntegralType)config.jobs);
            assert_in_range(strlen(config.migration), 1, 16);
            assert_int_equal(err.code, ERR_NONE);
        }
        else
        {
            assert_int_equal(err.code, ERR_USAGE);
            assert_non_null(err.message);
            assert_non_null(err.detail);
            assert_non_null(err.hint);
        }
    }
    assert_true(n_fine > 500); /* else the noise never got far */
}

static bool
load(Arena *arena, const char *text, size_t len, Config *config)
{
    cleanup_(err_release) Err err = {0};

    return config_load_text(arena, option_values_new(arena, global_options), text, len, config,
                            &err);
}

static void
assert_sides(const ServerConfig *a, const ServerConfig *b)
{
    assert_string_equal(a->conninfo, b->conninfo);
    assert_string_equal(a->conninfo_from_other, b->conninfo_from_other);
    assert_string_equal(a->system_identifier, b->system_identifier);
}

/* What can be read can be swapped, is then the other way round, and all else in it as it was. */
static void
anything_is_swapped(void **state)
{
    int n_swapped = 0;

    (void)state;
    for (int i = 0; i < 6000; i++)
    {
        cleanup_(arena_release) Arena arena = {0};
        cleanup_(str_release) Str swapped = STR_INIT;
        char text[1000];
        size_t len = i % 2 ? damaged_text(text, sizeof(text)) : random_text(text, sizeof(text));
        Config before;
        Config after;

        if (!load(&arena, text, len, &before))
            continue;
        if (!config_swap_text(&arena, text, len, &swapped))
        {
            assert_string_equal(before.source.conninfo, "");
            assert_string_equal(before.target.conninfo, "");
            continue;
        }
        n_swapped++;
        assert_true(load(&arena, swapped.data, swapped.len, &after));
        assert_sides(&before.source, &after.target);
        assert_sides(&before.target, &after.source);
        assert_string_equal(before.migration, after.migration);
        assert_int_equal(before.jobs, after.jobs);
        assert_int_equal(before.n_poolers, after.n_poolers);
    }
    assert_true(n_swapped > 300);
}

static void
cmdline_takes_anything(void **state)
{
    static const Option *const all[] = {global_options, NULL};

    (void)state;
    for (int i = 0; i < 6000; i++)
    {
        cleanup_(arena_release) Arena arena = {0};
        cleanup_(err_release) Err err = {0};
        OptionValues *values = option_values_new(&arena, global_options);
        CmdlineTable tables[2] = {{global_options, values}};
        WordList words = {0};
        const char *argv[6] = {"pgbaton"};
        int argc = 1 + (int)random_below(5);

        for (int j = 1; j < argc; j++)
        {
            char text[20];
            size_t len = random_text(text, sizeof(text));
            const Option *row = &global_options[random_below(20)];

            argv[j] = random_below(2) ? arena_strndup(&arena, text, len)
                                      : arena_printf(&arena, "--%s%s%.*s", row->name,
                                                     random_below(2) ? "=" : "", (int)len, text);
        }
        (void)cmdline_words(&arena, argc, argv, all);
        if (!cmdline_parse(&arena, argc, argv, "", tables, &words, &err))
        {
            assert_int_equal(err.code, ERR_USAGE);
            assert_non_null(err.message);
            assert_non_null(err.detail);
            assert_non_null(err.hint);
        }
    }
}

static void
redact_takes_anything(void **state)
{
    static const char secret[] = "Zq7@'x y";

    (void)state;
    redact_register(secret);
    for (int i = 0; i < 6000; i++)
    {
        char text[400];
        size_t len = random_text(text, sizeof(text) - sizeof(secret));
        size_t at = len ? random_below((uint32_t)len) : 0;
        cleanup_(mem_free_pointer) char *shown = NULL;

        memmove(text + at + sizeof(secret) - 1, text + at, len - at);
        memcpy(text + at, secret, sizeof(secret) - 1);
        text[len + sizeof(secret) - 1] = '\0';
        for (size_t j = 0; j < at; j++)
            text[j] = text[j] ? text[j] : '0';
        shown = redact(text);
        assert_null(strstr(shown, secret));
        assert_true(strlen(shown) <= 9 * strlen(text));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_takes_anything),
        cmocka_unit_test(anything_is_swapped),
        cmocka_unit_test(cmdline_takes_anything),
        cmocka_unit_test(redact_takes_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
