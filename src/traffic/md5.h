/*
 * MD5 (RFC 1321), to compare a value with the server's own md5() of it. Not for secrets.
 */
#ifndef PGBATON_TRAFFIC_MD5_H
#define PGBATON_TRAFFIC_MD5_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Md5
{
    unsigned char bytes[16];
} Md5;

enum
{
    MD5_HEX_SIZE = 33
};

Md5 md5_of(const void *data, size_t len);

/* As the server writes it: 32 lower-case hexadecimal digits. */
void md5_to_hex(const Md5 *sum, char ret_hex[MD5_HEX_SIZE]);

/* Reads exactly 32 digits from the start of hex; false if they are not there. */
bool md5_from_hex(const char *hex, Md5 *ret_sum);

bool md5_equal(const Md5 *a, const Md5 *b);

#endif
