/*
 * Help pages and man pages, made from the tables of commands and options.
 */
#ifndef PGBATON_CMD_HELP_H
#define PGBATON_CMD_HELP_H

#include "cmd/cmd.h"
#include "cmd/page.h"

/* pgbaton(1) */
void help_overview(Page *page);

/* pgbaton-NAME(1) */
void help_command(Page *page, const Command *command);

/* pgbaton.conf(5) */
void help_settings(Page *page);

/* Does the help of the command (NULL: the overview) show this global option? */
bool help_heeds(const Command *command, const Option *row);

/* Writes every man page into directory/man1 and directory/man5, which are made. */
bool help_write_man_pages(const char *directory, Err *err) must_check;

#endif
