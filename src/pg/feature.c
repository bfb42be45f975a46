#include "pg/feature.h"

#include "base/macros.h"

/* Source: release notes of each major version, "Logical Replication" and "Server" sections. */
static const struct
{
    const char *name;
    int since_major;
} features[N_FEATURES] = {
    [FEATURE_LOGICAL_REPLICATION] = {"logical replication", 10},
    [FEATURE_TRUNCATE_REPLICATED] = {"replication of TRUNCATE", 11},
    [FEATURE_SLOT_ADVANCE] = {"pg_replication_slot_advance", 11},
    [FEATURE_SLOT_COPY] = {"pg_copy_logical_replication_slot", 12},
    [FEATURE_GENERATED_COLUMNS] = {"generated columns", 12},
    [FEATURE_PLAN_CACHE_MODE] = {"plan_cache_mode", 12},
    [FEATURE_TABLE_ACCESS_METHODS] = {"table access methods", 12},
    [FEATURE_PUBLISH_VIA_ROOT] = {"publish_via_partition_root", 13},
    [FEATURE_PUBLISH_PARTITIONED] = {"partitioned tables in publications", 13},
    [FEATURE_SLOT_WAL_STATUS] = {"pg_replication_slots.wal_status", 13},
    [FEATURE_TID_RANGE_SCAN] = {"TID range scans", 14},
    [FEATURE_STREAM_IN_PROGRESS] = {"streaming of transactions in progress", 14},
    [FEATURE_SLOT_TWO_PHASE] = {"slots that decode prepared transactions", 14},
    [FEATURE_SUBSCRIPTION_BINARY] = {"binary subscriptions", 14},
    [FEATURE_COPY_PROGRESS] = {"pg_stat_progress_copy", 14},
    [FEATURE_ROW_FILTERS] = {"row filters of publications", 15},
    [FEATURE_COLUMN_LISTS] = {"column lists of publications", 15},
    [FEATURE_PUBLISH_SCHEMAS] = {"schemas in publications", 15},
    [FEATURE_SUBSCRIPTION_STATS] = {"pg_stat_subscription_stats", 15},
    [FEATURE_ICU_DATABASE] = {"ICU as a database's locale provider", 15},
    [FEATURE_DISABLE_ON_ERROR] = {"disable_on_error", 15},
    [FEATURE_SUBSCRIPTION_TWO_PHASE] = {"the two_phase option of subscriptions", 15},
    [FEATURE_SUBSCRIPTION_SKIP] = {"ALTER SUBSCRIPTION ... SKIP", 15},
    [FEATURE_STREAMING_PARALLEL] = {"streaming = parallel", 16},
    [FEATURE_RUN_AS_OWNER] = {"the run_as_owner option of subscriptions", 16},
    [FEATURE_SUBSCRIPTION_ORIGIN] = {"the origin option of subscriptions", 16},
    [FEATURE_CREATE_SUBSCRIPTION_ROLE] = {"the role pg_create_subscription", 16},
    [FEATURE_FULL_IDENTITY_ANY_BTREE] = {"any btree index for REPLICA IDENTITY FULL", 16},
    [FEATURE_PASSWORD_REQUIRED] = {"the password_required option of subscriptions", 16},
    [FEATURE_ROLE_GRANT_OPTIONS] = {"INHERIT and SET options of memberships", 16},
    [FEATURE_BUILTIN_LOCALE] = {"the builtin locale provider", 17},
    [FEATURE_SLOT_FAILOVER] = {"failover slots", 17},
    [FEATURE_SUBSCRIPTION_FAILOVER] = {"the failover option of subscriptions", 17},
    [FEATURE_RETAIN_DEAD_TUPLES] = {"the retain_dead_tuples option of subscriptions", 19},
    [FEATURE_ACTIVE_ORIGINS_SETTING] = {"max_active_replication_origins", 18},
    [FEATURE_CONFLICT_STATS] = {"statistics of conflicts in logical replication", 18},
};

bool
feature_available(Feature feature, int server_version)
{
    return server_version / 10000 >= features[feature].since_major;
}

const char *
feature_name(Feature feature)
{
    return features[feature].name;
}

int
feature_since(Feature feature)
{
    return features[feature].since_major;
}
