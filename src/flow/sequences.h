/*
 * The sequences of one database on two sides: how they differ, and what sets one side to the other.
 *
 * Which of two values is ahead goes by the direction of the increment: the one that is reached later. Of a sequence that cycles that is
 * a guess, as it may have begun anew meanwhile.
 */
#ifndef PGBATON_FLOW_SEQUENCES_H
#define PGBATON_FLOW_SEQUENCES_H

#include "catalog/sequence_details.h"

typedef enum SequenceVerdict
{
    SEQUENCE_SAME,       /* the values; options may differ all the same */
    SEQUENCE_SAFE,       /* the target goes on behind what the source has used */
    SEQUENCE_DANGEROUS,  /* the target would hand out values that were used */
    SEQUENCE_UNKNOWN,    /* it cycles, or they run in opposite directions */
    SEQUENCE_MISSING,    /* on one side */
    SEQUENCE_UNREADABLE, /* this role lacks SELECT on one side */
} SequenceVerdict;

/* In JSON and for people. */
const char *sequence_verdict_name(SequenceVerdict verdict);

typedef struct SequencePair
{
    const char *schema;
    const char *name;
    const SequenceDetails *sides[2]; /* by Side; NULL: it is not there */
    SequenceVerdict verdict;
    const char *ahead;       /* "source", "target"; NULL: neither, or not known */
    const char *differences; /* options that differ: a JSON array of texts; "[]": none */
    bool is_different;
} SequencePair;

typedef VEC(SequencePair) SequencePairs;

/* Every sequence of either side, by name. Changes nothing, not by a single value. */
bool sequences_compare(Conn *source, Conn *target, Arena *arena, SequencePairs *ret_pairs,
                       Err *err) must_check;

/* A sequence that is going to be set. */
typedef struct SequenceSetting
{
    const SequencePair *pair;
    int64_t last_value;
    bool is_called;
    bool is_back;    /* the side that is set is ahead */
    bool is_bounded; /* the margin would have led beyond its last value */
} SequenceSetting;

typedef struct SequencePlan
{
    VEC(SequenceSetting) settings;
    VEC(const SequencePair *) ahead;   /* left, as they would be set back */
    VEC(const SequencePair *) missing; /* on the side that is set */
} SequencePlan;

/* What is wanted. */
typedef struct SequenceSync
{
    Side to;        /* the side that is set to the other */
    int64_t margin; /* so many steps further */
    bool allow_back;
    const char *roles[2]; /* by Side: who pgbaton is there, for messages */
} SequenceSync;

/* ERR_REFUSED naming those that may not be read or set, or whose value is beyond the bounds of the side that is set. */
bool sequences_plan(const SequencePairs *pairs, const SequenceSync *sync, Arena *arena,
                    SequencePlan *ret_plan, Err *err) must_check;

/*
 * Adds a query that sets n of them; each row is one that was. What has moved on since it was looked at is not set back by it, however late it
 * is executed, unless it was to be.
 */
void sequences_add_query(Str *sql, const SequenceSetting *settings, size_t n);

#endif
