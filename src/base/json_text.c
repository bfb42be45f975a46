#include "base/json_text.h"

#include <stdlib.h>

void
json_release(json_t **json)
{
    json_decref(*json);
    *json = NULL;
}

const char *
json_arena_text(Arena *arena, json_t *document)
{
    char *text = json_dumps(document, JSON_COMPACT);
    const char *copy = arena_strdup(arena, text);

    free(text);
    json_decref(document);
    return copy;
}
