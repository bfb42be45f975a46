/*
 * The groups of the copy: made, several of them from one consistent point, with their publications and slots; and what becomes of
 * them when their snapshot is lost.
 */
#ifndef PGBATON_FLOW_GROUPS_H
#define PGBATON_FLOW_GROUPS_H

#include "flow/flow.h"

/* The groups that were made in one go, and the sessions that hold their snapshot. */
typedef struct GroupSet
{
    GroupRows groups;
    const char *snapshot;
    Conn *keeper; /* holds the snapshot; NULL: none is held */
    Conn *guard;  /* holds the tables' locks, as long as the keeper lives */
} GroupSet;

/* What groups_settle has left. */
typedef struct GroupsLeft
{
    size_t n;
    int next_id;
} GroupsLeft;

/*
 * For when no snapshot is held. Of each group keeps what is complete: what is not will go into a new one. A group of which nothing is, or
 * whose slot was never made or is gone, is removed with all it has.
 */
bool groups_settle(Flow *flow, GroupsLeft *ret_left, Err *err) must_check;

/*
 * Makes groups for all that has to be copied, and plans its chunks: config->apply_streams of them with those that are left, but at
 * least one, and no more than there are tables. After a failure no slot is left if the source can be reached; the rest is for
 * groups_settle. The sessions of *ret_set are closed by groups_close, or by groups_release.
 */
bool groups_make(Flow *flow, const GroupsLeft *left, GroupSet *ret_set, Err *err) must_check;

/* The rows are in: nothing needs the snapshot any more, and it holds back the source's vacuum. */
bool groups_release(Flow *flow, GroupSet *set, Err *err) must_check;

/* Gives the snapshot up. Nothing to close is fine. */
void groups_close(GroupSet *set);

#endif
