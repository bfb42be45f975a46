/*
 * `pgbaton sequence diff`, `sync`: the values of sequences on both sides.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cmd/block.h"
#include "cmd/commands.h"
#include "flow/sequences.h"

enum
{
    SETTINGS_PER_QUERY = 500
};

static const ListingColumn columns[] = {
    {"schema", "schema", CELL_TEXT},
    {"name", "sequence", CELL_TEXT},
    {"owned_by", NULL, CELL_TEXT},
    {"source_last_value", "source", CELL_NUMBER},
    {"source_is_called", "called", CELL_BOOL},
    {"target_last_value", "target", CELL_NUMBER},
    {"target_is_called", "called", CELL_BOOL},
    {"ahead", "ahead", CELL_TEXT},
    {"verdict", "verdict", CELL_TEXT},
    {"cycles", "cycles", CELL_BOOL},
    {"differences", "options that differ", CELL_JSON},
    {.key = NULL},
};

static bool
open_both(Block *block, const CommandContext *context, Err *err)
{
    block_init(block, context);
    return block_open(block, SIDE_SOURCE, err) && block_open(block, SIDE_TARGET, err);
}

static const char *
value_cell(Arena *arena, const SequenceDetails *s)
{
    return s && s->may_read ? arena_printf(arena, "%" PRId64, s->last_value) : NULL;
}

static const char *
called_cell(const SequenceDetails *s)
{
    return !s || !s->may_read ? NULL : s->is_called ? "t" : "f";
}

static void
add_row(Listing *listing, Arena *arena, const SequencePair *pair)
{
    const SequenceDetails *source = pair->sides[SIDE_SOURCE];
    const SequenceDetails *target = pair->sides[SIDE_TARGET];
    const char *cells[] = {
        pair->schema,
        pair->name,
        source ? source->owned_by : target->owned_by,
        value_cell(arena, source),
        called_cell(source),
        value_cell(arena, target),
        called_cell(target),
        pair->ahead,
        sequence_verdict_name(pair->verdict),
        (source && source->cycles) || (target && target->cycles) ? "t" : "f",
        pair->differences,
    };

    listing_add(listing, cells);
}

typedef struct Counts
{
    size_t n_different;
    size_t n_dangerous;
} Counts;

static void
print_counts(const SequencePairs *pairs, const Counts *counts)
{
    if (counts->n_different == 0)
        printf("all %zu sequences are the same on both sides\n", pairs->len);
    else
        printf("%zu of %zu sequences differ\n", counts->n_different, pairs->len);
    if (counts->n_dangerous > 0)
        printf("%zu dangerous: the target would hand out values that were used; set it by: "
               "pgbaton sequence sync\n",
               counts->n_dangerous);
}

static void
print_diff(const Block *block, const SequencePairs *pairs, const Listing *listing,
           const Counts *counts)
{
    if (block->context->config->json)
        json_print(json_pack("{s:o, s:o, s:I, s:I, s:I, s:o}", "source_database",
                             json_text(conn_dbname(block->conns[SIDE_SOURCE])), "target_database",
                             json_text(conn_dbname(block->conns[SIDE_TARGET])), "count",
                             (json_int_t)pairs->len, "different", (json_int_t)counts->n_different,
                             "dangerous", (json_int_t)counts->n_dangerous, "sequences",
                             listing_json(listing)));
    else
    {
        if (listing_len(listing) > 0)
            listing_print(listing, "sequences");
        print_counts(pairs, counts);
    }
}

static bool
run_diff(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block = {0};
    Listing *listing = listing_new(context->arena, columns);
    bool all = option_flag(context->options, "all");
    SequencePairs pairs = {0};
    Counts counts = {0};

    if (!open_both(&block, context, err) ||
        !sequences_compare(block.conns[SIDE_SOURCE], block.conns[SIDE_TARGET], context->arena,
                           &pairs, err))
        return false;
    for (size_t i = 0; i < pairs.len; i++)
    {
        const SequencePair *pair = &pairs.items[i];

        counts.n_different += pair->is_different;
        counts.n_dangerous += pair->verdict == SEQUENCE_DANGEROUS;
        if (all || pair->is_different)
            add_row(listing, context->arena, pair);
    }
    print_diff(&block, &pairs, listing, &counts);
    if (counts.n_different > 0)
        err->code = ERR_DIFFER;
    return counts.n_different == 0;
}

static void
add_statements(Change *change, const Block *block, Side to, const SequencePlan *plan)
{
    for (size_t start = 0; start < plan->settings.len; start += SETTINGS_PER_QUERY)
    {
        cleanup_(str_release) Str sql = STR_INIT;
        size_t left = plan->settings.len - start;

        sequences_add_query(&sql, plan->settings.items + start,
                            left < SETTINGS_PER_QUERY ? left : SETTINGS_PER_QUERY);
        change_add(change, block, to, sql.data);
    }
}

static bool
execute(const Block *block, Side to, const Change *change, int64_t *ret_n_set, Err *err)
{
    for (size_t i = 0; i < change->statements.len; i++)
    {
        cleanup_(result_release) PGresult *result = NULL;

        if (!conn_query(block->conns[to], change->statements.items[i].sql, NO_PARAMS, &result, err))
            return err_context(err, "setting the sequences of the %s", side_name(to));
        *ret_n_set += PQntuples(result);
    }
    return true;
}

static json_t *
setting_json(const SequenceSetting *setting, Side to)
{
    const SequenceDetails *own = setting->pair->sides[to];

    return json_pack("{s:o, s:o, s:I, s:b, s:I, s:b, s:b, s:b}", "schema",
                     json_text(setting->pair->schema), "name", json_text(setting->pair->name),
                     "old_last_value", (json_int_t)own->last_value, "old_is_called", own->is_called,
                     "last_value", (json_int_t)setting->last_value, "is_called", setting->is_called,
                     "is_back", setting->is_back, "is_bounded", setting->is_bounded);
}

static json_t *
names_json(const SequencePair *const *pairs, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:o, s:o}", "schema", json_text(pairs[i]->schema),
                                              "name", json_text(pairs[i]->name)));
    return list;
}

static json_t *
plan_json(const SequencePlan *plan, Side to)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->settings.len; i++)
        json_array_append_new(list, setting_json(&plan->settings.items[i], to));
    return json_pack("{s:s, s:o, s:o, s:o}", "side", side_name(to), "sequences", list, "ahead",
                     names_json(plan->ahead.items, plan->ahead.len), "missing",
                     names_json(plan->missing.items, plan->missing.len));
}

/* The first ones by name: "app.a", "app.b" and 3 more. */
static const char *
some_names(Arena *arena, const SequencePair *const *pairs, size_t n)
{
    cleanup_(str_release) Str s = STR_INIT;

    for (size_t i = 0; i < n && i < 5; i++)
        str_addf(&s, "%s\"%s.%s\"", i ? ", " : "", pairs[i]->schema, pairs[i]->name);
    if (n > 5)
        str_addf(&s, " and %zu more", n - 5);
    return arena_strdup(arena, s.data);
}

