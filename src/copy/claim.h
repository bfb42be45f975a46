/* Claiming work from the journal's queue, and writing down what came of it: both in the transaction that does the work. */
#ifndef PGBATON_COPY_CLAIM_H
#define PGBATON_COPY_CLAIM_H

#include "copy/copy.h"
#include "copy/table.h"

enum
{
    CLAIM_BATCH = 64 /* pieces of work on small tables that are done in one transaction */
};

/* A claimed piece of work. */
typedef struct Claim
{
    const char *id;
    const char *kind;
    const char *label;
    const char *sql;
    ChunkRange range;
    int64_t n_chunks; /* of its table */
    bool is_large_objects;
    RelationRow relation;
} Claim;

/* Several pieces of one kind, on small tables, or just one. */
typedef VEC(Claim) Claims;

bool claim_is_chunk(const Claim *claim);

/* One of those that are done in batches. */
bool claim_is_small(const Claim *claim);

/*
 * Adds to claims, texts in the arena. first NULL: the heaviest piece of all that can be done now, if any; else further ones like it, of small
 * tables.
 */
bool claims_take(Conn *target, const CopyJob *job, const Claim *first, bool may_build, Arena *arena,
                 Claims *claims, Err *err) must_check;

/* Writes the outcome into the journal and commits it with the work. As snapshot_lost() when the rows were read under a snapshot that is no longer the one. */
bool claims_finish(Conn *target, const CopyJob *job, const Claims *claims, const CopyCount *counts,
                   Err *err) must_check;

/* What a server says of a value or a row beyond its limits names neither the table nor the limit: adds them to err. Returns false. */
bool claim_explain_size(const Claim *claim, Err *err);

#endif
