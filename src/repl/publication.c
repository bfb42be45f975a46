#include "repl/publication.h"

#include "pg/quote.h"

static void
add_tables(Str *sql, const QualifiedNames *tables)
{
    for (size_t i = 0; i < tables->len; i++)
        sql_format(sql, i ? ", ONLY %Q" : "ONLY %Q", tables->items[i].schema,
                   tables->items[i].name);
}

void
publication_add_sql(Str *sql, Conn *publisher, const char *name, const char *comment,
                    const QualifiedNames *tables, const char *marker_table, int subscriber_version)
{
    bool truncate = feature_available(FEATURE_TRUNCATE_REPLICATED, subscriber_version) &&
                    conn_has(publisher, FEATURE_TRUNCATE_REPLICATED);

    sql_format(sql, "DROP PUBLICATION IF EXISTS %I; CREATE PUBLICATION %I FOR TABLE ", name, name);
    add_tables(sql, tables);
    sql_format(sql, tables->len ? ", ONLY %Q" : "ONLY %Q", "pgbaton", marker_table);
    sql_format(sql, " WITH (publish = %L); COMMENT ON PUBLICATION %I IS %L;",
               truncate ? "insert, update, delete, truncate" : "insert, update, delete", name,
               comment);
}

bool
publication_create(Conn *publisher, const char *name, const char *comment,
                   const QualifiedNames *tables, const char *marker_table, int subscriber_version,
                   Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    publication_add_sql(&sql, publisher, name, comment, tables, marker_table, subscriber_version);
    return conn_exec(publisher, sql.data, err) ||
           err_context(err, "creating publication \"%s\"", name);
}

bool
publication_remove_tables(Conn *publisher, const char *name, const QualifiedNames *tables, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    for (size_t i = 0; i < tables->len; i++)
    {
        cleanup_(arena_release) Arena arena = {0};
        const char *published;

        /* The table itself may be gone, or this may be the second try. */
        if (!conn_value(
                publisher, &arena,
                "SELECT 1 FROM pg_catalog.pg_publication_tables WHERE pubname = $1 AND schemaname = $2 AND tablename = $3",
                PARAMS(name, tables->items[i].schema, tables->items[i].name), &published, err))
            return false;
        if (published)
            sql_format(&sql, "ALTER PUBLICATION %I DROP TABLE ONLY %Q;", name,
                       tables->items[i].schema, tables->items[i].name);
    }
    return sql.len == 0 || conn_exec(publisher, sql.data, err) ||
           err_context(err, "removing tables from publication \"%s\"", name);
}

bool
publication_drop(Conn *publisher, const char *name, Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    sql_format(&sql, "DROP PUBLICATION IF EXISTS %I", name);
    return conn_exec(publisher, sql.data, err) ||
           err_context(err, "dropping publication \"%s\"", name);
}
