-- What a session that executes pg_dump's statements needs beside the usual: the settings of pg_dump's own preamble.
SELECT pg_catalog.set_config(w.name, w.value, false)
  FROM (VALUES ('search_path', ''),
               ('client_encoding', 'UTF8'),
               ('standard_conforming_strings', 'on'),
               ('check_function_bodies', 'off'),
               ('xmloption', 'content'),
               ('row_security', 'off'),
               ('client_min_messages', 'warning')) AS w (name, value)
 WHERE w.name <> 'client_encoding' OR pg_catalog.getdatabaseencoding() <> 'SQL_ASCII'
