#include "traffic/traffic.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/redact.h"
#include "base/str.h"
#include "cmd/commands.h"
#include "cmd/json.h"
#include "sql/sql.h"

#define OPTION_DB                                                      \
    {                                                                  \
        .name = "db", .type = OPTION_CONNINFO, .argument = "CONNINFO", \
        .help = "the database; its schema pgbaton_traffic is used"     \
    }

static bool
require_db(const CommandContext *context, const char **ret_conninfo, Err *err)
{
    *ret_conninfo = option_text(context->options, "db");
    if (**ret_conninfo)
        return true;
    err_set(err, ERR_USAGE, "option \"--db\" is missing");
    err_detail(
        err,
        "Traffic goes only where it is sent by name, not to the source or target of the config file.");
    return err_hint(err, "Give it: --db 'host=... dbname=...'");
}

static bool
require_ledger(bool given, Err *err)
{
    if (given)
        return true;
    err_set(err, ERR_USAGE, "option \"--ledger\" is missing");
    err_detail(err, "The ledger is the file that tells what was acknowledged.");
    return err_hint(err, "Give it: --ledger FILE");
}

static bool
print_text_or_json(bool json, const char *text, const char *key, bool value)
{
    if (json)
    {
        json_t *document = json_object();

        json_object_set_new(document, key, json_boolean(value));
        json_print(document);
    }
    else
        puts(text);
    return true;
}

static bool
run_drop(const CommandContext *context, const char *conninfo, Err *err)
{
    const Config *config = context->config;
    bool dropped = false;

    if (config->dry_run)
        return fputs(sql_traffic_drop, stdout) >= 0;
    if (!config->yes)
    {
        err_set(err, ERR_REFUSED, "dropping schema \"pgbaton_traffic\" needs --yes");
        err_detail(err, "All rows that the writers made are dropped with it.");
        return err_hint(err, "Run it again with --yes.");
    }
    if (!traffic_drop(conninfo, &dropped, err))
        return false;
    return print_text_or_json(config->json,
                              dropped ? "schema pgbaton_traffic dropped"
                                      : "there was no schema pgbaton_traffic",
                              "dropped", dropped);
}

static bool
run_init(const CommandContext *context, Err *err)
{
    const char *conninfo;
    bool made = false;

    if (!require_db(context, &conninfo, err))
        return false;
    if (option_flag(context->options, "drop"))
        return run_drop(context, conninfo, err);
    if (context->config->dry_run)
        return fputs(sql_traffic_create, stdout) >= 0;
    if (!traffic_init(conninfo, &made, err))
        return false;
    return print_text_or_json(context->config->json,
                              made ? "schema pgbaton_traffic made"
                                   : "schema pgbaton_traffic was there already",
                              "made", made);
}

static const Option init_options[] = {
    OPTION_DB,
    {.name = "drop", .type = OPTION_FLAG, .help = "remove the schema instead (needs --yes)"},
    {0},
};

const Command command_traffic_init = {
    .name = "traffic init",
    .arguments = "",
    .summary = "make the tables that the load generator writes to",
    .description =
        "Makes schema pgbaton_traffic with tables of every kind of replica identity. Does nothing when it is "
        "there already; refuses a schema of this name that pgbaton did not make.",
    .examples = "pgbaton traffic init --db 'host=db1 dbname=shop'\n"
                "pgbaton traffic init --db 'host=db1 dbname=shop' --drop --yes",
    .options = init_options,
    .needs_no_config = true,
    .run = run_init,
};

static void
print_run_json(const TrafficRunResult *result)
{
    cleanup_(str_release) Str run = STR_INIT;
    json_t *document = json_object();
    json_t *texts = json_array();

    str_addf(&run, "%015" PRIx64, (uint64_t)result->run);
    for (int i = 0; i < result->n_error_texts; i++)
    {
        json_t *text = json_object();

        json_object_set_new(text, "text", json_text(result->error_texts[i].text));
        json_object_set_new(text, "n", json_integer(result->error_texts[i].n));
        json_array_append_new(texts, text);
    }
    json_object_set_new(document, "run", json_text(run.data));
    json_object_set_new(document, "seed", json_integer(result->seed));
    json_object_set_new(document, "committed", json_integer(result->committed));
    json_object_set_new(document, "rolled_back", json_integer(result->rolled_back));
    json_object_set_new(document, "ambiguous", json_integer(result->ambiguous));
    json_object_set_new(document, "errors", json_integer(result->errors));
    json_object_set_new(document, "error_texts", texts);
    json_object_set_new(document, "retries", json_integer(result->retries));
    json_object_set_new(document, "interrupted", json_integer(result->interrupted));
    json_object_set_new(document, "reconnects", json_integer(result->reconnects));
    json_object_set_new(document, "sequence_reused", json_integer(result->sequence_reused));
    json_object_set_new(document, "longest_gap_ms", json_integer(result->longest_gap_ms));
    json_object_set_new(document, "longest_gap_at", json_text(result->longest_gap_at));
    json_object_set_new(document, "longest_writer_gap_ms",
                        json_integer(result->longest_writer_gap_ms));
    json_object_set_new(document, "duration_ms", json_integer(result->duration_ms));
    json_object_set_new(document, "tps", json_real(result->tps));
    json_print(document);
}

