#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/redact.h"
#include "base/str.h"

static LogLevel level = LOG_INFO;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *status_line;

void
log_set_level(LogLevel new_level)
{
    level = new_level;
}

bool
log_wants(LogLevel wanted)
{
    return level >= wanted;
}

static void
put_line(const char *prefix, const char *text)
{
    cleanup_(str_release) Str line = STR_INIT;

    str_add(&line, prefix);
    redact_add(&line, text);
    str_add_char(&line, '\n');
    fflush(stdout); /* where both go to one place they stay in order */
    pthread_mutex_lock(&lock);
    if (status_line)
        fputs("\r\033[K", stderr);
    fputs(line.data, stderr);
    if (status_line)
        fputs(status_line, stderr);
    fflush(stderr);
    pthread_mutex_unlock(&lock);
}

static void put_formatted(const char *prefix, const char *format, va_list args) printf_(2, 0);

static void
put_formatted(const char *prefix, const char *format, va_list args)
{
    cleanup_(str_release) Str text = STR_INIT;

    str_addv(&text, format, args);
    put_line(prefix, text.data);
}

void
log_info(const char *format, ...)
{
    va_list args;

    if (!log_wants(LOG_INFO))
        return;
    va_start(args, format);
    put_formatted("", format, args);
    va_end(args);
}

void
log_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put_formatted("warning: ", format, args);
    va_end(args);
}

void
log_debug(const char *format, ...)
{
    va_list args;

    if (!log_wants(LOG_DEBUG))
        return;
    va_start(args, format);
    put_formatted("debug: ", format, args);
    va_end(args);
}

void
log_error(const Err *err)
{
    cleanup_(str_release) Str text = STR_INIT;

    str_add(&text, err->message ? err->message : "unknown error");
    if (err->sqlstate[0])
        str_addf(&text, " (SQLSTATE %s)", err->sqlstate);
    put_line("error: ", text.data);
    if (err->detail)
        put_line("detail: ", err->detail);
    if (err->hint)
        put_line("hint: ", err->hint);
}

void
log_status_line(const char *text)
{
    pthread_mutex_lock(&lock);
    if (status_line)
        fputs("\r\033[K", stderr);
    free(status_line);
    status_line = text ? redact(text) : NULL;
    if (status_line)
        fputs(status_line, stderr);
    fflush(stderr);
    pthread_mutex_unlock(&lock);
}
