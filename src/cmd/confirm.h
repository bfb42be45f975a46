/* Asking before what cannot be taken back. */
#ifndef PGBATON_CMD_CONFIRM_H
#define PGBATON_CMD_CONFIRM_H

#include "config/config.h"

/* True with --yes, in a dry run, or when the person at the terminal says so; else ERR_USAGE. The question ends without its question mark. */
bool command_confirm(const Config *config, const char *question, Err *err) must_check;

#endif
