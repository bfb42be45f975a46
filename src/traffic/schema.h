/*
 * Schema pgbaton_traffic, known by its comments.
 */
#ifndef PGBATON_TRAFFIC_SCHEMA_H
#define PGBATON_TRAFFIC_SCHEMA_H

#include "pg/conn.h"

/* What traffic_create.sql puts there. */
enum
{
    TRAFFIC_ACCOUNTS = 16,
    TRAFFIC_ACCOUNT_START = 1000000,
    TRAFFIC_SHARED_COUNTERS = 4,
};

/* A session with the role's own default_transaction_read_only: a fenced server stops it. */
bool schema_connect(const char *conninfo, const char *purpose, Conn **ret_conn,
                    Err *err) must_check;

/* ERR_REFUSED unless the schema is there, whole and made by pgbaton traffic. */
bool schema_require(Conn *conn, Err *err) must_check;

#endif
