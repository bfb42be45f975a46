/*
 * The checks, in the order in which they are made and shown. One row a check; a row that both servers get stands here twice, as
 * its name says which one is meant. Skipping is by name.
 */
#include "check/run.h"
#include "sql/sql.h"

const CheckRow check_rows[] = {
    /* The two servers as such. */
    {
        .name = "same-database",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .holds = "source and target are different databases",
        .probe = probe_same_database,
    },
    {
        .name = "system-identifiers",
        .side = CHECK_BOTH,
        .severity = CHECK_WARNS,
        .flags = CHECK_SERVER,
        .holds = "the servers are told apart by their system identifiers",
        .probe = probe_system_identifiers,
    },
    {
        .name = "target-version",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target is not older than the source",
        .feed = sql_check_source_database,
        .sql = sql_check_target_version,
        .params = {PARAM_FEED},
        .message = "the target is PostgreSQL {target}, older than the source's {source}",
        .detail = "What pg_dump writes for a newer version may not load into an older one.",
        .hint =
            "Take a target of the source's major version or a newer one; if the schema is known to load: --skip-check target-version",
    },
    {
        .name = "source-primary",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the source is a primary",
        .sql = sql_check_recovery,
        .message = "the source is a standby",
        .detail = "Publications can be made on a primary only.",
        .hint = "Give the primary as --source.",
    },
    {
        .name = "target-primary",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target is a primary",
        .sql = sql_check_recovery,
        .message = "the target is a standby",
        .detail = "Nothing can be written to it.",
        .hint = "Give the primary as --target, or promote this one: SELECT pg_promote()",
    },
    {
        .name = "minor-version",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .min_major = 14,
        .flags = CHECK_SERVER,
        .holds = "the source's minor version has no known loss of data in logical decoding",
        .sql = sql_check_minor_version,
        .message = "PostgreSQL {version} of the source can lose rows from the change stream",
        .detail =
            "When DDL runs on a published table beside writes to it, those may be decoded by its old definition. Mended in {fixed}.",
        .hint =
            "Update the source's packages to {fixed} or later and restart it; else run no DDL until the switchover.",
    },
    {
        .name = "minor-version",
        .side = CHECK_SOURCE,
        .severity = CHECK_INFORMS,
        .max_major = 13,
        .flags = CHECK_SERVER,
        .holds = "the source's minor version has no known loss of data in logical decoding",
        .sql = sql_check_old_version,
        .message =
            "PostgreSQL {version} of the source can lose rows from the change stream when DDL runs beside writes",
        .detail = "The fix of 2025 was not made for this version any more.",
        .hint = "Run no DDL on the source until the switchover.",
    },
    {
        .name = "clock",
        .side = CHECK_BOTH,
        .severity = CHECK_WARNS,
        .flags = CHECK_SERVER,
        .holds = "the servers' clocks agree",
        .feed = sql_check_source_clock,
        .sql = sql_check_clock,
        .params = {PARAM_FEED},
        .message = "the servers' clocks differ by {seconds} s",
        .detail =
            "Rows written after the switchover may bear an earlier time than those before it.",
        .hint = "Synchronise both hosts by NTP.",
    },

    /* Rights. */
    {
        .name = "source-replication-right",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the source's role may replicate",
        .sql = sql_check_replication_right,
        .message = "role \"{user}\" of the source may not replicate",
        .detail = "Making a replication slot takes the attribute REPLICATION, or a superuser.",
        .hint = "As a superuser on the source: {command}",
    },
    {
        .name = "source-replication-connection",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "the source accepts a replication connection",
        .probe = probe_replication_connection,
    },
    {
        .name = "source-read-rights",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "the source's role may read all tables and sequences",
        .sql = sql_check_read_rights,
        .message = "role \"{user}\" may not read {n:relation|relations} of the source: {objects}",
        .detail = "Their schema and rows cannot be copied.",
        .hint =
            "On the source: {command*} (for all at once, from version 14 on: GRANT pg_read_all_data TO \"{user}\"), or --exclude them.",
    },
    {
        .name = "source-row-security",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "no policy hides rows from the source's role",
        .sql = sql_check_row_security,
        .message = "row security hides rows of {n:table|tables} from role \"{user}\": {objects}",
        .detail =
            "A copy that leaves out what a policy hides would not be the whole table, so reading them is an error.",
        .hint = "As a superuser on the source: ALTER ROLE \"{user}\" BYPASSRLS",
    },
    {
        .name = "source-table-ownership",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "the source's role may publish all tables",
        .sql = sql_check_table_ownership,
        .message = "role \"{user}\" may not publish {n:table|tables} of the source: {objects}",
        .detail =
            "Only its owner, a member of the owner, or a superuser adds a table to a publication.",
        .hint = "On the source: {command*}",
    },
    {
        .name = "source-create-right",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "the source's role may create publications",
        .sql = sql_check_create_right,
        .message =
            "role \"{user}\" may not create publications in database \"{database}\" of the source",
        .detail = "That, and schema \"pgbaton\" for the markers, takes CREATE on the database.",
        .hint = "On the source: {command}",
    },
    {
        .name = "source-subscription-right",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_REVERSE,
        .holds = "the source's role may create the subscription of the way back",
        .sql = sql_check_subscription_right,
        .message =
            "role \"{user}\" of the source may not create subscriptions, which the way back needs",
        .detail = "That takes {takes}.",
        .hint = "On the source: {command}; or switch over without the way back: --no-reverse",
    },
    {
        .name = "target-database",
        .side = CHECK_TARGET,
        .severity = CHECK_INFORMS,
        .holds = "the target database exists",
        .probe = probe_target_database,
    },
    {
        .name = "target-create-right",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .holds = "the target's role may create what is to be moved",
        .sql = sql_check_target_create_right,
        .params = {PARAM_TARGET_EXISTS},
        .message = "role \"{user}\" of the target may not create {things}",
        .detail = "The migration makes them in database \"{target_database}\".",
        .hint = "As a superuser on the target: {command}",
    },
    {
        .name = "target-subscription-right",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target's role may create subscriptions",
        .sql = sql_check_subscription_right,
        .message = "role \"{user}\" of the target may not create subscriptions",
        .detail = "That takes {takes}.",
        .hint = "As a superuser on the target: {command}",
    },
    {
        .name = "target-role-right",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target's role may create the roles that are missing",
        .feed = sql_check_source_roles,
        .sql = sql_check_role_right,
        .params = {PARAM_FEED},
        .message =
            "role \"{user}\" of the target may not create {n:missing role|missing roles}: {objects}",
        .detail = "That takes CREATEROLE or a superuser.",
        .hint = "As a superuser on the target: {command}; or create them yourself.",
    },

    /* Capacity. */
    {
        .name = "source-wal-level",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "wal_level of the source is logical",
        .sql = sql_check_wal_level,
        .message = "wal_level of the source is \"{setting}\"",
        .detail = "The change stream cannot be decoded: {reason}.",
        .hint = "On the source: {remedy}",
    },
    {
        .name = "apply-streams",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the source can feed all apply streams",
        .probe = probe_apply_streams,
    },
    {
        .name = "truncate-in-parts",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .holds = "no TRUNCATE can get stuck between apply streams",
        .probe = probe_truncate_in_parts,
        .message = "{n:table refers|tables refer} to others by foreign keys, and may be in another "
                   "apply stream than they: {objects}",
        .detail =
            "A TRUNCATE of both at once, or with CASCADE, arrives in parts: that of the table "
            "referred to fails on the target, and its stream stands still.",
        .hint = "Do not TRUNCATE tables that others refer to until the switchover, or leave "
                "--apply-streams out.",
    },
    {
        .name = "source-slots",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the source has replication slots enough",
        .sql = sql_check_slots,
        .params = {PARAM_GROUPS_AND_ONE, PARAM_OWN_OBJECTS},
        .message = "the source has {free} free replication slots, but {needed} are needed",
        .detail =
            "{used} of {max} are in use; the migration takes one for each apply stream of each database, and one to spare.",
        .hint =
            "On the source: ALTER SYSTEM SET max_replication_slots = {wanted}, then restart the server (or drop slots nobody uses).",
    },
    {
        .name = "source-senders",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the source has WAL senders enough",
        .sql = sql_check_senders,
        .params = {PARAM_GROUPS_AND_ONE, PARAM_OWN_OBJECTS},
        .message = "the source has {free} free WAL senders, but {needed} are needed",
        .detail =
            "{used} of {max} are in use; the migration takes one for each apply stream of each database, and one for making slots.",
        .hint =
            "On the source: ALTER SYSTEM SET max_wal_senders = {wanted}, then restart the server.",
    },
    {
        .name = "source-connections",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_FRESH,
        .holds = "the source has connections enough",
        .sql = sql_check_sessions,
        .params = {PARAM_SOURCE_SESSIONS},
        .message = "the source has {free} free connections, but {needed} are needed",
        .detail =
            "{used} of {max} that this role may use are taken; the migration takes one for each of its jobs, and a few more.",
        .hint =
            "Take fewer --jobs, end idle sessions, or on the source: ALTER SYSTEM SET max_connections = {wanted} or more, then restart it.",
    },
    {
        .name = "target-connections",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_FRESH,
        .holds = "the target has connections enough",
        .sql = sql_check_sessions,
        .params = {PARAM_SESSIONS},
        .message = "the target has {free} free connections, but {needed} are needed",
        .detail =
            "{used} of {max} that this role may use are taken; the migration takes one for each of its jobs, and a few more.",
        .hint =
            "Take fewer --jobs, end idle sessions, or on the target: ALTER SYSTEM SET max_connections = {wanted} or more, then restart it.",
    },
    {
        .name = "target-workers",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target has logical replication workers enough",
        .sql = sql_check_logical_workers,
        .params = {PARAM_GROUPS, PARAM_OWN_OBJECTS},
        .message =
            "the target has {free} free logical replication workers, but {needed} are needed",
        .detail =
            "{used} of {max} serve other subscriptions; the migration takes one for each apply stream of each database.",
        .hint =
            "On the target: ALTER SYSTEM SET max_logical_replication_workers = {wanted}, then restart the server.",
    },
    {
        .name = "target-worker-processes",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target has background workers enough",
        .sql = sql_check_worker_processes,
        .params = {PARAM_GROUPS, PARAM_OWN_OBJECTS},
        .message = "the target has {free} free background workers, but {needed} are needed",
        .detail =
            "{used} of {max} are taken by replication; the migration takes one for each apply stream of each database.",
        .hint =
            "On the target: ALTER SYSTEM SET max_worker_processes = {wanted} or more, then restart the server.",
    },
    {
        .name = "target-origins",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target has replication origins enough",
        .sql = sql_check_origins,
        .params = {PARAM_GROUPS_AND_ONE, PARAM_OWN_OBJECTS},
        .message = "the target has {free} free replication origins, but {needed} are needed",
        .detail =
            "{used} of {max} are in use; the migration takes one for each apply stream of each database, and one to spare.",
        .hint = "On the target: ALTER SYSTEM SET {name} = {wanted}, then restart the server.",
    },
    {
        .name = "target-read-only",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER,
        .holds = "the target server takes writes",
        .sql = sql_flow_gate_target_read_only,
        .message = "the target server is read-only: default_transaction_read_only is on",
        .detail = "After a switchover nobody could write anywhere.",
        .hint = "On the target: {command}",
    },
    {
        .name = "target-toast-compression",
        .side = CHECK_BOTH,
        .severity = CHECK_INFORMS,
        .min_major = 14,
        .holds = "large values are compressed quickly on the target",
        .feed = sql_check_source_toast,
        .sql = sql_check_toast_compression,
        .params = {PARAM_FEED},
        .message =
            "large values will be compressed by pglz on the target: {toast} of them are to be copied",
        .detail =
            "That takes much of the copy's time: where we measured a third of it, see docs/performance.md.",
        .hint =
            "On the target, if it and its standbys are to keep values so: ALTER SYSTEM SET default_toast_compression = 'lz4', then SELECT pg_reload_conf()",
    },

    /* The way back. */
    {
        .name = "target-wal-level",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_REVERSE,
        .holds = "wal_level of the target is logical",
        .sql = sql_check_wal_level,
        .message = "wal_level of the target is \"{setting}\"",
        .detail = "The way back cannot be decoded: {reason}.",
        .hint = "On the target: {remedy} Or switch over without the way back: --no-reverse",
    },
    {
        .name = "target-slots",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_REVERSE,
        .holds = "the target has replication slots enough",
        .sql = sql_check_slots,
        .params = {PARAM_DATABASES_AND_ONE, PARAM_OWN_OBJECTS},
        .message = "the target has {free} free replication slots, but {needed} are needed",
        .detail =
            "{used} of {max} are in use; the way back takes one for each database, and one more for a moment.",
        .hint =
            "On the target: ALTER SYSTEM SET max_replication_slots = {wanted}, then restart the server; or --no-reverse",
    },
    {
        .name = "target-senders",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_REVERSE,
        .holds = "the target has WAL senders enough",
        .sql = sql_check_senders,
        .params = {PARAM_DATABASES, PARAM_OWN_OBJECTS},
        .message = "the target has {free} free WAL senders, but {needed} are needed",
        .detail = "{used} of {max} are in use; the way back takes one for each database.",
        .hint =
            "On the target: ALTER SYSTEM SET max_wal_senders = {wanted}, then restart the server; or --no-reverse",
    },
    {
        .name = "source-workers",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_REVERSE,
        .holds = "the source has logical replication workers enough",
        .sql = sql_check_logical_workers,
        .params = {PARAM_DATABASES, PARAM_OWN_OBJECTS},
        .message =
            "the source has {free} free logical replication workers, but {needed} are needed",
        .detail =
            "{used} of {max} serve other subscriptions; the way back takes one for each database.",
        .hint =
            "On the source: ALTER SYSTEM SET max_logical_replication_workers = {wanted}, then restart the server; or --no-reverse",
    },
    {
        .name = "source-worker-processes",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_REVERSE,
        .holds = "the source has background workers enough",
        .sql = sql_check_worker_processes,
        .params = {PARAM_DATABASES, PARAM_OWN_OBJECTS},
        .message = "the source has {free} free background workers, but {needed} are needed",
        .detail =
            "{used} of {max} are taken by replication; the way back takes one for each database.",
        .hint =
            "On the source: ALTER SYSTEM SET max_worker_processes = {wanted} or more, then restart the server; or --no-reverse",
    },
    {
        .name = "source-origins",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_REVERSE,
        .holds = "the source has replication origins enough",
        .sql = sql_check_origins,
        .params = {PARAM_DATABASES, PARAM_OWN_OBJECTS},
        .message = "the source has {free} free replication origins, but {needed} are needed",
        .detail = "{used} of {max} are in use; the way back takes one for each database.",
        .hint =
            "On the source: ALTER SYSTEM SET {name} = {wanted}, then restart the server; or --no-reverse",
    },

    {
        .name = "source-locks",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "the source can lock all tables in one transaction",
        .sql = sql_check_locks,
        .params = {PARAM_NOTHING},
        .message =
            "the source has {tables} tables to lock at once, but room for about {capacity} locks",
        .detail =
            "All tables are locked while they are copied (against TRUNCATE), and again in the write pause.",
        .hint =
            "On the source: ALTER SYSTEM SET max_locks_per_transaction = {wanted}, then restart the server.",
    },
    {
        .name = "target-locks",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .holds = "the target can lock all tables in one transaction",
        .feed = sql_check_source_tables,
        .sql = sql_check_locks,
        .params = {PARAM_FEED},
        .message =
            "the target will have {tables} tables to lock at once, but room for about {capacity} locks",
        .detail = "CREATE SUBSCRIPTION locks every published table.",
        .hint =
            "On the target: ALTER SYSTEM SET max_locks_per_transaction = {wanted}, then restart the server.",
    },

    /* The ways between the servers: by a real connection. */
    {
        .name = "source-from-target",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .holds = "the target's server can connect to the source",
        .probe = probe_source_from_target,
    },
    {
        .name = "target-from-source",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_REVERSE,
        .holds = "the source's server can connect to the target",
        .probe = probe_target_from_source,
    },

    /* What the migration would wait for or trip over. */
    {
        .name = "client-tools",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "a pg_dump that fits the source is installed",
        .probe = probe_client_tools,
    },
    {
        .name = "prepared-transactions",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_SERVER | CHECK_FRESH,
        .holds = "no prepared transaction is open on the source",
        .sql = sql_check_prepared_transactions,
        .message =
            "{n:prepared transaction is|prepared transactions are} open on the source: {objects}",
        .detail =
            "The creation of a replication slot waits for every transaction that has written, and these do not end by themselves.",
        .hint = "On the source, in database \"{its_database}\": COMMIT PREPARED ..., or {command*}",
    },
    {
        .name = "long-transactions",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .flags = CHECK_SERVER | CHECK_FRESH,
        .holds = "no long transaction is open on the source",
        .sql = sql_check_long_transactions,
        .message =
            "{n:transaction has|transactions have} been open on the source for more than 30 s: {objects}",
        .detail =
            "The creation of a replication slot waits for every transaction that has written.",
        .hint =
            "Let {?it|them} end, or on the source: {command*}; or wait longer with --slot-timeout",
    },
    {
        .name = "all-tables-publication",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_FRESH,
        .holds = "nobody else subscribes to all tables of the source",
        .sql = sql_check_all_tables_publication,
        .params = {PARAM_OWN_OBJECTS},
        .message =
            "{n:publication of all tables|publications of all tables} may have a subscriber: {objects}",
        .detail =
            "Changes of pgbaton's own tables, in schema pgbaton, would be sent there too, by one of these slots: {slots}. A subscriber on which a "
            "published table is missing stops at its first row.",
        .hint =
            "Make them on that subscriber: CREATE SCHEMA pgbaton; CREATE TABLE pgbaton.marker_main_1 (id integer PRIMARY KEY, value bigint, "
            "written_at timestamptz); CREATE TABLE pgbaton.fence (migration text PRIMARY KEY, closed_at timestamptz); then add --skip-check "
            "all-tables-publication",
    },
    {
        .name = "slot-retention",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .min_major = 13,
        .flags = CHECK_SERVER,
        .holds = "the source keeps WAL for slots without a bound",
        .sql = sql_check_slot_retention,
        .message = "max_slot_wal_keep_size of the source is {setting}",
        .detail =
            "If more WAL than that is written before the copy has caught up, the slot is lost and the copy begins again.",
        .hint =
            "On the source: ALTER SYSTEM SET max_slot_wal_keep_size = -1, then SELECT pg_reload_conf(); while rows are copied "
            "--max-wal-retained bounds what the slots keep, later watch it with: pgbaton status",
    },
    {
        .name = "slot-timeout",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .min_major = 18,
        .flags = CHECK_SERVER,
        .holds = "the source does not drop idle slots",
        .sql = sql_check_slot_timeout,
        .message = "idle_replication_slot_timeout of the source is {setting}",
        .detail =
            "During the copy the slot is idle; if that takes longer, it is lost and the copy begins again.",
        .hint =
            "On the source: ALTER SYSTEM SET idle_replication_slot_timeout = 0, then SELECT pg_reload_conf()",
    },
    {
        .name = "source-leftovers",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .holds = "no earlier migration has left objects on the source",
        .sql = sql_check_leftovers,
        .params = {PARAM_OWN_OBJECTS},
        .message =
            "{n:object of another migration is|objects of other migrations are} on the source: {objects}",
        .detail = "A slot that nobody reads keeps WAL on the source's disk until it is full.",
        .hint =
            "If that migration is over: pgbaton cleanup --migration NAME (the part of the name after \"pgbaton_\")",
    },
    {
        .name = "target-leftovers",
        .side = CHECK_TARGET,
        .severity = CHECK_WARNS,
        .flags = CHECK_IN_DATABASE,
        .holds = "no earlier migration has left objects on the target",
        .sql = sql_check_leftovers,
        .params = {PARAM_OWN_OBJECTS},
        .message =
            "{n:object of another migration is|objects of other migrations are} on the target: {objects}",
        .detail = "A subscription that is still enabled writes into the same tables.",
        .hint =
            "If that migration is over: pgbaton cleanup --migration NAME (the part of the name after \"pgbaton_\")",
    },

    /* Tables. */
    {
        .name = "patterns",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .holds = "every include and exclude pattern matches something",
        .sql = sql_check_patterns,
        .params = {PARAM_INCLUDE, PARAM_EXCLUDE},
        .message =
            "{n:pattern matches|patterns match} nothing in database \"{database}\": {objects}",
        .detail =
            "A pattern is SCHEMA.TABLE with * and ?, or a schema; upper and lower case count.",
        .hint = "Correct --include or --exclude; the tables there are: psql -c '\\dt *.*'",
    },
    {
        .name = "replica-identity",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "every table has a replica identity",
        .sql = sql_check_replica_identity,
        .message = "{n:table has|tables have} no usable replica identity: {objects}",
        .detail =
            "Once such a table is published, UPDATE and DELETE on it fail on the source itself. A deferrable key does not count, and "
            "partitions do not inherit it.",
        .hint = "On the source, give {?it|them} a primary key, or: {command*}",
    },
    {
        .name = "source-subscriptions",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .holds = "the source database has no subscriptions of its own",
        .sql = sql_flow_gate_subscriptions,
        .message =
            "{n:subscription feeds|subscriptions feed} the source database from elsewhere: {objects}",
        .detail =
            "What arrives is moved along, but read-only does not stop their workers, so the switchover refuses while they are enabled.",
        .hint =
            "Before the switchover, on the source: ALTER SUBSCRIPTION name DISABLE; make it anew on the target afterwards.",
    },
    {
        .name = "always-triggers",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .flags = CHECK_REVERSE,
        .holds = "no trigger fires on replicated rows",
        .sql = sql_check_always_triggers,
        .message = "{n:trigger fires|triggers fire} on replicated rows too: {objects}",
        .detail =
            "On the target {?it does|they do} so from the switchover on. On the source {?it fires|they fire} for what the reverse replication "
            "brings; one that writes stops it, as the source is read-only then.",
        .hint =
            "On the source, unless it receives rows from elsewhere: {command*}; or switch over without the way back: --no-reverse",
    },
    {
        .name = "enum-hash-partitions",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .min_major = 11,
        .holds = "no table is partitioned by the hash of an enum",
        .sql = sql_check_enum_hash,
        .message = "{n:table is|tables are} partitioned by the hash of an enum: {objects}",
        .detail =
            "That hash is of the value's OID, which differs on the target: rows would lie in partitions where queries do not look.",
        .hint =
            "On the source, partition it by another expression, such as the value's text; or leave it out with --exclude",
    },
    {
        .name = "client-encoding",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "the database has no client_encoding of its own",
        .sql = sql_check_client_encoding,
        .message =
            "database \"{database}\" has the setting client_encoding = {client_encoding}, its encoding is {encoding}",
        .detail =
            "The setting is copied to the target, where an apply worker would take arriving texts for {client_encoding} and damage them.",
        .hint =
            "On the source: ALTER DATABASE \"{database}\" RESET client_encoding (set it for the roles that need it)",
    },
    {
        .name = "full-equality",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "rows of tables with REPLICA IDENTITY FULL can be compared",
        .sql = sql_check_full_equality,
        .message =
            "{n:column has a type|columns have types} without equality in tables with REPLICA IDENTITY FULL: {objects}",
        .detail =
            "The target finds the row to change by comparing all columns, and its apply worker fails at such a one.",
        .hint = "On the source, give table \"{table_name}\" a primary key, or use jsonb for json.",
    },
    {
        .name = "unlogged-tables",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "there are no unlogged tables",
        .probe = probe_unlogged_tables,
    },
    {
        .name = "large-objects",
        .side = CHECK_SOURCE,
        .severity = CHECK_BLOCKS,
        .holds = "there are no large objects",
        .probe = probe_large_objects,
    },
    {
        .name = "extension-tables",
        .side = CHECK_SOURCE,
        .severity = CHECK_INFORMS,
        .holds = "no extension has configuration tables",
        .sql = sql_check_extension_tables,
        .message = "{n:configuration table|configuration tables} of extensions: {objects}",
        .detail =
            "The user's rows in them are copied with the rest, and once more inside the write pause.",
    },
    {
        .name = "foreign-tables",
        .side = CHECK_SOURCE,
        .severity = CHECK_INFORMS,
        .holds = "there are no foreign tables",
        .sql = sql_check_foreign_tables,
        .message = "{n:foreign table|foreign tables}: {objects}",
        .detail =
            "Their definitions are moved; the target's server must reach the servers behind them by itself.",
    },
    {
        .name = "invalid-indexes",
        .side = CHECK_SOURCE,
        .severity = CHECK_INFORMS,
        .holds = "every index is valid",
        .sql = sql_check_invalid_indexes,
        .message = "{n:index is|indexes are} invalid: {objects}",
        .detail = "pg_dump leaves such ones out, so the target will not have {?it|them}.",
        .hint = "On the source: {command*}",
    },
    {
        .name = "oid-columns",
        .side = CHECK_SOURCE,
        .severity = CHECK_WARNS,
        .max_major = 11,
        .holds = "no table has an oid column",
        .sql = sql_check_oids,
        .message = "{n:table was|tables were} made WITH OIDS: {objects}",
        .detail = "PostgreSQL 12 and later do not have them, so these columns are lost.",
        .hint =
            "If nothing uses them, on the source: {command*}; else copy them into ordinary columns first.",
    },

    /* What is to be found on the target. */
    {
        .name = "target-empty",
        .side = CHECK_TARGET,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_IN_DATABASE | CHECK_FRESH,
        .holds = "the target database has nothing in the way",
        .sql = sql_check_target_not_empty,
        .params = {PARAM_INCLUDE, PARAM_EXCLUDE},
        .message = "database \"{target_database}\" of the target is not empty: {objects}",
        .detail = "The migration makes all objects itself and does not touch what it did not make.",
        .hint =
            "Give another database, or, if nobody needs it: DROP DATABASE \"{target_database}\"",
    },
    {
        .name = "encoding",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .flags = CHECK_IN_DATABASE,
        .holds = "both databases have the same encoding",
        .feed = sql_check_source_database,
        .sql = sql_check_encoding,
        .params = {PARAM_FEED},
        .message =
            "database \"{target_database}\" of the target has encoding {target}, the source {source}",
        .detail =
            "A database's encoding cannot be changed, and not every text has a place in the other one.",
        .hint =
            "On the target: DROP DATABASE \"{target_database}\"; pgbaton migrate makes it anew with encoding {source}.",
    },
    {
        .name = "locale",
        .side = CHECK_BOTH,
        .severity = CHECK_WARNS,
        .flags = CHECK_IN_DATABASE,
        .holds = "both databases have the same locale",
        .feed = sql_check_source_database,
        .sql = sql_check_locale,
        .params = {PARAM_FEED},
        .message =
            "database \"{target_database}\" of the target has the locale {target}, the source {source}",
        .detail = "Texts will be sorted and folded differently after the switchover.",
        .hint =
            "If that is not meant, on the target: DROP DATABASE \"{target_database}\"; pgbaton migrate makes it with the source's locale.",
    },
    {
        .name = "extensions",
        .side = CHECK_BOTH,
        .severity = CHECK_BLOCKS,
        .holds = "the target has every extension of the source",
        .feed = sql_check_source_extensions,
        .sql = sql_check_extensions_missing,
        .params = {PARAM_FEED},
        .message = "{n:extension is|extensions are} not available on the target: {objects}",
        .detail = "What depends on {?it|them} cannot be created.",
        .hint =
            "Install the packages of {?this extension|these extensions} on the target's host (no restart, unless it is to be preloaded).",
    },
    {
        .name = "extension-versions",
        .side = CHECK_BOTH,
        .severity = CHECK_WARNS,
        .holds = "the target has the extensions' versions",
        .feed = sql_check_source_extensions,
        .sql = sql_check_extension_versions,
        .params = {PARAM_FEED},
        .message =
            "{n:extension is|extensions are} not available on the target in the source's version: {objects}",
        .detail = "The target's default version is taken instead: {instead*}.",
        .hint =
            "Test with the other version, or update it on the source first: ALTER EXTENSION ... UPDATE",
    },
    {
        .name = "roles",
        .side = CHECK_BOTH,
        .severity = CHECK_INFORMS,
        .flags = CHECK_SERVER,
        .holds = "the target has every role of the source",
        .feed = sql_check_source_roles,
        .sql = sql_check_roles_missing,
        .params = {PARAM_FEED},
        .message = "{n:role is|roles are} missing on the target: {objects}",
        .detail = "pgbaton migrate will create {?it|them}.",
    },
    {
        .name = "tablespaces",
        .side = CHECK_BOTH,
        .severity = CHECK_WARNS,
        .holds = "the target has every tablespace in use",
        .feed = sql_check_source_tablespaces,
        .sql = sql_check_tablespaces_missing,
        .params = {PARAM_FEED},
        .message = "{n:tablespace is|tablespaces are} missing on the target: {objects}",
        .detail = "What lies in {?it|them} goes into the target's default tablespace.",
        .hint = "If that is not meant, on the target: CREATE TABLESPACE ... LOCATION ...",
    },
};

const size_t n_check_rows = lengthof(check_rows);
