/* Settings: the file, the environment, flags, what wins, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

typedef struct Loaded
{
    Arena arena;
    OptionValues *values;
    Config config;
    Err err;
} Loaded;

static void
loaded_release(Loaded *loaded)
{
    arena_release(&loaded->arena);
    err_release(&loaded->err);
}

static bool
load_text(Loaded *loaded, const char *text)
{
    loaded->values = option_values_new(&loaded->arena, global_options);
    return config_load_text(&loaded->arena, loaded->values, text, strlen(text), &loaded->config,
                            &loaded->err);
}

static void
set_flag(Loaded *loaded, const char *name, const char *text)
{
    if (!loaded->values)
        loaded->values = option_values_new(&loaded->arena, global_options);
    assert_true(option_set(loaded->values, option_find(global_options, name), text, ORIGIN_FLAG,
                           name, &loaded->err));
}

static bool
load(Loaded *loaded)
{
    if (!loaded->values)
        loaded->values = option_values_new(&loaded->arena, global_options);
    return config_load(&loaded->arena, loaded->values, true, &loaded->config, &loaded->err);
}

static void
write_file(const char *file, const char *text, mode_t mode)
{
    FILE *stream = fopen(file, "w");

    assert_non_null(stream);
    fputs(text, stream);
    fclose(stream);
    assert_int_equal(chmod(file, mode), 0);
}

/* Each test has an empty directory and none of our variables. */
static int
enter_directory(void **state)
{
    static char directory[40];

    snprintf(directory, sizeof(directory), "/tmp/pgbaton-test-config-XXXXXX");
    *state = mkdtemp(directory);
    for (const Option *row = global_options; row->name; row++)
        if (row->environment)
            unsetenv(row->environment);
    return *state && chdir(directory) == 0 ? 0 : -1;
}

static int
leave_directory(void **state)
{
    unlink("pgbaton.conf");
    unlink("other.conf");
    return chdir("/") == 0 && rmdir(*state) == 0 ? 0 : -1;
}

static void
defaults(void **state)
{
    cleanup_(loaded_release) Loaded l = {0};

    (void)state;
    assert_true(load(&l));
    assert_null(l.config.file);
    assert_string_equal(l.config.source.conninfo, "");
    assert_string_equal(l.config.target.conninfo_from_other, "");
    assert_string_equal(l.config.migration, "main");
    assert_string_equal(l.config.application_name, "pgbaton main");
    assert_int_equal(l.config.databases.len, 0);
    assert_int_equal(l.config.jobs, 4);
    assert_int_equal(l.config.index_jobs, 4);
    assert_int_equal(l.config.apply_streams, 1);
    assert_int_equal(l.config.chunk_bytes, 268435456);
    assert_int_equal(l.config.slot_timeout_ms, 60000);
    assert_int_equal(l.config.lock_timeout_ms, 500);
    assert_int_equal(l.config.pause_budget_ms, 5000);
    assert_int_equal(l.config.recopy_limit_bytes, 1073741824);
    assert_int_equal(l.config.max_wal_retained_bytes, 0);
    assert_string_equal(l.config.pg_bindir, "");
    assert_false(l.config.no_reverse || l.config.json || l.config.dry_run || l.config.yes);
}

