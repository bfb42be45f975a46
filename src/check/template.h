/*
 * Texts of findings, made from templates and the rows of a result:
 *
 *   {column}           of the first row
 *   {column*}          the first five different ones, joined by "; "
 *   {objects}          column "object" of the first five, quoted, and how many more there are
 *   {n}                how many there are
 *   {n:table|tables}   that number and the word that goes with it
 *   {?is|are}          the word alone
 *   {side}, {database}, {target_database}, {user}
 *                      the server that was asked, the two databases, our role there; they go before columns of that name
 */
#ifndef PGBATON_CHECK_TEMPLATE_H
#define PGBATON_CHECK_TEMPLATE_H

#include <libpq-fe.h>

#include "pg/conn.h"

/* The rows of a result that are not excluded (column "oid", if it has one, is a relation of the source). */
typedef struct CheckObjects
{
    const PGresult *result;
    const int *rows;
    int n;
} CheckObjects;

typedef struct TemplateWord
{
    const char *name;
    const char *value;
} TemplateWord;

/* In the arena. A column that the result does not have aborts. */
const char *template_expand(Arena *arena, const char *template, const TemplateWord *words,
                            size_t n_words, const CheckObjects *objects) must_check;

#endif
