#include "copy/claim.h"

#include <string.h>

#include "copy/snapshot.h"
#include "pg/quote.h"
#include "sql/sql.h"

enum
{
    SMALL_TABLE_BYTES = 256 * 1024
};

static int64_t
page_or_open(const PGresult *result, int row, const char *column)
{
    int number = result_column(result, column);

    return PQgetisnull(result, row, number) ? -1 : result_i64(result, row, number);
}

static void
read_claims(const PGresult *result, Arena *arena, Claims *claims)
{
#define TEXT(column) arena_strdup(arena, result_text(result, row, result_column(result, column)))
    for (int row = 0; row < PQntuples(result); row++)
        *vec_push(claims, arena) = (Claim){
            .id = TEXT("id"),
            .kind = TEXT("kind"),
            .label = TEXT("label"),
            .sql = TEXT("sql"),
            .range =
                {
                    .first_page = page_or_open(result, row, "first_page"),
                    .end_page = page_or_open(result, row, "end_page"),
                    .key_column = TEXT("key_column"),
                    .first_key = TEXT("first_key"),
                    .end_key = TEXT("end_key"),
                },
            .n_chunks = result_i64(result, row, result_column(result, "n_chunks")),
            .is_large_objects = strcmp(TEXT("relation_kind"), "large objects") == 0,
            .relation =
                {
                    .schema = TEXT("schema_name"),
                    .name = TEXT("name"),
                    .columns_json = TEXT("columns"),
                    .copy_options = TEXT("copy_options"),
                    .condition = TEXT("condition"),
                    .table_bytes = result_i64(result, row, result_column(result, "table_bytes")),
                },
        };
#undef TEXT
}

bool
claim_is_chunk(const Claim *claim)
{
    return strcmp(claim->kind, "chunk") == 0;
}

bool
claim_is_small(const Claim *claim)
{
    return claim->relation.table_bytes <= SMALL_TABLE_BYTES && !claim->is_large_objects &&
           !claim->relation.condition;
}

bool
claims_take(Conn *target, const CopyJob *job, const Claim *first, bool may_build, Arena *arena,
            Claims *claims, Err *err)
{
    cleanup_(result_release) PGresult *result = NULL;

    if (!conn_query(target, sql_journal_claim,
                    PARAMS(job->migration, job->snapshot, may_build ? "true" : "false",
                           PARAM_I64(first ? CLAIM_BATCH - 1 : 1), first ? first->id : NULL,
                           first ? first->kind : NULL, PARAM_I64(SMALL_TABLE_BYTES)),
                    &result, err))
        return err_context(err, "claiming work");
    read_claims(result, arena, claims);
    return true;
}

/*
 * What is lost when the target crashes is lost with its outcome in the journal, so commits need not wait for the disk; there are many of
 * small tables.
 */
static bool
commit(Conn *target, const Claims *claims, Err *err)
{
    return conn_exec(
        target,
        claim_is_small(&claims->items[0]) ? "SET LOCAL synchronous_commit = off; COMMIT" : "COMMIT",
        err);
}

bool
claims_finish(Conn *target, const CopyJob *job, const Claims *claims, const CopyCount *counts,
              Err *err)
{
    cleanup_(arena_release) Arena arena = {0};
    const char *finished;
    cleanup_(str_release) Str ids = STR_INIT;
    cleanup_(str_release) Str rows = STR_INIT;
    cleanup_(str_release) Str bytes = STR_INIT;

    for (size_t i = 0; i < claims->len; i++)
    {
        sql_array_add(&ids, claims->items[i].id);
        sql_array_add(&rows, PARAM_I64(counts[i].rows));
        sql_array_add(&bytes, PARAM_I64(counts[i].bytes));
    }
    if ((claims->len > 1 && !conn_run(target, sql_journal_lock_relations,
                                      PARAMS(job->migration, ids.data), NULL, err)) ||
        !conn_value(target, &arena, sql_journal_finish,
                    PARAMS(job->migration, ids.data, rows.data, bytes.data, job->snapshot),
                    &finished, err))
        return false;
    if (*finished != 't')
        return snapshot_lost(err);
    return commit(target, claims, err);
}

bool
claim_explain_size(const Claim *claim, Err *err)
{
    cleanup_(str_release) Str table = STR_INIT;
    bool is_too_large = strstr(err->message, "invalid memory alloc request size") != NULL ||
                        strstr(err->message, "string buffer exceeds maximum") != NULL ||
                        strcmp(err->sqlstate, "54000") == 0; /* program_limit_exceeded */

    if (!claim_is_chunk(claim) || claim->is_large_objects ||
        (!is_too_large && strcmp(err->sqlstate, "53200") != 0)) /* out_of_memory */
        return false;
    sql_qualified(&table, claim->relation.schema, claim->relation.name);
    if (!is_too_large)
    {
        err_detail(err, "The server ran out of memory for a row of table %s, which it needs whole.",
                   table.data);
        return err_hint(err, "Give that server more memory, or copy with fewer --jobs.");
    }
    err_detail(
        err,
        "A row of table %s is too large to be sent: a server cannot handle more than 1 GB of one in one piece%s.",
        table.data,
        strstr(claim->relation.copy_options, "binary")
            ? ""
            : ", and this table's rows go as text, in which bytea takes twice its size");
    return err_hint(
        err,
        "Logical replication has the same limit: make such rows smaller, or leave the table out with --exclude and move it by other means.");
}
