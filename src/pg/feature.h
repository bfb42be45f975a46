/*
 * What a server version can do. Code asks for a feature, never for a version.
 */
#ifndef PGBATON_PG_FEATURE_H
#define PGBATON_PG_FEATURE_H

#include <stdbool.h>

typedef enum Feature
{
    FEATURE_LOGICAL_REPLICATION,
    FEATURE_TRUNCATE_REPLICATED,
    FEATURE_SLOT_ADVANCE,
    FEATURE_SLOT_COPY,
    FEATURE_GENERATED_COLUMNS,
    FEATURE_PLAN_CACHE_MODE,
    FEATURE_TABLE_ACCESS_METHODS,
    FEATURE_PUBLISH_VIA_ROOT,
    FEATURE_PUBLISH_PARTITIONED,
    FEATURE_SLOT_WAL_STATUS,
    FEATURE_TID_RANGE_SCAN,
    FEATURE_STREAM_IN_PROGRESS,
    FEATURE_SLOT_TWO_PHASE,
    FEATURE_SUBSCRIPTION_BINARY,
    FEATURE_COPY_PROGRESS,
    FEATURE_ROW_FILTERS,
    FEATURE_COLUMN_LISTS,
    FEATURE_PUBLISH_SCHEMAS,
    FEATURE_SUBSCRIPTION_STATS,
    FEATURE_ICU_DATABASE,
    FEATURE_DISABLE_ON_ERROR,
    FEATURE_SUBSCRIPTION_ORIGIN,
    FEATURE_RUN_AS_OWNER,
    FEATURE_CREATE_SUBSCRIPTION_ROLE,
    FEATURE_FULL_IDENTITY_ANY_BTREE,
    FEATURE_PASSWORD_REQUIRED,
    FEATURE_ROLE_GRANT_OPTIONS,
    FEATURE_BUILTIN_LOCALE,
    FEATURE_SLOT_FAILOVER,
    FEATURE_ACTIVE_ORIGINS_SETTING,
    FEATURE_CONFLICT_STATS,
    N_FEATURES
} Feature;

/* server_version is PQserverVersion()'s number, e.g. 150020. */
bool feature_available(Feature feature, int server_version);

/* "row filters" etc., and the first major version that has it, for messages. */
const char *feature_name(Feature feature);
int feature_since(Feature feature);

/* The versions pgbaton moves from and to, as majors. */
enum
{
    OLDEST_MAJOR = 10,
    NEWEST_MAJOR = 19
};

#endif
