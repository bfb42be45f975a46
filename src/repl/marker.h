/*
 * Markers: a row written on the publisher, whose arrival at the subscriber proves that every transaction committed before it has been
 * applied, as a slot hands out transactions in commit order. Each group has a marker table of its own, pgbaton.<name>, with one row.
 */
#ifndef PGBATON_REPL_MARKER_H
#define PGBATON_REPL_MARKER_H

#include "pg/conn.h"

/* Makes schema pgbaton and the table; idempotent. */
bool marker_create(Conn *conn, const char *marker_table, Err *err) must_check;

bool marker_drop(Conn *conn, const char *marker_table, Err *err) must_check;

/* Writes the next value, and commits unless a transaction is open; *ret_value is what must arrive. */
bool marker_write(Conn *publisher, const char *marker_table, int64_t *ret_value,
                  Err *err) must_check;

/* The same for several tables at once, in one statement. */
bool marker_write_all(Conn *publisher, const char *const *marker_tables, size_t n,
                      int64_t *ret_values, Err *err) must_check;

/* As text: 16 hexadecimal digits and a slash at most. */
typedef char Lsn[24];

/*
 * The values that have arrived, in one statement; 0 before the first. ret_lsn is where the subscriber's WAL ended a moment later:
 * whatever was applied before those markers is before it.
 */
bool marker_read_all(Conn *subscriber, const char *const *marker_tables, size_t n,
                     int64_t *ret_values, Lsn ret_lsn, Err *err) must_check;

/* The value that has arrived; 0 before the first. */
bool marker_read(Conn *subscriber, const char *marker_table, int64_t *ret_value,
                 Err *err) must_check;

/*
 * Waits until value or a later one has arrived, polling every poll_ms. *ret_arrived is false when deadline_ms (of clock_ms) passed before.
 */
bool marker_wait(Conn *subscriber, const char *marker_table, int64_t value, int poll_ms,
                 int64_t deadline_ms, bool *ret_arrived, Err *err) must_check;

#endif
