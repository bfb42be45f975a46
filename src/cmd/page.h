/*
 * A page of help, printed as plain text for the terminal or as roff for man. Texts are given once,
 * without any markup.
 */
#ifndef PGBATON_CMD_PAGE_H
#define PGBATON_CMD_PAGE_H

#include <stdbool.h>
#include <stdio.h>

typedef struct Page
{
    FILE *stream;
    bool roff;
    bool started; /* something has been printed */
} Page;

/*
 * First, and in roff only: the page's name ("pgbaton-init"), its manual section and its one-line
 * summary.
 */
void page_title(Page *page, const char *name, int section, const char *summary);

void page_heading(Page *page, const char *title);

/*
 * Paragraphs are separated by empty lines and filled; one that begins with two blanks is printed as
 * it stands.
 */
void page_text(Page *page, const char *text);

/* A term and what it means. */
void page_entry(Page *page, const char *term, const char *text);

/* Lines as they stand. */
void page_code(Page *page, const char *lines);

#endif
