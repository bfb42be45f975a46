/*
 * Err: what went wrong, told in PostgreSQL's three parts.
 *
 * A fallible function takes `Err *err` last and returns false after filling it; on success it leaves err alone.
 * The one who sees the cause fills it (err_set), those above may add where they were (err_context). Only main prints it.
 *
 *   message  lower case, no full stop, the object in double quotes
 *   detail   a sentence: why
 *   hint     a sentence: the command or setting that mends it
 *
 * Start with `cleanup_(err_release) Err err = {0};`. All texts belong to the Err. Texts may hold a secret only until they are
 * printed: every renderer passes them through redact().
 */
#ifndef PGBATON_BASE_ERR_H
#define PGBATON_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/macros.h"

/* The class of an error. Each one is an exit code (see err_exit_code). */
typedef enum ErrCode
{
    ERR_NONE,
    ERR_FAILED,      /* anything without a better class */
    ERR_USAGE,       /* the command line or the config file is wrong */
    ERR_REFUSED,     /* a check or a gate said no; nothing was changed */
    ERR_DIFFER,      /* compared data differ */
    ERR_UNREACHABLE, /* a server could not be reached, or the connection broke */
    ERR_BUSY,        /* another pgbaton holds the migration */
    ERR_STOPPED,     /* stopped by a signal; running it again resumes */
    ERR_BUG,         /* pgbaton itself is wrong */
} ErrCode;

typedef struct Err
{
    ErrCode code;
    char sqlstate[6]; /* "" when the error did not come from a server */
    char *message;
    char *detail; /* may be NULL */
    char *hint;   /* may be NULL */
} Err;

/* All of these return false, so that a caller can `return err_set(...)`. */
bool err_set(Err *err, ErrCode code, const char *format, ...) printf_(3, 4);
bool err_detail(Err *err, const char *format, ...) printf_(2, 3);
bool err_hint(Err *err, const char *format, ...) printf_(2, 3);

/* Puts "format: " before the message. */
bool err_context(Err *err, const char *format, ...) printf_(2, 3);

/* Moves from's content into err and empties from. */
bool err_move(Err *err, Err *from);

/* Frees the texts and makes the Err usable again. */
void err_release(Err *err);

/* The process's exit code for a class: 0, 1, 2, 3, 4, 5, 6, 7 or 70. */
int err_exit_code(ErrCode code);

/* A short stable name for --json: "failed", "usage", ... */
const char *err_code_name(ErrCode code);

#endif
