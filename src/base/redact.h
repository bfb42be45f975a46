/*
 * Keeping secrets out of everything that is shown, logged or stored.
 *
 * Passwords are registered as soon as they are known (from a conninfo, a passfile, the environment). redact() replaces every
 * registered secret, every `password=...` / `sslpassword=...` keyword, every password in a URI and every PASSWORD '...' of a role
 * statement by asterisks. Thread-safe.
 */
#ifndef PGBATON_BASE_REDACT_H
#define PGBATON_BASE_REDACT_H

#include "base/str.h"

/* Remembers a secret for the life of the process. Empty and NULL are ignored; so are secrets of fewer than 3 bytes, which would blot out ordinary text: the patterns above still catch them. */
void redact_register(const char *secret);

/* Adds text to s with its secrets replaced. */
void redact_add(Str *s, const char *text);

/* The same as a new string; free() it. NULL gives NULL. */
char *redact(const char *text) must_check;

#endif
