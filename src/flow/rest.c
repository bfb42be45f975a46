#include "flow/rest.h"

#include "catalog/catalog.h"
#include "pg/quote.h"

bool
rest_copy_sequences(Conn *from, Conn *to, Err *err)
{
    cleanup_(arena_release) Arena scratch = {0};
    SequenceValues sequences = {0};

    return catalog_sequences(from, &scratch, &sequences, err) &&
           catalog_set_sequences(to, &sequences, err);
}

bool
rest_refresh_matviews(Conn *from, Conn *to, Arena *arena, Err *err)
{
    QualifiedNames names = {0};

    if (!catalog_matviews(from, arena, &names, err))
        return false;
    for (size_t i = 0; i < names.len; i++)
    {
        cleanup_(str_release) Str sql = STR_INIT;

        sql_format(&sql, "REFRESH MATERIALIZED VIEW %Q", names.items[i].schema,
                   names.items[i].name);
        if (!conn_exec(to, sql.data, err))
            return err_context(err, "refreshing materialised view \"%s.%s\"", names.items[i].schema,
                               names.items[i].name);
    }
    return true;
}
