#include "cmd/check_render.h"

#include <string.h>

#include "base/redact.h"
#include "base/str.h"
#include "cmd/json.h"

/* "FAILED" and so on: what the finding means for the migration. */
static const char *
label(const CheckResult *result)
{
    static const char *const found[] = {
        [CHECK_BLOCKS] = "FAILED", [CHECK_WARNS] = "warning", [CHECK_INFORMS] = "info"};

    switch (result->outcome)
    {
        case CHECK_PASSED:
            return "ok";
        case CHECK_FOUND:
            return found[result->severity];
        case CHECK_SKIPPED:
            return "skipped";
        case CHECK_NOT_RUN:
            return "not run";
    }
    return "";
}

static bool
is_finding(const CheckResult *result)
{
    return result->outcome != CHECK_PASSED && result->severity != CHECK_INFORMS;
}

static int
name_width(const CheckReport *report, bool findings_only)
{
    size_t width = 0;

    for (size_t i = 0; i < report->results.len; i++)
    {
        size_t len = strlen(report->results.items[i].name);

        if ((!findings_only || is_finding(&report->results.items[i])) && len > width)
            width = len;
    }
    return (int)width;
}

/* Names of objects may hold anything: one that breaks the line would forge another one. */
static void
add_clean(Str *s, const char *text)
{
    cleanup_(mem_free_pointer) char *redacted = redact(text);

    for (const char *p = redacted; *p; p++)
        str_add_char(s, (unsigned char)*p < ' ' || *p == 0x7f ? '?' : *p);
}

void
check_print(const CheckReport *report, FILE *stream, bool findings_only)
{
    int width = name_width(report, findings_only);

    for (size_t i = 0; i < report->results.len; i++)
    {
        const CheckResult *result = &report->results.items[i];
        cleanup_(str_release) Str text = STR_INIT;

        if (findings_only && !is_finding(result))
            continue;
        str_addf(&text, "  %-7s  %-*s  ", label(result), width, result->name);
        add_clean(&text, result->message);
        if (result->detail)
        {
            str_addf(&text, "\n  %*s  detail: ", width + 9, "");
            add_clean(&text, result->detail);
        }
        if (result->hint)
        {
            str_addf(&text, "\n  %*s  hint: ", width + 9, "");
            add_clean(&text, result->hint);
        }
        fprintf(stream, "%s\n", text.data);
    }
}

void
check_print_summary(const CheckReport *report, FILE *stream)
{
    if (report->n_blocking > 0)
        fprintf(stream, "%d %s the migration", report->n_blocking,
                report->n_blocking == 1 ? "check blocks" : "checks block");
    else
        fprintf(stream, "nothing blocks the migration");
    if (report->n_warnings > 0)
        fprintf(stream, ", %d %s", report->n_warnings,
                report->n_warnings == 1 ? "warning" : "warnings");
    fprintf(stream, ", %d checks passed\n", report->n_passed);
}

json_t *
check_json(const CheckReport *report)
{
    json_t *document = json_object();
    json_t *checks = json_array();

    for (size_t i = 0; i < report->results.len; i++)
    {
        const CheckResult *result = &report->results.items[i];
        json_t *check = json_object();

        json_object_set_new(check, "name", json_text(result->name));
        json_object_set_new(check, "side", json_text(check_side_name(result->side)));
        json_object_set_new(check, "severity", json_text(check_severity_name(result->severity)));
        json_object_set_new(check, "outcome", json_text(check_outcome_name(result->outcome)));
        json_object_set_new(check, "message", json_text(result->message));
        json_object_set_new(check, "detail", json_text(result->detail));
        json_object_set_new(check, "hint", json_text(result->hint));
        json_array_append_new(checks, check);
    }
    json_object_set_new(
        document, "database",
        json_text(report->results.len > 0 ? report->results.items[0].database : NULL));
    json_object_set_new(document, "checks", checks);
    json_object_set_new(document, "blocking", json_integer(report->n_blocking));
    json_object_set_new(document, "warnings", json_integer(report->n_warnings));
    json_object_set_new(document, "passed", json_integer(report->n_passed));
    return document;
}
