#include "traffic/writer.h"

#include "base/cancel.h"
#include "base/clock.h"
#include "traffic/changes.h"

enum
{
    ROLLBACK_PERCENT = 10
};

/* Notes the outcome of the transaction in hand. False ends the run. */
static bool
write_ledger(Writer *writer, LedgerKind kind)
{
    str_clear(&writer->line);
    ledger_begin(&writer->line, kind, writer->run->number, writer->number, writer->n);
    for (int i = 0; kind == LEDGER_INTENT && i < writer->n_pending; i++)
        ledger_add_change(&writer->line, &writer->pending[i].change);
    ledger_end(&writer->line);
    if (ledger_write(writer->run->ledger_fd, &writer->line, &writer->err))
        return true;
    atomic_store(&writer->run->stop, true);
    return false;
}

static bool
write_commit_log(Writer *writer, int64_t committed_us)
{
    if (writer->run->commit_log_fd < 0 ||
        commit_log_write(writer->run->commit_log_fd, committed_us, writer->number,
                         writer->session.pg, &writer->err))
        return true;
    atomic_store(&writer->run->stop, true);
    return false;
}

/* What a failure means for the connection and the counts. */
static void
after_failure(Writer *writer, StepResult step)
{
    switch (step)
    {
        case STEP_OK:
        case STEP_STOP:
            break;
        case STEP_RETRY:
            writer->counts.retries++;
            break;
        case STEP_RECONNECT:
            writer->counts.interrupted++;
            session_close(&writer->session);
            break;
        case STEP_ERROR:
            changes_failed(writer);
            break;
    }
}

static bool
commit(Writer *writer)
{
    StepResult step = STEP_OK;
    int64_t committed_us;

    if (!write_ledger(writer, LEDGER_INTENT))
    {
        session_rollback(&writer->session);
        return false;
    }
    switch (session_commit(&writer->session, &step))
    {
        case COMMIT_DONE:
            committed_us = stats_commit(&writer->run->stats, &writer->gap);
            writer->counts.committed++;
            changes_committed(writer);
            return write_ledger(writer, LEDGER_ACKNOWLEDGED) &&
                   write_commit_log(writer, committed_us);
        case COMMIT_NOT_DONE:
            after_failure(writer, step);
            return write_ledger(writer, LEDGER_ROLLED_BACK);
        case COMMIT_AMBIGUOUS:
            break;
    }
    writer->counts.ambiguous++;
    changes_uncertain(writer);
    session_close(&writer->session);
    return write_ledger(writer, LEDGER_AMBIGUOUS);
}

/* One transaction from BEGIN to its outcome in the ledger. False ends this writer. */
static bool
run_transaction(Writer *writer)
{
    StepResult step;
    bool on_purpose;

    writer->n++;
    step = changes_run(writer);
    on_purpose = step == STEP_OK && random_percent(&writer->random, ROLLBACK_PERCENT);
    if (step == STEP_OK && !on_purpose)
        return commit(writer);
    after_failure(writer, step);
    session_rollback(&writer->session);
    writer->counts.rolled_back += on_purpose;
    return write_ledger(writer, LEDGER_ROLLED_BACK) && step != STEP_STOP;
}

/*
 * Waits for this writer's next turn. Turns missed (by an outage) are not made up for: the rate is an upper bound.
 */
static void
wait_for_turn(const Writer *writer, int64_t *next_us)
{
    cleanup_(err_release) Err stopped = {0};
    int64_t now_us = clock_us();
    int64_t interval_us;

    if (writer->run->rate <= 0)
        return;
    interval_us = (int64_t)(1e6 * writer->run->n_writers / writer->run->rate);
    if (*next_us == 0)
        *next_us = now_us + interval_us * writer->number / writer->run->n_writers;
    if (*next_us < now_us - interval_us - 20000)
        *next_us = now_us;
    while (*next_us > now_us + 500 && !session_over(&writer->session))
    {
        int64_t wait_ms = (*next_us - now_us + 500) / 1000;

        if (!cancel_sleep(wait_ms < 100 ? wait_ms : 100, &stopped))
            return;
        now_us = clock_us();
    }
    *next_us += interval_us;
}

void *
writer_main(void *arg)
{
    Writer *writer = arg;
    int64_t next_us = 0;

    while (!session_over(&writer->session))
    {
        wait_for_turn(writer, &next_us);
        if (session_over(&writer->session) ||
            (!writer->session.pg && !session_connect(&writer->session)))
            break;
        if (!run_transaction(writer))
            break;
    }
    session_close(&writer->session);
    return NULL;
}

void
writer_release(Writer *writer)
{
    live_release(&writer->items);
    live_release(&writer->notes);
    live_release(&writer->documents);
    str_release(&writer->line);
    for (size_t i = 0; i < lengthof(writer->text); i++)
        str_release(&writer->text[i]);
    err_release(&writer->err);
}
