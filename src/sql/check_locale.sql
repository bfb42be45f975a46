-- $1: source_database
SELECT $1::pg_catalog.jsonb ->> 'locale' AS source, l.locale AS target
  FROM (SELECT pg_catalog.concat_ws(', ',
                   CASE COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END,
                   pg_catalog.replace(pg_catalog.lower(d.datcollate), 'utf-8', 'utf8'),
                   pg_catalog.replace(pg_catalog.lower(d.datctype), 'utf-8', 'utf8'),
                   COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale')) AS locale
          FROM pg_catalog.pg_database AS d
         WHERE d.datname = pg_catalog.current_database()) AS l
 WHERE l.locale <> $1::pg_catalog.jsonb ->> 'locale'
