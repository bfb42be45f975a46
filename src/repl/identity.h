/*
 * Setting replica identities, and putting them back: what was changed is recorded in pgbaton.identity_change of the same database, in the same
 * transaction. The locks are ACCESS EXCLUSIVE ones, so that what these functions plan is to be executed with a bound on the wait.
 */
#ifndef PGBATON_REPL_IDENTITY_H
#define PGBATON_REPL_IDENTITY_H

#include "catalog/catalog.h"
#include "catalog/tables.h"

/* What a table without a usable identity is to be set to. */
typedef enum IdentityChoice
{
    IDENTITY_DEFAULT, /* its primary key */
    IDENTITY_INDEX,   /* another key: TableIdentity.best_index */
    IDENTITY_FULL,    /* it has no key: the whole row */
} IdentityChoice;

IdentityChoice identity_choice(const TableIdentity *table);

/* "default", "index", "full": as TableIdentity.setting has it. */
const char *identity_choice_name(IdentityChoice choice);

/* The statements that make the record, as far as it is not there. */
bool identity_plan_record(Conn *conn, Arena *arena, Names *ret_statements, Err *err) must_check;

/* A transaction that records and sets. */
void identity_plan_set(Str *sql, const TableIdentity *table, IdentityChoice choice);

typedef struct IdentityChange
{
    const char *oid;
    const char *schema; /* NULL: the table is gone */
    const char *name;
    const char *before;
    const char *before_index;
    const char *after;
    const char *after_index;
} IdentityChange;

typedef VEC(IdentityChange) IdentityChanges;

/* The record; nothing when there is none. */
bool identity_read_changes(Conn *conn, Arena *arena, IdentityChanges *ret_changes,
                           Err *err) must_check;

/* A transaction that puts it back and forgets it; without a table only forgets it. */
void identity_plan_restore(Str *sql, const IdentityChange *change);
void identity_plan_forget(Str *sql, const IdentityChange *change);

/* The statements that remove the record once it is empty, and the schema if there is nothing else in it. */
bool identity_plan_remove_record(Conn *conn, Arena *arena, Names *ret_statements,
                                 Err *err) must_check;

#endif
