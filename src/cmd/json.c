#include "cmd/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/redact.h"

static bool printed;

json_t *
json_text(const char *text)
{
    cleanup_(mem_free_pointer) char *copy = NULL;
    json_t *json;

    if (!text)
        return json_null();
    json = json_string(text);
    if (json)
        return json;
    copy = mem_strdup(text);
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    return json_string(copy);
}

json_t *
json_list(StringList list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list.len; i++)
        json_array_append_new(array, json_text(list.items[i]));
    return array;
}

/* A copy without secrets. Member names are ours and hold none. */
static json_t *
redacted(json_t *json)
{
    cleanup_(mem_free_pointer) char *text = NULL;
    json_t *copy;

    switch (json_typeof(json))
    {
        case JSON_OBJECT:
            copy = json_object();
            for (void *i = json_object_iter(json); i; i = json_object_iter_next(json, i))
                json_object_set_new(copy, json_object_iter_key(i),
                                    redacted(json_object_iter_value(i)));
            return copy;
        case JSON_ARRAY:
            copy = json_array();
            for (size_t i = 0; i < json_array_size(json); i++)
                json_array_append_new(copy, redacted(json_array_get(json, i)));
            return copy;
        case JSON_STRING:
            text = redact(json_string_value(json));
            return json_text(text);
        case JSON_INTEGER:
        case JSON_REAL:
        case JSON_TRUE:
        case JSON_FALSE:
        case JSON_NULL:
            break;
    }
    return json_incref(json);
}

void
json_print(json_t *document)
{
    cleanup_(json_release) json_t *copy = redacted(document);

    json_decref(document);
    json_dumpf(copy, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', stdout);
    fflush(stdout);
    printed = true;
}

bool
json_was_printed(void)
{
    return printed;
}

void
json_print_error(const Err *err)
{
    json_t *error = json_object();
    json_t *document = json_object();

    json_object_set_new(error, "code", json_text(err_code_name(err->code)));
    json_object_set_new(error, "exit_code", json_integer(err_exit_code(err->code)));
    json_object_set_new(error, "sqlstate", json_text(err->sqlstate[0] ? err->sqlstate : NULL));
    json_object_set_new(error, "message", json_text(err->message));
    json_object_set_new(error, "detail", json_text(err->detail));
    json_object_set_new(error, "hint", json_text(err->hint));
    json_object_set_new(document, "error", error);
    json_print(document);
}