static void
print_number(const char *label, int64_t number, const char *remark)
{
    printf("%-24s %10" PRId64 "%s\n", label, number, remark);
}

static void
print_run_text(const TrafficRunResult *result)
{
    cleanup_(str_release) Str duration = STR_INIT;

    clock_add_duration(&duration, result->duration_ms);
    printf("%" PRId64 " transactions committed in %s, %.0f a second (run %015" PRIx64
           ", seed %" PRId64 ")\n",
           result->committed, duration.data, result->tps, (uint64_t)result->run, result->seed);
    print_number("rolled back on purpose", result->rolled_back, "");
    print_number("ambiguous", result->ambiguous, "");
    print_number("errors", result->errors, "");
    for (int i = 0; i < result->n_error_texts; i++)
    {
        cleanup_(mem_free_pointer) char *text = redact(result->error_texts[i].text);

        printf("    %" PRId64 " x %s\n", result->error_texts[i].n, text);
    }
    print_number("retries", result->retries, "");
    print_number("interrupted", result->interrupted, "");
    print_number("reconnects", result->reconnects, "");
    print_number("sequence values reused", result->sequence_reused, "");
    printf("%-24s %10" PRId64 " ms%s%s\n", "longest gap", result->longest_gap_ms,
           result->longest_gap_at ? " from " : "",
           result->longest_gap_at ? result->longest_gap_at : "");
    print_number("longest gap of a writer", result->longest_writer_gap_ms, " ms");
}

static bool
run_run(const CommandContext *context, Err *err)
{
    const OptionValues *options = context->options;
    TrafficRunSpec spec = {.ledger = option_text(options, "ledger"),
                           .n_writers = (int)option_number(options, "writers"),
                           .duration_ms = option_number(options, "duration"),
                           .rate = (double)option_number(options, "rate"),
                           .seed = option_number(options, "seed"),
                           .name = option_text(options, "writer-prefix"),
                           .commit_log = option_text(options, "commit-log")};
    TrafficRunResult result;

    if (!require_db(context, &spec.conninfo, err) || !require_ledger(*spec.ledger, err) ||
        !traffic_run(&spec, context->arena, &result, err))
        return false;
    if (context->config->json)
        print_run_json(&result);
    else
        print_run_text(&result);
    return true;
}

static const Option run_options[] = {
    OPTION_DB,
    {.name = "ledger",
     .type = OPTION_TEXT,
     .argument = "FILE",
     .help = "where every transaction's outcome is appended"},
    {.name = "writers",
     .type = OPTION_INTEGER,
     .argument = "N",
     .default_text = "4",
     .min = 1,
     .max = TRAFFIC_MAX_WRITERS,
     .help = "writers, each with a connection"},
    {.name = "duration",
     .type = OPTION_DURATION,
     .argument = "TIME",
     .default_text = "0",
     .help = "how long; 0: until Ctrl-C or SIGTERM"},
    {.name = "rate",
     .type = OPTION_INTEGER,
     .argument = "TPS",
     .default_text = "0",
     .min = 0,
     .max = 1000000,
     .help = "transactions a second of all writers; 0: unlimited"},
    {.name = "seed",
     .type = OPTION_INTEGER,
     .argument = "N",
     .default_text = "0",
     .min = 0,
     .max = INT32_MAX,
     .help = "of the random choices; 0: another one every time"},
    {.name = "writer-prefix",
     .type = OPTION_TEXT,
     .argument = "TEXT",
     .default_text = "pgbaton-traffic",
     .help = "start of the writers' application_name"},
    {.name = "commit-log",
     .type = OPTION_TEXT,
     .argument = "FILE",
     .help = "append the time, writer, port and host of every acknowledged commit"},
    {0},
};

