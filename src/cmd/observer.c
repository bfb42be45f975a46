#include "cmd/observer.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum
{
    LINE_EVERY_MS = 10000 /* when stderr is not a terminal */
};

static int64_t last_line_ms;

void
add_bytes(Str *s, int64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 1024 && unit + 1 < lengthof(units))
    {
        value /= 1024;
        unit++;
    }
    str_addf(s, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static void
show_step(void *context, const char *database, const char *step, const char *title, bool is_done,
          int64_t duration_ms)
{
    cleanup_(str_release) Str line = STR_INIT;

    (void)context;
    (void)step;
    if (!is_done)
    {
        log_debug("%s: %s …", database, title);
        return;
    }
    observer_end();
    str_addf(&line, "%s: %s, ", database, title);
    clock_add_duration(&line, duration_ms);
    log_info("%s", line.data);
}

static void
show_note(void *context, const char *database, const char *text)
{
    (void)context;
    log_info("%s: %s", database, text);
}

static void
show_warning(void *context, const char *database, const char *text)
{
    (void)context;
    log_warning("%s: %s", database, text);
}

static void
add_progress(Str *line, const char *database, const Progress *p, const CopyCounters *counters,
             int64_t elapsed_ms)
{
    int64_t streamed = counters->bytes;
    int64_t rows = p->rows_copied > counters->rows ? p->rows_copied : counters->rows;
    double rate = elapsed_ms > 0 ? (double)streamed * 1000.0 / (double)elapsed_ms : 0;
    double row_rate = elapsed_ms > 0 ? (double)counters->rows * 1000.0 / (double)elapsed_ms : 0;

    str_addf(line, "%s: copied ", database);
    add_bytes(line, p->bytes_copied > streamed ? p->bytes_copied : streamed);
    str_addf(line, ", %lld of about %lld rows, ", (long long)rows,
             (long long)(p->row_estimate > rows ? p->row_estimate : rows));
    add_bytes(line, (int64_t)rate);
    str_add(line, "/s");
    if (p->chunks_left > 0 && row_rate > 0 && p->row_estimate > rows)
    {
        str_add(line, ", ");
        clock_add_duration(line, (int64_t)((double)(p->row_estimate - rows) / row_rate * 1000.0));
        str_add(line, " left");
    }
    str_addf(line, "; tables %lld of %lld, indexes %lld of %lld",
             (long long)(p->tables - p->tables_to_copy), (long long)p->tables,
             (long long)(p->indexes - p->indexes_left), (long long)p->indexes);
}

static void
show_progress(void *context, const char *database, const Progress *progress,
              const CopyCounters *counters, int64_t start_ms)
{
    cleanup_(str_release) Str line = STR_INIT;

    (void)context;
    if (!log_wants(LOG_INFO))
        return;
    add_progress(&line, database, progress, counters, clock_ms() - start_ms);
    if (isatty(STDERR_FILENO))
        log_status_line(line.data);
    else if (clock_ms() - last_line_ms >= LINE_EVERY_MS)
    {
        last_line_ms = clock_ms();
        log_info("%s", line.data);
    }
}

void
observer_end(void)
{
    if (isatty(STDERR_FILENO))
        log_status_line(NULL);
}

const FlowObserver command_observer = {
    .step = show_step,
    .note = show_note,
    .warning = show_warning,
    .progress = show_progress,
};
