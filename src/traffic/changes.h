/*
 * The statements of a transaction. Each one notes what it did in writer->pending.
 */
#ifndef PGBATON_TRAFFIC_CHANGES_H
#define PGBATON_TRAFFIC_CHANGES_H

#include "traffic/writer.h"

/* Runs all statements of a randomly chosen kind of transaction, from BEGIN on, but not its end. */
StepResult changes_run(Writer *writer);

/* After the end: brings the live rows up to date, or (not certain) forgets the rows it touched. */
void changes_committed(Writer *writer);
void changes_uncertain(Writer *writer);

/* After an error: forgets the rows it chose, lest a lost row makes the same error for ever. */
void changes_failed(Writer *writer);

#endif
