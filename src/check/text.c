/* Findings: from rows of a result and templates to texts. */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "check/run.h"
#include "check/template.h"

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
        sum +=
            result_i64(objects->result, objects->rows[i], result_column(objects->result, column));
    return sum;
}

/* Values that come from the run, not from a result. */
static const char *
expand(const CheckRun *run, const char *template, const CheckObjects *objects)
{
    const Conn *conn = check_conn(run);
    const char *target_dbname = run->in->target_dbname ? run->in->target_dbname
                                : run->target          ? conn_dbname(run->target)
                                                       : "";
    const TemplateWord words[] = {
        {"side", side_name(conn_side(conn))},
        {"database", run->source ? conn_dbname(run->source) : ""},
        {"target_database", target_dbname},
        {"user", PQuser(conn_pg(conn))},
    };

    return template ? template_expand(run->arena, template, words, lengthof(words), objects) : NULL;
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
        .database = arena_strdup(run->arena, run->source              ? conn_dbname(run->source)
                                             : run->in->target_dbname ? run->in->target_dbname
                                                                      : conn_dbname(run->target)),
        .message = message,
    };
    return result;
}

void
check_find_text(CheckRun *run, CheckSeverity severity, const char *message, const char *detail,
                const char *hint)
{
    bool skipped = severity == CHECK_BLOCKS && config_skips(run->config, run->row->name);
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
    check_find_text(run, severity, expand(run, run->row->message, objects),
                    expand(run, run->row->detail, objects), expand(run, run->row->hint, objects));
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
