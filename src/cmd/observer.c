#include "cmd/observer.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum
{
    LINE_EVERY_MS = 10000, /* when stderr is not a terminal */
    RATE_AFTER_MS = 1000,  /* before, it would tell of the start alone */
    LEFT_FROM_MS = 1000    /* less is not worth telling */
};

static int64_t last_line_ms;

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

/* Where this process's present go at the copy began. */
static struct
{
    int64_t start_ms; /* of the copy, which tells one copy from another */
    int64_t first_ms; /* when it was first told of the counters, and what they were then */
    int64_t first_rows;
    int64_t first_bytes;
    int64_t rows_before; /* committed by then */
    int64_t bytes_before;
    int64_t last_bytes; /* of the counters */
} base;

/* The counters begin anew with another database, and when the copy is taken up again after a lost connection. */
static void
find_base(const Progress *p, int64_t rows, int64_t bytes, int64_t start_ms)
{
    if (base.start_ms != start_ms || bytes < base.last_bytes)
    {
        base.start_ms = start_ms;
        base.first_ms = clock_ms();
        base.first_rows = rows;
        base.first_bytes = bytes;
        base.rows_before = p->rows_copied;
        base.bytes_before = p->bytes_copied;
    }
    base.last_bytes = bytes;
}

static int64_t
larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* From what this process copied, against what is left. */
static void
add_rate(Str *line, int64_t rows, int64_t bytes, int64_t rows_left)
{
    int64_t elapsed_ms = clock_ms() - base.first_ms;
    double left_ms;

    rows -= base.first_rows;
    bytes -= base.first_bytes;
    if (elapsed_ms < RATE_AFTER_MS || rows <= 0 || bytes <= 0)
        return;
    str_add(line, ", ");
    str_add_size(line, (int64_t)((double)bytes * 1000.0 / (double)elapsed_ms));
    str_add(line, "/s");
    left_ms = (double)rows_left * (double)elapsed_ms / (double)rows;
    if (left_ms < LEFT_FROM_MS)
        return;
    str_add(line, ", ");
    clock_add_duration(line, (int64_t)left_ms);
    str_add(line, " left");
}

static void
add_progress(Str *line, const char *database, const Progress *p, int64_t rows, int64_t bytes)
{
    int64_t all_rows = larger(p->rows_copied, base.rows_before + rows);
    int64_t rows_left = p->not_estimated == 0 ? p->rows_left - (all_rows - p->rows_copied) : 0;
    int64_t rows_expected = all_rows + rows_left;

    str_addf(line, "%s: copied ", database);
    str_add_size(line, larger(p->bytes_copied, base.bytes_before + bytes));
    str_addf(line, ", %lld ", (long long)all_rows);
    if (rows_left > 0)
        str_addf(line, "of about %lld ", (long long)rows_expected);
    str_add(line, "rows");
    if (p->chunks_left > 0)
        add_rate(line, rows, bytes, rows_left);
    str_addf(line, "; tables %lld of %lld, indexes %lld of %lld",
             (long long)(p->tables - p->tables_to_copy), (long long)p->tables,
             (long long)(p->indexes - p->indexes_left), (long long)p->indexes);
}

static void
show_progress(void *context, const char *database, const Progress *progress,
              const CopyCounters *counters, int64_t start_ms)
{
    cleanup_(str_release) Str line = STR_INIT;
    int64_t rows = counters->rows;
    int64_t bytes = counters->bytes;

    (void)context;
    if (!log_wants(LOG_INFO))
        return;
    find_base(progress, rows, bytes, start_ms);
    add_progress(&line, database, progress, rows, bytes);
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
