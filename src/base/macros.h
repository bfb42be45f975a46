/*
 * Compiler attributes shared by all of pgbaton.
 */
#ifndef PGBATON_BASE_MACROS_H
#define PGBATON_BASE_MACROS_H

#include <stddef.h>
#include <stdint.h>

/* Calls f(&variable) when the variable leaves its scope (gcc and clang). */
#define cleanup_(f) __attribute__((cleanup(f)))

/* The caller must look at the returned value. */
#define must_check __attribute__((warn_unused_result))

/* printf-like: the format, never NULL, is argument m, the first value argument n (counted from 1). */
#define printf_(m, n) __attribute__((format(printf, m, n), nonnull(m)))

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

#endif
