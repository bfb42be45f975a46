-- Locale names come in several spellings of one encoding: "en_US.UTF-8", "en_US.utf8".
SELECT pg_catalog.jsonb_build_object(
           'encoding', pg_catalog.pg_encoding_to_char(d.encoding),
           'locale', pg_catalog.concat_ws(', ',
                         CASE COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' ELSE 'builtin' END,
                         pg_catalog.replace(pg_catalog.lower(d.datcollate), 'utf-8', 'utf8'),
                         pg_catalog.replace(pg_catalog.lower(d.datctype), 'utf-8', 'utf8'),
                         COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale')),
           'version', pg_catalog.current_setting('server_version'),
           'major', pg_catalog.current_setting('server_version_num')::integer / 10000)
  FROM pg_catalog.pg_database AS d
 WHERE d.datname = pg_catalog.current_database()
