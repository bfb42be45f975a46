#include "repl/publication.h"

#include "pg/quote.h"

enum
{
    TABLES_PER_STATEMENT = 500 /* each one stays locked till the end of the transaction */
};

static void
add_create(Str *sql, Conn *publisher, const char *name, const char *comment,
           const char *marker_table, int subscriber_version)
{
    bool truncate = feature_available(FEATURE_TRUNCATE_REPLICATED, subscriber_version) &&
                    conn_has(publisher, FEATURE_TRUNCATE_REPLICATED);

    sql_format(
        sql,
        "DROP PUBLICATION IF EXISTS %I;\nCREATE PUBLICATION %I FOR TABLE ONLY %Q WITH (publish = %L);\n"
        "COMMENT ON PUBLICATION %I IS %L;\n",
        name, name, "pgbaton", marker_table,
        truncate ? "insert, update, delete, truncate" : "insert, update, delete", name, comment);
}

static void
add_batch(Str *sql, const char *name, const QualifiedNames *tables, size_t start)
{
    sql_format(sql, "ALTER PUBLICATION %I ADD TABLE ", name);
    for (size_t i = start; i < tables->len && i < start + TABLES_PER_STATEMENT; i++)
        sql_format(sql, i > start ? ", ONLY %Q" : "ONLY %Q", tables->items[i].schema,
                   tables->items[i].name);
    str_add(sql, ";\n");
}

void
publication_add_sql(Str *sql, Conn *publisher, const char *name, const char *comment,
                    const QualifiedNames *tables, const char *marker_table, int subscriber_version)
{
    add_create(sql, publisher, name, comment, marker_table, subscriber_version);
    for (size_t start = 0; start < tables->len; start += TABLES_PER_STATEMENT)
        add_batch(sql, name, tables, start);
}

bool
publication_create(Conn *publisher, const char *name, const char *comment,
                   const QualifiedNames *tables, const char *marker_table, int subscriber_version,
                   Err *err)
{
    cleanup_(str_release) Str sql = STR_INIT;

    add_create(&sql, publisher, name, comment, marker_table, subscriber_version);
    if (!conn_exec(publisher, sql.data, err))
        return err_context(err, "creating publication \"%s\"", name);
    for (size_t start = 0; start < tables->len; start += TABLES_PER_STATEMENT)
    {
        str_clear(&sql);
        add_batch(&sql, name, tables, start);
        if (!conn_exec(publisher, sql.data, err))
            return err_context(err, "adding tables to publication \"%s\"", name);
    }
    return true;
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