const Command command_traffic_run = {
    .name = "traffic run",
    .arguments = "",
    .summary = "write to the database and keep a ledger of what was acknowledged",
    .description =
        "Writes as an ordinary application does, several writers at once, and reconnects when a server goes away or "
        "becomes read-only. With several hosts in the connection string and target_session_attrs=read-write the writers "
        "follow a switchover by themselves. Ends after --duration, or at Ctrl-C or SIGTERM, with exit code 0.",
    .examples =
        "pgbaton traffic run --db 'host=db1,db2 dbname=shop target_session_attrs=read-write' --ledger shop.ledger",
    .options = run_options,
    .needs_no_config = true,
    .run = run_run,
};

static void
print_check_json(const TrafficCheckResult *result)
{
    json_t *document = json_object();
    json_t *offenders = json_array();

    for (int i = 0; i < result->n_offenders; i++)
        json_array_append_new(offenders, json_text(result->offenders[i]));
    json_object_set_new(document, "fine", json_boolean(traffic_check_fine(result)));
    json_object_set_new(document, "checked", json_integer(result->checked));
    json_object_set_new(document, "missing", json_integer(result->missing));
    json_object_set_new(document, "duplicated", json_integer(result->duplicated));
    json_object_set_new(document, "half", json_integer(result->half));
    json_object_set_new(document, "foreign", json_integer(result->foreign));
    json_object_set_new(document, "ambiguous_present", json_integer(result->ambiguous_present));
    json_object_set_new(document, "ambiguous_absent", json_integer(result->ambiguous_absent));
    json_object_set_new(document, "sequence_reused", json_integer(result->sequence_reused));
    json_object_set_new(document, "balance_ok", json_boolean(result->balance_ok));
    json_object_set_new(document, "counters_ok", json_boolean(result->counters_ok));
    json_object_set_new(document, "offenders", offenders);
    json_print(document);
}

static void
print_check_text(const TrafficCheckResult *result)
{
    printf("%" PRId64 " acknowledged transactions checked\n", result->checked);
    print_number("acknowledged writes missing:", result->missing, "");
    print_number("duplicated", result->duplicated, "");
    print_number("half", result->half, "");
    print_number("foreign rows", result->foreign, "");
    print_number("ambiguous, present", result->ambiguous_present, "");
    print_number("ambiguous, absent", result->ambiguous_absent, "");
    print_number("sequence values reused", result->sequence_reused, "");
    printf("%-24s %10s\n", "balances", result->balance_ok ? "right" : "WRONG");
    printf("%-24s %10s\n", "counters", result->counters_ok ? "right" : "WRONG");
    for (int i = 0; i < result->n_offenders; i++)
        printf("    %s\n", result->offenders[i]);
}

static bool
run_check(const CommandContext *context, Err *err)
{
    StringList files = option_list(context->options, "ledger");
    LedgerList ledgers = {.paths = files.items, .len = files.len};
    TrafficCheckResult result;
    const char *conninfo;

    if (!require_db(context, &conninfo, err) || !require_ledger(ledgers.len > 0, err) ||
        !traffic_check(conninfo, &ledgers, context->arena, &result, err))
        return false;
    if (context->config->json)
        print_check_json(&result);
    else
        print_check_text(&result);
    if (traffic_check_fine(&result))
        return true;
    err_set(err, ERR_DIFFER, "the database does not hold what the ledger says");
    err_detail(err, "%s.", result.n_offenders ? result.offenders[0] : "See the counts");
    return err_hint(
        err,
        "Make sure that all ledgers of this database are given and that no traffic is running, then look at the "
        "rows named above.");
}

static const Option check_options[] = {
    OPTION_DB,
    {.name = "ledger",
     .type = OPTION_LIST,
     .argument = "FILE",
     .help = "what \"traffic run\" wrote; may be given several times"},
    {0},
};

const Command command_traffic_check = {
    .name = "traffic check",
    .arguments = "",
    .summary = "compare the ledger with a database",
    .description =
        "Every acknowledged transaction must be there exactly once and as a whole, and nothing else may be there. "
        "Transactions whose outcome the writers never learned may be there or not. Give all ledgers of the database, "
        "and end the traffic before. Exit code 4 when something differs.",
    .examples = "pgbaton traffic check --db 'host=db2 dbname=shop' --ledger shop.ledger",
    .options = check_options,
    .needs_no_config = true,
    .run = run_check,
};
