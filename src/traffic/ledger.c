#define _GNU_SOURCE
#include "traffic/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
ledger_begin(Str *line, LedgerKind kind, int64_t run, int writer, int64_t n)
{
    str_addf(line, "%c %015llx %d %lld", kind, (unsigned long long)run, writer, (long long)n);
}

void
ledger_add_change(Str *line, const LedgerChange *change)
{
    char hex[MD5_HEX_SIZE];

    str_addf(line, " %c%c%lld", change->table, change->verb, (long long)change->key);
    if (change->verb == VERB_ADD)
    {
        str_addf(line, "@%lld", (long long)change->amount);
        return;
    }
    if (change->table != TABLE_TXN)
        str_addf(line, ".%d", change->slot);
    if (change->verb == VERB_DELETE)
        return;
    md5_to_hex(&change->sum, hex);
    str_addf(line, ":%s", hex);
}

void
ledger_end(Str *line)
{
    str_add(line, " .\n");
}

/* A decimal number at *p, which moves behind it. */
static bool
read_number(const char **p, int64_t min, int64_t max, int64_t *ret_number)
{
    char *end;
    long long value;

    if (**p != '-' && (**p < '0' || **p > '9'))
        return false;
    errno = 0;
    value = strtoll(*p, &end, 10);
    if (end == *p || errno != 0 || value < min || value > max)
        return false;
    *p = end;
    *ret_number = value;
    return true;
}

static bool
read_run(const char **p, int64_t *ret_run)
{
    int64_t run = 0;

    for (int i = 0; i < 15; i++, (*p)++)
    {
        static const char digits[] = "0123456789abcdef";
        const char *digit = **p ? strchr(digits, **p) : NULL;

        if (!digit)
            return false;
        run = run * 16 + (digit - digits);
    }
    *ret_run = run;
    return true;
}

static bool
skip(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

bool
ledger_parse(char *line, LedgerLine *ret_line)
{
    const char *p = line;
    size_t len = strlen(line);
    int64_t writer;

    *ret_line = (LedgerLine){0};
    if (len < 4 || !strchr("RIAB?", line[0]) || strcmp(line + len - 2, " .") != 0)
        return false;
    line[len - 2] = '\0';
    ret_line->kind = (LedgerKind)*p++;
    if (ret_line->kind == LEDGER_RUN)
        return strncmp(p, " 1 ", 3) == 0 && (p += 3, read_run(&p, &ret_line->run)) && skip(&p, ' ');
    if (!skip(&p, ' ') || !read_run(&p, &ret_line->run) || !skip(&p, ' ') ||
        !read_number(&p, 0, INT_MAX, &writer) || !skip(&p, ' ') ||
        !read_number(&p, 1, INT32_MAX, &ret_line->n))
        return false;
    ret_line->writer = (int)writer;
    ret_line->changes = p;
    return ret_line->kind == LEDGER_INTENT ? *p == ' ' : *p == '\0';
}

static bool
read_change(const char **p, LedgerChange *change)
{
    bool is_row;
    int64_t slot;

    if (!skip(p, ' ') || !**p || !strchr("tindacw", **p))
        return false;
    change->table = *(*p)++;
    if (!**p || !strchr("+=-~", **p))
        return false;
    change->verb = *(*p)++;
    if (!read_number(p, 0, INT64_MAX, &change->key))
        return false;
    if ((strchr("acw", change->table) != NULL) != (change->verb == VERB_ADD) ||
        (change->table == TABLE_TXN && change->verb != VERB_INSERT))
        return false;
    if (change->verb == VERB_ADD)
        return skip(p, '@') && read_number(p, INT32_MIN, INT32_MAX, &change->amount);
    is_row = change->table != TABLE_TXN;
    if (is_row && (!skip(p, '.') || !read_number(p, 0, INT16_MAX, &slot)))
        return false;
    change->slot = is_row ? (int)slot : 0;
    if (change->verb == VERB_DELETE)
        return true;
    if (!skip(p, ':') || !md5_from_hex(*p, &change->sum))
        return false;
    *p += MD5_HEX_SIZE - 1;
    return true;
}

bool
ledger_next_change(const char **changes, LedgerChange *ret_change, bool *ret_ok)
{
    *ret_ok = true;
    *ret_change = (LedgerChange){0};
    if (!**changes)
        return false;
    *ret_ok = read_change(changes, ret_change) && (!**changes || **changes == ' ');
    return *ret_ok;
}

static bool
file_error(const char *action, const char *path, Err *err)
{
    int number = errno;

    err_set(err, ERR_FAILED, "could not %s the ledger \"%s\"", action, path);
    err_detail(err, "%s.", strerror(number));
    return err_hint(err, "Give a file that can be %s: --ledger FILE",
                    strcmp(action, "read") == 0 ? "read" : "written, in a directory that is there");
}

static bool
end_torn_line(int fd, const char *path, Err *err)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char last;

    if (size == 0)
        return true;
    if (size < 0 || pread(fd, &last, 1, size - 1) != 1)
        return file_error("read", path, err);
    if (last != '\n' && write(fd, " !\n", 3) != 3)
        return file_error("write", path, err);
    return true;
}

bool
ledger_open(const char *path, int *ret_fd, Err *err)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

    if (fd < 0)
        return file_error("open", path, err);
    if (!end_torn_line(fd, path, err))
    {
        close(fd);
        return false;
    }
    *ret_fd = fd;
    return true;
}

bool
ledger_write(int fd, const Str *line, Err *err)
{
    ssize_t written;
    int number;

    do
        written = write(fd, line->data, line->len);
    while (written < 0 && errno == EINTR);
    number = errno;
    if (written == (ssize_t)line->len)
        return true;
    err_set(err, ERR_FAILED, "could not write to the ledger");
    err_detail(err, "%s.", written < 0 ? strerror(number) : "Only a part of the line fitted");
    return err_hint(err, "Make room where the ledger is, and start again with a new one.");
}

/* One line of the file; *ret_end at its end. */
static bool
visit_line(char *text, const char *path, int64_t number, LedgerVisit visit, void *arg, Err *err)
{
    size_t len = strlen(text);
    LedgerLine line;

    if (len == 0 || (len >= 2 && strcmp(text + len - 2, " !") == 0))
        return true;
    if (ledger_parse(text, &line) && visit(arg, &line))
        return true;
    err_set(err, ERR_FAILED, "ledger \"%s\", line %lld: malformed", path, (long long)number);
    err_detail(err, "It is not a line that this version of pgbaton writes there.");
    return err_hint(err, "Give the file that \"pgbaton traffic run --ledger\" wrote, unchanged.");
}

bool
ledger_read(const char *path, int64_t *size, LedgerVisit visit, void *arg, Err *err)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    char *text = NULL;
    size_t capacity = 0;
    int64_t at = 0;
    bool ok = true;

    if (!file)
        return file_error("read", path, err);
    if (*size < 0)
        *size = fstat(fileno(file), &status) == 0 ? (int64_t)status.st_size : 0;
    for (int64_t number = 1; ok && at < *size; number++)
    {
        ssize_t len = getline(&text, &capacity, file);

        /* A last line without newline was torn, or is just being written. */
        if (len <= 0 || text[len - 1] != '\n')
            break;
        at += len;
        text[len - 1] = '\0';
        ok = visit_line(text, path, number, visit, arg, err);
    }
    if (ok && ferror(file))
        ok = file_error("read", path, err);
    free(text);
    fclose(file);
    return ok;
}
