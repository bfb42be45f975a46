/*
 * Time. Durations are measured on the monotonic clock, which nobody sets back.
 */
#ifndef PGBATON_BASE_CLOCK_H
#define PGBATON_BASE_CLOCK_H

#include <stdint.h>

#include "base/str.h"

/* Milliseconds, microseconds since some fixed moment. */
int64_t clock_ms(void);
int64_t clock_us(void);

/* Adds the present local time as "2026-11-21 14:03:07.123+01:00". */
void clock_add_now(Str *s);

/* Adds the UTC time of a moment that lies `ago_us` back, as ISO 8601 with microseconds: "2026-11-21T13:03:07.123456Z". */
void clock_add_utc(Str *s, int64_t ago_us);

/* Adds a duration for people: "340 ms", "12.3 s", "4 min 05 s", "2 h 07 min". */
void clock_add_duration(Str *s, int64_t duration_ms);

#endif
