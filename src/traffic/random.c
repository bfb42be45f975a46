#include "traffic/random.h"

void
random_init(Random *random, uint64_t seed)
{
    random->state = seed;
}

uint64_t
random_next(Random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15U;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

int64_t
random_between(Random *random, int64_t low, int64_t high)
{
    return low + (int64_t)(random_next(random) % (uint64_t)(high - low + 1));
}

bool
random_percent(Random *random, int percent)
{
    return random_between(random, 0, 99) < percent;
}

void
random_add_text(Random *random, Str *s, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\\'";
    uint64_t bits = 0;

    str_reserve(s, len);
    for (size_t i = 0; i < len; i++)
    {
        if (i % 10 == 0)
            bits = random_next(random);
        s->data[s->len + i] = alphabet[bits & 63];
        bits >>= 6;
    }
    s->len += len;
    s->data[s->len] = '\0';
}

void
random_add_bytes(Random *random, Str *s, size_t len)
{
    str_reserve(s, len);
    for (size_t i = 0; i < len; i++)
        s->data[s->len + i] = (char)(random_next(random) & 255);
    s->len += len;
    s->data[s->len] = '\0';
}
