#define _GNU_SOURCE
#include "cmd/init_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "pg/conninfo.h"

enum
{
    COMMENT_WIDTH = 96
};

/* In lines of bearable length. */
static void
add_comment(Str *s, const char *text)
{
    size_t column = 0;

    for (const char *word = text; *word;)
    {
        size_t len = strcspn(word, " ");

        if (column == 0 || column + 1 + len > COMMENT_WIDTH)
        {
            str_add(s, column ? "\n#" : "#");
            column = 1;
        }
        str_add_char(s, ' ');
        str_add_bytes(s, word, len);
        column += len + 1;
        word += len + (word[len] == ' ');
    }
    str_add_char(s, '\n');
}

bool
init_add_config(Str *s, InitValue value, void *user, Err *err)
{
    const char *section = "";

    str_add(
        s,
        "# Settings of pgbaton, written by \"pgbaton init\". They are explained by: pgbaton help settings\n");
    for (const Option *row = global_options; row->name; row++)
    {
        const char *text;
        const char *preset;

        if (!row->section)
            continue;
        if (strcmp(section, row->section) != 0)
            str_addf(s, "\n[%s]\n", row->section);
        else
            str_add_char(s, '\n');
        section = row->section;
        add_comment(s, row->help);
        text = value(user, row);
        preset = text ? text : row->default_text ? row->default_text : "";
        if (text && strpbrk(text, "\r\n"))
        {
            err_set(err, ERR_USAGE, "the value of \"%s\" in section [%s] has more than one line",
                    row->key, row->section);
            err_detail(err, "A value in the config file ends with its line.");
            return err_hint(err, "Give --%s in one line.", row->name);
        }
        str_addf(s, "%s%s =%s%s\n", text ? "" : "#", row->key, *preset ? " " : "", preset);
    }
    return true;
}

static bool
file_error(Err *err, const char *what, const char *file)
{
    int reason = errno;

    err_set(err, ERR_FAILED, "could not %s \"%s\"", what, file);
    err_detail(err, "%s.", strerror(reason));
    return err_hint(err, "Name another place by --config FILE.");
}

static bool
exists_error(const char *file, Err *err)
{
    err_set(err, ERR_REFUSED, "config file \"%s\" is already there", file);
    err_detail(err, "It would be overwritten.");
    return err_hint(err,
                    "Overwrite it by: pgbaton init --yes, or name another one by --config FILE.");
}

bool
init_check_absent(const char *file, Err *err)
{
    struct stat st;

    return lstat(file, &st) == 0 ? exists_error(file, err) : true;
}

static bool
write_all(int fd, const char *data, size_t len)
{
    while (len > 0)
    {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Waits until a rename in the file's directory would survive a crash of the host. */
static void
sync_directory(const char *file)
{
    cleanup_(str_release) Str directory = STR_INIT;
    const char *slash = strrchr(file, '/');
    int fd;

    str_add_bytes(&directory, slash ? file : ".", slash ? (size_t)(slash - file) + 1 : 1);
    fd = open(directory.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

static bool
make_like(int fd, const struct stat *like)
{
    struct stat st;

    return !like || (fstat(fd, &st) == 0 &&
                     ((st.st_uid == like->st_uid && st.st_gid == like->st_gid) ||
                      fchown(fd, like->st_uid, like->st_gid) == 0) &&
                     fchmod(fd, like->st_mode & 07777) == 0);
}

static bool
place_file(const char *file, const Str *text, bool overwrite, const struct stat *like, Err *err)
{
    cleanup_(str_release) Str temporary = STR_INIT;
    bool written;
    bool placed = false;
    int fd;

    str_addf(&temporary, "%s.XXXXXX", file);
    fd = mkostemp(temporary.data, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return file_error(err, "write", file);
    written = make_like(fd, like) && write_all(fd, text->data, text->len) && fsync(fd) == 0;
    if (close(fd) != 0 || !written)
        file_error(err, "write", temporary.data);
    /*
     * link() fails when the name is taken, where rename() would replace a file that appeared
     * meanwhile.
     */
    else if (overwrite ? rename(temporary.data, file) == 0 : link(temporary.data, file) == 0)
        placed = true;
    else if (errno == EEXIST)
        exists_error(file, err);
    else
        file_error(err, "write", file);
    if (!placed || !overwrite)
        unlink(temporary.data);
    sync_directory(file);
    return placed;
}

bool
init_write_file(const char *file, const Str *text, bool overwrite, Err *err)
{
    return place_file(file, text, overwrite, NULL, err);
}

bool
init_replace_file(const char *file, const Str *text, const struct stat *like, Err *err)
{
    return place_file(file, text, true, like, err);
}

static bool
passfile_path(Str *path, Err *err)
{
    const char *named = getenv("PGPASSFILE");
    const char *home = getenv("HOME");

    if (named && *named)
        str_add(path, named);
    else if (home && *home)
        str_addf(path, "%s/.pgpass", home);
    else
        return err_set(err, ERR_FAILED,
                       "could not find the password file: neither PGPASSFILE nor HOME is set");
    return true;
}

bool
init_read_file(const char *file, Str *text, Err *err)
{
    char buffer[4096];
    FILE *stream = fopen(file, "re");
    size_t n;
    bool fine;

    if (!stream)
        return errno == ENOENT ? true : file_error(err, "read", file);
    while ((n = fread(buffer, 1, sizeof(buffer), stream)) > 0)
        str_add_bytes(text, buffer, n);
    fine = !ferror(stream) || file_error(err, "read", file);
    fclose(stream);
    return fine;
}

bool
init_add_to_passfile(PGconn *pg, const char *password, Err *err)
{
    cleanup_(str_release) Str path = STR_INIT;
    cleanup_(str_release) Str text = STR_INIT;
    cleanup_(mem_free_pointer) char *resolved = NULL;

    if (!passfile_path(&path, err))
        return false;
    resolved = realpath(path.data, NULL); /* a symbolic link stays one */
    passfile_add(&text, pg, password);    /* libpq takes the first line that fits */
    if (!init_read_file(resolved ? resolved : path.data, &text, err))
        return false;
    return init_write_file(resolved ? resolved : path.data, &text, true, err);
}