static void
tell_rest(const CommandContext *context, const SequencePlan *plan, Side to)
{
    size_t n_bounded = 0;

    for (size_t i = 0; i < plan->settings.len; i++)
        n_bounded += plan->settings.items[i].is_bounded;
    if (plan->missing.len > 0)
        log_warning("%zu not there on the %s: %s", plan->missing.len, side_name(to),
                    some_names(context->arena, plan->missing.items, plan->missing.len));
    if (plan->ahead.len > 0)
        log_warning("%zu left, as the %s is ahead (--allow-back sets them back): %s",
                    plan->ahead.len, side_name(to),
                    some_names(context->arena, plan->ahead.items, plan->ahead.len));
    if (n_bounded > 0)
        log_warning("%zu set to their last value: the margin leads beyond it", n_bounded);
}

static size_t
count_back(const SequencePlan *plan)
{
    size_t n = 0;

    for (size_t i = 0; i < plan->settings.len; i++)
        n += plan->settings.items[i].is_back;
    return n;
}

static bool
change_sequences(Block *block, Side to, const SequencePlan *plan, Err *err)
{
    const CommandContext *context = block->context;
    size_t n_back = count_back(plan);
    int64_t n_set = 0;
    Change change = {
        .object = "sequences of database",
        .name = conn_dbname(block->conns[to]),
        .unchanged = plan->ahead.len + plan->missing.len > 0 ? "are left as they are"
                                                             : "are the same on both sides",
    };

    if (n_back > 0)
        change.question =
            arena_printf(context->arena,
                         "Set %zu sequences of the %s back, so that it hands out values once more",
                         n_back, side_name(to));
    add_statements(&change, block, to, plan);
    tell_rest(context, plan, to);
    if (!block_confirm(block, &change, err) ||
        (!context->config->dry_run && !execute(block, to, &change, &n_set, err)))
        return false;
    if (n_set < (int64_t)plan->settings.len && !context->config->dry_run)
        log_warning("%zu moved on meanwhile, and were left", plan->settings.len - (size_t)n_set);
    change.outcome = arena_printf(context->arena, "set: %" PRId64, n_set);
    change.details = plan_json(plan, to);
    if (context->config->json)
    {
        change.outcome = "set";
        json_object_set_new(change.details, "set", json_integer(n_set));
    }
    block_report(block, &change);
    return true;
}

