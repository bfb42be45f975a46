/*
 * Sequences with what is defined of them beside their value, for comparing two sides.
 */
#ifndef PGBATON_CATALOG_SEQUENCE_DETAILS_H
#define PGBATON_CATALOG_SEQUENCE_DETAILS_H

#include "catalog/catalog.h"

typedef struct SequenceDetails
{
    const char *schema;
    const char *name;
    int64_t last_value;
    bool is_called;
    const char *type; /* "bigint" */
    int64_t start;
    int64_t increment;
    int64_t min;
    int64_t max;
    int64_t cache;
    bool cycles;
    bool is_unlogged;
    bool may_read; /* else last_value is not known */
    bool may_set;
    const char *owned_by; /* the column, quoted: by OWNED BY or as its identity; NULL: none */
} SequenceDetails;

typedef VEC(SequenceDetails) SequenceDetailsList;

/* Of every sequence, sorted by schema and name bytewise; read without advancing any, many in one query. */
bool catalog_sequence_details(Conn *conn, Arena *arena, SequenceDetailsList *ret_list,
                              Err *err) must_check;

#endif
