#include "traffic/md5.h"

#include <stdint.h>
#include <string.h>

static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

static const unsigned char shifts[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t
load32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
add_block(uint32_t state[4], const unsigned char *block)
{
    uint32_t a = state[0];
    uint32_t b = state[1];
    uint32_t c = state[2];
    uint32_t d = state[3];

    for (unsigned i = 0; i < 64; i++)
    {
        unsigned shift = shifts[i / 16][i % 4];
        unsigned word;
        uint32_t f;

        if (i < 16)
            f = (b & c) | (~b & d), word = i;
        else if (i < 32)
            f = (d & b) | (~d & c), word = (5 * i + 1) % 16;
        else if (i < 48)
            f = b ^ c ^ d, word = (3 * i + 5) % 16;
        else
            f = c ^ (b | ~d), word = (7 * i) % 16;
        f += a + sines[i] + load32(block + 4 * (size_t)word);
        a = d;
        d = c;
        c = b;
        b += f << shift | f >> (32 - shift);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

Md5
md5_of(const void *data, size_t len)
{
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const unsigned char *p = data;
    size_t whole = len / 64 * 64;
    unsigned char tail[128] = {0};
    size_t tail_len = len % 64 < 56 ? 64 : 128;
    Md5 sum;

    for (size_t at = 0; at < whole; at += 64)
        add_block(state, p + at);
    if (len > whole)
        memcpy(tail, p + whole, len - whole);
    tail[len % 64] = 0x80;
    for (size_t i = 0; i < 8; i++)
        tail[tail_len - 8 + i] = (unsigned char)((uint64_t)len * 8 >> (8 * i));
    for (size_t at = 0; at < tail_len; at += 64)
        add_block(state, tail + at);
    for (size_t i = 0; i < 16; i++)
        sum.bytes[i] = (unsigned char)(state[i / 4] >> (8 * (i % 4)));
    return sum;
}

void
md5_to_hex(const Md5 *sum, char ret_hex[MD5_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < sizeof(sum->bytes); i++)
    {
        ret_hex[2 * i] = digits[sum->bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[sum->bytes[i] & 15];
    }
    ret_hex[MD5_HEX_SIZE - 1] = '\0';
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
md5_from_hex(const char *hex, Md5 *ret_sum)
{
    for (size_t i = 0; i < sizeof(ret_sum->bytes); i++)
    {
        int high = hex_digit(hex[2 * i]);
        int low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);

        if (low < 0)
            return false;
        ret_sum->bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

bool
md5_equal(const Md5 *a, const Md5 *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
