/*
 * Noticing DDL on the source: a hash of the definition of every object that pg_dump would write, with owner and grants. Extension members,
 * system schemas, schema pgbaton and what the patterns leave out do not count; comments, security labels, tablespaces,
 * publications, subscriptions and what belongs to the whole server or to the database itself are not in it.
 */
#ifndef PGBATON_SCHEMA_FINGERPRINT_H
#define PGBATON_SCHEMA_FINGERPRINT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "config/config.h"
#include "pg/conn.h"

typedef enum DriftScope
{
    DRIFT_IN_DATA, /* tables and sequences: a change loses rows or values. Fast enough for the write pause */
    DRIFT_IN_ALL
} DriftScope;

typedef enum DriftKind
{
    DRIFT_ADDED,
    DRIFT_DROPPED,
    DRIFT_CHANGED
} DriftKind;

typedef struct Drift
{
    DriftKind kind;
    const char *object_kind; /* "table", "function" … */
    const char *object; /* "app.orders", "app.add(integer)"; without a schema what is in none */
    const char *schema; /* "": in none */
    const char *name;
    uint32_t catalog_oid; /* on the server that was read, as object_oid; 0 of what was dropped */
    uint32_t object_oid;
    const char *hash;
} Drift;

typedef VEC(Drift) Drifts;

/* For messages: table "app.orders" was changed */
const char *drift_text(const Drift *drift, Arena *arena);

/*
 * The state of all objects as JSON text, to be stored: [["kind", "schema", "name", "md5"], …]. Comparable only with one of the same database
 * and server major: OIDs and deparsed texts go into the hashes.
 */
bool schema_fingerprint(Conn *source, const Config *config, Arena *arena, const char **ret_json,
                        Err *err) must_check;

/*
 * The same state, and in what it differs from `then`, an earlier one, both of the same look; sorted by kind, schema and name. Compared with "[]" it
 * is a list of all there is.
 */
bool schema_fingerprint_since(Conn *source, const Config *config, const char *then, Arena *arena,
                              const char **ret_json, Drifts *ret_drifts, Err *err) must_check;

/*
 * A text that another one of the same session is compared with: when they are the same, nothing of DRIFT_IN_DATA was changed in between. Much faster
 * than schema_drift, but may tell of changes that are none.
 */
bool schema_stamp(Conn *conn, Arena *arena, const char **ret_stamp, Err *err) must_check;

/* What has changed on the source since `json` was taken, sorted by kind and name. */
bool schema_drift(Conn *source, const Config *config, const char *json, DriftScope scope,
                  Arena *arena, Drifts *ret, Err *err) must_check;

#endif
