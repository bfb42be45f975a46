/* Reading the source's schema and tables, all under one snapshot of the source. */
#ifndef PGBATON_FLOW_READ_SCHEMA_H
#define PGBATON_FLOW_READ_SCHEMA_H

#include "catalog/catalog.h"
#include "flow/flow.h"
#include "schema/dump.h"
#include "schema/fingerprint.h"

/* Which table an index or a constraint belongs to, from the source's catalogs; sorted for bsearch. */
typedef struct IndexTable
{
    uint32_t class_oid;
    uint32_t object_oid;
    uint32_t table_oid;
} IndexTable;

typedef VEC(IndexTable) IndexTables;

/* A table's number in the journal; sorted for bsearch. */
typedef struct RelationId
{
    uint32_t oid;
    int id;
} RelationId;

/* All in the arena, which is the caller's. */
typedef struct SchemaPlan
{
    Flow *flow;
    Arena *arena;
    Relations relations; /* the wanted ones; numbered from 1 in the journal */
    RelationId *relation_ids;
    IndexTables indexes;
    Ddl ddl;
    const char *fingerprint;
    bool moves_large_objects; /* this role can read them; there may be none yet */

    /* For what joins a migration later: */
    const char *since;   /* a fingerprint; NULL: there was none */
    Drifts drifts;       /* of `fingerprint` from that one */
    int ids_before;      /* how many numbers of relations the journal has taken */
    int position_before; /* where its work ends */
} SchemaPlan;

bool read_schema_plan(Flow *flow, Arena *arena, SchemaPlan *ret_plan, Err *err) must_check;

/* Its parts: all there is, of which the caller may take away; then numbers and pieces of work. */
bool read_schema_look(Flow *flow, Arena *arena, SchemaPlan *plan, Err *err) must_check;
void read_schema_number(SchemaPlan *plan);

/* Writes relations and work to the journal, in the caller's transaction. */
bool read_schema_write(const SchemaPlan *plan, Err *err) must_check;

/* The table of an index or a constraint, or what the entry was told to belong to; 0 if it is neither. */
uint32_t read_schema_table_of(const SchemaPlan *plan, const DdlEntry *entry);

/* The kind of work an entry is in the journal; of an index or a validation *ret_relation_id is the number of its table, which is a wanted one; else 0. */
const char *read_schema_kind(const SchemaPlan *plan, const DdlEntry *entry, int *ret_relation_id);

/* The step: reads and writes it to the journal. */
bool read_schema_step(Flow *flow, Err *err) must_check;

#endif
