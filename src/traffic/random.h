/*
 * Repeatable random numbers and contents (splitmix64): the same seed gives the same ones everywhere. Not for secrets.
 */
#ifndef PGBATON_TRAFFIC_RANDOM_H
#define PGBATON_TRAFFIC_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct Random
{
    uint64_t state;
} Random;

void random_init(Random *random, uint64_t seed);

uint64_t random_next(Random *random);

/* Within [low, high]. */
int64_t random_between(Random *random, int64_t low, int64_t high);

/* True in `percent` of 100 calls. */
bool random_percent(Random *random, int percent);

/* Adds len letters, digits and signs that hardly compress. */
void random_add_text(Random *random, Str *s, size_t len);

/* Adds len bytes of any value, NUL included. */
void random_add_bytes(Random *random, Str *s, size_t len);

#endif
