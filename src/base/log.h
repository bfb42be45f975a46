/*
 * The log, on stderr. Every line is redacted. Below cmd/ only log_debug is used: libraries return errors instead.
 */
#ifndef PGBATON_BASE_LOG_H
#define PGBATON_BASE_LOG_H

#include <stdbool.h>

#include "base/err.h"

typedef enum LogLevel
{
    LOG_QUIET, /* errors only */
    LOG_INFO,
    LOG_DEBUG, /* -v: also every SQL statement */
} LogLevel;

void log_set_level(LogLevel level);
bool log_wants(LogLevel level);

void log_info(const char *format, ...) printf_(1, 2);
void log_warning(const char *format, ...) printf_(1, 2);
void log_debug(const char *format, ...) printf_(1, 2);

/* Prints an error in three lines: message, detail, hint. */
void log_error(const Err *err);

/*
 * While progress is shown on the terminal's last line, every log line first wipes it. NULL ends it.
 * The text is one line without its end.
 */
void log_status_line(const char *text);

#endif
