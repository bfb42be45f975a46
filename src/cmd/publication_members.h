/*
 * What goes into a publication, as the command line names it; and what would happen to the tables' own writers.
 */
#ifndef PGBATON_CMD_PUBLICATION_MEMBERS_H
#define PGBATON_CMD_PUBLICATION_MEMBERS_H

#include "cmd/block.h"
#include "repl/publication_read.h"

/* Rows of the option tables of the commands that add to a publication. */
#define OPTION_MEMBER_SCHEMA                                                           \
    {                                                                                  \
        .name = "schema", .type = OPTION_TEXTS, .argument = "NAMES",                   \
        .help = "all tables of these schemas, those to come too (since PostgreSQL 15)" \
    }
#define OPTION_MEMBER_DETAILS                                                                                          \
    {.name = "where",                                                                                                  \
     .type = OPTION_TEXT,                                                                                              \
     .argument = "CONDITION",                                                                                          \
     .help =                                                                                                           \
         "publish the rows only for which this is true; for a single table (since PostgreSQL 15)"},                    \
        {.name = "columns",                                                                                            \
         .type = OPTION_TEXT,                                                                                          \
         .argument = "NAMES",                                                                                          \
         .help = "publish these columns only; for a single table (since PostgreSQL 15)"},                              \
    {                                                                                                                  \
        .name = "allow-no-identity", .type = OPTION_FLAG,                                                              \
        .help =                                                                                                        \
            "go on although UPDATE and DELETE on some of the tables are going to fail, for want of a replica identity" \
    }

/* The paragraph of their help on names. */
extern const char members_help[];

/* In the form of SQL: lists of names, each option's with commas between them. */
bool members_read_schemas(const Block *block, Conn *conn, Names *ret_schemas, Err *err) must_check;

/*
 * Tables by names and patterns, with --where and --columns of the command's options; of patterns, what cannot be published is left out with a
 * warning. *ret_filter_columns: the columns that the row filter looks at (JSON), NULL without one.
 */
bool members_read_tables(const Block *block, Conn *conn, const StringList *texts,
                         PublicationTables *ret_tables, const char **ret_filter_columns,
                         Err *err) must_check;

/*
 * ERR_REFUSED when a table that is going to be published cannot be updated any more then, for want of a replica identity, but with
 * --allow-no-identity: then a warning, and a member of the document. `publishes` is the publication's.
 */
bool members_check_identity(const Block *block, Conn *conn, const Publication *added,
                            const char *publishes, const char *filter_columns, Change *change,
                            Err *err) must_check;

/* Makes ERR_REFUSED, naming who may, of a server's error that a right is missing; returns false. */
bool members_rights(const Conn *conn, const char *remedy, Err *err);

/* app."T", app.u and 3 more. */
void members_add_list(Str *s, const PublicationTables *tables);

#endif
