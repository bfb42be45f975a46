/* What the commands of replica identities share. */
#ifndef PGBATON_CMD_IDENTITY_H
#define PGBATON_CMD_IDENTITY_H

#include "catalog/tables.h"
#include "cmd/block.h"

/* The side, its publications, and the tables that the command is about. */
typedef struct Identities
{
    Block block;
    Conn *conn;
    TableScope scope;
    FoundTables named;
    Str oids;
    TableIdentities tables;
} Identities;

/* Opens the side; with locks its migration's lock too. Tables of the arguments, or all that the config's patterns leave. */
bool identities_open(Identities *identities, const CommandContext *context, bool locks,
                     Err *err) must_check;

/* For cleanup_. */
void identities_release(Identities *identities);

/* This role may not change that table. Returns false. */
bool identities_refuse_owner(const Conn *conn, const TableIdentity *table, Err *err);

/* Of the document: what a table was and is set to. */
json_t *identity_table_json(const TableIdentity *table, const char *after,
                            const char *index) must_check;

/* A line for people of each of these; NULL without any. */
const char *identities_summary(Arena *arena, const json_t *tables, const char *verb);

/* Executes what is planned. */
bool identities_finish(Identities *identities, Change *change, Err *err) must_check;

#endif
