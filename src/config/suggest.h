/*
 * The nearest known word to a misspelt one.
 *
 *   Suggestion near = suggestion_for("migrat");
 *   suggest(&near, "migrate");
 *   if (near.best) …
 */
#ifndef PGBATON_CONFIG_SUGGEST_H
#define PGBATON_CONFIG_SUGGEST_H

#include <stddef.h>

typedef struct Suggestion
{
    const char *word;
    const char *best; /* borrowed from the candidates; NULL: nothing is near enough */
    size_t distance;
} Suggestion;

Suggestion suggestion_for(const char *word);
void suggest(Suggestion *suggestion, const char *candidate);

#endif
