/*
 * The file with PgBouncer's database entries, replaced by a new one in a single rename(2).
 *
 * The new file is written beforehand beside the old one, with its owner and mode, and is on the disk before it is needed. If somebody
 * has changed the file meanwhile, it is made anew of what is there: no other change is ever lost. A lock on the directory keeps two
 * pgbatons from doing so at the same moment.
 */
#ifndef PGBATON_FENCE_POOLER_FILE_H
#define PGBATON_FENCE_POOLER_FILE_H

#include "config/option.h"
#include "fence/pooler_text.h"

typedef struct PoolerFile
{
    Arena *arena;
    const char *path;        /* without symbolic links */
    const char *staged_path; /* the new file until it takes the old one's place */
    const char *text;        /* as it was when it was opened */
    size_t n_bytes;
    const char *moved_text; /* what pooler_file_stage has written; NULL: nothing */
    size_t n_moved_bytes;
    bool is_staged; /* and not used yet */
} PoolerFile;

/* Of the entries with these names, those that lead to one place and are to lead to the other. */
typedef struct PoolerChange
{
    StringList names;
    PoolerPlace from;
    PoolerPlace to;
    const char *socket_dir; /* what an entry without a host means */
} PoolerChange;

/* Does a place, as an entry or PgBouncer has it, mean that one? Names of hosts are the same in either case. */
bool pooler_place_is(const PoolerPlace *place, const PoolerPlace *wanted, const char *socket_dir);

/* Reads it. ERR_REFUSED when it could not be replaced: it is no plain file, or mounted by itself. */
bool pooler_file_open(Arena *arena, const char *path, const char *staged_suffix,
                      PoolerFile *ret_file, Err *err) must_check;

/* Writes the changed file beside it. */
bool pooler_file_stage(PoolerFile *file, const PoolerChange *change, Err *err) must_check;

/* Makes the entries lead there; idempotent. ERR_FAILED when one is not there, or leads to neither place. */
bool pooler_file_move(PoolerFile *file, const PoolerChange *change, Err *err) must_check;

/* Waits until the replacement would survive a crash of the host. */
void pooler_file_sync(const PoolerFile *file);

/* Removes what was staged and not used, by this process or by one that was killed. */
void pooler_file_close(PoolerFile *file);

#endif
