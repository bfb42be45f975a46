/* The source's schema as statements for a target database, without a migration. */
#ifndef PGBATON_FLOW_SCHEMA_COPY_H
#define PGBATON_FLOW_SCHEMA_COPY_H

#include "flow/flow.h"
#include "schema/statement.h"

typedef struct SchemaCopy
{
    bool pre_data;
    bool post_data;
    StringList schemas; /* the only ones wanted; empty: all, and the extensions */
    bool
        is_there; /* the target database, to which the target's session is connected; else it is connected to another one of the server's */
} SchemaCopy;

/*
 * Adds the statements in the order of their execution, each named by its object as pg_dump does ("TABLE public.t"). Schemas and extensions that are
 * there are passed over. ERR_REFUSED when any other object is there already, naming them.
 */
bool schema_copy_plan(const Config *config, Conn *source, Conn *target, const SchemaCopy *wanted,
                      Arena *arena, Statements *ret, Err *err) must_check;

#endif
