/*
 * Questions on the terminal.
 */
#ifndef PGBATON_CMD_INIT_ASK_H
#define PGBATON_CMD_INIT_ASK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

/* True when somebody is there to answer: standard input and standard error are a terminal. */
bool ask_possible(void);

/*
 * Prints the question to standard error and reads a line. An empty answer is preset (NULL: ask
 * again); hidden answers are not echoed. ERR_STOPPED on Ctrl-C and at the end of the input; the
 * terminal is as before in any case.
 */
bool ask(Arena *arena, const char *question, const char *preset, bool hidden,
         const char **ret_answer, Err *err) must_check;

/* One of the letters, preset for an empty answer. */
bool ask_letter(const char *question, const char *letters, char preset, char *ret_letter,
                Err *err) must_check;

#endif
