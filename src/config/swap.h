/*
 * The text of a config file with source and target swapped.
 *
 * Values change places; sections, keys, comments and their order stay. What only one side has is commented out there, as
 * init writes what is not set, and set on the other side. Poolers know both sides by name, too.
 */
#ifndef PGBATON_CONFIG_SWAP_H
#define PGBATON_CONFIG_SWAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* The text must have been read as a config file without an error. False: there is nothing to swap in it. */
bool config_swap_text(Arena *arena, const char *text, size_t n_bytes, Str *ret_text);

#endif
