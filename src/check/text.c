/* Findings: from rows of a result and templates to texts. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "check/run.h"

enum
{
    MAX_NAMED = 5 /* objects that are named one by one */
};

const char *
check_size(Arena *arena, int64_t n_bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t unit = 0;

    while (n_bytes >= 10240 && unit + 1 < lengthof(units))
    {
        n_bytes /= 1024;
        unit++;
    }
    return arena_printf(arena, "%lld %s", (long long)n_bytes, units[unit]);
}

int64_t
check_sum(const CheckObjects *objects, const char *column)
{
    int64_t sum = 0;

    for (int i = 0; i < objects->n; i++)
        sum += result_i64(objects->result, objects->rows[i], result_column(objects->result, column));
    return sum;
}

static const char *
cell(const CheckObjects *objects, int i, const char *column)
{
    const char *text = result_text(objects->result, objects->rows[i], result_column(objects->result, column));

    return text ? text : "";
}

static void
add_objects(Str *s, const CheckObjects *objects)
{
    for (int i = 0; i < objects->n && i < MAX_NAMED; i++)
        str_addf(s, "%s\"%s\"", i ? ", " : "", cell(objects, i, "object"));
    if (objects->n > MAX_NAMED)
        str_addf(s, " and %d more", objects->n - MAX_NAMED);
}

static void
add_column(Str *s, const CheckObjects *objects, const char *column)
{
    for (int i = 0; i < objects->n && i < MAX_NAMED; i++)
        str_addf(s, "%s%s", i ? "; " : "", cell(objects, i, column));
    if (objects->n > MAX_NAMED)
        str_add(s, "; and so on");
}

/* "one|many" by the number of objects. */
static void
add_word(Str *s, const char *words, int n)
{
    size_t len = strcspn(words, "|");

    if (n == 1)
        str_add_bytes(s, words, len);
    else
        str_add(s, words + len + (words[len] == '|'));
}

/* Values that come from the run, not from a result. NULL: no such word. */
static const char *
word_of_run(const CheckRun *run, const char *name)
{
    const Conn *conn = check_conn(run);
    const char *target_dbname = run->in->target_dbname ? run->in->target_dbname : run->target ? conn_dbname(run->target) : "";
    const struct
    {
        const char *name;
        const char *value;
    } words[] = {
        {"side", side_name(conn_side(conn))},
        {"other", side_name(conn_side(conn) == SIDE_SOURCE ? SIDE_TARGET : SIDE_SOURCE)},
        {"database", run->source ? conn_dbname(run->source) : ""},
        {"target_database", target_dbname},
        {"migration", run->config->migration},
        {"user", PQuser(conn_pg(conn))},
    };

    for (size_t i = 0; i < lengthof(words); i++)
        if (strcmp(words[i].name, name) == 0)
            return words[i].value;
    return NULL;
}

static void
add_placeholder(const CheckRun *run, Str *s, char *name, const CheckObjects *objects)
{
    size_t len = strlen(name);
    const char *word = word_of_run(run, name);

    if (word)
        str_add(s, word);
    else if (strcmp(name, "n") == 0)
        str_addf(s, "%d", objects->n);
    else if (strncmp(name, "n:", 2) == 0)
    {
        str_addf(s, "%d ", objects->n);
        add_word(s, name + 2, objects->n);
    }
    else if (*name == '?')
        add_word(s, name + 1, objects->n);
    else if (strcmp(name, "objects") == 0)
        add_objects(s, objects);
    else if (name[len - 1] == '*')
    {
        name[len - 1] = '\0';
        add_column(s, objects, name);
    }
    else
        str_add(s, cell(objects, 0, name));
}

static const char *
expand(const CheckRun *run, const char *template, const CheckObjects *objects)
{
    cleanup_(str_release) Str s = STR_INIT;

    if (!template)
        return NULL;
    for (const char *p = template; *p;)
    {
        size_t len = strcspn(p, "{");
        size_t end;

        str_add_bytes(&s, p, len);
        p += len;
        if (!*p)
            break;
        end = strcspn(p, "}");
        add_placeholder(run, &s, arena_strndup(run->arena, p + 1, end - 1), objects);
        p += end + (p[end] == '}');
    }
    return arena_strdup(run->arena, s.data);
}

static bool
is_skipped(const CheckRun *run)
{
    for (size_t i = 0; i < run->config->skip_checks.len; i++)
        if (strcmp(run->config->skip_checks.items[i], run->row->name) == 0)
            return true;
    return false;
}

static CheckResult *
add_result(CheckRun *run, CheckSeverity severity, CheckOutcome outcome, const char *message)
{
    CheckResult *result = vec_push(&run->report->results, run->arena);

    *result = (CheckResult){
        .name = run->row->name,
        .side = run->row->side,
        .severity = severity,
        .outcome = outcome,
        .database = arena_strdup(run->arena, run->source ? conn_dbname(run->source)
                                                         : run->in->target_dbname ? run->in->target_dbname : conn_dbname(run->target)),
        .message = message,
    };
    return result;
}

void
check_find_text(CheckRun *run, CheckSeverity severity, const char *message, const char *detail, const char *hint)
{
    bool skipped = severity == CHECK_BLOCKS && is_skipped(run);
    CheckResult *result = add_result(run, severity, skipped ? CHECK_SKIPPED : CHECK_FOUND, message);

    result->detail = detail;
    result->hint = hint;
    run->n_found++;
    if (!skipped && severity == CHECK_BLOCKS)
        run->report->n_blocking++;
    else if (skipped || severity == CHECK_WARNS)
        run->report->n_warnings++;
}

void
check_find(CheckRun *run, CheckSeverity severity, const CheckObjects *objects)
{
    check_find_text(run, severity, expand(run, run->row->message, objects), expand(run, run->row->detail, objects),
                    expand(run, run->row->hint, objects));
}

void
check_not_run(CheckRun *run, const char *reason)
{
    add_result(run, run->row->severity, CHECK_NOT_RUN, reason);
    run->is_not_run = true;
    if (run->row->severity != CHECK_INFORMS)
        run->report->n_warnings++;
}

void
check_pass(CheckRun *run)
{
    const CheckObjects none = {0};

    add_result(run, run->row->severity, CHECK_PASSED, expand(run, run->row->holds, &none));
    run->report->n_passed++;
}