/* Every key of every section, with values that look like comments, and lines longer than inih's buffer. */
static void
whole_file(void **state)
{
    cleanup_(loaded_release) Loaded l = {0};
    char text[4000];
    char path[600];

    (void)state;
    memset(path, 'p', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    snprintf(
        text, sizeof(text),
        "\xef\xbb\xbf# comment = 1\n; comment\n\n"
        "[source]\n"
        "conninfo = host=old dbname='a ; b # c' user=u options='-c x=y'   \n"
        "conninfo_from_target : postgresql://u@old:5433/a;b#c?sslmode=require\n"
        "system_identifier=7288888888888888888\r\n"
        "[target]\n"
        "  conninfo = host=new sslrootcert=/%s\n"
        "\tconninfo_from_source=host=10.0.0.1\n"
        "system_identifier =\n"
        "[migration]\n"
        "name = shop_2\ndatabases = shop, billing,\"odd,name\"\ndatabases = more\njobs = 8\nindex_jobs=3\napply_streams = 2\n"
        "include = public.*\nexclude = *.tmp_?\nchunk_size = 64MB\nmax_wal_retained = 10GB\nrecopy_limit = 0\n"
        "pause_budget_ms = 250\nlock_timeout = 1s\nslot_timeout = 5min\npg_bindir = /usr/lib/postgresql/17/bin\n"
        "skip_checks = a, b\nno_reverse = yes\nno_role_passwords = off\n"
        "[pooler main one]\nadmin = host=127.0.0.1 port=6432, \"host=a,b port=1\"\nadmin = postgresql://u@c/\n"
        "file = /etc/pgbouncer/pgbouncer.ini\ndatabases = shop, shop_ro\nsource_host = old\ntarget_port = 6000\n"
        "[pooler two]\nadmin=port=7000\nfile=f\nclients = disconnect",
        path);
    assert_true(load_text(&l, text));
    assert_string_equal(l.config.source.conninfo,
                        "host=old dbname='a ; b # c' user=u options='-c x=y'");
    assert_string_equal(l.config.source.conninfo_from_other,
                        "postgresql://u@old:5433/a;b#c?sslmode=require");
    assert_string_equal(l.config.source.system_identifier, "7288888888888888888");
    assert_int_equal(strlen(l.config.target.conninfo),
                     strlen("host=new sslrootcert=/") + sizeof(path) - 1);
    assert_string_equal(l.config.target.conninfo_from_other, "host=10.0.0.1");
    assert_string_equal(l.config.target.system_identifier, "");
    assert_string_equal(l.config.migration, "shop_2");
    assert_int_equal(l.config.databases.len, 4);
    assert_string_equal(l.config.databases.items[0], "shop");
    assert_string_equal(l.config.databases.items[2], "odd,name");
    assert_string_equal(l.config.databases.items[3], "more");
    assert_int_equal(l.config.jobs, 8);
    assert_int_equal(l.config.index_jobs, 3);
    assert_int_equal(l.config.apply_streams, 2);
    assert_string_equal(l.config.include.items[0], "public.*");
    assert_string_equal(l.config.exclude.items[0], "*.tmp_?");
    assert_int_equal(l.config.chunk_bytes, 67108864);
    assert_int_equal(l.config.max_wal_retained_bytes, INT64_C(10737418240));
    assert_int_equal(l.config.recopy_limit_bytes, 0);
    assert_int_equal(l.config.pause_budget_ms, 250);
    assert_int_equal(l.config.lock_timeout_ms, 1000);
    assert_int_equal(l.config.slot_timeout_ms, 300000);
    assert_string_equal(l.config.pg_bindir, "/usr/lib/postgresql/17/bin");
    assert_int_equal(l.config.skip_checks.len, 2);
    assert_true(l.config.no_reverse);
    assert_false(l.config.no_role_passwords);
    assert_int_equal(l.config.n_poolers, 2);
    assert_string_equal(l.config.poolers[0].name, "main one");
    assert_int_equal(l.config.poolers[0].admin.len, 3);
    assert_string_equal(l.config.poolers[0].admin.items[0], "host=127.0.0.1 port=6432");
    assert_string_equal(l.config.poolers[0].admin.items[1], "host=a,b port=1");
    assert_string_equal(l.config.poolers[0].admin.items[2], "postgresql://u@c/");
    assert_string_equal(l.config.poolers[0].file, "/etc/pgbouncer/pgbouncer.ini");
    assert_string_equal(l.config.poolers[0].databases.items[1], "shop_ro");
    assert_string_equal(l.config.poolers[0].source.host, "old");
    assert_string_equal(l.config.poolers[0].source.port, "");
    assert_string_equal(l.config.poolers[0].target.port, "6000");
    assert_false(l.config.poolers[0].disconnect);
    assert_int_equal(l.config.poolers[1].admin.len, 1);
    assert_true(l.config.poolers[1].disconnect);
}

static void
servers(void **state)
{
    cleanup_(loaded_release) Loaded l = {0};
    Server server;

    (void)state;
    assert_true(load_text(
        &l, "[source]\nconninfo = host=old\nsystem_identifier = 12\n[migration]\nname=x\n"));
    server = config_server(&l.config, SIDE_SOURCE);
    assert_int_equal(server.side, SIDE_SOURCE);
    assert_string_equal(server.conninfo, "host=old");
    assert_string_equal(server.system_identifier, "12");
    assert_string_equal(server.application_name, "pgbaton x");
    server = config_server(&l.config, SIDE_TARGET);
    assert_null(server.system_identifier);
    assert_true(config_require_server(&l.config, SIDE_SOURCE, &l.err));
    assert_false(config_require_server(&l.config, SIDE_TARGET, &l.err));
    assert_int_equal(l.err.code, ERR_USAGE);
    assert_string_equal(l.err.message, "no target is given");
}

static void
precedence(void **state)
{
    cleanup_(loaded_release) Loaded l = {0};

    (void)state;
    write_file(
        "pgbaton.conf",
        "[source]\nconninfo = host=file\n[target]\nconninfo = host=file\n[migration]\nname = file\njobs = 2\n",
        0644);
    setenv("PGBATON_TARGET", "host=environment password=Zq9environment", 1);
    setenv("PGBATON_JOBS", "3", 1);
    setenv("PGBATON_MIGRATION", "", 1); /* as if it were not there */
    set_flag(&l, "jobs", "5");
    assert_true(load(&l));
    assert_string_equal(l.config.file, "pgbaton.conf");
    assert_string_equal(l.config.source.conninfo, "host=file");
    assert_string_equal(l.config.target.conninfo, "host=environment password=Zq9environment");
    assert_string_equal(l.config.migration, "file");
    assert_int_equal(l.config.jobs, 5);
    assert_int_equal(l.config.index_jobs, 5);
    assert_int_equal(option_origin(l.config.values, "source"), ORIGIN_FILE);
    assert_int_equal(option_origin(l.config.values, "target"), ORIGIN_ENVIRONMENT);
    assert_int_equal(option_origin(l.config.values, "jobs"), ORIGIN_FLAG);
    assert_int_equal(option_origin(l.config.values, "lock-timeout"), ORIGIN_DEFAULT);
    assert_null(getenv("PGBATON_TARGET")); /* no child inherits it */
}

static void
index_jobs_are_among_the_jobs(void **state)
{
    cleanup_(loaded_release) Loaded l = {0};

    (void)state;
    write_file("pgbaton.conf", "[migration]\njobs = 8\nindex_jobs = 6\n", 0644);
    set_flag(&l, "jobs", "2");
    assert_true(load(&l));
    assert_int_equal(l.config.index_jobs, 2);
}

static void
which_file(void **state)
{
    (void)state;
    write_file("pgbaton.conf", "[migration]\nname = a\n", 0644);
    write_file("other.conf", "[migration]\nname = b\n", 0644);
    for (int i = 0; i < 5; i++)
    {
        cleanup_(loaded_release) Loaded l = {0};

        if (i == 1 || i == 2 || i == 3)
            setenv("PGBATON_CONFIG", "other.conf", 1);
        if (i >= 2)
            set_flag(&l, "config", i == 2 ? "pgbaton.conf" : i == 3 ? "missing.conf" : "/");
        if (i == 4)
        {
            assert_false(load(&l));
            continue;
        }
        assert_int_equal(load(&l), i != 3);
        if (i == 3)
        {
            assert_int_equal(l.err.code, ERR_USAGE);
            assert_string_equal(l.err.message, "could not open config file \"missing.conf\"");
            continue;
        }
        assert_string_equal(l.config.migration, i == 1 ? "b" : "a");
    }
}

static void
secret_file_is_private(void **state)
{
    static const char *const secret[] = {
        "[source]\nconninfo = postgresql://u:Zq7secret@h/db\n",
        "[source]\nconninfo = host=h password=Zq7secret\n",
        "[target]\nconninfo_from_source = host=h sslpassword=Zq7secret\n",
        "[pooler a]\nadmin = postgresql://u:Zq7secret@h:6432/pgbouncer\nfile = f\n",
        "[pooler a]\nfile = f\nadmin = host=a, host=h password=Zq7secret\n",
        /* The password weighs more than the mistake after it. */
        "[source]\nconninfo = host=h password=Zq7secret\nbogus = 1\n",
    };
    static const mode_t open_modes[] = {0644, 0640, 0604, 0660};

    (void)state;
    for (size_t i = 0; i < lengthof(secret); i++)
        for (size_t j = 0; j < lengthof(open_modes); j++)
        {
            cleanup_(loaded_release) Loaded l = {0};

            write_file("pgbaton.conf", secret[i], open_modes[j]);
            assert_false(load(&l));
            assert_int_equal(l.err.code, ERR_REFUSED);
            assert_string_equal(l.err.hint, "Run: chmod 600 pgbaton.conf");
            assert_null(strstr(l.err.message, "Zq7"));
            assert_null(strstr(l.err.detail, "Zq7"));
        }
    for (size_t i = 0; i + 1 < lengthof(secret); i++)
    {
        cleanup_(loaded_release) Loaded l = {0};

        write_file("pgbaton.conf", secret[i], i % 2 ? 0600 : 0400);
        assert_true(load(&l));
    }
    for (size_t j = 0; j < lengthof(open_modes); j++)
    {
        cleanup_(loaded_release) Loaded l = {0};

        write_file("pgbaton.conf", "[source]\nconninfo = host=h user=u passfile=/x service=s\n",
                   open_modes[j]);
        assert_true(load(&l));
    }
}

static void
refusals(void **state)
{
    static const struct
    {
        const char *text;
        const char *message;
        const char *detail;
    } cases[] = {
        {"\n[migration]\njbos = 3\n", "unknown key \"jbos\" in section [migration] at text:3",
         "The nearest known key is \"jobs\"."},
        {"[source]\nconnifo = x", "unknown key \"connifo\" in section [source] at text:2",
         "The nearest known key is \"conninfo\"."},
        {"[source]\njobs = 3", "unknown key \"jobs\" in section [source] at text:2",
         "That key belongs to section [migration]."},
        {"[migration]\nconninfo = x", "unknown key \"conninfo\" in section [migration] at text:2",
         "That key belongs to section [source] or [target]."},
        {"[migration]\nfrobnicate = x",
         "unknown key \"frobnicate\" in section [migration] at text:2",
         "The section [migration] has no such key."},
        {"# x\n[migartion]\njobs = 3", "unknown section [migartion] above text:3",
         "The nearest known section is [migration]."},
        {"[zzz]\njobs = 3", "unknown section [zzz] above text:2",
         "The sections are [source], [target], [migration] and [pooler NAME]."},
        {"[pooler]\nx = 3", "unknown section [pooler] above text:2",
         "The sections are [source], [target], [migration] and [pooler NAME]."},
        {"jobs = 3", "key \"jobs\" outside of a section at text:1",
         "The sections are [source], [target], [migration] and [pooler NAME]."},
        {"[migration]\njobs", "malformed line text:2",
         "It is neither a section nor a key with a value."},
        {"[migration\njobs = 1", "malformed line text:1",
         "It is neither a section nor a key with a value."},
        {"[migration]\njobs = many", "malformed value \"many\" of \"jobs\" at text:2",
         "It is a whole number."},
        {"[migration]\njobs = 0", "value \"0\" of \"jobs\" at text:2 is out of range",
         "It must be between 1 and 128."},
        {"[migration]\njobs = 1\n# x\njobs = 1",
         "key \"jobs\" of section [migration] is given again at text:4",
         "It can have one value only."},
        {"[migration]\nname = Main", "invalid migration name \"Main\"", NULL},
        {"[migration]\nname = 1a", "invalid migration name \"1a\"", NULL},
        {"[migration]\nname = a23456789_1234567", "invalid migration name \"a23456789_1234567\"",
         NULL},
        {"[migration]\nname = a-b", "invalid migration name \"a-b\"", NULL},
        {"[source]\nsystem_identifier = 12x", "malformed system identifier \"12x\" of the source",
         NULL},
        {"[source]\nconninfo = host", "malformed connection string in \"conninfo\" at text:2",
         NULL},
        {"[source]\nconninfo = hots=x", "malformed connection string in \"conninfo\" at text:2",
         NULL},
        {"[pooler a]\nadmin_password = Zq7secret\n",
         "unknown key \"admin_password\" in section [pooler a] at text:2", NULL},
        {"[pooler a]\nadmn = x\n", "unknown key \"admn\" in section [pooler a] at text:2",
         "The nearest known key is \"admin\"."},
        {"[pooler a]\nadmin = host=h\n", "section [pooler a] has no \"file\"", NULL},
        {"[pooler a]\nfile = f\n", "section [pooler a] has no \"admin\"", NULL},
        {"[pooler a]\nfile = f\nfile = g\n",
         "key \"file\" of section [pooler a] is given again at text:3",
         "It can have one value only."},
        {"[pooler a]\nfile = f\nadmin = host=h, hots=x\n",
         "section [pooler a]: malformed connection string in \"admin\"", NULL},
        {"[pooler a]\nfile = f\nadmin = host=h\nsource_port = 0\n",
         "value \"0\" of \"source_port\" at text:4 is out of range",
         "It must be between 1 and 65535."},
        {"[pooler a]\nfile = f\nadmin = host=h\nclients = kill\n",
         "malformed value \"kill\" of \"clients\" in section [pooler a]",
         "It is wait or disconnect."},
        {"[pooler a23456789012345678901234567890123456789012345678901234567890]\nx = 1\n",
         "malformed line text:2", "The name of a section or key is longer than 48 bytes."},
    };

    (void)state;
    for (size_t i = 0; i < lengthof(cases); i++)
    {
        cleanup_(loaded_release) Loaded l = {0};

        assert_false(load_text(&l, cases[i].text));
        assert_int_equal(l.err.code, ERR_USAGE);
        assert_string_equal(l.err.message, cases[i].message);
        if (cases[i].detail)
            assert_string_equal(l.err.detail, cases[i].detail);
        assert_non_null(l.err.detail);
        assert_non_null(l.err.hint);
    }
}

static void
zero_bytes(void **state)
{
    cleanup_(loaded_release) Loaded l = {0};
    static const char text[] = "[migration]\njobs = 1\0\n";

    (void)state;
    l.values = option_values_new(&l.arena, global_options);
    assert_false(config_load_text(&l.arena, l.values, text, sizeof(text) - 1, &l.config, &l.err));
    assert_string_equal(l.err.message, "malformed line text:2");
}

static void
environment_is_named(void **state)
{
    cleanup_(loaded_release) Loaded l = {0};

    (void)state;
    setenv("PGBATON_JOBS", "lots", 1);
    assert_false(load(&l));
    assert_string_equal(l.err.message, "malformed value \"lots\" of $PGBATON_JOBS");
    assert_string_equal(l.err.hint, "Correct it, or take it away by: unset PGBATON_JOBS");
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, enter_directory, leave_directory)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(defaults),
        IN_DIRECTORY(whole_file),
        IN_DIRECTORY(servers),
        IN_DIRECTORY(precedence),
        IN_DIRECTORY(index_jobs_are_among_the_jobs),
        IN_DIRECTORY(which_file),
        IN_DIRECTORY(secret_file_is_private),
        IN_DIRECTORY(refusals),
        IN_DIRECTORY(zero_bytes),
        IN_DIRECTORY(environment_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
