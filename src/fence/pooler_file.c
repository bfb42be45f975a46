#define _GNU_SOURCE
#include "fence/pooler_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void
close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* errno as the detail. */
static bool
file_error(const char *what, const char *path, Err *err)
{
    int reason = errno;

    err_set(err, ERR_FAILED, "could not %s \"%s\"", what, path);
    return err_detail(err, "%s.", strerror(reason));
}

bool
pooler_place_is(const PoolerPlace *place, const PoolerPlace *wanted, const char *socket_dir)
{
    const char *host = *place->host ? place->host : socket_dir;

    return (*host == '/' ? strcmp(host, wanted->host) : strcasecmp(host, wanted->host)) == 0 &&
           strcmp(place->port, wanted->port) == 0 && strcmp(place->dbname, wanted->dbname) == 0;
}

static bool
read_all(Arena *arena, const char *path, const char **ret_text, size_t *ret_n_bytes, Err *err)
{
    cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    cleanup_(str_release) Str s = STR_INIT;
    char buffer[65536];
    char *text;
    ssize_t n = -1;

    while (fd >= 0 && ((n = read(fd, buffer, sizeof(buffer))) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            str_add_bytes(&s, buffer, (size_t)n);
    if (n < 0)
        return file_error("read", path, err);
    text = arena_alloc(arena, s.len + 1);
    memcpy(text, s.data, s.len);
    *ret_text = text;
    *ret_n_bytes = s.len;
    return true;
}

/* A file that is a mount of its own, as containers have them, cannot be replaced. */
static bool
is_mounted(const char *path)
{
    struct statx st;

    return statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &st) == 0 &&
           (st.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

bool
pooler_file_open(Arena *arena, const char *path, const char *staged_suffix, PoolerFile *ret_file,
                 Err *err)
{
    cleanup_(mem_free_pointer) char *real = realpath(path, NULL);
    struct stat st;

    if (!real || stat(real, &st) != 0)
    {
        file_error("read", path, err);
        return err_hint(
            err,
            "Correct \"file\" in the config file; pgbaton must run where PgBouncer's file is.");
    }
    *ret_file = (PoolerFile){
        .arena = arena,
        .path = arena_strdup(arena, real),
        .staged_path = arena_printf(arena, "%s.%s", real, staged_suffix),
    };
    if (!S_ISREG(st.st_mode) || is_mounted(real))
    {
        err_set(err, ERR_REFUSED, "PgBouncer's file \"%s\" cannot be replaced", path);
        err_detail(err, S_ISREG(st.st_mode) ? "It is a mount point by itself."
                                            : "It is not a regular file.");
        return err_hint(
            err,
            "Keep the database entries in a file of a directory, and include it by %%include.");
    }
    if (!read_all(arena, real, &ret_file->text, &ret_file->n_bytes, err))
        return err_hint(err, "Run pgbaton as the user who owns the file, or as root.");
    return true;
}

static bool
write_all(int fd, const char *text, size_t n_bytes)
{
    while (n_bytes > 0)
    {
        ssize_t n = write(fd, text, n_bytes);

        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
        {
            text += n;
            n_bytes -= (size_t)n;
        }
    }
    return true;
}

/* The owner is only set when it would be another one: nobody but root may. */
static bool
take_owner(int fd, const struct stat *old)
{
    struct stat new;

    return fstat(fd, &new) == 0 &&
           ((new.st_uid == old->st_uid &&new.st_gid == old->st_gid) ||
            fchown(fd, old->st_uid, old->st_gid) == 0) &&
           fchmod(fd, old->st_mode & 07777) == 0;
}

static bool
write_staged(PoolerFile *file, const char *text, size_t n_bytes, Err *err)
{
    struct stat old;
    cleanup_(close_fd) int fd = -1;

    if (stat(file->path, &old) != 0)
        return file_error("read", file->path, err);
    unlink(file->staged_path);
    fd = open(file->staged_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
    {
        file_error("write", file->staged_path, err);
        return err_hint(
            err,
            "Run pgbaton as a user who may write to that directory, such as the owner of the file.");
    }
    file->is_staged = true;
    if (!take_owner(fd, &old))
    {
        file_error("give its owner and mode to the new file", file->staged_path, err);
        return err_hint(err, "Run pgbaton as the user who owns \"%s\", or as root.", file->path);
    }
    if (write_all(fd, text, n_bytes) && fsync(fd) == 0)
        return true;
    file_error("write", file->staged_path, err);
    return err_hint(err, "See to the disk it is on, then run it again.");
}

static bool
mark_entry(const PoolerFile *file, PoolerEntries *entries, const char *name,
           const PoolerChange *change, Err *err)
{
    PoolerEntry *entry = pooler_text_find(entries, name);

    if (entry && entry->is_valid &&
        pooler_place_is(&entry->place, &change->from, change->socket_dir))
        entry->move_to = &change->to;
    else if (!entry || !entry->is_valid ||
             !pooler_place_is(&entry->place, &change->to, change->socket_dir))
    {
        err_set(err, ERR_FAILED, "the entry \"%s\" of \"%s\" was changed meanwhile", name,
                file->path);
        return err_detail(err, "It leads to neither server any more.");
    }
    return true;
}

static bool
make_text(const PoolerFile *file, const char *text, size_t n_bytes, const PoolerChange *change,
          Str *s, Err *err)
{
    PoolerEntries entries;

    if (!pooler_text_read(file->arena, text, n_bytes, file->path, &entries, err))
        return false;
    for (size_t i = 0; i < change->names.len; i++)
        if (!mark_entry(file, &entries, change->names.items[i], change, err))
            return false;
    pooler_text_move(text, n_bytes, &entries, s);
    return true;
}

static const char *
keep(Arena *arena, const Str *s)
{
    char *text = arena_alloc(arena, s->len + 1);

    memcpy(text, s->data, s->len);
    return text;
}

bool
pooler_file_stage(PoolerFile *file, const PoolerChange *change, Err *err)
{
    cleanup_(str_release) Str s = STR_INIT;

    if (!make_text(file, file->text, file->n_bytes, change, &s, err) ||
        !write_staged(file, s.data, s.len, err))
        return false;
    file->moved_text = keep(file->arena, &s);
    file->n_moved_bytes = s.len;
    return true;
}

static bool
equal(const char *a, size_t n_a, const char *b, size_t n_b)
{
    return a && b && n_a == n_b && memcmp(a, b, n_a) == 0;
}

/*
 * Going back, the very bytes come back that were there; in both directions only if nobody else has changed the file. Else the entries alone
 * are changed.
 */
static bool
prepare(PoolerFile *file, const char *now, size_t n_now, const PoolerChange *change,
        bool *ret_needed, Err *err)
{
    cleanup_(str_release) Str s = STR_INIT;

    if (!make_text(file, now, n_now, change, &s, err))
        return false;
    *ret_needed = !equal(now, n_now, s.data, s.len);
    if (!*ret_needed)
        return true;
    if (file->is_staged && equal(now, n_now, file->text, file->n_bytes) &&
        equal(s.data, s.len, file->moved_text, file->n_moved_bytes))
        return true;
    if (equal(now, n_now, file->moved_text, file->n_moved_bytes))
        return write_staged(file, file->text, file->n_bytes, err);
    return write_staged(file, s.data, s.len, err);
}

static int
lock_directory(const char *path)
{
    cleanup_(mem_free_pointer) char *copy = mem_strdup(path);
    char *slash = strrchr(copy, '/');
    int fd;

    slash[slash == copy] = '\0'; /* it is absolute */
    fd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        flock(fd, LOCK_EX); /* where that does not exist, it goes without */
    return fd;
}

bool
pooler_file_move(PoolerFile *file, const PoolerChange *change, Err *err)
{
    cleanup_(close_fd) int lock = lock_directory(file->path);
    const char *now = NULL;
    size_t n_now = 0;
    bool needed = false;

    (void)lock;
    if (!read_all(file->arena, file->path, &now, &n_now, err) ||
        !prepare(file, now, n_now, change, &needed, err))
        return false;
    if (!needed)
        return true;
    if (rename(file->staged_path, file->path) != 0)
        return file_error("replace", file->path, err);
    file->is_staged = false;
    return true;
}

void
pooler_file_sync(const PoolerFile *file)
{
    cleanup_(close_fd) int directory = lock_directory(file->path);

    if (directory >= 0)
        fsync(directory);
}

void
pooler_file_close(PoolerFile *file)
{
    if (file->staged_path)
        unlink(file->staged_path);
    file->is_staged = false;
}
