/* What logical replication does not carry and both flows therefore bring to the target themselves. */
#ifndef PGBATON_FLOW_REST_H
#define PGBATON_FLOW_REST_H

#include "flow/flow.h"

/* Sets every sequence of one side to what the other's has now. */
bool rest_copy_sequences(Conn *from, Conn *to, Err *err) must_check;

/* Refreshes on one side those that are populated on the other, each after those it reads. */
bool rest_refresh_matviews(Conn *from, Conn *to, Arena *arena, Err *err) must_check;

#endif
