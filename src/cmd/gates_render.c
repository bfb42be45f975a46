#include "cmd/gates_render.h"

#include <stdio.h>
#include <string.h>

#include "base/redact.h"
#include "cmd/json.h"

static const Step *const step_tables[] = {handover_steps_before, handover_steps_proof,
                                          handover_steps_commit, handover_steps_closing,
                                          handover_steps_after};

static const char *
label(GateState state)
{
    switch (state)
    {
        case GATE_PASSED:
            return "ok";
        case GATE_REFUSED:
            return "REFUSES";
        case GATE_WARNED:
            return "warning";
        case GATE_SKIPPED:
        case GATE_NOT_RUN:
            break;
    }
    return gate_state_name(state);
}

static int
name_width(void)
{
    size_t width = 0;

    for (size_t i = 0; i < n_gates; i++)
        if (strlen(gates[i].name) > width)
            width = strlen(gates[i].name);
    return (int)width;
}

/* Names of objects may hold anything: one that breaks the line would forge another one. */
static void
print_clean(const char *start, const char *text)
{
    cleanup_(mem_free_pointer) char *clean = redact(text);

    for (char *p = clean; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = '?';
    printf("%s%s\n", start, clean);
}

static void
print_gate(const GateResult *result, int width)
{
    printf("  %-7s  %-*s  ", label(result->state), width, result->gate->name);
    print_clean("", result->message ? result->message : result->gate->holds);
    if (result->detail)
        print_clean("           detail: ", result->detail);
    if (result->hint)
        print_clean("           hint: ", result->hint);
}

void
gates_print(const char *database, const GateResults *results)
{
    int width = name_width();

    printf("database \"%s\":\n", database);
    for (size_t i = 0; i < results->len; i++)
        print_gate(&results->items[i], width);
    if (gates_n_refusing(results) > 0)
        return;
    for (size_t i = 0; i < lengthof(step_tables); i++)
        for (const Step *step = step_tables[i]; step->name; step++)
            printf("%s: %s\n", database, step->title);
}

static json_t *
results_json(const GateResults *results)
{
    json_t *list = json_array();

    for (size_t i = 0; i < results->len; i++)
    {
        const GateResult *r = &results->items[i];

        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", r->gate->name,
                                              "state", gate_state_name(r->state), "message",
                                              json_text(r->message), "detail", json_text(r->detail),
                                              "hint", json_text(r->hint)));
    }
    return list;
}

json_t *
gates_json(const char *database, const GateResults *results)
{
    json_t *steps = json_array();

    for (size_t i = 0; i < lengthof(step_tables); i++)
        for (const Step *step = step_tables[i]; step->name; step++)
            json_array_append_new(steps, json_string(step->title));
    return json_pack("{s:o, s:o, s:o}", "database", json_text(database), "gates",
                     results_json(results), "steps", steps);
}

bool
gates_refuse(const char *command, size_t n_refusing, Err *err)
{
    err_set(err, ERR_REFUSED, "%zu %s the %s", n_refusing,
            n_refusing == 1 ? "gate refuses" : "gates refuse", command);
    err_detail(err, "Nothing was changed.");
    return err_hint(err,
                    "Do what each one's hint says, then run: pgbaton %s --dry-run; one that "
                    "does not apply to you is passed by --skip-check NAME.",
                    command);
}

void
gates_help(Page *page)
{
    page_heading(page, "Gates");
    page_text(page,
              "What must hold before writers are stopped, in this order. All but those marked "
              "with * can be passed by name with --skip-check. The old side is the one "
              "that has the writes, the new side the one that gets them.");
    for (size_t i = 0; i < n_gates; i++)
    {
        cleanup_(str_release) Str term = STR_INIT;

        str_addf(&term, "%s%s", gates[i].name, gates[i].flags & GATE_FIXED ? " *" : "");
        page_entry(page, term.data, gates[i].holds);
    }
}
