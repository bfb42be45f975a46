#define _GNU_SOURCE
#include "base/clock.h"

#include <time.h>

int64_t
clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_ms(void)
{
    return clock_us() / 1000;
}

void
clock_add_now(Str *s)
{
    struct timespec now;
    struct tm tm;
    char date[32];
    char zone[8];

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    /* These have room for any year that a clock can show. */
    (void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
    (void)strftime(zone, sizeof(zone), "%z", &tm);
    str_addf(s, "%s.%03ld%.3s:%s", date, now.tv_nsec / 1000000, zone, zone + 3);
}

void
clock_add_utc(Str *s, int64_t ago_us)
{
    struct timespec now;
    struct tm tm;
    char date[32];
    int64_t us;
    time_t seconds;

    clock_gettime(CLOCK_REALTIME, &now);
    us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000 - ago_us;
    seconds = (time_t)(us / 1000000);
    gmtime_r(&seconds, &tm);
    (void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    str_addf(s, "%s.%06lldZ", date, (long long)(us % 1000000));
}

void
clock_add_duration(Str *s, int64_t duration_ms)
{
    int64_t seconds = duration_ms / 1000;

    if (duration_ms < 1000)
        str_addf(s, "%lld ms", (long long)duration_ms);
    else if (seconds < 60)
        str_addf(s, "%.1f s", (double)duration_ms / 1000.0);
    else if (seconds < 3600)
        str_addf(s, "%lld min %02lld s", (long long)(seconds / 60), (long long)(seconds % 60));
    else
        str_addf(s, "%lld h %02lld min", (long long)(seconds / 3600),
                 (long long)(seconds / 60 % 60));
}