static bool
run_sync(const CommandContext *context, Err *err)
{
    cleanup_(block_close) Block block = {0};
    SequenceSync sync = {
        .to = option_number(context->options, "to") == SIDE_SOURCE ? SIDE_SOURCE : SIDE_TARGET,
        .margin = option_number(context->options, "margin"),
        .allow_back = option_flag(context->options, "allow-back"),
    };
    SequencePairs pairs = {0};
    SequencePlan plan = {0};

    if (!open_both(&block, context, err) || !block_lock(&block, err))
        return false;
    for (Side side = SIDE_SOURCE; side <= SIDE_TARGET; side++)
        sync.roles[side] = PQuser(conn_pg(block.conns[side]));
    return sequences_compare(block.conns[SIDE_SOURCE], block.conns[SIDE_TARGET], context->arena,
                             &pairs, err) &&
           sequences_plan(&pairs, &sync, context->arena, &plan, err) &&
           change_sequences(&block, sync.to, &plan, err);
}

static const Option diff_options[] = {
    {.name = "all", .type = OPTION_FLAG, .help = "show those that are the same, too"},
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_sequence_diff = {
    .name = "sequence diff",
    .arguments = "",
    .summary = "compare the sequences of both sides",
    .description =
        "Compares every sequence of a database, owned by a column or not, by name: its value and its options. Reads last_value and "
        "is_called, and takes no value from any.\n\n"
        "Dangerous is one from which the target would hand out values that the source has used. When the target is ahead that is safe, as "
        "it is after a sync with a margin. Of one that cycles, which values are in use cannot be told: unknown. Missing is one "
        "that is there on one side only; unreadable one on which this role lacks SELECT.\n\n"
        "Exit code 4 when something differs.",
    .examples = "pgbaton sequence diff\npgbaton sequence diff --all --database shop --json",
    .options = diff_options,
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_diff,
};

static const Option sync_options[] = {
    {.name = "to",
     .type = OPTION_CHOICE,
     .argument = "SIDE",
     .choices = block_sides,
     .default_text = "target",
     .help = "the side whose sequences are set: target or source"},
    {.name = "margin",
     .type = OPTION_INTEGER,
     .argument = "N",
     .default_text = "0",
     .min = 0,
     .max = INT32_MAX,
     .help = "set them N steps further, in the direction of their increment"},
    {.name = "allow-back", .type = OPTION_FLAG, .help = "set back those that are ahead, too"},
    OPTION_DATABASE,
    {.name = NULL},
};

const Command command_sequence_sync = {
    .name = "sequence sync",
    .arguments = "",
    .summary = "set the sequences of one side to those of the other",
    .description =
        "Sets every sequence of the target, by name, to the value of the source's: last_value and is_called, by setval, hundreds in a "
        "query. Logical replication does not carry them. Nothing but the value is changed.\n\n"
        "One that is ahead already is left, unless --allow-back is given; also one that moves on while this is being done. A "
        "margin leaves room for what the other side goes on to hand out; it ends at the sequence's last value. Those that are not there "
        "on the side that is set are told and left.\n\n"
        "Exit code 3, and nothing is changed: a value is beyond the other sequence's bounds, or this role lacks a right, which is named.",
    .examples =
        "pgbaton sequence sync --dry-run\npgbaton sequence sync --margin 1000\npgbaton sequence sync --to source",
    .options = sync_options,
    .needs = NEEDS_SOURCE | NEEDS_TARGET,
    .run = run_sync,
};
