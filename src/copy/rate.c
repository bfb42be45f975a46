#include "copy/rate.h"

#include <poll.h>

#include "base/cancel.h"
#include "base/clock.h"

enum
{
    US_PER_S = 1000000,
    BURST_US = US_PER_S / 4,
    LONGEST_WAIT_MS = 3600000
};

void
rate_init(RateLimit *rate, int64_t bytes_per_s, int abort_fd)
{
    *rate = (RateLimit){.bytes_per_s = bytes_per_s, .abort_fd = abort_fd};
    pthread_mutex_init(&rate->lock, NULL);
}

void
rate_release(RateLimit *rate)
{
    pthread_mutex_destroy(&rate->lock);
}

int64_t
rate_reserve(RateLimit *rate, int64_t n_bytes, int64_t now_us)
{
    int64_t until;

    pthread_mutex_lock(&rate->lock);
    if (rate->paid_us < now_us - BURST_US)
        rate->paid_us = now_us - BURST_US;
    until = rate->paid_us;
    rate->paid_us += (int64_t)((double)n_bytes * US_PER_S / (double)rate->bytes_per_s);
    pthread_mutex_unlock(&rate->lock);
    return until;
}

bool
rate_take(RateLimit *rate, int64_t n_bytes, Err *err)
{
    int64_t until;

    if (!rate || rate->bytes_per_s == 0)
        return true;
    until = rate_reserve(rate, n_bytes, clock_us());
    for (;;)
    {
        struct pollfd fds[] = {{.fd = cancel_fd(), .events = POLLIN},
                               {.fd = rate->abort_fd, .events = POLLIN}};
        int64_t left_ms = (until - clock_us() + 999) / 1000;

        if (left_ms <= 0)
            return true;
        if (left_ms > LONGEST_WAIT_MS)
            left_ms = LONGEST_WAIT_MS;
        if (poll(fds, lengthof(fds), (int)left_ms) > 0 && (fds[0].revents || fds[1].revents))
            return cancel_error(err);
    }
}
