#include "config/suggest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

enum
{
    LONGEST_WORD = 64 /* beyond it nobody has misspelt one of our words */
};

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string
 * alignment).
 */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0];
    size_t *last = rows[1];
    size_t *now = rows[2];
    size_t len_a = strlen(a);
    size_t len_b = strlen(b);

    for (size_t j = 0; j <= len_b; j++)
        last[j] = j;
    for (size_t i = 1; i <= len_a; i++)
    {
        size_t *spare = before;

        now[0] = i;
        for (size_t j = 1; j <= len_b; j++)
        {
            now[j] =
                least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[len_b];
}

Suggestion
suggestion_for(const char *word)
{
    size_t len = strlen(word);
    Suggestion suggestion = {.word = word};

    /* One more than what is accepted: a third of the word, and 2 letters of a short one. */
    suggestion.distance = (len < 3 ? 1 : len < 8 ? 2 : len / 3) + 1;
    return suggestion;
}

void
suggest(Suggestion *suggestion, const char *candidate)
{
    size_t distance;

    if (strlen(suggestion->word) > LONGEST_WORD || strlen(candidate) > LONGEST_WORD)
        return;
    distance = edit_distance(suggestion->word, candidate);
    if (distance < suggestion->distance)
    {
        suggestion->distance = distance;
        suggestion->best = candidate;
    }
}
