/* What the commands of publications share. */
#ifndef PGBATON_CMD_PUBLICATION_H
#define PGBATON_CMD_PUBLICATION_H

#include "cmd/publication_members.h"

typedef struct PublicationCommand
{
    Block block;
    Conn *conn;
    Change change;
    Publication now; /* as it is */
    bool exists;
} PublicationCommand;

/* Opens and locks the side, and reads the publication that the first argument names. For cleanup_(block_close) of the block. */
bool publication_begin(PublicationCommand *command, const CommandContext *context,
                       Err *err) must_check;

/* Executes what is planned. */
bool publication_finish(PublicationCommand *command, const Names *statements, Err *err) must_check;

/* ERR_REFUSED, telling how the one that is there differs from the wanted one, and how to change it. True when they are the same. */
bool publication_same(const Publication *now, const Publication *wanted, Side side,
                      Err *err) must_check;

/* "NAME" for a command line. */
void publication_add_word(Str *s, const char *name);

#endif
