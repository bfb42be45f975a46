/* The command line: options in any position, in every notation, and what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cmd/commands.h"
#include "config/cmdline.h"

static const Option own[] = {
    {.name = "writers",
     .letter = 'w',
     .type = OPTION_INTEGER,
     .argument = "N",
     .default_text = "4",
     .min = 1,
     .max = 9,
     .help = "x"},
    {.name = "rehearse", .letter = 'r', .type = OPTION_FLAG, .help = "x"},
    {.name = NULL},
};

typedef struct Parsed
{
    Arena arena;
    OptionValues *global;
    OptionValues *own;
    WordList words;
    Err err;
} Parsed;

static void
parsed_release(Parsed *parsed)
{
    arena_release(&parsed->arena);
    err_release(&parsed->err);
}

/* Words up to NULL, without the program's name. */
static bool
parse(Parsed *parsed, const char *const *arguments)
{
    const char *argv[20] = {"pgbaton"};
    int argc = 1;
    CmdlineTable tables[2];

    while (arguments[argc - 1])
    {
        argv[argc] = arguments[argc - 1];
        argc++;
    }
    parsed->global = option_values_new(&parsed->arena, global_options);
    parsed->own = option_values_new(&parsed->arena, own);
    tables[0] = (CmdlineTable){global_options, parsed->global};
    tables[1] = (CmdlineTable){own, parsed->own};
    return cmdline_parse(&parsed->arena, argc, argv, "traffic run", tables, &parsed->words,
                         &parsed->err);
}

#define PARSE(parsed, ...) parse(parsed, (const char *const[]){__VA_ARGS__, NULL})

static void
notations(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
    {
        cleanup_(parsed_release) Parsed p = {0};
        bool fine = i == 0   ? PARSE(&p, "run", "--writers", "7", "-v", "-c", "f.conf", "-r")
                    : i == 1 ? PARSE(&p, "--writers=7", "run", "-vcf.conf", "--rehearse")
                    : i == 2 ? PARSE(&p, "-w7", "-rvc", "f.conf", "run")
                    : i == 3 ? PARSE(&p, "-vrw7", "--config=f.conf", "run")
                             : PARSE(&p, "--config", "f.conf", "-w", "7", "-v", "-r", "--", "run");

        assert_true(fine);
        assert_int_equal(option_number(p.own, "writers"), 7);
        assert_true(option_flag(p.own, "rehearse"));
        assert_true(option_flag(p.global, "verbose"));
        assert_false(option_flag(p.global, "quiet"));
        assert_string_equal(option_text(p.global, "config"), "f.conf");
        assert_int_equal(p.words.len, 1);
        assert_string_equal(p.words.items[0], "run");
    }
}

static void
end_of_options(void **state)
{
    cleanup_(parsed_release) Parsed p = {0};

    (void)state;
    assert_true(PARSE(&p, "exec", "-", "--", "ls", "--writers", "-l", "--"));
    assert_int_equal(p.words.len, 6);
    assert_string_equal(p.words.items[1], "-");
    assert_string_equal(p.words.items[3], "--writers");
    assert_string_equal(p.words.items[5], "--");
    assert_false(option_given(p.own, "writers"));
}

static void
values_with_signs(void **state)
{
    cleanup_(parsed_release) Parsed p = {0};

    (void)state;
    assert_true(PARSE(&p, "--source=host=a dbname=b=c", "--config=--odd", "--migration", "last",
                      "--migration=first"));
    assert_string_equal(option_text(p.global, "source"), "host=a dbname=b=c");
    assert_string_equal(option_text(p.global, "config"), "--odd");
    assert_string_equal(option_text(p.global, "migration"), "first");
}

static void
assert_refused(const char *const *arguments, const char *message, const char *detail)
{
    cleanup_(parsed_release) Parsed p = {0};

    assert_false(parse(&p, arguments));
    assert_int_equal(p.err.code, ERR_USAGE);
    assert_string_equal(p.err.message, message);
    assert_string_equal(p.err.detail, detail);
    assert_string_equal(p.err.hint, "Run: pgbaton help traffic run");
}

#define REFUSED(message, detail, ...) \
    assert_refused((const char *const[]){__VA_ARGS__, NULL}, message, detail)

