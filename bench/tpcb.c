/*
 * tpcb CONNINFO CLIENTS RATE SECONDS SCALE LOG: pgbench's TPC-B by clients that follow a switchover.
 *
 * pgbench's own clients end with their connection; these connect again, as an application does, and try the transaction in hand
 * again unless its COMMIT was under way. Each client has a thread and a fixed schedule of RATE / CLIENTS transactions a second
 * (0: as fast as they can). Every acknowledged commit is a line of LOG: "TIME CLIENT PORT HOST WAIT", microseconds since 1970 and
 * since the transaction was due. Counts are printed as JSON. Built by bench/bench-pause.
 */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct Client
{
    pthread_t thread;
    int number;
    unsigned seed;
    PGconn *pg;
    long committed, interrupted, ambiguous, errors, connects;
} Client;

static const char *conninfo;
static int n_clients, scale;
static double rate;
static int64_t end_us;
static FILE *commits;

static int64_t
now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int
random_to(Client *c, int n)
{
    return 1 + (int)((double)n * rand_r(&c->seed) / ((double)RAND_MAX + 1));
}

/* 0: done; otherwise the connection is no longer to be used. */
static int
run(Client *c, const char *sql)
{
    PGresult *result = PQexec(c->pg, sql);
    ExecStatusType status = PQresultStatus(result);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    int rc = 0;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    {
        rc = 1;
        /* A server that ends us, goes away, or became read-only: that is what a switchover looks like. */
        if (state && PQstatus(c->pg) == CONNECTION_OK && strncmp(state, "57P", 3) != 0 &&
            strncmp(state, "08", 2) != 0 && strcmp(state, "25006") != 0)
        {
            c->errors++;
            fprintf(stderr, "client %d: %s", c->number, PQresultErrorMessage(result));
        }
    }
    PQclear(result);
    return rc;
}

static bool
connected(Client *c)
{
    /* As applications do: the next attempt after a time that grows, here from 1 to 32 ms. */
    for (useconds_t wait_us = 1000; !c->pg && now_us() < end_us; wait_us *= wait_us < 32000 ? 2 : 1)
    {
        c->pg = PQconnectdb(conninfo);
        c->connects++;
        if (PQstatus(c->pg) == CONNECTION_OK)
            return true;
        PQfinish(c->pg);
        c->pg = NULL;
        usleep(wait_us);
    }
    return c->pg != NULL;
}

static int
up_to_commit(Client *c, int aid, int bid, int tid, int delta)
{
    char sql[6][200];

    snprintf(sql[0], sizeof sql[0], "BEGIN");
    snprintf(sql[1], sizeof sql[1],
             "UPDATE pgbench_accounts SET abalance = abalance + %d WHERE aid = %d", delta, aid);
    snprintf(sql[2], sizeof sql[2], "SELECT abalance FROM pgbench_accounts WHERE aid = %d", aid);
    snprintf(sql[3], sizeof sql[3],
             "UPDATE pgbench_tellers SET tbalance = tbalance + %d WHERE tid = %d", delta, tid);
    snprintf(sql[4], sizeof sql[4],
             "UPDATE pgbench_branches SET bbalance = bbalance + %d WHERE bid = %d", delta, bid);
    snprintf(
        sql[5], sizeof sql[5],
        "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (%d, %d, %d, %d, CURRENT_TIMESTAMP)",
        tid, bid, aid, delta);
    for (int i = 0; i < 6; i++)
        if (run(c, sql[i]))
            return 1;
    return 0;
}

static void
transaction(Client *c, int64_t due_us)
{
    int aid = random_to(c, 100000 * scale), bid = random_to(c, scale),
        tid = random_to(c, 10 * scale);
    int delta = random_to(c, 10001) - 5001;

    while (connected(c))
    {
        int64_t done_us;

        if (up_to_commit(c, aid, bid, tid, delta))
            c->interrupted++;
        else if (run(c, "COMMIT"))
        {
            c->ambiguous++;
            due_us = 0;
        }
        else
        {
            done_us = now_us();
            c->committed++;
            fprintf(commits, "%lld %d %s %s %lld\n", (long long)done_us, c->number, PQport(c->pg),
                    PQhost(c->pg), (long long)(done_us - due_us));
            return;
        }
        PQfinish(c->pg);
        c->pg = NULL;
        if (!due_us)
            return;
    }
}

static void *
client(void *arg)
{
    Client *c = arg;
    int64_t interval_us = rate > 0 ? (int64_t)(1e6 * n_clients / rate) : 0;
    int64_t due_us = now_us() + interval_us * c->number / n_clients;

    while (now_us() < end_us)
    {
        int64_t wait_us = due_us - now_us();

        if (interval_us && wait_us > 0)
            usleep((useconds_t)wait_us);
        else
            due_us = now_us();
        transaction(c, due_us);
        due_us += interval_us;
    }
    PQfinish(c->pg);
    return NULL;
}

int
main(int argc, char **argv)
{
    Client *clients;
    Client sum = {0};

    if (argc != 7)
        return fprintf(stderr, "usage: tpcb CONNINFO CLIENTS RATE SECONDS SCALE LOG\n"), 2;
    conninfo = argv[1];
    n_clients = atoi(argv[2]);
    rate = atof(argv[3]);
    end_us = now_us() + (int64_t)(atof(argv[4]) * 1e6);
    scale = atoi(argv[5]);
    commits = fopen(argv[6], "a");
    clients = calloc((size_t)n_clients, sizeof *clients);
    if (!commits || !clients)
        return perror(argv[6]), 1;
    for (int i = 0; i < n_clients; i++)
    {
        clients[i].number = i;
        clients[i].seed = (unsigned)(now_us() + i * 7919);
        if (pthread_create(&clients[i].thread, NULL, client, &clients[i]))
            return perror("pthread_create"), 1;
    }
    for (int i = 0; i < n_clients; i++)
    {
        pthread_join(clients[i].thread, NULL);
        sum.committed += clients[i].committed;
        sum.interrupted += clients[i].interrupted;
        sum.ambiguous += clients[i].ambiguous;
        sum.errors += clients[i].errors;
        sum.connects += clients[i].connects;
    }
    fclose(commits);
    printf(
        "{\"committed\": %ld, \"interrupted\": %ld, \"ambiguous\": %ld, \"errors\": %ld, \"connects\": %ld}\n",
        sum.committed, sum.interrupted, sum.ambiguous, sum.errors, sum.connects);
    free(clients);
    return 0;
}
