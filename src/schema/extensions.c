#include "schema/extensions.h"

#include "base/str.h"
#include "sql/sql.h"

static bool
refuse_unknown(Conn *source, const char *names, Err *err)
{
    cleanup_(result_release) PGresult *unknown = NULL;

    if (!conn_query(source, sql_extensions_unknown, PARAMS(names), &unknown, err))
        return false;
    if (PQntuples(unknown) == 0)
        return true;
    err_set(err, ERR_REFUSED, "database \"%s\" of the source has no extension \"%s\"",
            conn_dbname(source), result_text(unknown, 0, 0));
    err_detail(err, "Only what the source has installed in that database is copied.");
    return err_hint(err, "List them by: pgbaton extensions copy --dry-run, without --extension");
}

/* The first refusal is the error, those after it are named in its detail. */
static bool
refuse(const PGresult *plan, Err *err)
{
    cleanup_(str_release) Str others = STR_INIT;
    int column = result_column(plan, "refusal");
    const char *first = NULL;

    for (int row = 0; row < PQntuples(plan); row++)
    {
        const char *refusal = result_text(plan, row, column);

        if (refusal && first)
            str_addf(&others, " Also: %s.", refusal);
        else if (refusal)
        {
            first = refusal;
            err_set(err, ERR_REFUSED, "%s", refusal);
            err_hint(err, "%s", result_text(plan, row, result_column(plan, "hint")));
        }
    }
    return !first || err_detail(err, "Nothing was changed.%s", others.data);
}

bool
extensions_plan(Conn *source, Conn *target, const ExtensionsWanted *wanted, Arena *arena,
                Statements *ret, Err *err)
{
    cleanup_(result_release) PGresult *plan = NULL;
    const char *of_source;

    if ((wanted->only && !refuse_unknown(source, wanted->only, err)) ||
        !conn_value(source, arena, sql_extensions_read, NO_PARAMS, &of_source, err) ||
        !conn_query(target, sql_extensions_plan,
                    PARAMS(of_source, wanted->only, wanted->update ? "true" : "false",
                           wanted->exact ? "true" : "false"),
                    &plan, err) ||
        !refuse(plan, err))
        return false;
    statements_add_result(plan, arena, ret);
    return true;
}