static void
refusals(void **state)
{
    (void)state;
    REFUSED("unknown option \"--wirters\"", "The nearest known option is --writers.", "--wirters",
            "3");
    REFUSED("unknown option \"--tarhet\"", "The nearest known option is --target.", "--tarhet=x");
    REFUSED("unknown option \"--frobnicate\"", "The command \"traffic run\" has no such option.",
            "--frobnicate");
    REFUSED("unknown option \"-json\"", "The nearest known option is --json.", "-json");
    REFUSED("unknown option \"-z\"", "The command \"traffic run\" has no such option.", "-vz");
    REFUSED("option \"--json\" takes no value", "It is a switch: given, it is on.", "--json=yes");
    REFUSED("option \"--writers\" needs a value",
            "It is written --writers N, or --writers=N if the value begins with dashes.",
            "--writers");
    REFUSED("option \"--writers\" needs a value",
            "It is written --writers N, or --writers=N if the value begins with dashes.",
            "--writers", "--json");
    REFUSED("option \"-w\" needs a value",
            "It is written --writers N, or --writers=N if the value begins with dashes.", "-w");
    REFUSED("value \"10\" of --writers is out of range", "It must be between 1 and 9.", "--writers",
            "10");
    REFUSED("malformed value \"many\" of -w", "It is a whole number.", "-wmany");
    REFUSED("malformed value \"\" of --writers", "It is a whole number.", "--writers=");
}

static void
words_before_the_command_is_known(void **state)
{
    cleanup_(arena_release) Arena arena = {0};
    static const Option *const tables[] = {global_options, own, NULL};
    static const char *const argv[] = {"pgbaton", "--source",    "x",   "-w", "3",    "traffic",
                                       "-v",      "--json",      "-c",  "f",  "-vcg", "-w5",
                                       "run",     "--writers=3", "arg", "--", "not"};
    static const char *const odd[] = {"pgbaton", "one", "--unheard-of", "two"};
    WordList words = cmdline_words(&arena, lengthof(argv), argv, tables);

    (void)state;
    assert_int_equal(words.len, 3);
    assert_string_equal(words.items[0], "traffic");
    assert_string_equal(words.items[1], "run");
    assert_string_equal(words.items[2], "arg");
    words = cmdline_words(&arena, lengthof(odd), odd, tables);
    assert_int_equal(words.len, 1);
}

/* The tables themselves: every row can be printed and reached, and no command hides a global option. */
static void
tables_are_sound(void **state)
{
    cleanup_(arena_release) Arena arena = {0};

    (void)state;
    for (const Option *row = global_options; row->name; row++)
    {
        assert_non_null(row->help);
        assert_ptr_equal(option_find(global_options, row->name), row);
        assert_int_equal(row->type == OPTION_FLAG, row->argument == NULL);
        assert_int_equal(row->section == NULL, row->key == NULL);
        if (row->section)
            assert_ptr_equal(option_find_key(global_options, row->section, row->key), row);
        if (row->letter)
            assert_ptr_equal(option_find_letter(global_options, row->letter), row);
    }
    for (const Command *const *c = commands; *c; c++)
    {
        assert_non_null((*c)->summary);
        assert_non_null((*c)->arguments);
        assert_non_null((*c)->run);
        assert_non_null(
            option_values_new(&arena, (*c)->options)); /* aborts on a malformed default */
        for (const Option *row = (*c)->options; row && row->name; row++)
        {
            assert_null(option_find(global_options, row->name));
            assert_true(!row->letter || !option_find_letter(global_options, row->letter));
            assert_ptr_equal(option_find((*c)->options, row->name), row);
            assert_int_equal(row->type == OPTION_FLAG, row->argument == NULL);
        }
        for (const char *p = (*c)->settings; p && *p;)
        {
            size_t len = strcspn(p, " ");

            assert_non_null(option_find(global_options, arena_strndup(&arena, p, len)));
            p += len + (p[len] == ' ');
        }
    }
}

static void
commands_are_found(void **state)
{
    static const char *const words[] = {"config", "show", "more"};
    static const char *const misspelt[] = {"int"};
    static const char *const misspelt_group[] = {"confg", "show"};
    cleanup_(err_release) Err err = {0};
    int n_words;
    const Command *command;

    (void)state;
    command = command_find(words, 3, &n_words, &err);
    assert_non_null(command);
    assert_string_equal(command->name, "config show");
    assert_int_equal(n_words, 2);
    assert_null(command_find(words, 1, &n_words, &err));
    assert_string_equal(err.message, "command \"config\" needs a sub-command");
    assert_null(command_find(misspelt, 1, &n_words, &err));
    assert_string_equal(err.detail, "The nearest known command is \"init\".");
    assert_null(command_find(misspelt_group, 2, &n_words, &err));
    assert_string_equal(err.detail, "The nearest known command is \"config\".");
    for (const Command *const *c = commands; *c; c++)
    {
        cleanup_(arena_release) Arena arena = {0};
        const char *space = strchr((*c)->name, ' ');
        const char *first = arena_strndup(
            &arena, (*c)->name, space ? (size_t)(space - (*c)->name) : strlen((*c)->name));
        const char *both[2] = {first, space ? space + 1 : NULL};

        assert_ptr_equal(command_find(both, space ? 2 : 1, &n_words, &err), *c);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notations),
        cmocka_unit_test(end_of_options),
        cmocka_unit_test(values_with_signs),
        cmocka_unit_test(refusals),
        cmocka_unit_test(words_before_the_command_is_known),
        cmocka_unit_test(tables_are_sound),
        cmocka_unit_test(commands_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
