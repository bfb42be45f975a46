/*
 * Positions in the write-ahead log, as PostgreSQL writes them: "16/B374D848".
 */
#ifndef PGBATON_PG_LSN_H
#define PGBATON_PG_LSN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* False if the text is not a position, or NULL. */
bool lsn_read(const char *text, uint64_t *ret_lsn) must_check;

/* The same of what a person gave: ERR_USAGE. */
bool lsn_parse(const char *text, uint64_t *ret_lsn, Err *err) must_check;

/* 0 if it is NULL or not a position: for texts that a server sent. */
uint64_t lsn_of(const char *text);

#endif
