/* What the slot commands share. */
#ifndef PGBATON_CMD_SLOT_H
#define PGBATON_CMD_SLOT_H

#include "cmd/block.h"

/*
 * A session of the other side, to look there for subscriptions, or NULL: what it tells is a help, so a side that is not there is only warned of.
 */
bool slot_open_subscriber(const Block *block, Side side, Conn **ret_conn, Err *err) must_check;

#endif
