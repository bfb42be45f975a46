/*
 * Stopping all streams of a migration at one and the same commit of the source, so that the target's tables, whatever group they are
 * of, are of one moment; the source does not notice. What relates tables of several groups can be checked then: foreign keys.
 *
 * Each apply worker is stopped by a lock on its marker table, behind which one transaction of the source has written all markers: what is
 * applied then is what was committed before it, and nothing else. The locks are those of a session of its own: they end with it.
 */
#ifndef PGBATON_FLOW_COMMON_POINT_H
#define PGBATON_FLOW_COMMON_POINT_H

#include "flow/flow.h"

/* The streams go on when *ret_holder is closed. */
bool common_point_hold(Flow *flow, Conn **ret_holder, Err *err) must_check;

#endif
