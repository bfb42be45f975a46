/*
 * Noticing DDL on the source: a hash for each table of what replication depends on - kind, persistence, replica identity,
 * partition parent, columns, indexes. Extension members, system schemas, schema pgbaton and what the patterns leave out do not count.
 */
#ifndef PGBATON_SCHEMA_FINGERPRINT_H
#define PGBATON_SCHEMA_FINGERPRINT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "config/config.h"
#include "pg/conn.h"

typedef enum DriftKind
{
    DRIFT_ADDED,
    DRIFT_DROPPED,
    DRIFT_CHANGED
} DriftKind;

typedef struct Drift
{
    DriftKind kind;
    const char *schema;
    const char *table;
} Drift;

typedef VEC(Drift) Drifts;

/* "added", "dropped", "changed" */
const char *drift_name(DriftKind kind);

/*
 * The state of all tables as JSON text, to be stored: [["schema", "table", "md5"], …] sorted by schema and table. Comparable only with one of the same
 * server major (index definitions are deparsed).
 */
bool schema_fingerprint(Conn *source, const Config *config, Arena *arena, const char **ret_json,
                        Err *err) must_check;

/* What has changed on the source since `json` was taken. */
bool schema_drift(Conn *source, const Config *config, const char *json, Arena *arena, Drifts *ret,
                  Err *err) must_check;

#endif
