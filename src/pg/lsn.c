#include "pg/lsn.h"

#include <stdlib.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdefABCDEF";

bool
lsn_read(const char *text, uint64_t *ret_lsn)
{
    size_t high = text ? strspn(text, hex_digits) : 0;
    size_t low = high && text[high] == '/' ? strspn(text + high + 1, hex_digits) : 0;

    if (low == 0 || high > 8 || low > 8 || text[high + 1 + low])
        return false;
    *ret_lsn = strtoull(text, NULL, 16) << 32 | strtoull(text + high + 1, NULL, 16);
    return true;
}

bool
lsn_parse(const char *text, uint64_t *ret_lsn, Err *err)
{
    if (lsn_read(text, ret_lsn))
        return true;
    err_set(err, ERR_USAGE, "\"%s\" is no position in the WAL", text);
    err_detail(err, "A position has two hexadecimal numbers of up to 8 digits: 16/B374D848.");
    return err_hint(err, "Those of the slots are shown by: pgbaton slot list");
}

uint64_t
lsn_of(const char *text)
{
    uint64_t lsn;

    return lsn_read(text, &lsn) ? lsn : 0;
}
