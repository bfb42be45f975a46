/* jansson's documents, as the modules below cmd need them: for parameters of queries. */
#ifndef PGBATON_BASE_JSON_TEXT_H
#define PGBATON_BASE_JSON_TEXT_H

#include <jansson.h>

#include "base/arena.h"

/* For cleanup_. */
void json_release(json_t **json);

/* Its text, without needless blanks, in the arena; NULL when it has none (bytes that are not UTF-8). Takes the reference. */
const char *json_arena_text(Arena *arena, json_t *document);

#endif
