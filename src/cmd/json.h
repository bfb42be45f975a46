/*
 * JSON on stdout. A run prints at most one document, so that a program can parse all of stdout.
 */
#ifndef PGBATON_CMD_JSON_H
#define PGBATON_CMD_JSON_H

#include <jansson.h>

#include "base/err.h"
#include "base/json_text.h"
#include "config/option.h"

/* A string, or null for NULL. Bytes that are not UTF-8 become "?". */
json_t *json_text(const char *text) must_check;
json_t *json_list(StringList list) must_check;

/*
 * Prints it, with the secrets in every string replaced, and takes the reference. Members keep the
 * order of their insertion.
 */
void json_print(json_t *document);

/* True after json_print. */
bool json_was_printed(void);

/*
 * The document of a failed run: {"error": {"code", "exit_code", "sqlstate", "message", "detail",
 * "hint"}}.
 */
void json_print_error(const Err *err);

#endif
